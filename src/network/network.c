/* SPDX-License-Identifier: MIT */
/* network.c - the network object: sizes, weights, names. */
#include "network/model.h"

#include "io/io.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Sizes beyond this are typing errors; the limit also keeps every product of two within 64 bits. */
enum { LARGEST = 1 << 20, DEEPEST = 64 };

size_t rri_cell_gates(rr_cell cell)
{
    return cell == RR_CELL_LSTM ? 4 : cell == RR_CELL_GRU ? 3 : 1;
}

static size_t layer_parameters(const rr_network_config *cfg, size_t layer)
{
    return rri_cell_gates(cfg->cell) * cfg->hidden *
           (rri_layer_width(cfg, layer) + cfg->hidden + 2);
}

rri_layer_view rri_layer_at(const rr_network_config *cfg, float *block, size_t layer)
{
    const size_t GH = rri_cell_gates(cfg->cell) * cfg->hidden;
    rri_layer_view v;

    for (size_t l = 0; l < layer; l++)
        block += layer_parameters(cfg, l);
    v.w_ih = block;
    v.w_hh = v.w_ih + GH * rri_layer_width(cfg, layer);
    v.b_ih = v.w_hh + GH * cfg->hidden;
    v.b_hh = v.b_ih + GH;
    return v;
}

rri_output_view rri_output_at(const rr_network_config *cfg, float *block)
{
    rri_output_view v;

    for (size_t l = 0; l < cfg->layers; l++)
        block += layer_parameters(cfg, l);
    v.w = block;
    v.b = block + rri_outputs(cfg) * cfg->hidden;
    return v;
}

rr_status rri_network_check(const rr_network_config *cfg, size_t *parameters, rr_error *err)
{
    const struct {
        const char *name;
        size_t value, most;
    } sizes[] = { { "width", cfg->width, LARGEST },
                  { "hidden", cfg->hidden, 1 << 16 },
                  { "layers", cfg->layers, DEEPEST },
                  { "classes", cfg->classes, 65534 } };

    if ((unsigned)cfg->cell > RR_CELL_RELU)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown cell number %d", (int)cfg->cell);
    if ((unsigned)cfg->head > RR_HEAD_LOGISTIC || (unsigned)cfg->embedding > RR_EMBEDDING_TRAINED)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown head number %d or embedding number %d",
                        (int)cfg->head, (int)cfg->embedding);
    if ((unsigned)cfg->output > RR_OUTPUT_STEP)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown output number %d", (int)cfg->output);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].value == 0 || sizes[i].value > sizes[i].most)
            return rri_fail(err, RR_ERR_ARG, -1, "network %s is %zu: expected 1 to %zu",
                            sizes[i].name, sizes[i].value, sizes[i].most);
    if (cfg->head == RR_HEAD_LOGISTIC && cfg->classes != 2)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a logistic head has one logit, for 2 classes, not %zu: take the head "
                        "softmax (--head softmax), one logit per class",
                        cfg->classes);
    if (cfg->vocabulary > UINT32_MAX || (cfg->vocabulary > 0 && cfg->vocabulary < 2))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a vocabulary of %zu: expected 0 (frames), or 2 to %u symbols",
                        cfg->vocabulary, UINT32_MAX);
    *parameters = rri_outputs(cfg) * (cfg->hidden + 1);
    for (size_t l = 0; l < cfg->layers; l++)
        *parameters += layer_parameters(cfg, l);
    return RR_OK;
}

bool rri_same_architecture(const rr_network_config *a, const rr_network_config *b)
{
    return a->cell == b->cell && a->width == b->width && a->hidden == b->hidden &&
           a->layers == b->layers && a->classes == b->classes && a->vocabulary == b->vocabulary &&
           a->embedding == b->embedding && a->head == b->head && a->output == b->output;
}

static void name_tensors(rr_network *net)
{
    static const char *const kinds[4] = { "weight_ih", "weight_hh", "bias_ih", "bias_hh" };
    char(*name)[RRI_TENSOR_NAME] = net->names;

    if (net->cfg.vocabulary > 0)
        (void)rri_snprintf(*name++, sizeof *name, "embedding.weight");
    for (size_t i = 0; i < 4 * net->cfg.layers; i++)
        (void)rri_snprintf(*name++, sizeof *name, "rnn.%s_l%zu", kinds[i % 4], i / 4);
    (void)rri_snprintf(*name++, sizeof *name, "output.weight");
    (void)rri_snprintf(*name, sizeof *name, "output.bias");
}

rr_status rri_network_blank(const rr_network_config *cfg, rr_network **out, rr_error *err)
{
    rr_network *net = NULL;
    size_t parameters = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_network_check(cfg, &parameters, err));
    RRI_TRY(rri_alloc(&net, 1, 1, sizeof *net, err));
    net->cfg = *cfg;
    net->parameters = parameters;
    RRI_TRY(rri_alloc(&net->weights, parameters, 1, sizeof *net->weights, err));
    if (cfg->vocabulary > 0)
        RRI_TRY(rri_alloc(&net->embedding, cfg->vocabulary, cfg->width, sizeof(float), err));
    RRI_TRY(rri_alloc(&net->names, rri_network_tensors(net), 1, sizeof *net->names, err));
    name_tensors(net);
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}

/* Uniform in +-1/sqrt(H), tensor by tensor, so that adding a layer does not change the others. */
static void draw_weights(rr_network *net)
{
    const double bound = 1.0 / sqrt((double)net->cfg.hidden);
    const size_t first = net->embedding != NULL; /* initialised separately */

    for (size_t i = 0; i + first < rri_network_tensors(net); i++) {
        rri_random r = rri_random_at(net->cfg.seed, RRI_RANDOM_WEIGHTS, i);
        rri_tensor t;
        const rr_status st = rri_network_tensor(net, i + first, &t, NULL);
        assert(st == RR_OK);
        (void)st;
        for (size_t j = 0; j < t.shape[0] * t.shape[1]; j++)
            t.data[j] = (float)((2.0 * rri_random_uniform(&r) - 1.0) * bound);
    }
}

rr_network_config rr_network_config_default(void)
{
    return (rr_network_config){ .struct_size = sizeof(rr_network_config),
                                .cell = RR_CELL_LSTM,
                                .hidden = 128,
                                .layers = 1,
                                .seed = 1 };
}

rr_status rr_network_new(const rr_network_config *cfg, rr_network **out, rr_error *err)
{
    rr_network_config own = rr_network_config_default();
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_network_config", err));
    RRI_TRY(rri_network_blank(&own, out, err));
    draw_weights(*out);
    rri_embedding_draw(*out);

done:
    return st;
}

rr_status rr_network_copy(const rr_network *net, rr_network **out, rr_error *err)
{
    const rr_status st = rri_network_blank(&net->cfg, out, err);

    if (st != RR_OK)
        return st;
    memcpy((*out)->weights, net->weights, net->parameters * sizeof *net->weights);
    memcpy((*out)->vocabulary, net->vocabulary, sizeof net->vocabulary);
    if (net->embedding != NULL)
        memcpy((*out)->embedding, net->embedding,
               rri_embedding_size(&net->cfg) * sizeof *net->embedding);
    return RR_OK;
}

void rr_network_free(rr_network *net)
{
    if (net == NULL)
        return;
    rri_free(net->weights);
    rri_free(net->embedding);
    rri_free(net->names);
    rri_free(net);
}

rr_network_config rr_network_config_of(const rr_network *net)
{
    return net->cfg;
}

rri_output_layer rri_network_output(const rr_network *net)
{
    const rri_output_view v = rri_output_at(&net->cfg, net->weights);

    return (rri_output_layer){ .weight = v.w, .bias = v.b, .outputs = rri_outputs(&net->cfg) };
}

size_t rr_network_parameters(const rr_network *net)
{
    return rri_embedding_size(&net->cfg) + net->parameters;
}

size_t rri_network_tensors(const rr_network *net)
{
    return (net->embedding != NULL) + 4 * net->cfg.layers + 2;
}

rr_status rri_network_tensor(const rr_network *net, size_t i, rri_tensor *out, rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;

    if (i >= rri_network_tensors(net))
        return rri_fail(err, RR_ERR_ARG, -1, "tensor %zu of a network that has %zu", i,
                        rri_network_tensors(net));
    out->name = net->names[i];
    if (net->embedding != NULL && i-- == 0) {
        out->data = net->embedding;
        out->rank = 2;
        out->shape[0] = cfg->vocabulary;
        out->shape[1] = cfg->width;
        return RR_OK;
    }
    const size_t layer = i / 4;
    if (layer == cfg->layers) {
        const rri_output_view v = rri_output_at(cfg, net->weights);
        const bool bias = i % 4 == 1;
        out->data = bias ? v.b : v.w;
        out->rank = bias ? 1 : 2;
        out->shape[0] = rri_outputs(cfg);
        out->shape[1] = bias ? 1 : cfg->hidden;
        return RR_OK;
    }
    const rri_layer_view v = rri_layer_at(cfg, net->weights, layer);
    float *const data[4] = { v.w_ih, v.w_hh, v.b_ih, v.b_hh };
    const size_t columns[4] = { rri_layer_width(cfg, layer), cfg->hidden, 1, 1 };
    out->data = data[i % 4];
    out->rank = i % 4 < 2 ? 2 : 1;
    out->shape[0] = rri_cell_gates(cfg->cell) * cfg->hidden;
    out->shape[1] = columns[i % 4];
    return RR_OK;
}

rr_status rr_network_hash(const rr_network *net, char out[65], rr_error *err)
{
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    if (net->embedding != NULL)
        RRI_TRY(
            rri_sha256_add(h, net->embedding, rri_embedding_size(&net->cfg) * sizeof(float), err));
    RRI_TRY(rri_sha256_add(h, net->weights, net->parameters * sizeof *net->weights, err));
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

rr_status rri_network_fits(const rr_network *net, const rr_dataset *ds, rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    const size_t width = net->cfg.vocabulary > 0 ? 0 : net->cfg.width;

    if ((rr_dataset_width(ds) == 0) != (width == 0))
        return rri_fail(err, RR_ERR_SHAPE, -1, "the data are %s, the network reads %s",
                        rr_dataset_width(ds) == 0 ? "symbols" : "frames",
                        width == 0 ? "symbols" : "frames");
    if (rr_dataset_width(ds) != width)
        return rri_fail(err, RR_ERR_SHAPE, -1, "frames are %zu wide, the network reads %zu",
                        rr_dataset_width(ds), width);
    if (rr_dataset_vocabulary(ds) != net->cfg.vocabulary)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the data have %zu symbols, the network %zu",
                        rr_dataset_vocabulary(ds), net->cfg.vocabulary);
    if (words != NULL && *net->vocabulary != '\0' &&
        strcmp(rr_vocabulary_hash(words), net->vocabulary) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "the data's vocabulary %.12s... is not the network's, %.12s...",
                        rr_vocabulary_hash(words), net->vocabulary);
    if (rr_dataset_classes(ds) > net->cfg.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the data have %zu classes, the network %zu",
                        rr_dataset_classes(ds), net->cfg.classes);
    return RR_OK;
}
