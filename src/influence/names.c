/* SPDX-License-Identifier: MIT */
/* names.c - the words by which phases, keys and measures are known outside. */
#include "core/core.h"

#include "rnnrepair/influence.h"

#include <string.h>

static const char *const phases[] = { "trace", "project", "cluster", "index", "done" };
static const char *const keys[] = { "state-symbol", "transition" };
static const char *const measures[] = { "lp", "votes" };

#define NAME_OF(table, value)                                                                      \
    ((size_t)(value) < sizeof(table) / sizeof *(table) ? (table)[(size_t)(value)] : "unknown")

/* The index of `name`, or n. */
static size_t find(const char *const *table, size_t n, const char *name)
{
    size_t i = 0;

    while (i < n && strcmp(table[i], name) != 0)
        i++;
    return i;
}

const char *rr_build_phase_name(rr_build_phase phase)
{
    return NAME_OF(phases, phase);
}

const char *rr_key_name(rr_key key)
{
    return NAME_OF(keys, key);
}

const char *rr_measure_name(rr_measure measure)
{
    return NAME_OF(measures, measure);
}

rr_status rr_key_parse(const char *name, rr_key *out, rr_error *err)
{
    const size_t n = sizeof keys / sizeof *keys;
    const size_t i = name != NULL ? find(keys, n, name) : n;

    if (i == n)
        return rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not a key; state-symbol and transition are",
                        name != NULL ? name : "");
    *out = (rr_key)i;
    return RR_OK;
}

rr_status rr_measure_parse(const char *name, rr_measure *out, rr_error *err)
{
    const size_t n = sizeof measures / sizeof *measures;
    const size_t i = name != NULL ? find(measures, n, name) : n;

    if (i == n)
        return rri_fail(err, RR_ERR_ARG, -1, "\"%s\" is not a measure; lp and votes are",
                        name != NULL ? name : "");
    *out = (rr_measure)i;
    return RR_OK;
}
