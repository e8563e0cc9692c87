/* SPDX-License-Identifier: MIT */
/* run_guard.c - the guard of a retraining in run.json (docs/FORMAT.md#runjson). */
#include "run/directory.h"

/* What the members are written from and read into. */
typedef struct record {
    rr_guard guard;
    rr_guarded seen;
    int limited; /* the number of broken inputs is limited by most, else by those fixed */
    size_t most;
} record;

#define FIELD(kind, presence, member, key)                                                         \
    {                                                                                              \
        key, offsetof(record, member), RRI_JSON_##kind, RRI_JSON_##presence, (rr_enum)0            \
    }

static const rri_json_field guard_table[] = {
    { "split", offsetof(record, guard.split), RRI_JSON_ENUM, RRI_JSON_ALWAYS, RR_ENUM_SPLIT },
    FIELD(SIZE, ALWAYS, guard.points, "points"),
    FIELD(FLAG, NONZERO, limited, "limited"),
    FIELD(SIZE, TOGETHER, most, "most_broken"),
    FIELD(FLAG, NONZERO, guard.anyway, "anyway"),
    FIELD(SIZE, ALWAYS, seen.updates, "updates"),
    FIELD(SIZE, ALWAYS, seen.kept, "kept"),
    FIELD(SIZE, ALWAYS, seen.fixed, "fixed"),
    FIELD(SIZE, ALWAYS, seen.broken, "broken"),
};
static const rri_json_fields guard_fields = RRI_JSON_FIELDS(guard_table);

rr_status rri_run_put_guard(json_t *root, const rr_guard *guard, const rr_guarded *seen,
                            rr_error *err)
{
    record r = { .guard = *guard, .seen = *seen };
    json_t *object = NULL, *list = NULL;
    rr_status st = RR_OK;

    if (!guard->on)
        return RR_OK;
    r.limited = guard->most_broken != SIZE_MAX;
    r.most = r.limited ? guard->most_broken : 0;
    RRI_TRY(rri_json_add_object(root, "guard", &object, err));
    RRI_TRY(rri_json_put_fields(object, &guard_fields, &r, err));
    list = json_array();
    RRI_TRY(rri_json_set(object, "held", list, err));
    for (size_t i = 0; i < guard->count_held; i++)
        if (json_array_append_new(list, json_integer(guard->held[i])) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");

done:
    return st;
}

/* Ascending numbers; whether the training set has so many is seen when it is loaded. */
static rr_status get_held(const json_t *object, const char *path, rr_guard *guard, uint32_t **held,
                          rr_error *err)
{
    const json_t *list = json_object_get(object, "held");
    rr_status st = RR_OK;

    if (!json_is_array(list))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: 'guard.held' is missing or no list", path);
    const size_t n = json_array_size(list);
    RRI_TRY(rri_alloc(held, n, 1, sizeof **held, err));
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        const json_int_t id = json_integer_value(item);
        if (!json_is_integer(item) || id < 0 || id >= UINT32_MAX ||
            (i > 0 && (uint32_t)id <= (*held)[i - 1]))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: guard.held[%zu] is not a rising number of the training set", path,
                             i));
        (*held)[i] = (uint32_t)id;
    }
    guard->held = *held;
    guard->count_held = n;

done:
    return st;
}

rr_status rri_run_get_guard(const json_t *root, const char *path, rr_guard *guard, rr_guarded *seen,
                            uint32_t **held, rr_error *err)
{
    record r = { .guard = { .on = 1 } };
    json_t *object = NULL;
    rr_status st = RR_OK;

    if (json_object_get(root, "guard") == NULL)
        return RR_OK;
    RRI_TRY(rri_json_object(root, path, "guard", &object, err));
    RRI_TRY(rri_json_get_fields(object, path, "guard.", &guard_fields, &r, err));
    r.guard.most_broken = r.limited ? r.most : SIZE_MAX;
    if (r.guard.split == RR_SPLIT_TEST)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: guard.split is test", path));
    if (r.seen.kept > r.seen.updates)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: guard.kept is %zu, but guard.updates %zu",
                         path, r.seen.kept, r.seen.updates));
    RRI_TRY(get_held(object, path, &r.guard, held, err));
    *guard = r.guard;
    *seen = r.seen;

done:
    return st;
}
