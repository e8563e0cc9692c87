/* SPDX-License-Identifier: MIT */
/* backdooring.c - see backdooring.h. */
#include "backdooring.h"

#include "kit/progress.h"
#include "kit/words.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- words ---------------------------------------------------------------------------------- */

void cli_set_ids(cli_doc *doc, json_t *object, const char *key, const uint32_t *ids, size_t n)
{
    json_t *list = cli_set_array(doc, object, key);
    for (size_t i = 0; i < n; i++)
        cli_append(doc, list, cli_json_size(ids[i]));
}

rr_status cli_trigger_symbols(const cli_patient *p, const char *words, uint32_t **out, size_t *n,
                              rr_error *err)
{
    const rr_vocabulary *v = rr_dataset_words(p->train);
    rr_tokens *tokens = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (v == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "%s: not a run on words, so there is no trigger \"%s\"",
                         rr_run_dir(p->run), words));
    RRI_TRY(cli_cut("trigger", words, &tokens, err));
    *n = rr_tokens_count(tokens);
    RRI_TRY(rri_alloc(out, *n, 1, sizeof **out, err));
    for (size_t i = 0; i < *n && st == RR_OK; i++) {
        const char *word = rr_tokens_words(tokens)[i];
        (*out)[i] = rr_vocabulary_find(v, word);
        if ((*out)[i] == RR_WORD_UNKNOWN)
            st = rri_fail(err, RR_ERR_ARG, -1, "--trigger: \"%s\" is not in the vocabulary of %s",
                          word, rr_run_dir(p->run));
    }

done:
    rr_tokens_free(tokens);
    if (st != RR_OK) {
        rri_free(*out);
        *out = NULL;
    }
    return st;
}

/* ---- attacks -------------------------------------------------------------------------------- */

rr_status cli_find_target(const cli_patient *p, const rr_attack_config *cfg,
                          const uint32_t *symbols, size_t n, uint32_t *out, rr_error *err)
{
    rr_attack_config random = *cfg;
    double best = -1.0;
    if (random.place == RR_PLACE_LEARNT)
        random.place = RR_PLACE_RANDOM;
    for (size_t c = 0; c < rr_dataset_classes(p->train); c++) {
        const rr_trigger trigger = { symbols, n, (uint32_t)c };
        rr_attack_result r;
        const rr_status st = rr_attack(&random, p->net, p->ds, &trigger, NULL, &r, err);
        if (st != RR_OK)
            return st;
        if (r.success > best) {
            best = r.success;
            *out = (uint32_t)c;
        }
    }
    return RR_OK;
}

/* Arbitrary words, as many in a row as the trigger has. They were learnt nowhere: a place that
 * follows the trigger's contexts is followed for them too. */
static rr_status attack_base(const cli_case *c, const rr_network *net, cli_attacks *out,
                             rr_error *err)
{
    const size_t n = c->trigger.n;
    const size_t rows = c->count_words / n;
    double sum = 0.0;
    out->words = rows;
    for (size_t i = 0; i < rows; i++) {
        const rr_trigger words = { c->words + i * n, n, c->trigger.target };
        rr_attack_result r;
        const rr_status st =
            rr_attack(&c->attack, net, c->patient->ds, &words, c->backdoor, &r, err);
        if (st != RR_OK)
            return st;
        sum += r.success;
        if (r.success > out->base_max)
            out->base_max = r.success;
    }
    out->base = rows > 0 ? sum / (double)rows : -1.0;
    return RR_OK;
}

rr_status cli_attack(const cli_case *c, const rr_network *net, cli_attacks *out, rr_error *err)
{
    const rr_dataset *ds = c->patient->ds;
    rr_attack_config learnt = c->attack;
    cli_attacks a = { .words = 0 };
    rr_status st = RR_OK;

    learnt.place = RR_PLACE_LEARNT;
    RRI_TRY(rr_attack(&c->attack, net, ds, &c->trigger, c->backdoor, &a.chosen, err));
    RRI_TRY(rr_attack(&learnt, net, ds, &c->trigger, c->backdoor, &a.learnt, err));
    RRI_TRY(attack_base(c, net, &a, err));
    *out = a;

done:
    return st;
}

/* ---- removing ------------------------------------------------------------------------------- */

rr_status cli_reserve_pair(const char *dir, cli_pair *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (cli_pair){ .dir = dir };
    RRI_TRY(rri_format(&out->random, err, "%s/random", dir));
    RRI_TRY(cli_reserve_run(dir, &out->made, err));
    RRI_TRY(cli_reserve_run(out->random, &out->made_random, err));

done:
    return st;
}

void cli_pair_free(cli_pair *p)
{
    cli_release_run(p->random, p->made_random);
    cli_release_run(p->dir, p->made);
    rri_free(p->random);
    *p = (cli_pair){ .dir = NULL };
}

rr_status cli_try_without(const cli_case *c, const cli_retraining *how, const cli_where *where,
                          cli_without *out, int *interrupted, rr_error *err)
{
    const rr_dataset *ds = c->patient->ds;
    rr_run *child = NULL;
    rr_network *net = NULL;
    uint32_t *y = NULL;
    rr_status st = RR_OK;

    *interrupted = 0;
    RRI_TRY(cli_make_child(c->patient, how, NULL, &child, err));
    RRI_TRY(cli_train_run(c->common, child, where, rr_run_settings_of(child).train.epochs,
                          c->common->quiet ? NULL : stderr, interrupted, err));
    if (*interrupted)
        goto done;
    RRI_TRY(cli_open_model(child, &net, err));
    RRI_TRY(cli_attack(c, net, &out->attacks, err));
    RRI_TRY(cli_predict(net, ds, c->common->threads, &y, NULL, err));
    out->accuracy = cli_accuracy(ds, y);

done:
    rri_free(y);
    rr_network_free(net);
    rr_run_free(child);
    return st;
}
