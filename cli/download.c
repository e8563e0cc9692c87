/* SPDX-License-Identifier: MIT */
/* download.c - downloading one file by libcurl.
 *
 *     the finished file is there and has the right hash    done
 *     NAME.part is whole                                   verify
 *     NAME.part exists                                     request the rest
 *     what arrives                                         append to NAME.part
 *     all has arrived     size and SHA-256 as expected     flush and rename to NAME, else delete
 *
 * Nothing but the hash decides that a file is good: a part may come from another server, and a
 * server that ignores the range starts the part over. */
#include "download.h"

#include "io/io.h"
#include "kit/on_demand.h"

#include <curl/curl.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const long connect_seconds = 20;
static const long silent_seconds = 30; /* without a byte: the connection is given up */
static const long most_redirects = 5;
static const char protocols[] = "http,https,file";

/* One download. Strings are owned. */
typedef struct transfer {
    char *url;  /* for messages */
    char *host; /* for messages; NULL for file:// */
    char *path;
    char *part; /* NULL once it has become path */
    const char *sha256;
    uint64_t bytes; /* expected; 0 = unknown */
    uint64_t have;  /* bytes in the part */
    bool finished;

    CURL *easy;
    CURLU *address;
    char detail[CURL_ERROR_SIZE];

    int fd;         /* of the part, else -1 */
    bool answered;  /* the first bytes have come */
    uint64_t begin; /* where the transfer begins; above 0 a range was requested */
    rr_error fault; /* what the data callback met; code RR_OK when nothing */

    download_progress progress;
    void *self;
} transfer;

/* ---- libcurl, loaded by the first download -------------------------------------------------- */

#define CURL_FUNCTIONS(X)                                                                          \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_perform)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(easy_cleanup)                                                                                \
    X(url)                                                                                         \
    X(url_set)                                                                                     \
    X(url_get)                                                                                     \
    X(url_cleanup)                                                                                 \
    X(free)

#define POINTER(name) RRI_TYPEOF(&curl_##name) name;
static struct {
    CURL_FUNCTIONS(POINTER)
} curl;

static rr_status load_curl(rr_error *err)
{
#define NAME(name) "curl_" #name,
    static const char *const names[] = { CURL_FUNCTIONS(NAME) };

    return cli_load_functions(RR_CURL_LIBRARY, "a download", names, sizeof names / sizeof *names,
                              &curl, err);
}

static rr_status no_memory(rr_error *err)
{
    return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while preparing a download");
}

/* ---- the transfer --------------------------------------------------------------------------- */

/* A server may answer a request for a range with the whole file: start the part over. */
static rr_status restart_unless_ranged(transfer *t)
{
    long code = 0;

    if (t->answered || t->begin == 0 || t->host == NULL)
        return RR_OK;
    (void)curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
    if (code == 206)
        return RR_OK;
    t->begin = 0;
    t->have = 0;
    if (ftruncate(t->fd, 0) != 0)
        return rri_fail_errno(&t->fault, errno, "empty", t->part);
    return RR_OK;
}

static size_t on_data(char *data, size_t size, size_t n, void *context)
{
    transfer *t = context;
    const size_t bytes = size * n;

    if (restart_unless_ranged(t) != RR_OK)
        return 0;
    t->answered = true;
    if (t->bytes != 0 && bytes > t->bytes - t->have) {
        (void)rri_fail(&t->fault, RR_ERR_MISMATCH, (int64_t)t->bytes,
                       "%s is longer than the %" PRIu64 " bytes expected", t->url, t->bytes);
        return 0;
    }
    if (rri_write_all(t->fd, t->part, data, bytes, &t->fault) != RR_OK)
        return 0;
    t->have += bytes;
    return bytes;
}

static int report(const transfer *t, uint64_t total)
{
    return t->progress != NULL ? t->progress(t->self, t->have, total) : 0;
}

static int on_progress(void *context, curl_off_t length, curl_off_t have, curl_off_t upload,
                       curl_off_t uploaded)
{
    const transfer *t = context;

    (void)have; /* of this transfer */
    (void)upload;
    (void)uploaded;
    if (t->bytes == 0 && length > 0 && t->answered)
        return report(t, t->begin + (uint64_t)length);
    return report(t, t->bytes);
}

/* Limit what an address, and where it redirects to, may make us open. */
static bool set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl.easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    const long web = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    return curl.easy_setopt(easy, CURLOPT_PROTOCOLS, web | CURLPROTO_FILE) == CURLE_OK &&
           curl.easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, web) == CURLE_OK;
#endif
}

static bool set_options(transfer *t)
{
    CURL *e = t->easy;

    return set_protocols(e) && curl.easy_setopt(e, CURLOPT_CURLU, t->address) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_USERAGENT, "rnnrepair/" RR_VERSION_STRING) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_ERRORBUFFER, t->detail) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_MAXREDIRS, most_redirects) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_CONNECTTIMEOUT, connect_seconds) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl.easy_setopt(e, CURLOPT_LOW_SPEED_TIME, silent_seconds) == CURLE_OK;
}

/* Open the part and see how much of it there is. */
static rr_status open_part(transfer *t, rr_error *err)
{
    struct stat info;

    t->fd = open(t->part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (t->fd < 0)
        return rri_fail_errno(err, errno, "write", t->part);
    if (fstat(t->fd, &info) != 0)
        return rri_fail_errno(err, errno, "examine", t->part);
    t->have = (uint64_t)info.st_size;
    if (t->bytes == 0 || t->have <= t->bytes)
        return RR_OK;
    t->have = 0; /* more than there should be: not ours */
    return ftruncate(t->fd, 0) == 0 ? RR_OK : rri_fail_errno(err, errno, "empty", t->part);
}

/* An error message that names the host or URL. */
static rr_status transfer_failed(const transfer *t, CURLcode code, rr_error *err)
{
    long answer = 0;

    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return no_memory(err);
    case CURLE_ABORTED_BY_CALLBACK:
        return rri_fail(err, RR_ERR_CANCELLED, -1, "cancelled");
    case CURLE_COULDNT_RESOLVE_HOST:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not resolve host %s", t->host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not resolve the proxy for %s",
                        t->url);
    case CURLE_COULDNT_CONNECT:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not connect to %s (%s)",
                        t->host, t->detail);
    case CURLE_OPERATION_TIMEDOUT:
        if (!t->answered)
            return rri_fail(err, RR_ERR_NETWORK, -1, "no network: no answer for %s (%s)", t->url,
                            t->detail);
        return rri_fail(err, RR_ERR_NETWORK, (int64_t)t->have,
                        "%s went silent; %" PRIu64 " bytes are kept", t->url, t->have);
    case CURLE_HTTP_RETURNED_ERROR:
        (void)curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer);
        return rri_fail(err, RR_ERR_NETWORK, -1, "the server answered %ld for %s", answer, t->url);
    case CURLE_FILE_COULDNT_READ_FILE:
        return rri_fail(err, RR_ERR_NETWORK, -1, "cannot read %s", t->url);
    case CURLE_PARTIAL_FILE:
        return rri_fail(err, RR_ERR_NETWORK, (int64_t)t->have,
                        "the connection for %s ended early; %" PRIu64 " bytes are kept", t->url,
                        t->have);
    default:
        return rri_fail(err, RR_ERR_NETWORK, -1, "cannot download %s: %s", t->url,
                        t->detail[0] != '\0' ? t->detail : curl.easy_strerror(code));
    }
}

/* ---- the finished part ---------------------------------------------------------------------- */

static rr_status reject_part(const transfer *t, rr_error *err, const char *got, const char *wanted)
{
    (void)unlink(t->part);
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s is not the expected file: it has %s, expected %s; it was deleted", t->url,
                    got, wanted);
}

/* All bytes are there: check them and give the file its name. */
static rr_status finish(transfer *t, rr_error *err)
{
    char got[65];
    char wanted[65];
    rr_status st = RR_OK;

    if (t->bytes != 0 && t->have != t->bytes) {
        (void)snprintf(got, sizeof got, "%" PRIu64 " bytes", t->have);
        (void)snprintf(wanted, sizeof wanted, "%" PRIu64, t->bytes);
        return reject_part(t, err, got, wanted);
    }
    RRI_TRY(rri_sha256_file(t->part, got, err));
    if (strcmp(got, t->sha256) != 0)
        return reject_part(t, err, got, t->sha256);
    st = rri_temp_publish(t->fd, &t->part, t->path, err);
    t->finished = t->part == NULL; /* also where only the folder could not be flushed */

done:
    return st;
}

/* Request the rest of the part, and finish it. */
static rr_status carry_out(transfer *t, rr_error *err)
{
    char range[32];
    long answer = 0;

    t->begin = t->have;
    (void)snprintf(range, sizeof range, "%" PRIu64 "-", t->have);
    if (curl.easy_setopt(t->easy, CURLOPT_RANGE, t->begin > 0 ? range : NULL) != CURLE_OK)
        return no_memory(err);
    const CURLcode code = curl.easy_perform(t->easy);

    if (t->fault.code != RR_OK) {
        if (t->fault.code == RR_ERR_MISMATCH)
            (void)unlink(t->part);
        return rri_fail(err, t->fault.code, t->fault.where, "%s", t->fault.msg);
    }
    (void)curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer);
    /* There is no rest, so the part must be the whole file: the hash decides. */
    const bool at_the_end =
        code == CURLE_BAD_DOWNLOAD_RESUME || (code == CURLE_HTTP_RETURNED_ERROR && answer == 416);
    if (code != CURLE_OK && !(t->begin > 0 && at_the_end))
        return transfer_failed(t, code, err);
    return finish(t, err);
}

/* ---- the call ------------------------------------------------------------------------------- */

static rr_status check_file(const download_file *file, rr_error *err)
{
    if (file->name[0] == '\0' || file->name[0] == '.' || strchr(file->name, '/') != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not a plain file name", file->name);
    if (!rri_is_sha256_hex(file->sha256))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the SHA-256 of %s is not 64 lower-case hexadecimal digits", file->name);
    return RR_OK;
}

/* Copy a part of the address; NULL where it has none. */
static rr_status copy_part(const transfer *t, CURLUPart which, char **out, rr_error *err)
{
    char *text = NULL;
    rr_status st = RR_OK;
    const CURLUcode code = curl.url_get(t->address, which, &text, 0);

    *out = NULL;
    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory(err);
    if (code == CURLUE_OK && text != NULL)
        st = rri_strdup(text, out, err);
    curl.free(text);
    return st;
}

static rr_status parse_address(transfer *t, const char *base, const char *name, rr_error *err)
{
    char *scheme = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_path_join(base, name, &t->url, err));
    t->address = curl.url();
    if (t->address == NULL)
        return no_memory(err);
    const CURLUcode code = curl.url_set(t->address, CURLUPART_URL, t->url, CURLU_URLENCODE);
    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory(err);
    if (code == CURLUE_OK)
        RRI_TRY(copy_part(t, CURLUPART_SCHEME, &scheme, err));
    if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0 &&
                           strcmp(scheme, "file") != 0)) {
        st = rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not an http, https or file address", t->url);
        goto done;
    }
    if (strcmp(scheme, "file") != 0)
        st = copy_part(t, CURLUPART_HOST, &t->host, err);

done:
    rri_free(scheme);
    return st;
}

/* Whether the finished file is there already; else the folder must be ready for it. Another file
 * under its name is refused. */
static rr_status look_for_finished(transfer *t, const char *dir, rr_error *err)
{
    char got[65];
    struct stat info;
    rr_status st = RR_OK;

    RRI_TRY(rri_make_folder(dir, err));
    if (stat(t->path, &info) == 0) {
        RRI_TRY(rri_sha256_file(t->path, got, err));
        if (strcmp(got, t->sha256) != 0)
            RRI_TRY(
                rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s is there already, and is not the file of the set: its SHA-256 is "
                         "%.12s..., not %.12s...; it was kept: name another folder, or remove it",
                         t->path, got, t->sha256));
        t->finished = true;
        t->have = (uint64_t)info.st_size;
    }
    if (!t->finished && access(dir, W_OK | X_OK) != 0)
        st = rri_fail_errno(err, errno, "write to the folder", dir);

done:
    return st;
}

/* Where nothing came there is nothing to go on with. */
static void drop_if_empty(const char *part)
{
    struct stat info;

    if (stat(part, &info) == 0 && info.st_size == 0)
        (void)unlink(part);
}

static void transfer_clear(transfer *t)
{
    if (t->fd >= 0)
        (void)close(t->fd);
    if (!t->finished && t->part != NULL)
        drop_if_empty(t->part);
    if (t->easy != NULL)
        curl.easy_cleanup(t->easy);
    if (t->address != NULL)
        curl.url_cleanup(t->address);
    rri_free(t->url);
    rri_free(t->host);
    rri_free(t->path);
    rri_free(t->part);
}

rr_status download_check(const download_file *file, const char *dir, rr_error *err)
{
    transfer t = { .sha256 = file->sha256, .fd = -1 };
    rr_status st = RR_OK;

    RRI_TRY(check_file(file, err));
    RRI_TRY(rri_path_join(dir, file->name, &t.path, err));
    RRI_TRY(look_for_finished(&t, dir, err));

done:
    transfer_clear(&t);
    return st;
}

rr_status download(const download_file *file, const char *base_url, const char *dir,
                   download_progress progress, void *self, rr_error *err)
{
    transfer t = {
        .sha256 = file->sha256, .bytes = file->bytes, .fd = -1, .progress = progress, .self = self
    };
    rr_status st = RR_OK;

    RRI_TRY(check_file(file, err));
    RRI_TRY(load_curl(err));
    RRI_TRY(parse_address(&t, base_url, file->name, err));
    RRI_TRY(rri_path_join(dir, file->name, &t.path, err));
    RRI_TRY(rri_format(&t.part, err, "%s.part", t.path));
    RRI_TRY(look_for_finished(&t, dir, err));
    if (t.finished)
        goto done;
    RRI_TRY(open_part(&t, err));
    if (t.bytes != 0 && t.have == t.bytes) {
        st = finish(&t, err);
        goto done;
    }
    t.easy = curl.easy_init();
    if (t.easy == NULL || !set_options(&t))
        RRI_TRY(no_memory(err));
    if (report(&t, t.bytes) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_CANCELLED, -1, "cancelled"));
    RRI_TRY(carry_out(&t, err));

done:
    transfer_clear(&t);
    return st;
}
