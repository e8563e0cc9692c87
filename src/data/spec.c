/* SPDX-License-Identifier: MIT */
/* spec.c - parses kind:path?name=value&name=value. source.c checks kinds and names. */
#include "data/spec.h"

#include <string.h>

static rr_status add_parameter(rri_spec *s, char *text, rr_error *err)
{
    char *equals = strchr(text, '=');

    if (equals == NULL || equals == text)
        return rri_fail(err, RR_ERR_ARG, -1, "parameter \"%s\" of %s is not of the form name=value",
                        text, s->kind);
    *equals = '\0';
    if (rri_spec_value(s, text) != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "parameter %s of %s is given twice", text, s->kind);
    if (s->count == RRI_SPEC_PARAMETERS)
        return rri_fail(err, RR_ERR_ARG, -1, "%s has more than %d parameters", s->kind,
                        RRI_SPEC_PARAMETERS);
    s->parameter[s->count].name = text;
    s->parameter[s->count].value = equals + 1;
    s->count++;
    return RR_OK;
}

rr_status rri_spec_parse(const char *text, rri_spec *out, rr_error *err)
{
    rri_spec s = { .path = "" };
    rr_status st = RR_OK;

    *out = s;
    RRI_TRY(rri_strdup(text, &s.text, err));
    s.kind = s.text;
    char *rest = strchr(s.text, '?');
    if (rest != NULL)
        *rest++ = '\0';
    char *colon = strchr(s.text, ':');
    if (colon != NULL) {
        *colon = '\0';
        s.path = colon + 1;
    }
    while (rest != NULL) {
        char *next = strchr(rest, '&');
        if (next != NULL)
            *next++ = '\0';
        RRI_TRY(add_parameter(&s, rest, err));
        rest = next;
    }
    *out = s;
    s.text = NULL;

done:
    rri_spec_clear(&s);
    return st;
}

void rri_spec_clear(rri_spec *s)
{
    rri_free(s->text);
    *s = (rri_spec){ .text = NULL };
}

const char *rri_spec_value(const rri_spec *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->parameter[i].name, name) == 0)
            return s->parameter[i].value;
    return NULL;
}

rr_status rri_spec_size(const rri_spec *s, const char *name, size_t min, size_t max, size_t *value,
                        rr_error *err)
{
    const char *text = rri_spec_value(s, name);
    size_t v = 0;

    if (text == NULL)
        return RR_OK;
    if (!rri_parse_size(text, &v) || v < min || v > max)
        return rri_fail(err, RR_ERR_ARG, -1, "%s=%s of %s is not a whole number in %zu..%zu", name,
                        text, s->kind, min, max);
    *value = v;
    return RR_OK;
}

rr_status rri_spec_u64(const rri_spec *s, const char *name, uint64_t *value, rr_error *err)
{
    const char *text = rri_spec_value(s, name);
    uint64_t v = 0;

    if (text == NULL)
        return RR_OK;
    if (!rri_parse_u64(text, &v))
        return rri_fail(err, RR_ERR_ARG, -1, "%s=%s of %s is not a whole number below 2^64", name,
                        text, s->kind);
    *value = v;
    return RR_OK;
}

rr_status rri_spec_f64(const rri_spec *s, const char *name, double min, double max, double *value,
                       rr_error *err)
{
    const char *text = rri_spec_value(s, name);
    double v = 0.0;

    if (text == NULL)
        return RR_OK;
    if (!rri_parse_f64(text, &v) || v < min || v > max)
        return rri_fail(err, RR_ERR_ARG, -1, "%s=%s of %s is not a number in %g..%g", name, text,
                        s->kind, min, max);
    *value = v;
    return RR_OK;
}
