/* SPDX-License-Identifier: MIT */
/* states_fixture.h - a small states file. */
#ifndef RR_TESTS_STATES_FIXTURE_H
#define RR_TESTS_STATES_FIXTURE_H

#include "check.h"

#include "io/npz.h"

#include <zip.h>

enum { N = 5, R = 9, H = 2, C = 3, V = 6, D = 2 };

/* What is written; NULL or 0 leaves an array out. */
typedef struct small {
    uint32_t steps[N], label[N], split[N], prediction[R], symbol[R];
    int64_t step_label[R];
    float state[R * H], probability[R * C], frame[R * D];
    const char *names[C], *tokens[V];
    const char *kind, *model;
    double parity[3];
    uint32_t batch;
    bool labelled, divided, steps_labelled, frames, named, measured, probable;
    size_t rows; /* of state, for a file whose arrays do not fit */
} small;

static inline void fill(small *s)
{
    *s = (small){ .steps = { 2, 1, 3, 1, 2 },
                  .label = { 0, 1, 2, 1, 0 },
                  .split = { 0, 2, 0, 2, 2 },
                  .prediction = { 0, 0, 1, 2, 2, 0, 1, 0, 2 },
                  .symbol = { 5, 0, 1, 2, 3, 4, 5, 0, 1 },
                  .step_label = { 0, -1, 1, 2, -1, 0, 1, 2, -7 },
                  .names = { "low", "h\xc3\xa4lf", "high" },
                  .tokens = { "<unk>", "a", "b", "c", "d", "e" },
                  .kind = "pooled",
                  .parity = { 5, 1, 0.25 },
                  .labelled = true,
                  .divided = true,
                  .steps_labelled = true,
                  .named = true,
                  .measured = true,
                  .probable = true,
                  .rows = R };
    for (size_t i = 0; i < (size_t)R * H; i++)
        s->state[i] = (float)i / 8.0F;
    for (size_t i = 0; i < R; i++)
        for (size_t c = 0; c < C; c++)
            s->probability[i * C + c] = c == s->prediction[i] ? 0.75F : 0.125F;
    for (size_t i = 0; i < (size_t)R * D; i++)
        s->frame[i] = (float)i - 3.0F;
}

static inline void put(rri_npz_writer *w, const char *name, rri_npz_type type, size_t rows,
                       size_t columns, const void *data)
{
    const size_t shape[2] = { rows, columns };
    size_t array = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_array(w, name, type, shape, columns > 0 ? 2 : 1, &array, &err), err);
    CHECK_OK(rri_npz_writer_append(w, array, data, rows * rri_max(columns, 1), &err), err);
}

static inline void put_texts(rri_npz_writer *w, const char *name, const char *const *texts,
                             size_t n, size_t rank)
{
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_texts(w, name, texts, n, rank, &err), err);
}

static inline void write_small(const small *s, const char *path)
{
    rri_npz_writer *w = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_new(path, &w, &err), err);
    put(w, "state", RRI_NPZ_F32, s->rows, H, s->state);
    put(w, "steps", RRI_NPZ_U32, N, 0, s->steps);
    put(w, "prediction", RRI_NPZ_U32, R, 0, s->prediction);
    if (s->frames)
        put(w, "frame", RRI_NPZ_F32, R, D, s->frame);
    else
        put(w, "symbol", RRI_NPZ_U32, R, 0, s->symbol);
    if (s->labelled)
        put(w, "label", RRI_NPZ_U32, N, 0, s->label);
    if (s->divided)
        put(w, "split", RRI_NPZ_U32, N, 0, s->split);
    if (s->steps_labelled)
        put(w, "step_label", RRI_NPZ_I64, R, 0, s->step_label);
    if (s->probable)
        put(w, "probability", RRI_NPZ_F32, R, C, s->probability);
    if (s->measured)
        put(w, "parity", RRI_NPZ_F64, 3, 0, s->parity);
    if (s->batch > 0)
        put(w, "batch", RRI_NPZ_U32, 1, 0, &s->batch);
    if (s->named)
        put_texts(w, "class_names", s->names, C, 1);
    if (s->named && !s->frames)
        put_texts(w, "tokens", s->tokens, V, 1);
    if (s->kind != NULL)
        put_texts(w, "kind", &s->kind, 1, 0);
    if (s->model != NULL)
        put_texts(w, "model", &s->model, 1, 0);
    CHECK_OK(rri_npz_writer_close(w, &err), err);
    rri_npz_writer_free(w);
}

/* The same archive, deflated. */
static inline void compress_entries(const char *path)
{
    zip_t *z = zip_open(path, 0, NULL);

    assert_non_null(z);
    for (zip_int64_t i = 0; i < zip_get_num_entries(z, 0); i++)
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)i, ZIP_CM_DEFLATE, 9), 0);
    assert_int_equal(zip_close(z), 0);
}

#endif
