/* SPDX-License-Identifier: MIT */
/* repair_export.h - `rnnrepair repair --export` where the samples are for a network that is trained
 * elsewhere. */
#ifndef CLI_REPAIR_EXPORT_H
#define CLI_REPAIR_EXPORT_H

#include "kit/inputs.h"

/* What the options of repair ask for. Borrowed. */
typedef struct cli_export {
    const cli_common *common;
    const char *dir;
    const char *data;    /* of other states; NULL = the run's own */
    const char *split;   /* what the split is called */
    const char *samples; /* a list of targets, NULL = chosen */
    const rr_repair_request *repair;
    int with_misclassified;
} cli_export;

/* Find the samples to add, write them, and print how many each target gets. */
rr_status cli_repair_export(const cli_export *x, rr_session *s, rr_error *err);

#endif
