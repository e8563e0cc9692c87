/* SPDX-License-Identifier: MIT */
/* repair_flow.h - what a repair was asked for, and how it is carried out from targets to the
 * account. */
#ifndef CLI_REPAIR_FLOW_H
#define CLI_REPAIR_FLOW_H

#include "repair_report.h"
#include "repairing.h"

/* The arguments of the command. */
typedef struct cli_repair_args {
    cli_common common;
    const char *dir;
    const char *level; /* "sample", "segment", or NULL: as the data are */
    const char *data;
    const char *samples; /* list of targets, or NULL */
    const char *truth;   /* class of the targets, or NULL */
    const char *seeds;   /* list of seeds, or NULL: one */
    const char *export;  /* where the training set goes as jsonl, or NULL */
    rr_split split;
    size_t count;
    rr_strategy strategy;
    int with_misread; /* segments: sequences the network predicts wrong are used as well */
    rr_repair_config sample;
    rr_insertion_config segment;
    double rotate, shift, shear, scale; /* half-widths of the ranges */
    cli_retraining how;
    int segments; /* the level, once the data are open */
} cli_repair_args;

/* One repair, begun and perhaps finished. Begin with zeros; all but patient is owned. */
typedef struct cli_cure {
    const cli_patient *patient;
    rr_repair *repair;         /* one of these two */
    rr_insertions *insertions; /* */
    rr_dataset *additions;
    rr_run *child;
    uint32_t *after; /* predictions of the retrained network */
} cli_cure;

/* Generate, and where how->dir is not NULL retrain into it and predict. *interrupted = 1: a signal
 * came before the end. A folder it made but did not fill is taken away. */
rr_status cli_carry_out(const cli_repair_args *a, const cli_patient *p, const cli_retraining *how,
                        cli_cure *out, int *interrupted, rr_error *err);
void cli_cure_free(cli_cure *c);

/* The report's view of a cure. */
cli_repair_report cli_report_of(const cli_cure *c);

/* What the command line said, for the document. dir: the new run, or NULL. */
void cli_repair_settings(const cli_repair_args *a, const cli_retraining *how, cli_doc *doc);

/* The command, from checked arguments to the last line: one repair, or (repair_seeds.c) one a seed.
 */
int cli_run_repair(void *args);
rr_status cli_repair_seeds(cli_repair_args *a, const cli_patient *p, int *interrupted,
                           rr_error *err);

#endif
