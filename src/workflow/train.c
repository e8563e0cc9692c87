/* SPDX-License-Identifier: MIT */
/* train.c - trains a run: batches, looks of its guard, measurement after each epoch, record of it.
 *
 * One step is one batch. After the last batch of an epoch the dev and test splits are measured and
 * the epoch is recorded; cancellation is checked between batches, so the directory always holds a
 * finished epoch. The seconds of an epoch count its batches only. */
#include "workflow/guard.h"

#include "network/network_internal.h"
#include "run/run_internal.h"

#include <assert.h>
#include <string.h>

/* Accuracy on a split, of the steps where each is answered; -1 where there is none. */
static rr_status measure(const rri_training *t, rr_split split, double *out, rr_error *err)
{
    const rr_dataset *ds = NULL;
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    *out = -1.0;
    if (!t->measure || !rr_session_has_split(t->session, split))
        return RR_OK;
    RRI_TRY(rr_session_split(t->session, split, &ds, err));
    if (rr_network_config_of(t->net).output == RR_OUTPUT_STEP)
        return rri_step_accuracy(t->net, ds, t->config.threads, out, err);
    RRI_TRY(rri_predict(t->net, ds, t->config.threads, NULL, &prediction, NULL, err));
    *out = rri_accuracy(ds, prediction);

done:
    rri_free(prediction);
    return st;
}

/* A training under way. */
typedef struct course {
    const rri_training *t;
    rr_trainer *trainer;
    rri_watch *watch; /* NULL = none */
    size_t updates;
} course;

/* The batches of an epoch, from one look of the guard to the next. */
static rr_status run_epoch(course *c, rr_train_progress *at, rr_error *err)
{
    const rr_callbacks *cb = &c->t->session->callbacks;
    const size_t first = c->updates; /* before the epoch */
    rr_status st = RR_OK;

    do {
        size_t next = c->watch != NULL ? rri_watch_next(c->watch, c->updates) : SIZE_MAX;
        if (c->t->stop_updates > 0)
            next = rri_min(next, c->t->stop_updates);
        RRI_TRY(rri_trainer_run_to(c->trainer, next - first, cb, at, err));
        c->updates = first + at->batch;
        if (c->watch != NULL)
            RRI_TRY(rri_watch_look(c->watch, c->t->net, c->updates, err));
    } while (!at->epoch_done && c->updates != c->t->stop_updates);

done:
    rri_show_end(cb);
    return st;
}

/* Train one epoch; *e gets its loss, accuracy and times. */
static rr_status train_epoch(course *c, rr_run_epoch *e, rr_error *err)
{
    rr_train_progress at;
    const double start = rri_seconds();
    const rr_status st = run_epoch(c, &at, err);

    if (st != RR_OK)
        return st;
    *e = (rr_run_epoch){ .epoch = at.epoch, .loss = at.loss, .train_accuracy = at.accuracy };
    e->seconds = rri_seconds() - start;
    e->sequences_per_second = e->seconds > 0.0 ? (double)at.sequences / e->seconds : 0.0;
    return RR_OK;
}

static bool finished(const course *c)
{
    const rri_training *t = c->t;

    return rr_trainer_finished(c->trainer) ||
           (t->stop_after > 0 && rr_trainer_epoch(c->trainer) >= t->stop_after) ||
           (t->stop_updates > 0 && c->updates >= t->stop_updates);
}

/* Report a finished epoch to the caller. */
static void show_epoch(const rr_callbacks *cb, const rr_run_epoch *e)
{
    const rr_progress at = { .unit = "", .remark = "", .epoch = e };

    if (cb->progress != NULL)
        cb->progress(cb->self, &at);
}

const rr_guard *rri_session_guard(const rr_session *s, rr_guard *own)
{
    *own = rr_run_settings_of(s->run).guard;
    return own->on ? own : NULL;
}

/* The run's loss weights; what is held back gets the weight 0. */
static rr_status set_weights(const rri_training *t, const rr_dataset *train, rr_trainer *trainer,
                             rr_error *err)
{
    const rr_edits edits = rr_run_settings_of(t->session->run).edits;
    const size_t N = rr_dataset_count(train);
    const size_t held = t->guard != NULL ? t->guard->count_held : 0;
    const size_t own = t->train != NULL ? t->shared : N;
    float *weights = NULL;
    rr_status st = RR_OK;

    assert(edits.weights == NULL || t->train != NULL || edits.count_weights == N);
    if (edits.weights == NULL && held == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&weights, N, 1, sizeof *weights, err));
    for (size_t i = 0; i < N; i++)
        weights[i] = edits.weights != NULL && i < own ? edits.weights[i] : 1.0F;
    for (size_t i = 0; i < held; i++)
        if (t->guard->held[i] < N)
            weights[t->guard->held[i]] = 0.0F;
    RRI_TRY(rr_trainer_set_weights(trainer, weights, err));

done:
    rri_free(weights);
    return st;
}

/* Go on after the last recorded epoch, with the weights the guard had kept. */
static rr_status resume(course *c, rr_run *run, rr_error *err)
{
    rr_network *kept = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_resume(run, c->trainer, err));
    c->updates = rr_trainer_epoch(c->trainer) * rri_trainer_batches(c->trainer);
    if (c->watch == NULL || c->updates == 0)
        return RR_OK;
    const rr_guarded seen = rr_run_guarded(run);
    if (seen.kept > 0 && !c->t->guard->anyway) /* the file holds them */
        RRI_TRY(rr_run_network(run, &kept, err));
    rri_watch_resume(c->watch, &seen, kept);

done:
    return st;
}

static rr_status record(const course *c, rr_run *run, const rr_run_epoch *e, rr_error *err)
{
    const rr_network *net = c->t->net;

    if (c->watch != NULL) {
        const rr_guarded seen = rri_watch_seen(c->watch);
        rri_run_set_guarded(run, &seen);
        if (rri_watch_kept(c->watch) != NULL)
            net = rri_watch_kept(c->watch);
    }
    return rr_run_record(run, e, net, c->trainer, err);
}

/* The trainer, and the watch where there is a guard. */
static rr_status begin(course *c, rr_error *err)
{
    const rri_training *t = c->t;
    const rr_dataset *train = t->train;
    rr_status st = RR_OK;

    if (train == NULL)
        RRI_TRY(rr_session_split(t->session, RR_SPLIT_TRAIN, &train, err));
    RRI_TRY(rr_trainer_new(&t->config, t->net, train, &c->trainer, err));
    RRI_TRY(set_weights(t, train, c->trainer, err));
    RRI_TRY(rr_trainer_set_class_weights(c->trainer, rr_run_class_weights(t->session->run), err));
    if (t->guard != NULL)
        RRI_TRY(
            rri_watch_new(t->session, t->guard, t->net, train,
                          t->guard_batches > 0 ? t->guard_batches : rri_trainer_batches(c->trainer),
                          &c->watch, err));

done:
    return st;
}

rr_status rri_train(const rri_training *t, rri_trained_run *out, rr_error *err)
{
    rr_run *run = t->record ? t->session->run : NULL;
    course c = { .t = t };
    rr_status st = RR_OK;

    if (out != NULL)
        *out = (rri_trained_run){ .kept = NULL };
    RRI_TRY(begin(&c, err));
    if (run != NULL)
        RRI_TRY(resume(&c, run, err));
    if (run != NULL && rr_run_settings_of(run).checkpoints && rr_trainer_epoch(c.trainer) == 0)
        RRI_TRY(rr_run_checkpoint(run, c.trainer, err));
    while (!finished(&c)) {
        rr_run_epoch e;
        RRI_TRY(train_epoch(&c, &e, err));
        RRI_TRY(measure(t, RR_SPLIT_DEV, &e.dev_accuracy, err));
        RRI_TRY(measure(t, RR_SPLIT_TEST, &e.test_accuracy, err));
        if (run != NULL)
            RRI_TRY(record(&c, run, &e, err));
        show_epoch(&t->session->callbacks, &e);
    }
    if (out != NULL) {
        out->updates = c.updates;
        if (c.watch != NULL) {
            out->seen = rri_watch_seen(c.watch);
            out->kept = rri_watch_take(c.watch);
        }
    }

done:
    rri_watch_free(c.watch);
    rr_trainer_free(c.trainer);
    return st;
}

rr_status rri_session_begin(rr_session *s, rr_network **out, rr_error *err)
{
    const rr_status st = rr_run_begin(s->run, s->vectors, out, err);

    if (st == RR_ERR_IO && s->vectors == NULL && rr_run_settings_of(s->run).vectors != NULL &&
        err != NULL) {
        const size_t n = strlen(err->msg);
        (void)rri_snprintf(err->msg + n, sizeof err->msg - n,
                           "; if the word vectors were moved, use --vectors FILE");
    }
    return st;
}

/* Say what can be done about a training that diverged: resumed, it would again. A new run that has
 * no finished epoch holds nothing, and is removed. */
static void end_diverged(const rr_session *s, rr_error *err)
{
    const char *dir = rr_run_dir(s->run);
    size_t epochs = 0;

    (void)rr_run_history(s->run, &epochs);
    const bool removed = epochs == 0 && s->created;
    if (removed)
        rri_run_remove(s->run);
    if (err == NULL)
        return;
    const size_t n = strlen(err->msg);
    const size_t most = sizeof err->msg - n;
    const char *how = strstr(err->msg, "learning rate") != NULL
                          ? ""
                          : " with a smaller learning rate or a clip norm";
    if (removed)
        (void)rri_snprintf(err->msg + n, most, "; nothing was kept of %s: begin anew%s", dir, how);
    else
        (void)rri_snprintf(err->msg + n, most,
                           "; resumed, %s (%zu finished epoch%s) diverges again: train another "
                           "run%s",
                           dir, epochs, epochs == 1 ? "" : "s", how);
}

rr_status rr_session_train(rr_session *s, const rr_train_options *options, rr_error *err)
{
    rri_training t = { .session = s, .record = true, .measure = true };
    rri_trained_run result = { .kept = NULL };
    rr_guard guard;
    rr_network *net = s->start;
    rr_status st = rri_session_needs_network(s, "training", NULL, err);

    if (st == RR_OK && rr_run_settings_of(s->run).certificate_hash != NULL)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: its output layer was repaired, with a certificate of these weights; to "
                      "train on, repair it into another run",
                      rr_run_dir(s->run));
    const rr_train_config plan = rr_run_settings_of(s->run).train;
    if (st == RR_OK && options != NULL && options->epochs > 0 && plan.average &&
        options->epochs != plan.epochs)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: its model is the mean of the weights in its last epoch, %zu, so that it "
                      "cannot have %zu; train on by repairing it into another run",
                      rr_run_dir(s->run), plan.epochs, options->epochs);
    if (st == RR_OK)
        st = rri_run_lock(s->run, err);
    if (st != RR_OK)
        return st;
    s->start = NULL; /* its weights change now */
    if (options != NULL && options->epochs > 0)
        RRI_TRY(rr_run_extend(s->run, options->epochs, err));
    t.config = rr_run_settings_of(s->run).train;
    t.config.threads = s->threads;
    RRI_TRY(rri_session_load_splits(s, err));
    if (net == NULL)
        RRI_TRY(rri_session_begin(s, &net, err));
    rri_session_forget_model(s);
    t.net = net;
    t.guard = rri_session_guard(s, &guard);
    st = rri_train(&t, &result, err);
    if (st == RR_ERR_NUMERIC)
        end_diverged(s, err);
    RRI_TRY(st);
    size_t epochs = 0;
    (void)rr_run_history(s->run, &epochs);
    if (result.kept != NULL) { /* the file holds those */
        s->net = result.kept;
        result.kept = NULL;
    } else if (rr_run_model_epoch(s->run) == epochs) { /* the file holds these weights */
        s->net = net;
        net = NULL;
    }

done:
    rri_run_unlock(s->run);
    rri_run_unlock(s->run); /* what creating it took */
    rr_network_free(result.kept);
    rr_network_free(net);
    return st;
}
