/* SPDX-License-Identifier: MIT */
/* trainer_file.c - trainer.safetensors: everything a training needs to resume after its last epoch
 * as if it had not stopped. Layout: docs/FORMAT.md#trainer. */
#include "io/io.h"
#include "network/network_file.h"
#include "network/trainer.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const char *const slot_names[2][2] = {
    { "optimizer.0", "optimizer.1" }, { "embedding.optimizer.0", "embedding.optimizer.1" }
};

/* All of the configuration that the result depends on, as one line of text. */
static rr_status describe(const rr_train_config *c, char **out, rr_error *err)
{
    char dropout[96] = ""; /* only where there is some: older states stay readable */
    char average[64] = ""; /* the same */

    if (c->average)
        (void)rri_snprintf(average, sizeof average, ", mean of epoch %zu", c->epochs);
    if (c->dropout_input > 0.0 || c->dropout_last > 0.0)
        (void)rri_snprintf(dropout, sizeof dropout, ", dropout %.17g %.17g", c->dropout_input,
                           c->dropout_last);
    return rri_format(out, err,
                      "batch %zu, optimizer %s, learning rate %.17g, momentum %.17g, rho %.17g, "
                      "beta %.17g %.17g, epsilon %.17g, clip norm %.17g, order %s, seed %llu%s%s",
                      c->batch, rr_enum_name(RR_ENUM_OPTIMIZER, c->optimizer), c->learning_rate,
                      c->momentum, c->rho, c->beta1, c->beta2, c->epsilon, c->clip_norm,
                      rr_enum_name(RR_ENUM_ORDER, c->order), (unsigned long long)c->seed, dropout,
                      average);
}

static rr_status hash_embedding(const rr_network *net, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, net->embedding, rri_embedding_size(&net->cfg) * sizeof(float), err));
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

/* Of the loss weights, "" without any. */
static rr_status hash_weights(const rr_trainer *t, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    out[0] = '\0';
    if (t->weight == NULL && t->class_weight == NULL)
        return RR_OK;
    RRI_TRY(rri_sha256_new(&h, err));
    if (t->weight != NULL)
        RRI_TRY(rri_sha256_add(h, t->weight, rr_dataset_count(t->train) * sizeof *t->weight, err));
    if (t->class_weight != NULL) {
        RRI_TRY(rri_sha256_add(h, "classes", 7, err));
        RRI_TRY(
            rri_sha256_add(h, t->class_weight, t->net->cfg.classes * sizeof *t->class_weight, err));
    }
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

rr_status rr_trainer_save(const rr_trainer *t, const char *path, rr_error *err)
{
    rri_safetensors_writer *w = NULL;
    char *options = NULL;
    char hash[65];
    rr_status st = RR_OK;

    if (t->batch != 0)
        return rri_fail(err, RR_ERR_ARG, (int64_t)t->batch,
                        "a training is saved between epochs, not after batch %zu of one", t->batch);
    RRI_TRY(rri_safetensors_writer_new(&w, err));
    RRI_TRY(rri_safetensors_put_text(w, "format", "rnnrepair-trainer", err));
    RRI_TRY(rri_safetensors_put_text(w, "format_version", "1", err));
    /* A frozen embedding is not part of the state: it is the network's, and named by its hash. */
    RRI_TRY(rri_network_put(w, t->net, t->vectors != NULL, err));
    if (t->net->embedding != NULL && t->vectors == NULL) {
        RRI_TRY(hash_embedding(t->net, hash, err));
        RRI_TRY(rri_safetensors_put_text(w, "embedding_sha256", hash, err));
    }
    RRI_TRY(describe(&t->cfg, &options, err));
    RRI_TRY(rri_safetensors_put_text(w, "options", options, err));
    RRI_TRY(rri_safetensors_put_text(w, "data_sha256", rr_dataset_hash(t->train), err));
    RRI_TRY(hash_weights(t, hash, err));
    if (hash[0] != '\0')
        RRI_TRY(rri_safetensors_put_text(w, "weights_sha256", hash, err));
    RRI_TRY(rri_safetensors_put_u64(w, "epoch", t->epoch, err));
    RRI_TRY(rri_safetensors_put_u64(w, "updates", t->updates, err));
    assert(t->slots <= 2);
    for (size_t k = 0; k < t->count_trained; k++)
        for (size_t i = 0; i < t->slots; i++)
            RRI_TRY(rri_safetensors_put(w, slot_names[k][i], RRI_F32, 1, &t->trained[k].n,
                                        t->trained[k].slot[i], err));
    RRI_TRY(rri_safetensors_write(w, path, err));

done:
    rri_free(options);
    rri_safetensors_writer_free(w);
    return st;
}

/* MISMATCH unless `key` is `want` in the file. */
static rr_status same_text(const rri_safetensors *f, const char *path, const char *key,
                           const char *want, rr_error *err)
{
    const char *text = NULL;
    const rr_status st = rri_safetensors_require(f, key, &text, err);

    if (st == RR_OK && strcmp(text, want) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1, "%s: was saved with another %s: '%s', now '%s'",
                        path, key, text, want);
    return st;
}

static rr_status same_weights(const rri_safetensors *f, const char *path, const rr_trainer *t,
                              rr_error *err)
{
    const char *saved = rri_safetensors_metadata(f, "weights_sha256");
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(hash_weights(t, hash, err));
    if (strcmp(saved != NULL ? saved : "", hash) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "%s: was saved with other loss weights", path);

done:
    return st;
}

static rr_status same_network(const rr_network *a, const rr_network *b, const char *path,
                              rr_error *err)
{
    const rr_network_config *x = &a->cfg;

    if (!rri_same_architecture(x, &b->cfg))
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "%s: was saved with another network: %s of width %zu, hidden %zu, layers "
                        "%zu, classes %zu",
                        path, rr_enum_name(RR_ENUM_CELL, x->cell), x->width, x->hidden, x->layers,
                        x->classes);
    return RR_OK;
}

/* The optimiser's arrays for part k, checked. */
static rr_status find_slots(const rri_safetensors *f, const char *path, const rr_trainer *t,
                            size_t k, const rri_array *slot[2], rr_error *err)
{
    const size_t n = t->trained[k].n;
    rr_status st = RR_OK;

    assert(t->slots <= 2 && k < 2);
    for (size_t i = 0; i < t->slots; i++) {
        RRI_TRY(rri_safetensors_expect(f, slot_names[k][i], RRI_F32, 1, &n, &slot[i], err));
        if (rri_first_nonfinite(slot[i]->data, n, 1, 1) < n)
            RRI_TRY(
                rri_fail(err, RR_ERR_NUMERIC, -1, "%s: %s is not finite", path, slot_names[k][i]));
    }

done:
    return st;
}

rr_status rr_trainer_restore(rr_trainer *t, const char *path, rr_error *err)
{
    rri_safetensors *f = NULL;
    rr_network *saved = NULL;
    char *options = NULL;
    const rri_array *slot[2][2] = { { NULL } };
    uint64_t epoch = 0;
    uint64_t updates = 0;
    char hash[65];
    const size_t batches = rri_blocks(rr_dataset_count(t->train), t->cfg.batch);
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_open(path, &f, err));
    RRI_TRY(rri_safetensors_check_format(f, "rnnrepair-trainer", "1", err));
    RRI_TRY(rri_network_get(f, path, t->vectors != NULL, &saved, err));
    RRI_TRY(same_network(saved, t->net, path, err));
    if (t->net->embedding != NULL && t->vectors == NULL) {
        RRI_TRY(hash_embedding(t->net, hash, err));
        RRI_TRY(same_text(f, path, "embedding_sha256", hash, err));
    }
    RRI_TRY(describe(&t->cfg, &options, err));
    RRI_TRY(same_text(f, path, "options", options, err));
    RRI_TRY(same_text(f, path, "data_sha256", rr_dataset_hash(t->train), err));
    RRI_TRY(same_weights(f, path, t, err));
    RRI_TRY(rri_safetensors_require_u64(f, "epoch", &epoch, err));
    RRI_TRY(rri_safetensors_require_u64(f, "updates", &updates, err));
    if (updates % batches != 0 || updates / batches != epoch)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: %" PRIu64 " updates are not %" PRIu64 " epochs of %zu batches", path,
                         updates, epoch, batches));
    assert(t->slots <= 2 && t->count_trained <= 2);
    assert(t->vectors == NULL || (saved->embedding != NULL && t->net->embedding != NULL));
    for (size_t k = 0; k < t->count_trained; k++)
        RRI_TRY(find_slots(f, path, t, k, slot[k], err));

    /* Everything is checked; from here on the trainer is changed. */
    memcpy(t->net->weights, saved->weights, t->net->parameters * sizeof *saved->weights);
    if (t->vectors != NULL)
        memcpy(t->net->embedding, saved->embedding, t->trained[1].n * sizeof(float));
    for (size_t k = 0; k < t->count_trained; k++)
        for (size_t i = 0; i < t->slots; i++)
            memcpy(t->trained[k].slot[i], slot[k][i]->data, t->trained[k].n * sizeof(float));
    t->epoch = (size_t)epoch;
    t->updates = (size_t)updates;
    t->batch = 0;

done:
    rri_free(options);
    rr_network_free(saved);
    rri_safetensors_close(f);
    return st;
}
