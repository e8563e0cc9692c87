/* SPDX-License-Identifier: MIT */
/* create.c - creates a new run: loads its data, sets the network's sizes from them, creates the
 * directory. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/io.h"
#include "network/network_internal.h"
#include "run/run_internal.h"

#include <string.h>

enum { DEFAULT_VECTOR_WIDTH = 100, LISTED_CLASSES = 5 };

/* ---- a run under construction --------------------------------------------------------------- */

/* A run under construction. All owned but cfg and callbacks. */
typedef struct draft {
    const rr_new_run_config *cfg;
    const rr_callbacks *callbacks;
    char *spec;         /* the data, from any working directory */
    char *vectors_path; /* absolute; NULL where there are none */
    rr_source *source;
    rr_dataset *splits[3]; /* as the source has them; NULL where it has none */
    rr_dataset *train;     /* with the edits; NULL where there are none */
    rr_vectors *vectors;
    rr_network_config network;
    const char **class_names; /* [network.classes], borrowed from the train split */
    rr_edits *edits;          /* by cfg->labels and cfg->weights; NULL where there are none */
    float *class_weights;     /* [network.classes], or NULL */
} draft;

static void draft_clear(draft *d)
{
    rri_free(d->spec);
    rri_free(d->vectors_path);
    for (int i = 0; i < 3; i++)
        rr_dataset_free(d->splits[i]);
    rr_dataset_free(d->train);
    rr_source_close(d->source);
    rr_vectors_free(d->vectors);
    rri_free(d->class_names);
    rr_edits_free(d->edits);
    rri_free(d->class_weights);
}

/* ---- data ----------------------------------------------------------------------------------- */

static rr_status load_data(draft *d, const char *dir, rr_error *err)
{
    const char *const files[] = { d->cfg->vectors, d->cfg->labels, d->cfg->weights };
    rr_source_options options = rr_source_options_default();
    rr_status st = RR_OK;

    if (d->cfg->data == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "no data are named: what to train on"));
    RRI_TRY(rri_check_new_run(dir, d->cfg->data, files, 3, err));
    RRI_TRY(rr_dataset_spec_resolve(d->cfg->data, &d->spec, err));
    options.standardise = 1;
    RRI_TRY(rr_source_open(d->spec, &options, &d->source, err));
    for (int i = 0; i < 3; i++) /* dev and test are optional */
        if (i == RR_SPLIT_TRAIN || rr_source_has(d->source, (rr_split)i))
            RRI_TRY(rr_source_split(d->source, (rr_split)i, &d->splits[i], err));
    for (size_t i = 0; rr_source_note(d->source, i) != NULL; i++)
        rri_note(d->callbacks, "%s", rr_source_note(d->source, i));
    const rr_scaling *scaling = rr_source_scaling(d->source);
    if (scaling != NULL && strstr(d->spec, "?scale=") == NULL && strstr(d->spec, "&scale=") == NULL)
        rri_note(d->callbacks,
                 "the %zu columns are brought to mean 0 and deviation 1 by the train split; "
                 "scale=none leaves them as they are",
                 scaling->width);
    if (rr_dataset_count(d->splits[RR_SPLIT_TRAIN]) == 0)
        RRI_TRY(
            rri_fail(err, RR_ERR_SHAPE, -1, "%s: the train split holds no sequence", d->cfg->data));

done:
    return st;
}

/* Behind a note of the vocabulary: the share of a split's words that it does not have. */
static rr_status add_unknown(const draft *d, rr_split split, char **text, rr_error *err)
{
    const rr_dataset *ds = d->splits[split];
    rr_unknown_words unknown;
    char *longer = NULL;
    rr_status st = RR_OK;

    if (ds == NULL)
        return RR_OK;
    RRI_TRY(rr_dataset_unknown(ds, &unknown, err));
    RRI_TRY(rri_format(&longer, err,
                       split == RR_SPLIT_TRAIN ? "%s; of the words of %s %.2f %% are unknown"
                                               : "%s, of %s %.2f %%",
                       *text, rr_enum_name(RR_ENUM_SPLIT, split),
                       100.0 * (double)unknown.steps / (double)rri_max(rr_dataset_steps(ds), 1)));
    rri_free(*text);
    *text = longer;

done:
    return st;
}

/* Note how large the vocabulary of a text is, what its limits left out, and what share of the words
 * is therefore unknown. */
static rr_status note_words(const draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    rr_unknown_words left;
    char *text = NULL;
    rr_status st = RR_OK;

    if (rr_dataset_words(train) == NULL)
        return RR_OK;
    RRI_TRY(rr_dataset_unknown(train, &left, err));
    RRI_TRY(rri_format(&text, err, "a vocabulary of %zu words", rr_dataset_vocabulary(train) - 2));
    if (left.words > 0) {
        rri_free(text);
        RRI_TRY(rri_format(&text, err,
                           "the vocabulary is cut to %zu of the %zu words of train (words=N and "
                           "min-count=N say where)",
                           rr_dataset_vocabulary(train) - 2,
                           rr_dataset_vocabulary(train) - 2 + left.words));
    }
    for (int i = 0; i < 3; i++)
        RRI_TRY(add_unknown(d, (rr_split)i, &text, err));
    rri_note(d->callbacks, "%s", text);

done:
    rri_free(text);
    return st;
}

static void note_coverage(const draft *d, const rr_vocabulary *words)
{
    const size_t n = rr_vocabulary_size(words) - 2;
    const size_t covered = rr_vectors_covered(d->vectors);

    rri_note(d->callbacks, "%s: vectors of width %zu for %zu of the %zu words (%.1f %%)",
             d->cfg->vectors, rr_vectors_width(d->vectors), covered, n,
             n > 0 ? 100.0 * (double)covered / (double)n : 0.0);
}

/* Refuse settings of word vectors for data without words. */
static rr_status refuse_vectors(const rr_new_run_config *cfg, rr_error *err)
{
    if (cfg->vectors != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s: word vectors have no effect beside data that are no text: leave them "
                        "out",
                        cfg->vectors);
    if (cfg->embedding_given || cfg->network.width > 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s of word vectors has no effect beside data that are no text: leave it "
                        "out",
                        cfg->embedding_given ? "the training" : "the width");
    return RR_OK;
}

static rr_status load_vectors(draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    const rr_vocabulary *words = rr_dataset_words(train);
    rr_status st = RR_OK;

    if (rr_dataset_vocabulary(train) == 0)
        return refuse_vectors(d->cfg, err);
    if (d->cfg->vectors == NULL)
        return RR_OK;
    if (words == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: the data have numbers, but no words",
                         d->cfg->vectors));
    RRI_TRY(rri_path_absolute(d->cfg->vectors, &d->vectors_path, err));
    RRI_TRY(rr_vectors_load(d->cfg->vectors, words, &d->vectors, err));
    for (size_t i = 0; rr_vectors_note(d->vectors, i) != NULL; i++)
        rri_note(d->callbacks, "%s", rr_vectors_note(d->vectors, i));
    note_coverage(d, words);

done:
    return st;
}

/* ---- edits ---------------------------------------------------------------------------------- */

static rr_status load_edits(draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    rr_status st = RR_OK;

    RRI_TRY(rri_new_edits(d->cfg, train, d->callbacks, &d->edits, err));
    if (d->edits == NULL)
        return RR_OK;
    RRI_TRY(rr_edits_apply(d->edits, train, &d->train, err));
    rri_source_forget(d->source, RR_SPLIT_TRAIN); /* the draft alone holds the unedited one now */

done:
    return st;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* Width of the vectors, and whether they are trained, where the caller did not set it. */
static rr_status fit_embedding(draft *d, rr_error *err)
{
    const size_t width = d->vectors != NULL ? rr_vectors_width(d->vectors) : DEFAULT_VECTOR_WIDTH;

    if (!d->cfg->embedding_given)
        d->network.embedding = d->vectors != NULL ? RR_EMBEDDING_FROZEN : RR_EMBEDDING_TRAINED;
    if (d->network.width == 0)
        d->network.width = width;
    if (d->vectors != NULL && d->network.width != width)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: the vectors are %zu wide, not %zu",
                        d->cfg->vectors, width, d->network.width);
    return RR_OK;
}

static rr_status fit_network(draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];

    d->network = d->cfg->network;
    d->network.seed = d->cfg->train.seed;
    d->network.vocabulary = rr_dataset_vocabulary(train);
    if (!d->cfg->output_given)
        d->network.output = rr_dataset_step_labelled(train) ? RR_OUTPUT_STEP : RR_OUTPUT_LAST;
    d->network.classes = 0;
    for (int i = 0; i < 3; i++)
        if (d->splits[i] != NULL)
            d->network.classes = rri_max(d->network.classes, rr_dataset_classes(d->splits[i]));
    if (d->network.vocabulary > 0)
        return fit_embedding(d, err);
    d->network.width = rr_dataset_width(train);
    return RR_OK;
}

/* Mark the classes of the labels the network is compared with. */
static void see_labels(const rr_dataset *ds, bool steps, unsigned char *seen)
{
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence q = rr_dataset_at(ds, i);
        if (!steps)
            seen[q.label] = 1;
        for (size_t t = 0; steps && t < q.steps; t++)
            if (q.step_labels[t] != RR_NO_LABEL)
                seen[q.step_labels[t]] = 1;
    }
}

/* Note the classes of which a split has no sequence, or no step, the first ones by name: one stray
 * label can add many, and a rare class be in another split altogether. */
static rr_status note_absent(const draft *d, const rr_dataset *ds, const char *split, rr_error *err)
{
    const size_t C = d->network.classes;
    const bool steps = d->network.output == RR_OUTPUT_STEP;
    unsigned char *seen = NULL;
    char list[160] = "";
    size_t used = 0;
    size_t absent = 0;
    const rr_status st = rri_alloc(&seen, C, 1, 1, err);

    if (st != RR_OK)
        return st;
    see_labels(ds, steps, seen);
    for (size_t c = 0; c < C; c++)
        if (!seen[c] && absent++ < LISTED_CLASSES)
            used += (size_t)rri_snprintf(list + used, sizeof list - used, "%s%.24s",
                                         absent > 1 ? ", " : "", rr_dataset_class_name(ds, c));
    if (absent > 0)
        rri_note(d->callbacks, "note: %zu of the %zu classes %s no %s %s: %s%s", absent, C,
                 absent == 1 ? "has" : "have", split, steps ? "step" : "sequence", list,
                 absent > LISTED_CLASSES ? ", ..." : "");
    rri_free(seen);
    return RR_OK;
}

/* Note what a split lacks that training or measuring needs. */
static rr_status note_split(const draft *d, const rr_dataset *ds, const char *split, rr_error *err)
{
    if (d->network.output == RR_OUTPUT_LAST || rr_dataset_step_labelled(ds))
        return note_absent(d, ds, split, err);
    rri_note(d->callbacks, "note: the steps of the %s split have no labels", split);
    return RR_OK;
}

static rr_status note_classes(const draft *d, const rr_dataset *train, rr_error *err)
{
    rr_status st = RR_OK;

    if (d->network.classes < 2)
        rri_note(d->callbacks, "note: there is only one class: there is nothing to classify");
    RRI_TRY(note_split(d, train, "training", err));
    if (d->splits[RR_SPLIT_DEV] != NULL)
        RRI_TRY(note_split(d, d->splits[RR_SPLIT_DEV], "dev", err));
    if (d->splits[RR_SPLIT_TEST] != NULL)
        RRI_TRY(note_split(d, d->splits[RR_SPLIT_TEST], "test", err));
    else
        rri_note(d->callbacks, "note: the data have no test split; predict and explain will need "
                               "--split train. Some kinds of data take holdout=0.2");

done:
    return st;
}

/* ---- the directory -------------------------------------------------------------------------- */

/* Create the network training begins with, and check that a trainer accepts it. */
static rr_status make_network(const draft *d, const rr_dataset *train, rr_network **out,
                              rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(train);
    rr_network *net = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_network_new(&d->network, &net, err));
    RRI_TRY(rri_trainer_check(&d->cfg->train, net, train, err));
    if (words != NULL)
        RRI_TRY(rr_network_set_vocabulary(net, rr_vocabulary_hash(words), err));
    if (d->vectors != NULL)
        RRI_TRY(rr_network_set_embedding(net, rr_vectors_table(d->vectors), err));
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}

static void record_splits(const draft *d, rr_run_split out[3])
{
    for (int i = 0; i < 3; i++)
        if (d->splits[i] != NULL) {
            out[i].count = rr_dataset_count(d->splits[i]);
            (void)rri_snprintf(out[i].hash, sizeof out[i].hash, "%s",
                               rr_dataset_hash(d->splits[i]));
            (void)rri_snprintf(out[i].files_hash, sizeof out[i].files_hash, "%s",
                               rr_dataset_files_hash(d->splits[i]));
        }
}

static rr_status name_classes(draft *d, const rr_dataset *train, rr_error *err)
{
    const rr_status st =
        rri_alloc(&d->class_names, d->network.classes, 1, sizeof *d->class_names, err);

    for (size_t c = 0; st == RR_OK && c < d->network.classes; c++)
        d->class_names[c] = rr_dataset_class_name(train, c);
    return st;
}

static rr_status create_run(draft *d, const char *dir, const rr_dataset *train, rr_run **out,
                            rr_error *err)
{
    const rr_status st = name_classes(d, train, err);
    rr_run_settings settings = { .data = d->spec,
                                 .source = d->source,
                                 .scaling = rr_source_scaling(d->source),
                                 .network = d->network,
                                 .train = d->cfg->train,
                                 .keep = d->cfg->keep,
                                 .vocabulary = rr_dataset_words(train),
                                 .checkpoints = d->cfg->checkpoints };

    if (st != RR_OK)
        return st;
    settings.class_names = d->class_names;
    if (d->edits != NULL)
        settings.edits = *d->edits;
    if (d->vectors != NULL) {
        settings.vectors = d->vectors_path;
        settings.vectors_hash = rr_vectors_hash(d->vectors);
    }
    record_splits(d, settings.splits);
    return rri_run_create(dir, &settings, d->class_weights, out, err);
}

/* Move the loaded data into the session. */
static void move_splits(draft *d, rr_session *s)
{
    for (int i = 0; i < 3; i++) {
        s->splits[i] = d->splits[i];
        d->splits[i] = NULL;
    }
    if (d->train != NULL) {
        rr_dataset_free(s->splits[RR_SPLIT_TRAIN]);
        s->splits[RR_SPLIT_TRAIN] = d->train;
        d->train = NULL;
    }
}

rr_status rr_session_create(const char *dir, const rr_new_run_config *cfg,
                            const rr_session_config *where, rr_session **out, rr_error *err)
{
    rr_new_run_config own = rr_new_run_config_default();
    rr_session_config opened = rr_session_config_default();
    draft d = { .cfg = &own, .callbacks = &opened.callbacks };
    rr_network *net = NULL;
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_new_run_config", err));
    RRI_TRY(rri_config_same(&own.network, sizeof own.network, "rr_network_config", err));
    RRI_TRY(rri_config_same(&own.train, sizeof own.train, "rr_train_config", err));
    if (where != NULL)
        RRI_TRY(rri_config_take(&opened, sizeof opened, where, "rr_session_config", err));
    opened.data = opened.vectors = NULL;
    RRI_TRY(rri_run_check_directory(dir, err));
    RRI_TRY(load_data(&d, dir, err));
    RRI_TRY(note_words(&d, err));
    RRI_TRY(load_vectors(&d, err));
    RRI_TRY(fit_network(&d, err));
    RRI_TRY(load_edits(&d, err));
    const rr_dataset *train = d.train != NULL ? d.train : d.splits[RR_SPLIT_TRAIN];
    RRI_TRY(note_classes(&d, train, err));
    RRI_TRY(rri_class_weights(own.class_weights, train, d.network.output == RR_OUTPUT_STEP,
                              d.network.classes, d.callbacks, &d.class_weights, err));
    rri_settle_training(&own, rr_dataset_count(train),
                        d.splits[RR_SPLIT_DEV] != NULL &&
                            rr_dataset_count(d.splits[RR_SPLIT_DEV]) > 0,
                        d.callbacks);
    RRI_TRY(make_network(&d, train, &net, err));
    RRI_TRY(create_run(&d, dir, train, &run, err));
    RRI_TRY(rri_session_new(run, &opened, out, err));
    run = NULL;
    move_splits(&d, *out);
    (*out)->created = true;
    (*out)->start = net;
    net = NULL;

done:
    rr_run_free(run);
    rr_network_free(net);
    draft_clear(&d);
    return st;
}
