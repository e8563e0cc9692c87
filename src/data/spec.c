/* SPDX-License-Identifier: MIT */
/* spec.c - parses kind:path?name=value&name=value. source.c checks kinds and names. */
#include "data/spec.h"

#include "io/io.h"

#include <string.h>

/* ---- %HH ------------------------------------------------------------------------------------ */

/* The value of a hexadecimal digit, -1 where it is none. */
static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Whether %HH stands at p; %00 would end a text. */
static bool is_escape(const char *p)
{
    return p[0] == '%' && digit(p[1]) >= 0 && digit(p[2]) >= 0 && (p[1] != '0' || p[2] != '0');
}

static void unescape(char *text)
{
    char *to = text;

    for (const char *p = text; *p != '\0'; p++) {
        const bool escape = is_escape(p);
        *to++ = escape ? (char)(16 * digit(p[1]) + digit(p[2])) : *p;
        p += escape ? 2 : 0;
    }
    *to = '\0';
}

rr_status rri_spec_escape(const char *path, char **out, rr_error *err)
{
    char *to = NULL;
    const rr_status st = rri_alloc(out, 3 * strlen(path) + 1, 1, 1, err);

    if (st != RR_OK)
        return st;
    to = *out;
    for (const char *p = path; *p != '\0'; p++) {
        const char *escaped = *p == '?' ? "%3F" : is_escape(p) ? "%25" : NULL;
        if (escaped == NULL) {
            *to++ = *p;
            continue;
        }
        memcpy(to, escaped, 3);
        to += 3;
    }
    return RR_OK;
}

/* ---- parsing -------------------------------------------------------------------------------- */

/* Whether the first n bytes of a text are the name of a file. */
static bool names_file(char *text, size_t n)
{
    const char kept = text[n];

    text[n] = '\0';
    const bool exists = rri_file_exists(text);
    text[n] = kept;
    return exists;
}

/* The length of the path a text begins with; *literal if it is the name of a file. */
static size_t path_length(char *text, bool *literal)
{
    const size_t first = strcspn(text, "?");
    size_t n = strlen(text);

    *literal = names_file(text, n);
    while (!*literal && n > first)
        if (text[--n] == '?')
            *literal = names_file(text, n);
    return *literal ? n : first;
}

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
    unescape(equals + 1);
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
    s.rest = strcspn(s.text, ":?");
    char *path = s.text + s.rest + 1;
    bool literal = true;
    if (s.text[s.rest] == ':') {
        s.text[s.rest] = '\0';
        s.rest += 1 + path_length(path, &literal);
        s.path = path;
    }
    char *rest = s.text[s.rest] == '?' ? s.text + s.rest + 1 : NULL;
    s.text[s.rest] = '\0';
    if (!literal)
        unescape(path);
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
