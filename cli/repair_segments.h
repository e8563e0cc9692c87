/* SPDX-License-Identifier: MIT */
/* repair_segments.h - the parts of a repair that are of words alone. */
#ifndef CLI_REPAIR_SEGMENTS_H
#define CLI_REPAIR_SEGMENTS_H

#include "repairing.h"

/* Of the eligible errors keep those with a suspect word that can be used; says how many have
 * none. */
rr_status cli_keep_localised(const cli_common *common, const rr_localize_config *cfg,
                             cli_patient *p, rr_error *err);

/* Insert words for every target. Stops early on SIGINT or SIGTERM. *out is released with
 * rr_insertions_free() before the patient, also on failure. */
rr_status cli_insert(const cli_common *common, const rr_insertion_config *cfg, const cli_patient *p,
                     rr_insertions **out, rr_error *err);

/* Write the training set and the additions behind it as jsonl. */
rr_status cli_export(const cli_common *common, const cli_patient *p, const rr_dataset *additions,
                     const char *path, rr_error *err);

/* A row of per_target. after: what the retrained network predicts, or NULL where none was made. */
void cli_append_insertion_target(cli_doc *doc, json_t *rows, const cli_patient *p,
                                 const rr_insertion_target *t, const uint32_t *after);

/* One line a target. after as above, by number in the split. */
void cli_print_insertion_targets(const cli_patient *p, const rr_insertion_target *t, size_t n,
                                 const uint32_t *after);

#endif
