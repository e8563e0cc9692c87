/* SPDX-License-Identifier: MIT */
/* repair.c - repairs the errors of a split: search, retrained child run under a guard, outcome
 * beside controls.
 *
 * The directory is reserved before the long search, so that one that cannot be written is reported
 * at once; an unused reservation is released. */
#include "workflow/guard.h"
#include "workflow/repairing.h"

#include "repair/repair_internal.h"
#include "run/run_internal.h"

#include <string.h>

/* Of the training set a tenth is held back as a guard, but no more than MOST_HELD; of a small one a
 * quarter, up to FEW_HELD: on 40 series of BasicMotions four see too little (docs/RESULTS.md). */
enum { MOST_HELD = 2000, FEW_HELD = 50 };

static size_t count_held(size_t N)
{
    return rri_max(rri_min(N / 10, MOST_HELD), rri_min(N / 4, FEW_HELD));
}

rr_repair_request rr_repair_request_default(const rr_session *s)
{
    rr_repair_request request = { .struct_size = sizeof(rr_repair_request),
                                  .split = rr_session_has_split(s, RR_SPLIT_DEV) ? RR_SPLIT_DEV
                                                                                 : RR_SPLIT_TEST,
                                  .most = 100,
                                  .search = rr_repair_config_default(),
                                  .retrain = rr_retrain_config_default(s),
                                  .controls = RR_CONTROLS_AUTO,
                                  .max_broken = SIZE_MAX,
                                  .guard_points = 8 };

    if (rr_run_settings_of(s->run).network.vocabulary == 0)
        request.search.strategy = RR_STRATEGY_MIXED;
    else
        request.search.mixed = rr_mixed_repair_default(1);
    return request;
}

/* Complete the settings of the search. */
static rr_status settle(rr_session *s, const rr_repair_request *given, rr_repair_request *request,
                        rr_error *err)
{
    const bool symbols = rr_run_settings_of(s->run).network.vocabulary > 0;
    rr_status st = RR_OK;

    *request = rr_repair_request_default(s);
    RRI_TRY(rri_config_take(request, sizeof *request, given, "rr_repair_request", err));
    RRI_TRY(
        rri_config_same(&request->search, sizeof request->search, "rr_repair_request.search", err));
    RRI_TRY(rri_config_same(&request->retrain, sizeof request->retrain, "rr_repair_request.retrain",
                            err));
    request->search.seed = request->retrain.seed;
    request->search.threads = s->threads;
    RRI_TRY(rri_repair_settle(&request->search, symbols, &request->search, err));
    if (request->retrain.average < 0)
        request->retrain.average = request->search.strategy == RR_STRATEGY_MIXED &&
                                   request->retrain.start == RR_RETRAIN_CONTINUE;
    RRI_TRY(rri_controls_check(request->controls, err));
    request->retrain.guard = NULL;
    if (request->search.level == RR_LEVEL_OUTPUT) {
        request->retrain.start = RR_RETRAIN_CONTINUE;
        request->controls = 0; /* nothing is trained that they could be compared with */
        if (request->export_path != NULL)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "level output adds no samples that could be exported"));
    }
    if (request->search.level == RR_LEVEL_SAMPLE)
        RRI_TRY(rri_session_needs_sequences(
            s, "level sample repairs",
            "--export alone writes training sequences to add for its wrong steps, audit --review "
            "the labels of steps to correct",
            err));

done:
    return st;
}

/* ---- one repair ----------------------------------------------------------------------------- */

/* Level segment: what the targets got, where it is not insertions as many as were asked for. */
static void tell_insertions(const rri_repairing *p, const rr_repair_result *r)
{
    const rr_repair_config *cfg = &p->request.search;
    size_t copied = 0, cut = 0, most = 0;

    if (cfg->level != RR_LEVEL_SEGMENT || cfg->strategy == RR_STRATEGY_DIRECT)
        return;
    for (size_t i = 0; i < r->count; i++) {
        const rr_segment_target *t = &r->targets[i].segment;
        copied += r->targets[i].copies > 0;
        cut += t->wanted > t->budget;
        most = rri_max(most, t->budget);
    }
    if (copied > 0)
        rri_note(&p->s->callbacks,
                 "%zu of %zu targets get copies of themselves: no word of theirs is suspect by "
                 "rule %s, or none of those that are can be inserted",
                 copied, r->count, rr_enum_name(RR_ENUM_RULE, cfg->segment.localize.rules));
    if (cut > 0)
        rri_note(&p->s->callbacks,
                 "%zu of %zu targets get %zu insertions at most, their share of %g times the "
                 "training set",
                 cut, r->count, most, cfg->most_insertions);
}

static rr_status search(const rri_repairing *p, rr_repair_result *r, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(
        rri_search_samples(p, &p->request.search, r->train, r->ds, &r->search, &r->additions, err));
    r->targets = rr_repair_targets(r->search, &r->count);
    for (size_t i = 0; i < r->count; i++) {
        r->generated += r->targets[i].generated;
        r->accepted += r->targets[i].accepted;
    }
    tell_insertions(p, r);

done:
    return st;
}

/* The guard: dev, where the targets are not of it, else a part of the training set. */
static rr_status choose_guard(const rri_repairing *p, rr_repair_result *r, rr_error *err)
{
    const rr_repair_request *q = &p->request;
    rr_guard g = { .on = 1,
                   .points = q->retrain.start == RR_RETRAIN_CONTINUE ? q->guard_points : 0,
                   .most_broken = q->max_broken,
                   .anyway = q->keep_harmful,
                   .split = RR_SPLIT_DEV };
    uint32_t *held = NULL;
    rr_status st = RR_OK;

    if (q->guard_points == 0)
        return RR_OK;
    if (q->split == RR_SPLIT_DEV || !rr_session_has_split(p->s, RR_SPLIT_DEV)) {
        if (q->keep_harmful) /* nothing is held back for what is not obeyed */
            return RR_OK;
        const size_t n = count_held(rr_dataset_count(r->train));
        g.split = RR_SPLIT_TRAIN;
        RRI_TRY(rri_guard_hold(r->train, q->retrain.seed, n, &held, &g.count_held, err));
        g.held = held;
        g.on = g.count_held > 0;
    }
    r->guard = g;

done:
    return st;
}

/* The loss weights of the training set with the additions; NULL where all are 1. Memory: owned. */
static rr_status weigh(const rr_repair_result *r, float **out, size_t *n, rr_error *err)
{
    const size_t N = rr_dataset_count(r->train);

    *n = 0;
    if (!rr_repair_weights(r->search, NULL))
        return RR_OK;
    *n = N + rr_dataset_count(r->additions);
    const rr_status st = rri_alloc(out, *n, 1, sizeof **out, err);
    for (size_t i = 0; st == RR_OK && i < N; i++)
        (*out)[i] = 1.0F;
    if (st == RR_OK)
        (void)rr_repair_weights(r->search, *out + N);
    return st;
}

/* The child run, and what it cost. */
static rr_status train_child(const rri_repairing *p, const char *dir, rr_repair_result *r,
                             rr_error *err)
{
    rr_retrain_config cfg = p->request.retrain;
    rr_edits edits = { .additions = r->additions };
    rr_run_targets targets = { .list = NULL };
    rr_retraining *own = &r->retrainings[0];
    float *weights = NULL;
    size_t epochs = 0;
    rr_status st = RR_OK;

    RRI_TRY(weigh(r, &weights, &edits.count_weights, err));
    edits.weights = weights;
    own->added = rr_dataset_count(r->additions);
    rri_note(&p->s->callbacks, "%zu targets, %zu samples to add; retraining into %s", r->count,
             own->added, dir);
    if (own->added == 0 && own->strategy != RR_STRATEGY_NONE)
        rri_note(&p->s->callbacks,
                 "note: no sample could be made for any target, so that what follows is training "
                 "alone, as with --strategy none");
    cfg.guard = r->guard.on ? &r->guard : NULL;
    RRI_TRY(rri_repair_record(r, p->request.split, &targets, err));
    cfg.targets = &targets;
    RRI_TRY(rr_session_child(p->s, dir, &edits, &cfg, &r->child, err));
    const rr_run_epoch *history = rr_run_history(r->child->run, &epochs);
    const size_t batch = rr_run_settings_of(r->child->run).train.batch;
    const size_t N = rr_dataset_count(r->train) + own->added;
    for (size_t i = 0; i < epochs; i++)
        own->train_seconds += history[i].seconds;
    const size_t batches = rri_blocks(N, rri_min(batch, N));
    own->updates = epochs * batches;
    own->kept = rr_run_model_epoch(r->child->run) * batches; /* the best, of a run that keeps it */
    if (r->guard.on && rr_run_guarded(r->child->run).kept > 0)
        own->kept = rr_run_guarded(r->child->run).kept;

done:
    rri_free((void *)(uintptr_t)targets.list);
    rri_free(weights);
    return st;
}

/* Level output: the child without a training. The guard is dev, where the targets are not of it:
 * nothing is held back. */
static rr_status change_output(const rri_repairing *p, const char *dir, rr_repair_result *r,
                               rr_error *err)
{
    const rr_repair_request *q = &p->request;
    rr_retraining *own = &r->retrainings[0];
    rr_status st = RR_OK;

    if (q->guard_points > 0 && q->split != RR_SPLIT_DEV && rr_session_has_split(p->s, RR_SPLIT_DEV))
        r->guard = (rr_guard){
            .on = 1, .split = RR_SPLIT_DEV, .most_broken = q->max_broken, .anyway = q->keep_harmful
        };
    rri_note(&p->s->callbacks, "%zu targets; another output layer into %s", p->targets.count, dir);
    RRI_TRY(rr_dataset_select(r->train, NULL, 0, &r->additions, err));
    RRI_TRY(rri_hotfix_child(p->s, q, &p->targets, dir, r, err));
    own->search_seconds = r->states_seconds;
    own->train_seconds = r->hotfix->seconds;

done:
    return st;
}

/* What is held back of the training set says little of a network that knows it by heart. So the
 * guard's rule holds for the split of the errors, too, targets included: a repair that leaves it
 * worse is harmful. It is looked at once, with the weights that are kept. */
static rr_status judge_split(const rri_repairing *p, rr_repair_result *r, rr_error *err)
{
    const rr_guard *g = &r->guard;
    bool obeyed = true;
    rr_outcome o;
    rr_status st = RR_OK;

    if (!g->on || g->anyway || g->most_broken != SIZE_MAX ||
        p->request.search.level == RR_LEVEL_OUTPUT)
        return RR_OK;
    RRI_TRY(rri_guard_judge(p->s, g, r->ds, r->before, r->after, &o, &obeyed, err));
    r->worse = !obeyed && !r->retrainings[0].harmful;
    r->retrainings[0].harmful |= r->worse;

done:
    return st;
}

/* Where nothing obeys the guard, no run remains. */
static void drop_harmful(const rri_repairing *p, const char *dir, rr_repair_result *r)
{
    const rr_outcome *g = r->worse ? &r->all : &r->retrainings[0].guard;
    char limit[48] = "";

    if (!r->retrainings[0].harmful)
        return;
    if (r->guard.most_broken != SIZE_MAX)
        rri_snprintf(limit, sizeof limit, ", where at most %zu may break", r->guard.most_broken);
    rri_note(&p->s->callbacks,
             "nothing is kept of %s: of %zu inputs %s it broke %zu and fixed %zu%s", dir, g->count,
             r->worse ? "beside and among the targets" : "that were held out of the repair",
             g->newly_broken, g->fixed, limit);
    rri_run_remove(r->child->run);
    rr_session_close(r->child);
    r->child = NULL;
}

/* Retrain, measure, and train the controls. */
static rr_status retrain(rri_repairing *p, const char *dir, rr_repair_result *r, rr_error *err)
{
    rri_ground g = { .s = NULL };
    rri_told told = { .measured = NULL };
    const rr_network *net = NULL;
    const size_t C = rr_run_settings_of(p->s->run).network.classes;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->qualities, MOST_RETRAININGS, 1, sizeof *r->qualities, err));
    RRI_TRY(rri_alloc(&r->classes_after, MOST_RETRAININGS, C, sizeof *r->classes_after, err));
    RRI_TRY(rri_alloc(&r->classes_before, C, 1, sizeof *r->classes_before, err));
    if (p->request.search.level == RR_LEVEL_OUTPUT) {
        RRI_TRY(change_output(p, dir, r, err));
    } else {
        RRI_TRY(train_child(p, dir, r, err));
    }
    RRI_TRY(rr_session_network(r->child, &net, err));
    RRI_TRY(rri_ground_new(p, r->ds, r->before, &r->guard, &g, err));
    r->measured = g.measured;
    r->measured_split = g.measured_split;
    RRI_TRY(rri_repair_judge(&g, &g.said, &r->quality_before, r->classes_before, err));
    RRI_TRY(rri_tell(&g, net, &told, err));
    RRI_TRY(rri_measure(&g, &told, r, 0, &r->after, err));
    RRI_TRY(rri_compare_units(net, r->ds, r->before, r->after, NULL, 0, &r->all, err));
    RRI_TRY(judge_split(p, r, err));
    r->of_targets = r->retrainings[0].targets;
    r->count_retrainings = 1;
    st = rri_run_controls(p, &g, r, err);
    drop_harmful(p, dir, r); /* also where the controls were interrupted */

done:
    rri_told_clear(&told);
    rri_ground_clear(&g);
    return st;
}

static rr_status export_all(rr_session *s, const char *path, const rr_repair_result *r,
                            rr_error *err)
{
    const rr_dataset *const sets[] = { r->train, r->additions };
    const rr_split splits[] = { RR_SPLIT_TRAIN, RR_SPLIT_TRAIN };
    const rr_status st = rr_dataset_save_jsonl(sets, splits, 2, path, err);

    if (st == RR_OK)
        rri_note(&s->callbacks, "%zu training sequences and %zu new ones written to %s",
                 rr_dataset_count(r->train), rr_dataset_count(r->additions), path);
    return st;
}

rr_status rri_repair_once(rri_repairing *p, const char *dir, rr_repair_result **out, rr_error *err)
{
    rr_session *s = p->s;
    rr_predictions before = { .ds = NULL };
    rr_repair_result *r = NULL;
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    const bool output = p->request.search.level == RR_LEVEL_OUTPUT;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    RRI_TRY(rri_alloc(&r->retrainings, MOST_RETRAININGS, 1, sizeof *r->retrainings, err));
    r->retrainings[0].strategy = p->request.search.strategy;
    RRI_TRY(rr_session_network(s, &net, err));
    if (!output)
        RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rri_session_load_splits(s, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &r->train, err));
    RRI_TRY(rr_session_predict(s, p->request.split, &before, err));
    r->ds = before.ds;
    r->steps = rri_session_by_steps(s);
    r->before = r->steps ? before.step_prediction : before.prediction;
    r->test_used = p->request.split == RR_SPLIT_TEST;
    if (!output && dir != NULL)
        RRI_TRY(choose_guard(p, r, err));
    p->request.search.excluded = r->guard.held; /* what watches is no source of samples */
    p->request.search.count_excluded = r->guard.count_held;
    const double start = rri_seconds();
    if (!output)
        RRI_TRY(search(p, r, err));
    r->retrainings[0].search_seconds = rri_seconds() - start;
    if (dir != NULL)
        RRI_TRY(retrain(p, dir, r, err));
    if (p->request.export_path != NULL)
        RRI_TRY(export_all(s, p->request.export_path, r, err));

done:
    if (st == RR_OK || (st == RR_ERR_CANCELLED && r->child != NULL)) {
        *out = r;
        r = NULL;
    }
    rr_repair_result_free(r);
    return st;
}

rr_status rri_repair_begin(rr_session *s, const rr_repair_request *request, rri_repairing *p,
                           rr_error *err)
{
    rr_status st = RR_OK;

    *p = (rri_repairing){ .s = s, .repeats = 1 };
    RRI_TRY(rri_session_needs_network(s, "repair", NULL, err));
    RRI_TRY(settle(s, request, &p->request, err));
    p->controls = p->request.controls;

done:
    return st;
}

rr_status rr_session_repair(rr_session *s, const rr_repair_request *request, const char *dir,
                            rr_repair_result **out, rr_error *err)
{
    rri_repairing p = { .s = s };
    rr_reservation *reserved = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_repair_begin(s, request, &p, err));
    if (dir == NULL && p.request.search.level == RR_LEVEL_OUTPUT)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "level output needs a directory for the new run"));
    if (p.request.export_path != NULL)
        RRI_TRY(rr_session_check_output(s, p.request.export_path, err));
    if (dir != NULL) {
        RRI_TRY(rri_retrain_check(s, &p.request.retrain, err));
        RRI_TRY(rr_run_reserve(dir, &reserved, err));
    }
    RRI_TRY(rri_repair_targets(s, &p.request, &p.targets, err));
    RRI_TRY(rri_repair_once(&p, dir, out, err));

done:
    rr_reservation_end(reserved);
    rr_ids_free(&p.targets);
    return st;
}

void rr_repair_result_free(rr_repair_result *r)
{
    if (r == NULL)
        return;
    rr_repair_free(r->search);
    rr_dataset_free(r->additions);
    rr_session_close(r->child);
    rr_hotfix_free(r->hotfix);
    rri_free(r->listed);
    rri_free(r->after);
    for (size_t i = 0; r->retrainings != NULL && i < MOST_RETRAININGS; i++)
        rri_free(r->retrainings[i].classes);
    rri_free(r->retrainings);
    rri_free(r->qualities);
    rri_free(r->classes_before);
    rri_free(r->classes_after);
    rri_free((void *)(uintptr_t)r->guard.held);
    rri_free(r);
}
