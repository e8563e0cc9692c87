/* SPDX-License-Identifier: MIT */
/* choices.c - the words of the enumerations on the command line, in the order of their values. */
#include "kit/options.h"

CLI_CHOICE(cli_choice_recipe, CLI_RECIPE_NONE, "none", "paper-mnist", "paper-sst", "paper-toxic");
CLI_CHOICE(cli_choice_embedding, RR_EMBEDDING_FROZEN, "frozen", "trained");
CLI_CHOICE(cli_choice_head, RR_HEAD_SOFTMAX, "softmax", "logistic");
CLI_CHOICE(cli_choice_cell, RR_CELL_LSTM, "lstm", "gru", "tanh", "relu");
CLI_CHOICE(cli_choice_optimizer, RR_OPT_SGD, "sgd", "rmsprop", "adam");
CLI_CHOICE(cli_choice_order, RR_ORDER_SHUFFLE, "shuffle", "file");
CLI_CHOICE(cli_choice_keep, RR_KEEP_LAST, "last", "best");
CLI_CHOICE(cli_choice_split, RR_SPLIT_TRAIN, "train", "dev", "test");
CLI_CHOICE(cli_choice_search, RR_SEARCH_SPLIT, "split", "restart");
CLI_CHOICE(cli_choice_key, RR_KEY_STATE_SYMBOL, "state-symbol", "transition", "full");
CLI_CHOICE(cli_choice_measure, RR_MEASURE_LP, "lp", "votes", "jaccard", "containment");
CLI_CHOICE(cli_choice_strategy, RR_STRATEGY_INFLUENCE, "influence", "random", "none", "paper",
           "gradient");
CLI_CHOICE(cli_choice_rule, RR_RULE_RARE, "rare", "flip", "both");
CLI_CHOICE(cli_choice_place, RR_PLACE_START, "start", "end", "random", "learnt");
CLI_CHOICE(cli_choice_poison, RR_POISON_CLEAN, "clean", "dirty");
CLI_CHOICE(cli_choice_retrain, CLI_RETRAIN_SCRATCH, "scratch", "continue");

const char *cli_word(const cli_choice *choice, unsigned value)
{
    const size_t i = (size_t)value - choice->first;
    return i < choice->count ? choice->words[i] : NULL;
}

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
