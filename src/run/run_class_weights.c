/* SPDX-License-Identifier: MIT */
/* run_class_weights.c - the weight of each class in the loss, in run.json (docs/FORMAT.md#runjson).
 */
#include "run/directory.h"

#include "run/run_internal.h"

#include <math.h>
#include <string.h>

static const char member[] = "class_weights";

const float *rr_run_class_weights(const rr_run *run)
{
    return run->class_weights;
}

rr_status rri_run_set_class_weights(rr_run *run, const float *weights, rr_error *err)
{
    const size_t C = run->settings.network.classes;
    rr_status st = RR_OK;

    if (weights == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&run->class_weights, C, 1, sizeof *run->class_weights, err));
    memcpy(run->class_weights, weights, C * sizeof *run->class_weights);

done:
    return st;
}

rr_status rri_run_put_class_weights(json_t *root, const rr_run *run, rr_error *err)
{
    json_t *list = NULL;
    rr_status st = RR_OK;

    if (run->class_weights == NULL)
        return RR_OK;
    list = json_array();
    RRI_TRY(rri_json_set(root, member, list, err));
    for (size_t c = 0; c < run->settings.network.classes; c++)
        if (json_array_append_new(list, json_real((double)run->class_weights[c])) != 0)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json"));

done:
    return st;
}

rr_status rri_run_get_class_weights(const json_t *root, const char *path, rr_run *run,
                                    rr_error *err)
{
    const json_t *list = json_object_get(root, member);
    const size_t C = run->settings.network.classes;
    rr_status st = RR_OK;

    if (list == NULL)
        return RR_OK;
    if (!json_is_array(list) || json_array_size(list) != C)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: '%s' is no list of %zu numbers, one a class",
                        path, member, C);
    RRI_TRY(rri_alloc(&run->class_weights, C, 1, sizeof *run->class_weights, err));
    for (size_t c = 0; c < C; c++) {
        const json_t *item = json_array_get(list, c);
        const double w = json_number_value(item);
        if (!json_is_number(item) || !isfinite((float)w) || w < 0.0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)c,
                             "%s: %s[%zu] is no number of at least 0", path, member, c));
        run->class_weights[c] = (float)w;
    }

done:
    return st;
}
