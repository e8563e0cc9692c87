/* SPDX-License-Identifier: MIT */
/* new_run.c - see new_run.h. */
#include "new_run.h"

#include "kit/progress.h"

#include <stdlib.h>

/* ---- recipes -------------------------------------------------------------------------------- */

void cli_new_run_defaults(cli_new_run *plan)
{
    *plan = (cli_new_run){ .network = rr_network_config_default(),
                           .train = rr_train_config_default(),
                           .keep = RR_KEEP_LAST };
}

/* What a recipe sets; everything else is as train has it by default. */
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
    /* SST has a dev split to tell the best epoch by, Toxic has none. */
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

#define UNLESS_GIVEN(name, to, value)                                                              \
    do {                                                                                           \
        if (!cli_given(common, (name)))                                                            \
            (to) = (value);                                                                        \
    } while (0)

void cli_apply_recipe(const cli_common *common, cli_new_run *plan)
{
    if (plan->recipe == RR_RECIPE_NONE)
        return;
    const recipe *r = &recipes[plan->recipe];
    UNLESS_GIVEN("cell", plan->network.cell, r->cell);
    UNLESS_GIVEN("hidden", plan->network.hidden, r->hidden);
    UNLESS_GIVEN("head", plan->network.head, r->head);
    UNLESS_GIVEN("epochs", plan->train.epochs, r->epochs);
    UNLESS_GIVEN("batch", plan->train.batch, r->batch);
    UNLESS_GIVEN("optimizer", plan->train.optimizer, r->optimizer);
    UNLESS_GIVEN("epsilon", plan->train.epsilon, r->epsilon);
    UNLESS_GIVEN("dropout-input", plan->train.dropout_input, r->dropout);
    UNLESS_GIVEN("dropout-last", plan->train.dropout_last, r->dropout);
    UNLESS_GIVEN("keep", plan->keep, r->keep);
}

/* ---- sizes from the data -------------------------------------------------------------------- */

static rr_status refuse_text_options(const cli_common *common, rr_error *err)
{
    return cli_refuse_given(common, "vectors embedding width", "data that are no text", err);
}

/* Width of the vectors, and whether they are trained, where the command line left it open. */
static rr_status fit_embedding(const cli_common *common, cli_new_run *plan,
                               const rr_vectors *vectors, rr_error *err)
{
    if (!cli_given(common, "embedding"))
        plan->network.embedding = vectors != NULL ? RR_EMBEDDING_FROZEN : RR_EMBEDDING_TRAINED;
    if (!cli_given(common, "width"))
        plan->network.width = vectors != NULL ? rr_vectors_width(vectors) : 100;
    if (vectors != NULL && plan->network.width != rr_vectors_width(vectors))
        return rri_fail(err, RR_ERR_SHAPE, -1, "--width %zu: the vectors of %s are %zu wide",
                        plan->network.width, plan->vectors, rr_vectors_width(vectors));
    return RR_OK;
}

static rr_status fit_network(const cli_common *common, cli_new_run *plan, const cli_splits *s,
                             const rr_vectors *vectors, rr_error *err)
{
    const rr_dataset *train = s->of[RR_SPLIT_TRAIN];
    rr_network_config *net = &plan->network;
    if (rr_dataset_count(train) == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: the train split holds no sequence", plan->data);
    net->seed = plan->train.seed;
    net->vocabulary = rr_dataset_vocabulary(train);
    net->classes = rr_dataset_classes(train);
    for (int i = 0; i < 3; i++)
        if (s->of[i] != NULL && rr_dataset_classes(s->of[i]) > net->classes)
            net->classes = rr_dataset_classes(s->of[i]);
    if (net->vocabulary > 0)
        return fit_embedding(common, plan, vectors, err);
    net->width = rr_dataset_width(train);
    return RR_OK;
}

/* ---- word vectors --------------------------------------------------------------------------- */

static void say_coverage(const cli_common *common, const cli_new_run *plan,
                         const rr_vectors *vectors, const rr_vocabulary *words)
{
    const size_t n = rr_vocabulary_size(words) - 2;
    const size_t covered = rr_vectors_covered(vectors);
    cli_say(common, "%s: vectors of width %zu for %zu of the %zu words (%.1f %%)", plan->vectors,
            rr_vectors_width(vectors), covered, n,
            n > 0 ? 100.0 * (double)covered / (double)n : 0.0);
}

/* The vectors the command line names, for the data's words; NULL where it names none. */
static rr_status load_vectors(const cli_common *common, const cli_new_run *plan,
                              const rr_dataset *train, rr_vectors **out, rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(train);
    *out = NULL;
    if (rr_dataset_vocabulary(train) == 0)
        return refuse_text_options(common, err);
    if (plan->vectors == NULL)
        return RR_OK;
    if (words == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--vectors: the data have numbers, but no words");
    const rr_status st = rr_vectors_load(plan->vectors, words, out, err);
    if (st == RR_OK)
        say_coverage(common, plan, *out, words);
    return st;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* What the decisions of --labels come to, and the training set under them. All owned. */
typedef struct changes {
    rr_edits *edits;   /* NULL where there are no decisions */
    rr_dataset *train; /* NULL where there are no decisions */
} changes;

static void clear_changes(changes *c)
{
    rr_edits_free(c->edits);
    rr_dataset_free(c->train);
}

/* Read --labels, where there is one. */
static rr_status load_labels(const cli_common *common, const cli_new_run *plan,
                             const rr_dataset *train, changes *c, rr_error *err)
{
    rr_decision *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (plan->labels == NULL)
        return RR_OK;
    RRI_TRY(rr_decisions_load(plan->labels, train, &list, &n, err));
    RRI_TRY(rr_decisions_edits(list, n, train, &c->edits, err));
    if (c->edits->count_removed == rr_dataset_count(train))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--labels %s: every training sequence would be left out", plan->labels));
    RRI_TRY(rr_edits_apply(c->edits, train, &c->train, err));
    cli_say(common, "%s: %zu training sequences have other labels, %zu are left out", plan->labels,
            c->edits->count_relabelled, c->edits->count_removed);

done:
    rr_decisions_free(list);
    return st;
}

/* ---- the directory -------------------------------------------------------------------------- */

/* A configuration the trainer refuses must not leave a directory behind. */
static rr_status try_out(const cli_new_run *plan, const rr_dataset *train, rr_error *err)
{
    rr_network *net = NULL;
    rr_trainer *trainer = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_network_new(&plan->network, &net, err));
    RRI_TRY(rr_trainer_new(&plan->train, net, train, &trainer, err));

done:
    rr_trainer_free(trainer);
    rr_network_free(net);
    return st;
}

/* The options of train that an update rule does not read, by name, with blanks between. */
static const char *idle_options(rr_optimizer optimizer)
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

rr_status cli_make_run(const cli_common *common, const char *dir, cli_new_run *plan, rr_run **out,
                       rr_error *err)
{
    cli_splits splits = { .source = NULL };
    rr_vectors *vectors = NULL;
    changes c = { .train = NULL };
    char *spec = NULL, *place = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(cli_refuse_given(common, idle_options(plan->train.optimizer),
                             rr_enum_name(RR_ENUM_OPTIMIZER, plan->train.optimizer), err));
    RRI_TRY(rr_dataset_spec_resolve(plan->data, &spec, err));
    RRI_TRY(cli_splits_load(spec, &splits, err));
    const rr_dataset *train = splits.of[RR_SPLIT_TRAIN];
    RRI_TRY(load_vectors(common, plan, train, &vectors, err));
    RRI_TRY(fit_network(common, plan, &splits, vectors, err));
    RRI_TRY(load_labels(common, plan, train, &c, err));
    if (c.train != NULL)
        train = c.train;
    RRI_TRY(cli_say_classes(common, train, plan->network.classes, err));
    if (splits.of[RR_SPLIT_TEST] == NULL)
        cli_say(common, "note: the data have no test split; predict and explain will need --split "
                        "train. Some kinds of data take holdout=0.2");
    rr_run_settings settings = { .data = spec,
                                 .source = splits.source,
                                 .network = plan->network,
                                 .train = plan->train,
                                 .keep = plan->keep,
                                 .vocabulary = rr_dataset_words(train),
                                 .checkpoints = plan->checkpoints };
    if (c.edits != NULL)
        settings.edits = *c.edits;
    if (vectors != NULL) {
        RRI_TRY(cli_absolute(plan->vectors, &place, err));
        settings.vectors = place;
        settings.vectors_hash = rr_vectors_hash(vectors);
    }
    cli_splits_record(&splits, settings.splits);
    RRI_TRY(try_out(plan, train, err));
    RRI_TRY(rr_run_create(dir, &settings, out, err));

done:
    clear_changes(&c);
    rri_free(place);
    rr_vectors_free(vectors);
    cli_splits_free(&splits);
    rr_string_free(spec);
    return st;
}
