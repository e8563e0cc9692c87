/* SPDX-License-Identifier: MIT */
/* auditing.h - what an audit was asked for, the ranking it makes, and what is done about it. */
#ifndef CLI_AUDITING_H
#define CLI_AUDITING_H

#include "kit/options.h"
#include "repairing.h"

/* The arguments of the command. */
typedef struct cli_audit_args {
    cli_common common;
    const char *dir, *data, *vectors;
    const char *samples; /* errors, by number, or NULL: all */
    const char *flips;   /* file of known wrong labels, or NULL */
    const char *review;  /* file a reviewer fills in, or NULL */
    const char *apply;   /* file of decisions to carry out, or NULL */
    rr_audit_about about;
    rr_audit_method method;
    rr_split split;
    rr_key key;
    size_t folds, top;
    rr_attribution_config attribution;
    cli_retraining how;
} cli_audit_args;

/* Evidence that is shown of a sequence. */
enum { CLI_DRIVEN = 10, CLI_NEIGHBOURS = 3 };

typedef struct cli_evidence {
    uint32_t id;
    rr_driven driven[CLI_DRIVEN];
    size_t count_driven;
    rr_neighbour neighbours[CLI_NEIGHBOURS + 1]; /* room for the sequence itself */
    size_t count_neighbours;
} cli_evidence;

/* A finished ranking. Begin with zeros; cli_audit_free(). */
typedef struct cli_audit {
    const cli_patient *patient; /* borrowed */
    rr_traces *traces;          /* of the split with the errors; NULL where there is none */
    size_t N, C;
    double seconds;       /* the ranking took, all that the method itself needs included */
    double *scores;       /* [N] */
    uint32_t *order;      /* [N] */
    float *support;       /* [N][C] */
    float *probabilities; /* [N][C] by the run's network, or by those that have not seen it */
    rr_attribution_progress solved; /* where a gradient method ended */
    size_t checkpoints;             /* it went by */
    cli_evidence *evidence;         /* [shown] of the first ones */
    size_t shown;
    unsigned char *flipped;     /* [N] known wrong labels; NULL where not known */
    unsigned char *influential; /* [N] those of them that the network reads as labelled */
} cli_audit;

/* The command, from parsed arguments to the last line (audit_flow.c). */
int cli_run_audit(void *p);

/* Rank, and gather the evidence. *interrupted = 1: a signal came before the end. */
rr_status cli_audit_rank(const cli_audit_args *a, const cli_patient *p, cli_audit *out,
                         int *interrupted, rr_error *err);
void cli_audit_free(cli_audit *audit);

/* The class sequence i should rather have. */
uint32_t cli_audit_suggested(const cli_audit *audit, uint32_t i);

/* ---- audit_report.c ------------------------------------------------------------------------- */

/* The members method ... found. */
void cli_audit_document(const cli_audit_args *a, const cli_audit *audit, cli_doc *doc);
/* The table of the first ones, then what a reviewer would have found. */
void cli_print_audit(const cli_audit_args *a, const cli_audit *audit);
/* Refuse a place for --review that holds something or cannot be written. */
rr_status cli_check_review(const char *path, rr_error *err);
/* --review: the first ones, as decisions to be looked through. */
rr_status cli_audit_review(const cli_audit_args *a, const cli_audit *audit, rr_error *err);

/* ---- audit_apply.c -------------------------------------------------------------------------- */

/* Carry decisions out: a new run, trained, and the outcome: what changed. */
rr_status cli_audit_apply(cli_audit_args *a, const cli_patient *p, cli_doc *doc, int *interrupted,
                          rr_error *err);

#endif
