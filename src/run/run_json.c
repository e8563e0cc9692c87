/* SPDX-License-Identifier: MIT */
/* run_json.c - writes and reads run.json, by tables of its members (docs/FORMAT.md#runjson); lists
 * and splits by hand. */
#include "run/directory.h"

#include "io/json.h"

#include <math.h>
#include <string.h>

static const char run_format[] = "rnnrepair-run";
enum { RUN_VERSION = 1 };

/* ---- members -------------------------------------------------------------------------------- */

/* What the members are written from and read into. Strings are borrowed. */
typedef struct record {
    rr_run_settings s;
    const char *vocabulary_hash; /* NULL: no run on text */
    int folds_case;
    size_t model_epoch;
    rr_states_origin origin; /* what s.states points to, where there are any */
} record;

#define FIELD(kind, presence, type, member, key)                                                   \
    {                                                                                              \
        key, offsetof(type, member), RRI_JSON_##kind, RRI_JSON_##presence, (rr_enum)0              \
    }
#define MEMBER(kind, member, key) FIELD(kind, ALWAYS, record, member, key)
#define WORD(presence, member, key, words)                                                         \
    {                                                                                              \
        key, offsetof(record, member), RRI_JSON_ENUM, RRI_JSON_##presence, words                   \
    }

static const rri_json_field split_table[] = {
    FIELD(SIZE, ALWAYS, rr_run_split, count, "count"),
    FIELD(HASH, ALWAYS, rr_run_split, hash, "sha256"),
    FIELD(HASH, NONZERO, rr_run_split, files_hash, "files_sha256"),
};
static const rri_json_fields split_fields = RRI_JSON_FIELDS(split_table);

static const rri_json_field network_table[] = {
    WORD(ALWAYS, s.network.cell, "cell", RR_ENUM_CELL),
    MEMBER(SIZE, s.network.width, "width"),
    MEMBER(SIZE, s.network.hidden, "hidden"),
    MEMBER(SIZE, s.network.layers, "layers"),
    MEMBER(SIZE, s.network.classes, "classes"),
    MEMBER(U64, s.network.seed, "seed"),
    WORD(NONZERO, s.network.head, "head", RR_ENUM_HEAD),
    WORD(NONZERO, s.network.output, "output", RR_ENUM_OUTPUT),
    FIELD(SIZE, NONZERO, record, s.network.vocabulary, "vocabulary"),
    WORD(TOGETHER, s.network.embedding, "embedding", RR_ENUM_EMBEDDING),
};
static const rri_json_fields network_fields = RRI_JSON_FIELDS(network_table);

/* Of a run on the states of a network trained elsewhere, which is not here. */
static const rri_json_field foreign_table[] = {
    MEMBER(SIZE, s.network.width, "width"),
    MEMBER(SIZE, s.network.hidden, "hidden"),
    MEMBER(SIZE, s.network.classes, "classes"),
    FIELD(SIZE, NONZERO, record, s.network.vocabulary, "vocabulary"),
    WORD(NONZERO, s.network.output, "output", RR_ENUM_OUTPUT),
};
static const rri_json_fields foreign_fields = RRI_JSON_FIELDS(foreign_table);

static const rri_json_field states_table[] = {
    WORD(ALWAYS, origin.kind, "kind", RR_ENUM_STATES_KIND),
    MEMBER(U64, origin.compared, "compared"),
    MEMBER(U64, origin.disagreements, "disagreements"),
    MEMBER(F64_OR_NULL, origin.difference, "difference"),
    FIELD(HASH, NONZERO, record, origin.model, "model"),
};
static const rri_json_fields states_fields = RRI_JSON_FIELDS(states_table);

static const rri_json_field train_table[] = {
    MEMBER(SIZE, s.train.epochs, "epochs"),
    MEMBER(SIZE, s.train.batch, "batch"),
    WORD(ALWAYS, s.train.optimizer, "optimizer", RR_ENUM_OPTIMIZER),
    MEMBER(F64, s.train.learning_rate, "learning_rate"),
    MEMBER(F64, s.train.momentum, "momentum"),
    MEMBER(F64, s.train.rho, "rho"),
    MEMBER(F64, s.train.beta1, "beta1"),
    MEMBER(F64, s.train.beta2, "beta2"),
    MEMBER(F64, s.train.epsilon, "epsilon"),
    MEMBER(F64, s.train.clip_norm, "clip_norm"),
    FIELD(F64, SINCE, record, s.train.dropout_input, "dropout_input"),
    FIELD(F64, TOGETHER, record, s.train.dropout_last, "dropout_last"),
    WORD(ALWAYS, s.train.order, "order", RR_ENUM_ORDER),
    MEMBER(U64, s.train.seed, "seed"),
    WORD(ALWAYS, s.keep, "keep", RR_ENUM_KEEP),
    FIELD(FLAG, NONZERO, record, s.checkpoints, "checkpoints"),
    FIELD(FLAG, NONZERO, record, s.train.average, "average"),
};
static const rri_json_fields train_fields = RRI_JSON_FIELDS(train_table);

static const rri_json_field text_table[] = {
    MEMBER(TEXT, vocabulary_hash, "vocabulary_sha256"),
    MEMBER(FLAG, folds_case, "lower"),
    FIELD(TEXT, NONZERO, record, s.vectors, "vectors"),
    FIELD(TEXT, TOGETHER, record, s.vectors_hash, "vectors_sha256"),
};
static const rri_json_fields text_fields = RRI_JSON_FIELDS(text_table);

static const rri_json_field lineage_table[] = {
    MEMBER(TEXT_OR_NULL, s.parent, "parent"),
    MEMBER(TEXT_OR_NULL, s.parent_model, "parent_model"),
    MEMBER(TEXT_OR_NULL, s.additions_hash, "additions_sha256"),
    FIELD(TEXT, NONZERO, record, s.weights_hash, "weights_sha256"),
    FIELD(TEXT, NONZERO, record, s.certificate_hash, "certificate_sha256"),
    MEMBER(SIZE, model_epoch, "model_epoch"),
};
static const rri_json_fields lineage_fields = RRI_JSON_FIELDS(lineage_table);

static const rri_json_field epoch_table[] = {
    FIELD(SIZE, ALWAYS, rr_run_epoch, epoch, "epoch"),
    FIELD(F64, ALWAYS, rr_run_epoch, loss, "loss"),
    FIELD(F64_OR_NULL, ALWAYS, rr_run_epoch, train_accuracy, "train_accuracy"),
    FIELD(F64_OR_NULL, ALWAYS, rr_run_epoch, dev_accuracy, "dev_accuracy"),
    FIELD(F64_OR_NULL, ALWAYS, rr_run_epoch, test_accuracy, "test_accuracy"),
    FIELD(F64, ALWAYS, rr_run_epoch, seconds, "seconds"),
    FIELD(F64, ALWAYS, rr_run_epoch, sequences_per_second, "sequences_per_second"),
};
static const rri_json_fields epoch_fields = RRI_JSON_FIELDS(epoch_table);

/* ---- writing -------------------------------------------------------------------------------- */

static rr_status put_object(json_t *root, const char *key, const rri_json_fields *fields,
                            const void *from, rr_error *err)
{
    json_t *object = NULL;
    const rr_status st = rri_json_add_object(root, key, &object, err);

    return st != RR_OK ? st : rri_json_put_fields(object, fields, from, err);
}

static rr_status put_values(json_t *object, const char *key, const double *value, size_t n,
                            rr_error *err)
{
    json_t *list = json_array();
    const rr_status st = rri_json_set(object, key, list, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        if (json_array_append_new(list, json_real(value[i])) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    return st;
}

static rr_status put_scaling(json_t *data, const rr_scaling *s, rr_error *err)
{
    json_t *object = NULL;
    rr_status st = RR_OK;

    if (s == NULL)
        return RR_OK;
    RRI_TRY(rri_json_add_object(data, "scaling", &object, err));
    RRI_TRY(rri_json_set(object, "kind", json_string(rr_enum_name(RR_ENUM_SCALE, s->kind)), err));
    RRI_TRY(put_values(object, "offset", s->offset, s->width, err));
    RRI_TRY(put_values(object, "divisor", s->divisor, s->width, err));

done:
    return st;
}

static rr_status put_data(json_t *root, const rr_run_settings *s, rr_error *err)
{
    json_t *data = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_add_object(root, "data", &data, err));
    RRI_TRY(rri_json_set(data, "source", json_string(s->data), err));
    for (unsigned i = 0; i < 3; i++)
        if (s->splits[i].count > 0)
            RRI_TRY(put_object(data, rr_enum_name(RR_ENUM_SPLIT, i), &split_fields, &s->splits[i],
                               err));
    RRI_TRY(put_scaling(data, s->scaling, err));

done:
    return st;
}

/* The names of the classes, in the object of the network. */
static rr_status put_names(json_t *network, const rr_run_settings *s, rr_error *err)
{
    json_t *list = NULL;
    rr_status st = RR_OK;

    if (s->class_names == NULL)
        return RR_OK;
    list = json_array();
    RRI_TRY(rri_json_set(network, "class_names", list, err));
    for (size_t c = 0; c < s->network.classes; c++)
        if (json_array_append_new(list, json_string(s->class_names[c])) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");

done:
    return st;
}

/* The network and how it is trained; or of one trained elsewhere its sizes and what its states are.
 */
static rr_status put_model(json_t *root, record *r, rr_error *err)
{
    const bool foreign = r->s.states != NULL;
    rr_status st = RR_OK;

    RRI_TRY(put_object(root, "network", foreign ? &foreign_fields : &network_fields, r, err));
    RRI_TRY(put_names(json_object_get(root, "network"), &r->s, err));
    if (foreign) {
        r->origin = *r->s.states;
        RRI_TRY(put_object(root, "states", &states_fields, r, err));
    } else {
        RRI_TRY(put_object(root, "train", &train_fields, r, err));
    }

done:
    return st;
}

static rr_status put_history(json_t *root, const rr_run *run, rr_error *err)
{
    json_t *list = json_array();
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(root, "history", list, err));
    for (size_t i = 0; i < run->epochs; i++) {
        json_t *row = json_object();
        if (row == NULL || json_array_append_new(list, row) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
        RRI_TRY(rri_json_put_fields(row, &epoch_fields, &run->history[i], err));
    }

done:
    return st;
}

static rr_status put_numbers(json_t *root, const char *key, const uint32_t *number, size_t n,
                             rr_error *err)
{
    json_t *list = json_array();
    const rr_status st = rri_json_set(root, key, list, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        if (json_array_append_new(list, json_integer(number[i])) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    return st;
}

/* A row [sequence, step, label] for each; a label taken away is null. */
static rr_status put_steps(json_t *root, const rr_edits *e, rr_error *err)
{
    json_t *list = json_array();
    const rr_status st = rri_json_set(root, "relabelled_steps", list, err);

    for (size_t i = 0; st == RR_OK && i < e->count_steps; i++) {
        const rr_step_edit *s = &e->steps[i];
        json_t *label = s->label != RR_NO_LABEL ? json_integer(s->label) : json_null();
        json_t *row = json_pack("[I,I,o]", (json_int_t)s->sequence, (json_int_t)s->step, label);
        if (row == NULL || json_array_append_new(list, row) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    }
    return st;
}

static rr_status put_edits(json_t *root, const rr_edits *e, rr_error *err)
{
    rr_status st = RR_OK;

    if (e->count_removed > 0)
        RRI_TRY(put_numbers(root, "removed", e->removed, e->count_removed, err));
    if (e->count_relabelled > 0) {
        RRI_TRY(put_numbers(root, "relabelled", e->relabelled, e->count_relabelled, err));
        RRI_TRY(put_numbers(root, "labels", e->labels, e->count_relabelled, err));
    }
    if (e->count_steps > 0)
        RRI_TRY(put_steps(root, e, err));

done:
    return st;
}

rr_status rri_run_write(const rr_run *run, rr_error *err)
{
    record r = { .s = run->settings, .model_epoch = run->model_epoch };
    json_t *root = json_object();
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(root, "format", json_string(run_format), err));
    RRI_TRY(rri_json_set(root, "format_version", json_integer(RUN_VERSION), err));
    RRI_TRY(rri_json_set(root, "rnnrepair", json_string(rr_version()), err));
    RRI_TRY(put_data(root, &r.s, err));
    RRI_TRY(put_model(root, &r, err));
    if (run->vocabulary != NULL) {
        r.vocabulary_hash = rr_vocabulary_hash(run->vocabulary);
        r.folds_case = rr_vocabulary_folds_case(run->vocabulary);
        RRI_TRY(put_object(root, "text", &text_fields, &r, err));
    }
    RRI_TRY(put_edits(root, &r.s.edits, err));
    RRI_TRY(rri_run_put_guard(root, &r.s.guard, &run->guarded, err));
    RRI_TRY(rri_run_put_targets(root, &r.s.targets, err));
    RRI_TRY(rri_run_put_class_weights(root, run, err));
    RRI_TRY(rri_json_put_fields(root, &lineage_fields, &r, err));
    RRI_TRY(put_history(root, run, err));
    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    RRI_TRY(rri_json_write(path, root, err));
    run->hold->json = rri_stamp_of(path);

done:
    rri_free(path);
    json_decref(root);
    return st;
}

/* ---- reading -------------------------------------------------------------------------------- */

static rr_status get_object(const json_t *root, const char *path, const char *key, const char *part,
                            const rri_json_fields *fields, void *to, rr_error *err)
{
    json_t *object = NULL;
    const rr_status st = rri_json_object(root, path, key, &object, err);

    return st != RR_OK ? st : rri_json_get_fields(object, path, part, fields, to, err);
}

/* The D numbers of a list; each must be finite, and with `positive` above 0. */
static rr_status get_values(const json_t *object, const char *path, const char *key, size_t D,
                            bool positive, double *out, rr_error *err)
{
    const json_t *list = json_object_get(object, key);

    if (!json_is_array(list) || json_array_size(list) != D)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: 'data.scaling.%s' is no list of %zu numbers, one a column", path, key,
                        D);
    for (size_t i = 0; i < D; i++) {
        const json_t *item = json_array_get(list, i);
        out[i] = json_number_value(item);
        if (!json_is_number(item) || !isfinite(out[i]) || (positive && out[i] <= 0.0))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s: data.scaling.%s[%zu] is no %snumber", path, key, i,
                            positive ? "positive " : "");
    }
    return RR_OK;
}

static rr_status get_scaling(const json_t *data, const char *path, rri_scaler *out, rr_error *err)
{
    json_t *object = NULL;
    const char *word = NULL;
    unsigned kind = RR_SCALE_NONE;
    rr_status st = RR_OK;

    if (json_object_get(data, "scaling") == NULL)
        return RR_OK;
    RRI_TRY(rri_json_object(data, path, "scaling", &object, err));
    RRI_TRY(rri_json_string(object, path, "kind", &word, err));
    if (rr_enum_parse(RR_ENUM_SCALE, word, &kind, err) != RR_OK)
        RRI_TRY(rri_prefix(err, RR_ERR_FORMAT, "%s: data.scaling.kind", path));
    const size_t D = json_array_size(json_object_get(object, "offset"));
    RRI_TRY(rri_scaler_new((rr_scale)kind, D, out, err));
    RRI_TRY(get_values(object, path, "offset", D, false, out->number, err));
    RRI_TRY(get_values(object, path, "divisor", D, true, out->number + D, err));

done:
    return st;
}

static rr_status get_data(const json_t *root, const char *path, rr_run_settings *s,
                          rri_scaler *scaler, rr_error *err)
{
    static const char *const part[] = { "data.train.", "data.dev.", "data.test." };
    json_t *data = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_object(root, path, "data", &data, err));
    RRI_TRY(rri_json_string(data, path, "source", &s->data, err));
    for (unsigned i = 0; i < 3; i++) {
        const char *key = rr_enum_name(RR_ENUM_SPLIT, i);
        if (json_object_get(data, key) != NULL)
            RRI_TRY(get_object(data, path, key, part[i], &split_fields, &s->splits[i], err));
    }
    RRI_TRY(get_scaling(data, path, scaler, err));
    s->scaling = &scaler->now;

done:
    return st;
}

/* The names of the classes: *out is [C], its strings borrowed; NULL where the member is missing. */
static rr_status get_names(const json_t *root, const char *path, size_t classes, const char ***out,
                           rr_error *err)
{
    const json_t *list = json_object_get(json_object_get(root, "network"), "class_names");
    rr_status st = RR_OK;

    if (list == NULL)
        return RR_OK;
    if (!json_is_array(list) || json_array_size(list) != classes)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: 'network.class_names' is no list of the %zu classes", path, classes);
    RRI_TRY(rri_alloc(out, classes, 1, sizeof **out, err));
    for (size_t c = 0; c < classes; c++) {
        (*out)[c] = json_string_value(json_array_get(list, c));
        if ((*out)[c] == NULL)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)c,
                             "%s: network.class_names[%zu] is no text", path, c));
    }

done:
    return st;
}

/* A list of numbers below `limit`; *out is NULL where the member is missing. Errors FORMAT, NOMEM.
 */
static rr_status get_numbers(const json_t *root, const char *path, const char *key, size_t limit,
                             bool rising, const char *what, uint32_t **out, size_t *n,
                             rr_error *err)
{
    const json_t *list = json_object_get(root, key);
    rr_status st = RR_OK;

    if (list == NULL)
        return RR_OK;
    if (!json_is_array(list))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: '%s' is no list", path, key);
    const size_t count = json_array_size(list);
    RRI_TRY(rri_alloc(out, count, 1, sizeof **out, err));
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const json_int_t id = json_integer_value(item);
        if (!json_is_integer(item) || id < 0 || (uint64_t)id >= limit || id > UINT32_MAX ||
            (rising && i > 0 && (uint32_t)id <= (*out)[i - 1]))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: %s[%zu] is not a %s", path, key,
                             i, what));
        (*out)[i] = (uint32_t)id;
    }
    *n = count;

done:
    return st;
}

/* A number of a row, up to `most`. */
static bool read_number(const json_t *item, uint64_t most, uint32_t *out)
{
    const json_int_t value = json_integer_value(item);

    *out = (uint32_t)value;
    return json_is_integer(item) && value >= 0 && (uint64_t)value <= most;
}

/* Rows [sequence, step, label]. *out is NULL where the member is missing. Errors FORMAT, NOMEM. */
static rr_status get_steps(const json_t *root, const char *path, rr_step_edit **out, size_t *n,
                           rr_error *err)
{
    const json_t *list = json_object_get(root, "relabelled_steps");
    rr_status st = RR_OK;

    if (list == NULL)
        return RR_OK;
    if (!json_is_array(list))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: 'relabelled_steps' is no list", path);
    const size_t count = json_array_size(list);
    RRI_TRY(rri_alloc(out, count, 1, sizeof **out, err));
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(list, i);
        const json_t *label = json_array_get(row, 2);
        rr_step_edit *s = &(*out)[i];
        if (json_array_size(row) != 3 ||
            !read_number(json_array_get(row, 0), UINT32_MAX, &s->sequence) ||
            !read_number(json_array_get(row, 1), UINT32_MAX, &s->step) ||
            !(json_is_null(label) || read_number(label, UINT32_MAX - 1, &s->label)))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: relabelled_steps[%zu] is no row of a sequence, a step and a "
                             "label",
                             path, i));
        if (json_is_null(label))
            s->label = RR_NO_LABEL;
    }
    *n = count;

done:
    return st;
}

/* The splits, the network and the hashes have been read. */
static rr_status get_edits(const json_t *root, const char *path, const rr_run_settings *s,
                           rr_run *run, rr_error *err)
{
    static const char ascending[] = "rising number of the training set";
    const size_t count = s->splits[RR_SPLIT_TRAIN].count;
    rr_edits e = { .removed = NULL };
    uint32_t *removed = NULL;
    uint32_t *relabelled = NULL;
    uint32_t *labels = NULL;
    rr_step_edit *steps = NULL;
    float *weights = NULL;
    size_t count_labels = 0;
    rr_status st = RR_OK;

    RRI_TRY(get_numbers(root, path, "removed", count, true, ascending, &removed, &e.count_removed,
                        err));
    RRI_TRY(get_numbers(root, path, "relabelled", count, true, ascending, &relabelled,
                        &e.count_relabelled, err));
    RRI_TRY(get_numbers(root, path, "labels", s->network.classes, false, "class", &labels,
                        &count_labels, err));
    if (e.count_removed > 0 && e.count_removed == count)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'removed' names every training sequence of the source", path));
    if (count_labels != e.count_relabelled)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'relabelled' names %zu sequences, but there are %zu 'labels'", path,
                         e.count_relabelled, count_labels));
    RRI_TRY(get_steps(root, path, &steps, &e.count_steps, err));
    e.removed = removed;
    e.relabelled = relabelled;
    e.labels = labels;
    e.steps = steps;
    if (s->weights_hash != NULL)
        RRI_TRY(rri_run_load_weights(run, s->weights_hash, &weights, &e.count_weights, err));
    e.weights = weights;
    st = rr_edits_check(&e, count, s->network.classes, err);
    if (st == RR_ERR_ARG)
        st = rri_prefix(err, RR_ERR_FORMAT, "%s: edits", path);
    RRI_TRY(st);
    RRI_TRY(rr_edits_copy(&e, &run->edits, err));

done:
    rri_free(removed);
    rri_free(relabelled);
    rri_free(labels);
    rri_free(steps);
    rri_free(weights);
    return st;
}

static rr_status get_history(const json_t *root, const char *path, rr_run *run, rr_error *err)
{
    const json_t *list = json_object_get(root, "history");
    rr_status st = RR_OK;

    if (!json_is_array(list))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: 'history' is missing or no list", path);
    run->epochs = json_array_size(list);
    RRI_TRY(rri_alloc(&run->history, run->epochs, 1, sizeof *run->history, err));
    for (size_t i = 0; i < run->epochs; i++) {
        const json_t *o = json_array_get(list, i);
        rr_run_epoch *e = &run->history[i];
        if (!json_is_object(o))
            RRI_TRY(
                rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: history[%zu] is no object", path, i));
        RRI_TRY(rri_json_get_fields(o, path, "", &epoch_fields, e, err));
        if (e->epoch != i + 1)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: history[%zu] is epoch %zu", path,
                             i, e->epoch));
    }

done:
    return st;
}

/* What put_model() wrote. */
static rr_status get_model(const json_t *root, const char *path, record *r, rr_error *err)
{
    rr_states_origin *o = &r->origin;
    rr_status st = RR_OK;

    if (json_object_get(root, "states") == NULL) {
        RRI_TRY(get_object(root, path, "network", "network.", &network_fields, r, err));
        return get_object(root, path, "train", "train.", &train_fields, r, err);
    }
    *o = (rr_states_origin){ .foreign = 1, .difference = -1.0 };
    RRI_TRY(get_object(root, path, "network", "network.", &foreign_fields, r, err));
    RRI_TRY(get_object(root, path, "states", "states.", &states_fields, r, err));
    if (o->disagreements > o->compared)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: states.disagreements is %llu, but states.compared %llu", path,
                         (unsigned long long)o->disagreements, (unsigned long long)o->compared));
    r->s.states = o;

done:
    return st;
}

static rr_status check_format(const json_t *root, const char *path, rr_error *err)
{
    const char *format = NULL;
    size_t version = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_string(root, path, "format", &format, err));
    if (strcmp(format, run_format) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: format is '%s', expected '%s'", path, format,
                         run_format));
    RRI_TRY(rri_json_size(root, path, "format_version", &version, err));
    if (version != RUN_VERSION)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: format version %zu, expected %d", path,
                         version, RUN_VERSION));

done:
    return st;
}

rr_status rri_run_read(rr_run *run, rr_error *err)
{
    record r = { .s.network.struct_size = sizeof r.s.network,
                 .s.train.struct_size = sizeof r.s.train };
    rri_scaler scaler = { .number = NULL };
    const char **names = NULL;
    uint32_t *held = NULL;
    rr_run_target *targets = NULL;
    json_t *root = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    run->hold->json = rri_stamp_of(path);
    RRI_TRY(rri_json_read(path, &root, err));
    RRI_TRY(check_format(root, path, err));
    RRI_TRY(get_data(root, path, &r.s, &scaler, err));
    RRI_TRY(get_model(root, path, &r, err));
    if (scaler.number != NULL && scaler.now.width != r.s.network.width)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: network.width is %zu, but data.scaling has %zu columns", path,
                         r.s.network.width, scaler.now.width));
    RRI_TRY(get_names(root, path, r.s.network.classes, &names, err));
    r.s.class_names = names;
    if (json_object_get(root, "text") != NULL)
        RRI_TRY(get_object(root, path, "text", "text.", &text_fields, &r, err));
    RRI_TRY(rri_run_get_guard(root, path, &r.s.guard, &run->guarded, &held, err));
    RRI_TRY(rri_run_get_targets(root, path, &r.s.targets, &targets, err));
    RRI_TRY(rri_json_get_fields(root, path, "", &lineage_fields, &r, err));
    RRI_TRY(get_edits(root, path, &r.s, run, err));
    run->model_epoch = r.model_epoch;
    RRI_TRY(get_history(root, path, run, err));
    if (run->model_epoch > run->epochs)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: model_epoch is %zu, but the history has %zu epochs", path,
                         run->model_epoch, run->epochs));
    if (r.vocabulary_hash != NULL)
        RRI_TRY(rri_run_load_vocabulary(run, r.vocabulary_hash, r.folds_case, err));
    if (run->vocabulary != NULL && rr_vocabulary_size(run->vocabulary) != r.s.network.vocabulary)
        RRI_TRY(rri_fail(
            err, RR_ERR_FORMAT, -1, "%s: network.vocabulary is %zu, but %s holds %zu words", path,
            r.s.network.vocabulary, RR_RUN_VOCABULARY, rr_vocabulary_size(run->vocabulary)));
    RRI_TRY(rri_run_copy_settings(run, &r.s, err));
    RRI_TRY(rri_run_get_class_weights(root, path, run, err));

done:
    rri_scaler_clear(&scaler);
    rri_free(names);
    rri_free(held);
    rri_free(targets);
    json_decref(root);
    rri_free(path);
    return st;
}
