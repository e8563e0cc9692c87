/* SPDX-License-Identifier: MIT */
/* audit_names.c - the words for what an audit is about, its methods, and how they go about it. */
#include "auditing.h"

CLI_CHOICE(cli_choice_about, 0, "labels", "errors");
CLI_CHOICE(cli_choice_audit_method, 0, "combined", "influence", "paper", "koh-liang", "sgd",
           "tracin", "self-confidence", "random");
CLI_CHOICE(cli_choice_curvature, RR_CURVATURE_HESSIAN, "hessian", "gauss-newton");
CLI_CHOICE(cli_choice_solver, RR_SOLVER_CG, "cg", "stochastic");
