/* SPDX-License-Identifier: MIT */
/* run_text.c - what a run on text has beside others: its vocabulary and its word vectors. */
#include "run/directory.h"

#include "data/data_internal.h"
#include "io/io.h"

#include <string.h>

/* ---- run.json ------------------------------------------------------------------------------- */

static rr_status make_text(const rr_run_settings *s, json_t *text, rr_error *err)
{
    const rr_vocabulary *v = s->vocabulary;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(text, "vocabulary_sha256", json_string(rr_vocabulary_hash(v)), err));
    RRI_TRY(rri_json_set(text, "lower", json_boolean(rr_vocabulary_folds_case(v)), err));
    if (s->vectors != NULL) {
        RRI_TRY(rri_json_set(text, "vectors", json_string(s->vectors), err));
        RRI_TRY(rri_json_set(text, "vectors_sha256", json_string(s->vectors_hash), err));
    }

done:
    return st;
}

rr_status rri_run_write_text(const rr_run_settings *s, json_t *root, rr_error *err)
{
    rr_status st = RR_OK;

    if (s->vocabulary != NULL) {
        json_t *text = json_object();
        RRI_TRY(rri_json_set(root, "text", text, err));
        RRI_TRY(make_text(s, text, err));
    }

done:
    return st;
}

rr_status rri_run_read_text(const json_t *root, const char *path, rr_run_settings *s,
                            const char **vocabulary_hash, bool *fold_case, rr_error *err)
{
    const json_t *text = json_object_get(root, "text");
    rr_status st = RR_OK;

    if (text == NULL)
        return RR_OK;
    if (!json_is_object(text) || !json_is_boolean(json_object_get(text, "lower")))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'text' is no object with a member 'lower', true or false", path));
    *fold_case = json_is_true(json_object_get(text, "lower"));
    RRI_TRY(rri_json_string(text, path, "vocabulary_sha256", vocabulary_hash, err));
    if (json_object_get(text, "vectors") != NULL) {
        RRI_TRY(rri_json_string(text, path, "vectors", &s->vectors, err));
        RRI_TRY(rri_json_string(text, path, "vectors_sha256", &s->vectors_hash, err));
    }

done:
    return st;
}

/* ---- vocabulary and vectors ----------------------------------------------------------------- */

rr_status rri_run_load_vocabulary(rr_run *run, const char *hash, bool fold_case, rr_error *err)
{
    rr_vocabulary *v = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, RR_RUN_VOCABULARY, &path, err));
    RRI_TRY(rri_vocabulary_load(path, fold_case, &v, err));
    if (strcmp(rr_vocabulary_hash(v), hash) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: not the vocabulary the run began with (hash %.12s..., expected "
                         "%.12s...)",
                         path, rr_vocabulary_hash(v), hash));
    run->vocabulary = v;
    v = NULL;

done:
    rri_vocabulary_free(v);
    rri_free(path);
    return st;
}

const rr_vocabulary *rr_run_vocabulary(const rr_run *run)
{
    return run->vocabulary;
}

/* Give a new network the vectors the run names. */
static rr_status take_vectors(const rr_run *run, const char *path, rr_network *net, rr_error *err)
{
    rr_vectors *vectors = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_vectors_load(path, run->vocabulary, &vectors, err));
    if (strcmp(rr_vectors_hash(vectors), run->vectors_hash) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: not the word vectors the run began with (hash %.12s..., expected "
                         "%.12s...)",
                         path, rr_vectors_hash(vectors), run->vectors_hash));
    if (rr_vectors_width(vectors) != run->settings.network.width)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: vectors of width %zu, the network reads %zu",
                         path, rr_vectors_width(vectors), run->settings.network.width));
    RRI_TRY(rr_network_set_embedding(net, rr_vectors_table(vectors), err));

done:
    rr_vectors_free(vectors);
    return st;
}

rr_status rr_run_continues(const rr_run *run, int *out, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    *out = 0;
    RRI_TRY(rr_run_path(run, RR_RUN_START, &path, err));
    *out = run->parent != NULL && rri_file_exists(path);

done:
    rri_free(path);
    return st;
}

/* The parent's model, as it was kept for this run. */
static rr_status load_start(const rr_run *run, rr_network **out, rr_error *err)
{
    char hash[65];
    char *path = NULL;
    rr_network *net = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, RR_RUN_START, &path, err));
    RRI_TRY(rr_network_load(path, &net, err));
    RRI_TRY(rri_run_check_network(run, path, net, err));
    RRI_TRY(rr_network_hash(net, hash, err));
    if (run->parent_model != NULL && strcmp(hash, run->parent_model) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: not the model of %s that the run began with (hash %.12s..., expected "
                         "%.12s...)",
                         path, run->parent, hash, run->parent_model));
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    rri_free(path);
    return st;
}

rr_status rr_run_begin(const rr_run *run, const char *vectors, rr_network **out, rr_error *err)
{
    rr_network *net = NULL;
    int goes_on = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_continues(run, &goes_on, err));
    if (goes_on) {
        RRI_TRY(load_start(run, &net, err));
    } else {
        RRI_TRY(rr_network_new(&run->settings.network, &net, err));
        if (run->vocabulary != NULL)
            RRI_TRY(rr_network_set_vocabulary(net, rr_vocabulary_hash(run->vocabulary), err));
        if (run->vectors != NULL && run->vocabulary != NULL)
            RRI_TRY(take_vectors(run, vectors != NULL ? vectors : run->vectors, net, err));
    }
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}
