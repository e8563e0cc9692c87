/* SPDX-License-Identifier: MIT */
/* patterns.c - patterns that give labels away in a run: the search, and a retraining without the
 * sequences it flags. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"

#include <stdlib.h>

rr_status rr_session_scan_patterns(rr_session *s, const rr_pattern_config *cfg,
                                   rr_pattern_scan **out, rr_error *err)
{
    rr_pattern_config own = rr_pattern_config_default();
    rr_state_source source = { .ops = NULL };
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_pattern_config", err));
    own.threads = s->threads;
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rri_session_open_states(s, RR_SPLIT_TRAIN, s->threads, &source, err));
    rri_note(&s->callbacks, "looking for training sequences that share a pattern");
    RRI_TRY(rr_backdoor_scan_patterns(&own, inf, &source, &s->callbacks, out, err));

done:
    rr_state_source_close(&source);
    return st;
}

/* A rr_pattern_removal and the memory it points into. */
typedef struct removal {
    rr_pattern_removal view; /* first */
    uint32_t *removed, *random;
    char *random_dir;
} removal;

/* As many sequences of each label as list has, at random. */
static rr_status choose_alike(const rr_dataset *train, const uint32_t *list, size_t n,
                              uint64_t seed, uint32_t *out, rr_error *err)
{
    const size_t N = rr_dataset_count(train);
    uint32_t *of_class = NULL;
    size_t chosen = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&of_class, N, 1, sizeof *of_class, err));
    for (size_t c = 0; c < rr_dataset_classes(train); c++) {
        rri_random stream = rri_random_at(seed, RRI_RANDOM_BACKDOOR, ((uint64_t)8 << 32) + c);
        size_t size = 0, wanted = 0;
        for (size_t i = 0; i < N; i++)
            if (rr_dataset_at(train, i).label == c)
                of_class[size++] = (uint32_t)i;
        for (size_t i = 0; i < n; i++)
            wanted += rr_dataset_at(train, list[i]).label == c;
        rri_random_choose(&stream, of_class, size, wanted);
        for (size_t i = 0; i < wanted; i++)
            out[chosen++] = of_class[i];
    }
    qsort(out, chosen, sizeof *out, rri_by_u32);

done:
    rri_free(of_class);
    return st;
}

static rr_status choose(rr_session *s, const rr_pattern_scan *scan, size_t most, uint64_t seed,
                        removal *r, rr_error *err)
{
    const rr_dataset *train = NULL;
    size_t flagged = 0, all = 0;
    const rr_pattern_suspect *list = rr_pattern_suspects(scan, &all);
    rr_status st = RR_OK;

    (void)rr_pattern_flagged(scan, &flagged);
    const size_t n = most > 0 ? rri_min(most, flagged) : flagged;
    if (n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no class stands out by a pattern, so no sequence is removed"));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    RRI_TRY(rri_alloc(&r->removed, n, 1, sizeof *r->removed, err));
    RRI_TRY(rri_alloc(&r->random, n, 1, sizeof *r->random, err));
    for (size_t i = 0; i < n; i++)
        r->removed[i] = list[i].id;
    qsort(r->removed, n, sizeof *r->removed, rri_by_u32);
    RRI_TRY(choose_alike(train, r->removed, n, seed, r->random, err));
    r->view.count = n;
    r->view.removed = r->removed;
    r->view.random = r->random;

done:
    return st;
}

static rr_status accuracy_of(rr_session *s, rr_split split, double *out, rr_error *err)
{
    rr_predictions p;
    const rr_status st = rr_session_predict(s, split, &p, err);

    if (st == RR_OK)
        *out = p.accuracy;
    return st;
}

/* Train dir without some sequences. */
static rr_status try_without(rr_session *s, rr_split split, const char *dir,
                             const uint32_t *removed, size_t count, const rr_retrain_config *cfg,
                             double *accuracy, rr_error *err)
{
    const rr_edits edits = { .removed = removed, .count_removed = count };
    rr_session *child = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_child(s, dir, &edits, cfg, &child, err));
    RRI_TRY(accuracy_of(child, split, accuracy, err));

done:
    rr_session_close(child);
    return st;
}

rr_status rr_session_remove_patterns(rr_session *s, const rr_pattern_scan *scan, size_t most,
                                     rr_split split, uint64_t seed, const char *dir,
                                     const rr_retrain_config *cfg, rr_pattern_removal **out,
                                     rr_error *err)
{
    rr_reservation *first = NULL, *second = NULL;
    removal *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_session_needs_network(s, "retraining",
                                      "leave the flagged sequences out of its training set, train "
                                      "it there, and collect the states again",
                                      err));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    RRI_TRY(rri_format(&r->random_dir, err, "%s/random", dir));
    r->view.random_dir = r->random_dir;
    RRI_TRY(choose(s, scan, most, seed, r, err));
    RRI_TRY(rr_run_reserve(dir, &first, err));
    RRI_TRY(rr_run_reserve(r->random_dir, &second, err));
    RRI_TRY(accuracy_of(s, split, &r->view.accuracy_before, err));
    rri_note(&s->callbacks, "training %s without %zu flagged sequences", dir, r->view.count);
    RRI_TRY(
        try_without(s, split, dir, r->removed, r->view.count, cfg, &r->view.accuracy_after, err));
    rri_note(&s->callbacks, "training %s without %zu random ones of the same labels", r->random_dir,
             r->view.count);
    RRI_TRY(try_without(s, split, r->random_dir, r->random, r->view.count, cfg,
                        &r->view.accuracy_random, err));
    *out = &r->view;
    r = NULL;

done:
    rr_reservation_end(second);
    rr_reservation_end(first);
    if (r != NULL)
        rr_pattern_removal_free(&r->view);
    return st;
}

void rr_pattern_removal_free(rr_pattern_removal *view)
{
    removal *r = (removal *)view;

    if (r == NULL)
        return;
    rri_free(r->removed);
    rri_free(r->random);
    rri_free(r->random_dir);
    rri_free(r);
}
