/* SPDX-License-Identifier: MIT */
/* test_writer.c - atomic writing, folders and names. */
#include "io/io.h"
#include "scratch.h"

/* Three buffers and a bit, in pieces. */
static rr_status write_pieces(const char *path, rr_error *err)
{
    unsigned char piece[1000];
    rri_writer *w = NULL;
    rr_status st = rri_writer_open(path, &w, err);

    if (st != RR_OK)
        return st;
    for (unsigned i = 0; st == RR_OK && i < 200; i++) {
        memset(piece, (int)i, sizeof piece);
        st = rri_writer_write(w, piece, sizeof piece, err);
    }
    if (st == RR_OK)
        return rri_writer_commit(w, err);
    rri_writer_abandon(w);
    return st;
}

static void pieces_come_back_in_order(void **state)
{
    (void)state;
    scratch s = scratch_new();
    size_t bytes = 0;

    assert_int_equal(write_pieces(in(&s, "a"), NULL), RR_OK);
    unsigned char *data = get_file(in(&s, "a"), &bytes);
    assert_int_equal(bytes, 200000);
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(data[i], i / 1000);
    free(data);
    assert_int_equal(count_files(s.dir), 1);
    scratch_free(&s);
}

static void a_large_piece_passes_the_buffer_by(void **state)
{
    (void)state;
    scratch s = scratch_new();
    const size_t n = 300001;
    unsigned char *big = malloc(n);
    rri_writer *w = NULL;

    assert_non_null(big);
    for (size_t i = 0; i < n; i++)
        big[i] = (unsigned char)(i * 7);
    assert_int_equal(rri_writer_open(in(&s, "a"), &w, NULL), RR_OK);
    assert_int_equal(rri_writer_write(w, big, 10, NULL), RR_OK);
    assert_int_equal(rri_writer_write(w, big + 10, n - 10, NULL), RR_OK);
    assert_int_equal(rri_writer_commit(w, NULL), RR_OK);
    assert_true(file_is(in(&s, "a"), big, n));
    free(big);
    scratch_free(&s);
}

static void abandoning_leaves_nothing(void **state)
{
    (void)state;
    scratch s = scratch_new();
    rri_writer *w = NULL;

    assert_int_equal(rri_writer_open(in(&s, "a"), &w, NULL), RR_OK);
    assert_int_equal(rri_writer_write(w, "x", 1, NULL), RR_OK);
    rri_writer_abandon(w);
    rri_writer_abandon(NULL);
    assert_int_equal(count_files(s.dir), 0);
    scratch_free(&s);
}

static void two_writers_of_one_target_do_not_meet(void **state)
{
    (void)state;
    scratch s = scratch_new();
    rri_writer *a = NULL;
    rri_writer *b = NULL;

    assert_int_equal(rri_writer_open(in(&s, "x"), &a, NULL), RR_OK);
    assert_int_equal(rri_writer_open(in(&s, "x"), &b, NULL), RR_OK);
    assert_int_equal(rri_writer_write(a, "first", 5, NULL), RR_OK);
    assert_int_equal(rri_writer_write(b, "second", 6, NULL), RR_OK);
    assert_int_equal(rri_writer_commit(a, NULL), RR_OK);
    assert_true(file_is(in(&s, "x"), "first", 5));
    assert_int_equal(rri_writer_commit(b, NULL), RR_OK);
    assert_true(file_is(in(&s, "x"), "second", 6));
    assert_int_equal(count_files(s.dir), 1);
    scratch_free(&s);
}

static void a_file_without_a_folder_goes_to_the_current_one(void **state)
{
    (void)state;
    scratch s = scratch_new();
    char before[512];

    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(s.dir), 0);
    const rr_status st = rri_file_write("plain", "abc", 3, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(st, RR_OK);
    assert_true(file_is(in(&s, "plain"), "abc", 3));
    scratch_free(&s);
}

static void a_kill_at_any_step_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    survives_every_kill(write_pieces, 6);
}

static void a_file_that_may_not_grow_leaves_the_old_one(void **state)
{
    (void)state;
    survives_a_size_limit(write_pieces);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    survives_a_full_disk(write_pieces);
}

static void an_unwritable_path_is_named(void **state)
{
    (void)state;
    names_what_cannot_be_written(write_pieces);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    survives_every_failed_allocation(write_pieces, 4);
}

/* What reads the pipe gets the bytes; a file would take its place, and the reader wait for ever. */
static void a_pipe_is_written_into(void **state)
{
    scratch s = scratch_new();
    struct stat info;
    char got[8] = "";
    char *temp = NULL;
    int fd = -1;
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(mkfifo(in(&s, "pipe"), 0600), 0);
    const int from = open(in(&s, "pipe"), O_RDONLY | O_NONBLOCK);
    assert_true(from >= 0);
    CHECK_OK(rri_file_write(in(&s, "pipe"), "bytes", 5, &err), err);
    assert_int_equal(read(from, got, sizeof got), 5);
    assert_memory_equal(got, "bytes", 5);
    (void)close(from);
    CHECK_FAILS(rri_temp_create(in(&s, "pipe"), &temp, &fd, &err), RR_ERR_IO, err,
                "is a pipe or a device, where a file would replace it: name a file");
    assert_int_equal(stat(in(&s, "pipe"), &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    scratch_free(&s);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    scratch s = scratch_new();
    rr_error err = { 0 };

    CHECK_OK(rri_make_folder(in(&s, "a/b//c/"), &err), err);
    CHECK_OK(rri_make_folder(in(&s, "a/b/c"), &err), err);
    CHECK_OK(rri_make_folder("/", &err), err);
    assert_true(rri_file_exists(in(&s, "a/b/c")));
    put_file(in(&s, "file"), "x", 1);
    CHECK_FAILS(rri_make_folder(in(&s, "file/b"), &err), RR_ERR_IO, err, "file");
    (void)rmdir(in(&s, "a/b/c"));
    (void)rmdir(in(&s, "a/b"));
    scratch_free(&s);
}

static void paths_join_and_resolve(void **state)
{
    (void)state;
    scratch s = scratch_new();
    rr_error err = { 0 };
    char *path = NULL;

    CHECK_OK(rri_path_join("a", "b", &path, &err), err);
    assert_string_equal(path, "a/b");
    rri_free(path);
    CHECK_OK(rri_path_join("/a/", "b", &path, &err), err);
    assert_string_equal(path, "/a/b");
    rri_free(path);
    CHECK_OK(rri_path_join("", "b", &path, &err), err);
    assert_string_equal(path, "b");
    rri_free(path);
    assert_int_equal(symlink(s.dir, in(&s, "link")), 0);
    CHECK_OK(rri_path_absolute(in(&s, "link/../"), &path, &err), err);
    assert_string_equal(path, "/tmp");
    rri_free(path);
    CHECK_FAILS(rri_path_absolute(in(&s, "missing"), &path, &err), RR_ERR_IO, err, "missing");
    assert_null(path);
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_back_in_order),
        cmocka_unit_test(a_large_piece_passes_the_buffer_by),
        cmocka_unit_test(abandoning_leaves_nothing),
        cmocka_unit_test(two_writers_of_one_target_do_not_meet),
        cmocka_unit_test(a_file_without_a_folder_goes_to_the_current_one),
        cmocka_unit_test(a_kill_at_any_step_leaves_the_old_file_or_the_new),
        cmocka_unit_test(a_file_that_may_not_grow_leaves_the_old_one),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(an_unwritable_path_is_named),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(a_pipe_is_written_into),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(paths_join_and_resolve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
