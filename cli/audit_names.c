/* SPDX-License-Identifier: MIT */
/* audit_names.c - the words for what an audit is about, its methods, and how they go about it. */
#include "auditing.h"

static const char *const about_names[] = { "labels", "errors" };
static const char *const method_names[] = { "combined", "influence", "paper",           "koh-liang",
                                            "sgd",      "tracin",    "self-confidence", "random" };

static rr_status parse_about(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st =
        cli_find_word(about_names, sizeof about_names / sizeof *about_names, text, &at, err);
    if (st == RR_OK)
        *(cli_about *)value = (cli_about)at;
    return st;
}

static const char *name_about(const void *value)
{
    return about_names[*(const cli_about *)value];
}

static rr_status parse_method(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st =
        cli_find_word(method_names, sizeof method_names / sizeof *method_names, text, &at, err);
    if (st == RR_OK)
        *(cli_audit_method *)value = (cli_audit_method)at;
    return st;
}

static const char *name_method(const void *value)
{
    return method_names[*(const cli_audit_method *)value];
}

static rr_status parse_curvature(const char *text, void *value, rr_error *err)
{
    return rr_curvature_parse(text, value, err);
}

static const char *name_curvature(const void *value)
{
    return rr_curvature_name(*(const rr_curvature *)value);
}

static rr_status parse_solver(const char *text, void *value, rr_error *err)
{
    return rr_solver_parse(text, value, err);
}

static const char *name_solver(const void *value)
{
    return rr_solver_name(*(const rr_solver *)value);
}

const cli_choice cli_choice_about = { "labels|errors", parse_about, name_about };
const cli_choice cli_choice_audit_method = {
    "combined|influence|paper|koh-liang|sgd|tracin|self-confidence|random", parse_method,
    name_method
};
const cli_choice cli_choice_curvature = { "hessian|gauss-newton", parse_curvature, name_curvature };
const cli_choice cli_choice_solver = { "cg|stochastic", parse_solver, name_solver };
