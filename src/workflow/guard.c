/* SPDX-License-Identifier: MIT */
/* guard.c - a guard at work: compares a network that is trained with the one it was, and keeps the
 * last weights that obey. */
#include "workflow/guard.h"

#include "data/data_internal.h"

#include <stdlib.h>

struct rri_watch {
    rr_session *s; /* borrowed */
    const rr_guard *guard;
    size_t batches;
    rr_dataset *inputs;
    uint32_t *before; /* [R] what the first weights say of the inputs */
    rr_guarded seen;
    rr_network *kept; /* NULL where none obey, or `anyway` */
};

/* *loses: the mean F1 of the classes is smaller after than before. */
static rr_status loses_f1(const rr_session *s, const rr_dataset *inputs, const uint32_t *before,
                          const uint32_t *after, bool *loses, rr_error *err)
{
    const bool steps = rri_session_by_steps(s);
    const size_t C = rr_run_settings_of(s->run).network.classes;
    const size_t R = steps ? rr_dataset_steps(inputs) : rr_dataset_count(inputs);
    rr_quality was, is;
    uint32_t *truth = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_dataset_truths(inputs, steps, &truth, err));
    RRI_TRY(rr_quality_measure(truth, before, NULL, R, C, &was, NULL, err));
    RRI_TRY(rr_quality_measure(truth, after, NULL, R, C, &is, NULL, err));
    *loses = is.macro_f1 < was.macro_f1;

done:
    rri_free(truth);
    return st;
}

rr_status rri_guard_judge(const rr_session *s, const rr_guard *guard, const rr_dataset *inputs,
                          const uint32_t *before, const uint32_t *after, rr_outcome *o,
                          bool *obeyed, rr_error *err)
{
    bool loses = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_session_by_steps(s)
                ? rr_outcome_compare_steps(inputs, before, after, NULL, 0, o, err)
                : rr_outcome_compare(inputs, before, after, NULL, 0, o, err));
    if (guard->most_broken != SIZE_MAX) {
        *obeyed = o->newly_broken <= guard->most_broken;
        return RR_OK;
    }
    *obeyed = o->newly_broken == 0 || o->newly_broken < o->fixed; /* one for one helps nobody */
    if (*obeyed && o->newly_broken > 0) {
        RRI_TRY(loses_f1(s, inputs, before, after, &loses, err));
        *obeyed = !loses;
    }

done:
    return st;
}

rr_status rri_guard_inputs(rr_session *s, const rr_guard *guard, const rr_dataset *train,
                           rr_dataset **out, rr_error *err)
{
    const rr_dataset *dev = NULL;
    size_t *ids = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (guard->split != RR_SPLIT_TRAIN) {
        RRI_TRY(rr_session_split(s, guard->split, &dev, err));
        *out = rr_dataset_share(dev);
        return RR_OK;
    }
    RRI_TRY(rri_alloc(&ids, guard->count_held, 1, sizeof *ids, err));
    for (size_t i = 0; i < guard->count_held; i++) {
        ids[i] = guard->held[i];
        if (ids[i] >= rr_dataset_count(train))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "sequence %zu is held back, but the training set has %zu", ids[i],
                             rr_dataset_count(train)));
    }
    RRI_TRY(rr_dataset_select(train, ids, guard->count_held, out, err));

done:
    rri_free(ids);
    return st;
}

/* ---- what is held back ---------------------------------------------------------------------- */

rr_status rri_guard_hold(const rr_dataset *train, uint64_t seed, size_t n, uint32_t **out,
                         size_t *count, rr_error *err)
{
    const size_t N = rr_dataset_count(train), C = rr_dataset_classes(train);
    uint32_t *list = NULL;
    size_t passed = 0;
    rr_status st = RR_OK;

    *out = NULL;
    *count = 0;
    RRI_TRY(rri_alloc(out, n, 1, sizeof **out, err));
    RRI_TRY(rri_alloc(&list, N, 1, sizeof *list, err));
    for (size_t c = 0; c < C; c++) {
        rri_random stream = rri_random_at(seed, RRI_RANDOM_GUARD, c);
        size_t size = 0;
        for (size_t i = 0; i < N; i++)
            if (rr_dataset_at(train, i).label == c)
                list[size++] = (uint32_t)i;
        passed += size; /* so many of n are due after this class; the parts add up to n */
        const size_t due = (size_t)((double)n * (double)passed / (double)N + 0.5);
        const size_t want = rri_min(due - *count, size);
        rri_random_choose(&stream, list, size, want);
        for (size_t i = 0; i < want; i++)
            (*out)[(*count)++] = list[i];
    }
    qsort(*out, *count, sizeof **out, rri_by_u32);

done:
    rri_free(list);
    return st;
}

/* ---- watching ------------------------------------------------------------------------------- */

rr_status rri_watch_new(rr_session *s, const rr_guard *guard, const rr_network *net,
                        const rr_dataset *train, size_t batches, rri_watch **out, rr_error *err)
{
    rri_watch *w = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&w, 1, 1, sizeof *w, err));
    w->s = s;
    w->guard = guard;
    w->batches = batches;
    if (guard->points > 0) {
        RRI_TRY(rri_guard_inputs(s, guard, train, &w->inputs, err));
        RRI_TRY(rri_predict_units(net, w->inputs, s->threads, &w->before, err));
    }
    *out = w;
    w = NULL;

done:
    rri_watch_free(w);
    return st;
}

void rri_watch_resume(rri_watch *w, const rr_guarded *seen, rr_network *kept)
{
    w->seen = *seen;
    rr_network_free(w->kept);
    w->kept = kept;
}

size_t rri_watch_next(const rri_watch *w, size_t done)
{
    const size_t P = w->guard->points, B = w->batches, at = done % B;

    if (P == 0)
        return SIZE_MAX;
    const size_t p = at * P / B + 1; /* the least whose ceil(p B / P) is above `at` */
    return done - at + rri_blocks(p * B, P);
}

/* The weights obey, or are kept whatever they do. */
static rr_status keep(rri_watch *w, const rr_network *net, const rr_outcome *o, rr_error *err)
{
    rr_network *copy = NULL;

    if (!w->guard->anyway) {
        const rr_status st = rr_network_copy(net, &copy, err);
        if (st != RR_OK)
            return st;
        rr_network_free(w->kept);
        w->kept = copy;
    }
    w->seen.kept = w->seen.updates;
    w->seen.fixed = o->fixed;
    w->seen.broken = o->newly_broken;
    return RR_OK;
}

rr_status rri_watch_look(rri_watch *w, const rr_network *net, size_t updates, rr_error *err)
{
    uint32_t *after = NULL;
    bool obeyed = false;
    rr_outcome o;
    rr_status st = RR_OK;

    w->seen.updates = updates;
    if (w->guard->points == 0) {
        w->seen.kept = updates;
        return RR_OK;
    }
    if (rri_watch_next(w, updates - 1) != updates)
        return RR_OK;
    RRI_TRY(rri_predict_units(net, w->inputs, w->s->threads, &after, err));
    RRI_TRY(rri_guard_judge(w->s, w->guard, w->inputs, w->before, after, &o, &obeyed, err));
    if (w->guard->anyway || obeyed)
        RRI_TRY(keep(w, net, &o, err));
    else if (w->seen.kept == 0) {
        w->seen.fixed = o.fixed;
        w->seen.broken = o.newly_broken;
    }

done:
    rri_free(after);
    return st;
}

rr_guarded rri_watch_seen(const rri_watch *w)
{
    return w->seen;
}

const rr_network *rri_watch_kept(const rri_watch *w)
{
    return w->kept;
}

rr_network *rri_watch_take(rri_watch *w)
{
    rr_network *net = w->kept;

    w->kept = NULL;
    return net;
}

void rri_watch_free(rri_watch *w)
{
    if (w == NULL)
        return;
    rr_dataset_free(w->inputs);
    rri_free(w->before);
    rr_network_free(w->kept);
    rri_free(w);
}
