/* SPDX-License-Identifier: MIT */
/* run_text.c - the vocabulary of a run on text, and the network a training begins with: fresh
 * weights, with word vectors where the run names some, or those of its parent. */
#include "run/directory.h"

#include "data/data_internal.h"
#include "io/io.h"

#include <string.h>

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

/* Set the embedding of a new network from the file of word vectors. */
static rr_status set_vectors(const rr_run *run, const char *path, rr_network *net, rr_error *err)
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

rr_status rr_run_is_warm_started(const rr_run *run, int *out, rr_error *err)
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

/* The copy of the parent's model, checked. */
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
    int warm = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_is_warm_started(run, &warm, err));
    if (warm) {
        RRI_TRY(load_start(run, &net, err));
    } else {
        RRI_TRY(rr_network_new(&run->settings.network, &net, err));
        if (run->vocabulary != NULL)
            RRI_TRY(rr_network_set_vocabulary(net, rr_vocabulary_hash(run->vocabulary), err));
        if (run->vectors != NULL && run->vocabulary != NULL)
            RRI_TRY(set_vectors(run, vectors != NULL ? vectors : run->vectors, net, err));
    }
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}
