/* SPDX-License-Identifier: MIT */
/* repairing.c - see repairing.h. */
#include "repairing.h"

#include "kit/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

rr_status cli_patient_open_training(const char *dir, const char *data, cli_patient *out,
                                    rr_error *err)
{
    cli_patient p = { .run = NULL };
    rr_status st = RR_OK;

    *out = p;
    RRI_TRY(cli_open_run(dir, &p.run, err));
    RRI_TRY(cli_open_model(p.run, &p.net, err));
    RRI_TRY(cli_open_influence(p.run, p.net, &p.inf, err));
    RRI_TRY(cli_run_dataset(p.run, RR_SPLIT_TRAIN, data, &p.train, err));
    *out = p;
    p = (cli_patient){ .run = NULL };

done:
    cli_patient_free(&p);
    return st;
}

rr_status cli_patient_open(const cli_common *common, const char *dir, const char *data,
                           rr_split split, cli_patient *out, rr_error *err)
{
    cli_patient p = { .run = NULL };
    rr_status st = RR_OK;

    *out = p;
    RRI_TRY(cli_patient_open_training(dir, data, &p, err));
    RRI_TRY(cli_run_dataset(p.run, split, data, &p.ds, err));
    RRI_TRY(cli_predict(p.net, p.ds, common->threads, &p.before, &p.probability, err));
    *out = p;
    p = (cli_patient){ .run = NULL };

done:
    cli_patient_free(&p);
    return st;
}

void cli_patient_free(cli_patient *p)
{
    rri_free(p->eligible);
    rri_free(p->targets);
    rri_free(p->probability);
    rri_free(p->before);
    rr_dataset_free(p->ds);
    rr_dataset_free(p->train);
    rr_influence_free(p->inf);
    rr_network_free(p->net);
    rr_run_free(p->run);
    *p = (cli_patient){ .run = NULL };
}

/* ---- targets -------------------------------------------------------------------------------- */

rr_status cli_read_samples(const char *list, size_t N, uint64_t **out, size_t *n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_read_numbers("samples", "3,17,44", list, out, n, err));
    for (size_t i = 0; i < *n; i++)
        if ((*out)[i] >= N)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "--samples %llu: the split has N = %zu sequences, numbered from 0",
                             (unsigned long long)(*out)[i], N));

done:
    return st;
}

static rr_status read_list(cli_patient *p, const char *list, rr_error *err)
{
    uint64_t *ids = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(cli_read_samples(list, rr_dataset_count(p->ds), &ids, &n, err));
    RRI_TRY(rri_alloc(&p->targets, n, 1, sizeof *p->targets, err));
    for (size_t i = 0; i < n; i++)
        p->targets[p->n++] = (size_t)ids[i];

done:
    rri_free(ids);
    return st;
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
    rr_status st = rri_alloc(&p->targets, count < N ? count : N, 1, sizeof *p->targets, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        if (p->before[i] == rr_dataset_at(p->ds, i).label ||
            (p->eligible != NULL && !p->eligible[i]))
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
        return rri_fail(err, RR_ERR_ARG, -1, "no %serror among the %zu sequences of the split",
                        p->eligible != NULL ? "such " : "", rr_dataset_count(p->ds));
    return st;
}

/* ---- outcome -------------------------------------------------------------------------------- */

void cli_set_outcome(cli_doc *doc, json_t *object, const char *key, const rr_outcome *o)
{
    json_t *outcome = cli_set_object(doc, object, key);
    cli_set(doc, outcome, "count", cli_json_size(o->count));
    cli_set(doc, outcome, "fixed", cli_json_size(o->fixed));
    cli_set(doc, outcome, "still_failing", cli_json_size(o->still_failing));
    cli_set(doc, outcome, "newly_broken", cli_json_size(o->newly_broken));
    cli_set(doc, outcome, "unchanged", cli_json_size(o->unchanged));
}
