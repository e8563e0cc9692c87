/* SPDX-License-Identifier: MIT */
/* info.c - `rnnrepair info`: prints the contents of a run directory. */
#include "kit/choice.h"
#include "kit/epochs.h"
#include "kit/inputs.h"

enum { CLASSES_SHOWN = 20 };

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

/* What info reads; net and inf are NULL where the run has none yet. Borrowed. */
typedef struct contents {
    const rr_run *run;
    const rr_network *net;
    const rr_influence *inf;
    char hash[65];
} contents;

static rr_status read_contents(rr_session *s, contents *c, rr_error *err)
{
    rr_status st = RR_OK;
    c->run = rr_session_run(s);
    if (rr_run_settings_of(c->run).states != NULL && rr_session_has_influence(s))
        RRI_TRY(rr_session_influence(s, &c->inf, err));
    if (rr_run_has_model(c->run)) {
        RRI_TRY(rr_session_network(s, &c->net, err));
        RRI_TRY(rr_network_hash(c->net, c->hash, err));
        if (rr_session_has_influence(s))
            RRI_TRY(rr_session_influence(s, &c->inf, err));
    }

done:
    return st;
}

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column split_table[] = {
    COL_DATA(SIZE, rr_run_split, count, "count"),
    COL_DATA(CHARS, rr_run_split, hash, "hash"),
};
static const cli_columns split_columns = CLI_COLUMNS(rr_run_split, split_table);

static const cli_column edit_table[] = {
    COL_DATA(TEXT, rr_run_settings, additions_hash, "additions_hash"),
    COL_DATA(SIZE, rr_run_settings, edits.count_removed, "removed"),
    COL_DATA(SIZE, rr_run_settings, edits.count_relabelled, "relabelled"),
};
static const cli_columns edit_columns = CLI_COLUMNS(rr_run_settings, edit_table);

static const cli_column network_table[] = {
    COL_ENUM(rr_network_config, cell, "cell", RR_ENUM_CELL, NULL, 0),
    COL_DATA(SIZE, rr_network_config, width, "width"),
    COL_DATA(SIZE, rr_network_config, hidden, "hidden"),
    COL_DATA(SIZE, rr_network_config, layers, "layers"),
    COL_DATA(SIZE, rr_network_config, classes, "classes"),
    COL_ENUM(rr_network_config, head, "head", RR_ENUM_HEAD, NULL, 0),
    COL_DATA(U64, rr_network_config, seed, "seed"),
};
static const cli_columns network_columns = CLI_COLUMNS(rr_network_config, network_table);

static const cli_column foreign_table[] = {
    COL_DATA(SIZE, rr_network_config, width, "width"),
    COL_DATA(SIZE, rr_network_config, hidden, "hidden"),
    COL_DATA(SIZE, rr_network_config, classes, "classes"),
    COL_DATA(SIZE, rr_network_config, vocabulary, "vocabulary"),
};
static const cli_columns foreign_columns = CLI_COLUMNS(rr_network_config, foreign_table);

static const cli_column training_table[] = {
    COL_DATA(SIZE, rr_train_config, epochs, "epochs"),
    COL_DATA(SIZE, rr_train_config, batch, "batch"),
    COL_ENUM(rr_train_config, optimizer, "optimizer", RR_ENUM_OPTIMIZER, NULL, 0),
    COL_DATA(F64, rr_train_config, learning_rate, "learning_rate"),
    COL_DATA(F64, rr_train_config, momentum, "momentum"),
    COL_DATA(F64, rr_train_config, rho, "rho"),
    COL_DATA(F64, rr_train_config, beta1, "beta1"),
    COL_DATA(F64, rr_train_config, beta2, "beta2"),
    COL_DATA(F64, rr_train_config, epsilon, "epsilon"),
    COL_DATA(F64, rr_train_config, dropout_input, "dropout_input"),
    COL_DATA(F64, rr_train_config, dropout_last, "dropout_last"),
    COL_DATA(F64, rr_train_config, clip_norm, "clip_norm"),
    COL_ENUM(rr_train_config, order, "order", RR_ENUM_ORDER, NULL, 0),
    COL_DATA(U64, rr_train_config, seed, "seed"),
};
static const cli_columns training_columns = CLI_COLUMNS(rr_train_config, training_table);

typedef struct model_row {
    rr_influence_info of;
    rr_choice choice;
} model_row;

static const cli_column influence_table[] = {
    COL_DATA(SIZE, model_row, of.states, "states"),
    COL_DATA(SIZE, model_row, of.components, "components"),
    COL_DATA(F64, model_row, of.explained_variance, "explained_variance"),
    COL_DATA(F64, model_row, of.stability_mean, "stability_mean"),
    COL_DATA(F64, model_row, of.stability_min, "stability_min"),
    COL_DATA(F64, model_row, of.log_likelihood, "log_likelihood"),
    COL_DATA(SIZE, model_row, of.symbols, "symbols"),
    COL_DATA(SIZE, model_row, of.sequences, "sequences"),
    COL_DATA(SIZE, model_row, of.steps, "steps"),
    COL_DATA(U64, model_row, of.seed, "seed"),
    COL_RECORD(model_row, choice, "choice", cli_choice_columns),
};
static const cli_columns influence_columns = CLI_COLUMNS(model_row, influence_table);

/* ---- the document --------------------------------------------------------------------------- */

static json_t *numbers(const double *value, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, cli_json_f64(value[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static void put_scaling(cli_result *r, const rr_scaling *scaling)
{
    if (scaling == NULL) {
        cli_put(r, "scaling", json_null());
        return;
    }
    json_t *back = cli_enter(r, "scaling");
    cli_put(r, "kind", cli_json_text(rr_enum_name(RR_ENUM_SCALE, scaling->kind)));
    cli_put(r, "offset", numbers(scaling->offset, scaling->width));
    cli_put(r, "divisor", numbers(scaling->divisor, scaling->width));
    cli_leave(r, back);
}

/* Training sequences with a loss weight that is not 1, and with 0. */
static void count_weights(const rr_edits *e, size_t *others, size_t *zeros)
{
    *others = *zeros = 0;
    for (size_t i = 0; i < e->count_weights; i++) {
        *others += e->weights[i] != 1.0f;
        *zeros += e->weights[i] == 0.0f;
    }
}

static void put_weights(cli_result *r, const rr_run_settings *s)
{
    size_t others = 0, zeros = 0;
    json_t *back = cli_enter(r, "weights");
    count_weights(&s->edits, &others, &zeros);
    cli_put(r, "sequences", cli_json_size(others));
    cli_put(r, "zeros", cli_json_size(zeros));
    cli_put(r, "hash", cli_json_text(s->weights_hash));
    cli_leave(r, back);
}

/* [C] */
static void put_class_weights(cli_result *r, const rr_run *run)
{
    json_t *list = json_array();
    for (size_t c = 0; c < rr_run_settings_of(run).network.classes; c++)
        json_array_append_new(list, cli_json_f64((double)rr_run_class_weights(run)[c]));
    cli_put(r, "class_weights", list);
}

static void print_class_weights(const cli_result *r, const rr_run *run, const rr_run_settings *s)
{
    const float *w = rr_run_class_weights(run);
    cli_print(r, "  classes  weigh");
    for (size_t c = 0; c < s->network.classes && c < 12; c++) {
        if (s->class_names != NULL)
            cli_print(r, "%s %s", c > 0 ? "," : "", s->class_names[c]);
        else
            cli_print(r, "%s %zu", c > 0 ? "," : "", c);
        cli_print(r, " %.4g", (double)w[c]);
    }
    cli_print(r, "%s\n", s->network.classes > 12 ? ", ..." : "");
}

static void put_guard(cli_result *r, const rr_run *run)
{
    const rr_guard g = rr_run_settings_of(run).guard;
    const rr_guarded seen = rr_run_guarded(run);
    json_t *back = cli_enter(r, "guard");
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, g.split)));
    cli_put(r, "held", cli_json_size(g.count_held));
    cli_put(r, "updates", cli_json_size(seen.updates));
    cli_put(r, "kept", cli_json_size(seen.kept));
    cli_put(r, "fixed", cli_json_size(seen.fixed));
    cli_put(r, "broken", cli_json_size(seen.broken));
    cli_leave(r, back);
}

static void put_data(cli_result *r, const rr_run *run, const rr_run_settings *s)
{
    json_t *back = cli_enter(r, "data");
    cli_put(r, "spec", cli_json_text(s->data));
    for (int i = 0; i < 3; i++)
        if (s->splits[i].count > 0)
            cli_put_record(r, rr_enum_name(RR_ENUM_SPLIT, (rr_split)i), &split_columns,
                           &s->splits[i]);
    cli_put_record(r, NULL, &edit_columns, s);
    if (s->edits.count_steps > 0)
        cli_put(r, "relabelled_steps", cli_json_size(s->edits.count_steps));
    if (s->edits.weights != NULL)
        put_weights(r, s);
    if (rr_run_class_weights(run) != NULL)
        put_class_weights(r, run);
    if (s->guard.on)
        put_guard(r, run);
    put_scaling(r, s->scaling);
    cli_leave(r, back);
}

static void put_text(cli_result *r, const rr_run_settings *s)
{
    if (s->vocabulary == NULL) {
        cli_put(r, "text", json_null());
        return;
    }
    json_t *back = cli_enter(r, "text");
    cli_put(r, "words", cli_json_size(rr_vocabulary_size(s->vocabulary)));
    cli_put(r, "lower", json_boolean(rr_vocabulary_folds_case(s->vocabulary)));
    cli_put(r, "vocabulary_hash", cli_json_text(rr_vocabulary_hash(s->vocabulary)));
    cli_put(r, "vectors", cli_json_text(s->vectors));
    cli_put(r, "embedding", cli_json_text(rr_enum_name(RR_ENUM_EMBEDDING, s->network.embedding)));
    cli_leave(r, back);
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

static json_t *class_names(const rr_run_settings *s)
{
    if (s->class_names == NULL)
        return json_null();
    json_t *list = json_array();
    for (size_t c = 0; c < s->network.classes; c++)
        if (json_array_append_new(list, cli_json_text(s->class_names[c])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* A network trained elsewhere has sizes alone, and no training. */
static void put_network(const contents *c, const rr_run_settings *s, cli_result *r)
{
    const int foreign = s->states != NULL;
    json_t *back = cli_enter(r, "network");
    cli_put_record(r, NULL, foreign ? &foreign_columns : &network_columns, &s->network);
    if (s->network.output == RR_OUTPUT_STEP) /* as in run.json: absent is the last step */
        cli_put(r, "output", cli_json_text(rr_enum_name(RR_ENUM_OUTPUT, s->network.output)));
    cli_put(r, "class_names", class_names(s));
    cli_put(r, "parameters",
            c->net != NULL ? cli_json_size(rr_network_parameters(c->net)) : json_null());
    cli_leave(r, back);
    if (foreign) {
        cli_put(r, "training", json_null());
        return;
    }
    back = cli_enter(r, "training");
    cli_put_record(r, NULL, &training_columns, &s->train);
    cli_put(r, "keep", cli_json_text(rr_enum_name(RR_ENUM_KEEP, s->keep)));
    cli_leave(r, back);
}

static void put_all(const args *a, const contents *c, cli_result *r)
{
    const rr_run_settings s = rr_run_settings_of(c->run);
    cli_put(r, "run", cli_json_text(a->dir));
    put_data(r, c->run, &s);
    put_text(r, &s);
    put_network(c, &s, r);
    cli_put_training(r, c->run, c->net != NULL ? c->hash : NULL);
    cli_put(r, "certificate_hash", cli_json_text(s.certificate_hash));
    cli_put(r, "checkpoints", cli_json_size(count_checkpoints(c->run)));
    if (c->inf != NULL) {
        const model_row row = { rr_influence_info_of(c->inf), *rr_influence_choice(c->inf) };
        cli_put_record(r, "influence", &influence_columns, &row);
    } else {
        cli_put(r, "influence", json_null());
    }
    cli_put(r, "parent", cli_json_text(s.parent));
    cli_put(r, "parent_model", cli_json_text(s.parent_model));
}

/* ---- the text ------------------------------------------------------------------------------- */

static bool named_by_numbers(const rr_run_settings *s)
{
    for (size_t c = 0; c < s->network.classes; c++) {
        size_t number = 0;
        if (!rri_parse_size(s->class_names[c], &number) || number != c)
            return false;
    }
    return true;
}

/* The names of the classes, unless they are 0, 1, ...; of many the first. */
static void print_classes(const cli_result *r, const rr_run_settings *s)
{
    if (s->class_names == NULL || named_by_numbers(s))
        return;
    cli_print(r, "classes    ");
    for (size_t c = 0; c < s->network.classes && c < CLASSES_SHOWN; c++)
        cli_print(r, "%s%s", c > 0 ? ", " : "", s->class_names[c]);
    cli_print(r, "%s\n", s->network.classes > CLASSES_SHOWN ? ", ..." : "");
}

static void print_data(const cli_result *r, const rr_run *run, const rr_run_settings *s)
{
    cli_print(r, "data       %s\n", s->data);
    for (int i = 0; i < 3; i++)
        if (s->splits[i].count > 0)
            cli_print(r, "  %-7s  %zu sequences, content %.12s\n",
                      rr_enum_name(RR_ENUM_SPLIT, (rr_split)i), s->splits[i].count,
                      s->splits[i].hash);
    if (s->scaling != NULL)
        cli_print(r, "  scaled   %zu columns by the train split (%s)\n", s->scaling->width,
                  rr_enum_name(RR_ENUM_SCALE, s->scaling->kind));
    if (s->edits.count_relabelled > 0)
        cli_print(r, "  labels   changed for %zu sequences of train\n", s->edits.count_relabelled);
    if (s->edits.count_steps > 0)
        cli_print(r, "  labels   changed for %zu steps of train\n", s->edits.count_steps);
    if (s->edits.count_removed > 0)
        cli_print(r, "  removed  %zu sequences of train\n", s->edits.count_removed);
    if (s->additions_hash != NULL)
        cli_print(r, "  added    content %.12s\n", s->additions_hash);
    if (s->edits.weights != NULL) {
        size_t others = 0, zeros = 0;
        count_weights(&s->edits, &others, &zeros);
        cli_print(r, "  weights  of the losses of %zu sequences of train, which is 0 for %zu\n",
                  others, zeros);
    }
    if (rr_run_class_weights(run) != NULL)
        print_class_weights(r, run, s);
    if (s->guard.on) {
        const rr_guarded seen = rr_run_guarded(run);
        cli_print(r, "  guard    %zu sequences of %s%s; ",
                  s->guard.split == RR_SPLIT_TRAIN ? s->guard.count_held
                                                   : s->splits[s->guard.split].count,
                  rr_enum_name(RR_ENUM_SPLIT, s->guard.split),
                  s->guard.split == RR_SPLIT_TRAIN ? " held back" : "");
        if (seen.kept > 0 || s->guard.points == 0)
            cli_print(r, "the weights after %zu of %zu updates\n", seen.kept, seen.updates);
        else
            cli_print(r, "no weights obey it: the last, after %zu updates\n", seen.updates);
    }
    if (s->vocabulary == NULL)
        return;
    cli_print(
        r, "words      %zu%s, content %.12s; %s vectors%s%s\n", rr_vocabulary_size(s->vocabulary),
        rr_vocabulary_folds_case(s->vocabulary) ? ", lower case" : "",
        rr_vocabulary_hash(s->vocabulary), rr_enum_name(RR_ENUM_EMBEDDING, s->network.embedding),
        s->vectors != NULL ? " from " : "", s->vectors != NULL ? s->vectors : "");
}

/* Of the network itself. */
static void print_network(const contents *c, const rr_run_settings *s, size_t epochs,
                          const cli_result *r)
{
    cli_print(r, "network    %s, %zu inputs, %zu hidden, %zu layer%s, %zu classes%s",
              rr_enum_name(RR_ENUM_CELL, s->network.cell), s->network.width, s->network.hidden,
              s->network.layers, s->network.layers == 1 ? "" : "s", s->network.classes,
              s->network.output == RR_OUTPUT_STEP ? " at every step" : "");
    if (c->net != NULL)
        cli_print(r, ", %zu weights", rr_network_parameters(c->net));
    if (s->certificate_hash != NULL) {
        cli_print(r, "\ntraining   none: the parent's with another output layer, by %s\n",
                  RR_RUN_CERTIFICATE);
        cli_print(r, "model      content %.12s\n", c->hash);
        return;
    }
    cli_print(r, "\ntraining   %zu epochs planned, batch %zu, %s %g, %s order, seed %llu\n",
              s->train.epochs, s->train.batch, rr_enum_name(RR_ENUM_OPTIMIZER, s->train.optimizer),
              s->train.learning_rate, rr_enum_name(RR_ENUM_ORDER, s->train.order),
              (unsigned long long)s->train.seed);
    if (s->checkpoints)
        cli_print(r, "  states   %zu kept, of epochs 0 to %zu\n", count_checkpoints(c->run),
                  epochs);
    if (c->net != NULL)
        cli_print(r, "model      epoch %zu (%s is kept), content %.12s\n",
                  rr_run_model_epoch(c->run), rr_enum_name(RR_ENUM_KEEP, s->keep), c->hash);
    else
        cli_print(r, "model      none yet\n");
}

/* Of a network trained elsewhere, of which there are states. */
static void print_foreign(const rr_run_settings *s, const cli_result *r)
{
    const size_t V = s->network.vocabulary;
    cli_print(r, "states     %s, %zu values, ", rr_enum_name(RR_ENUM_STATES_KIND, s->states->kind),
              s->network.hidden);
    if (V > 0)
        cli_print(r, "%zu symbols, ", V);
    else
        cli_print(r, "inputs of %zu values, ", s->network.width);
    cli_print(r, "%zu classes%s; file %.12s\n", s->network.classes,
              s->network.output == RR_OUTPUT_STEP ? " at every step" : "",
              s->splits[RR_SPLIT_TRAIN].files_hash);
    if (s->states->model[0] != '\0')
        cli_print(r, "model      %.12s, trained elsewhere\n", s->states->model);
}

static void print_text(const args *a, const contents *c, const cli_result *r)
{
    const rr_run_settings s = rr_run_settings_of(c->run);
    size_t n = 0;
    const rr_run_epoch *rows = rr_run_history(c->run, &n);
    cli_print(r, "run        %s\n", a->dir);
    if (s.parent != NULL)
        cli_print(r, "parent     %s (model %.12s)\n", s.parent,
                  s.parent_model != NULL ? s.parent_model : "");
    print_data(r, c->run, &s);
    print_classes(r, &s);
    if (s.states != NULL)
        print_foreign(&s, r);
    else
        print_network(c, &s, n, r);
    if (c->inf != NULL) {
        const rr_influence_info i = rr_influence_info_of(c->inf);
        cli_print(r,
                  "influence  %zu states, stability %.4f (min %.4f), %zu components (%.1f %%), "
                  "%zu symbols\n",
                  i.states, i.stability_mean, i.stability_min, i.components,
                  100.0 * i.explained_variance, i.symbols);
    } else {
        cli_print(r, "influence  none yet\n");
    }
    if (n > 0)
        cli_print(r, "\n");
    if (n > 0)
        cli_print_rows(r, &cli_epoch_columns, rows, n, n, "");
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open(&a->common, a->dir, NULL, NULL, s, err);
}

static rr_status answer_info(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    const args *a = p;
    contents c = { .run = NULL };
    rr_status st = RR_OK;

    RRI_TRY(read_contents(s, &c, err));
    print_text(a, &c, r);
    put_all(a, &c, r);
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

const cli_command cli_command_info = {
    .name = "info",
    .summary = "print the contents of a run directory",
    .about = "The data and its content hash, the network, the training's options and history, the\n"
             "influence model, and for a repaired run its parent. The data are not read;\n"
             "rnnrepair verify does that.\n",
    .members = "data       {spec, train {count, hash}, dev, test, additions_hash,\n"
               "           removed, relabelled, and where there are some relabelled_steps,\n"
               "           weights {sequences, zeros, hash} where losses have weights,\n"
               "           guard {split, held, updates, kept, fixed, broken} of a guarded repair,\n"
               "           scaling {kind, offset, divisor} or null}\n"
               "text       {words, lower, vocabulary_hash, vectors, embedding} or null\n"
               "network    {cell, width, hidden, layers, classes, head, seed, parameters,\n"
               "           output (step; absent = last),\n"
               "           class_names [C], null of a run made before they were recorded};\n"
               "           of a run on states {width, hidden, classes, vocabulary, ...}\n"
               "training   {epochs, batch, optimizer, learning_rate, ..., order, seed, keep};\n"
               "           null of a run on states\n"
               "epochs, test_accuracy, model_epoch, model_hash, as printed by rnnrepair train\n"
               "certificate_hash  of a run whose output layer was repaired\n"
               "checkpoints  number of states kept: the start's and one per epoch\n"
               "influence  {states, components, stability_mean, ..., choice as of build} or null\n"
               "parent, parent_model, run\n" CLI_ORIGIN_MEMBERS,
    .list = "epochs",
    .examples = "rnnrepair info run\n"
                "rnnrepair info run --json\n",
    CLI_TABLES(args, operands, opts),
    .open = open_run,
    .answer = answer_info,
};
