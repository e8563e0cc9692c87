/* SPDX-License-Identifier: MIT */
/* new_run_config.c - the settings of a new run: their defaults, the length of a training that is
 * left to the data, and those of the paper's experiments. */
#include "workflow/workflow_internal.h"

/* The length of a training that is left to the data (docs/RESULTS.md#defaults-of-a-training). */
enum { UPDATES = 2000, MOST_EPOCHS = 200, BATCHES = 64, LEAST_BATCH = 8, MOST_BATCH = 128 };

/* A training with fewer updates of a given length gets a remark. */
enum { FEW_UPDATES = 500 };

rr_new_run_config rr_new_run_config_default(void)
{
    rr_new_run_config cfg = { .struct_size = sizeof(rr_new_run_config),
                              .network = rr_network_config_default(),
                              .train = rr_train_config_default(),
                              .keep = RR_KEEP_LAST };

    cfg.train.epochs = cfg.train.batch = 0; /* by the data */
    return cfg;
}

/* The largest power of two of at most N / 64, from 8 to 128. */
static size_t default_batch(size_t N)
{
    size_t batch = LEAST_BATCH;

    while (batch < MOST_BATCH && 2 * batch <= N / BATCHES)
        batch *= 2;
    return batch;
}

void rri_settle_training(rr_new_run_config *cfg, size_t N, bool has_dev,
                         const rr_callbacks *callbacks)
{
    rr_train_config *t = &cfg->train;
    const bool given = t->epochs > 0;

    if (t->batch == 0)
        t->batch = given ? MOST_BATCH : default_batch(N);
    const size_t updates = rri_blocks(N, rri_min(t->batch, N)); /* an epoch */
    if (given) {
        if (t->epochs * updates < FEW_UPDATES)
            rri_note(callbacks,
                     "note: %zu epochs of %zu batches are %zu updates, which is few; left to the "
                     "data it would be about %d",
                     t->epochs, updates, t->epochs * updates,
                     (int)rri_min(UPDATES, MOST_EPOCHS * rri_blocks(N, default_batch(N))));
        return;
    }
    t->epochs = rri_min(rri_blocks(UPDATES, updates), MOST_EPOCHS);
    if (!cfg->keep_given && has_dev)
        cfg->keep = RR_KEEP_BEST;
    rri_note(callbacks, "%s %g, batches of %zu, %zu epochs: %zu updates%s",
             rr_enum_name(RR_ENUM_OPTIMIZER, t->optimizer), t->learning_rate, t->batch, t->epochs,
             t->epochs * updates,
             cfg->keep == RR_KEEP_BEST && has_dev ? "; the best epoch on dev is kept" : "");
}

/* ---- recipes -------------------------------------------------------------------------------- */

/* The settings of a recipe. */
typedef struct recipe {
    rr_cell cell;
    size_t hidden, epochs, batch;
    rr_optimizer optimizer;
    double dropout, epsilon;
    rr_head head;
    rr_keep keep;
} recipe;

static const recipe recipes[] = {
    [RR_RECIPE_PAPER_MNIST] = { .cell = RR_CELL_LSTM,
                                .hidden = 128,
                                .epochs = 15,
                                .batch = 128,
                                .optimizer = RR_OPT_RMSPROP,
                                .epsilon = 1e-7 },
    /* SST has a dev split to select the best epoch by, Toxic has none. */
    [RR_RECIPE_PAPER_SST] = { .cell = RR_CELL_LSTM,
                              .hidden = 300,
                              .epochs = 40,
                              .batch = 256,
                              .optimizer = RR_OPT_ADAM,
                              .dropout = 0.8,
                              .epsilon = 1e-8,
                              .keep = RR_KEEP_BEST },
    [RR_RECIPE_PAPER_TOXIC] = { .cell = RR_CELL_GRU,
                                .hidden = 300,
                                .epochs = 40,
                                .batch = 256,
                                .optimizer = RR_OPT_ADAM,
                                .dropout = 0.8,
                                .epsilon = 1e-8,
                                .head = RR_HEAD_LOGISTIC },
};

void rr_new_run_recipe(rr_recipe name, rr_new_run_config *cfg)
{
    const recipe *r = &recipes[name];

    if (name == RR_RECIPE_NONE)
        return;
    cfg->network.cell = r->cell;
    cfg->network.hidden = r->hidden;
    cfg->network.head = r->head;
    cfg->train.epochs = r->epochs;
    cfg->train.batch = r->batch;
    cfg->train.optimizer = r->optimizer;
    cfg->train.epsilon = r->epsilon;
    cfg->train.dropout_input = r->dropout;
    cfg->train.dropout_last = r->dropout;
    cfg->keep = r->keep;
}
