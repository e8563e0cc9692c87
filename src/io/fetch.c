/* SPDX-License-Identifier: MIT */
/* fetch.c - downloading one file by libcurl, a tenth of a second at a time.
 *
 *     begin            the finished file has the right hash -> done
 *     step, idle       NAME.part exists -> ask for the range behind it; whole -> verify
 *     step, running    append what arrives to NAME.part
 *     step, arrived    size and SHA-256 as expected -> flush and rename to NAME, else delete
 *
 * Nothing but the hash decides that a file is good: a part may come from another server, and a
 * server that ignores the range starts the part over. A failed step leaves the download idle, so
 * that stepping again tries again. libcurl copies a file:// address within one step. */
#include "rnnrepair/fetch.h"
#include "io/io.h"

#include <curl/curl.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double step_seconds = 0.1;
static const long connect_seconds = 20;
static const long silent_seconds = 30; /* without a byte: the connection is given up */
static const long most_redirects = 5;
static const char protocols[] = "http,https,file";

struct rr_fetch {
    char *url;  /* for messages */
    char *host; /* for messages; NULL for file:// */
    char *path;
    char *part; /* NULL once it has become path */
    char sha256[65];
    uint64_t bytes; /* expected; 0 = unknown */
    uint64_t have;  /* bytes in the part */
    uint64_t total; /* 0 = unknown */
    bool finished;

    CURLM *multi;
    CURL *easy;
    CURLU *address;
    char detail[CURL_ERROR_SIZE];

    int fd;         /* of the part while a transfer runs, else -1 */
    bool answered;  /* the first bytes of this transfer have come */
    uint64_t begin; /* where this transfer begins; above 0 a range was asked for */
    rr_error fault; /* what the data callback met; code RR_OK when nothing */
};

static rr_status no_memory(rr_error *err)
{
    return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while preparing a download");
}

/* ---- the transfer ---------------------------------------------------------------------------- */

/* A server may answer a request for a range with the whole file: start the part over. */
static rr_status restart_unless_ranged(rr_fetch *f)
{
    long code = 0;

    if (f->answered || f->begin == 0 || f->host == NULL)
        return RR_OK;
    (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &code);
    if (code == 206)
        return RR_OK;
    f->begin = 0;
    f->have = 0;
    if (ftruncate(f->fd, 0) != 0)
        return rri_fail_errno(&f->fault, errno, "empty", f->part);
    return RR_OK;
}

static size_t on_data(char *data, size_t size, size_t n, void *context)
{
    rr_fetch *f = context;
    const size_t bytes = size * n;

    if (restart_unless_ranged(f) != RR_OK)
        return 0;
    f->answered = true;
    if (f->bytes != 0 && bytes > f->bytes - f->have) {
        (void)rri_fail(&f->fault, RR_ERR_MISMATCH, (int64_t)f->bytes,
                       "%s is longer than the %" PRIu64 " bytes expected", f->url, f->bytes);
        return 0;
    }
    if (rri_write_all(f->fd, f->part, data, bytes, &f->fault) != RR_OK)
        return 0;
    f->have += bytes;
    return bytes;
}

/* Limit what an address, and where it redirects to, may make us open. */
static bool set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    const long web = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, web | CURLPROTO_FILE) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, web) == CURLE_OK;
#endif
}

static bool set_options(rr_fetch *f)
{
    CURL *e = f->easy;

    return set_protocols(e) && curl_easy_setopt(e, CURLOPT_CURLU, f->address) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "rnnrepair/" RR_VERSION_STRING) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, f) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->detail) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAXREDIRS, most_redirects) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, connect_seconds) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, silent_seconds) == CURLE_OK;
}

/* Open the part and see how much of it there is. */
static rr_status open_part(rr_fetch *f, rr_error *err)
{
    struct stat info;

    f->fd = open(f->part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return rri_fail_errno(err, errno, "write", f->part);
    if (fstat(f->fd, &info) != 0)
        return rri_fail_errno(err, errno, "examine", f->part);
    f->have = (uint64_t)info.st_size;
    if (f->bytes == 0 || f->have <= f->bytes)
        return RR_OK;
    f->have = 0; /* more than there should be: not ours */
    return ftruncate(f->fd, 0) == 0 ? RR_OK : rri_fail_errno(err, errno, "empty", f->part);
}

/* Ask for what is behind the part. */
static rr_status start_transfer(rr_fetch *f, rr_error *err)
{
    char range[32];

    f->answered = false;
    f->begin = f->have;
    f->fault.code = RR_OK;
    f->detail[0] = '\0';
    (void)snprintf(range, sizeof range, "%" PRIu64 "-", f->have);
    if (curl_easy_setopt(f->easy, CURLOPT_RANGE, f->begin > 0 ? range : NULL) != CURLE_OK)
        return no_memory(err);
    if (curl_multi_add_handle(f->multi, f->easy) != CURLM_OK)
        return no_memory(err);
    return RR_OK;
}

static void stop_transfer(rr_fetch *f)
{
    if (f->multi != NULL && f->easy != NULL)
        (void)curl_multi_remove_handle(f->multi, f->easy); /* none in it is fine */
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

/* What went wrong, in words that name the place. */
static rr_status transfer_failed(const rr_fetch *f, CURLcode code, rr_error *err)
{
    long answer = 0;

    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return no_memory(err);
    case CURLE_COULDNT_RESOLVE_HOST:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not resolve host %s", f->host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not resolve the proxy for %s",
                        f->url);
    case CURLE_COULDNT_CONNECT:
        return rri_fail(err, RR_ERR_NETWORK, -1, "no network: could not connect to %s (%s)",
                        f->host, f->detail);
    case CURLE_OPERATION_TIMEDOUT:
        if (!f->answered)
            return rri_fail(err, RR_ERR_NETWORK, -1, "no network: no answer for %s (%s)", f->url,
                            f->detail);
        return rri_fail(err, RR_ERR_NETWORK, (int64_t)f->have,
                        "%s went silent; %" PRIu64 " bytes are kept", f->url, f->have);
    case CURLE_HTTP_RETURNED_ERROR:
        (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &answer);
        return rri_fail(err, RR_ERR_NETWORK, -1, "the server answered %ld for %s", answer, f->url);
    case CURLE_FILE_COULDNT_READ_FILE:
        return rri_fail(err, RR_ERR_NETWORK, -1, "cannot read %s", f->url);
    case CURLE_PARTIAL_FILE:
        return rri_fail(err, RR_ERR_NETWORK, (int64_t)f->have,
                        "the connection for %s ended early; %" PRIu64 " bytes are kept", f->url,
                        f->have);
    default:
        return rri_fail(err, RR_ERR_NETWORK, -1, "cannot download %s: %s", f->url,
                        f->detail[0] != '\0' ? f->detail : curl_easy_strerror(code));
    }
}

/* ---- the finished part ----------------------------------------------------------------------- */

static rr_status reject_part(const rr_fetch *f, rr_error *err, const char *got, const char *wanted)
{
    (void)unlink(f->part);
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s is not the expected file: it has %s, expected %s; it was deleted", f->url,
                    got, wanted);
}

/* All bytes are there: check them and give the file its name. */
static rr_status finish(rr_fetch *f, rr_error *err)
{
    char got[65];
    char wanted[65];
    rr_status st = RR_OK;

    if (f->bytes != 0 && f->have != f->bytes) {
        (void)snprintf(got, sizeof got, "%" PRIu64 " bytes", f->have);
        (void)snprintf(wanted, sizeof wanted, "%" PRIu64, f->bytes);
        return reject_part(f, err, got, wanted);
    }
    RRI_TRY(rri_sha256_file(f->part, got, err));
    if (strcmp(got, f->sha256) != 0)
        return reject_part(f, err, got, f->sha256);
    st = rri_temp_publish(f->fd, &f->part, f->path, err);
    f->finished = f->part == NULL; /* also where only the folder could not be flushed */

done:
    return st;
}

/* The transfer has ended with `code`. */
static rr_status conclude(rr_fetch *f, CURLcode code, rr_error *err)
{
    long answer = 0;

    if (f->fault.code != RR_OK) {
        if (f->fault.code == RR_ERR_MISMATCH)
            (void)unlink(f->part);
        return rri_fail(err, f->fault.code, f->fault.where, "%s", f->fault.msg);
    }
    (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &answer);
    /* Nothing lies behind the part, so what is there must be all: let the hash decide. */
    const bool at_the_end =
        code == CURLE_BAD_DOWNLOAD_RESUME || (code == CURLE_HTTP_RETURNED_ERROR && answer == 416);
    if (code != CURLE_OK && !(f->begin > 0 && at_the_end))
        return transfer_failed(f, code, err);
    return finish(f, err);
}

/* ---- the public calls ------------------------------------------------------------------------ */

static rr_status check_file(const rr_fetch_file *file, rr_error *err)
{
    if (file->name[0] == '\0' || file->name[0] == '.' || strchr(file->name, '/') != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not a plain file name", file->name);
    if (!rri_is_sha256_hex(file->sha256))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the SHA-256 of %s is not 64 lower-case hexadecimal digits", file->name);
    return RR_OK;
}

/* The place of the set that has this file; NULL when none has. */
static const char *own_url(const rr_fetch_file *file)
{
    size_t count = 0;
    const rr_fetch_set *sets = rr_fetch_sets(&count);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sets[i].count; j++)
            if (strcmp(sets[i].files[j].sha256, file->sha256) == 0)
                return sets[i].base_url;
    return NULL;
}

/* Copy a part of the address; NULL where it has none. */
static rr_status copy_part(const rr_fetch *f, CURLUPart which, char **out, rr_error *err)
{
    char *text = NULL;
    rr_status st = RR_OK;
    const CURLUcode code = curl_url_get(f->address, which, &text, 0);

    *out = NULL;
    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory(err);
    if (code == CURLUE_OK && text != NULL)
        st = rri_strdup(text, out, err);
    curl_free(text);
    return st;
}

static rr_status parse_address(rr_fetch *f, const char *base, const char *name, rr_error *err)
{
    char *scheme = NULL;
    rr_status st = RR_OK;

    if (base == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "no address is known for %s", name);
    RRI_TRY(rri_path_join(base, name, &f->url, err));
    f->address = curl_url();
    if (f->address == NULL)
        return no_memory(err);
    const CURLUcode code = curl_url_set(f->address, CURLUPART_URL, f->url, CURLU_URLENCODE);
    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory(err);
    if (code == CURLUE_OK)
        RRI_TRY(copy_part(f, CURLUPART_SCHEME, &scheme, err));
    if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0 &&
                           strcmp(scheme, "file") != 0)) {
        st = rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not an http, https or file address", f->url);
        goto done;
    }
    if (strcmp(scheme, "file") != 0)
        st = copy_part(f, CURLUPART_HOST, &f->host, err);

done:
    rri_free(scheme);
    return st;
}

/* Whether the finished file is there already; else the folder must be ready for it. */
static rr_status look_for_finished(rr_fetch *f, const char *dir, rr_error *err)
{
    char got[65];
    struct stat info;
    rr_status st = RR_OK;

    RRI_TRY(rri_make_folder(dir, err));
    if (stat(f->path, &info) == 0) {
        RRI_TRY(rri_sha256_file(f->path, got, err));
        f->finished = strcmp(got, f->sha256) == 0;
        f->have = f->finished ? (uint64_t)info.st_size : 0;
    }
    if (!f->finished && access(dir, W_OK | X_OK) != 0)
        st = rri_fail_errno(err, errno, "write to the folder", dir);

done:
    return st;
}

rr_status rr_fetch_begin(const rr_fetch_file *file, const char *base_url, const char *dir,
                         rr_fetch **out, rr_error *err)
{
    rr_fetch *f = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_file(file, err));
    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    f->fd = -1;
    f->bytes = file->bytes;
    memcpy(f->sha256, file->sha256, sizeof f->sha256);
    RRI_TRY(parse_address(f, base_url != NULL ? base_url : own_url(file), file->name, err));
    RRI_TRY(rri_path_join(dir, file->name, &f->path, err));
    RRI_TRY(rri_format(&f->part, err, "%s.part", f->path));
    RRI_TRY(look_for_finished(f, dir, err));
    f->multi = curl_multi_init();
    f->easy = curl_easy_init();
    if (f->multi == NULL || f->easy == NULL || !set_options(f)) {
        st = no_memory(err);
        goto done;
    }
    *out = f;
    f = NULL;

done:
    rr_fetch_free(f);
    return st;
}

/* Let the transfer run for a while; *ended with *code when it is over. */
static rr_status run(rr_fetch *f, bool *ended, CURLcode *code, rr_error *err)
{
    const double until = rri_seconds() + step_seconds;
    int running = 1;
    int left = 0;
    curl_off_t length = -1;

    while (running > 0 && rri_seconds() < until) {
        CURLMcode got = curl_multi_perform(f->multi, &running);
        if (got == CURLM_OK && running > 0)
            got = curl_multi_poll(f->multi, NULL, 0, (int)(1000 * step_seconds), NULL);
        if (got == CURLM_OUT_OF_MEMORY)
            return no_memory(err);
        if (got != CURLM_OK)
            return rri_fail(err, RR_ERR_NETWORK, -1, "cannot download %s: %s", f->url,
                            curl_multi_strerror(got));
    }
    (void)curl_easy_getinfo(f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (f->bytes != 0)
        f->total = f->bytes;
    else if (length > 0 && f->answered)
        f->total = f->begin + (uint64_t)length;
    const CURLMsg *message = curl_multi_info_read(f->multi, &left);
    *ended = message != NULL && message->msg == CURLMSG_DONE;
    if (*ended)
        *code = message->data.result;
    return RR_OK;
}

/* Begin where the part ends, or finish at once where it is whole. */
static rr_status start(rr_fetch *f, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(open_part(f, err));
    if (f->bytes != 0 && f->have == f->bytes)
        return finish(f, err);
    st = start_transfer(f, err);

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

rr_status rr_fetch_step(rr_fetch *f, int *done, uint64_t *have, uint64_t *total, rr_error *err)
{
    bool ended = false;
    CURLcode code = CURLE_OK;
    rr_status st = RR_OK;

    if (!f->finished && f->fd < 0)
        st = start(f, err);
    if (st == RR_OK && !f->finished)
        st = run(f, &ended, &code, err);
    if (st == RR_OK && ended)
        st = conclude(f, code, err);
    if (st != RR_OK || f->finished)
        stop_transfer(f); /* the next step begins anew */
    if (st != RR_OK && f->part != NULL)
        drop_if_empty(f->part);
    if (st != RR_OK)
        return st;
    *done = f->finished;
    *have = f->have;
    *total = f->finished ? f->have : f->total;
    return RR_OK;
}

void rr_fetch_free(rr_fetch *f)
{
    if (f == NULL)
        return;
    stop_transfer(f);
    if (f->easy != NULL)
        curl_easy_cleanup(f->easy);
    if (f->multi != NULL)
        (void)curl_multi_cleanup(f->multi);
    if (f->address != NULL)
        curl_url_cleanup(f->address);
    rri_free(f->url);
    rri_free(f->host);
    rri_free(f->path);
    rri_free(f->part);
    rri_free(f);
}
