/* SPDX-License-Identifier: MIT */
/* pictured.h - experiments that are a picture of one MNIST model, with a few figures to it: Figures
 * 1 and 2. The figures are over all seeds, the picture is of the first
 * (experiment_picture()). */
#ifndef EXPERIMENTS_PICTURED_H
#define EXPERIMENTS_PICTURED_H

#include "experiments/model.h"

typedef struct pictured {
    const char *setting, *table; /* in the database; the name of the file, TSV */
    const char *const *names; /* of metrics that are numbers of something, of which there is no mean
                                 over seeds; NULL at the end, NULL = none */
    /* Work on a prepared model: draw where `path` is not NULL, experiment_record() unless that was
     * `done`. Returns RR_OK early where experiment_stopped(). */
    rr_status (*one)(experiment_context *ctx, const model *m, const char *path, int done,
                     rr_error *err);
} pictured;

/* As experiment.run and experiment.report. A picture that was lost is drawn again. */
rr_status pictured_run(experiment_context *ctx, const pictured *p, rr_error *err);
rr_status pictured_report(experiment_context *ctx, const pictured *p,
                          const experiment_results *results, rr_error *err);

#endif
