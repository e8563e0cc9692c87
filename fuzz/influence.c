/* SPDX-License-Identifier: MIT */
/* influence.c - influence models. The input is the file; a model that loads answers every kind of
 * question about its own traces, and can be written and read again. */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>

enum { MOST_TRACES = 4, MOST_STEPS = 8, TOP = 3 };

static void ask_steps(const rr_influence *inf, const rr_trace *trace)
{
    const rr_traces *training = rr_influence_training(inf);
    rr_error err = { .code = RR_OK };

    for (size_t t = 1; t <= rri_min(trace->steps, MOST_STEPS); t++)
        for (int key = 0; key <= RR_KEY_FULL; key++) {
            const rr_posting *list = NULL;
            size_t count = 0;
            size_t sequences = 0;
            if (!fuzz_ok(rr_influence_segment(inf, (rr_key)key, trace, t, &list, &count, &sequences,
                                              &err),
                         &err))
                continue;
            fuzz_require(count >= 1 && sequences <= count, "a training step is not found");
            for (size_t i = 0; i < count; i++)
                fuzz_require(list[i].sequence < rr_traces_count(training) && list[i].step >= 1 &&
                                 list[i].step <= rr_traces_at(training, list[i].sequence).steps,
                             "step %u of sequence %u", (unsigned)list[i].step,
                             (unsigned)list[i].sequence);
        }
}

static void ask_nearest(const rr_influence *inf, const rr_trace *trace)
{
    rr_neighbour nearest[TOP];
    rr_error err = { .code = RR_OK };

    for (int measure = 0; measure <= RR_MEASURE_CONTAINMENT; measure++)
        for (int key = 0; key <= RR_KEY_FULL; key++) {
            rr_query q = rr_query_default();
            size_t found = 0;
            q.measure = (rr_measure)measure;
            q.key = (rr_key)key;
            q.threads = 1;
            if (!fuzz_ok(rr_influence_nearest(inf, &q, trace, TOP, nearest, &found, &err), &err))
                continue;
            for (size_t i = 0; i < found; i++)
                fuzz_require(nearest[i].score >= 0.0F && nearest[i].score <= 1.0F, "score %g",
                             (double)nearest[i].score);
        }
}

static void explain(const rr_influence *inf, const rr_trace *trace)
{
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    rr_error err = { .code = RR_OK };

    cfg.query.threads = 1;
    if (fuzz_ok(rr_explain(inf, &cfg, trace, &e, &err), &err))
        for (size_t t = 0; t < e->count_steps; t++)
            fuzz_use(e->steps[t].confidence, e->classes * sizeof(float));
    rr_explanation_free(e);
}

static void use_model(const rr_influence *inf)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const rr_traces *training = rr_influence_training(inf);
    size_t points = 0;
    const rr_curve_point *curve = rr_influence_curve(inf, &points);

    fuzz_use(curve, points * sizeof *curve);
    for (size_t q = 0; q <= info.states; q++)
        fuzz_use(rr_influence_confidence(inf, q), info.classes * sizeof(float));
    fuzz_require(rr_influence_confidence(inf, info.states + 1) == NULL, "a state above K");
    for (size_t i = 0; i < rri_min(rr_traces_count(training), MOST_TRACES); i++) {
        const rr_trace trace = rr_traces_at(training, i);
        ask_steps(inf, &trace);
        ask_nearest(inf, &trace);
        explain(inf, &trace);
    }
}

/* What is written must be read. */
static void write_again(const rr_influence *inf)
{
    char hash[65];
    char path[128];
    rr_influence *again = NULL;
    rr_error err = { .code = RR_OK };

    memset(hash, 'a', 64);
    hash[64] = '\0';
    (void)snprintf(path, sizeof path, "%s/again.safetensors", fuzz_folder());
    fuzz_require(rr_influence_save(inf, path, hash, hash, &err) == RR_OK, "not written: %s",
                 err.msg);
    fuzz_require(rr_influence_load(path, hash, hash, &again, &err) == RR_OK, "not read again: %s",
                 err.msg);
    rr_influence_free(again);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("influence.safetensors", data, size);
    rr_influence *inf = NULL;
    rr_error err = { .code = RR_OK };

    fuzz_declare(size); /* a second model in write_again() */
    if (fuzz_ok(rr_influence_load(path, NULL, NULL, &inf, &err), &err)) {
        use_model(inf);
        write_again(inf);
    }
    rr_influence_free(inf);
}

#ifdef RR_FUZZ
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return fuzz_mutate_safetensors(data, size, most, seed);
}
#endif
