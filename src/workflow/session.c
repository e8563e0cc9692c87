/* SPDX-License-Identifier: MIT */
/* session.c - an open run directory: each part is loaded once, when it is first needed. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/io.h"
#include "network/network_internal.h"
#include "run/run_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------------------- */

rr_session_config rr_session_config_default(void)
{
    return (rr_session_config){ .struct_size = sizeof(rr_session_config), .threads = 0 };
}

rr_status rri_session_new(rr_run *run, const rr_session_config *cfg, rr_session **out,
                          rr_error *err)
{
    rr_session *s = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    if (cfg != NULL) {
        s->threads = cfg->threads;
        s->callbacks = cfg->callbacks;
        if (cfg->data != NULL)
            RRI_TRY(rri_strdup(cfg->data, &s->data, err));
        if (cfg->vectors != NULL)
            RRI_TRY(rri_strdup(cfg->vectors, &s->vectors, err));
    }
    s->run = run;
    *out = s;
    s = NULL;

done:
    rr_session_close(s);
    return st;
}

rr_status rr_session_open(const char *dir, const rr_session_config *cfg, rr_session **out,
                          rr_error *err)
{
    rr_session_config own = rr_session_config_default();
    char reason[128];
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg != NULL)
        RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_session_config", err));
    if (!rri_path_reach(dir, reason))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s: no run directory there (%s); rnnrepair train makes one", dir,
                         reason));
    if (!rri_is_folder(dir))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s: a file, not a run directory", dir));
    RRI_TRY(rr_run_open(dir, &run, err));
    RRI_TRY(rri_session_new(run, &own, out, err));
    run = NULL;

done:
    rr_run_free(run);
    return st;
}

void rri_session_forget_predictions(rr_session *s, rr_split split)
{
    rri_free(s->predictions[split]);
    rri_free(s->probabilities[split]);
    rri_free(s->step_predictions[split]);
    rri_free(s->step_probabilities[split]);
    s->predictions[split] = NULL;
    s->probabilities[split] = NULL;
    s->step_predictions[split] = NULL;
    s->step_probabilities[split] = NULL;
    rri_free(s->said[split].prediction);
    rri_free(s->said[split].all);
    s->said[split] = (rri_said){ NULL, NULL };
    rr_traces_free(s->traces[split]);
    s->traces[split] = NULL;
    rri_free(s->novelty[split]);
    s->novelty[split] = NULL;
}

void rri_session_set_influence(rr_session *s, rr_influence *inf)
{
    for (int i = 0; i < RRI_SESSION_SPLITS; i++) {
        rr_traces_free(s->traces[i]);
        s->traces[i] = NULL;
        rri_free(s->novelty[i]);
        s->novelty[i] = NULL;
    }
    rr_influence_free(s->influence);
    s->influence = inf;
}

void rri_session_forget_model(rr_session *s)
{
    rri_session_set_influence(s, NULL);
    rr_network_free(s->net);
    s->net = NULL;
    for (int i = 0; i < RRI_SESSION_SPLITS; i++)
        rri_session_forget_predictions(s, (rr_split)i);
}

void rr_session_close(rr_session *s)
{
    if (s == NULL)
        return;
    rri_session_forget_model(s);
    rr_network_free(s->start);
    for (int i = 0; i < RRI_SESSION_SPLITS; i++)
        rr_dataset_free(s->splits[i]);
    rr_run_free(s->run);
    rri_free(s->data);
    rri_free(s->vectors);
    rri_free(s->other);
    rri_numbers_clear(&s->numbers);
    rri_free(s);
}

const rr_run *rr_session_run(const rr_session *s)
{
    return s->run;
}

size_t rr_session_threads(const rr_session *s)
{
    return s->threads;
}

/* ---- models --------------------------------------------------------------------------------- */

rr_status rr_session_network(rr_session *s, const rr_network **out, rr_error *err)
{
    const char *dir = rr_run_dir(s->run);
    rr_status st = RR_OK;

    *out = NULL;
    if (rri_session_foreign(s))
        return rri_session_needs_network(s, "this", NULL, err);
    if (!rr_run_has_model(s->run))
        return rri_fail(err, RR_ERR_IO, -1,
                        "%s: no epoch is finished yet; resume with rnnrepair train %s --resume",
                        dir, dir);
    if (s->net == NULL)
        RRI_TRY(rr_run_network(s->run, &s->net, err));
    *out = s->net;

done:
    return st;
}

int rr_session_has_influence(const rr_session *s)
{
    char *path = NULL;
    const int has =
        rr_run_path(s->run, RR_RUN_INFLUENCE, &path, NULL) == RR_OK && rri_file_exists(path);

    rri_free(path);
    return has;
}

rr_status rr_session_influence(rr_session *s, const rr_influence **out, rr_error *err)
{
    const char *dir = rr_run_dir(s->run);
    const rr_network *net = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_run_path(s->run, RR_RUN_INFLUENCE, &path, err));
    if (s->influence == NULL && !rri_file_exists(path))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s: no influence model yet; make it with rnnrepair build %s", dir, dir));
    if (s->influence == NULL)
        RRI_TRY(rr_run_influence(s->run, net, &s->influence, err));
    *out = s->influence;

done:
    rri_free(path);
    return st;
}

/* ---- what is written ------------------------------------------------------------------------ */

rr_status rr_session_check_output(const rr_session *s, const char *path, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    const char *const data[] = { run.data, s->data };
    const char *const vectors[] = { run.vectors, s->vectors };
    char what[64];
    char *own = NULL;
    rr_status st = RR_OK;

    for (int i = 0; i < 2; i++) {
        if (data[i] != NULL)
            RRI_TRY(rri_source_check_output(data[i], "the run's data", path, err));
        if (vectors[i] != NULL)
            RRI_TRY(rri_check_output(path, vectors[i], "the run's word vectors", err));
    }
    if (s->other != NULL)
        RRI_TRY(rri_source_check_output(s->other, "the other data", path, err));
    for (size_t i = 0; rri_run_file(i) != NULL; i++) {
        RRI_TRY(rr_run_path(s->run, rri_run_file(i), &own, err));
        (void)rri_snprintf(what, sizeof what, "the run's %s", rri_run_file(i));
        RRI_TRY(rri_check_output(path, own, what, err));
        rri_free(own);
        own = NULL;
    }

done:
    rri_free(own);
    return st;
}

rr_status rri_check_new_run(const char *dir, const char *spec, const char *const *files, size_t n,
                            rr_error *err)
{
    char *own = NULL;
    rr_status st = RR_OK;

    for (size_t i = 0; rri_run_file(i) != NULL; i++) {
        RRI_TRY(rri_path_join(dir, rri_run_file(i), &own, err));
        RRI_TRY(rri_source_check_output(spec, "read as data", own, err));
        for (size_t k = 0; k < n; k++)
            if (files[k] != NULL)
                RRI_TRY(rri_check_output(own, files[k], "read for the run", err));
        rri_free(own);
        own = NULL;
    }

done:
    rri_free(own);
    return st;
}

/* ---- data ----------------------------------------------------------------------------------- */

/* Add a hint to the error of data that are not found. */
static rr_status hint_at_data(const rr_session *s, rr_status st, rr_error *err)
{
    if (st == RR_ERR_IO && s->data == NULL && err != NULL) {
        const size_t n = strlen(err->msg);
        (void)rri_snprintf(err->msg + n, sizeof err->msg - n,
                           "; if the data were moved, use --data SPEC");
    }
    return st;
}

int rr_session_has_split(const rr_session *s, rr_split split)
{
    if (split == RR_SPLIT_OTHER)
        return s->splits[split] != NULL;
    return (unsigned)split <= RR_SPLIT_TEST && rr_run_settings_of(s->run).splits[split].count > 0;
}

const char *rri_split_title(rr_split split)
{
    static const char *const title[] = { "the train split", "the dev split", "the test split",
                                         "the other data" };

    return (unsigned)split < RRI_SESSION_SPLITS ? title[split] : "no split";
}

rr_status rri_session_needs_split(rr_session *s, int split, rr_error *err)
{
    const rr_dataset *ds = NULL;

    if ((unsigned)split >= RRI_SESSION_SPLITS)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is the number of no split", split);
    if (rr_session_has_split(s, (rr_split)split))
        return RR_OK;
    return rr_session_split(s, (rr_split)split, &ds, err); /* which says what there is */
}

int rri_session_split_or_default(const rr_session *s, int split)
{
    if (split >= 0)
        return split;
    return rr_session_has_split(s, RR_SPLIT_TEST)  ? RR_SPLIT_TEST
           : rr_session_has_split(s, RR_SPLIT_DEV) ? RR_SPLIT_DEV
                                                   : RR_SPLIT_TRAIN;
}

const rr_dataset *rri_session_loaded(const rr_session *s, rr_split split)
{
    return (unsigned)split < RRI_SESSION_SPLITS ? s->splits[split] : NULL;
}

rr_status rr_session_split(rr_session *s, rr_split split, const rr_dataset **out, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = rri_session_loaded(s, split);
    if (*out != NULL)
        return RR_OK;
    if (split == RR_SPLIT_OTHER)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "no other data than the run's are open"));
    RRI_TRY(hint_at_data(s, rr_run_dataset(s->run, split, s->data, &ds, err), err));
    s->splits[split] = ds;
    *out = ds;

done:
    return st;
}

rr_status rri_session_load_splits(rr_session *s, rr_error *err)
{
    rr_status st = RR_OK;

    for (int i = 0; i < 3 && st == RR_OK; i++) {
        const rr_dataset *ds = NULL;
        if (rr_session_has_split(s, (rr_split)i))
            st = rr_session_split(s, (rr_split)i, &ds, err);
    }
    return st;
}

rr_status rr_session_sequences(rr_session *s, rr_split split, const size_t *which, size_t n,
                               rr_dataset **out, rr_error *err)
{
    const rr_dataset *loaded = rri_session_loaded(s, split);

    if (loaded != NULL)
        return rr_dataset_select(loaded, which, n, out, err);
    return hint_at_data(s, rr_run_sequences(s->run, split, s->data, which, n, out, err), err);
}

/* ---- predictions ---------------------------------------------------------------------------- */

rr_status rri_predict(const rr_network *net, const rr_dataset *ds, size_t threads,
                      const rr_callbacks *callbacks, uint32_t **prediction, float **probability,
                      rr_error *err)
{
    const size_t n = rr_dataset_count(ds);
    rri_last_outputs to = { .prediction = NULL };
    rr_status st = RR_OK;

    *prediction = NULL;
    RRI_TRY(rri_alloc(&to.prediction, n, 1, sizeof *to.prediction, err));
    if (probability != NULL)
        RRI_TRY(rri_alloc(&to.probability, n, 1, sizeof *to.probability, err));
    RRI_TRY(rri_network_last(net, ds, threads, callbacks, &to, err));
    *prediction = to.prediction;
    if (probability != NULL)
        *probability = to.probability;
    to = (rri_last_outputs){ .prediction = NULL };

done:
    rri_free(to.probability);
    rri_free(to.prediction);
    return st;
}

bool rri_session_by_steps(const rr_session *s)
{
    return rr_run_settings_of(s->run).network.output == RR_OUTPUT_STEP;
}

rr_status rri_session_needs_sequences(const rr_session *s, const char *what, const char *instead,
                                      rr_error *err)
{
    if (!rri_session_by_steps(s))
        return RR_OK;
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "%s has an output at every step, and %s the one label of a sequence: %s",
                    rr_run_dir(s->run), what, instead);
}

double rri_accuracy(const rr_dataset *ds, const uint32_t *prediction)
{
    const size_t n = rr_dataset_count(ds);
    size_t correct = 0;

    for (size_t i = 0; i < n; i++)
        correct += prediction[i] == rr_dataset_at(ds, i).label;
    return n > 0 ? (double)correct / (double)n : 0.0;
}

rr_predictions rri_predictions_of(const rr_dataset *ds, const uint32_t *prediction,
                                  const float *probability)
{
    rr_predictions p = { .ds = ds,
                         .prediction = prediction,
                         .probability = probability,
                         .accuracy = -1.0,
                         .step_accuracy = -1.0 };

    if (!rr_dataset_labelled(ds))
        return p;
    p.accuracy = rri_accuracy(ds, prediction);
    for (size_t i = 0; i < rr_dataset_count(ds); i++)
        p.errors += prediction[i] != rr_dataset_at(ds, i).label;
    return p;
}

static rr_status predict(rr_session *s, rr_split split, const rr_dataset *ds, rr_error *err)
{
    uint32_t **prediction = &s->predictions[split];
    float **probability = &s->probabilities[split];

    if (rri_session_foreign(s))
        return rri_session_answers(s, split, rr_dataset_count(ds), prediction, probability, err);
    return rri_predict(s->net, ds, s->threads, &s->callbacks, prediction, probability, err);
}

rr_status rri_session_keep_answers(rr_session *s, rr_split split, size_t N,
                                   const uint32_t *prediction, const float *probability,
                                   rr_error *err)
{
    uint32_t *y = NULL;
    float *p = NULL;
    rr_status st = RR_OK;

    if (s->predictions[split] != NULL || rri_session_by_steps(s))
        return RR_OK;
    RRI_TRY(rri_alloc(&y, N, 1, sizeof *y, err));
    RRI_TRY(rri_alloc(&p, N, 1, sizeof *p, err));
    memcpy(y, prediction, N * sizeof *y);
    memcpy(p, probability, N * sizeof *p);
    s->predictions[split] = y;
    s->probabilities[split] = p;
    y = NULL;
    p = NULL;

done:
    rri_free(p);
    rri_free(y);
    return st;
}

rr_status rr_session_predict(rr_session *s, rr_split split, rr_predictions *out, rr_error *err)
{
    const rr_network *net = NULL;
    const rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_split(s, split, &ds, err));
    if (s->predictions[split] == NULL)
        RRI_TRY(predict(s, split, ds, err));
    *out = rri_predictions_of(ds, s->predictions[split], s->probabilities[split]);
    RRI_TRY(rri_add_steps(s, split, out, err));

done:
    return st;
}

/* ---- classes -------------------------------------------------------------------------------- */

static bool is_number(const char *name)
{
    return name[strspn(name, "+-.0123456789")] == '\0' && strpbrk(name, "0123456789") != NULL;
}

rr_status rr_dataset_class(const rr_dataset *ds, const char *name, uint32_t *out, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    char list[160] = "";
    size_t n = 0;
    size_t number = 0;
    bool by_number = '0' <= name[0] && name[0] <= '9';

    for (size_t c = 0; c < C; c++) {
        const char *is = rr_dataset_class_name(ds, c);
        if (strcmp(is, name) == 0) {
            *out = (uint32_t)c;
            return RR_OK;
        }
        by_number = by_number && !is_number(is);
        if (n < sizeof list)
            n += (size_t)rri_snprintf(list + n, sizeof list - n, "%s%s", c > 0 ? ", " : "", is);
    }
    if (!by_number || !rri_parse_size(name, &number) || number >= C)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no class \"%s\"; there are %s", name, list);
    *out = (uint32_t)number;
    return RR_OK;
}
