/* SPDX-License-Identifier: MIT */
/* scratch.h - what the tests of data share: files, single splits, equal datasets. */
#ifndef RR_TESTS_DATA_SCRATCH_H
#define RR_TESTS_DATA_SCRATCH_H

#include "scratch_folder.h"

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
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;

    options.words = words;
    rr_status st = rr_source_open(spec, &options, &source, err);

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
    for (failing at = { 0 }; next_allocation_fails(&at, 8);) {
        rr_dataset *ds = NULL;
        at.st = rr_dataset_load(spec, split, &ds, NULL);
        assert_true((at.st == RR_OK) == (ds != NULL));
        rr_dataset_free(ds);
    }
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
