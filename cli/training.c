/* SPDX-License-Identifier: MIT */
/* training.c - the training loop shared by train, repair and verify.
 *
 * One step is one batch. After the last batch of an epoch the dev and test splits are measured
 * and the epoch is recorded in the run directory; an interruption is looked for between batches,
 * so that what lies on disk is always a finished epoch. The seconds of an epoch count its batches
 * alone, neither the measuring nor the writing. */
#include "training.h"

#include "kit/progress.h"

#include <stdlib.h>

/* ---- the table of epochs -------------------------------------------------------------------- */

static void print_share(FILE *f, double share)
{
    if (share >= 0.0)
        fprintf(f, "  %8.2f", 100.0 * share);
    else
        fprintf(f, "  %8s", "-");
}

static void print_epoch(FILE *f, const rr_run_epoch *e)
{
    fprintf(f, "%5zu  %8.4f", e->epoch, e->loss);
    print_share(f, e->train_accuracy);
    print_share(f, e->dev_accuracy);
    print_share(f, e->test_accuracy);
    fprintf(f, "  %8.2f  %11.0f\n", e->seconds, e->sequences_per_second);
    fflush(f);
}

static void print_header(FILE *f)
{
    fprintf(f, "%5s  %8s  %8s  %8s  %8s  %8s  %11s\n", "epoch", "loss", "train %", "dev %",
            "test %", "seconds", "sequences/s");
}

void cli_print_history(FILE *f, const rr_run_epoch *rows, size_t n)
{
    if (n > 0)
        print_header(f);
    for (size_t i = 0; i < n; i++)
        print_epoch(f, &rows[i]);
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Accuracy on a split, -1 where there is none. */
static rr_status measure(const cli_training *t, rr_split split, double *out, rr_error *err)
{
    const rr_dataset *ds = t->splits->of[split];
    uint32_t *prediction = NULL;
    *out = -1.0;
    if (ds == NULL)
        return RR_OK;
    const rr_status st = cli_predict(t->net, ds, t->config.threads, &prediction, NULL, err);
    if (st == RR_OK)
        *out = cli_accuracy(ds, prediction);
    rri_free(prediction);
    return st;
}

/* The batches of one epoch; the figures it gives are put into *e. */
static rr_status train_epoch(const cli_training *t, rr_trainer *trainer, rr_run_epoch *e,
                             int *interrupted, rr_error *err)
{
    rr_train_progress at = { .epoch_done = 0 };
    rr_status st = RR_OK;
    char what[64];

    const size_t total = rr_dataset_count(t->splits->of[RR_SPLIT_TRAIN]);
    snprintf(what, sizeof what, "epoch %zu/%zu", rr_trainer_epoch(trainer) + 1, t->config.epochs);
    cli_progress bar = cli_progress_begin(t->common, what, "sequences", 0);
    const double start = rri_seconds();
    while (!at.epoch_done && !cli_interrupted()) {
        RRI_TRY(rr_trainer_step(trainer, &at, err));
        cli_progress_show(&bar, at.sequences, total, "loss %.4f  %.1f %% right", at.loss,
                          100.0 * at.accuracy);
    }
    *interrupted = !at.epoch_done;
    *e = (rr_run_epoch){ .epoch = at.epoch, .loss = at.loss, .train_accuracy = at.accuracy };
    e->seconds = rri_seconds() - start;
    e->sequences_per_second = e->seconds > 0.0 ? (double)at.sequences / e->seconds : 0.0;

done:
    cli_progress_clear(&bar);
    return st;
}

static int finished(const cli_training *t, const rr_trainer *trainer)
{
    return rr_trainer_finished(trainer) ||
           (t->stop_after > 0 && rr_trainer_epoch(trainer) >= t->stop_after);
}

rr_status cli_train(const cli_training *t, int *interrupted, rr_error *err)
{
    rr_trainer *trainer = NULL;
    rr_status st = RR_OK;

    *interrupted = 0;
    RRI_TRY(rr_trainer_new(&t->config, t->net, t->splits->of[RR_SPLIT_TRAIN], &trainer, err));
    if (t->run != NULL)
        RRI_TRY(rr_run_resume(t->run, trainer, err));
    if (t->run != NULL && rr_run_settings_of(t->run).checkpoints && rr_trainer_epoch(trainer) == 0)
        RRI_TRY(rr_run_checkpoint(t->run, trainer, err));
    if (t->rows != NULL && !finished(t, trainer))
        print_header(t->rows);
    while (!finished(t, trainer)) {
        rr_run_epoch e;
        RRI_TRY(train_epoch(t, trainer, &e, interrupted, err));
        if (*interrupted)
            break;
        RRI_TRY(measure(t, RR_SPLIT_DEV, &e.dev_accuracy, err));
        RRI_TRY(measure(t, RR_SPLIT_TEST, &e.test_accuracy, err));
        if (t->run != NULL)
            RRI_TRY(rr_run_record(t->run, &e, t->net, trainer, err));
        if (t->rows != NULL)
            print_epoch(t->rows, &e);
    }

done:
    rr_trainer_free(trainer);
    return st;
}

rr_status cli_train_run(const cli_common *common, rr_run *run, const cli_where *where,
                        size_t epochs, FILE *rows, int *interrupted, rr_error *err)
{
    const cli_where as_recorded = { NULL, NULL };
    cli_splits splits = { .source = NULL };
    rr_network *net = NULL;
    rr_status st = RR_OK;

    const rr_run_settings settings = rr_run_settings_of(run);
    cli_training t = { .common = common, .run = run, .config = settings.train, .rows = rows };
    t.config.epochs = epochs;
    t.config.threads = common->threads;
    if (where == NULL)
        where = &as_recorded;
    RRI_TRY(cli_splits_of_run(run, where->data, &splits, err));
    RRI_TRY(cli_begin_network(run, where->vectors, &net, err));
    t.net = net;
    t.splits = &splits;
    RRI_TRY(cli_train(&t, interrupted, err));

done:
    rr_network_free(net);
    cli_splits_free(&splits);
    return st;
}

/* ---- the document --------------------------------------------------------------------------- */

rr_status cli_training_document(cli_doc *doc, const rr_run *run, rr_error *err)
{
    size_t n = 0;
    const rr_run_epoch *rows = rr_run_history(run, &n);
    const size_t kept = rr_run_model_epoch(run);
    const rr_run_settings s = rr_run_settings_of(run);
    rr_network *net = NULL;
    char hash[65] = "";
    rr_status st = RR_OK;

    if (kept > 0) {
        RRI_TRY(cli_open_model(run, &net, err));
        RRI_TRY(rr_network_hash(net, hash, err));
    }
    json_t *epochs = cli_set_array(doc, NULL, "epochs");
    for (size_t i = 0; i < n; i++) {
        json_t *e = json_object();
        cli_set(doc, e, "epoch", cli_json_size(rows[i].epoch));
        cli_set(doc, e, "loss", cli_json_f64(rows[i].loss));
        cli_set(doc, e, "train_accuracy", cli_json_share(rows[i].train_accuracy));
        cli_set(doc, e, "dev_accuracy", cli_json_share(rows[i].dev_accuracy));
        cli_set(doc, e, "test_accuracy", cli_json_share(rows[i].test_accuracy));
        cli_set(doc, e, "seconds", cli_json_f64(rows[i].seconds));
        cli_set(doc, e, "sequences_per_second", cli_json_f64(rows[i].sequences_per_second));
        cli_append(doc, epochs, e);
    }
    /* The accuracy of the model on disk: with --keep best not that of the last epoch. */
    const double test = kept > 0 && kept <= n ? rows[kept - 1].test_accuracy : -1.0;
    cli_set(doc, NULL, "test_accuracy", cli_json_share(test));
    cli_set(doc, NULL, "model_epoch", cli_json_size(kept));
    cli_set(doc, NULL, "model_hash", cli_json_text(kept > 0 ? hash : NULL));
    cli_set(doc, NULL, "epochs_planned", cli_json_size(s.train.epochs));

done:
    rr_network_free(net);
    return st;
}
