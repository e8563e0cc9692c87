/* SPDX-License-Identifier: MIT */
/* states_from_arrays.c - analyse a network that was trained elsewhere.
 *
 * All the analysis needs are three things a step: the hidden state, what the network predicts so
 * far, and the input. Here they come from a network written by hand: it tells whether a sequence
 * of 0 and 1 has an odd number of ones, and stumbles now and then. */
#include <rnnrepair/rnnrepair.h>

#include <stdio.h>

#define TRY(call)                                                                                  \
    if ((call) != RR_OK)                                                                           \
        goto done;

enum { N = 200, T = 12, H = 2 };

static uint32_t steps[N], labels[N], predictions[N * T], symbols[N * T];
static float states[N * T][H];

/* A small generator, so that the example is the same everywhere. */
static uint32_t random_below(uint32_t n)
{
    static uint32_t seed = 1;

    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % n;
}

static void run_the_network(void)
{
    for (size_t i = 0; i < N; i++) {
        uint32_t ones = 0;
        uint32_t belief = 0;
        steps[i] = T;
        for (size_t t = 0; t < T; t++) {
            const size_t row = i * T + t;
            symbols[row] = random_below(2);
            ones += symbols[row];
            if (random_below(100) > 0) /* else it misses this step */
                belief ^= symbols[row];
            states[row][0] = (belief ? 0.9f : -0.9f) + (float)random_below(100) / 1000;
            states[row][1] = (symbols[row] ? 0.5f : -0.5f) + (float)random_below(100) / 1000;
            predictions[row] = belief;
        }
        labels[i] = ones % 2;
    }
}

int main(void)
{
    rr_state_arrays arrays = { 0 };
    const rr_influence_config building = rr_influence_config_default();
    const rr_explain_config asking = rr_explain_config_default();
    rr_state_source source = { 0 };
    rr_influence *influence = NULL;
    rr_explanation *why = NULL;
    rr_error error = { RR_OK, -1, "" };

    run_the_network();
    arrays.sequences = N;
    arrays.hidden = H;
    arrays.classes = 2;
    arrays.vocabulary = 2;
    arrays.steps = steps;
    arrays.labels = labels;
    arrays.states = &states[0][0];
    arrays.predictions = predictions;
    arrays.symbols = symbols;
    TRY(rr_states_from_arrays(&arrays, &source, &error));

    TRY(rr_influence_build(&building, &source, NULL, &influence, &error));
    printf("%zu abstract states\n", rr_influence_info_of(influence).states);

    const rr_trace trace = rr_traces_at(rr_influence_training(influence), 0);
    TRY(rr_explain(influence, &asking, &trace, &why, &error));
    for (size_t t = 0; t < why->count_steps; t++)
        printf("step %2zu: input %u, state %u, predicts %u\n", why->steps[t].t, trace.symbols[t],
               why->steps[t].state, why->steps[t].prediction);
    printf("most like it: sequence %u, influence %.3f\n", why->proponents[0].id,
           (double)why->proponents[0].score);

done:
    if (error.code != RR_OK)
        fprintf(stderr, "states_from_arrays: %s\n", error.msg);
    rr_explanation_free(why);
    rr_influence_free(influence);
    rr_state_source_close(&source);
    return error.code == RR_OK ? 0 : 1;
}
