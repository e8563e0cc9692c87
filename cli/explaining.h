/* SPDX-License-Identifier: MIT */
/* explaining.h - explanations as tables and documents. */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include "kit/cli.h"
#include "sentences.h"
#include "training.h"

/* What every view of a run's influence model needs; all borrowed. */
typedef struct cli_view {
    const rr_run *run;
    const rr_network *net;
    const rr_influence *inf;
    const char *data; /* where the run's data lies now, or NULL */
    rr_explain_config cfg;
    size_t shown; /* rows of a table that are printed */
} cli_view;

/* The sequence that is explained, and what came out; traces and explanation are owned. Begin with
 * zeros; end with cli_explained_free(), before the influence model goes. */
typedef struct cli_explained {
    const rr_dataset *ds; /* borrowed */
    size_t at;            /* its number there */
    int truth_known;      /* else the prediction stands in the truth's place */
    rr_traces *traces;    /* of this sequence alone */
    rr_explanation *e;
    cli_sentences behind; /* of words: the training sentences that are named */
} cli_explained;

/* Trace and explain sequence at of ds. */
rr_status cli_explain(const cli_view *v, const rr_dataset *ds, size_t at, int truth_known,
                      cli_explained *out, rr_error *err);
void cli_explained_free(cli_explained *x);

/* Traces of the sequences `which` of ds, which alone run through the network. */
rr_status cli_trace(const cli_view *v, const rr_dataset *ds, const size_t *which, size_t n,
                    rr_traces **out, rr_error *err);

/* The members truth, prediction, steps, proponents, ... */
void cli_explanation_document(cli_doc *doc, const cli_explained *x);

/* The step table, then the lists T_m and T_t. */
void cli_print_explanation(const cli_view *v, const cli_explained *x);

/* ---- explaining_text.c: what is added where the steps are words ------------------------------ */

/* Members `text`, and in each row of steps `token` and `known`, of proponents `text`. */
rr_status cli_text_document(const cli_view *v, const cli_explained *x, cli_doc *doc, rr_error *err);

/* One line a word, then the lists, with their sentences. */
void cli_print_text_explanation(const cli_view *v, const cli_explained *x);

/* ---- explaining_step.c: one step ------------------------------------------------------------- */

/* The training sequences that share the key of one step. */
typedef struct cli_step_match {
    uint32_t id;
    float score;             /* of the whole traces, by the query's measure */
    const rr_posting *steps; /* where it matches, rising; borrowed from the model */
    size_t count;
} cli_step_match;

/* Begin with zeros; the rows are released with rri_free(). */
typedef struct cli_step {
    size_t t;
    size_t sequences;     /* |I| */
    cli_step_match *rows; /* [count] best first; at most `top` */
    size_t count;
} cli_step;

/* ARG where t is not in 1..T. */
rr_status cli_step_of(const cli_view *v, const cli_explained *x, size_t t, cli_step *out,
                      rr_error *err);
rr_status cli_step_document(const cli_view *v, const cli_explained *x, const cli_step *s,
                            cli_doc *doc, rr_error *err);
rr_status cli_print_step(const cli_view *v, const cli_explained *x, const cli_step *s,
                         rr_error *err);

/* ---- explaining_training.c: the reverse ------------------------------------------------------ */

/* What training sequence id touches among the errors of a split: a table on stdout unless quiet is
 * set, and the members of the document. */
rr_status cli_explain_training(const cli_view *v, rr_split split, size_t id, int print,
                               cli_doc *doc, rr_error *err);

#endif
