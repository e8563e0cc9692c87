/* SPDX-License-Identifier: MIT */
/* noise.c - wrong labels as AQuA makes them [Goswami23], by its published code (autonlab/aqua,
 * aqua/evaluation/noise). C classes, rate p:
 *
 *     uniform      y stays with probability 1 - p, else is any other, p / (C - 1) each
 *     asymmetric   floor(p N) sequences, drawn without putting back, get y + 1 modulo C
 *     class        AQuA: y becomes j with the probability that a trained network takes class y for
 * j (NOISE_CONFUSION). That is as little noise as the network is good, so that there is no rate to
 * set; NOISE_CLASS draws j so among the others, with probability p instance     q = p + 0.1 z, z
 * standard normal within 0..1; W [H][C] standard normal; with probability q another label, j by the
 * softmax of h W without y, h the last state of a trained network */
#include "experiments/noise.h"

#include <math.h>

/* The streams of a seed. */
enum { CHOICE, RATES, WEIGHTS };

static rri_random stream(uint64_t seed, unsigned what, size_t i)
{
    return rri_random_at(seed, RRI_RANDOM_EXPERIMENT, ((uint64_t)what << 40) + i);
}

/* A number below n by weights that may be 0, not all of them. */
static uint32_t draw(rri_random *r, const double *weights, size_t n)
{
    double sum = 0.0;
    size_t last = 0;

    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    double at = rri_random_uniform(r) * sum;
    for (size_t i = 0; i < n; i++) {
        if (weights[i] <= 0.0)
            continue;
        last = i;
        if (at < weights[i])
            break;
        at -= weights[i];
    }
    return (uint32_t)last;
}

static void uniform(const rr_dataset *ds, double rate, uint64_t seed, uint32_t *labels)
{
    const size_t C = rr_dataset_classes(ds);

    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        rri_random r = stream(seed, CHOICE, i);
        if (rri_random_uniform(&r) >= rate)
            continue;
        const uint32_t other = (uint32_t)rri_random_below(&r, C - 1);
        labels[i] = other + (other >= labels[i]);
    }
}

static rr_status asymmetric(const rr_dataset *ds, double rate, uint64_t seed, uint32_t *labels,
                            rr_error *err)
{
    const size_t N = rr_dataset_count(ds), C = rr_dataset_classes(ds);
    rri_random r = stream(seed, CHOICE, 0);
    uint32_t *order = NULL;
    const rr_status st = rri_alloc(&order, N, 1, sizeof *order, err);

    if (st != RR_OK)
        return st;
    rri_random_permutation(&r, order, N);
    for (size_t k = 0; k < (size_t)(rate * (double)N); k++)
        labels[order[k]] = (uint32_t)((labels[order[k]] + 1) % C);
    rri_free(order);
    return RR_OK;
}

/* How often the network takes a sequence of one class for one of another: [C][C], rows add up to 1.
 */
static rr_status confusions(const experiment_context *ctx, const rr_dataset *ds,
                            const rr_network *net, double *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds), C = rr_dataset_classes(ds);
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, N, 1, sizeof *prediction, err));
    RRI_TRY(rr_network_predict(net, ds, ctx->threads, prediction, NULL, err));
    for (size_t i = 0; i < N; i++)
        out[rr_dataset_at(ds, i).label * C + prediction[i]] += 1.0;
    for (size_t c = 0; c < C; c++) {
        double sum = 0.0;
        for (size_t j = 0; j < C; j++)
            sum += out[c * C + j];
        for (size_t j = 0; j < C && sum > 0.0; j++)
            out[c * C + j] /= sum;
    }

done:
    rri_free(prediction);
    return st;
}

/* From confusions to what is drawn from. */
static void set_rates(noise_kind kind, double rate, size_t C, double *table)
{
    for (size_t c = 0; c < C; c++) {
        double *const row = table + c * C;
        const double wrong = 1.0 - row[c];
        for (size_t j = 0; j < C; j++)
            if (kind == NOISE_CONFUSION)
                row[j] = round(1000.0 * row[j]) / 1000.0;
            else if (j != c)
                row[j] = rate * (wrong > 0.0 ? row[j] / wrong : 1.0 / (double)(C - 1));
        if (kind != NOISE_CONFUSION)
            row[c] = 1.0 - rate;
    }
}

static rr_status by_class(const experiment_context *ctx, noise_kind kind, double rate,
                          uint64_t seed, const rr_dataset *ds, const rr_network *net,
                          uint32_t *labels, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    double *table = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&table, C, C, sizeof *table, err));
    RRI_TRY(confusions(ctx, ds, net, table, err));
    set_rates(kind, rate, C, table);
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        rri_random r = stream(seed, CHOICE, i);
        labels[i] = draw(&r, table + labels[i] * C, C);
    }

done:
    rri_free(table);
    return st;
}

/* The label of sequence i by its last state h [H] and W [H][C]; values [C] is scratch. */
static uint32_t by_state(uint64_t seed, size_t i, double rate, uint32_t label, const float *h,
                         const double *W, size_t H, size_t C, double *values)
{
    rri_random at = stream(seed, RATES, i), which = stream(seed, CHOICE, i);
    double z = fabs(rri_random_normal(&at));
    double most = -HUGE_VAL;

    while (z > 1.0) /* the normal distribution, cut off at 0 and 1 */
        z = fabs(rri_random_normal(&at));
    if (rri_random_uniform(&which) >= rate + 0.1 * z)
        return label;
    for (size_t c = 0; c < C; c++) {
        values[c] = 0.0;
        for (size_t k = 0; k < H; k++)
            values[c] += (double)h[k] * W[k * C + c];
        if (c != label)
            most = fmax(most, values[c]);
    }
    for (size_t c = 0; c < C; c++)
        values[c] = c == label ? 0.0 : exp(values[c] - most);
    return draw(&which, values, C);
}

static rr_status by_instance(const experiment_context *ctx, double rate, uint64_t seed,
                             const rr_dataset *ds, const rr_network *net, uint32_t *labels,
                             rr_error *err)
{
    const size_t C = rr_dataset_classes(ds), H = rr_network_config_of(net).hidden;
    rr_state_source source = { .ops = NULL };
    rri_random r = stream(seed, WEIGHTS, 0);
    double *W = NULL, *values = NULL;
    size_t i = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&W, H, C, sizeof *W, err));
    RRI_TRY(rri_alloc(&values, C, 1, sizeof *values, err));
    for (size_t k = 0; k < H * C; k++)
        W[k] = rri_random_normal(&r);
    RRI_TRY(rr_network_states(net, ds, ctx->threads, &source, err));
    RRI_TRY(source.ops->rewind(source.self, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        const float *h = batch.states;
        for (size_t b = 0; b < batch.count; b++, i++) {
            h += rr_dataset_at(ds, i).steps * H;
            labels[i] = by_state(seed, i, rate, labels[i], h - H, W, H, C, values);
        }
    }

done:
    rr_state_source_close(&source);
    rri_free(values);
    rri_free(W);
    return st;
}

rr_status noise_make(const experiment_context *ctx, noise_kind kind, double rate, uint64_t seed,
                     const rr_dataset *ds, const rr_network *net, uint32_t *labels, rr_error *err)
{
    for (size_t i = 0; i < rr_dataset_count(ds); i++)
        labels[i] = rr_dataset_at(ds, i).label;
    switch (kind) {
    case NOISE_UNIFORM:
        uniform(ds, rate, seed, labels);
        return RR_OK;
    case NOISE_ASYMMETRIC:
        return asymmetric(ds, rate, seed, labels, err);
    case NOISE_INSTANCE:
        return by_instance(ctx, rate, seed, ds, net, labels, err);
    default:
        return by_class(ctx, kind, rate, seed, ds, net, labels, err);
    }
}
