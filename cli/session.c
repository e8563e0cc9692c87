/* SPDX-License-Identifier: MIT */
/* session.c - opening what a run holds, with errors that say what to do. See training.h. */
#include "training.h"

#include "kit/options.h"
#include "kit/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rr_status cli_open_run(const char *dir, rr_run **out, rr_error *err)
{
    struct stat info;
    *out = NULL;
    if (stat(dir, &info) != 0)
        return rri_fail(err, RR_ERR_IO, -1,
                        "%s: no run directory there (%s); rnnrepair train makes one", dir,
                        strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return rri_fail(err, RR_ERR_IO, -1, "%s: a file, not a run directory", dir);
    return rr_run_open(dir, out, err);
}

int cli_run_has(const rr_run *run, const char *name)
{
    char *path = NULL;
    if (rr_run_path(run, name, &path, NULL) != RR_OK)
        return -1;
    const int has = access(path, F_OK) == 0;
    rr_string_free(path);
    return has;
}

rr_status cli_open_model(const rr_run *run, rr_network **out, rr_error *err)
{
    *out = NULL;
    if (rr_run_model_epoch(run) == 0)
        return rri_fail(err, RR_ERR_IO, -1,
                        "%s: no epoch is finished yet; go on with rnnrepair train %s --resume",
                        rr_run_dir(run), rr_run_dir(run));
    return rr_run_network(run, out, err);
}

rr_status cli_open_influence(const rr_run *run, const rr_network *net, rr_influence **out,
                             rr_error *err)
{
    *out = NULL;
    if (cli_run_has(run, RR_RUN_INFLUENCE) == 0)
        return rri_fail(err, RR_ERR_IO, -1,
                        "%s: no influence model yet; make it with rnnrepair build %s",
                        rr_run_dir(run), rr_run_dir(run));
    return rr_run_influence(run, net, out, err);
}

/* Data that are not where they were: say what helps. */
static rr_status hint_at_data(rr_status st, const char *data, rr_error *err)
{
    const size_t n = strlen(err->msg);
    if (st == RR_ERR_IO && data == NULL)
        snprintf(err->msg + n, sizeof err->msg - n, "; if the data were moved, say --data SPEC");
    return st;
}

rr_status cli_run_dataset(const rr_run *run, rr_split split, const char *data, rr_dataset **out,
                          rr_error *err)
{
    return hint_at_data(rr_run_dataset(run, split, data, out, err), data, err);
}

rr_status cli_run_sequences(const rr_run *run, rr_split split, const char *data,
                            const size_t *which, size_t n, rr_dataset **out, rr_error *err)
{
    return hint_at_data(rr_run_sequences(run, split, data, which, n, out, err), data, err);
}

rr_status cli_say_classes(const cli_common *common, const rr_dataset *train, size_t classes,
                          rr_error *err)
{
    unsigned char *seen = NULL;
    size_t absent = classes;
    const rr_status st = rri_alloc(&seen, classes, 1, 1, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const uint32_t label = rr_dataset_at(train, i).label;
        absent -= seen[label] == 0;
        seen[label] = 1;
    }
    if (classes < 2)
        cli_say(common, "note: there is only one class: nothing can be told apart");
    if (absent > 0)
        cli_say(common, "note: %zu of the %zu classes have no training sequence", absent, classes);
    rri_free(seen);
    return RR_OK;
}

/* ---- classes -------------------------------------------------------------------------------- */

static int is_number(const char *name)
{
    return name[strspn(name, "+-.0123456789")] == '\0' && strpbrk(name, "0123456789") != NULL;
}

rr_status cli_class_number(const rr_dataset *ds, const char *name, uint32_t *out, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    char list[160] = "";
    size_t n = 0;
    int by_number = '0' <= name[0] && name[0] <= '9';
    for (size_t c = 0; c < C; c++) {
        const char *is = rr_dataset_class_name(ds, c);
        if (strcmp(is, name) == 0) {
            *out = (uint32_t)c;
            return RR_OK;
        }
        by_number &= !is_number(is);
        if (n < sizeof list)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", c > 0 ? ", " : "", is);
    }
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(name, &end, 10);
    if (!by_number || *end != '\0' || errno != 0 || number >= C)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no class \"%s\"; there are %s", name, list);
    *out = (uint32_t)number;
    return RR_OK;
}

/* ---- splits --------------------------------------------------------------------------------- */

rr_status cli_splits_load(const char *spec, cli_splits *out, rr_error *err)
{
    cli_splits s = { .source = NULL };
    rr_status st = RR_OK;

    *out = s;
    RRI_TRY(rr_source_open(spec, NULL, &s.source, err));
    for (int i = 0; i < 3; i++) /* there must be train */
        if (i == RR_SPLIT_TRAIN || rr_source_has(s.source, (rr_split)i))
            RRI_TRY(rr_source_split(s.source, (rr_split)i, &s.of[i], err));
    *out = s;
    s = (cli_splits){ .source = NULL };

done:
    cli_splits_free(&s);
    return st;
}

rr_status cli_splits_of_run(const rr_run *run, const char *data, cli_splits *out, rr_error *err)
{
    const rr_run_settings settings = rr_run_settings_of(run);
    cli_splits s = { .source = NULL };
    rr_status st = RR_OK;

    *out = s;
    for (int i = 0; i < 3; i++)
        if (settings.splits[i].count > 0)
            RRI_TRY(cli_run_dataset(run, (rr_split)i, data, &s.of[i], err));
    *out = s;
    s = (cli_splits){ .source = NULL };

done:
    cli_splits_free(&s);
    return st;
}

void cli_splits_record(const cli_splits *splits, rr_run_split out[3])
{
    for (int i = 0; i < 3; i++)
        if (splits->of[i] != NULL) {
            out[i].count = rr_dataset_count(splits->of[i]);
            snprintf(out[i].hash, sizeof out[i].hash, "%s", rr_dataset_hash(splits->of[i]));
            snprintf(out[i].files_hash, sizeof out[i].files_hash, "%s",
                     rr_dataset_files_hash(splits->of[i]));
        }
}

void cli_splits_free(cli_splits *splits)
{
    for (int i = 0; i < 3; i++) {
        rr_dataset_free(splits->of[i]);
        splits->of[i] = NULL;
    }
    rr_source_close(splits->source);
    splits->source = NULL;
}

/* ---- predictions ---------------------------------------------------------------------------- */

rr_status cli_predict(const rr_network *net, const rr_dataset *ds, size_t threads,
                      uint32_t **prediction, float **probability, rr_error *err)
{
    const size_t n = rr_dataset_count(ds);
    uint32_t *y = NULL;
    float *p = NULL;
    rr_status st = RR_OK;

    *prediction = NULL;
    if (probability != NULL)
        *probability = NULL;
    RRI_TRY(rri_alloc(&y, n, 1, sizeof *y, err));
    if (probability != NULL)
        RRI_TRY(rri_alloc(&p, n, 1, sizeof *p, err));
    RRI_TRY(rr_network_predict(net, ds, threads, y, p, err));
    *prediction = y;
    y = NULL;
    if (probability != NULL) {
        *probability = p;
        p = NULL;
    }

done:
    rri_free(p);
    rri_free(y);
    return st;
}

rr_status cli_predict_run(const rr_run *run, const rr_dataset *ds, size_t threads,
                          uint32_t **prediction, rr_error *err)
{
    rr_network *net = NULL;
    *prediction = NULL;
    rr_status st = cli_open_model(run, &net, err);
    if (st == RR_OK)
        st = cli_predict(net, ds, threads, prediction, NULL, err);
    rr_network_free(net);
    return st;
}

double cli_accuracy(const rr_dataset *ds, const uint32_t *prediction)
{
    const size_t n = rr_dataset_count(ds);
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        right += prediction[i] == rr_dataset_at(ds, i).label;
    return n > 0 ? (double)right / (double)n : 0.0;
}

/* ---- networks ------------------------------------------------------------------------------- */

rr_status cli_begin_network(const rr_run *run, const char *vectors, rr_network **out, rr_error *err)
{
    const rr_status st = rr_run_begin(run, vectors, out, err);
    const size_t n = strlen(err->msg);
    if (st == RR_ERR_IO && vectors == NULL && rr_run_settings_of(run).vectors != NULL)
        snprintf(err->msg + n, sizeof err->msg - n,
                 "; if the word vectors were moved, say --vectors FILE");
    return st;
}

rr_status cli_refuse_idle_vectors(const cli_common *common, const rr_run *run, rr_error *err)
{
    if (rr_run_settings_of(run).vectors != NULL)
        return RR_OK;
    return cli_refuse_given(common, "vectors", "a run that names no file of word vectors", err);
}

rr_status cli_absolute(const char *path, char **out, rr_error *err)
{
    char here[4096];
    if (path[0] == '/')
        return rri_format(out, err, "%s", path);
    if (getcwd(here, sizeof here) == NULL)
        return rri_fail(err, RR_ERR_IO, -1, "the working directory has no name: %s",
                        strerror(errno));
    return rri_format(out, err, "%s/%s", here, path);
}
