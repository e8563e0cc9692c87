/* SPDX-License-Identifier: MIT */
/* fit.c - checks that a network, its influence model and a dataset match. */
#include "diagnosis/diagnosis_internal.h"

#include "network/network_internal.h"

rr_status rri_check_data(const rr_network *net, const rr_dataset *ds, const char *what,
                         rr_error *err)
{
    const rr_status st = net != NULL ? rri_network_fits(net, ds, err) : RR_OK;

    return st == RR_OK ? RR_OK : rri_prefix(err, st, "the %s", what);
}

rr_status rri_check_symbols(const rr_network *net, const rr_dataset *ds, const char *what,
                            rr_error *err)
{
    if (rr_dataset_vocabulary(ds) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "the %s holds frames, not words", what);
    return rri_check_data(net, ds, what, err);
}

rr_status rri_check_model(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                          rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const rr_network_config n =
        net != NULL ? rr_network_config_of(net)
                    : (rr_network_config){ .hidden = info.hidden, .classes = info.classes };

    if (info.hidden != n.hidden || info.classes != n.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the influence model is of %zu hidden units and %zu classes, the network "
                        "of %zu and %zu",
                        info.hidden, info.classes, n.hidden, n.classes);
    if (info.sequences != rr_dataset_count(train) || info.steps != rr_dataset_steps(train))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the influence model is of %zu sequences and %zu steps, the training set "
                        "of %zu and %zu",
                        info.sequences, info.steps, rr_dataset_count(train),
                        rr_dataset_steps(train));
    for (size_t i = 0; i < info.sequences; i++) {
        const size_t in_model = rr_traces_at(rr_influence_training(inf), i).steps;
        const size_t in_train = rr_dataset_at(train, i).steps;
        if (in_model != in_train)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "sequence %zu has %zu steps in the influence model, %zu in the "
                            "training set",
                            i, in_model, in_train);
    }
    return RR_OK;
}
