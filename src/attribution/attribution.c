/* SPDX-License-Identifier: MIT */
/* attribution.c - the calls common to all methods: begin, step, finish, self-influence. */
#include "attribution/attribution.h"
#include "rnnrepair/experimental/derivatives.h"

#include "network/network_internal.h"

#include <string.h>

rr_attribution_config rr_attribution_config_default(void)
{
    return (rr_attribution_config){ .struct_size = sizeof(rr_attribution_config),
                                    .method = RR_ATTRIBUTION_KOH_LIANG,
                                    .curvature = RR_CURVATURE_GAUSS_NEWTON,
                                    .solver = RR_SOLVER_CG,
                                    .damping = 0.01,
                                    .tolerance = 0.01,
                                    .iterations = 200,
                                    .repeats = 1,
                                    .batch = 32,
                                    .scale = 50.0,
                                    .training = rr_train_config_default(),
                                    .checkpoints = NULL,
                                    .count_checkpoints = 0,
                                    .memory = (size_t)1 << 30,
                                    .seed = 1,
                                    .threads = 0 };
}

static const rri_method *method_of(rr_attribution_method method)
{
    static const rri_method *const methods[] = { &rri_koh_liang, &rri_backwards,
                                                 &rri_tracin,    &rri_random_method,
                                                 &rri_backwards, &rri_output_gradients };

    return methods[method];
}

/* Each dataset must fit the network and must not be empty. */
static rr_status check_data(const rr_network *net, const rr_dataset *train,
                            const rr_targets *targets, rr_error *err)
{
    rr_status st = rri_network_fits(net, train, err);

    if (st != RR_OK)
        return rri_prefix(err, st, "training set");
    if (rr_dataset_count(train) == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the training set holds no sequence");
    st = rri_network_fits(net, targets->ds, err);
    return st == RR_OK ? RR_OK : rri_prefix(err, st, "targets");
}

static rr_status take_queries(rr_attribution *a, const rr_targets *queries, size_t count,
                              rr_error *err)
{
    rr_status st = RR_OK;

    if (count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "there is no query to attribute"));
    if (count > 1 && a->method != &rri_backwards)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "%s takes one query at a time, not %zu: only replay and sgd share their "
                         "work between several",
                         rr_enum_name(RR_ENUM_ATTRIBUTION_METHOD, a->cfg.method), count));
    for (size_t q = 0; q < count; q++) {
        RRI_TRY(rri_targets_check(&queries[q], a->net, err));
        RRI_TRY(check_data(a->net, a->train, &queries[q], err));
    }
    RRI_TRY(rri_alloc(&a->queries, count, 1, sizeof *a->queries, err));
    memcpy(a->queries, queries, count * sizeof *queries);
    a->count_queries = count;

done:
    return st;
}

rr_status rr_attribution_new_queries(const rr_attribution_config *cfg, const rr_network *net,
                                     const rr_dataset *train, const rr_targets *queries,
                                     size_t count, rr_attribution **out, rr_error *err)
{
    rr_attribution_config own = rr_attribution_config_default();
    rr_attribution *a = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_attribution_config", err));
    RRI_TRY(
        rri_config_same(&own.training, sizeof own.training, "rr_attribution_config.training", err));
    cfg = &own;
    RRI_TRY(rri_attribution_check(cfg, err));
    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    a->cfg = *cfg;
    a->method = method_of(cfg->method);
    a->net = net;
    a->train = train;
    a->N = rr_dataset_count(train);
    a->P = rr_network_parameters(net);
    RRI_TRY(take_queries(a, queries, count, err));
    RRI_TRY(rri_alloc(&a->scores, count, a->N, sizeof *a->scores, err));
    if (cfg->by_step && a->method == &rri_backwards)
        RRI_TRY(rri_alloc(&a->step_scores, count, rr_dataset_steps(train), sizeof *a->step_scores,
                          err));
    RRI_TRY(a->method->begin(a, err));
    *out = a;
    a = NULL;

done:
    rr_attribution_free(a);
    return st;
}

rr_status rr_attribution_new(const rr_attribution_config *cfg, const rr_network *net,
                             const rr_dataset *train, const rr_targets *targets,
                             rr_attribution **out, rr_error *err)
{
    return rr_attribution_new_queries(cfg, net, train, targets, 1, out, err);
}

rr_status rr_attribution_step(rr_attribution *a, rr_attribution_progress *progress, rr_error *err)
{
    if (a->failed)
        return rri_fail(err, RR_ERR_ARG, -1, "the attribution failed in an earlier step");
    if (a->done)
        return rri_fail(err, RR_ERR_ARG, -1, "the attribution is done already");
    const rr_status st = a->method->step(a, err);
    a->failed = st != RR_OK;
    a->done = a->done && !a->failed;
    if (a->failed)
        return st;
    a->step++;
    *progress = (rr_attribution_progress){
        .step = a->step, .steps = a->steps, .residual = a->residual, .done = a->done
    };
    return RR_OK;
}

const double *rr_attribution_scores(const rr_attribution *a)
{
    return rr_attribution_query_scores(a, 0);
}

const double *rr_attribution_step_scores(const rr_attribution *a, size_t query)
{
    if (!a->done || query >= a->count_queries || a->step_scores == NULL)
        return NULL;
    return a->step_scores + query * rr_dataset_steps(a->train);
}

const double *rr_attribution_query_scores(const rr_attribution *a, size_t query)
{
    return a->done && query < a->count_queries ? a->scores + query * a->N : NULL;
}

void rr_attribution_free(rr_attribution *a)
{
    if (a == NULL)
        return;
    if (a->own != NULL)
        a->method->end(a->own);
    rri_free(a->queries);
    rri_free(a->scores);
    rri_free(a->step_scores);
    rri_free(a);
}

/* ---- helpers of the methods ----------------------------------------------------------------- */

rr_status rri_query_gradient(const rr_attribution *a, size_t q, const rr_network *net,
                             double *gradient, rr_error *err)
{
    const rr_targets *query = &a->queries[q];
    const rr_losses losses = {
        .which = query->which, .labels = query->labels, .n = query->n, .steps = query->steps
    };
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_derivatives_new(net, query->ds, a->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_gradient(d, &losses, NULL, gradient, err));

done:
    rr_derivatives_free(d);
    return st;
}

rr_status rri_take_checkpoint(const rr_attribution_config *cfg, size_t e, rr_trainer *trainer,
                              rr_error *err)
{
    const rr_status st = rr_trainer_restore(trainer, cfg->checkpoints[e], err);

    if (st != RR_OK)
        return st;
    if (rr_trainer_epoch(trainer) != e)
        return rri_fail(err, RR_ERR_MISMATCH, (int64_t)e,
                        "%s: is the checkpoint after epoch %zu, expected that after epoch %zu",
                        cfg->checkpoints[e], rr_trainer_epoch(trainer), e);
    return RR_OK;
}

/* ---- self-influence ------------------------------------------------------------------------- */

/* Queries that share a replay, so that what they need in memory stays bounded. */
enum { TOGETHER = 16 };

/* The targets of some training sequences: the given label of each, or of each labelled step. */
typedef struct self_queries {
    rr_targets query[TOGETHER];
    size_t which[TOGETHER];
    uint32_t label[TOGETHER];
    size_t *steps, *sequence; /* of labelled steps; NULL after the last step */
    uint32_t *classes;
} self_queries;

static void self_free(self_queries *s)
{
    rri_free(s->steps);
    rri_free(s->sequence);
    rri_free(s->classes);
    *s = (self_queries){ .steps = NULL };
}

/* The labelled steps of each sequence. */
static rr_status take_steps(self_queries *s, const rr_dataset *train, size_t n, rr_error *err)
{
    const size_t most = n * rr_dataset_max_steps(train);
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->steps, most, 1, sizeof *s->steps, err));
    RRI_TRY(rri_alloc(&s->sequence, most, 1, sizeof *s->sequence, err));
    RRI_TRY(rri_alloc(&s->classes, most, 1, sizeof *s->classes, err));
    for (size_t i = 0; i < n; i++) {
        const rr_sequence q = rr_dataset_at(train, s->which[i]);
        const size_t first = at;
        for (size_t t = 0; q.step_labels != NULL && t < q.steps; t++) {
            if (q.step_labels[t] == RR_NO_LABEL)
                continue;
            s->steps[at] = t;
            s->sequence[at] = s->which[i];
            s->classes[at++] = q.step_labels[t];
        }
        if (at == first)
            RRI_TRY(
                rri_fail(err, RR_ERR_ARG, (int64_t)i,
                         "training sequence %zu has no labelled step, so no influence on itself",
                         s->which[i]));
        s->query[i] = (rr_targets){ .ds = train,
                                    .which = s->sequence + first,
                                    .labels = s->classes + first,
                                    .n = at - first,
                                    .steps = s->steps + first };
    }

done:
    return st;
}

static rr_status self_take(self_queries *s, const rr_network *net, const rr_dataset *train,
                           const uint32_t *ids, size_t n, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        s->which[i] = ids[i];
        s->label[i] = rr_dataset_at(train, ids[i]).label;
        s->query[i] =
            (rr_targets){ .ds = train, .which = &s->which[i], .labels = &s->label[i], .n = 1 };
    }
    return rr_network_config_of(net).output == RR_OUTPUT_STEP ? take_steps(s, train, n, err)
                                                              : RR_OK;
}

/* Run one attribution for n training sequences: score i is what query i, or the only one there is,
 * gives to sequence ids[i]. */
static rr_status self_of(const rr_attribution_config *cfg, const rr_network *net,
                         const rr_dataset *train, const uint32_t *ids, size_t n, size_t queries,
                         const rr_callbacks *callbacks, double *scores, rr_error *err)
{
    self_queries self = { .steps = NULL };
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    rr_status st = RR_OK;

    RRI_TRY(self_take(&self, net, train, ids, queries, err));
    RRI_TRY(rr_attribution_new_queries(cfg, net, train, self.query, queries, &a, err));
    while (!progress.done) {
        RRI_TRY(rri_check_cancelled(callbacks, err));
        RRI_TRY(rr_attribution_step(a, &progress, err));
    }
    for (size_t i = 0; i < n; i++)
        scores[i] = rr_attribution_query_scores(a, queries > 1 ? i : 0)[ids[i]];

done:
    rr_attribution_free(a);
    self_free(&self);
    return st;
}

rr_status rr_attribution_self(const rr_attribution_config *cfg, const rr_network *net,
                              const rr_dataset *train, const uint32_t *ids, size_t n,
                              const rr_callbacks *callbacks, double *scores, rr_error *err)
{
    rr_attribution_config own = rr_attribution_config_default();
    const size_t N = rr_dataset_count(train);
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_attribution_config", err));
    RRI_TRY(
        rri_config_same(&own.training, sizeof own.training, "rr_attribution_config.training", err));
    cfg = &own;
    own.state = NULL; /* it would be one of several attributions */
    own.by_step = 0;
    RRI_TRY(rri_attribution_check(cfg, err));
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no sequence in the list");
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "number %zu of the list is sequence %u, but the training set has %zu",
                            i, ids[i], N);
    if (cfg->method == RR_ATTRIBUTION_TRACIN)
        return rri_tracin_self(cfg, net, train, ids, n, callbacks, scores, err);
    if (cfg->method == RR_ATTRIBUTION_RANDOM) /* its scores are the same for every target */
        return self_of(cfg, net, train, ids, n, 1, callbacks, scores, err);
    const size_t together = method_of(cfg->method) == &rri_backwards ? TOGETHER : 1;
    for (size_t i = 0; i < n; i += together) {
        const size_t count = rri_min(together, n - i);
        RRI_TRY(self_of(cfg, net, train, ids + i, count, count, callbacks, scores + i, err));
    }

done:
    return st;
}
