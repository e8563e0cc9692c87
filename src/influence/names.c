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
    const size_t i = rri_word_find(keys, KEYS, name);

    if (i == KEYS)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "\"%s\" is not a key; state-symbol, transition and full are",
                        name != NULL ? name : "");
    *out = (rr_key)i;
    return RR_OK;
}

rr_status rr_measure_parse(const char *name, rr_measure *out, rr_error *err)
{
    const size_t i = rri_word_find(measures, MEASURES, name);

    if (i == MEASURES)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "\"%s\" is not a measure; lp, votes, jaccard and containment are",
                        name != NULL ? name : "");
    *out = (rr_measure)i;
    return RR_OK;
}
