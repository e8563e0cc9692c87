/* SPDX-License-Identifier: MIT */
/* run_targets.c - what a run was repaired for, in run.json (docs/FORMAT.md#runjson). */
#include "run/directory.h"

/* What the members are written from and read into. */
typedef struct record {
    rr_split split;
} record;

static const rri_json_field targets_table[] = {
    { "split", offsetof(record, split), RRI_JSON_ENUM, RRI_JSON_ALWAYS, RR_ENUM_SPLIT },
};
static const rri_json_fields targets_fields = RRI_JSON_FIELDS(targets_table);

rr_status rri_run_copy_targets(const rr_run_targets *targets, rr_run_target **to, rr_error *err)
{
    rr_status st = RR_OK;

    if (targets->count == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(to, targets->count, 1, sizeof **to, err));
    for (size_t i = 0; i < targets->count; i++)
        (*to)[i] = targets->list[i];

done:
    return st;
}

static rr_status put_list(json_t *object, const char *key, const rr_run_targets *targets,
                          bool steps, rr_error *err)
{
    json_t *list = json_array();
    const rr_status st = rri_json_set(object, key, list, err);

    for (size_t i = 0; st == RR_OK && i < targets->count; i++) {
        const rr_run_target *x = &targets->list[i];
        if (json_array_append_new(list, json_integer(steps ? x->step : x->id)) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    }
    return st;
}

rr_status rri_run_put_targets(json_t *root, const rr_run_targets *targets, rr_error *err)
{
    const record r = { targets->split };
    json_t *object = NULL;
    rr_status st = RR_OK;

    if (targets->count == 0)
        return RR_OK;
    RRI_TRY(rri_json_add_object(root, "targets", &object, err));
    RRI_TRY(rri_json_put_fields(object, &targets_fields, &r, err));
    RRI_TRY(put_list(object, "ids", targets, false, err));
    if (targets->list[0].step > 0)
        RRI_TRY(put_list(object, "steps", targets, true, err));

done:
    return st;
}

/* One list of whole numbers from `least` on, into member ids or steps of the targets. */
static rr_status get_list(const json_t *object, const char *path, const char *key, json_int_t least,
                          bool steps, rr_run_target *to, size_t n, rr_error *err)
{
    const json_t *list = json_object_get(object, key);

    if (!json_is_array(list) || json_array_size(list) != n)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: 'targets.%s' is no list of %zu numbers", path,
                        key, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        const json_int_t value = json_integer_value(item);
        if (!json_is_integer(item) || value < least || value > UINT32_MAX)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: targets.%s[%zu] is no %s", path,
                            key, i, steps ? "step" : "number of a sequence");
        *(steps ? &to[i].step : &to[i].id) = (uint32_t)value;
    }
    return RR_OK;
}

rr_status rri_run_get_targets(const json_t *root, const char *path, rr_run_targets *targets,
                              rr_run_target **list, rr_error *err)
{
    record r = { RR_SPLIT_TEST };
    json_t *object = NULL;
    rr_status st = RR_OK;

    *list = NULL;
    if (json_object_get(root, "targets") == NULL)
        return RR_OK;
    RRI_TRY(rri_json_object(root, path, "targets", &object, err));
    RRI_TRY(rri_json_get_fields(object, path, "targets.", &targets_fields, &r, err));
    const size_t n = json_array_size(json_object_get(object, "ids"));
    RRI_TRY(rri_alloc(list, n, 1, sizeof **list, err));
    RRI_TRY(get_list(object, path, "ids", 0, false, *list, n, err));
    if (json_object_get(object, "steps") != NULL)
        RRI_TRY(get_list(object, path, "steps", 1, true, *list, n, err));
    *targets = (rr_run_targets){ r.split, *list, n };

done:
    return st;
}
