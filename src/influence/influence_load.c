/* SPDX-License-Identifier: MIT */
/* influence_load.c - reading influence.safetensors; layout in docs/FORMAT.md.
 *
 * Traces and postings are used in place, in the loaded file; the rest is small and copied.
 * Everything is checked before a model is returned: the container by its reader, values here and in
 * influence_check.c. */
#include "abstraction/abstraction_internal.h"
#include "influence/influence_file.h"
#include "influence/novelty.h"

#include "core/states_origin.h"
#include "io/io.h"

#include <string.h>

typedef struct reader {
    const char *path;
    const rri_safetensors *f;
    rr_influence *inf;
} reader;

/* Errors in values are the file's: name it, and turn a constructor's bad argument into a format
 * error. Errors in arrays and metadata name the file already. */
static rr_status in_file(const reader *r, rr_status st, rr_error *err)
{
    if (st == RR_OK)
        return st;
    return rri_prefix(err, st == RR_ERR_ARG ? RR_ERR_FORMAT : st, "%s", r->path);
}

static rr_status check_hash(const reader *r, const char *key, const char *expected, rr_error *err)
{
    const char *found = NULL;
    const rr_status st = rri_safetensors_require(r->f, key, &found, err);

    if (st != RR_OK)
        return st;
    if (!rri_is_sha256_hex(found))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is not 64 hexadecimal digits", r->path,
                        key);
    if (expected != NULL && strcmp(found, expected) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "%s was made from another %s: %s is %.16s..., expected %.16s...; build it "
                        "again",
                        r->path, strcmp(key, "model_sha256") == 0 ? "network" : "data set", key,
                        found, expected);
    return RR_OK;
}

static rr_status check_identity(const reader *r, const char *model_hash, const char *data_hash,
                                rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_check_format(r->f, RRI_INFLUENCE_FORMAT, RRI_INFLUENCE_VERSION, err));
    RRI_TRY(check_hash(r, "model_sha256", model_hash, err));
    RRI_TRY(check_hash(r, "data_sha256", data_hash, err));

done:
    return st;
}

static rr_status read_configuration(const reader *r, rr_error *err)
{
    const char *name = "configuration";
    rr_influence *inf = r->inf;
    const char *text = NULL;
    json_t *o = NULL;
    rr_status st = RR_OK;

    inf->config = rr_influence_config_default();
    RRI_TRY(rri_safetensors_require_u64(r->f, "seed", &inf->config.seed, err));
    inf->info.seed = inf->config.seed;
    RRI_TRY(rri_safetensors_require(r->f, name, &text, err));
    RRI_TRY(in_file(r, rri_json_parse(text, name, &o, err), err));
    RRI_TRY(in_file(r, rri_json_get_fields(o, name, "", &rri_influence_fields, inf, err), err));
    inf->info.components = inf->config.components;
    inf->config.partition.gmm.seed = inf->config.seed;
    RRI_TRY(in_file(r, rri_check_configuration(inf, err), err));

done:
    json_decref(o);
    return st;
}

/* Without the kind of the states they are a built-in network's. */
static rr_status read_origin(const reader *r, rr_error *err)
{
    rr_states_origin *o = &r->inf->origin;
    const char *kind = rri_safetensors_metadata(r->f, RRI_STATES_KIND);
    const char *difference = rri_safetensors_metadata(r->f, RRI_STATES_DIFFERENCE);
    const char *model = rri_safetensors_metadata(r->f, RRI_STATES_MODEL);
    unsigned value = 0;
    rr_status st = RR_OK;

    if (kind == NULL)
        return RR_OK;
    o->foreign = 1;
    RRI_TRY(in_file(r, rr_enum_parse(RR_ENUM_STATES_KIND, kind, &value, err), err));
    o->kind = (rr_states_kind)value;
    RRI_TRY(rri_safetensors_require_u64(r->f, RRI_STATES_COMPARED, &o->compared, err));
    RRI_TRY(rri_safetensors_require_u64(r->f, RRI_STATES_DISAGREEMENTS, &o->disagreements, err));
    o->difference = -1.0;
    if (difference != NULL && (!rri_parse_f64(difference, &o->difference) || o->difference < 0.0))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is \"%.40s\", not a number from 0 on",
                         r->path, RRI_STATES_DIFFERENCE, difference));
    if (model != NULL)
        (void)rri_snprintf(o->model, sizeof o->model, "%s", model);
    if (model != NULL && !rri_is_sha256_hex(model))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is not 64 hexadecimal digits", r->path,
                         RRI_STATES_MODEL));
    st = in_file(r, rri_states_origin_check(o, err), err);

done:
    return st;
}

/* An array of rank 1, or of rank 2 where columns > 0; SIZE_MAX rows accept any number. */
static rr_status get(const rri_safetensors *f, const char *name, rri_dtype dtype, size_t rows,
                     size_t columns, const rri_array **out, rr_error *err)
{
    const size_t shape[2] = { rows, columns };

    return rri_safetensors_expect(f, name, dtype, columns > 0 ? 2 : 1, shape, out, err);
}

static rr_status read_pca(const reader *r, rr_error *err)
{
    rr_influence *inf = r->inf;
    const size_t H = inf->info.hidden;
    const size_t P = inf->info.components;
    const rri_array *mean = NULL;
    const rri_array *axes = NULL;
    const rri_array *variance = NULL;
    const rri_array *total = NULL;
    rr_status st = RR_OK;

    RRI_TRY(get(r->f, "pca.mean", RRI_F32, H, 0, &mean, err));
    RRI_TRY(get(r->f, "pca.axes", RRI_F32, P, H, &axes, err));
    RRI_TRY(get(r->f, "pca.variance", RRI_F64, P, 0, &variance, err));
    RRI_TRY(get(r->f, "pca.total_variance", RRI_F64, 1, 0, &total, err));
    RRI_TRY(in_file(
        r, rri_check_pca(mean, axes, variance, total, &inf->info.explained_variance, err), err));
    RRI_TRY(in_file(r,
                    rri_pca_restore(H, P, mean->data, axes->data, variance->data,
                                    *(const double *)total->data, &inf->pca, err),
                    err));

done:
    return st;
}

static rr_status read_mixture(const reader *r, rr_error *err)
{
    rr_influence *inf = r->inf;
    const size_t P = inf->info.components;
    const size_t C = inf->info.classes;
    const rri_array *weight = NULL;
    const rri_array *mean = NULL;
    const rri_array *variance = NULL;
    const rri_array *confidence = NULL;
    rr_status st = RR_OK;

    RRI_TRY(get(r->f, "mixture.weight", RRI_F64, SIZE_MAX, 0, &weight, err));
    RRI_TRY(get(r->f, "mixture.mean", RRI_F64, weight->items, P, &mean, err));
    RRI_TRY(get(r->f, "mixture.variance", RRI_F64, weight->items, P, &variance, err));
    RRI_TRY(get(r->f, "confidence", RRI_F32, weight->items, C, &confidence, err));
    RRI_TRY(in_file(r, rri_check_mixture(weight, mean, variance, err), err));
    RRI_TRY(in_file(
        r,
        rri_gmm_restore(weight->items, P, weight->data, mean->data, variance->data, &inf->gmm, err),
        err));
    inf->info.states = weight->items;
    RRI_TRY(rri_alloc(&inf->confidence, weight->items + 1, C, sizeof *inf->confidence, err));
    memcpy(inf->confidence + C, confidence->data, confidence->items * sizeof *inf->confidence);

done:
    return st;
}

static rr_status read_codebook(const reader *r, rr_error *err)
{
    rr_influence *inf = r->inf;
    const rri_array *centres = NULL;
    rr_status st = RR_OK;

    if (inf->width == 0 || inf->info.symbols == 1)
        return RR_OK;
    RRI_TRY(get(r->f, "codebook.centres", RRI_F32, inf->info.symbols, inf->width, &centres, err));
    RRI_TRY(in_file(r, rri_check_finite(centres, err), err));
    RRI_TRY(in_file(
        r, rri_codebook_restore(inf->info.symbols, inf->width, centres->data, &inf->book, err),
        err));

done:
    return st;
}

static rr_status read_traces(const reader *r, rr_error *err)
{
    rr_influence *inf = r->inf;
    const rri_array *offset = NULL;
    const rri_array *label = NULL;
    const rri_array *state = NULL;
    const rri_array *prediction = NULL;
    const rri_array *symbol = NULL;
    const rri_array *step_label = NULL;
    rr_traces *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(get(r->f, "sequence.label", RRI_U32, SIZE_MAX, 0, &label, err));
    RRI_TRY(get(r->f, "trace.offset", RRI_U64, label->items + 1, 0, &offset, err));
    RRI_TRY(get(r->f, "trace.state", RRI_U16, SIZE_MAX, 0, &state, err));
    RRI_TRY(get(r->f, "trace.prediction", RRI_U16, state->items, 0, &prediction, err));
    if (inf->vocabulary > 0 || inf->book != NULL)
        RRI_TRY(get(r->f, "trace.symbol", RRI_U32, state->items, 0, &symbol, err));
    if (rri_safetensors_find(r->f, "trace.step_label") != NULL)
        RRI_TRY(get(r->f, "trace.step_label", RRI_U16, state->items, 0, &step_label, err));
    RRI_TRY(rri_alloc(&inf->training, 1, 1, sizeof *inf->training, err));
    t = inf->training;
    t->count = label->items;
    t->steps = state->items;
    t->offset = offset->data;
    t->label = label->data;
    t->state = state->data;
    t->prediction = prediction->data;
    t->symbol = symbol != NULL ? symbol->data : NULL;
    t->step_label = step_label != NULL ? step_label->data : NULL;
    RRI_TRY(in_file(r, rri_check_traces(inf, err), err));
    inf->info.sequences = t->count;
    inf->info.steps = t->steps;

done:
    return st;
}

static rr_status read_postings(const reader *r, rr_key kind, rr_error *err)
{
    rr_influence *inf = r->inf;
    const rri_posting_names *name = &rri_posting_names_of[kind];
    rri_postings *p = &inf->postings[kind];
    const rri_array *key = NULL;
    const rri_array *start = NULL;
    const rri_array *entry = NULL;
    const rri_array *distinct = NULL;
    rr_status st = RR_OK;

    RRI_TRY(get(r->f, name->key, RRI_U64, SIZE_MAX, 0, &key, err));
    RRI_TRY(get(r->f, name->start, RRI_U64, key->items + 1, 0, &start, err));
    RRI_TRY(get(r->f, name->entry, RRI_U32, inf->info.steps, 2, &entry, err));
    RRI_TRY(get(r->f, name->distinct, RRI_U32, key->items, 0, &distinct, err));
    p->keys = key->items;
    p->key = key->data;
    p->start = start->data;
    p->entry = entry->data;
    p->distinct = distinct->data;
    RRI_TRY(in_file(r, rri_postings_check(inf->training, kind, p, err), err));

done:
    return st;
}

static rr_status read_curve(const reader *r, rr_error *err)
{
    rr_influence *inf = r->inf;
    const rri_array *table = NULL;
    rr_status st = RR_OK;

    RRI_TRY(get(r->f, "curve", RRI_F64, SIZE_MAX, RRI_CURVE_COLUMNS, &table, err));
    RRI_TRY(in_file(r, rri_check_finite(table, err), err));
    inf->points = table->shape[0];
    RRI_TRY(rri_alloc(&inf->curve, inf->points, 1, sizeof *inf->curve, err));
    RRI_TRY(in_file(r, rri_check_curve(table, inf->info.states, err), err));
    for (size_t i = 0; i < inf->points; i++) {
        const double *row = (const double *)table->data + i * RRI_CURVE_COLUMNS;
        inf->curve[i] = (rr_curve_point){ .states = (size_t)row[0],
                                          .stability_mean = row[1],
                                          .stability_min = row[2],
                                          .log_likelihood = row[3],
                                          .bic = row[4] };
    }
    inf->info.stability_mean = inf->curve[inf->points - 1].stability_mean;
    inf->info.stability_min = inf->curve[inf->points - 1].stability_min;
    inf->info.log_likelihood = inf->curve[inf->points - 1].log_likelihood;

done:
    return st;
}

/* Files of earlier versions have none. */
static rr_status read_novelty(const reader *r, rr_error *err)
{
    const rri_array *parts = NULL;
    const rri_array *limit = NULL;
    size_t rows = 0;
    rr_status st = RR_OK;

    if (rri_safetensors_find(r->f, "novelty.limit") == NULL)
        return RR_OK;
    for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++)
        rows += rri_novelty_has(r->inf, (rr_novelty_part)k);
    RRI_TRY(get(r->f, "novelty.parts", RRI_F64, rows, RRI_NOVELTY_COLUMNS, &parts, err));
    RRI_TRY(get(r->f, "novelty.limit", RRI_F64, 1, 0, &limit, err));
    st = in_file(r, rri_novelty_restore(r->inf, parts->data, *(const double *)limit->data, err),
                 err);

done:
    return st;
}

static rr_status read_all(const reader *r, const char *model_hash, const char *data_hash,
                          rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(check_identity(r, model_hash, data_hash, err));
    RRI_TRY(read_configuration(r, err));
    RRI_TRY(read_origin(r, err));
    RRI_TRY(read_pca(r, err));
    RRI_TRY(read_mixture(r, err));
    RRI_TRY(read_codebook(r, err));
    RRI_TRY(read_traces(r, err));
    if (r->inf->training->symbol != NULL)
        RRI_TRY(read_postings(r, RR_KEY_STATE_SYMBOL, err));
    RRI_TRY(read_postings(r, RR_KEY_TRANSITION, err));
    RRI_TRY(in_file(r, rri_check_confidence(r->inf, err), err));
    RRI_TRY(read_curve(r, err));
    RRI_TRY(rri_influence_ready(r->inf, err));
    RRI_TRY(read_novelty(r, err));

done:
    return st;
}

rr_status rr_influence_load(const char *path, const char *model_hash, const char *data_hash,
                            rr_influence **out, rr_error *err)
{
    rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&inf, 1, 1, sizeof *inf, err));
    RRI_TRY(rri_safetensors_open(path, &inf->file, err));
    RRI_TRY(read_all(&(reader){ path, inf->file, inf }, model_hash, data_hash, err));
    *out = inf;
    inf = NULL;

done:
    rr_influence_free(inf);
    return st;
}
