/* SPDX-License-Identifier: MIT */
/* run_hotfix.c - the files of a run whose output layer was repaired: certificate.json and
 * targets.npz. */
#include "run/directory.h"
#include "run/run_internal.h"

#include "io/io.h"

#include <string.h>

enum { LARGEST_CERTIFICATE = 1 << 30 };

static rr_status hash_text(const char *text, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, text, strlen(text), err));
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

rr_status rri_run_hash_hotfix(const rr_run_hotfix *h, char out[65], rr_error *err)
{
    return hash_text(h->certificate, out, err);
}

rr_status rri_run_save_hotfix(const rr_run *run, const rr_run_hotfix *h, rr_error *err)
{
    char *model = NULL;
    char *targets = NULL;
    char *certificate = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, RR_RUN_MODEL, &model, err));
    RRI_TRY(rr_run_path(run, RR_RUN_TARGETS, &targets, err));
    RRI_TRY(rr_run_path(run, RR_RUN_CERTIFICATE, &certificate, err));
    RRI_TRY(rr_network_save(h->model, model, err));
    RRI_TRY(rr_dataset_save(h->targets, targets, err));
    RRI_TRY(rri_file_write(certificate, h->certificate, strlen(h->certificate), err));

done:
    rri_free(model);
    rri_free(targets);
    rri_free(certificate);
    return st;
}

rr_status rri_run_certificate(const rr_run *run, char **out, rr_error *err)
{
    unsigned char *text = NULL;
    size_t bytes = 0;
    char hash[65];
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_path(run, RR_RUN_CERTIFICATE, &path, err));
    RRI_TRY(rri_file_read(path, LARGEST_CERTIFICATE, &text, &bytes, err));
    RRI_TRY(hash_text((char *)text, hash, err));
    if (strcmp(hash, run->certificate_hash) != 0 || strlen((char *)text) != bytes)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: not the certificate that the run was made with (hash %.12s..., "
                         "expected %.12s...)",
                         path, hash, run->certificate_hash));
    *out = (char *)text;
    text = NULL;

done:
    rri_free(path);
    rri_free(text);
    return st;
}

rr_status rri_run_targets(const rr_run *run, rr_dataset **out, rr_error *err)
{
    char *path = NULL;
    char *spec = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_path(run, RR_RUN_TARGETS, &path, err));
    RRI_TRY(rri_format(&spec, err, "npz:%s", path));
    RRI_TRY(rr_dataset_load(spec, RR_SPLIT_TRAIN, out, err));

done:
    rri_free(spec);
    rri_free(path);
    return st;
}
