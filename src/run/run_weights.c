/* SPDX-License-Identifier: MIT */
/* run_weights.c - weights.npz, the loss weights of a run's training sequences. */
#include "run/directory.h"

#include "io/io.h"
#include "io/npy.h"
#include "io/npz.h"

#include <string.h>

static const char array_name[] = "weight";

rr_status rri_run_hash_weights(const rr_edits *e, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, e->weights, e->count_weights * sizeof *e->weights, err));
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

rr_status rri_run_save_weights(const rr_run *run, rr_error *err)
{
    const rr_edits *e = run->edits;
    rri_npz_writer *w = NULL;
    char *path = NULL;
    size_t array = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, RR_RUN_WEIGHTS, &path, err));
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(rri_npz_writer_array(w, array_name, RRI_NPZ_F32, &e->count_weights, 1, &array, err));
    RRI_TRY(rri_npz_writer_append(w, array, e->weights, e->count_weights, err));
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_npz_writer_free(w);
    rri_free(path);
    return st;
}

/* MISMATCH unless they have the hash that run.json names. */
static rr_status check_hash(const char *path, const rr_edits *e, const char *want, rr_error *err)
{
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_run_hash_weights(e, hash, err));
    if (strcmp(hash, want) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "%s: the content changed since the run was created (hash %.12s..., expected "
                      "%.12s...)",
                      path, hash, want);

done:
    return st;
}

rr_status rri_run_load_weights(const rr_run *run, const char *hash, float **out, size_t *n,
                               rr_error *err)
{
    rri_npy found = { .items = 0 };
    rri_npz *z = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_path(run, RR_RUN_WEIGHTS, &path, err));
    RRI_TRY(rri_npz_open(path, &z, err));
    RRI_TRY(rri_npz_read_floats(z, array_name, &found, err));
    RRI_TRY(check_hash(path, &(rr_edits){ .weights = found.f32, .count_weights = found.items },
                       hash, err));
    *out = found.f32;
    *n = found.items;
    found.f32 = NULL;

done:
    rri_npy_clear(&found);
    rri_npz_close(z);
    rri_free(path);
    return st;
}
