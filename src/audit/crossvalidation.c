/* SPDX-License-Identifier: MIT */
/* crossvalidation.c - a network trained for each fold on the others, which then reads it.
 *
 * Every fold's training has the given configuration, seed and start: the folds differ in their data
 * alone. A fold's sequences keep the order of the dataset, in what is trained on and in what is
 * read. Only one fold's trainer, network and data exist at a time. */
#include "rnnrepair/crossvalidation.h"

#include "audit/folds.h"

#include <string.h>

struct rr_crossvalidation {
    rr_train_config cfg;
    const rr_network *start; /* borrowed */
    const rr_dataset *ds;    /* borrowed */
    size_t folds, classes;
    size_t at;            /* the current fold, `folds` once all are done */
    uint32_t *fold;       /* [N] */
    size_t *which;        /* [N] scratch: the sequences of a part */
    float *probabilities; /* [N][C] */

    rr_dataset *train; /* of the current fold; NULL between folds */
    rr_network *net;
    rr_trainer *trainer;
};

/* ---- folds ---------------------------------------------------------------------------------- */

rr_status rri_folds(const rr_dataset *ds, size_t folds, uint64_t seed, uint32_t *fold,
                    rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    const size_t C = rr_dataset_classes(ds);
    size_t *first = NULL;    /* [C + 1] of each class in `member` */
    uint32_t *member = NULL; /* [N] sequences by class */
    uint32_t *turn = NULL;   /* [N] the order a class is dealt out in */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&first, C + 2, 1, sizeof *first, err));
    RRI_TRY(rri_alloc(&member, N, 1, sizeof *member, err));
    RRI_TRY(rri_alloc(&turn, N, 1, sizeof *turn, err));
    for (size_t i = 0; i < N; i++)
        first[rr_dataset_at(ds, i).label + 2]++;
    for (size_t c = 2; c <= C; c++)
        first[c] += first[c - 1];
    for (size_t i = 0; i < N; i++) /* afterwards first[c + 1] is the end of class c */
        member[first[rr_dataset_at(ds, i).label + 1]++] = (uint32_t)i;
    for (size_t c = 0; c < C; c++) {
        const size_t n = first[c + 1] - first[c];
        rri_random r = rri_random_at(seed, RRI_RANDOM_FOLDS, c);
        rri_random_permutation(&r, turn, n);
        for (size_t i = 0; i < n; i++)
            fold[member[first[c] + turn[i]]] = (uint32_t)((first[c] + i) % folds);
    }

done:
    rri_free(turn);
    rri_free(member);
    rri_free(first);
    return st;
}

/* ---- one fold ------------------------------------------------------------------------------- */

static void end_fold(rr_crossvalidation *cv)
{
    rr_trainer_free(cv->trainer);
    rr_network_free(cv->net);
    rr_dataset_free(cv->train);
    cv->trainer = NULL;
    cv->net = NULL;
    cv->train = NULL;
}

/* The sequences in the current fold, or those in the others. */
static rr_status part(rr_crossvalidation *cv, bool inside, size_t *n, rr_dataset **out,
                      rr_error *err)
{
    *n = 0;
    for (size_t i = 0; i < rr_dataset_count(cv->ds); i++)
        if ((cv->fold[i] == cv->at) == inside)
            cv->which[(*n)++] = i;
    return rr_dataset_select(cv->ds, cv->which, *n, out, err);
}

static rr_status begin_fold(rr_crossvalidation *cv, rr_error *err)
{
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(part(cv, false, &n, &cv->train, err));
    RRI_TRY(rr_network_copy(cv->start, &cv->net, err));
    RRI_TRY(rr_trainer_new(&cv->cfg, cv->net, cv->train, &cv->trainer, err));

done:
    if (st != RR_OK)
        end_fold(cv);
    return st;
}

/* What the fold's network says of the sequences it has not seen, after their last steps. */
static rr_status read_fold(rr_crossvalidation *cv, rr_error *err)
{
    const size_t C = cv->classes;
    rr_dataset *unseen = NULL;
    float *read = NULL; /* [n][C] */
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(part(cv, true, &n, &unseen, err));
    RRI_TRY(rri_alloc(&read, n, C, sizeof *read, err));
    RRI_TRY(rr_network_probabilities(cv->net, unseen, cv->cfg.threads, read, err));
    for (size_t i = 0; i < n; i++)
        memcpy(cv->probabilities + cv->which[i] * C, read + i * C, C * sizeof *read);

done:
    rri_free(read);
    rr_dataset_free(unseen);
    return st;
}

/* ---- the public calls ----------------------------------------------------------------------- */

rr_status rr_crossvalidation_new(const rr_train_config *training, const rr_network *start,
                                 const rr_dataset *ds, size_t folds, rr_crossvalidation **out,
                                 rr_error *err)
{
    rr_train_config own = rr_train_config_default();
    const size_t N = rr_dataset_count(ds);
    rr_crossvalidation *cv = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, training, "rr_train_config", err));
    training = &own;
    if (folds < 2 || folds > N)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%zu folds of N = %zu sequences: there must be 2 at least, and N at most",
                        folds, N);
    if (N >= UINT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu sequences are not below 2^32 - 1", N);
    RRI_TRY(rri_alloc(&cv, 1, 1, sizeof *cv, err));
    cv->cfg = *training;
    cv->start = start;
    cv->ds = ds;
    cv->folds = folds;
    cv->classes = rr_network_config_of(start).classes;
    RRI_TRY(rri_alloc(&cv->fold, N, 1, sizeof *cv->fold, err));
    RRI_TRY(rri_alloc(&cv->which, N, 1, sizeof *cv->which, err));
    RRI_TRY(rri_alloc(&cv->probabilities, N, cv->classes, sizeof *cv->probabilities, err));
    RRI_TRY(rri_folds(ds, folds, training->seed, cv->fold, err));
    RRI_TRY(begin_fold(cv, err));
    *out = cv;
    cv = NULL;

done:
    rr_crossvalidation_free(cv);
    return st;
}

rr_status rr_crossvalidation_step(rr_crossvalidation *cv, rr_crossvalidation_progress *progress,
                                  rr_error *err)
{
    rr_status st = RR_OK;

    if (cv->at == cv->folds)
        return rri_fail(err, RR_ERR_ARG, -1, "all %zu folds are done", cv->folds);
    if (cv->trainer == NULL)
        RRI_TRY(begin_fold(cv, err));
    progress->fold = cv->at + 1;
    progress->folds = cv->folds;
    progress->done = 0;
    RRI_TRY(rr_trainer_step(cv->trainer, &progress->training, err));
    if (rr_trainer_finished(cv->trainer)) {
        RRI_TRY(read_fold(cv, err));
        end_fold(cv);
        cv->at++;
        progress->done = cv->at == cv->folds;
    }

done:
    return st;
}

const float *rr_crossvalidation_probabilities(const rr_crossvalidation *cv)
{
    return cv->at == cv->folds ? cv->probabilities : NULL;
}

void rr_crossvalidation_free(rr_crossvalidation *cv)
{
    if (cv == NULL)
        return;
    end_fold(cv);
    rri_free(cv->fold);
    rri_free(cv->which);
    rri_free(cv->probabilities);
    rri_free(cv);
}
