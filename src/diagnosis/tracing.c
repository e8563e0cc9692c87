/* SPDX-License-Identifier: MIT */
/* tracing.c - traces of a dataset, and of a single misclassified sequence. */
#include "diagnosis/diagnosis_internal.h"

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
                      "target %zu, sequence %zu of the test set, is predicted correctly: %s",
                      number, id, rr_dataset_class_name(test, x.label));
        goto done;
    }
    *out = traces;
    traces = NULL;

done:
    rr_traces_free(traces);
    rr_dataset_free(one);
    return st;
}

rr_status rri_trace_step(const rr_influence *inf, const rr_network *net, const rr_dataset *test,
                         size_t number, size_t id, size_t t, size_t threads, rr_traces **out,
                         rr_error *err)
{
    rr_dataset *one = NULL;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_select(test, &id, 1, &one, err));
    RRI_TRY(rri_trace_dataset(inf, net, one, threads, &traces, err));
    const rr_trace x = rr_traces_at(traces, 0);
    const uint32_t truth = rr_dataset_at(one, 0).step_labels[t - 1];
    if (truth == RR_NO_LABEL || truth == x.predictions[t - 1])
        RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)number,
                         "target %zu, step %zu of sequence %zu of the test set, %s", number, t, id,
                         truth == RR_NO_LABEL ? "has no label" : "is predicted correctly"));
    *out = traces;
    traces = NULL;

done:
    rr_traces_free(traces);
    rr_dataset_free(one);
    return st;
}
