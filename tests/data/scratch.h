/* SPDX-License-Identifier: MIT */
/* scratch.h - a scratch folder for each test of tests/data, and the OOM loop. */
#ifndef RR_TESTS_DATA_SCRATCH_H
#define RR_TESTS_DATA_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];

/* cmocka set-up and tear-down. */
static int open_scratch(void **state)
{
    (void)state;
    (void)snprintf(scratch, sizeof scratch, "/tmp/rnnrepair-data-XXXXXX");
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

/* The path of NAME in the folder, behind `prefix`. Valid until the fourth next call. */
static const char *in_scratch(const char *prefix, const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s%s%s%s", prefix, scratch, *name != '\0' ? "/" : "",
                   name);
    return path;
}

static int close_scratch(void **state)
{
    DIR *dir = opendir(scratch);

    (void)state;
    if (dir == NULL)
        return -1;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        if (e->d_name[0] != '.')
            (void)unlink(in_scratch("", e->d_name));
    (void)closedir(dir);
    return rmdir(scratch);
}

/* A file of the folder that holds just this text. */
static inline void write_scratch(const char *name, const char *text)
{
    FILE *f = fopen(in_scratch("", name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static inline void check_content(const char *name, const char *want)
{
    char got[4096];
    FILE *f = fopen(in_scratch("", name), "rb");

    assert_non_null(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    assert_int_equal(fclose(f), 0);
    assert_string_equal(got, want);
}

/* Whether a source has a split, asked of one that is opened for it. */
static inline rr_status has_split(const char *spec, rr_split split, int *out, rr_error *err)
{
    rr_source *source = NULL;
    const rr_status st = rr_source_open(spec, NULL, &source, err);

    if (st == RR_OK)
        *out = rr_source_has(source, split);
    rr_source_close(source);
    return st;
}

/* A split under a given vocabulary. */
static inline rr_status load_words(const char *spec, rr_split split, const rr_vocabulary *words,
                                   rr_dataset **out, rr_error *err)
{
    rr_source *source = NULL;
    rr_status st = rr_source_open(spec, words, &source, err);

    if (st == RR_OK)
        st = rr_source_split(source, split, out, err);
    rr_source_close(source);
    return st;
}

/* Single sequences of a split. */
static inline rr_status load_some(const char *spec, rr_split split, const char *files_hash,
                                  const size_t *which, size_t n, rr_dataset **out, rr_error *err)
{
    rr_source *source = NULL;
    rr_status st = rr_source_open(spec, NULL, &source, err);

    if (st == RR_OK)
        st = rr_source_select(source, split, files_hash, which, n, out, err);
    rr_source_close(source);
    return st;
}

/* Load with the 1st, 2nd, ... allocation failing until none fails. */
static inline void check_load_survives_no_memory(const char *spec, rr_split split)
{
    rr_status st = RR_ERR_NOMEM;
    long n = 0;

    for (; st == RR_ERR_NOMEM && n < 200; n++) {
        rr_dataset *ds = NULL;
        rri_alloc_fail_at = n;
        st = rr_dataset_load(spec, split, &ds, NULL);
        rri_alloc_fail_at = -1;
        assert_true((st == RR_OK) == (ds != NULL));
        rr_dataset_free(ds);
    }
    assert_int_equal(st, RR_OK);
    assert_true(n > 8);
}

/* Two datasets of the same content. */
static inline void check_same(const rr_dataset *a, const rr_dataset *b)
{
    assert_int_equal(rr_dataset_count(a), rr_dataset_count(b));
    assert_int_equal(rr_dataset_width(a), rr_dataset_width(b));
    assert_int_equal(rr_dataset_vocabulary(a), rr_dataset_vocabulary(b));
    assert_int_equal(rr_dataset_classes(a), rr_dataset_classes(b));
    assert_int_equal(rr_dataset_max_steps(a), rr_dataset_max_steps(b));
    for (size_t c = 0; c < rr_dataset_classes(a); c++)
        assert_string_equal(rr_dataset_class_name(a, c), rr_dataset_class_name(b, c));
    for (size_t i = 0; i < rr_dataset_count(a); i++) {
        const rr_sequence p = rr_dataset_at(a, i);
        const rr_sequence q = rr_dataset_at(b, i);
        assert_int_equal(p.label, q.label);
        assert_int_equal(p.steps, q.steps);
        if (p.frames != NULL)
            assert_memory_equal(p.frames, q.frames,
                                p.steps * rr_dataset_width(a) * sizeof *p.frames);
        else
            assert_memory_equal(p.symbols, q.symbols, p.steps * sizeof *p.symbols);
    }
    assert_string_equal(rr_dataset_hash(a), rr_dataset_hash(b));
}

#endif
