/* SPDX-License-Identifier: MIT */
/* certificate.c - writes, reads and compares certificate.json (docs/FORMAT.md#certificate). */
#include "workflow/certificate.h"

#include "io/json.h"
#include "rnnrepair/run.h"

#include <string.h>

static const char format_name[] = "rnnrepair-certificate";
enum { VERSION = 1 };

/* ---- members -------------------------------------------------------------------------------- */

#define MEMBER(kind, member, key)                                                                  \
    {                                                                                              \
        key, offsetof(rri_certificate, member), RRI_JSON_##kind, RRI_JSON_ALWAYS, (rr_enum)0       \
    }
#define OF_TARGET(kind, presence, member, key)                                                     \
    {                                                                                              \
        key, offsetof(rri_proved, member), RRI_JSON_##kind, RRI_JSON_##presence, (rr_enum)0        \
    }

static const rri_json_field head_table[] = {
    MEMBER(HASH, model, "model"),
    MEMBER(HASH, parent, "parent_model"),
    MEMBER(HASH, data, "data"),
};
static const rri_json_field program_table[] = {
    MEMBER(F64, program.margin, "margin"),
    MEMBER(F64, program.hold, "hold"),
    MEMBER(F64, program.ridge, "ridge"),
    MEMBER(F64, program.limit, "limit"),
    MEMBER(FLAG, program.drop_conflicts, "drop_conflicts"),
};
static const rri_json_field solution_table[] = {
    MEMBER(F64, change, "change"),  MEMBER(F64, layer, "layer"), MEMBER(F64, bound, "bound"),
    MEMBER(SIZE, rounds, "rounds"), MEMBER(SIZE, rows, "rows"),  MEMBER(SIZE, binding, "binding"),
};
static const rri_json_field training_table[] = {
    MEMBER(SIZE, inputs, "inputs"),
    MEMBER(SIZE, held, "held"),
    MEMBER(SIZE, broken, "broken"),
    MEMBER(F64, worst_held, "worst_margin"),
};
static const rri_json_field targets_table[] = {
    MEMBER(TEXT, split, "split"),
    MEMBER(HASH, targets_hash, "sha256"),
    MEMBER(SIZE, count, "count"),
    MEMBER(SIZE, fixed, "fixed"),
    MEMBER(F64, worst_target, "worst_margin"),
};
static const rri_json_field sample_table[] = {
    OF_TARGET(SIZE, ALWAYS, id, "id"),
    OF_TARGET(SIZE, NONZERO, step, "step"),
    OF_TARGET(SIZE, ALWAYS, truth, "truth"),
    OF_TARGET(SIZE, ALWAYS, before, "before"),
    OF_TARGET(SIZE, ALWAYS, after, "after"),
    OF_TARGET(F64, ALWAYS, margin, "margin"),
    OF_TARGET(FLAG, NONZERO, dropped, "dropped"),
};
static const rri_json_fields head_fields = RRI_JSON_FIELDS(head_table);
static const rri_json_fields program_fields = RRI_JSON_FIELDS(program_table);
static const rri_json_fields solution_fields = RRI_JSON_FIELDS(solution_table);
static const rri_json_fields training_fields = RRI_JSON_FIELDS(training_table);
static const rri_json_fields targets_fields = RRI_JSON_FIELDS(targets_table);
static const rri_json_fields sample_fields = RRI_JSON_FIELDS(sample_table);

/* The objects below the root. */
static const struct part {
    const char *key, *prefix;
    const rri_json_fields *fields;
} parts[] = {
    { "program", "program.", &program_fields },
    { "solution", "solution.", &solution_fields },
    { "training", "training.", &training_fields },
    { "targets", "targets.", &targets_fields },
};

void rri_certificate_clear(rri_certificate *c)
{
    rri_free(c->targets);
    rri_free(c->conflict);
    rri_free(c->opposed);
    json_decref(c->root);
    *c = (rri_certificate){ .root = NULL };
}

/* ---- writing -------------------------------------------------------------------------------- */

static rr_status put_samples(json_t *targets, const rri_certificate *c, rr_error *err)
{
    json_t *list = json_array();
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(targets, "samples", list, err));
    for (size_t i = 0; i < c->count; i++) {
        json_t *row = json_object();
        if (row == NULL || json_array_append_new(list, row) != 0)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for a certificate"));
        RRI_TRY(rri_json_put_fields(row, &sample_fields, &c->targets[i], err));
    }

done:
    return st;
}

static rr_status put_numbers(json_t *to, const char *key, const size_t *number, size_t n,
                             rr_error *err)
{
    json_t *list = json_array();
    const rr_status st = rri_json_set(to, key, list, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        if (json_array_append_new(list, json_integer((json_int_t)number[i])) != 0)
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for a certificate");
    return st;
}

rr_status rri_certificate_text(const rri_certificate *c, char **out, rr_error *err)
{
    json_t *root = json_object();
    json_t *object = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_json_set(root, "format", json_string(format_name), err));
    RRI_TRY(rri_json_set(root, "format_version", json_integer(VERSION), err));
    RRI_TRY(rri_json_put_fields(root, &head_fields, c, err));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        RRI_TRY(rri_json_add_object(root, parts[i].key, &object, err));
        RRI_TRY(rri_json_put_fields(object, parts[i].fields, c, err));
    }
    RRI_TRY(put_samples(object, c, err)); /* the last part is that of the targets */
    if (c->count_conflict > 0) {
        RRI_TRY(rri_json_add_object(root, "conflict", &object, err));
        RRI_TRY(put_numbers(object, "targets", c->conflict, c->count_conflict, err));
        RRI_TRY(put_numbers(object, "training", c->opposed, c->count_opposed, err));
    }
    RRI_TRY(rri_json_text(root, out, err));

done:
    json_decref(root);
    return st;
}

/* ---- reading -------------------------------------------------------------------------------- */

static rr_status get_samples(const json_t *targets, const char *name, rri_certificate *c,
                             rr_error *err)
{
    const json_t *list = json_object_get(targets, "samples");
    rr_status st = RR_OK;

    if (!json_is_array(list) || json_array_size(list) != c->count)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: 'targets.samples' is no list of %zu targets",
                        name, c->count);
    RRI_TRY(rri_alloc(&c->targets, c->count, 1, sizeof *c->targets, err));
    for (size_t i = 0; i < c->count; i++) {
        const json_t *row = json_array_get(list, i);
        if (!json_is_object(row))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: targets.samples[%zu] is no object",
                            name, i);
        RRI_TRY(rri_json_get_fields(row, name, "targets.samples.", &sample_fields, &c->targets[i],
                                    err));
    }

done:
    return st;
}

rr_status rri_certificate_parse(const char *text, const char *name, rri_certificate *out,
                                rr_error *err)
{
    rri_certificate c = { .root = NULL };
    json_t *root = NULL;
    json_t *object = NULL;
    const char *format = NULL;
    size_t version = 0;
    rr_status st = RR_OK;

    *out = c;
    RRI_TRY(rri_json_parse(text, name, &root, err));
    c.root = root;
    RRI_TRY(rri_json_string(root, name, "format", &format, err));
    if (strcmp(format, format_name) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: format is '%s', expected '%s'", name, format,
                         format_name));
    RRI_TRY(rri_json_size(root, name, "format_version", &version, err));
    if (version != VERSION)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: format version %zu, expected %d", name,
                         version, VERSION));
    RRI_TRY(rri_json_get_fields(root, name, "", &head_fields, &c, err));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        RRI_TRY(rri_json_object(root, name, parts[i].key, &object, err));
        RRI_TRY(rri_json_get_fields(object, name, parts[i].prefix, parts[i].fields, &c, err));
    }
    RRI_TRY(get_samples(object, name, &c, err));
    *out = c;
    c = (rri_certificate){ .root = NULL };

done:
    rri_certificate_clear(&c);
    return st;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static rr_status differs(const char *what, double is, double claimed, rr_error *err)
{
    return rri_fail(err, RR_ERR_MISMATCH, -1, "%s is %.17g, the certificate says %.17g", what, is,
                    claimed);
}

static rr_status compare_hashes(const rri_certificate *is, const rri_certificate *claimed,
                                rr_error *err)
{
    const struct {
        const char *what, *is, *claimed;
    } hashes[] = {
        { "the model", is->model, claimed->model },
        { "the model before", is->parent, claimed->parent },
        { "the training data", is->data, claimed->data },
        { RR_RUN_TARGETS, is->targets_hash, claimed->targets_hash },
    };

    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (strcmp(hashes[i].is, hashes[i].claimed) != 0)
            return rri_fail(err, RR_ERR_MISMATCH, -1,
                            "%s: content %.12s..., the certificate is about %.12s...",
                            hashes[i].what, hashes[i].is, hashes[i].claimed);
    return RR_OK;
}

static rr_status compare_target(const rri_proved *is, const rri_proved *claimed, rr_error *err)
{
    char what[64];

    (void)rri_snprintf(what, sizeof what, "the %s of target %zu",
                       is->truth != claimed->truth     ? "truth"
                       : is->before != claimed->before ? "prediction before"
                       : is->after != claimed->after   ? "prediction"
                                                       : "margin",
                       claimed->id);
    if (is->truth != claimed->truth)
        return differs(what, (double)is->truth, (double)claimed->truth, err);
    if (is->before != claimed->before)
        return differs(what, (double)is->before, (double)claimed->before, err);
    if (is->after != claimed->after)
        return differs(what, (double)is->after, (double)claimed->after, err);
    if (is->margin < claimed->margin || is->margin > claimed->margin)
        return differs(what, is->margin, claimed->margin, err);
    return RR_OK;
}

rr_status rri_certificate_check(const rri_certificate *c, rr_error *err)
{
    size_t dropped = 0;

    for (size_t i = 0; i < c->count; i++)
        dropped += c->targets[i].dropped != 0;
    if (c->broken > 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "%zu training inputs that were right are wrong: no proof", c->broken);
    if (c->fixed < c->count - dropped)
        return rri_fail(err, RR_ERR_MISMATCH, -1, "of %zu targets only %zu are right: no proof",
                        c->count - dropped, c->fixed);
    return RR_OK;
}

rr_status rri_certificate_compare(const rri_certificate *is, const rri_certificate *claimed,
                                  rr_error *err)
{
    const struct {
        const char *what;
        double is, claimed;
    } numbers[] = {
        { "the number of training inputs", (double)is->inputs, (double)claimed->inputs },
        { "the number of training inputs to hold", (double)is->held, (double)claimed->held },
        { "the number of broken training inputs", (double)is->broken, (double)claimed->broken },
        { "the least margin of a training input", is->worst_held, claimed->worst_held },
        { "the number of targets", (double)is->count, (double)claimed->count },
        { "the number of fixed targets", (double)is->fixed, (double)claimed->fixed },
        { "the least margin of a target", is->worst_target, claimed->worst_target },
    };
    rr_status st = RR_OK;

    RRI_TRY(compare_hashes(is, claimed, err));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].is < numbers[i].claimed || numbers[i].is > numbers[i].claimed)
            return differs(numbers[i].what, numbers[i].is, numbers[i].claimed, err);
    for (size_t i = 0; i < is->count; i++)
        RRI_TRY(compare_target(&is->targets[i], &claimed->targets[i], err));
    RRI_TRY(rri_certificate_check(is, err));

done:
    return st;
}
