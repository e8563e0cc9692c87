/* SPDX-License-Identifier: MIT */
/* explaining_step.c - one step of a sequence, and the training sequences that made it. See
 * explaining.h. */
#include "explaining.h"

#include <stdlib.h>

/* ---- the work ------------------------------------------------------------------------------- */

static int best_first(const void *a, const void *b)
{
    const cli_step_match *x = a;
    const cli_step_match *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

rr_status cli_step_of(const cli_view *v, const cli_explained *x, size_t t, cli_step *out,
                      rr_error *err)
{
    const rr_trace trace = rr_traces_at(x->traces, 0);
    const rr_posting *list = NULL;
    size_t count = 0;
    float *scores = NULL;
    cli_step s = { .t = t };
    rr_status st = RR_OK;

    if (t < 1 || t > trace.steps)
        return rri_fail(err, RR_ERR_ARG, -1, "--step %zu: the sequence has T = %zu steps, from 1",
                        t, trace.steps);
    RRI_TRY(rr_influence_segment(v->inf, v->cfg.query.key, &trace, t, &list, &count, &s.sequences,
                                 err));
    RRI_TRY(rri_alloc(&s.rows, s.sequences, 1, sizeof *s.rows, err));
    RRI_TRY(rri_alloc(&scores, rr_influence_info_of(v->inf).sequences, 1, sizeof *scores, err));
    RRI_TRY(rr_influence_scores(v->inf, &v->cfg.query, &trace, scores, err));
    for (size_t i = 0; i < count; i++) {
        const uint32_t id = list[i].sequence;
        if (i == 0 || id != list[i - 1].sequence)
            s.rows[s.count++] = (cli_step_match){ id, scores[id], &list[i], 0 };
        s.rows[s.count - 1].count++;
    }
    qsort(s.rows, s.count, sizeof *s.rows, best_first);
    s.count = s.count < v->cfg.top ? s.count : v->cfg.top;
    *out = s;
    s.rows = NULL;

done:
    rri_free(scores);
    rri_free(s.rows);
    return st;
}

/* ---- the document --------------------------------------------------------------------------- */

rr_status cli_step_document(const cli_view *v, const cli_explained *x, const cli_step *s,
                            cli_doc *doc, rr_error *err)
{
    const rr_traces *training = rr_influence_training(v->inf);
    json_t *step = cli_set_object(doc, NULL, "step");
    cli_set(doc, step, "t", cli_json_size(s->t));
    cli_set(doc, step, "influencers", cli_json_size(s->sequences));
    json_t *matches = cli_set_array(doc, step, "matches");
    for (size_t i = 0; i < s->count; i++) {
        const cli_step_match *m = &s->rows[i];
        const rr_trace trace = rr_traces_at(training, m->id);
        json_t *row = json_object();
        cli_set(doc, row, "id", cli_json_size(m->id));
        cli_set(doc, row, "label", cli_json_size(trace.label));
        cli_set(doc, row, "prediction", cli_json_size(trace.prediction));
        cli_set(doc, row, "score", cli_json_f64((double)m->score));
        json_t *steps = cli_set_array(doc, row, "steps");
        for (size_t k = 0; k < m->count; k++)
            cli_append(doc, steps, cli_json_size(m->steps[k].step));
        if (x->behind.ds != NULL) {
            const rr_sequence sentence = cli_sentence(&x->behind, m->id);
            char *text = NULL;
            const rr_status st = cli_sentence_text(x->behind.ds, &sentence, &text, err);
            cli_set(doc, row, "text", cli_json_text(text));
            rri_free(text);
            if (st != RR_OK) {
                json_decref(row);
                return st;
            }
        }
        cli_append(doc, matches, row);
    }
    return RR_OK;
}

/* ---- the list ------------------------------------------------------------------------------- */

/* The sentence with its matching words marked, or the numbers of the steps. */
static rr_status print_match(const cli_explained *x, const cli_step_match *m, rr_error *err)
{
    unsigned char *marked = NULL;
    if (x->behind.ds == NULL) {
        for (size_t k = 0; k < m->count; k++)
            printf("%s%u", k > 0 ? " " : "", m->steps[k].step);
        printf("\n");
        return RR_OK;
    }
    const rr_sequence s = cli_sentence(&x->behind, m->id);
    const rr_status st = rri_alloc(&marked, s.steps, 1, 1, err);
    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < m->count; k++)
        marked[m->steps[k].step - 1] = 1;
    cli_put_sentence(stdout, x->behind.ds, &s, marked);
    printf("\n");
    rri_free(marked);
    return RR_OK;
}

rr_status cli_print_step(const cli_view *v, const cli_explained *x, const cli_step *s,
                         rr_error *err)
{
    const rr_traces *training = rr_influence_training(v->inf);
    const rr_sequence own = rr_dataset_at(x->ds, x->at);

    printf("\nStep %zu", s->t);
    if (own.symbols != NULL) {
        char number[CLI_TOKEN];
        printf(", ");
        cli_put_word(stdout, cli_token(x->ds, &own, s->t, number), 0);
    }
    printf(": |I| = %zu of N = %zu training sequences have the same %s key\n", s->sequences,
           rr_influence_info_of(v->inf).sequences, rr_enum_name(RR_ENUM_KEY, v->cfg.query.key));
    printf("%8s  %6s  %10s  %7s  %s\n", "id", "label", "prediction", "score",
           x->behind.ds != NULL ? "text" : "steps");
    for (size_t i = 0; i < s->count && i < v->shown; i++) {
        const rr_trace trace = rr_traces_at(training, s->rows[i].id);
        printf("%8u  %6u  %10u  %7.4f  ", s->rows[i].id, trace.label, trace.prediction,
               (double)s->rows[i].score);
        const rr_status st = print_match(x, &s->rows[i], err);
        if (st != RR_OK)
            return st;
    }
    if (s->sequences > v->shown)
        printf("... and %zu more\n", s->sequences - v->shown);
    return RR_OK;
}
