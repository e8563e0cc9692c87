/* SPDX-License-Identifier: MIT */
/* names.c - the words by which phases, keys and measures are known outside. */
#include "core/core.h"

#include "rnnrepair/influence.h"

static const char *const phases[] = { "trace", "project", "cluster", "index", "done" };
static const char *const keys[] = { "state-symbol", "transition", "full" };
static const char *const measures[] = { "lp", "votes", "jaccard", "containment" };

enum {
    PHASES = sizeof phases / sizeof *phases,
    KEYS = sizeof keys / sizeof *keys,
    MEASURES = sizeof measures / sizeof *measures
};

const char *rr_build_phase_name(rr_build_phase phase)
{
    return rri_word_at(phases, PHASES, (size_t)phase);
}

const char *rr_key_name(rr_key key)
{
    return rri_word_at(keys, KEYS, (size_t)key);
}

const char *rr_measure_name(rr_measure measure)
{
    return rri_word_at(measures, MEASURES, (size_t)measure);
}

rr_status rr_key_parse(const char *name, rr_key *out, rr_error *err)
{
    size_t i = 0;
    const rr_status st = rri_word_parse(keys, KEYS, "key", name, &i, err);

    if (st == RR_OK)
        *out = (rr_key)i;
    return st;
}

rr_status rr_measure_parse(const char *name, rr_measure *out, rr_error *err)
{
    size_t i = 0;
    const rr_status st = rri_word_parse(measures, MEASURES, "measure", name, &i, err);

    if (st == RR_OK)
        *out = (rr_measure)i;
    return st;
}
