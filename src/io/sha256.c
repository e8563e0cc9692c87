/* SPDX-License-Identifier: MIT */
/* sha256.c - SHA-256 [FIPS 180-4] by libcrypto. */
#include "io/file.h"
#include "io/io.h"

#include <openssl/evp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { DIGEST = 32, DIGITS = 2 * DIGEST, CHUNK = 1 << 16 };

struct rri_sha256 {
    EVP_MD_CTX *context;
};

/* libcrypto fails here only when it cannot get memory or was built without SHA-256. */
static rr_status refused(rr_error *err)
{
    return rri_fail(err, RR_ERR_NOMEM, -1,
                    "libcrypto has no memory for SHA-256, or was built without it");
}

rr_status rri_sha256_new(rri_sha256 **out, rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&h, 1, 1, sizeof *h, err));
    h->context = EVP_MD_CTX_new();
    if (h->context == NULL || EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) != 1) {
        st = refused(err);
        goto done;
    }
    *out = h;
    h = NULL;

done:
    rri_sha256_free(h);
    return st;
}

rr_status rri_sha256_add(rri_sha256 *h, const void *data, size_t bytes, rr_error *err)
{
    return EVP_DigestUpdate(h->context, data, bytes) == 1 ? RR_OK : refused(err);
}

rr_status rri_sha256_hex(rri_sha256 *h, char out[65], rr_error *err)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;

    if (EVP_DigestFinal_ex(h->context, digest, &bytes) != 1 || bytes != DIGEST)
        return refused(err);
    for (size_t i = 0; i < DIGEST; i++) {
        out[2 * i] = digit[digest[i] >> 4];
        out[2 * i + 1] = digit[digest[i] & 15];
    }
    out[DIGITS] = '\0';
    return RR_OK;
}

void rri_sha256_free(rri_sha256 *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->context);
    rri_free(h);
}

bool rri_is_sha256_hex(const char *s)
{
    return strlen(s) == DIGITS && strspn(s, "0123456789abcdef") == DIGITS;
}

rr_status rri_sha256_file(const char *path, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    unsigned char *chunk = NULL;
    ssize_t n = 1;
    size_t bytes = 0;
    bool plain = true;
    int fd = -1;
    rr_status st = RR_OK;

    RRI_TRY(rri_open_to_read(path, &fd, &plain, &bytes, err));
    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_alloc(&chunk, CHUNK, 1, 1, err));
    while (n != 0) {
        n = read(fd, chunk, CHUNK);
        if (n < 0 && errno == EINTR && !plain)
            RRI_TRY(rri_fail_interrupted(err, path));
        if (n < 0 && errno != EINTR)
            RRI_TRY(rri_fail_errno(err, errno, "read", path));
        if (n > 0)
            RRI_TRY(rri_sha256_add(h, chunk, (size_t)n, err));
    }
    st = rri_sha256_hex(h, out, err);

done:
    if (fd >= 0)
        (void)close(fd);
    rri_free(chunk);
    rri_sha256_free(h);
    return st;
}
