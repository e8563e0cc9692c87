/* SPDX-License-Identifier: MIT */
/* only.c - parses only=A|B|..., the labels of an image source that are used. */
#include "data/only.h"

#include <string.h>

/* Add one item of the list, of n characters. */
static rr_status add_label(const rri_spec *spec, const char *item, size_t n, size_t labels,
                           rri_only *out, rr_error *err)
{
    char copy[24] = "";
    size_t label = 0;

    if (n < sizeof copy)
        memcpy(copy, item, n);
    if (!rri_parse_size(copy, &label) || label >= labels)
        return rri_fail(
            err, RR_ERR_ARG, -1, "only=%s of %s: there is no label \"%.*s\"; labels are 0..%zu",
            rri_spec_value(spec, "only"), spec->kind, (int)rri_min(n, 40), item, labels - 1);
    if (out->class_of[label] >= 0)
        return rri_fail(err, RR_ERR_ARG, -1, "only=%s of %s names label %zu twice",
                        rri_spec_value(spec, "only"), spec->kind, label);
    out->class_of[label] = (short)out->count;
    out->label[out->count] = (unsigned char)label;
    (void)rri_snprintf(out->text[out->count], sizeof out->text[0], "%u", (unsigned)label & 255U);
    out->name[out->count] = out->text[out->count];
    out->count++;
    return RR_OK;
}

rr_status rri_only_read(const rri_spec *spec, size_t labels, rri_only *out, rr_error *err)
{
    const char *at = rri_spec_value(spec, "only");

    out->count = 0;
    for (size_t i = 0; i < RRI_ONLY_LABELS; i++)
        out->class_of[i] = -1;
    if (at == NULL)
        return RR_OK;
    for (;;) {
        const size_t n = strcspn(at, "|");
        const rr_status st = add_label(spec, at, n, labels, out, err);
        if (st != RR_OK)
            return st;
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    if (out->count < 2)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "only=%s of %s has a single label: give at least two, A|B",
                        rri_spec_value(spec, "only"), spec->kind);
    return RR_OK;
}
