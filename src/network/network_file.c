/* SPDX-License-Identifier: MIT */
/* network_file.c - model.safetensors: the weights, the architecture, and a parity vector.
 *
 * The parity vector is a small seeded input with the last state and the output that the network
 * gave for it when the file was written. The input is run again on loading: a file whose gate
 * order, biases or byte order were changed is rejected. Layout: docs/FORMAT.md#model. */
#include "network/network_file.h"

#include "io/io.h"
#include "io/json.h"
#include "network/shard.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Steps of the parity input; enough for every recurrent path to matter. */
enum { PARITY_STEPS = 5 };

/* Instruction sets differ in rounding; a wrong gate order is off by tenths. Rounding grows with the
 * states, which relu does not bound: the tolerance is relative to the largest state, or to 1. */
static const double parity_tolerance = 1e-4;

/* ---- parity --------------------------------------------------------------------------------- */

typedef struct rri_parity_job {
    rri_factors *factors;
    rri_shard *shard;
    rr_sequence sequence;
} rri_parity_job;

static void run_parity(void *ctx, size_t task, size_t worker)
{
    rri_parity_job *job = ctx;

    (void)task;
    (void)worker;
    rri_shard_fill(job->shard, NULL, &job->sequence, 1); /* frames: in place of vectors, too */
    rri_shard_forward(job->shard, job->factors);
    rri_shard_outputs(job->shard, job->factors);
}

/* state [H] and probability [C] after the last of T frames. */
static rr_status last_of(const rr_network *net, const float *frames, size_t T, float *state,
                         float *probability, rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rri_parity_job job = { .sequence = { .frames = frames, .steps = T } };
    rr_status st = RR_OK;

    RRI_TRY(rri_shard_new(cfg, 1, T, false, &job.shard, err));
    RRI_TRY(rri_factors_new(cfg, false, &job.factors, err));
    rri_factors_fill(job.factors, net->weights, 1);
    rri_parallel(1, 1, run_parity, &job);
    memcpy(state, rri_shard_state(job.shard, T - 1), cfg->hidden * sizeof *state);
    memcpy(probability, job.shard->logits + (T - 1) * cfg->classes,
           cfg->classes * sizeof *probability);

done:
    rri_factors_free(job.factors);
    rri_shard_free(job.shard);
    return st;
}

/* Shortest decimal that parses to the same float. */
static double short_decimal(float x)
{
    char text[32];

    for (int digits = 6; digits < 9; digits++) {
        (void)rri_snprintf(text, sizeof text, "%.*g", digits, (double)x);
        const double back = rri_strtod(text, NULL);
        if ((float)back == x)
            return back;
    }
    return (double)x;
}

static rr_status put_floats(json_t *object, const char *key, const float *x, size_t n,
                            rr_error *err)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < n; i++) {
        if (json_array_append_new(list, json_real(short_decimal(x[i]))) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return rri_json_set(object, key, list, err);
}

static rr_status get_floats(const json_t *object, const char *path, const char *key, float *x,
                            size_t n, rr_error *err)
{
    const json_t *list = json_object_get(object, key);

    if (!json_is_array(list) || json_array_size(list) != n)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: parity.%s is not a list of %zu numbers", path,
                        key, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        const double value = json_number_value(item);
        if (!json_is_number(item) || !(fabs(value) <= (double)FLT_MAX))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s: parity.%s[%zu] is not a number that a float can hold", path, key,
                            i);
        x[i] = (float)value;
    }
    return RR_OK;
}

/* The three arrays of a parity vector in one block. */
typedef struct rri_parity {
    float *x, *state, *probability; /* [PARITY_STEPS][D], [H], [C] */
} rri_parity;

static rr_status parity_alloc(const rr_network_config *cfg, rri_parity *p, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&p->x, PARITY_STEPS, cfg->width, sizeof(float), err));
    RRI_TRY(rri_alloc(&p->state, cfg->hidden, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&p->probability, cfg->classes, 1, sizeof(float), err));

done:
    return st;
}

static void parity_clear(rri_parity *p)
{
    rri_free(p->x);
    rri_free(p->state);
    rri_free(p->probability);
}

static rr_status parity_text(const rr_network *net, char **out, rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rri_parity p = { 0 };
    json_t *object = NULL;
    rri_random r = rri_random_at(1, RRI_RANDOM_PARITY, 0);
    rr_status st = RR_OK;

    RRI_TRY(parity_alloc(cfg, &p, err));
    for (size_t i = 0; i < PARITY_STEPS * cfg->width; i++)
        p.x[i] = (float)(2.0 * rri_random_uniform(&r) - 1.0);
    RRI_TRY(last_of(net, p.x, PARITY_STEPS, p.state, p.probability, err));
    object = json_object();
    if (object == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for the parity vector"));
    RRI_TRY(rri_json_set(object, "steps", json_integer(PARITY_STEPS), err));
    RRI_TRY(put_floats(object, "x", p.x, PARITY_STEPS * cfg->width, err));
    RRI_TRY(put_floats(object, "state", p.state, cfg->hidden, err));
    RRI_TRY(put_floats(object, "probability", p.probability, cfg->classes, err));
    RRI_TRY(rri_json_text(object, out, err));

done:
    json_decref(object);
    parity_clear(&p);
    return st;
}

/* The tolerance for a network with these last states [n]. */
static double tolerance_of(const float *state, size_t n)
{
    double largest = 1.0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)state[i]));
    return parity_tolerance * largest;
}

static rr_status compare(const char *path, const char *what, const float *got, const float *want,
                         size_t n, double tolerance, rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= tolerance))
            return rri_fail(err, RR_ERR_MISMATCH, (int64_t)i,
                            "%s: the parity vector gives %s[%zu] = %g, the file says %g: the "
                            "weights are not what was written, or in another order",
                            path, what, i, (double)got[i], (double)want[i]);
    return RR_OK;
}

static rr_status check_parity(const rr_network *net, const char *path, const char *text,
                              rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rri_parity want = { 0 };
    rri_parity got = { 0 };
    json_t *object = NULL;
    size_t steps = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_parse(text, path, &object, err));
    RRI_TRY(rri_json_size(object, path, "steps", &steps, err));
    if (steps != PARITY_STEPS)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: parity.steps is %zu, expected %d", path,
                         steps, PARITY_STEPS));
    RRI_TRY(parity_alloc(cfg, &want, err));
    RRI_TRY(parity_alloc(cfg, &got, err));
    RRI_TRY(get_floats(object, path, "x", want.x, steps * cfg->width, err));
    RRI_TRY(get_floats(object, path, "state", want.state, cfg->hidden, err));
    RRI_TRY(get_floats(object, path, "probability", want.probability, cfg->classes, err));
    RRI_TRY(last_of(net, want.x, steps, got.state, got.probability, err));
    const double tolerance = tolerance_of(want.state, cfg->hidden);
    RRI_TRY(compare(path, "state", got.state, want.state, cfg->hidden, tolerance, err));
    RRI_TRY(compare(path, "probability", got.probability, want.probability, cfg->classes, tolerance,
                    err));

done:
    json_decref(object);
    parity_clear(&want);
    parity_clear(&got);
    return st;
}

/* ---- architecture --------------------------------------------------------------------------- */

/* The first array that is written: the embedding comes before all others. */
static size_t first_array(const rr_network *net, bool vectors)
{
    return net->embedding != NULL && !vectors ? 1 : 0;
}

/* Members that networks on frames with a logit a class, and an output after the last step, do not
 * have: their files are unchanged. */
static rr_status put_text_kind(rri_safetensors_writer *w, const rr_network *net, rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rr_status st = RR_OK;

    if (cfg->head != RR_HEAD_SOFTMAX)
        RRI_TRY(rri_safetensors_put_text(w, "head", rr_enum_name(RR_ENUM_HEAD, cfg->head), err));
    if (cfg->output != RR_OUTPUT_LAST)
        RRI_TRY(
            rri_safetensors_put_text(w, "output", rr_enum_name(RR_ENUM_OUTPUT, cfg->output), err));
    if (cfg->vocabulary == 0)
        return st;
    RRI_TRY(rri_safetensors_put_u64(w, "vocabulary", cfg->vocabulary, err));
    RRI_TRY(rri_safetensors_put_text(w, "embedding",
                                     rr_enum_name(RR_ENUM_EMBEDDING, cfg->embedding), err));
    if (*net->vocabulary != '\0')
        RRI_TRY(rri_safetensors_put_text(w, "vocabulary_sha256", net->vocabulary, err));

done:
    return st;
}

rr_status rri_network_put(rri_safetensors_writer *w, const rr_network *net, bool vectors,
                          rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_put_text(w, "cell", rr_enum_name(RR_ENUM_CELL, cfg->cell), err));
    RRI_TRY(rri_safetensors_put_u64(w, "width", cfg->width, err));
    RRI_TRY(rri_safetensors_put_u64(w, "hidden", cfg->hidden, err));
    RRI_TRY(rri_safetensors_put_u64(w, "layers", cfg->layers, err));
    RRI_TRY(rri_safetensors_put_u64(w, "classes", cfg->classes, err));
    RRI_TRY(rri_safetensors_put_u64(w, "seed", cfg->seed, err));
    RRI_TRY(put_text_kind(w, net, err));
    for (size_t i = first_array(net, vectors); i < rri_network_tensors(net); i++) {
        rri_tensor t;
        RRI_TRY(rri_network_tensor(net, i, &t, err));
        const size_t bad = rri_first_nonfinite(t.data, t.shape[0], t.shape[1], t.shape[1]);
        if (bad < t.shape[0])
            RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad, "row %zu of %s is not finite", bad,
                             t.name));
        RRI_TRY(rri_safetensors_put(w, t.name, RRI_F32, t.rank, t.shape, t.data, err));
    }

done:
    return st;
}

/* Read what put_text_kind() wrote. */
static rr_status get_text_kind(const rri_safetensors *f, const char *path, rr_network_config *cfg,
                               rr_error *err)
{
    const char *head = rri_safetensors_metadata(f, "head");
    const char *output = rri_safetensors_metadata(f, "output");
    const char *embedding = NULL;
    uint64_t vocabulary = 0;
    unsigned value = RR_HEAD_SOFTMAX;
    rr_status st = RR_OK;

    if (head != NULL && rr_enum_parse(RR_ENUM_HEAD, head, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: unknown head '%s'", path, head));
    cfg->head = (rr_head)value;
    value = RR_OUTPUT_LAST;
    if (output != NULL && rr_enum_parse(RR_ENUM_OUTPUT, output, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: unknown output '%s'", path, output));
    cfg->output = (rr_output)value;
    if (rri_safetensors_metadata(f, "vocabulary") == NULL)
        return st;
    RRI_TRY(rri_safetensors_require_u64(f, "vocabulary", &vocabulary, err));
    RRI_TRY(rri_safetensors_require(f, "embedding", &embedding, err));
    if (rr_enum_parse(RR_ENUM_EMBEDDING, embedding, &value, NULL) != RR_OK)
        RRI_TRY(
            rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: unknown embedding '%s'", path, embedding));
    cfg->embedding = (rr_embedding)value;
    cfg->vocabulary = (size_t)vocabulary;

done:
    return st;
}

static rr_status get_config(const rri_safetensors *f, const char *path, rr_network_config *cfg,
                            rr_error *err)
{
    const struct {
        const char *key;
        size_t *to;
    } sizes[] = { { "width", &cfg->width },
                  { "hidden", &cfg->hidden },
                  { "layers", &cfg->layers },
                  { "classes", &cfg->classes } };
    const char *cell = NULL;
    size_t parameters = 0;
    unsigned kind = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_require(f, "cell", &cell, err));
    if (rr_enum_parse(RR_ENUM_CELL, cell, &kind, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: unknown cell '%s'", path, cell));
    cfg->cell = (rr_cell)kind;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t value = 0;
        RRI_TRY(rri_safetensors_require_u64(f, sizes[i].key, &value, err));
        *sizes[i].to = (size_t)value;
    }
    RRI_TRY(rri_safetensors_require_u64(f, "seed", &cfg->seed, err));
    RRI_TRY(get_text_kind(f, path, cfg, err));
    if (rri_network_check(cfg, &parameters, err) != RR_OK)
        st = rri_prefix(err, RR_ERR_FORMAT, "%s", path);

done:
    return st;
}

rr_status rri_network_get(const rri_safetensors *f, const char *path, bool vectors,
                          rr_network **out, rr_error *err)
{
    const char *hash = rri_safetensors_metadata(f, "vocabulary_sha256");
    const rri_array *a = NULL;
    rr_network *net = NULL;
    rr_network_config cfg = { .struct_size = sizeof(rr_network_config) };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(get_config(f, path, &cfg, err));
    const size_t vocabulary = cfg.vocabulary;
    const size_t table[] = { vocabulary, cfg.width };
    if (vocabulary > 0 && vectors) /* check the array before allocating for it */
        RRI_TRY(rri_safetensors_expect(f, "embedding.weight", RRI_F32, 2, table, &a, err));
    if (!vectors)
        cfg.vocabulary = 0;
    RRI_TRY(rri_network_blank(&cfg, &net, err));
    net->cfg.vocabulary = vocabulary;
    if (hash != NULL && !rri_is_sha256_hex(hash))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: vocabulary_sha256 is '%s'", path, hash));
    if (hash != NULL)
        memcpy(net->vocabulary, hash, sizeof net->vocabulary);
    for (size_t i = 0; i < rri_network_tensors(net); i++) {
        rri_tensor t;
        RRI_TRY(rri_network_tensor(net, i, &t, err));
        RRI_TRY(rri_safetensors_expect(f, t.name, RRI_F32, t.rank, t.shape, &a, err));
        memcpy(t.data, a->data, a->items * sizeof *t.data);
        const size_t bad = rri_first_nonfinite(t.data, t.shape[0], t.shape[1], t.shape[1]);
        if (bad < t.shape[0])
            RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad, "%s: row %zu of %s is not finite",
                             path, bad, t.name));
    }
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Detects changes too small for the parity vector. */
static rr_status check_hash(const rr_network *net, const rri_safetensors *f, const char *path,
                            rr_error *err)
{
    const char *want = NULL;
    char got[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_require(f, "weights_sha256", &want, err));
    RRI_TRY(rr_network_hash(net, got, err));
    if (strcmp(got, want) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: the weights are not those that were written: SHA-256 %.12s..., the "
                         "file says %.12s...",
                         path, got, want));

done:
    return st;
}

rr_status rr_network_save(const rr_network *net, const char *path, rr_error *err)
{
    rri_safetensors_writer *w = NULL;
    char *parity = NULL;
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_writer_new(&w, err));
    RRI_TRY(rri_safetensors_put_text(w, "format", "rnnrepair-network", err));
    RRI_TRY(rri_safetensors_put_text(w, "format_version", "1", err));
    RRI_TRY(rri_network_put(w, net, true, err));
    RRI_TRY(rr_network_hash(net, hash, err));
    RRI_TRY(rri_safetensors_put_text(w, "weights_sha256", hash, err));
    RRI_TRY(parity_text(net, &parity, err));
    RRI_TRY(rri_safetensors_put_text(w, "parity", parity, err));
    RRI_TRY(rri_safetensors_write(w, path, err));

done:
    rri_free(parity);
    rri_safetensors_writer_free(w);
    return st;
}

rr_status rr_network_load(const char *path, rr_network **out, rr_error *err)
{
    rri_safetensors *f = NULL;
    rr_network *net = NULL;
    const char *parity = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_safetensors_open(path, &f, err));
    RRI_TRY(rri_safetensors_check_format(f, "rnnrepair-network", "1", err));
    RRI_TRY(rri_network_get(f, path, true, &net, err));
    if (rri_safetensors_count(f) != rri_network_tensors(net))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: holds %zu arrays, the network has %zu", path,
                         rri_safetensors_count(f), rri_network_tensors(net)));
    RRI_TRY(rri_safetensors_require(f, "parity", &parity, err));
    RRI_TRY(check_parity(net, path, parity, err));
    RRI_TRY(check_hash(net, f, path, err));
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    rri_safetensors_close(f);
    return st;
}
