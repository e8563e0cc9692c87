/* SPDX-License-Identifier: MIT */
/* train.c - trains a run: batches, measurement after each epoch, record of the epoch.
 *
 * One step is one batch. After the last batch of an epoch the dev and test splits are measured and
 * the epoch is recorded; cancellation is checked between batches, so the directory always holds a
 * finished epoch. The seconds of an epoch count its batches only. */
#include "workflow/workflow_internal.h"

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
    RRI_TRY(rri_predict(t->net, ds, t->config.threads, &prediction, NULL, err));
    *out = rri_accuracy(ds, prediction);

done:
    rri_free(prediction);
    return st;
}

/* Train one epoch; *e gets its loss, accuracy and times. */
static rr_status train_epoch(const rri_training *t, rr_trainer *trainer, rr_run_epoch *e,
                             rr_error *err)
{
    rr_train_progress at;
    const double start = rri_seconds();
    const rr_status st = rr_trainer_run_epoch(trainer, &t->session->callbacks, &at, err);

    if (st != RR_OK)
        return st;
    *e = (rr_run_epoch){ .epoch = at.epoch, .loss = at.loss, .train_accuracy = at.accuracy };
    e->seconds = rri_seconds() - start;
    e->sequences_per_second = e->seconds > 0.0 ? (double)at.sequences / e->seconds : 0.0;
    return RR_OK;
}

static bool finished(const rri_training *t, const rr_trainer *trainer)
{
    return rr_trainer_finished(trainer) ||
           (t->stop_after > 0 && rr_trainer_epoch(trainer) >= t->stop_after);
}

/* Report a finished epoch to the caller. */
static void show_epoch(const rr_callbacks *cb, const rr_run_epoch *e)
{
    const rr_progress at = { .unit = "", .remark = "", .epoch = e };

    if (cb->progress != NULL)
        cb->progress(cb->self, &at);
}

rr_status rri_train(const rri_training *t, rr_error *err)
{
    rr_run *run = t->record ? t->session->run : NULL;
    const rr_edits edits = rr_run_settings_of(t->session->run).edits;
    const rr_dataset *train = NULL;
    rr_trainer *trainer = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(t->session, RR_SPLIT_TRAIN, &train, err));
    RRI_TRY(rr_trainer_new(&t->config, t->net, train, &trainer, err));
    if (edits.weights != NULL) {
        assert(edits.count_weights == rr_dataset_count(train));
        RRI_TRY(rr_trainer_set_weights(trainer, edits.weights, err));
    }
    if (run != NULL)
        RRI_TRY(rr_run_resume(run, trainer, err));
    if (run != NULL && rr_run_settings_of(run).checkpoints && rr_trainer_epoch(trainer) == 0)
        RRI_TRY(rr_run_checkpoint(run, trainer, err));
    while (!finished(t, trainer)) {
        rr_run_epoch e;
        RRI_TRY(train_epoch(t, trainer, &e, err));
        RRI_TRY(measure(t, RR_SPLIT_DEV, &e.dev_accuracy, err));
        RRI_TRY(measure(t, RR_SPLIT_TEST, &e.test_accuracy, err));
        if (run != NULL)
            RRI_TRY(rr_run_record(run, &e, t->net, trainer, err));
        show_epoch(&t->session->callbacks, &e);
    }

done:
    rr_trainer_free(trainer);
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
    rr_network *net = s->start;
    rr_status st = rri_session_needs_network(s, "training", NULL, err);

    if (st == RR_OK && rr_run_settings_of(s->run).certificate_hash != NULL)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: its output layer was repaired, with a certificate of these weights; to "
                      "train on, repair it into another run",
                      rr_run_dir(s->run));
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
    st = rri_train(&t, err);
    if (st == RR_ERR_NUMERIC)
        end_diverged(s, err);
    RRI_TRY(st);
    size_t epochs = 0;
    (void)rr_run_history(s->run, &epochs);
    if (rr_run_model_epoch(s->run) == epochs) { /* the file holds these weights */
        s->net = net;
        net = NULL;
    }

done:
    rri_run_unlock(s->run);
    rri_run_unlock(s->run); /* what creating it took */
    rr_network_free(net);
    return st;
}
