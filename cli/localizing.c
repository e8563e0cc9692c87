/* SPDX-License-Identifier: MIT */
/* localizing.c - see localizing.h. */
#include "localizing.h"

/* ---- the work ------------------------------------------------------------------------------- */

static rr_status check_list(const rr_dataset *ds, const uint32_t *prediction,
                            const cli_errors *which, rr_error *err)
{
    for (size_t k = 0; which->ids != NULL && k < which->n; k++) {
        const size_t id = (size_t)which->ids[k];
        const uint32_t label = rr_dataset_at(ds, id).label;
        if (prediction[id] == label)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--samples %zu: no error, it is predicted right: %s", id,
                            rr_dataset_class_name(ds, label));
    }
    return RR_OK;
}

static int is_wanted(const cli_errors *which, size_t i, uint32_t label)
{
    if (which->truth >= 0 && label != (uint32_t)which->truth)
        return 0;
    for (size_t k = 0; which->ids != NULL && k < which->n; k++)
        if (which->ids[k] == i)
            return 1;
    return which->ids == NULL;
}

static rr_status find_errors(const rr_dataset *ds, const uint32_t *prediction,
                             const cli_errors *which, cli_localized *l, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&l->ids, N, 1, sizeof *l->ids, err));
    RRI_TRY(rri_alloc(&l->prediction, N, 1, sizeof *l->prediction, err));
    RRI_TRY(rri_alloc(&l->segments, N, 1, sizeof(rr_segments *), err));
    for (size_t i = 0; i < N; i++) {
        const uint32_t label = rr_dataset_at(ds, i).label;
        if (prediction[i] == label || !is_wanted(which, i, label))
            continue;
        l->ids[l->n] = i;
        l->prediction[l->n++] = prediction[i];
    }

done:
    return st;
}

static rr_status trace(const cli_view *v, const rr_dataset *ds, const size_t *which, size_t n,
                       rr_traces **out, rr_error *err)
{
    const size_t threads = v->cfg.query.threads;
    rr_dataset *some = NULL;
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_select(ds, which, n, &some, err));
    RRI_TRY(rr_network_states(v->net, some, threads, &source, err));
    RRI_TRY(rr_influence_trace(v->inf, &source, threads, out, err));

done:
    rr_state_source_close(&source);
    rr_dataset_free(some);
    return st;
}

rr_status cli_localize(const cli_view *v, const rr_localize_config *cfg, const rr_dataset *ds,
                       const uint32_t *prediction, const cli_errors *which, cli_localized *out,
                       rr_error *err)
{
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    *out = (cli_localized){ .ds = ds, .net = v->net };
    RRI_TRY(check_list(ds, prediction, which, err));
    RRI_TRY(find_errors(ds, prediction, which, out, err));
    if (out->n == 0)
        goto done;
    RRI_TRY(trace(v, ds, out->ids, out->n, &traces, err));
    for (size_t i = 0; i < out->n; i++) {
        const rr_trace x = rr_traces_at(traces, i);
        RRI_TRY(rr_localize(v->inf, v->net, cfg, &x, &out->segments[i], err));
        out->localised += out->segments[i]->known > 0;
        out->unsupported += out->segments[i]->count > 0 && out->segments[i]->known == 0;
    }

done:
    rr_traces_free(traces);
    return st;
}

void cli_localized_free(cli_localized *l)
{
    for (size_t i = 0; l->segments != NULL && i < l->n; i++)
        rr_segments_free(l->segments[i]);
    rri_free(l->segments);
    rri_free(l->prediction);
    rri_free(l->ids);
    *l = (cli_localized){ .ds = NULL };
}

/* ---- the document --------------------------------------------------------------------------- */

/* The word of a step, NULL where the data are frames. */
static const char *token_at(const rr_dataset *ds, const rr_sequence *seq, size_t t,
                            char number[CLI_TOKEN])
{
    return seq->symbols != NULL ? cli_token(ds, seq, t, number) : NULL;
}

void cli_append_segments(cli_doc *doc, json_t *rows, const rr_dataset *ds, const rr_sequence *seq,
                         const rr_segment *segments, size_t n)
{
    char number[CLI_TOKEN];
    for (size_t i = 0; i < n; i++) {
        const rr_segment *s = &segments[i];
        json_t *row = json_object();
        cli_set(doc, row, "t", cli_json_size(s->t));
        cli_set(doc, row, "token", cli_json_text(token_at(ds, seq, s->t, number)));
        cli_set(doc, row, "symbol",
                s->symbol == UINT32_MAX ? json_null() : cli_json_size(s->symbol));
        cli_set(doc, row, "known", json_boolean(s->known));
        cli_set(doc, row, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, s->rules)));
        cli_set(doc, row, "influencers", cli_json_size(s->influencers));
        cli_append(doc, rows, row);
    }
}
