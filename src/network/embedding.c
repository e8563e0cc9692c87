/* SPDX-License-Identifier: MIT */
/* embedding.c - the symbol vectors of a network, and the vocabulary they belong to. */
#include "network/model.h"

#include "io/io.h"

#include <string.h>

/* ---- vectors -------------------------------------------------------------------------------- */

void rri_embedding_draw(rr_network *net)
{
    const size_t D = net->cfg.width;

    for (size_t v = 0; v < net->cfg.vocabulary; v++) {
        rri_random r = rri_random_at(net->cfg.seed, RRI_RANDOM_EMBEDDING, v);
        for (size_t d = 0; d < D; d++)
            net->embedding[v * D + d] = (float)rri_random_normal(&r);
    }
}

static rr_status no_symbols(rr_error *err)
{
    return rri_fail(err, RR_ERR_ARG, -1, "the network reads frames, it has no vectors of symbols");
}

rr_status rr_network_set_embedding(rr_network *net, const float *table, rr_error *err)
{
    const size_t V = net->cfg.vocabulary;
    const size_t D = net->cfg.width;

    if (net->embedding == NULL)
        return no_symbols(err);
    const size_t bad = rri_first_nonfinite(table, V, D, D);
    if (bad < V)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                        "the vector of symbol %zu holds a value that is not finite", bad);
    memcpy(net->embedding, table, V * D * sizeof *table);
    return RR_OK;
}

const float *rr_network_embedding(const rr_network *net)
{
    return net->embedding;
}

int rr_network_knows(const rr_network *net, uint32_t symbol)
{
    const size_t D = net->cfg.width;

    if (net->embedding == NULL || symbol >= net->cfg.vocabulary)
        return 0;
    for (size_t d = 0; d < D; d++)
        if (net->embedding[symbol * D + d] != 0.0f)
            return 1;
    return 0;
}

/* ---- vocabulary ----------------------------------------------------------------------------- */

rr_status rr_network_set_vocabulary(rr_network *net, const char *hash, rr_error *err)
{
    if (net->embedding == NULL)
        return no_symbols(err);
    if (!rri_is_sha256_hex(hash))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "\"%s\" names no vocabulary: expected 64 hexadecimal digits", hash);
    memcpy(net->vocabulary, hash, sizeof net->vocabulary);
    memset(net->embedding, 0, 2 * net->cfg.width * sizeof *net->embedding);
    return RR_OK;
}

const char *rr_network_vocabulary(const rr_network *net)
{
    return net->vocabulary;
}
