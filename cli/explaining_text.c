/* SPDX-License-Identifier: MIT */
/* explaining_text.c - explanations of sequences of words: one line a word, and the sentences behind
 * the prediction. See explaining.h. */
#include "explaining.h"

#include <stdlib.h>

enum {
    WIDEST = 24, /* columns of a word in a table; a wider one takes its room */
    GLIMPSE = 64 /* columns of a sentence in a list */
};

/* ---- the document --------------------------------------------------------------------------- */

static rr_status set_text(cli_doc *doc, json_t *object, const rr_dataset *ds, const rr_sequence *s,
                          rr_error *err)
{
    char *text = NULL;
    const rr_status st = cli_sentence_text(ds, s, &text, err);
    if (st == RR_OK)
        cli_set(doc, object, "text", cli_json_text(text));
    rri_free(text);
    return st;
}

/* The sentences of a list of the document that has been made already. */
static rr_status set_texts(cli_doc *doc, const char *name, const cli_explained *x, rr_error *err)
{
    const json_t *rows = json_object_get(doc->root, name);
    size_t i = 0;
    json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        const size_t id = (size_t)json_integer_value(json_object_get(row, "id"));
        const rr_sequence s = cli_sentence(&x->behind, id);
        const rr_status st = set_text(doc, row, x->behind.ds, &s, err);
        if (st != RR_OK)
            return st;
    }
    return RR_OK;
}

rr_status cli_text_document(const cli_view *v, const cli_explained *x, cli_doc *doc, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(x->ds, x->at);
    const json_t *steps = json_object_get(doc->root, "steps");
    size_t i = 0;
    json_t *row = NULL;
    rr_status st = RR_OK;

    json_array_foreach(steps, i, row)
    {
        char number[CLI_TOKEN];
        cli_set(doc, row, "token", cli_json_text(cli_token(x->ds, &s, i + 1, number)));
        cli_set(doc, row, "known", json_boolean(cli_token_known(v->net, x->ds, &s, i + 1)));
    }
    RRI_TRY(set_text(doc, NULL, x->ds, &s, err));
    RRI_TRY(set_texts(doc, "proponents", x, err));
    RRI_TRY(set_texts(doc, "for_truth", x, err));
    RRI_TRY(set_texts(doc, "for_prediction", x, err));

done:
    return st;
}

/* ---- tables --------------------------------------------------------------------------------- */

static size_t widest_token(const cli_explained *x, const rr_sequence *s)
{
    size_t most = 5; /* "token" */
    for (size_t t = 1; t <= s->steps; t++) {
        char number[CLI_TOKEN];
        const size_t width = cli_word_width(cli_token(x->ds, s, t, number));
        most = width > most ? width : most;
    }
    return most < WIDEST ? most : WIDEST;
}

static const char *remark(const cli_view *v, const cli_explained *x, const rr_sequence *s, size_t t)
{
    if (cli_token_known(v->net, x->ds, s, t))
        return "";
    return rr_dataset_words(x->ds) != NULL && s->symbols[t - 1] == RR_WORD_UNKNOWN
               ? "not in the vocabulary"
               : "no vector";
}

static const char *class_of(const cli_explained *x, uint32_t label)
{
    return rr_dataset_class_name(x->behind.ds, label);
}

static void print_steps(const cli_view *v, const cli_explained *x)
{
    const rr_sequence s = rr_dataset_at(x->ds, x->at);
    const size_t width = widest_token(x, &s);
    printf("%4s  %-*s  %10s  %11s  %5s  %8s\n", "t", (int)width, "token", "prediction",
           "probability", "state", "|I|");
    for (size_t i = 0; i < x->e->count_steps; i++) {
        const rr_explain_step *step = &x->e->steps[i];
        const char *note = remark(v, x, &s, step->t);
        char number[CLI_TOKEN];
        printf("%4zu  ", step->t);
        cli_put_word(stdout, cli_token(x->ds, &s, step->t, number), width);
        printf("  %10s  ", class_of(x, step->prediction));
        if (step->probability >= 0.0F)
            printf("%11.4f", (double)step->probability);
        else
            printf("%11s", "-");
        printf("  %5u  %8zu%s%s\n", step->state, step->influencers, *note != '\0' ? "  " : "",
               note);
    }
}

/* As many of its words as fit. */
static void print_glimpse(const rr_dataset *ds, const rr_sequence *s)
{
    size_t used = 0;
    for (size_t t = 1; t <= s->steps; t++) {
        char number[CLI_TOKEN];
        const char *word = cli_token(ds, s, t, number);
        const size_t width = cli_word_width(word);
        if (t > 1 && used + width > GLIMPSE) {
            printf(" ...");
            break;
        }
        printf("%s", t > 1 ? " " : "");
        cli_put_word(stdout, word, 0);
        used += width + 1;
    }
    printf("\n");
}

static void print_neighbours(const cli_explained *x, const char *title, const rr_neighbour *rows,
                             size_t n, size_t shown)
{
    if (n == 0) {
        printf("\n%s: none\n", title);
        return;
    }
    printf("\n%s\n%8s  %10s  %10s  %7s  %s\n", title, "id", "label", "prediction", "score", "text");
    for (size_t i = 0; i < n && i < shown; i++) {
        const rr_sequence s = cli_sentence(&x->behind, rows[i].id);
        printf("%8u  %10s  %10s  %7.4f  ", rows[i].id, class_of(x, rows[i].label),
               class_of(x, rows[i].prediction), (double)rows[i].score);
        print_glimpse(x->behind.ds, &s);
    }
    if (n > shown)
        printf("... and %zu more\n", n - shown);
}

void cli_print_text_explanation(const cli_view *v, const cli_explained *x)
{
    const rr_explanation *e = x->e;

    print_steps(v, x);
    printf("\n|I| counts training sequences of the same %s key, of N = %zu.\n",
           rr_enum_name(RR_ENUM_KEY, v->cfg.query.key), rr_influence_info_of(v->inf).sequences);
    printf("Of the %zu most influential, %zu carry the predicted label %s", e->count_proponents,
           e->count_prediction, class_of(x, e->prediction));
    if (x->truth_known)
        printf(" and %zu the true label %s.\n", e->count_truth, class_of(x, e->truth));
    else
        printf(".\n");
    if (!x->truth_known || e->truth != e->prediction)
        print_neighbours(x, "T_m: influential training sequences with the predicted label",
                         e->for_prediction, e->count_for_prediction, v->shown);
    if (x->truth_known)
        print_neighbours(x, "T_t: influential training sequences with the true label", e->for_truth,
                         e->count_for_truth, v->shown);
}
