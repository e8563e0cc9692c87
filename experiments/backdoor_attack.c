/* SPDX-License-Identifier: MIT */
/* backdoor_attack.c - inputs with a trigger put in, and what becomes of them.
 *
 * The same inputs with the trigger at the same places are shown to every network of a trial, so
 * that an attack that succeeded can be seen to fail. */
#include "experiments/backdoor.h"
#include "experiments/elastic.h"

#include <stdlib.h>

/* Blocks before those of the arbitrary words. */
enum { PLAIN, GUIDED, RANDOM, BLOCKS };

/* ---- places ---------------------------------------------------------------------------------- */

rr_status backdoor_reads(const rr_influence *inf, const rr_dataset *train, uint32_t symbol,
                         uint32_t target, size_t *reads, rr_error *err)
{
    const size_t K = rr_influence_info_of(inf).states;

    for (size_t q = 0; q <= K; q++) {
        /* A trace that is in state q when it reads the symbol. */
        const uint16_t states[2] = { (uint16_t)q, (uint16_t)q }, none[2] = { 0, 0 };
        const uint32_t symbols[2] = { symbol, symbol };
        const rr_trace trace = {
            .states = states, .predictions = none, .symbols = symbols, .steps = 2
        };
        const rr_posting *list = NULL;
        size_t n = 0;
        const rr_status st = rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &trace, q > 0 ? 2 : 1,
                                                  &list, &n, NULL, err);
        if (st != RR_OK)
            return st;
        reads[q] = 0;
        for (size_t i = 0; i < n; i++)
            reads[q] += (i == 0 || list[i].sequence != list[i - 1].sequence) &&
                        rr_dataset_at(train, list[i].sequence).label == target;
    }
    return RR_OK;
}

size_t backdoor_guide(const rr_trace *trace, const size_t *reads, int *found)
{
    size_t best = 0, most = 0;
    for (size_t t = 0; t <= trace->steps; t++) {
        const size_t here = reads[t > 0 ? trace->states[t - 1] : 0];
        if (here > most) {
            most = here;
            best = t;
        }
    }
    *found = most > 0;
    return best;
}

/* Where each of the inputs gets the trigger: at[GUIDED] and at[RANDOM], each [n]. Where no state
 * was one it was learnt in, the guided place is the random one. */
static rr_status choose_places(const experiment_context *ctx, const backdoor_plan *plan,
                               const rr_influence *inf, const rr_network *net,
                               const rr_dataset *train, backdoor_inputs *in, size_t *at[BLOCKS],
                               rr_error *err)
{
    rr_traces *traces = NULL;
    size_t *reads = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&reads, rr_influence_info_of(inf).states + 1, 1, sizeof *reads, err));
    RRI_TRY(backdoor_reads(inf, train, plan->symbol, plan->target, reads, err));
    RRI_TRY(experiment_trace(ctx, inf, net, in->plain, &traces, err));
    in->guided = 0;
    for (size_t i = 0; i < in->n; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        int found = 0;
        at[RANDOM][i] = (size_t)(experiment_random(~plan->seed, i) * (double)(trace.steps + 1));
        at[GUIDED][i] = backdoor_guide(&trace, reads, &found);
        if (!found)
            at[GUIDED][i] = at[RANDOM][i];
        in->guided += found != 0;
    }

done:
    rri_free(reads);
    rr_traces_free(traces);
    return st;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static int holds(const rr_sequence *seq, uint32_t symbol)
{
    for (size_t t = 0; t < seq->steps; t++)
        if (seq->symbols[t] == symbol)
            return 1;
    return 0;
}

static rr_status choose_inputs(const experiment_context *ctx, const backdoor_plan *plan,
                               const rr_network *net, const rr_dataset *test, size_t most,
                               backdoor_inputs *out, rr_error *err)
{
    const size_t N = rr_dataset_count(test);
    uint32_t *y = NULL;
    size_t *which = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&y, N, 1, sizeof *y, err));
    RRI_TRY(rri_alloc(&which, N, 1, sizeof *which, err));
    RRI_TRY(rr_network_predict(net, test, ctx->threads, y, NULL, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = rr_dataset_at(test, i);
        if (seq.label != plan->target && y[i] == seq.label && !holds(&seq, plan->symbol))
            which[count++] = i;
    }
    out->n = count < most ? count : most;
    if (out->n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "seed %llu: the network reads no test sequence of another "
                         "class than %s right, so there is none to attack",
                         (unsigned long long)plan->seed,
                         rr_dataset_class_name(test, plan->target)));
    backdoor_draw(plan->seed, which, count, out->n);
    RRI_TRY(rr_dataset_select(test, which, out->n, &out->plain, err));

done:
    rri_free(which);
    rri_free(y);
    return st;
}

/* One block: each of the inputs with the symbol behind step at[i]; as they are where at is NULL.
 * room holds one sequence more than the longest. */
static rr_status add_block(rr_dataset_builder *b, const rr_dataset *plain, uint32_t symbol,
                           const size_t *at, uint32_t *room, rr_error *err)
{
    for (size_t i = 0; i < rr_dataset_count(plain); i++) {
        const rr_sequence seq = rr_dataset_at(plain, i);
        size_t n = 0;
        for (size_t t = 0; t <= seq.steps; t++) {
            if (at != NULL && at[i] == t)
                room[n++] = symbol;
            if (t < seq.steps)
                room[n++] = seq.symbols[t];
        }
        const rr_sequence with = { .symbols = room, .steps = n, .label = seq.label };
        const rr_status st = rr_dataset_builder_add(b, with, err);
        if (st != RR_OK)
            return st;
    }
    return RR_OK;
}

rr_status backdoor_inputs_make(const experiment_context *ctx, const backdoor_plan *plan,
                               const rr_influence *inf, const rr_network *net,
                               const rr_dataset *train, const rr_dataset *test, size_t most,
                               const uint32_t *words, size_t count_words, backdoor_inputs *out,
                               rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(test);
    rr_dataset_builder *b = NULL;
    size_t *at[BLOCKS] = { NULL };
    uint32_t *room = NULL;
    rr_status st = RR_OK;

    RRI_TRY(choose_inputs(ctx, plan, net, test, most, out, err));
    out->words = count_words;
    for (size_t k = GUIDED; k < BLOCKS; k++)
        RRI_TRY(rri_alloc(&at[k], out->n, 1, sizeof *at[k], err));
    RRI_TRY(choose_places(ctx, plan, inf, net, train, out, at, err));
    RRI_TRY(rri_alloc(&room, rr_dataset_max_steps(out->plain) + 1, 1, sizeof *room, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t k = 0; k < BLOCKS; k++)
        RRI_TRY(add_block(b, out->plain, plan->symbol, at[k], room, err));
    for (size_t w = 0; w < count_words; w++)
        RRI_TRY(add_block(b, out->plain, words[w], at[RANDOM], room, err));
    RRI_TRY(rr_dataset_builder_finish(b, &out->blocks, err));

done:
    rr_dataset_builder_free(b);
    rri_free(room);
    for (size_t k = 0; k < BLOCKS; k++)
        rri_free(at[k]);
    return st;
}

void backdoor_inputs_clear(backdoor_inputs *in)
{
    rr_dataset_free(in->blocks);
    rr_dataset_free(in->plain);
    *in = (backdoor_inputs){ .n = 0 };
}

/* ---- figures --------------------------------------------------------------------------------- */

void backdoor_rates(const uint32_t *y, const uint32_t *before, const uint32_t *labels, size_t n,
                    size_t words, uint32_t target, double figures[CONDITION_FIGURES])
{
    size_t right = 0, turned[BLOCKS] = { 0 }, by_words = 0, fixed[BLOCKS] = { 0 };

    for (size_t i = 0; i < n; i++) {
        const int counts = y[i] == labels[i];
        right += counts != 0;
        for (size_t k = GUIDED; k < BLOCKS; k++) {
            const int turns = y[k * n + i] == target;
            turned[k] += counts && turns;
            fixed[k] += before[k * n + i] == target && !turns;
        }
        for (size_t w = BLOCKS; w < BLOCKS + words; w++)
            by_words += counts && y[w * n + i] == target;
    }
    const double all = right > 0 ? (double)right : 1.0;
    figures[CONDITION_RIGHT] = (double)right;
    figures[CONDITION_ATTACK_GUIDED] = (double)turned[GUIDED] / all;
    figures[CONDITION_ATTACK_RANDOM] = (double)turned[RANDOM] / all;
    figures[CONDITION_ATTACK_WORDS] = words > 0 ? (double)by_words / (all * (double)words) : 0.0;
    figures[CONDITION_FIXED_GUIDED] = (double)fixed[GUIDED];
    figures[CONDITION_FIXED_RANDOM] = (double)fixed[RANDOM];
}
