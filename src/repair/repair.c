/* SPDX-License-Identifier: MIT */
/* repair.c - a search for new training samples, target after target, at either level.
 *
 * Invariants: one step is one target; a target's result depends on the target, the model and the
 * configuration only, not on the other targets or the number of threads; a step that fails leaves
 * everything as it was. */
#include "repair/repair_internal.h"
#include "repair/rewording.h"

#include <assert.h>

struct rr_repair {
    rri_search search;
    size_t n, done, additions;
    rr_repair_target *targets; /* [n]; [done] are worked on */
    rr_traces **traces;        /* [n], one trace each */
    rr_segments **segments;    /* [n]; level segment: the suspect steps */
    rri_kept *kept;            /* [n] */
};

static bool has_segments(const rr_repair *r)
{
    return r->search.cfg.level == RR_LEVEL_SEGMENT;
}

/* Is nothing searched, since the inputs themselves are added? */
static bool is_direct(const rr_repair *r)
{
    return r->search.cfg.strategy == RR_STRATEGY_DIRECT;
}

/* Suspect steps are for insertions. */
static bool needs_suspects(const rr_repair *r)
{
    return has_segments(r) && !is_direct(r);
}

/* ---- begin ---------------------------------------------------------------------------------- */

/* Sequence and step, from 1, of step `number` of all; false where there are not so many. */
static bool find_step(const rr_dataset *ds, size_t number, size_t *id, size_t *t)
{
    for (*id = 0; *id < rr_dataset_count(ds); (*id)++) {
        const size_t T = rr_dataset_at(ds, *id).steps;
        if (number < T) {
            *t = number + 1;
            return true;
        }
        number -= T;
    }
    return false;
}

/* A single wrong step. */
static rr_status take_step(rr_repair *r, size_t i, size_t number, rr_error *err)
{
    const rri_search *s = &r->search;
    rr_repair_target *t = &r->targets[i];
    rr_status st = RR_OK;

    if (!find_step(s->test, number, &t->id, &t->step))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                         "target %zu is step %zu, but the test set has %zu", i, number,
                         rr_dataset_steps(s->test)));
    RRI_TRY(rri_trace_step(s->inf, s->net, s->test, i, t->id, t->step, s->cfg.threads,
                           &r->traces[i], err));
    const rr_trace x = rr_traces_at(r->traces[i], 0);
    t->truth = rr_dataset_at(s->test, t->id).step_labels[t->step - 1];
    t->prediction = x.predictions[t->step - 1];
    t->unit = number;
    if (!needs_suspects(r))
        return RR_OK;
    RRI_TRY(rri_localize_step(s->inf, s->net, &s->cfg.segment.localize, &x, t->step,
                              &r->segments[i], err));
    t->segment.count_segments = r->segments[i]->count;
    t->segment.known = r->segments[i]->known;
    t->segment.segments = r->segments[i]->segments;

done:
    return st;
}

/* The rules of the suspect steps are checked on the first target, before any long work. */
static rr_status take_target(rr_repair *r, size_t i, size_t id, rr_error *err)
{
    const rri_search *s = &r->search;
    rr_repair_target *t = &r->targets[i];
    rr_status st = RR_OK;

    RRI_TRY(rri_trace_target(s->inf, s->net, s->test, i, id, s->cfg.threads, &r->traces[i], err));
    const rr_trace x = rr_traces_at(r->traces[i], 0);
    t->id = t->unit = id;
    t->truth = x.label;
    t->prediction = x.prediction;
    if (needs_suspects(r)) {
        const rr_localize_config *cfg = &s->cfg.segment.localize;
        RRI_TRY(rr_localize(s->inf, s->net, cfg, &x, &r->segments[i], err));
        t->segment.count_segments = r->segments[i]->count;
        t->segment.known = r->segments[i]->known;
        t->segment.segments = r->segments[i]->segments;
    }

done:
    return st;
}

static rr_status take_targets(rr_repair *r, const size_t *targets, size_t n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->targets, n, 1, sizeof *r->targets, err));
    RRI_TRY(rri_alloc(&r->traces, n, 1, sizeof(rr_traces *), err));
    RRI_TRY(rri_alloc(&r->segments, n, 1, sizeof(rr_segments *), err));
    RRI_TRY(rri_alloc(&r->kept, n, 1, sizeof *r->kept, err));
    r->n = n;
    for (size_t i = 0; i < n; i++)
        RRI_TRY(r->search.steps ? take_step(r, i, targets[i], err)
                                : take_target(r, i, targets[i], err));

done:
    return st;
}

/* The level checks what it asks of the data; the rest is asked by both. */
static rr_status check_data(const rr_repair *r, rr_error *err)
{
    const rri_search *s = &r->search;
    rr_status st = RR_OK;

    RRI_TRY(has_segments(r) ? rri_segment_check(s, err) : rri_sample_check(s, err));
    RRI_TRY(rri_check_data(s->net, s->train, "training set", err));
    RRI_TRY(rri_check_data(s->net, s->test, "test set", err));
    RRI_TRY(rri_check_model(s->inf, s->net, s->train, err));

done:
    return st;
}

/* What each of n targets may insert, of what all may; 0 = no limit. */
static size_t share(const rr_repair_config *cfg, size_t N, size_t n)
{
    const double all = cfg->most_insertions * (double)N;

    return cfg->most_insertions > 0.0 && n > 0 ? rri_max(1, (size_t)(all / (double)n)) : 0;
}

/* How these data are varied as whole inputs. */
static rr_variants variants_of(const rr_dataset *train)
{
    if (rr_dataset_vocabulary(train) > 0)
        return RR_VARIANTS_WORDS;
    return rr_dataset_is_image(train) ? RR_VARIANTS_IMAGE : RR_VARIANTS_SERIES;
}

/* Mark what nothing is made from. */
static rr_status exclude(rri_search *s, rr_error *err)
{
    const size_t N = rr_dataset_count(s->train);
    rr_repair_config *cfg = &s->cfg;
    rr_status st = RR_OK;

    if (cfg->count_excluded > 0)
        RRI_TRY(rri_alloc(&s->excluded, N, 1, 1, err));
    for (size_t i = 0; i < cfg->count_excluded; i++) {
        if (cfg->excluded[i] >= N)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "training sequence %u is excluded, but there are %zu",
                             (unsigned)cfg->excluded[i], N));
        s->excluded[cfg->excluded[i]] = 1;
    }
    s->count_excluded = cfg->count_excluded;
    cfg->excluded = NULL; /* borrowed until here */
    cfg->count_excluded = 0;

done:
    return st;
}

rr_status rr_repair_new(const rr_repair_config *cfg, const rr_influence *inf, const rr_network *net,
                        const rr_dataset *train, const rr_dataset *test, const size_t *targets,
                        size_t n, rr_repair **out, rr_error *err)
{
    rr_repair *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->search = (rri_search){ .inf = inf,
                              .net = net,
                              .train = train,
                              .test = test,
                              .T = rr_dataset_max_steps(train),
                              .D = rr_dataset_width(train) };
    RRI_TRY(rri_repair_settle(cfg, rr_dataset_vocabulary(train) > 0, &r->search.cfg, err));
    if (r->search.cfg.level == RR_LEVEL_OUTPUT)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "level output searches for no samples: rr_hotfix_solve(), or "
                         "rr_session_repair()"));
    if (r->search.cfg.variants == RR_VARIANTS_AUTO)
        r->search.cfg.variants = variants_of(train);
    r->search.steps = rr_dataset_step_labelled(train) && has_segments(r);
    if (r->search.steps && !rr_dataset_step_labelled(test))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "the steps have labels in the training set, but not in the test set"));
    if (r->search.steps) /* a step more of one label moves no decision of the others */
        r->search.cfg.segment.balance = 0.0;
    RRI_TRY(check_data(r, err));
    if (r->search.cfg.variants == RR_VARIANTS_WORDS && !has_segments(r))
        RRI_TRY(rri_thesaurus_new(net, train, &r->search.thesaurus, err));
    RRI_TRY(exclude(&r->search, err));
    r->search.budget = share(&r->search.cfg, rr_dataset_count(train), n);
    RRI_TRY(take_targets(r, targets, n, err));
    r->search.cfg.segment.localize.spared = NULL; /* borrowed until here */
    r->search.cfg.segment.localize.count_spared = 0;
    *out = r;
    r = NULL;

done:
    rr_repair_free(r);
    return st;
}

/* ---- one target ----------------------------------------------------------------------------- */

rr_status rri_sample_correct(const rri_search *s, uint32_t label, rri_random *stream, size_t want,
                             uint32_t **out, size_t *count, rr_error *err)
{
    const rr_traces *training = rr_influence_training(s->inf);
    const size_t N = rr_traces_count(training);
    size_t size = 0;
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (a.label == label && a.prediction == label && !rri_excludes(s, i))
            (*out)[size++] = (uint32_t)i;
    }
    *count = rri_min(want, size);
    rri_random_choose(stream, *out, size, *count);
    return RR_OK;
}

void rri_kept_clear(rri_kept *k)
{
    rri_free(k->samples);
    rri_free(k->insertions);
    rri_free(k->balance);
    *k = (rri_kept){ 0 };
}

rr_status rr_repair_step(rr_repair *r, int *done, rr_error *err)
{
    const rri_search *s = &r->search;
    rri_kept kept = { 0 };
    rr_status st = RR_OK;

    if (r->done == r->n) {
        *done = 1;
        return RR_OK;
    }
    rr_repair_target t = r->targets[r->done];
    rri_target x = { .id = t.id, .trace = rr_traces_at(r->traces[r->done], 0) };
    x.trace.label = t.truth;
    if (is_direct(r))
        rri_direct_search(s, &t);
    else
        RRI_TRY(has_segments(r) ? rri_segment_search(s, &x, r->additions, &t, &kept, err)
                                : rri_sample_search(s, &x, r->additions, &t, &kept, err));
    t.sample.kept = kept.samples;
    t.segment.kept = kept.insertions;
    t.segment.balance_ids = kept.balance;
    r->targets[r->done] = t;
    r->kept[r->done] = kept;
    kept = (rri_kept){ 0 };
    r->additions += t.count_kept + t.segment.count_balance + t.copies;
    r->done++;
    *done = r->done == r->n;

done:
    rri_kept_clear(&kept);
    return st;
}

/* ---- result --------------------------------------------------------------------------------- */

const rr_repair_target *rr_repair_targets(const rr_repair *r, size_t *count)
{
    *count = r->done;
    return r->targets;
}

size_t rr_repair_tied(const rr_repair *r, size_t i)
{
    assert(i < r->done);
    return r->kept[i].tied;
}

double rr_repair_lift_truth(const rr_repair *r, size_t i)
{
    assert(i < r->done);
    return r->kept[i].lift_truth;
}

double rr_repair_lift_prediction(const rr_repair *r, size_t i)
{
    assert(i < r->done);
    return r->kept[i].lift_prediction;
}

rr_repair_config rr_repair_config_of(const rr_repair *r)
{
    return r->search.cfg;
}

rr_status rr_repair_additions(const rr_repair *r, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(r->search.train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < r->done; i++) {
        const rr_repair_target *t = &r->targets[i];
        RRI_TRY(has_segments(r) ? rri_segment_add(&r->search, t, &r->kept[i], b, err)
                                : rri_sample_add(&r->search, t, &r->kept[i], b, err));
        RRI_TRY(rri_direct_add(&r->search, t, b, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* The loss weight of addition k of a target. */
static double weight_of(const rr_repair_target *t, const rri_kept *kept, size_t k)
{
    if (k >= t->count_kept + t->segment.count_balance)
        return t->copy_weight;
    return k < t->count_kept && kept->samples != NULL ? kept->samples[k].weight : 1.0;
}

int rr_repair_weights(const rr_repair *r, float *weights)
{
    size_t at = 0;
    int any = 0;

    for (size_t i = 0; i < r->done; i++) {
        const rr_repair_target *t = &r->targets[i];
        const size_t all = t->count_kept + t->segment.count_balance + t->copies;
        for (size_t k = 0; k < all; k++, at++) {
            const double w = weight_of(t, &r->kept[i], k);
            any |= w != 1.0;
            if (weights != NULL)
                weights[at] = (float)w;
        }
    }
    return any;
}

void rr_repair_free(rr_repair *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        rr_traces_free(r->traces[i]);
        rr_segments_free(r->segments[i]);
        rri_kept_clear(&r->kept[i]);
    }
    rri_thesaurus_free(r->search.thesaurus);
    rri_free(r->search.excluded);
    rri_free(r->targets);
    rri_free(r->traces);
    rri_free(r->segments);
    rri_free(r->kept);
    rri_free(r);
}
