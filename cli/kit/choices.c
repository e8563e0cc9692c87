/* SPDX-License-Identifier: MIT */
/* choices.c - the enumerations the command line speaks of, by name.
 *
 * Where the library parses a name, its function is used; the others are short lists here, in the
 * order of their enumeration. */
#include "kit/options.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const order_names[] = { "shuffle", "file" };
static const char *const keep_names[] = { "last", "best" };
static const char *const search_names[] = { "split", "restart" };
static const char *const recipe_names[] = { "none", "paper-mnist", "paper-sst", "paper-toxic" };
static const char *const retrain_names[] = { "scratch", "continue" };

rr_status cli_find_word(const char *const *names, size_t n, const char *text, size_t *at,
                        rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0) {
            *at = i;
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_ARG, -1, "not one of the names known");
}

static rr_status parse_cell(const char *text, void *value, rr_error *err)
{
    return rr_cell_parse(text, value, err);
}

static const char *name_cell(const void *value)
{
    return rr_cell_name(*(const rr_cell *)value);
}

static rr_status parse_embedding(const char *text, void *value, rr_error *err)
{
    return rr_embedding_parse(text, value, err);
}

static const char *name_embedding(const void *value)
{
    return rr_embedding_name(*(const rr_embedding *)value);
}

static rr_status parse_head(const char *text, void *value, rr_error *err)
{
    return rr_head_parse(text, value, err);
}

static const char *name_head(const void *value)
{
    return rr_head_name(*(const rr_head *)value);
}

static rr_status parse_recipe(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st = cli_find_word(recipe_names, COUNT(recipe_names), text, &at, err);
    if (st == RR_OK)
        *(cli_recipe *)value = (cli_recipe)at;
    return st;
}

static const char *name_recipe(const void *value)
{
    return recipe_names[*(const cli_recipe *)value];
}

static rr_status parse_optimizer(const char *text, void *value, rr_error *err)
{
    return rr_optimizer_parse(text, value, err);
}

static const char *name_optimizer(const void *value)
{
    return rr_optimizer_name(*(const rr_optimizer *)value);
}

static rr_status parse_order(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st = cli_find_word(order_names, COUNT(order_names), text, &at, err);
    if (st == RR_OK)
        *(rr_order *)value = (rr_order)at;
    return st;
}

static const char *name_order(const void *value)
{
    return order_names[*(const rr_order *)value];
}

static rr_status parse_keep(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st = cli_find_word(keep_names, COUNT(keep_names), text, &at, err);
    if (st == RR_OK)
        *(rr_keep *)value = (rr_keep)at;
    return st;
}

static const char *name_keep(const void *value)
{
    return keep_names[*(const rr_keep *)value];
}

static rr_status parse_split(const char *text, void *value, rr_error *err)
{
    return rr_split_parse(text, value, err);
}

static const char *name_split(const void *value)
{
    return rr_split_name(*(const rr_split *)value);
}

static rr_status parse_search(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st = cli_find_word(search_names, COUNT(search_names), text, &at, err);
    if (st == RR_OK)
        *(rr_search *)value = (rr_search)at;
    return st;
}

static const char *name_search(const void *value)
{
    return search_names[*(const rr_search *)value];
}

static rr_status parse_key(const char *text, void *value, rr_error *err)
{
    return rr_key_parse(text, value, err);
}

static const char *name_key(const void *value)
{
    return rr_key_name(*(const rr_key *)value);
}

static rr_status parse_measure(const char *text, void *value, rr_error *err)
{
    return rr_measure_parse(text, value, err);
}

static const char *name_measure(const void *value)
{
    return rr_measure_name(*(const rr_measure *)value);
}

static rr_status parse_strategy(const char *text, void *value, rr_error *err)
{
    return rr_strategy_parse(text, value, err);
}

static const char *name_strategy(const void *value)
{
    return rr_strategy_name(*(const rr_strategy *)value);
}

static rr_status parse_place(const char *text, void *value, rr_error *err)
{
    return rr_place_parse(text, value, err);
}

static const char *name_place(const void *value)
{
    return rr_place_name(*(const rr_place *)value);
}

static rr_status parse_poison(const char *text, void *value, rr_error *err)
{
    return rr_poison_kind_parse(text, value, err);
}

static const char *name_poison(const void *value)
{
    return rr_poison_kind_name(*(const rr_poison_kind *)value);
}

static rr_status parse_rule(const char *text, void *value, rr_error *err)
{
    return rr_rule_parse(text, value, err);
}

static const char *name_rule(const void *value)
{
    return rr_rule_name(*(const rr_rule *)value);
}

static rr_status parse_retrain(const char *text, void *value, rr_error *err)
{
    size_t at = 0;
    const rr_status st = cli_find_word(retrain_names, COUNT(retrain_names), text, &at, err);
    if (st == RR_OK)
        *(cli_retrain *)value = (cli_retrain)at;
    return st;
}

static const char *name_retrain(const void *value)
{
    return retrain_names[*(const cli_retrain *)value];
}

const cli_choice cli_choice_recipe = { "none|paper-mnist|paper-sst|paper-toxic", parse_recipe,
                                       name_recipe };
const cli_choice cli_choice_embedding = { "frozen|trained", parse_embedding, name_embedding };
const cli_choice cli_choice_head = { "softmax|logistic", parse_head, name_head };
const cli_choice cli_choice_cell = { "lstm|gru|tanh|relu", parse_cell, name_cell };
const cli_choice cli_choice_optimizer = { "sgd|rmsprop|adam", parse_optimizer, name_optimizer };
const cli_choice cli_choice_order = { "shuffle|file", parse_order, name_order };
const cli_choice cli_choice_keep = { "last|best", parse_keep, name_keep };
const cli_choice cli_choice_split = { "train|dev|test", parse_split, name_split };
const cli_choice cli_choice_search = { "split|restart", parse_search, name_search };
const cli_choice cli_choice_key = { "state-symbol|transition|full", parse_key, name_key };
const cli_choice cli_choice_measure = { "lp|votes|jaccard|containment", parse_measure,
                                        name_measure };
const cli_choice cli_choice_strategy = { "influence|random|none|paper|gradient", parse_strategy,
                                         name_strategy };
const cli_choice cli_choice_rule = { "rare|flip|both", parse_rule, name_rule };
const cli_choice cli_choice_place = { "start|end|random|learnt", parse_place, name_place };
const cli_choice cli_choice_poison = { "clean|dirty", parse_poison, name_poison };
const cli_choice cli_choice_retrain = { "scratch|continue", parse_retrain, name_retrain };

const char *cli_idle_options(rr_optimizer optimizer)
{
    switch (optimizer) {
    case RR_OPT_SGD:
        return "rho beta1 beta2 epsilon";
    case RR_OPT_RMSPROP:
        return "momentum beta1 beta2";
    case RR_OPT_ADAM:
        return "momentum rho";
    }
    return "";
}
