/* SPDX-License-Identifier: MIT */
/* duplicates.c - groups of equal and near sequences, and the file for their review. */
#include "audit/audit_internal.h"
#include "audit/duplicates_internal.h"

#include <stdlib.h>
#include <string.h>

struct rr_duplicates {
    rr_duplicates_result result;
    rr_duplicate_group *groups;
    rr_duplicate *members;
};

rr_duplicates_config rr_duplicates_config_default(void)
{
    return (rr_duplicates_config){
        .struct_size = sizeof(rr_duplicates_config), .near = 1, .similarity = 0.8, .distance = 0.1
    };
}

/* ---- equal ones ----------------------------------------------------------------------------- */

typedef struct hashed {
    uint64_t hash;
    uint32_t item;
} hashed;

/* FNV-1a. */
static uint64_t hash_of(const unsigned char *data, size_t bytes)
{
    uint64_t h = 14695981039346656037U;

    for (size_t k = 0; k < bytes; k++)
        h = (h ^ data[k]) * 1099511628211U;
    return h;
}

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a;
    const hashed *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

rr_status rri_items_link_equal(rri_items *x, const unsigned char *const *data, const size_t *bytes,
                               rr_error *err)
{
    hashed *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, x->n, 1, sizeof *list, err));
    for (size_t i = 0; i < x->n; i++)
        if (bytes[i] > 0)
            list[n++] = (hashed){ hash_of(data[i], bytes[i]), (uint32_t)i };
    qsort(list, n, sizeof *list, by_hash);
    for (size_t k = 1; k < n; k++) {
        const uint32_t i = list[k].item;
        for (size_t m = k; m-- > 0 && list[m].hash == list[k].hash;) {
            const uint32_t j = list[m].item;
            if (bytes[i] != bytes[j] || memcmp(data[i], data[j], bytes[i]) != 0)
                continue;
            x->first[i] = x->first[j];
            rri_items_link(x, i, j);
            break;
        }
    }

done:
    rri_free(list);
    return st;
}

/* ---- groups --------------------------------------------------------------------------------- */

/* Which set an item is of, and its number there. */
static rr_duplicate member_of(const rr_dataset *const *sets, const rri_items *x, size_t i)
{
    uint32_t set = 0;
    size_t id = i;

    while (id >= rr_dataset_count(sets[set]))
        id -= rr_dataset_count(sets[set++]);
    return (rr_duplicate){ .set = set,
                           .id = (uint32_t)id,
                           .label = rr_dataset_labelled(sets[set]) ? x->of[i].label : RR_NO_LABEL,
                           .copy = x->first[i] != i };
}

static void judge(rr_duplicate_group *g)
{
    uint32_t label = RR_NO_LABEL;
    size_t copies = 0;

    for (size_t k = 0; k < g->count; k++) {
        const rr_duplicate *m = &g->members[k];
        copies += m->copy != 0;
        g->across = g->across || (m->set > 0 && g->members[0].set == 0);
        if (m->label == RR_NO_LABEL)
            continue;
        g->contradictory = g->contradictory || (label != RR_NO_LABEL && m->label != label);
        label = m->label;
    }
    g->equal = copies + 1 == g->count;
}

static int by_kind(const void *a, const void *b)
{
    const rr_duplicate_group *x = a;
    const rr_duplicate_group *y = b;

    if (x->contradictory != y->contradictory)
        return x->contradictory ? -1 : 1;
    return x->members < y->members ? -1 : x->members > y->members; /* in the order of the firsts */
}

/* Members by their roots, in the order of the items, and the groups of two and more. */
static rr_status gather(rr_duplicates *d, const rr_dataset *const *sets, rri_items *x,
                        rr_error *err)
{
    size_t *count = NULL; /* [n] of each root; then where its next member stands, from 1, 0 alone */
    size_t members = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&count, x->n, 1, sizeof *count, err));
    for (size_t i = 0; i < x->n; i++)
        count[rri_items_root(x, (uint32_t)i)]++;
    for (size_t i = 0; i < x->n; i++) {
        d->result.count += count[i] > 1;
        members += count[i] > 1 ? count[i] : 0;
    }
    RRI_TRY(rri_alloc(&d->members, rri_max(1, members), 1, sizeof *d->members, err));
    RRI_TRY(rri_alloc(&d->groups, rri_max(1, d->result.count), 1, sizeof *d->groups, err));
    members = 0;
    for (size_t i = 0, g = 0; i < x->n; i++) {
        const size_t own = count[i];
        count[i] = own > 1 ? members + 1 : 0;
        if (own > 1)
            d->groups[g++] = (rr_duplicate_group){ .members = d->members + members, .count = own };
        members += own > 1 ? own : 0;
    }
    for (size_t i = 0; i < x->n; i++) {
        size_t *next = &count[rri_items_root(x, (uint32_t)i)];
        if (*next > 0)
            d->members[(*next)++ - 1] = member_of(sets, x, i);
    }

done:
    rri_free(count);
    return st;
}

static void summarise(rr_duplicates *d)
{
    rr_duplicates_result *r = &d->result;

    r->groups = d->groups;
    for (size_t g = 0; g < r->count; g++) {
        rr_duplicate_group *group = &d->groups[g];
        judge(group);
        r->contradictory += group->contradictory != 0;
        r->equal += group->equal != 0;
        for (size_t k = 0; k < group->count; k++) {
            const rr_duplicate *m = &group->members[k];
            r->members += m->set == 0;
            r->spare += m->set == 0 && m->copy;
            r->similar += m->set > 0 && group->across;
        }
    }
    qsort(d->groups, r->count, sizeof *d->groups, by_kind);
}

/* Sequences of other sets whose first equal one is a training sequence. */
static size_t count_copied(const rri_items *x, size_t training)
{
    size_t n = 0;

    for (size_t i = training; i < x->n; i++)
        n += x->first[i] < training;
    return n;
}

/* ---- the public calls ----------------------------------------------------------------------- */

static rr_status check(const rr_duplicates_config *cfg, const rr_dataset *const *sets, size_t n,
                       rr_error *err)
{
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no dataset to look for copies in");
    if (!(cfg->similarity > 0.0 && cfg->similarity <= 1.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the similarity of near texts is %g, which is not above 0 and at most 1",
                        cfg->similarity);
    if (!(cfg->distance >= 0.0 && cfg->distance < 1e30))
        return rri_fail(err, RR_ERR_ARG, -1, "the distance of near frames is %g, which is below 0",
                        cfg->distance);
    for (size_t k = 1; k < n; k++)
        if (rr_dataset_width(sets[k]) != rr_dataset_width(sets[0]))
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)k,
                            "datasets of D = %zu and %zu columns hold no copies of each other",
                            rr_dataset_width(sets[0]), rr_dataset_width(sets[k]));
    return RR_OK;
}

static rr_status take_items(const rr_dataset *const *sets, size_t n, rri_items *x, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t k = 0; k < n; k++)
        x->n += rr_dataset_count(sets[k]);
    if (x->n >= UINT32_MAX)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%zu sequences are not below 2^32 - 1", x->n));
    RRI_TRY(rri_alloc(&x->of, x->n, 1, sizeof *x->of, err));
    RRI_TRY(rri_alloc(&x->parent, x->n, 1, sizeof *x->parent, err));
    RRI_TRY(rri_alloc(&x->first, x->n, 1, sizeof *x->first, err));
    for (size_t k = 0, at = 0; k < n; k++)
        for (size_t i = 0; i < rr_dataset_count(sets[k]); i++, at++) {
            x->of[at] = rr_dataset_at(sets[k], i);
            x->parent[at] = x->first[at] = (uint32_t)at;
        }

done:
    return st;
}

rr_status rr_duplicates_find(const rr_duplicates_config *cfg, const rr_dataset *const *sets,
                             size_t n, rr_duplicates **out, rr_error *err)
{
    rr_duplicates_config own = rr_duplicates_config_default();
    const double start = rri_seconds();
    rri_items x = { .n = 0 };
    rr_duplicates *d = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg != NULL)
        RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_duplicates_config", err));
    RRI_TRY(check(&own, sets, n, err));
    RRI_TRY(take_items(sets, n, &x, err));
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    RRI_TRY(rr_dataset_width(sets[0]) > 0
                ? rri_items_link_frames(&x, rr_dataset_width(sets[0]),
                                        rr_dataset_is_image(sets[0]) != 0, own.near != 0,
                                        own.distance, err)
                : rri_items_link_symbols(&x, own.near != 0, own.similarity, err));
    RRI_TRY(gather(d, sets, &x, err));
    summarise(d);
    d->result.copied = count_copied(&x, rr_dataset_count(sets[0]));
    d->result.seconds = rri_seconds() - start;
    *out = d;
    d = NULL;

done:
    rr_duplicates_free(d);
    rri_free(x.of);
    rri_free(x.parent);
    rri_free(x.first);
    return st;
}

const rr_duplicates_result *rr_duplicates_result_of(const rr_duplicates *d)
{
    return &d->result;
}

void rr_duplicates_free(rr_duplicates *d)
{
    if (d == NULL)
        return;
    rri_free(d->groups);
    rri_free(d->members);
    rri_free(d);
}

/* ---- the review file ------------------------------------------------------------------------ */

/* The commonest label of a group; RR_NO_LABEL where there is no single one. */
static uint32_t commonest(const rr_duplicate_group *g)
{
    uint32_t best = RR_NO_LABEL;
    size_t most = 0;

    for (size_t k = 0; k < g->count; k++) {
        size_t n = 0;
        for (size_t m = 0; m < g->count; m++)
            n += g->members[m].label == g->members[k].label;
        if (g->members[k].label == RR_NO_LABEL || n < most)
            continue;
        best = n == most && best != g->members[k].label ? RR_NO_LABEL : g->members[k].label;
        most = n;
    }
    return best;
}

enum { WORDS = 64 };

rr_status rr_duplicates_save_review(const rr_duplicates *d, const rr_dataset *train,
                                    const char *path, rr_error *err)
{
    const size_t n = d->result.members;
    rr_decision *decisions = NULL;
    rri_suggestion *suggestions = NULL;
    char *texts = NULL; /* [n][WORDS] */
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&decisions, n, 1, sizeof *decisions, err));
    RRI_TRY(rri_alloc(&suggestions, n, 1, sizeof *suggestions, err));
    RRI_TRY(rri_alloc(&texts, n, WORDS, 1, err));
    for (size_t g = 0; g < d->result.count; g++) {
        const rr_duplicate_group *group = &d->groups[g];
        const uint32_t label = commonest(group);
        for (size_t k = 0; k < group->count && group->members[k].set == 0; k++, at++) {
            const rr_duplicate *m = &group->members[k];
            (void)rri_snprintf(texts + at * WORDS, WORDS, "group %zu: %s%s", g + 1,
                               m->copy ? "copy" : "near or first",
                               group->contradictory ? ", labels differ" : "");
            decisions[at] = (rr_decision){ .id = m->id, .action = RR_ACTION_KEEP, .truth = -1 };
            suggestions[at] = (rri_suggestion){ .open = true,
                                                .label = label != RR_NO_LABEL ? label : m->label,
                                                .evidence = texts + at * WORDS };
        }
    }
    RRI_TRY(rri_decisions_save(decisions, n, train, NULL, suggestions, path, err));

done:
    rri_free(texts);
    rri_free(suggestions);
    rri_free(decisions);
    return st;
}
