/* SPDX-License-Identifier: MIT */
/* explaining.h - explanations as tables and documents. */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include "cli.h"
#include "training.h"

/* Explain sequence id of ds. *out is released with rr_explanation_free() before inf. */
rr_status cli_explain(const rr_influence *inf, const rr_network *net, const rr_dataset *ds,
                      size_t id, const rr_explain_config *cfg, rr_explanation **out, rr_error *err);

/* The members truth, prediction, steps, proponents, ... */
void cli_explanation_document(cli_doc *doc, const rr_explanation *e);

/* The step table, then the lists T_m and T_t. N is the number of training sequences, `shown` how
 * many rows of each list are printed. */
void cli_print_explanation(const rr_explanation *e, size_t N, size_t shown);

#endif
