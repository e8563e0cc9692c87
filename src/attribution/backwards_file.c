/* SPDX-License-Identifier: MIT */
/* backwards_file.c - the file an interrupted replay continues from. Layout: docs/FORMAT.md#replay.
 */
#include "attribution/backwards.h"

#include "io/io.h"
#include "io/safetensors.h"

#include <string.h>

/* Of everything the derivatives depend on: the network pins the training. */
static rr_status identify(const rr_attribution *a, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    char network[65];
    rr_status st = RR_OK;

    RRI_TRY(rr_network_hash(a->net, network, err));
    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, network, sizeof network, err));
    RRI_TRY(rri_sha256_add(h, rr_dataset_hash(a->train), 64, err));
    if (a->cfg.weights != NULL)
        RRI_TRY(rri_sha256_add(h, a->cfg.weights, a->N * sizeof *a->cfg.weights, err));
    for (size_t q = 0; q < a->count_queries; q++) {
        const rr_targets *t = &a->queries[q];
        RRI_TRY(rri_sha256_add(h, rr_dataset_hash(t->ds), 64, err));
        RRI_TRY(rri_sha256_add(h, &t->n, sizeof t->n, err));
        RRI_TRY(rri_sha256_add(h, t->labels, t->n * sizeof *t->labels, err));
        if (t->which != NULL)
            RRI_TRY(rri_sha256_add(h, t->which, t->n * sizeof *t->which, err));
        if (t->steps != NULL)
            RRI_TRY(rri_sha256_add(h, t->steps, t->n * sizeof *t->steps, err));
    }
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

rr_status rri_backwards_save(const rr_attribution *a, const rri_backwards_state *b, size_t epoch,
                             rr_error *err)
{
    const size_t adjoint[] = { b->Q, 1 + b->slots, b->n };
    const size_t scores[] = { b->Q, a->N };
    const size_t steps[] = { b->Q, rr_dataset_steps(a->train) };
    rri_safetensors_writer *w = NULL;
    char of[65];
    rr_status st = RR_OK;

    RRI_TRY(identify(a, of, err));
    RRI_TRY(rri_safetensors_writer_new(&w, err));
    RRI_TRY(rri_safetensors_put_text(w, "format", "rnnrepair-replay", err));
    RRI_TRY(rri_safetensors_put_text(w, "format_version", "1", err));
    RRI_TRY(rri_safetensors_put_text(w, "of", of, err));
    RRI_TRY(rri_safetensors_put_u64(w, "epoch", epoch, err));
    RRI_TRY(rri_safetensors_put_u64(w, "epochs", a->cfg.training.epochs, err));
    RRI_TRY(rri_safetensors_put(w, "adjoint", RRI_F64, 3, adjoint, b->adjoint, err));
    RRI_TRY(rri_safetensors_put(w, "scores", RRI_F64, 2, scores, a->scores, err));
    if (a->step_scores != NULL)
        RRI_TRY(rri_safetensors_put(w, "step_scores", RRI_F64, 2, steps, a->step_scores, err));
    RRI_TRY(rri_safetensors_write(w, a->cfg.state, err));

done:
    rri_safetensors_writer_free(w);
    return st;
}

/* MISMATCH unless the file is of this attribution. */
static rr_status check_of(const rr_attribution *a, const rri_safetensors *f, size_t *epoch,
                          rr_error *err)
{
    const char *const path = a->cfg.state;
    const bool steps = rri_safetensors_find(f, "step_scores") != NULL;
    const char *of = NULL;
    uint64_t at = 0;
    uint64_t epochs = 0;
    char ours[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_check_format(f, "rnnrepair-replay", "1", err));
    RRI_TRY(rri_safetensors_require(f, "of", &of, err));
    RRI_TRY(rri_safetensors_require_u64(f, "epoch", &at, err));
    RRI_TRY(rri_safetensors_require_u64(f, "epochs", &epochs, err));
    RRI_TRY(identify(a, ours, err));
    if (strcmp(of, ours) != 0 || epochs != a->cfg.training.epochs ||
        steps != (a->step_scores != NULL))
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: is the state of another replay: other targets, another network or "
                         "other data; name another file, or remove it",
                         path));
    if (at == 0 || at >= epochs)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: epoch %llu is not within a training of %llu",
                         path, (unsigned long long)at, (unsigned long long)epochs));
    *epoch = (size_t)at;

done:
    return st;
}

rr_status rri_backwards_load(const rr_attribution *a, rri_backwards_state *b, size_t *epoch,
                             rr_error *err)
{
    const size_t adjoint[] = { b->Q, 1 + b->slots, b->n };
    const size_t scores[] = { b->Q, a->N };
    const size_t steps[] = { b->Q, rr_dataset_steps(a->train) };
    const rri_array *from[3] = { NULL };
    rri_safetensors *f = NULL;
    rr_status st = RR_OK;

    *epoch = a->cfg.training.epochs;
    if (a->cfg.state == NULL || !rri_file_exists(a->cfg.state))
        return RR_OK;
    RRI_TRY(rri_safetensors_open(a->cfg.state, &f, err));
    RRI_TRY(check_of(a, f, epoch, err));
    RRI_TRY(rri_safetensors_expect(f, "adjoint", RRI_F64, 3, adjoint, &from[0], err));
    RRI_TRY(rri_safetensors_expect(f, "scores", RRI_F64, 2, scores, &from[1], err));
    if (a->step_scores != NULL)
        RRI_TRY(rri_safetensors_expect(f, "step_scores", RRI_F64, 2, steps, &from[2], err));
    memcpy(b->adjoint, from[0]->data, from[0]->items * sizeof(double));
    memcpy(a->scores, from[1]->data, from[1]->items * sizeof(double));
    if (from[2] != NULL)
        memcpy(a->step_scores, from[2]->data, from[2]->items * sizeof(double));

done:
    rri_safetensors_close(f);
    return st;
}
