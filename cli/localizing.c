/* SPDX-License-Identifier: MIT */
/* localizing.c - see localizing.h. */
#include "localizing.h"

#include <stdlib.h>

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
    RRI_TRY(cli_trace(v, ds, out->ids, out->n, &traces, err));
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

void cli_localized_document(cli_doc *doc, const cli_localized *l)
{
    cli_set(doc, NULL, "error_count", cli_json_size(l->n));
    cli_set(doc, NULL, "localised", cli_json_size(l->localised));
    cli_set(doc, NULL, "unsupported", cli_json_size(l->unsupported));
    json_t *errors = cli_set_array(doc, NULL, "errors");
    for (size_t i = 0; i < l->n; i++) {
        const rr_sequence seq = rr_dataset_at(l->ds, l->ids[i]);
        json_t *row = json_object();
        cli_set(doc, row, "id", cli_json_size(l->ids[i]));
        cli_set(doc, row, "truth", cli_json_size(seq.label));
        cli_set(doc, row, "prediction", cli_json_size(l->prediction[i]));
        json_t *rows = cli_set_array(doc, row, "segments");
        cli_append_segments(doc, rows, l->ds, &seq, l->segments[i]->segments,
                            l->segments[i]->count);
        cli_append(doc, errors, row);
    }
}

/* ---- the table ------------------------------------------------------------------------------ */

static void print_segments(const cli_localized *l, const rr_sequence *seq, const rr_segments *s)
{
    char number[CLI_TOKEN];
    for (size_t i = 0; i < s->count; i++) {
        const rr_segment *g = &s->segments[i];
        const char *token = token_at(l->ds, seq, g->t, number);
        printf("%10zu  %-5s  %6zu", g->t, rr_enum_name(RR_ENUM_RULE, g->rules), g->influencers);
        if (token != NULL) {
            printf("  ");
            cli_put_word(stdout, token, 0);
        }
        printf("%s\n", g->known ? "" : "  (no vector)");
    }
}

static rr_status print_one(const cli_localized *l, size_t i, rr_error *err)
{
    const rr_sequence seq = rr_dataset_at(l->ds, l->ids[i]);
    const rr_segments *s = l->segments[i];
    unsigned char *marked = NULL;
    const rr_status st = rri_alloc(&marked, seq.steps, 1, 1, err);
    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < s->count; k++)
        marked[s->segments[k].t - 1] = 1;
    printf("%zu: %s predicted %s\n", l->ids[i], rr_dataset_class_name(l->ds, seq.label),
           rr_dataset_class_name(l->ds, l->prediction[i]));
    if (seq.symbols != NULL) {
        printf("    ");
        cli_put_sentence(stdout, l->ds, &seq, marked);
        printf("\n");
    }
    print_segments(l, &seq, s);
    if (s->count == 0)
        printf("%10s  no suspect step\n", "-");
    rri_free(marked);
    return RR_OK;
}

rr_status cli_print_localized(const cli_localized *l, size_t shown, rr_error *err)
{
    if (l->n > 0 && shown > 0)
        printf("%10s  %-5s  %6s  %s\n", "t", "rule", "|I|", "word");
    for (size_t i = 0; i < l->n && i < shown; i++) {
        const rr_status st = print_one(l, i, err);
        if (st != RR_OK)
            return st;
    }
    if (l->n > shown)
        printf("... and %zu more; --show %zu or --json lists them\n", l->n - shown, l->n);
    printf("%zu errors, %zu localised, %zu with suspect words all of which have no vector\n", l->n,
           l->localised, l->unsupported);
    return RR_OK;
}
