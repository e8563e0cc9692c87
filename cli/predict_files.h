/* SPDX-License-Identifier: MIT */
/* predict_files.h - the files `predict -o` writes. */
#ifndef CLI_PREDICT_FILES_H
#define CLI_PREDICT_FILES_H

#include "training.h"

/* Is this the name of a table? */
int cli_is_table(const char *path);

/* Refuse a name that is neither FILE.csv nor FILE.npz, or a place that cannot be written. */
rr_status cli_check_predict_file(const char *path, rr_error *err);

/* A row a sequence: id, label, prediction, and the probability of the prediction; classes by name.
 * prediction, probability: [N]. */
rr_status cli_write_predictions(const char *path, const rr_dataset *ds, const uint32_t *prediction,
                                const float *probability, rr_error *err);

/* The arrays of every step. Stops early on SIGINT or SIGTERM, and leaves no file then. */
rr_status cli_write_steps(const cli_common *common, const char *path, const rr_network *net,
                          const rr_dataset *ds, rr_error *err);

#endif
