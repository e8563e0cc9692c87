/* SPDX-License-Identifier: MIT */
/* explaining.c - see explaining.h. */
#include "explaining.h"

enum { TOP_CONFIDENCES = 3 };

/* ---- the work ------------------------------------------------------------------------------- */

rr_status cli_trace(const cli_view *v, const rr_dataset *ds, const size_t *which, size_t n,
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

rr_status cli_explain(const cli_view *v, const rr_dataset *ds, size_t at, int truth_known,
                      cli_explained *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (cli_explained){ .ds = ds, .at = at, .truth_known = truth_known };
    RRI_TRY(cli_trace(v, ds, &at, 1, &out->traces, err));
    rr_trace trace = rr_traces_at(out->traces, 0);
    if (!truth_known)
        trace.label = trace.prediction;
    RRI_TRY(rr_explain(v->inf, &v->cfg, &trace, &out->e, err));

done:
    return st;
}

void cli_explained_free(cli_explained *x)
{
    cli_sentences_free(&x->behind);
    rr_explanation_free(x->e);
    rr_traces_free(x->traces);
    *x = (cli_explained){ .ds = NULL };
}

/* ---- the document --------------------------------------------------------------------------- */

void cli_explanation_document(cli_doc *doc, const cli_explained *x)
{
    const rr_explanation *e = x->e;
    const size_t for_truth = x->truth_known ? e->count_for_truth : 0;

    cli_set(doc, NULL, "truth", x->truth_known ? cli_json_size(e->truth) : json_null());
    cli_set(doc, NULL, "prediction", cli_json_size(e->prediction));
    json_t *steps = cli_set_array(doc, NULL, "steps");
    for (size_t i = 0; i < e->count_steps; i++) {
        const rr_explain_step *s = &e->steps[i];
        json_t *row = json_object();
        cli_set(doc, row, "t", cli_json_size(s->t));
        cli_set(doc, row, "state", cli_json_size(s->state));
        cli_set(doc, row, "prediction", cli_json_size(s->prediction));
        cli_set(doc, row, "probability", cli_json_share((double)s->probability));
        json_t *confidence = cli_set_array(doc, row, "confidence");
        for (size_t c = 0; c < e->classes; c++)
            cli_append(doc, confidence, cli_json_f64((double)s->confidence[c]));
        cli_set(doc, row, "influencers", cli_json_size(s->influencers));
        cli_append(doc, steps, row);
    }
    cli_set_neighbours(doc, NULL, "proponents", e->proponents, e->count_proponents);
    cli_set_neighbours(doc, NULL, "for_truth", e->for_truth, for_truth);
    cli_set_neighbours(doc, NULL, "for_prediction", e->for_prediction, e->count_for_prediction);
    cli_set(doc, NULL, "count_truth", x->truth_known ? cli_json_size(e->count_truth) : json_null());
    cli_set(doc, NULL, "count_prediction", cli_json_size(e->count_prediction));
}

/* ---- tables --------------------------------------------------------------------------------- */

/* "5:0.61 3:0.20 8:0.07", highest first, ties by lower label. */
static void print_confidences(const float *confidence, size_t classes)
{
    size_t used[TOP_CONFIDENCES];
    for (size_t k = 0; k < TOP_CONFIDENCES && k < classes; k++) {
        size_t best = classes;
        for (size_t c = 0; c < classes; c++) {
            int taken = 0;
            for (size_t j = 0; j < k; j++)
                taken |= used[j] == c;
            if (!taken && (best == classes || confidence[c] > confidence[best]))
                best = c;
        }
        used[k] = best;
        printf("%s%zu:%.2f", k > 0 ? " " : "", best, (double)confidence[best]);
    }
    printf("\n");
}

static void print_neighbours(const char *title, const rr_neighbour *rows, size_t n, size_t shown)
{
    if (n == 0) {
        printf("\n%s: none\n", title);
        return;
    }
    printf("\n%s\n%8s  %6s  %10s  %7s\n", title, "id", "label", "prediction", "score");
    for (size_t i = 0; i < n && i < shown; i++)
        printf("%8u  %6u  %10u  %7.4f\n", rows[i].id, rows[i].label, rows[i].prediction,
               (double)rows[i].score);
    if (n > shown)
        printf("... and %zu more\n", n - shown);
}

void cli_print_explanation(const cli_view *v, const cli_explained *x)
{
    const rr_explanation *e = x->e;

    printf("%4s  %5s  %10s  %11s  %8s  %s\n", "t", "state", "prediction", "probability", "|I|",
           "confidence");
    for (size_t i = 0; i < e->count_steps; i++) {
        const rr_explain_step *s = &e->steps[i];
        printf("%4zu  %5u  %10u  ", s->t, s->state, s->prediction);
        if (s->probability >= 0.0F)
            printf("%11.4f", (double)s->probability);
        else
            printf("%11s", "-");
        printf("  %8zu  ", s->influencers);
        print_confidences(s->confidence, e->classes);
    }
    printf("\n|I| counts training sequences, of N = %zu.\n",
           rr_influence_info_of(v->inf).sequences);
    printf("Of the %zu most influential, %zu carry the predicted label %u and %zu the true label "
           "%u.\n",
           e->count_proponents, e->count_prediction, e->prediction, e->count_truth, e->truth);
    if (e->truth != e->prediction)
        print_neighbours("T_m: influential training sequences with the predicted label",
                         e->for_prediction, e->count_for_prediction, v->shown);
    print_neighbours("T_t: influential training sequences with the true label", e->for_truth,
                     e->count_for_truth, v->shown);
}
