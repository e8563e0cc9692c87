/* SPDX-License-Identifier: MIT */
/* run_json.c - run.json, written and read. Members: docs/FORMAT.md#runjson. */
#include "run/run_internal.h"

#include "io/json.h"

#include <math.h>
#include <string.h>

static const char run_format[] = "rnnrepair-run";
enum { RUN_VERSION = 1 };

/* ---- writing -------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *s)
{
    return s != NULL ? json_string(s) : json_null();
}

/* Accuracies that were not measured are null. */
static json_t *share_or_null(double x)
{
    return x >= 0.0 ? json_real(x) : json_null();
}

static rr_status make_data(const rr_run_settings *s, json_t **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = json_object();
    if (*out == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    RRI_TRY(rri_json_set(*out, "source", json_string(s->data), err));
    for (int i = 0; i < 3; i++) {
        json_t *split = NULL;
        if (s->splits[i].count == 0)
            continue;
        split = json_object();
        RRI_TRY(rri_json_set(*out, rr_enum_name(RR_ENUM_SPLIT, (rr_split)i), split, err));
        RRI_TRY(rri_json_set(split, "count", rri_json_from_u64(s->splits[i].count), err));
        RRI_TRY(rri_json_set(split, "sha256", json_string(s->splits[i].hash), err));
        if (s->splits[i].files_hash[0] != '\0')
            RRI_TRY(rri_json_set(split, "files_sha256", json_string(s->splits[i].files_hash), err));
    }

done:
    return st;
}

static rr_status make_network(const rr_network_config *n, json_t **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = json_object();
    RRI_TRY(rri_json_set(*out, "cell", json_string(rr_enum_name(RR_ENUM_CELL, n->cell)), err));
    RRI_TRY(rri_json_set(*out, "width", rri_json_from_u64(n->width), err));
    RRI_TRY(rri_json_set(*out, "hidden", rri_json_from_u64(n->hidden), err));
    RRI_TRY(rri_json_set(*out, "layers", rri_json_from_u64(n->layers), err));
    RRI_TRY(rri_json_set(*out, "classes", rri_json_from_u64(n->classes), err));
    RRI_TRY(rri_json_set(*out, "seed", rri_json_from_u64(n->seed), err));
    if (n->head != RR_HEAD_SOFTMAX)
        RRI_TRY(rri_json_set(*out, "head", json_string(rr_enum_name(RR_ENUM_HEAD, n->head)), err));
    if (n->vocabulary > 0) {
        RRI_TRY(rri_json_set(*out, "vocabulary", rri_json_from_u64(n->vocabulary), err));
        RRI_TRY(rri_json_set(*out, "embedding",
                             json_string(rr_enum_name(RR_ENUM_EMBEDDING, n->embedding)), err));
    }

done:
    return st;
}

static rr_status make_train(const rr_run_settings *s, json_t **out, rr_error *err)
{
    const rr_train_config *t = &s->train;
    rr_status st = RR_OK;

    *out = json_object();
    RRI_TRY(rri_json_set(*out, "epochs", rri_json_from_u64(t->epochs), err));
    RRI_TRY(rri_json_set(*out, "batch", rri_json_from_u64(t->batch), err));
    RRI_TRY(rri_json_set(*out, "optimizer",
                         json_string(rr_enum_name(RR_ENUM_OPTIMIZER, t->optimizer)), err));
    RRI_TRY(rri_json_set(*out, "learning_rate", json_real(t->learning_rate), err));
    RRI_TRY(rri_json_set(*out, "momentum", json_real(t->momentum), err));
    RRI_TRY(rri_json_set(*out, "rho", json_real(t->rho), err));
    RRI_TRY(rri_json_set(*out, "beta1", json_real(t->beta1), err));
    RRI_TRY(rri_json_set(*out, "beta2", json_real(t->beta2), err));
    RRI_TRY(rri_json_set(*out, "epsilon", json_real(t->epsilon), err));
    RRI_TRY(rri_json_set(*out, "clip_norm", json_real(t->clip_norm), err));
    RRI_TRY(rri_json_set(*out, "dropout_input", json_real(t->dropout_input), err));
    RRI_TRY(rri_json_set(*out, "dropout_last", json_real(t->dropout_last), err));
    RRI_TRY(rri_json_set(*out, "order", json_string(rr_enum_name(RR_ENUM_ORDER, t->order)), err));
    RRI_TRY(rri_json_set(*out, "seed", rri_json_from_u64(t->seed), err));
    RRI_TRY(rri_json_set(*out, "keep", json_string(rr_enum_name(RR_ENUM_KEEP, s->keep)), err));
    if (s->checkpoints)
        RRI_TRY(rri_json_set(*out, "checkpoints", json_true(), err));

done:
    return st;
}

static rr_status make_epoch(const rr_run_epoch *e, json_t **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = json_object();
    RRI_TRY(rri_json_set(*out, "epoch", rri_json_from_u64(e->epoch), err));
    RRI_TRY(rri_json_set(*out, "loss", json_real(e->loss), err));
    RRI_TRY(rri_json_set(*out, "train_accuracy", share_or_null(e->train_accuracy), err));
    RRI_TRY(rri_json_set(*out, "dev_accuracy", share_or_null(e->dev_accuracy), err));
    RRI_TRY(rri_json_set(*out, "test_accuracy", share_or_null(e->test_accuracy), err));
    RRI_TRY(rri_json_set(*out, "seconds", json_real(e->seconds), err));
    RRI_TRY(rri_json_set(*out, "sequences_per_second", json_real(e->sequences_per_second), err));

done:
    return st;
}

static rr_status make_history(const rr_run *run, json_t **out, rr_error *err)
{
    *out = json_array();
    for (size_t i = 0; i < run->epochs; i++) {
        json_t *row = NULL;
        const rr_status st = make_epoch(&run->history[i], &row, err);
        if (st != RR_OK) {
            json_decref(row);
            return st;
        }
        if (json_array_append_new(*out, row) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    }
    return *out != NULL ? RR_OK : rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
}

static rr_status append_number(json_t *list, uint32_t number, rr_error *err)
{
    if (json_array_append_new(list, json_integer((json_int_t)number)) != 0)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    return RR_OK;
}

static rr_status write_edits(const rr_edits *s, json_t *root, rr_error *err)
{
    rr_status st = RR_OK;

    if (s->count_removed > 0) {
        json_t *list = json_array();
        RRI_TRY(rri_json_set(root, "removed", list, err));
        for (size_t i = 0; i < s->count_removed; i++)
            RRI_TRY(append_number(list, s->removed[i], err));
    }
    if (s->count_relabelled > 0) {
        json_t *ids = json_array();
        RRI_TRY(rri_json_set(root, "relabelled", ids, err));
        json_t *labels = json_array();
        RRI_TRY(rri_json_set(root, "labels", labels, err));
        for (size_t i = 0; i < s->count_relabelled; i++) {
            RRI_TRY(append_number(ids, s->relabelled[i], err));
            RRI_TRY(append_number(labels, s->labels[i], err));
        }
    }

done:
    return st;
}

/* Set `key` to what a maker made, or release it when the maker failed. */
static rr_status hand_over(rr_status st, json_t *object, const char *key, json_t *value,
                           rr_error *err)
{
    if (st != RR_OK) {
        json_decref(value);
        return st;
    }
    return rri_json_set(object, key, value, err);
}

rr_status rri_run_write(const rr_run *run, rr_error *err)
{
    const rr_run_settings *s = &run->settings;
    json_t *root = json_object();
    json_t *part = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(root, "format", json_string(run_format), err));
    RRI_TRY(rri_json_set(root, "format_version", json_integer(RUN_VERSION), err));
    RRI_TRY(rri_json_set(root, "rnnrepair", json_string(rr_version()), err));
    st = make_data(s, &part, err);
    RRI_TRY(hand_over(st, root, "data", part, err));
    st = make_network(&s->network, &part, err);
    RRI_TRY(hand_over(st, root, "network", part, err));
    st = make_train(s, &part, err);
    RRI_TRY(hand_over(st, root, "train", part, err));
    RRI_TRY(rri_run_write_text(s, root, err));
    RRI_TRY(write_edits(&s->edits, root, err));
    RRI_TRY(rri_json_set(root, "parent", text_or_null(s->parent), err));
    RRI_TRY(rri_json_set(root, "parent_model", text_or_null(s->parent_model), err));
    RRI_TRY(rri_json_set(root, "additions_sha256", text_or_null(s->additions_hash), err));
    RRI_TRY(rri_json_set(root, "model_epoch", rri_json_from_u64(run->model_epoch), err));
    st = make_history(run, &part, err);
    RRI_TRY(hand_over(st, root, "history", part, err));
    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    RRI_TRY(rri_json_write(path, root, err));

done:
    rri_free(path);
    json_decref(root);
    return st;
}

/* ---- reading -------------------------------------------------------------------------------- */

static rr_status member(const json_t *object, const char *path, const char *key, json_t **out,
                        rr_error *err)
{
    *out = json_object_get(object, key);
    if (!json_is_object(*out))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: '%s' is missing or no object", path, key);
    return RR_OK;
}

/* A string, or NULL for null or none. */
static rr_status optional_text(const json_t *object, const char *path, const char *key,
                               const char **out, rr_error *err)
{
    const json_t *v = json_object_get(object, key);

    *out = NULL;
    if (v == NULL || json_is_null(v))
        return RR_OK;
    return rri_json_string(object, path, key, out, err);
}

static rr_status read_split(const json_t *data, const char *path, const char *name,
                            rr_run_split *out, rr_error *err)
{
    const char *hash = NULL;
    const char *files = NULL;
    json_t *split = NULL;
    rr_status st = RR_OK;

    RRI_TRY(member(data, path, name, &split, err));
    RRI_TRY(rri_json_size(split, path, "count", &out->count, err));
    RRI_TRY(rri_json_string(split, path, "sha256", &hash, err));
    RRI_TRY(optional_text(split, path, "files_sha256", &files, err));
    if (strlen(hash) != 64)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: data.%s.sha256 has %zu digits, not 64", path,
                        name, strlen(hash));
    if (files != NULL && strlen(files) != 64)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: data.%s.files_sha256 has %zu digits, not 64",
                        path, name, strlen(files));
    memcpy(out->hash, hash, 65);
    if (files != NULL)
        memcpy(out->files_hash, files, 65);

done:
    return st;
}

static rr_status read_data(const json_t *root, const char *path, rr_run_settings *s, rr_error *err)
{
    json_t *data = NULL;
    rr_status st = RR_OK;

    RRI_TRY(member(root, path, "data", &data, err));
    RRI_TRY(rri_json_string(data, path, "source", &s->data, err));
    for (int i = 0; i < 3; i++) {
        const char *name = rr_enum_name(RR_ENUM_SPLIT, (rr_split)i);
        if (json_object_get(data, name) != NULL)
            RRI_TRY(read_split(data, path, name, &s->splits[i], err));
    }

done:
    return st;
}

static rr_status read_network(const json_t *root, const char *path, rr_network_config *n,
                              rr_error *err)
{
    json_t *o = NULL;
    const char *cell = NULL;
    const char *head = NULL;
    const char *embedding = NULL;
    unsigned value = 0;
    rr_status st = RR_OK;

    n->struct_size = sizeof *n;
    RRI_TRY(member(root, path, "network", &o, err));
    RRI_TRY(rri_json_string(o, path, "cell", &cell, err));
    if (rr_enum_parse(RR_ENUM_CELL, cell, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: network.cell '%s' is unknown", path, cell));
    n->cell = (rr_cell)value;
    RRI_TRY(rri_json_size(o, path, "width", &n->width, err));
    RRI_TRY(rri_json_size(o, path, "hidden", &n->hidden, err));
    RRI_TRY(rri_json_size(o, path, "layers", &n->layers, err));
    RRI_TRY(rri_json_size(o, path, "classes", &n->classes, err));
    RRI_TRY(rri_json_u64(o, path, "seed", &n->seed, err));
    RRI_TRY(optional_text(o, path, "head", &head, err));
    value = RR_HEAD_SOFTMAX;
    if (head != NULL && rr_enum_parse(RR_ENUM_HEAD, head, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: network.head '%s' is unknown", path, head));
    n->head = (rr_head)value;
    if (json_object_get(o, "vocabulary") == NULL)
        return RR_OK;
    RRI_TRY(rri_json_size(o, path, "vocabulary", &n->vocabulary, err));
    RRI_TRY(rri_json_string(o, path, "embedding", &embedding, err));
    if (rr_enum_parse(RR_ENUM_EMBEDDING, embedding, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: network.embedding '%s' is unknown", path,
                         embedding));
    n->embedding = (rr_embedding)value;

done:
    return st;
}

/* A value by its word. */
static rr_status choice(const json_t *o, const char *path, const char *key, rr_enum kind, unsigned *out,
                        rr_error *err)
{
    const char *text = NULL;
    const rr_status st = rri_json_string(o, path, key, &text, err);

    if (st != RR_OK)
        return st;
    if (rr_enum_parse(kind, text, out, NULL) != RR_OK)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: train.%s is '%s', expected %s or %s", path,
                        key, text, rr_enum_name(kind, 0), rr_enum_name(kind, 1));
    return RR_OK;
}

static rr_status read_train(const json_t *root, const char *path, rr_run_settings *s, rr_error *err)
{
    rr_train_config *t = &s->train;
    json_t *o = NULL;
    const char *optimizer = NULL;
    unsigned value = 0;
    rr_status st = RR_OK;

    t->struct_size = sizeof *t;
    RRI_TRY(member(root, path, "train", &o, err));
    RRI_TRY(rri_json_size(o, path, "epochs", &t->epochs, err));
    RRI_TRY(rri_json_size(o, path, "batch", &t->batch, err));
    RRI_TRY(rri_json_string(o, path, "optimizer", &optimizer, err));
    if (rr_enum_parse(RR_ENUM_OPTIMIZER, optimizer, &value, NULL) != RR_OK)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: train.optimizer '%s' is unknown", path,
                         optimizer));
    t->optimizer = (rr_optimizer)value;
    RRI_TRY(rri_json_f64(o, path, "learning_rate", &t->learning_rate, err));
    RRI_TRY(rri_json_f64(o, path, "momentum", &t->momentum, err));
    RRI_TRY(rri_json_f64(o, path, "rho", &t->rho, err));
    RRI_TRY(rri_json_f64(o, path, "beta1", &t->beta1, err));
    RRI_TRY(rri_json_f64(o, path, "beta2", &t->beta2, err));
    RRI_TRY(rri_json_f64(o, path, "epsilon", &t->epsilon, err));
    RRI_TRY(rri_json_f64(o, path, "clip_norm", &t->clip_norm, err));
    if (json_object_get(o, "dropout_input") != NULL) { /* older runs have none */
        RRI_TRY(rri_json_f64(o, path, "dropout_input", &t->dropout_input, err));
        RRI_TRY(rri_json_f64(o, path, "dropout_last", &t->dropout_last, err));
    }
    RRI_TRY(choice(o, path, "order", RR_ENUM_ORDER, &value, err));
    t->order = (rr_order)value;
    RRI_TRY(rri_json_u64(o, path, "seed", &t->seed, err));
    RRI_TRY(choice(o, path, "keep", RR_ENUM_KEEP, &value, err));
    s->keep = (rr_keep)value;
    const json_t *checkpoints = json_object_get(o, "checkpoints");
    if (checkpoints != NULL && !json_is_boolean(checkpoints))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: train.checkpoints is neither true nor false",
                         path));
    s->checkpoints = json_is_true(checkpoints);

done:
    return st;
}

/* A list of numbers below `limit`; *out is NULL where the member is missing. Errors FORMAT, NOMEM.
 */
static rr_status read_list(const json_t *root, const char *path, const char *key, size_t limit,
                           bool rising, const char *what, uint32_t **out, size_t *n, rr_error *err)
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

/* The splits and the network have been read. */
static rr_status read_edits(const json_t *root, const char *path, const rr_run_settings *s,
                            rr_edits **out, rr_error *err)
{
    static const char ascending[] = "rising number of the training set";
    const size_t count = s->splits[RR_SPLIT_TRAIN].count;
    rr_edits e = { .removed = NULL };
    uint32_t *removed = NULL;
    uint32_t *relabelled = NULL;
    uint32_t *labels = NULL;
    size_t count_labels = 0;
    rr_status st = RR_OK;

    RRI_TRY(
        read_list(root, path, "removed", count, true, ascending, &removed, &e.count_removed, err));
    RRI_TRY(read_list(root, path, "relabelled", count, true, ascending, &relabelled,
                      &e.count_relabelled, err));
    RRI_TRY(read_list(root, path, "labels", s->network.classes, false, "class", &labels,
                      &count_labels, err));
    if (e.count_removed > 0 && e.count_removed == count)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'removed' names every training sequence of the source", path));
    if (count_labels != e.count_relabelled)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'relabelled' names %zu sequences, but there are %zu 'labels'", path,
                         e.count_relabelled, count_labels));
    e.removed = removed;
    e.relabelled = relabelled;
    e.labels = labels;
    RRI_TRY(rr_edits_copy(&e, out, err));

done:
    rri_free(removed);
    rri_free(relabelled);
    rri_free(labels);
    return st;
}

static rr_status share(const json_t *o, const char *path, const char *key, double *out,
                       rr_error *err)
{
    const json_t *v = json_object_get(o, key);

    *out = -1.0;
    if (v == NULL || json_is_null(v))
        return RR_OK;
    return rri_json_f64(o, path, key, out, err);
}

static rr_status read_history(const json_t *root, const char *path, rr_run *run, rr_error *err)
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
        RRI_TRY(rri_json_size(o, path, "epoch", &e->epoch, err));
        RRI_TRY(rri_json_f64(o, path, "loss", &e->loss, err));
        RRI_TRY(share(o, path, "train_accuracy", &e->train_accuracy, err));
        RRI_TRY(share(o, path, "dev_accuracy", &e->dev_accuracy, err));
        RRI_TRY(share(o, path, "test_accuracy", &e->test_accuracy, err));
        RRI_TRY(rri_json_f64(o, path, "seconds", &e->seconds, err));
        RRI_TRY(rri_json_f64(o, path, "sequences_per_second", &e->sequences_per_second, err));
        if (e->epoch != i + 1)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: history[%zu] is epoch %zu", path,
                             i, e->epoch));
    }

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
    rr_run_settings s = { 0 };
    json_t *root = NULL;
    char *path = NULL;
    const char *vocabulary = NULL;
    bool fold_case = false;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    RRI_TRY(rri_json_read(path, &root, err));
    RRI_TRY(check_format(root, path, err));
    RRI_TRY(read_data(root, path, &s, err));
    RRI_TRY(read_network(root, path, &s.network, err));
    RRI_TRY(read_train(root, path, &s, err));
    RRI_TRY(rri_run_read_text(root, path, &s, &vocabulary, &fold_case, err));
    RRI_TRY(read_edits(root, path, &s, &run->edits, err));
    RRI_TRY(optional_text(root, path, "parent", &s.parent, err));
    RRI_TRY(optional_text(root, path, "parent_model", &s.parent_model, err));
    RRI_TRY(optional_text(root, path, "additions_sha256", &s.additions_hash, err));
    RRI_TRY(rri_json_size(root, path, "model_epoch", &run->model_epoch, err));
    RRI_TRY(read_history(root, path, run, err));
    if (run->model_epoch > run->epochs)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: model_epoch is %zu, but the history has %zu epochs", path,
                         run->model_epoch, run->epochs));
    if (vocabulary != NULL)
        RRI_TRY(rri_run_load_vocabulary(run, vocabulary, fold_case, err));
    if (run->vocabulary != NULL && rr_vocabulary_size(run->vocabulary) != s.network.vocabulary)
        RRI_TRY(rri_fail(
            err, RR_ERR_FORMAT, -1, "%s: network.vocabulary is %zu, but %s holds %zu words", path,
            s.network.vocabulary, RR_RUN_VOCABULARY, rr_vocabulary_size(run->vocabulary)));
    RRI_TRY(rri_run_settle(run, &s, err));

done:
    json_decref(root);
    rri_free(path);
    return st;
}
