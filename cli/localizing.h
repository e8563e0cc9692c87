/* SPDX-License-Identifier: MIT */
/* localizing.h - the suspect steps of all errors of a split. */
#ifndef CLI_LOCALIZING_H
#define CLI_LOCALIZING_H

#include "kit/words.h"
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

/* Owned but for ds; begin with zeros, end with cli_localized_free(). */
typedef struct cli_localized {
    const rr_dataset *ds;
    const rr_network *net;
    size_t n;               /* errors */
    size_t *ids;            /* [n] their numbers in ds, rising */
    uint32_t *prediction;   /* [n] */
    rr_segments **segments; /* [n] */
    size_t localised;       /* errors with a suspect step that can be used */
    size_t unsupported;     /* errors all of whose suspect steps are unknown words */
} cli_localized;

/* Which errors: those whose truth is `truth`, all where it is -1; and only those of a list of
 * numbers below N, each of an error, all where it is NULL. */
typedef struct cli_errors {
    int truth;
    const uint64_t *ids; /* [n] */
    size_t n;
} cli_errors;

/* Localise errors of ds. prediction is [N of ds]. ARG where a number of the list is no error's. */
rr_status cli_localize(const cli_view *v, const rr_localize_config *cfg, const rr_dataset *ds,
                       const uint32_t *prediction, const cli_errors *which, cli_localized *out,
                       rr_error *err);
void cli_localized_free(cli_localized *l);

/* Append {t, token, symbol, known, rule, influencers} for each segment of sequence seq. */
void cli_append_segments(cli_doc *doc, json_t *rows, const rr_dataset *ds, const rr_sequence *seq,
                         const rr_segment *segments, size_t n);

#endif
