/* SPDX-License-Identifier: MIT */
/* influence_save.c - writing influence.safetensors; layout in docs/FORMAT.md.
 *
 * The file holds results and no timings, so that the same build gives the same bytes. */
#include "abstraction/abstraction_internal.h"
#include "influence/influence_file.h"
#include "influence/novelty.h"

#include "io/io.h"

#include <string.h>

#define FIELD(kind, member, key, words)                                                            \
    {                                                                                              \
        key, offsetof(rr_influence, member), RRI_JSON_##kind, RRI_JSON_ALWAYS, words               \
    }
#define SIZE(member, key) FIELD(SIZE, member, key, (rr_enum)0)
#define REAL(member, key) FIELD(F64, member, key, (rr_enum)0)

static const rri_json_field table[] = {
    SIZE(info.hidden, "hidden"),
    SIZE(info.classes, "classes"),
    SIZE(width, "width"),
    SIZE(vocabulary, "vocabulary"),
    SIZE(info.symbols, "alphabet"),
    SIZE(config.components, "components"),
    SIZE(config.symbols, "symbols"),
    SIZE(config.partition.states, "states"),
    SIZE(config.partition.max_states, "max_states"),
    REAL(config.partition.stability, "stability"),
    FIELD(ENUM, config.partition.search, "search", RR_ENUM_SEARCH),
    SIZE(config.partition.gmm.max_iter, "max_iter"),
    REAL(config.partition.gmm.tol, "tol"),
    REAL(config.partition.gmm.floor, "floor"),
};
const rri_json_fields rri_influence_fields = RRI_JSON_FIELDS(table);

/* The configuration and the sizes, as one JSON object. */
static rr_status write_configuration(const rr_influence *inf, char **text, rr_error *err)
{
    json_t *o = json_object();
    rr_status st = RR_OK;

    if (o == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for the configuration");
    RRI_TRY(rri_json_put_fields(o, &rri_influence_fields, inf, err));
    RRI_TRY(rri_json_text(o, text, err));

done:
    json_decref(o);
    return st;
}

/* States of a network trained elsewhere say so; others say nothing. */
static rr_status put_origin(const rr_states_origin *o, rri_safetensors_writer *w, rr_error *err)
{
    const char *kind = rr_enum_name(RR_ENUM_STATES_KIND, o->kind);
    char number[40];
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_put_text(w, RRI_STATES_KIND, kind, err));
    RRI_TRY(rri_safetensors_put_u64(w, RRI_STATES_COMPARED, o->compared, err));
    RRI_TRY(rri_safetensors_put_u64(w, RRI_STATES_DISAGREEMENTS, o->disagreements, err));
    if (o->difference >= 0.0) {
        (void)rri_snprintf(number, sizeof number, "%.17g", o->difference);
        RRI_TRY(rri_safetensors_put_text(w, RRI_STATES_DIFFERENCE, number, err));
    }
    if (o->model[0] != '\0')
        RRI_TRY(rri_safetensors_put_text(w, RRI_STATES_MODEL, o->model, err));

done:
    return st;
}

static rr_status put_text(const rr_influence *inf, const char *model_hash, const char *data_hash,
                          rri_safetensors_writer *w, rr_error *err)
{
    char *configuration = NULL;
    rr_status st = RR_OK;

    RRI_TRY(write_configuration(inf, &configuration, err));
    RRI_TRY(rri_safetensors_put_text(w, "format", RRI_INFLUENCE_FORMAT, err));
    RRI_TRY(rri_safetensors_put_text(w, "format_version", RRI_INFLUENCE_VERSION, err));
    RRI_TRY(rri_safetensors_put_text(w, "model_sha256", model_hash, err));
    RRI_TRY(rri_safetensors_put_text(w, "data_sha256", data_hash, err));
    RRI_TRY(rri_safetensors_put_u64(w, "seed", inf->info.seed, err));
    RRI_TRY(rri_safetensors_put_text(w, "configuration", configuration, err));
    if (inf->origin.foreign)
        RRI_TRY(put_origin(&inf->origin, w, err));

done:
    rri_free(configuration);
    return st;
}

/* An array of rank 1, or of rank 2 where columns > 0. */
static rr_status put(rri_safetensors_writer *w, const char *name, rri_dtype dtype, size_t rows,
                     size_t columns, const void *data, rr_error *err)
{
    const size_t shape[2] = { rows, columns };

    return rri_safetensors_put(w, name, dtype, columns > 0 ? 2 : 1, shape, data, err);
}

static rr_status put_abstraction(const rr_influence *inf, const double *total_variance,
                                 rri_safetensors_writer *w, rr_error *err)
{
    const size_t H = inf->info.hidden;
    const size_t P = inf->info.components;
    const size_t K = inf->info.states;
    const size_t C = inf->info.classes;
    rr_status st = RR_OK;

    RRI_TRY(put(w, "pca.mean", RRI_F32, H, 0, rri_pca_mean(inf->pca), err));
    RRI_TRY(put(w, "pca.axes", RRI_F32, P, H, rri_pca_axes(inf->pca), err));
    RRI_TRY(put(w, "pca.variance", RRI_F64, P, 0, rri_pca_variance(inf->pca), err));
    RRI_TRY(put(w, "pca.total_variance", RRI_F64, 1, 0, total_variance, err));
    RRI_TRY(put(w, "mixture.weight", RRI_F64, K, 0, rri_gmm_weight(inf->gmm), err));
    RRI_TRY(put(w, "mixture.mean", RRI_F64, K, P, rri_gmm_mean(inf->gmm), err));
    RRI_TRY(put(w, "mixture.variance", RRI_F64, K, P, rri_gmm_variance(inf->gmm), err));
    RRI_TRY(put(w, "confidence", RRI_F32, K, C, inf->confidence + C, err));
    if (inf->book != NULL)
        RRI_TRY(put(w, "codebook.centres", RRI_F32, inf->info.symbols, inf->width,
                    rri_codebook_centres(inf->book), err));

done:
    return st;
}

static rr_status put_traces(const rr_traces *t, rri_safetensors_writer *w, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(put(w, "trace.offset", RRI_U64, t->count + 1, 0, t->offset, err));
    RRI_TRY(put(w, "trace.state", RRI_U16, t->steps, 0, t->state, err));
    RRI_TRY(put(w, "trace.prediction", RRI_U16, t->steps, 0, t->prediction, err));
    if (t->symbol != NULL)
        RRI_TRY(put(w, "trace.symbol", RRI_U32, t->steps, 0, t->symbol, err));
    if (t->step_label != NULL)
        RRI_TRY(put(w, "trace.step_label", RRI_U16, t->steps, 0, t->step_label, err));
    RRI_TRY(put(w, "sequence.label", RRI_U32, t->count, 0, t->label, err));

done:
    return st;
}

static rr_status put_postings(const rr_traces *t, const rri_postings *p,
                              const rri_posting_names *name, rri_safetensors_writer *w,
                              rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(put(w, name->key, RRI_U64, p->keys, 0, p->key, err));
    RRI_TRY(put(w, name->start, RRI_U64, p->keys + 1, 0, p->start, err));
    RRI_TRY(put(w, name->entry, RRI_U32, t->steps, 2, p->entry, err));
    RRI_TRY(put(w, name->distinct, RRI_U32, p->keys, 0, p->distinct, err));

done:
    return st;
}

static rr_status curve_table(const rr_influence *inf, double **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, inf->points, RRI_CURVE_COLUMNS, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < inf->points; i++) {
        const rr_curve_point *c = &inf->curve[i];
        const double row[RRI_CURVE_COLUMNS] = { (double)c->states, c->stability_mean,
                                                c->stability_min, c->log_likelihood, c->bic };
        memcpy(*out + i * RRI_CURVE_COLUMNS, row, sizeof row);
    }
    return RR_OK;
}

rr_status rr_influence_save(const rr_influence *inf, const char *path, const char *model_hash,
                            const char *data_hash, rr_error *err)
{
    const double total_variance = rri_pca_total_variance(inf->pca);
    rri_safetensors_writer *w = NULL;
    double parts[RRI_NOVELTY_PARTS][RRI_NOVELTY_COLUMNS];
    double *curve = NULL;
    rr_status st = RR_OK;

    if (model_hash == NULL || !rri_is_sha256_hex(model_hash))
        return rri_fail(err, RR_ERR_ARG, -1, "the model's hash is not 64 hexadecimal digits");
    if (data_hash == NULL || !rri_is_sha256_hex(data_hash))
        return rri_fail(err, RR_ERR_ARG, -1, "the data's hash is not 64 hexadecimal digits");
    RRI_TRY(rri_safetensors_writer_new(&w, err));
    RRI_TRY(put_text(inf, model_hash, data_hash, w, err));
    RRI_TRY(put_abstraction(inf, &total_variance, w, err));
    RRI_TRY(put_traces(inf->training, w, err));
    for (size_t k = 0; k < RRI_STORED_KINDS; k++)
        if (inf->postings[k].keys > 0)
            RRI_TRY(
                put_postings(inf->training, &inf->postings[k], &rri_posting_names_of[k], w, err));
    RRI_TRY(curve_table(inf, &curve, err));
    RRI_TRY(put(w, "curve", RRI_F64, inf->points, RRI_CURVE_COLUMNS, curve, err));
    if (inf->novelty != NULL) {
        const size_t rows = rri_novelty_table(inf, parts);
        RRI_TRY(put(w, "novelty.parts", RRI_F64, rows, RRI_NOVELTY_COLUMNS, parts, err));
        RRI_TRY(put(w, "novelty.limit", RRI_F64, 1, 0, &inf->novelty->limit, err));
    }
    RRI_TRY(rri_safetensors_write(w, path, err));

done:
    rri_free(curve);
    rri_safetensors_writer_free(w);
    return st;
}
