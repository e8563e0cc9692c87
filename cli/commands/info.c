/* SPDX-License-Identifier: MIT */
/* info.c - `rnnrepair info`: what a run directory holds. */
#include "kit/options.h"
#include "training.h"

typedef struct args {
    cli_common common;
    const char *dir;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    OPT_SEED_UNUSED(args),
};

/* What info reads; net and inf are NULL where the run has none yet. */
typedef struct contents {
    rr_run *run;
    rr_network *net;
    rr_influence *inf;
    char hash[65];
} contents;

static rr_status open_contents(const char *dir, contents *c, rr_error *err)
{
    rr_status st = RR_OK;
    RRI_TRY(cli_open_run(dir, &c->run, err));
    if (rr_run_model_epoch(c->run) > 0) {
        RRI_TRY(cli_open_model(c->run, &c->net, err));
        RRI_TRY(rr_network_hash(c->net, c->hash, err));
        if (cli_run_has(c->run, RR_RUN_INFLUENCE) == 1)
            RRI_TRY(rr_run_influence(c->run, c->net, &c->inf, err));
    }

done:
    return st;
}

/* ---- the document --------------------------------------------------------------------------- */

static void set_data(cli_doc *doc, const rr_run_settings *s)
{
    json_t *data = cli_set_object(doc, NULL, "data");
    cli_set(doc, data, "spec", cli_json_text(s->data));
    for (int i = 0; i < 3; i++)
        if (s->splits[i].count > 0) {
            json_t *split = cli_set_object(doc, data, rr_split_name((rr_split)i));
            cli_set(doc, split, "count", cli_json_size(s->splits[i].count));
            cli_set(doc, split, "hash", cli_json_text(s->splits[i].hash));
        }
    cli_set(doc, data, "additions_hash", cli_json_text(s->additions_hash));
    cli_set(doc, data, "removed", cli_json_size(s->count_removed));
    cli_set(doc, data, "relabelled", cli_json_size(s->count_relabelled));
}

static void set_text(cli_doc *doc, const rr_run_settings *s)
{
    if (s->vocabulary == NULL) {
        cli_set(doc, NULL, "text", json_null());
        return;
    }
    json_t *o = cli_set_object(doc, NULL, "text");
    cli_set(doc, o, "words", cli_json_size(rr_vocabulary_size(s->vocabulary)));
    cli_set(doc, o, "lower", json_boolean(rr_vocabulary_folds_case(s->vocabulary)));
    cli_set(doc, o, "vocabulary_hash", cli_json_text(rr_vocabulary_hash(s->vocabulary)));
    cli_set(doc, o, "vectors", cli_json_text(s->vectors));
    cli_set(doc, o, "embedding", cli_json_text(rr_embedding_name(s->network.embedding)));
}

static void set_network(cli_doc *doc, const rr_run_settings *s, const contents *c)
{
    json_t *net = cli_set_object(doc, NULL, "network");
    cli_set(doc, net, "cell", cli_json_text(rr_cell_name(s->network.cell)));
    cli_set(doc, net, "width", cli_json_size(s->network.width));
    cli_set(doc, net, "hidden", cli_json_size(s->network.hidden));
    cli_set(doc, net, "layers", cli_json_size(s->network.layers));
    cli_set(doc, net, "classes", cli_json_size(s->network.classes));
    cli_set(doc, net, "head", cli_json_text(rr_head_name(s->network.head)));
    cli_set(doc, net, "seed", cli_json_u64(s->network.seed));
    cli_set(doc, net, "parameters",
            c->net != NULL ? cli_json_size(rr_network_parameters(c->net)) : json_null());
}

static void set_training(cli_doc *doc, const rr_run_settings *s)
{
    const rr_train_config *t = &s->train;
    json_t *o = cli_set_object(doc, NULL, "training");
    cli_set(doc, o, "epochs", cli_json_size(t->epochs));
    cli_set(doc, o, "batch", cli_json_size(t->batch));
    cli_set(doc, o, "optimizer", cli_json_text(rr_optimizer_name(t->optimizer)));
    cli_set(doc, o, "learning_rate", cli_json_f64(t->learning_rate));
    cli_set(doc, o, "momentum", cli_json_f64(t->momentum));
    cli_set(doc, o, "rho", cli_json_f64(t->rho));
    cli_set(doc, o, "beta1", cli_json_f64(t->beta1));
    cli_set(doc, o, "beta2", cli_json_f64(t->beta2));
    cli_set(doc, o, "epsilon", cli_json_f64(t->epsilon));
    cli_set(doc, o, "dropout_input", cli_json_f64(t->dropout_input));
    cli_set(doc, o, "dropout_last", cli_json_f64(t->dropout_last));
    cli_set(doc, o, "clip_norm", cli_json_f64(t->clip_norm));
    cli_set(doc, o, "order", cli_json_text(cli_word(&cli_choice_order, t->order)));
    cli_set(doc, o, "seed", cli_json_u64(t->seed));
    cli_set(doc, o, "keep", cli_json_text(cli_word(&cli_choice_keep, s->keep)));
}

static void set_influence(cli_doc *doc, const rr_influence *inf)
{
    if (inf == NULL) {
        cli_set(doc, NULL, "influence", json_null());
        return;
    }
    const rr_influence_info i = rr_influence_info_of(inf);
    json_t *o = cli_set_object(doc, NULL, "influence");
    cli_set(doc, o, "states", cli_json_size(i.states));
    cli_set(doc, o, "components", cli_json_size(i.components));
    cli_set(doc, o, "explained_variance", cli_json_f64(i.explained_variance));
    cli_set(doc, o, "stability_mean", cli_json_f64(i.stability_mean));
    cli_set(doc, o, "stability_min", cli_json_f64(i.stability_min));
    cli_set(doc, o, "log_likelihood", cli_json_f64(i.log_likelihood));
    cli_set(doc, o, "symbols", cli_json_size(i.symbols));
    cli_set(doc, o, "sequences", cli_json_size(i.sequences));
    cli_set(doc, o, "steps", cli_json_size(i.steps));
    cli_set(doc, o, "seed", cli_json_u64(i.seed));
}

/* States of the training that are kept, up to the last finished epoch. */
static size_t count_checkpoints(const rr_run *run)
{
    size_t epochs = 0, n = 0;
    (void)rr_run_history(run, &epochs);
    for (size_t e = 0; e <= epochs; e++) {
        char *path = NULL;
        n += rr_run_checkpoint_path(run, e, &path, NULL) == RR_OK;
        rr_string_free(path);
    }
    return n;
}

static rr_status emit(const args *a, const contents *c, rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(c->run);
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    set_data(&doc, &s);
    set_text(&doc, &s);
    set_network(&doc, &s, c);
    set_training(&doc, &s);
    rr_status st = cli_training_document(&doc, c->run, err);
    cli_set(&doc, NULL, "checkpoints", cli_json_size(count_checkpoints(c->run)));
    set_influence(&doc, c->inf);
    cli_set(&doc, NULL, "parent", cli_json_text(s.parent));
    cli_set(&doc, NULL, "parent_model", cli_json_text(s.parent_model));
    if (st == RR_OK)
        st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

/* ---- the table ------------------------------------------------------------------------------ */

static void print_data(const rr_run_settings *s)
{
    printf("data       %s\n", s->data);
    for (int i = 0; i < 3; i++)
        if (s->splits[i].count > 0)
            printf("  %-7s  %zu sequences, content %.12s\n", rr_split_name((rr_split)i),
                   s->splits[i].count, s->splits[i].hash);
    if (s->count_relabelled > 0)
        printf("  labels   of %zu sequences of train are others than the data's\n",
               s->count_relabelled);
    if (s->count_removed > 0)
        printf("  removed  %zu sequences of train\n", s->count_removed);
    if (s->additions_hash != NULL)
        printf("  added    content %.12s\n", s->additions_hash);
    if (s->vocabulary == NULL)
        return;
    printf("words      %zu%s, content %.12s; %s vectors%s%s\n", rr_vocabulary_size(s->vocabulary),
           rr_vocabulary_folds_case(s->vocabulary) ? ", lower case" : "",
           rr_vocabulary_hash(s->vocabulary), rr_embedding_name(s->network.embedding),
           s->vectors != NULL ? " from " : "", s->vectors != NULL ? s->vectors : "");
}

static void print_tables(const args *a, const contents *c)
{
    const rr_run_settings s = rr_run_settings_of(c->run);
    size_t n = 0;
    const rr_run_epoch *rows = rr_run_history(c->run, &n);
    printf("run        %s\n", a->dir);
    if (s.parent != NULL)
        printf("parent     %s (model %.12s)\n", s.parent,
               s.parent_model != NULL ? s.parent_model : "");
    print_data(&s);
    printf("network    %s, %zu inputs, %zu hidden, %zu layer%s, %zu classes",
           rr_cell_name(s.network.cell), s.network.width, s.network.hidden, s.network.layers,
           s.network.layers == 1 ? "" : "s", s.network.classes);
    if (c->net != NULL)
        printf(", %zu weights", rr_network_parameters(c->net));
    printf("\ntraining   %zu epochs planned, batch %zu, %s %g, %s order, seed %llu\n",
           s.train.epochs, s.train.batch, rr_optimizer_name(s.train.optimizer),
           s.train.learning_rate, cli_word(&cli_choice_order, s.train.order),
           (unsigned long long)s.train.seed);
    if (s.checkpoints)
        printf("  states   %zu kept, of epochs 0 to %zu\n", count_checkpoints(c->run), n);
    if (c->net != NULL)
        printf("model      epoch %zu (%s is kept), content %.12s\n", rr_run_model_epoch(c->run),
               cli_word(&cli_choice_keep, s.keep), c->hash);
    else
        printf("model      none yet\n");
    if (c->inf != NULL) {
        const rr_influence_info i = rr_influence_info_of(c->inf);
        printf("influence  %zu states, stability %.4f (min %.4f), %zu components (%.1f %%), "
               "%zu symbols\n",
               i.states, i.stability_mean, i.stability_min, i.components,
               100.0 * i.explained_variance, i.symbols);
    } else {
        printf("influence  none yet\n");
    }
    if (n > 0)
        printf("\n");
    cli_print_history(stdout, rows, n);
}

static int run_info(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    contents c = { .run = NULL };
    rr_status st = RR_OK;

    RRI_TRY(open_contents(a->dir, &c, &err));
    if (!a->common.json)
        print_tables(a, &c);
    RRI_TRY(emit(a, &c, &err));

done:
    rr_influence_free(c.inf);
    rr_network_free(c.net);
    rr_run_free(c.run);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_info = {
    .name = "info",
    .summary = "print what a run directory holds",
    .about = "The data and its content hash, the network, the training's options and history, the\n"
             "influence model, and for a repaired run its parent. The data itself is not read;\n"
             "rnnrepair verify does that.\n",
    .members = "data       {spec, train {count, hash}, dev, test, additions_hash,\n"
               "           removed, relabelled}\n"
               "text       {words, lower, vocabulary_hash, vectors, embedding} or null\n"
               "network    {cell, width, hidden, layers, classes, head, seed, parameters}\n"
               "training   {epochs, batch, optimizer, learning_rate, ..., order, seed, keep}\n"
               "epochs, test_accuracy, model_epoch, model_hash, as rnnrepair train gives them\n"
               "checkpoints  states of the training that are kept: the start's and every epoch's\n"
               "influence  {states, components, stability_mean, ...} or null\n"
               "parent, parent_model, run\n",
    .examples = "rnnrepair info run\n"
                "rnnrepair info run --json\n",
    CLI_TABLES(args, operands, opts),
    .run = run_info,
};
