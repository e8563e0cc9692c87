/* SPDX-License-Identifier: MIT */
/* reproducing.h - one experiment with its folder, its ledger, its bar and its document. */
#ifndef CLI_REPRODUCING_H
#define CLI_REPRODUCING_H

#include "kit/cli.h"
#include "kit/output.h"

#include "experiments/experiment.h"

/* What the command line asks for. Texts are borrowed. */
typedef struct cli_reproducing {
    const cli_common *common;
    const char *data;
    const char *output; /* the experiment's folder; made as needed */
    const char
        *kept;    /* that of networks several experiments share, made as needed; NULL = output */
    size_t seeds; /* 0 = the experiment's own number */
    uint64_t first_seed;
    int quick;
    const char *against; /* the folder of another run of it; NULL = none */
} cli_reproducing;

/* Carry an experiment out. The members of its document are put into `object` of doc, the root where
 * it is NULL. Interrupted: *interrupted is 1, and the remark has been printed. */
rr_status cli_reproduce(const cli_reproducing *r, const experiment *which, cli_doc *doc,
                        json_t *object, int *interrupted, rr_error *err);

#endif
