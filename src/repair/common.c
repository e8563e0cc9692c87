/* SPDX-License-Identifier: MIT */
/* common.c - see common.h. */
#include "repair/common.h"

rr_status rri_trace_dataset(const rr_influence *inf, const rr_network *net, const rr_dataset *ds,
                            size_t threads, rr_traces **out, rr_error *err)
{
    rr_state_source source = { 0 };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_network_states(net, ds, threads, &source, err));
    RRI_TRY(rr_influence_trace(inf, &source, threads, out, err));

done:
    rr_state_source_close(&source);
    return st;
}

rr_status rri_trace_target(const rr_influence *inf, const rr_network *net, const rr_dataset *test,
                           size_t number, size_t id, size_t threads, rr_traces **out, rr_error *err)
{
    const size_t N = rr_dataset_count(test);
    rr_dataset *one = NULL;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (id >= N || id > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, (int64_t)number,
                        "target %zu is sequence %zu, but the test set has %zu", number, id, N);
    RRI_TRY(rr_dataset_select(test, &id, 1, &one, err));
    RRI_TRY(rri_trace_dataset(inf, net, one, threads, &traces, err));
    const rr_trace x = rr_traces_at(traces, 0);
    if (x.prediction == x.label) {
        st = rri_fail(err, RR_ERR_ARG, (int64_t)number,
                      "target %zu, sequence %zu of the test set, is predicted right: %s", number,
                      id, rr_dataset_class_name(test, x.label));
        goto done;
    }
    *out = traces;
    traces = NULL;

done:
    rr_traces_free(traces);
    rr_dataset_free(one);
    return st;
}

void rri_draw_some(rri_random *stream, uint32_t *list, size_t size, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t j = i + (size_t)rri_random_below(stream, size - i);
        const uint32_t taken = list[j];
        list[j] = list[i];
        list[i] = taken;
    }
}

rr_status rri_draw_right(const rr_influence *inf, uint32_t label, rri_random *stream, size_t want,
                         uint32_t **out, size_t *count, rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    const size_t N = rr_traces_count(training);
    size_t size = 0;
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (a.label == label && a.prediction == label)
            (*out)[size++] = (uint32_t)i;
    }
    *count = rri_min(want, size);
    rri_draw_some(stream, *out, size, *count);
    return RR_OK;
}

int rri_by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}
