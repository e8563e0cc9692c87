/* SPDX-License-Identifier: MIT */
/* repairing.c - see repairing.h. */
#include "repairing.h"

#include "progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

rr_status cli_patient_open(const cli_common *common, const char *dir, const char *data,
                           rr_split split, cli_patient *out, rr_error *err)
{
    cli_patient p = { .run = NULL };
    rr_status st = RR_OK;

    *out = p;
    CLI_TRY(cli_open_run(dir, &p.run, err));
    CLI_TRY(cli_open_model(p.run, &p.net, err));
    CLI_TRY(cli_open_influence(p.run, p.net, &p.inf, err));
    CLI_TRY(rr_run_dataset(p.run, RR_SPLIT_TRAIN, data, &p.train, err));
    CLI_TRY(rr_run_dataset(p.run, split, data, &p.ds, err));
    CLI_TRY(cli_predict(p.net, p.ds, common->threads, &p.before, &p.probability, err));
    *out = p;
    p = (cli_patient){ .run = NULL };

done:
    cli_patient_free(&p);
    return st;
}

void cli_patient_free(cli_patient *p)
{
    free(p->targets);
    free(p->probability);
    free(p->before);
    rr_dataset_free(p->ds);
    rr_dataset_free(p->train);
    rr_influence_free(p->inf);
    rr_network_free(p->net);
    rr_run_free(p->run);
    *p = (cli_patient){ .run = NULL };
}

/* ---- targets -------------------------------------------------------------------------------- */

static rr_status read_list(cli_patient *p, const char *list, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    size_t items = 1;
    for (const char *c = list; *c != '\0'; c++)
        items += *c == ',';
    rr_status st = cli_alloc(&p->targets, items, sizeof *p->targets, err);
    if (st != RR_OK)
        return st;
    const char *at = list;
    for (size_t i = 0; i < items; i++) {
        char *end = NULL;
        errno = 0;
        const unsigned long long id = strtoull(at, &end, 10);
        if (*at < '0' || *at > '9' || errno != 0 || (*end != ',' && *end != '\0'))
            return cli_error(err, RR_ERR_ARG, "--samples %s: not a list of numbers such as 3,17,44",
                             list);
        if (id >= N)
            return cli_error(err, RR_ERR_ARG,
                             "--samples %llu: the split has N = %zu sequences, numbered from 0", id,
                             N);
        for (size_t j = 0; j < p->n; j++)
            if (p->targets[j] == id)
                return cli_error(err, RR_ERR_ARG, "--samples names %llu twice", id);
        p->targets[p->n++] = (size_t)id;
        at = end + 1;
    }
    return RR_OK;
}

/* Is error a surer than error b? Ties by lower number. */
static int surer(const cli_patient *p, size_t a, size_t b)
{
    return p->probability[a] > p->probability[b] ||
           (!(p->probability[a] < p->probability[b]) && a < b);
}

/* Insertion into the short list of the surest errors: count is small beside N. */
static rr_status surest(cli_patient *p, size_t count, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    rr_status st = cli_alloc(&p->targets, count < N ? count : N, sizeof *p->targets, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        if (p->before[i] == rr_dataset_at(p->ds, i).label)
            continue;
        if (p->n == count && !surer(p, i, p->targets[p->n - 1]))
            continue;
        size_t at = p->n < count ? p->n++ : p->n - 1;
        for (; at > 0 && surer(p, i, p->targets[at - 1]); at--)
            p->targets[at] = p->targets[at - 1];
        p->targets[at] = i;
    }
    return RR_OK;
}

rr_status cli_choose_targets(cli_patient *p, const char *list, size_t count, rr_error *err)
{
    const rr_status st = list != NULL ? read_list(p, list, err) : surest(p, count, err);
    if (st == RR_OK && p->n == 0)
        return cli_error(err, RR_ERR_ARG,
                         "no error among the %zu sequences of the split: nothing "
                         "to repair",
                         rr_dataset_count(p->ds));
    return st;
}

/* ---- new samples ---------------------------------------------------------------------------- */

rr_status cli_generate(const cli_common *common, const rr_repair_config *cfg, const cli_patient *p,
                       rr_repair **out, rr_error *err)
{
    int done_all = 0;
    size_t n = 0;
    rr_status st = RR_OK;

    cli_progress bar = cli_progress_begin(common, "variants", "targets", 0);
    CLI_TRY(rr_repair_new(cfg, p->inf, p->net, p->train, p->ds, p->targets, p->n, out, err));
    while (!done_all && !cli_interrupted()) {
        CLI_TRY(rr_repair_step(*out, &done_all, err));
        (void)rr_repair_targets(*out, &n);
        cli_progress_show(&bar, n, p->n, "%s", "");
    }

done:
    cli_progress_clear(&bar);
    return st;
}

/* ---- the new run ---------------------------------------------------------------------------- */

/* What earlier repairs added: the sequences of train beyond those of the source. */
static rr_status inherited(const rr_dataset *train, size_t first, rr_dataset **out, rr_error *err)
{
    const size_t C = rr_dataset_classes(train);
    const char **names = NULL;
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    CLI_TRY(cli_alloc(&names, C, sizeof *names, err));
    for (size_t c = 0; c < C; c++)
        names[c] = rr_dataset_class_name(train, c);
    const rr_dataset_shape shape = { .width = rr_dataset_width(train),
                                     .classes = C,
                                     .class_names = names };
    CLI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = first; i < rr_dataset_count(train); i++)
        CLI_TRY(rr_dataset_builder_add(b, rr_dataset_at(train, i), err));
    CLI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    free(names);
    return st;
}

/* The parent's additions, then the new ones. */
static rr_status all_additions(const cli_patient *p, const rr_dataset *additions, rr_dataset **out,
                               rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(p->run);
    rr_dataset *old = NULL;
    *out = NULL;
    rr_status st = inherited(p->train, s.splits[RR_SPLIT_TRAIN].count, &old, err);
    if (st == RR_OK)
        st = rr_dataset_concat(old, additions, out, err);
    rr_dataset_free(old);
    return st;
}

/* A path that can be followed from any working directory. */
static rr_status absolute(const char *path, char **out, rr_error *err)
{
    char here[4096];
    if (path[0] == '/')
        return cli_format(out, err, "%s", path);
    if (getcwd(here, sizeof here) == NULL)
        return cli_error(err, RR_ERR_IO, "the working directory has no name: %s", strerror(errno));
    return cli_format(out, err, "%s/%s", here, path);
}

static rr_status save_beside(const rr_run *run, const rr_dataset *additions,
                             const rr_network *start, rr_error *err)
{
    char *path = NULL, *weights = NULL;
    rr_status st = RR_OK;
    if (rr_dataset_count(additions) > 0) {
        CLI_TRY(rr_run_path(run, RR_RUN_ADDITIONS, &path, err));
        CLI_TRY(rr_dataset_save(additions, path, err));
    }
    if (start != NULL) {
        CLI_TRY(rr_run_path(run, RR_RUN_START, &weights, err));
        CLI_TRY(rr_network_save(start, weights, err));
    }

done:
    rr_string_free(weights);
    rr_string_free(path);
    return st;
}

/* Going on with the first training's steps would change the network far from the targets too: on
 * MNIST a tenth of them fixes more and breaks a quarter as much (docs/RESULTS.md). */
static rr_status plan_training(const rr_run *parent, const cli_retraining *how,
                               rr_train_config *train, rr_error *err)
{
    const int from_scratch = how->start == CLI_RETRAIN_SCRATCH;
    const int child = cli_run_has(parent, RR_RUN_START);
    if (child < 0)
        return cli_error(err, RR_ERR_NOMEM, "out of memory");
    if (how->epochs > 0)
        train->epochs = how->epochs;
    else if (!from_scratch)
        train->epochs = 2;
    if (how->learning_rate > 0.0)
        train->learning_rate = how->learning_rate;
    else if (!from_scratch && !child)
        train->learning_rate *= 0.1;
    return RR_OK;
}

rr_status cli_make_child(const cli_patient *p, const cli_retraining *how,
                         const rr_dataset *additions, rr_run **out, rr_error *err)
{
    rr_run_settings s = rr_run_settings_of(p->run);
    rr_dataset *all = NULL;
    char *spec = NULL, *parent = NULL;
    char hash[65];
    rr_status st = RR_OK;

    *out = NULL;
    CLI_TRY(all_additions(p, additions, &all, err));
    CLI_TRY(rr_network_hash(p->net, hash, err));
    if (how->data != NULL) {
        CLI_TRY(rr_dataset_spec_resolve(how->data, &spec, err));
        s.data = spec;
    }
    CLI_TRY(absolute(rr_run_dir(p->run), &parent, err));
    s.parent = parent;
    s.parent_model = hash;
    s.additions_hash = rr_dataset_count(all) > 0 ? rr_dataset_hash(all) : NULL;
    CLI_TRY(plan_training(p->run, how, &s.train, err));
    s.train.seed = how->seed;
    s.network.seed = how->seed;
    CLI_TRY(rr_run_create(how->dir, &s, out, err));
    CLI_TRY(save_beside(*out, all, how->start == CLI_RETRAIN_CONTINUE ? p->net : NULL, err));

done:
    if (st != RR_OK) {
        rr_run_free(*out);
        *out = NULL;
    }
    free(parent);
    rr_string_free(spec);
    rr_dataset_free(all);
    return st;
}
