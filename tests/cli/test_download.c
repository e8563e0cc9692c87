/* SPDX-License-Identifier: MIT */
/* test_download.c - downloads from a folder, from servers good and bad, and from nowhere. */
#include "download.h"
#include "io/scratch.h"
#include "server.h"

#include <curl/curl.h>

enum { BYTES = 300000 };

/* A source of one file of BYTES bytes, as a folder and as a server, and its target. */
typedef struct endpoint {
    scratch from, to;
    server server;
    unsigned char *data;
    char sha256[65];
    char base[160];
    download_file file;
} endpoint;

static endpoint *endpoint_new(void)
{
    endpoint *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->from = scratch_new();
    p->to = scratch_new();
    p->data = malloc(BYTES);
    assert_non_null(p->data);
    for (size_t i = 0; i < BYTES; i++)
        p->data[i] = (unsigned char)(i * i / 7);
    put_file(in(&p->from, "data.bin"), p->data, BYTES);
    assert_int_equal(rri_sha256_file(in(&p->from, "data.bin"), p->sha256, NULL), RR_OK);
    p->file = (download_file){ "data.bin", p->sha256, BYTES };
    p->server = server_start(p->data, BYTES);
    return p;
}

static void endpoint_free(endpoint *p)
{
    server_stop(&p->server);
    scratch_free(&p->from);
    scratch_free(&p->to);
    free(p->data);
    free(p);
}

static const char *folder(endpoint *p)
{
    (void)snprintf(p->base, sizeof p->base, "file://%s/", p->from.dir);
    return p->base;
}

static const char *web(endpoint *p, const char *kind)
{
    (void)snprintf(p->base, sizeof p->base, "http://127.0.0.1:%u/%s/", p->server.port, kind);
    return p->base;
}

/* What the calls of the progress callback have seen. */
typedef struct watch {
    pid_t server;
    size_t calls, stop_at; /* cancel at this call; 0 = never */
    uint64_t first, last;
} watch;

/* A server that stands still goes on only when this is called all the same. */
static int on_progress(void *self, uint64_t have, uint64_t total)
{
    watch *w = self;

    assert_true(total == 0 || total >= BYTES);
    w->first = w->calls == 0 ? have : w->first;
    w->last = have;
    w->calls++;
    (void)kill(w->server, SIGCONT);
    return w->calls == w->stop_at;
}

static rr_status fetch_all(const endpoint *p, const char *base, rr_error *err)
{
    watch w = { .server = p->server.pid };

    return download(&p->file, base, p->to.dir, on_progress, &w, err);
}

static bool arrived(endpoint *p)
{
    return rri_file_exists(in(&p->to, "data.bin")) &&
           file_is(in(&p->to, "data.bin"), p->data, BYTES) && count_files(p->to.dir) == 1;
}

static bool part_is(endpoint *p, size_t bytes)
{
    return !rri_file_exists(in(&p->to, "data.bin")) &&
           file_is(in(&p->to, "data.bin.part"), p->data, bytes);
}

/* ---- what works ----------------------------------------------------------------------------- */

static void a_file_comes_from_a_folder(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    CHECK_OK(fetch_all(p, folder(p), &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_file_comes_from_a_server(void **state)
{
    (void)state;
    static const char *const kinds[] = { "range", "plain", "still", "moved" };

    for (size_t i = 0; i < 4; i++) {
        endpoint *p = endpoint_new();
        rr_error err = { 0 };
        CHECK_OK(fetch_all(p, web(p, kinds[i]), &err), err);
        assert_true(arrived(p));
        endpoint_free(p);
    }
}

static void a_size_that_is_not_known_is_found_out(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    p->file.bytes = 0;
    CHECK_OK(fetch_all(p, web(p, "still"), &err), err);
    assert_true(arrived(p));
    assert_int_equal(remove(in(&p->to, "data.bin")), 0);
    put_file(in(&p->to, "data.bin.part"), p->data, 1000);
    CHECK_OK(fetch_all(p, web(p, "still"), &err), err);
    assert_true(arrived(p));
    /* The part is all there is: the server says so by 416. */
    assert_int_equal(rename(in(&p->to, "data.bin"), in(&p->to, "data.bin.part")), 0);
    CHECK_OK(fetch_all(p, web(p, "range"), &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_finished_file_needs_no_network(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin"), p->data, BYTES);
    CHECK_OK(fetch_all(p, "http://nowhere.invalid/", &err), err);
    assert_true(arrived(p));
    assert_int_equal(rename(in(&p->to, "data.bin"), in(&p->to, "data.bin.part")), 0);
    CHECK_OK(fetch_all(p, "http://nowhere.invalid/", &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_part_is_resumed(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    /* This server rejects requests for the whole file. */
    CHECK_FAILS(fetch_all(p, web(p, "tail"), &err), RR_ERR_NETWORK, err, "answered 404");
    put_file(in(&p->to, "data.bin.part"), p->data, 123456);
    CHECK_OK(fetch_all(p, web(p, "tail"), &err), err);
    assert_true(arrived(p));
    assert_int_equal(remove(in(&p->to, "data.bin")), 0);
    put_file(in(&p->to, "data.bin.part"), p->data, BYTES - 1);
    CHECK_OK(fetch_all(p, folder(p), &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_broken_connection_is_resumed_by_the_next_call(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    watch w = { .server = p->server.pid };
    rr_error err = { 0 };

    CHECK_FAILS(fetch_all(p, web(p, "early"), &err), RR_ERR_NETWORK, err, "150000 bytes are kept");
    assert_true(part_is(p, BYTES / 2));
    CHECK_OK(download(&p->file, web(p, "tail"), p->to.dir, on_progress, &w, &err), err);
    assert_int_equal(w.first, BYTES / 2);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_cancelled_download_keeps_its_part(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    watch w = { .server = p->server.pid, .stop_at = 1 };
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin.part"), p->data, 1000);
    CHECK_FAILS(download(&p->file, web(p, "range"), p->to.dir, on_progress, &w, &err),
                RR_ERR_CANCELLED, err, "cancelled");
    assert_true(part_is(p, 1000));
    w = (watch){ .server = p->server.pid, .stop_at = 2 };
    CHECK_FAILS(download(&p->file, web(p, "range"), p->to.dir, on_progress, &w, &err),
                RR_ERR_CANCELLED, err, "cancelled");
    assert_int_equal(w.calls, 2);
    CHECK_OK(download(&p->file, web(p, "range"), p->to.dir, NULL, NULL, &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_server_that_ignores_the_range_starts_over(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin.part"), p->data, 1000);
    CHECK_OK(fetch_all(p, web(p, "plain"), &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_part_that_is_too_long_starts_over(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    unsigned char *longer = calloc(BYTES + 1, 1);
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin.part"), longer, BYTES + 1);
    CHECK_OK(fetch_all(p, folder(p), &err), err);
    assert_true(arrived(p));
    free(longer);
    endpoint_free(p);
}

/* The usual simple server, which does not know ranges. */
static void another_program_may_serve(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    char line[128] = "";
    char base[64];
    unsigned port = 0;
    int out[2];
    rr_error err = { 0 };

    if (system("python3 -c 'import http.server' 2>/dev/null") != 0) {
        print_message("no python3: its web server is not tried\n");
        endpoint_free(p);
        skip();
    }
    assert_int_equal(pipe(out), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        (void)dup2(out[1], 1);
        (void)dup2(null, 2);
        (void)alarm(3600); /* should the test die */
        (void)execlp("python3", "python3", "-u", "-m", "http.server", "--bind", "127.0.0.1",
                     "--directory", p->from.dir, "0", (char *)NULL);
        _exit(1);
    }
    (void)close(out[1]);
    /* It prints its port once it listens. */
    FILE *words = fdopen(out[0], "r");
    const bool listens = words != NULL && fgets(line, sizeof line, words) != NULL &&
                         sscanf(line, "Serving HTTP on 127.0.0.1 port %u", &port) == 1;
    (void)snprintf(base, sizeof base, "http://127.0.0.1:%u/", port);
    put_file(in(&p->to, "data.bin.part"), p->data, 1000);
    const rr_status st = listens ? fetch_all(p, base, &err) : RR_ERR_NETWORK;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    assert_true(listens);
    (void)fclose(words);
    CHECK_OK(st, err);
    assert_true(arrived(p));
    endpoint_free(p);
}

/* ---- what fails ----------------------------------------------------------------------------- */

static void a_wrong_hash_deletes_the_part(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    p->sha256[5] = p->sha256[5] == '0' ? '1' : '0';
    CHECK_FAILS(fetch_all(p, folder(p), &err), RR_ERR_MISMATCH, err, p->sha256);
    assert_int_equal(count_files(p->to.dir), 0);
    endpoint_free(p);
}

static void another_file_under_the_name_is_kept_and_refused(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    CHECK_OK(download_check(&p->file, p->to.dir, &err), err);
    put_file(in(&p->to, "data.bin"), "another", 7);
    CHECK_FAILS(download_check(&p->file, p->to.dir, &err), RR_ERR_MISMATCH, err,
                "data.bin is there already, and is not the file of the set");
    CHECK_FAILS(fetch_all(p, web(p, "range"), &err), RR_ERR_MISMATCH, err, "it was kept");
    assert_true(file_is(in(&p->to, "data.bin"), "another", 7));
    assert_int_equal(count_files(p->to.dir), 1);
    endpoint_free(p);
}

static void a_wrong_part_is_deleted_and_the_next_call_starts_over(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin.part"), "not the beginning", 17);
    CHECK_FAILS(fetch_all(p, web(p, "range"), &err), RR_ERR_MISMATCH, err, "not the expected file");
    assert_int_equal(count_files(p->to.dir), 0);
    CHECK_OK(fetch_all(p, web(p, "range"), &err), err);
    assert_true(arrived(p));
    endpoint_free(p);
}

static void a_wrong_length_is_a_mismatch(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    CHECK_FAILS(fetch_all(p, web(p, "long"), &err), RR_ERR_MISMATCH, err,
                "longer than the 300000 bytes expected");
    assert_int_equal(count_files(p->to.dir), 0);
    CHECK_FAILS(fetch_all(p, web(p, "short"), &err), RR_ERR_MISMATCH, err, "299999 bytes");
    assert_int_equal(count_files(p->to.dir), 0);
    endpoint_free(p);
}

static void a_part_beyond_the_end_is_a_mismatch(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    unsigned char *part = calloc(BYTES + 5, 1);
    rr_error err = { 0 };

    p->file.bytes = BYTES + 10;
    put_file(in(&p->to, "data.bin.part"), part, BYTES + 5);
    CHECK_FAILS(fetch_all(p, web(p, "range"), &err), RR_ERR_MISMATCH, err, "300005 bytes");
    put_file(in(&p->to, "data.bin.part"), part, BYTES + 5);
    CHECK_FAILS(fetch_all(p, folder(p), &err), RR_ERR_MISMATCH, err, "300005 bytes");
    assert_int_equal(count_files(p->to.dir), 0);
    free(part);
    endpoint_free(p);
}

static void a_server_error_is_reported(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    CHECK_FAILS(fetch_all(p, web(p, "missing"), &err), RR_ERR_NETWORK, err,
                "the server answered 404 for http://127.0.0.1");
    CHECK_FAILS(fetch_all(p, web(p, "away"), &err), RR_ERR_NETWORK, err, "cannot download");
    assert_false(rri_file_exists(in(&p->to, "data.bin")));
    CHECK_FAILS(fetch_all(p, "file:///nowhere/at/all/", &err), RR_ERR_NETWORK, err,
                "cannot read file:///nowhere/at/all/data.bin");
    endpoint_free(p);
}

static void no_network_is_reported(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    unsigned port = 0;
    char base[64];
    rr_error err = { 0 };

    put_file(in(&p->to, "data.bin.part"), p->data, 1000);
    CHECK_FAILS(fetch_all(p, "http://nowhere.invalid/", &err), RR_ERR_NETWORK, err, "no network: ");
    assert_non_null(strstr(err.msg, "nowhere.invalid"));
    assert_true(part_is(p, 1000));
    (void)close(listen_somewhere(&port));
    (void)snprintf(base, sizeof base, "http://127.0.0.1:%u/", port);
    CHECK_FAILS(fetch_all(p, base, &err), RR_ERR_NETWORK, err,
                "no network: could not connect to 127.0.0.1");
    assert_true(part_is(p, 1000));
    endpoint_free(p);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    static const char *const names[] = { "", ".", "..", ".x", "a/b", "../a" };
    static const char *const bases[] = { "ftp://host/", "nonsense", "", "file://host/x",
                                         "gopher://x/" };
    download_file file = p->file;
    rr_error err = { 0 };

    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        CHECK_FAILS(download(&file, bases[i], p->to.dir, NULL, NULL, &err), RR_ERR_ARG, err,
                    "not an http, https or file address");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        file.name = names[i];
        CHECK_FAILS(download(&file, folder(p), p->to.dir, NULL, NULL, &err), RR_ERR_ARG, err,
                    "not a plain file name");
    }
    file = p->file;
    file.sha256 = "abc";
    CHECK_FAILS(download(&file, folder(p), p->to.dir, NULL, NULL, &err), RR_ERR_ARG, err,
                "SHA-256");
    CHECK_FAILS(download(&p->file, folder(p), in(&p->from, "data.bin/x"), NULL, NULL, &err),
                RR_ERR_IO, err, "data.bin");
    endpoint_free(p);
}

static void a_full_disk_is_reported_and_the_part_kept(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    rr_error err = { 0 };

    if (mount("none", p->to.dir, "tmpfs", 0, "size=64k") != 0) {
        print_message("no small disk: mounting a tmpfs was refused, so a full one is not tested\n");
        endpoint_free(p);
        skip();
    }
    const rr_status st = fetch_all(p, web(p, "range"), &err);
    const bool finished = rri_file_exists(in(&p->to, "data.bin"));
    const bool part = rri_file_exists(in(&p->to, "data.bin.part"));
    clear_folder(p->to.dir, NULL);
    assert_int_equal(umount(p->to.dir), 0);
    CHECK_FAILS(st, RR_ERR_IO, err, "No space left");
    assert_true(!finished && part);
    endpoint_free(p);
}

/* ---- kills and memory ----------------------------------------------------------------------- */

static endpoint *shared; /* what fetch_to() fetches from */

/* Fetch to a path, as the writers of files do. */
static rr_status fetch_to(const char *path, rr_error *err)
{
    char dir[128];
    download_file file = shared->file;

    strcpy(dir, path);
    *strrchr(dir, '/') = '\0';
    file.name = strrchr(path, '/') + 1;
    return download(&file, shared->base, dir, NULL, NULL, err);
}

/* It starts from nothing each time: a file that is there is kept or refused. */
static void a_kill_at_any_step_leaves_no_half_file(void **state)
{
    (void)state;
    shared = endpoint_new();
    const char *path = in(&shared->to, "data.bin");
    long n = 0;
    (void)folder(shared);
    for (; killed_at(n, fetch_to, path); n++) {
        assert_true(!rri_file_exists(path) || file_is(path, shared->data, BYTES));
        clear_folder(shared->to.dir, NULL);
    }
    assert_true(n > 5);
    assert_true(arrived(shared));
    endpoint_free(shared);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();

    for (failing at = { 0 }; next_allocation_fails(&at, 4);) {
        at.st = fetch_all(p, folder(p), NULL);
        assert_true((at.st == RR_OK) == rri_file_exists(in(&p->to, "data.bin")));
    }
    assert_true(arrived(p));
    endpoint_free(p);
}

static long curl_left = -1;

static bool curl_refuses(void)
{
    return curl_left >= 0 && curl_left-- == 0;
}

static void *curl_malloc(size_t n)
{
    return curl_refuses() ? NULL : malloc(n);
}

static void *curl_realloc(void *p, size_t n)
{
    return curl_refuses() ? NULL : realloc(p, n);
}

static void *curl_calloc(size_t n, size_t size)
{
    return curl_refuses() ? NULL : calloc(n, size);
}

static char *curl_strdup(const char *s)
{
    return curl_refuses() ? NULL : strdup(s);
}

static void every_failed_allocation_of_libcurl_is_clean(void **state)
{
    (void)state;
    endpoint *p = endpoint_new();
    long refused = 0;
    long n = 0;

    for (bool reached = true; reached && n < 3000; n++) {
        rr_error err = { 0 };
        curl_left = n;
        const rr_status st = fetch_all(p, folder(p), &err);
        reached = curl_left < 0;
        curl_left = -1;
        assert_true(st == RR_OK || st == RR_ERR_NOMEM || st == RR_ERR_NETWORK || st == RR_ERR_ARG);
        refused += st != RR_OK;
        assert_true((st == RR_OK) == rri_file_exists(in(&p->to, "data.bin")));
        clear_folder(p->to.dir, NULL);
    }
    assert_true(refused > 5);
    endpoint_free(p);
}

/* ---- the table ------------------------------------------------------------------------------ */

static void the_table_is_sound(void **state)
{
    (void)state;
    size_t count = 0;
    const download_set *sets = download_sets(&count);

    assert_int_equal(count, 2);
    assert_string_equal(sets[0].name, "mnist");
    assert_string_equal(sets[1].name, "fashion-mnist");
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sets[i].count, 4);
        assert_int_equal(sets[i].base_url[strlen(sets[i].base_url) - 1], '/');
        for (size_t j = 0; j < 4; j++) {
            assert_true(rri_is_sha256_hex(sets[i].files[j].sha256));
            assert_true(sets[i].files[j].bytes > 0);
        }
    }
}

static void the_table_fits_the_real_files(void **state)
{
    (void)state;
    const char *data = getenv("RNNREPAIR_DATA");
    char dir[512];
    char absolute[600];
    char base[700];
    size_t count = 0;
    const download_set *set = download_sets(&count);
    scratch to = scratch_new();
    rr_error err = { 0 };
    char *path = NULL;

    (void)snprintf(dir, sizeof dir, "%s/mnist", data != NULL ? data : "");
    if (data == NULL || !rri_file_exists(dir)) {
        print_message("no MNIST under RNNREPAIR_DATA: its hashes are not checked\n");
        scratch_free(&to);
        skip();
    }
    CHECK_OK(rri_path_absolute(dir, &path, &err), err);
    (void)snprintf(absolute, sizeof absolute, "%s", path);
    rri_free(path);
    (void)snprintf(base, sizeof base, "file://%s", absolute); /* without the last slash */
    for (size_t j = 0; j < set->count; j++) {
        CHECK_OK(download(&set->files[j], base, to.dir, NULL, NULL, &err), err);
    }
    assert_int_equal(count_files(to.dir), 4);
    scratch_free(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_comes_from_a_folder),
        cmocka_unit_test(a_file_comes_from_a_server),
        cmocka_unit_test(a_size_that_is_not_known_is_found_out),
        cmocka_unit_test(a_finished_file_needs_no_network),
        cmocka_unit_test(a_part_is_resumed),
        cmocka_unit_test(a_broken_connection_is_resumed_by_the_next_call),
        cmocka_unit_test(a_cancelled_download_keeps_its_part),
        cmocka_unit_test(a_server_that_ignores_the_range_starts_over),
        cmocka_unit_test(a_part_that_is_too_long_starts_over),
        cmocka_unit_test(another_program_may_serve),
        cmocka_unit_test(a_wrong_hash_deletes_the_part),
        cmocka_unit_test(another_file_under_the_name_is_kept_and_refused),
        cmocka_unit_test(a_wrong_part_is_deleted_and_the_next_call_starts_over),
        cmocka_unit_test(a_wrong_length_is_a_mismatch),
        cmocka_unit_test(a_part_beyond_the_end_is_a_mismatch),
        cmocka_unit_test(a_server_error_is_reported),
        cmocka_unit_test(no_network_is_reported),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(a_full_disk_is_reported_and_the_part_kept),
        cmocka_unit_test(a_kill_at_any_step_leaves_no_half_file),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(every_failed_allocation_of_libcurl_is_clean),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(the_table_fits_the_real_files),
    };
    /* The servers are on this machine, and "no network" must not be a proxy's answer. */
    (void)setenv("no_proxy", "*", 1);
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup,
                             curl_calloc) != CURLE_OK)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
