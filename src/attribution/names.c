/* SPDX-License-Identifier: MIT */
/* names.c - the words for methods and solvers. */
#include "core/core.h"
#include "rnnrepair/attribution.h"

static const char *const methods[] = { "koh-liang", "sgd", "tracin", "random" };
enum { METHODS = sizeof methods / sizeof *methods };

static const char *const solvers[] = { "cg", "stochastic" };
enum { SOLVERS = sizeof solvers / sizeof *solvers };

const char *rr_attribution_method_name(rr_attribution_method method)
{
    return rri_word_at(methods, METHODS, (size_t)method);
}

rr_status rr_attribution_method_parse(const char *name, rr_attribution_method *out, rr_error *err)
{
    size_t i = 0;
    const rr_status st = rri_word_parse(methods, METHODS, "method", name, &i, err);

    if (st == RR_OK)
        *out = (rr_attribution_method)i;
    return st;
}

const char *rr_solver_name(rr_solver solver)
{
    return rri_word_at(solvers, SOLVERS, (size_t)solver);
}

rr_status rr_solver_parse(const char *name, rr_solver *out, rr_error *err)
{
    size_t i = 0;
    const rr_status st = rri_word_parse(solvers, SOLVERS, "solver", name, &i, err);

    if (st == RR_OK)
        *out = (rr_solver)i;
    return st;
}
