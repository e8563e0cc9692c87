/* SPDX-License-Identifier: MIT */
/* verifying.c - see verifying.h. */
#include "verifying.h"

#include "building.h"
#include "kit/progress.h"
#include "training.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_check_word(rr_status st)
{
    return st == RR_OK ? "ok" : st == RR_ERR_MISMATCH ? "differs" : "failed";
}

/* Keep an outcome, and print its row of the table at once: the next check may take minutes. */
static void note(cli_verification *v, const char *name, rr_status st, const char *detail)
{
    cli_check *c = &v->checks[v->n++];
    c->name = name;
    c->status = st;
    snprintf(c->detail, sizeof c->detail, "%s", detail);
    if (v->common->json)
        return;
    printf(detail[0] != '\0' ? "%-10s  %-7s  %s\n" : "%-10s  %s\n", name, cli_check_word(st),
           detail);
    fflush(stdout);
}

/* ---- what is read --------------------------------------------------------------------------- */

void cli_check_data(cli_verification *v)
{
    const rr_run_settings s = rr_run_settings_of(v->run);
    rr_error err = { RR_OK, -1, "" };
    rr_status st = RR_OK;
    for (int i = 0; i < 3 && st == RR_OK; i++) {
        rr_dataset *ds = NULL;
        if (s.splits[i].count == 0)
            continue;
        st = cli_run_dataset(v->run, (rr_split)i, v->data, &ds, &err);
        if (i == RR_SPLIT_TRAIN)
            v->train = ds;
        else
            rr_dataset_free(ds);
    }
    note(v, "data", st, err.msg);
}

void cli_check_model(cli_verification *v)
{
    rr_error err = { RR_OK, -1, "" };
    const rr_status st = cli_open_model(v->run, &v->net, &err);
    note(v, "model", st, err.msg);
}

void cli_check_influence(cli_verification *v)
{
    rr_error err = { RR_OK, -1, "" };
    if (v->net == NULL || cli_run_has(v->run, RR_RUN_INFLUENCE) == 0)
        return;
    const rr_status st = rr_run_influence(v->run, v->net, &v->inf, &err);
    note(v, "influence", st, err.msg);
}

/* ---- what is derived again ------------------------------------------------------------------ */

/* Compare two files; *at is the first byte that differs, or -1. */
static rr_status compare_files(const char *a, const char *b, long long *at, rr_error *err)
{
    FILE *fa = fopen(a, "rb");
    FILE *fb = fopen(b, "rb");
    rr_status st = RR_OK;
    *at = -1;
    if (fa == NULL || fb == NULL) {
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be read: %s", fa == NULL ? a : b,
                      strerror(errno));
        goto done;
    }
    int ca = 0, cb = 0;
    for (long long i = 0; ca != EOF && *at < 0; i++) {
        ca = getc(fa);
        cb = getc(fb);
        if (ca != cb)
            *at = i;
    }
    if (ferror(fa) || ferror(fb))
        st = rri_fail(err, RR_ERR_IO, -1, "%s or %s: cannot be read whole", a, b);

done:
    if (fb != NULL)
        (void)fclose(fb);
    if (fa != NULL)
        (void)fclose(fa);
    return st;
}

/* Build with the recorded configuration into `again` and compare with the run's file. */
static rr_status rebuild_into(cli_verification *v, const char *again, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_of(v->inf);
    rr_influence *inf = NULL;
    char *path = NULL;
    long long at = -1;
    rr_status st = RR_OK;

    cfg.threads = v->common->threads;
    RRI_TRY(rr_run_path(v->run, RR_RUN_INFLUENCE, &path, err));
    RRI_TRY(cli_build(v->common, &cfg, v->net, v->train, &inf, &v->interrupted, err));
    if (v->interrupted)
        goto done;
    RRI_TRY(cli_save_influence(v->run, v->net, inf, again, err));
    RRI_TRY(compare_files(path, again, &at, err));
    if (at >= 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "%s: built again, byte %lld differs", path, at);

done:
    rr_string_free(path);
    rr_influence_free(inf);
    return st;
}

void cli_check_rebuild(cli_verification *v)
{
    const char *root = getenv("TMPDIR");
    rr_error err = { RR_OK, -1, "" };
    char *dir = NULL, *again = NULL;
    rr_status st = RR_OK;

    if (v->inf == NULL || v->train == NULL)
        return;
    RRI_TRY(rri_format(&dir, &err, "%s/rnnrepair-XXXXXX",
                       root != NULL && root[0] != '\0' ? root : "/tmp"));
    if (mkdtemp(dir) == NULL)
        RRI_TRY(rri_fail(&err, RR_ERR_IO, -1, "%s: no folder for a temporary file: %s", dir,
                         strerror(errno)));
    st = rri_format(&again, &err, "%s/influence", dir);
    if (st == RR_OK)
        st = rebuild_into(v, again, &err);
    if (again != NULL)
        (void)unlink(again);
    (void)rmdir(dir);

done:
    if (!v->interrupted)
        note(v, "rebuild", st, err.msg);
    rri_free(again);
    rri_free(dir);
}

static rr_status retrain(cli_verification *v, rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(v->run);
    const size_t kept = rr_run_model_epoch(v->run);
    /* Only the training split: what is measured does not change the weights. */
    const cli_splits splits = { .of = { v->train, NULL, NULL } };
    rr_network *net = NULL;
    char had[65], got[65];
    rr_status st = RR_OK;

    RRI_TRY(cli_begin_network(v->run, v->vectors, &net, err));
    cli_training t = { .common = v->common, .config = s.train, .net = net, .splits = &splits };
    t.config.threads = v->common->threads;
    t.stop_after = kept;
    t.rows = v->common->quiet ? NULL : stderr;
    RRI_TRY(cli_train(&t, &v->interrupted, err));
    if (v->interrupted)
        goto done;
    RRI_TRY(rr_network_hash(v->net, had, err));
    RRI_TRY(rr_network_hash(net, got, err));
    if (strcmp(had, got) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "trained again to epoch %zu, the model is %.12s, not %.12s", kept, got, had);

done:
    rr_network_free(net);
    return st;
}

void cli_check_training(cli_verification *v)
{
    rr_error err = { RR_OK, -1, "" };
    if (v->net == NULL || v->train == NULL)
        return;
    const rr_status st = retrain(v, &err);
    if (!v->interrupted)
        note(v, "training", st, err.msg);
}
