/* SPDX-License-Identifier: MIT */
/* body.c - reads a question from JSON. */
#include "serve/body.h"

#include "io/json.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { NUMBER = 32 }; /* bytes of a number as text */

/* ---- the input ------------------------------------------------------------------------------ */

/* The items of a list that is an input. */
static rr_status steps_of(const char *name, const json_t *list, size_t *out, rr_error *err)
{
    if (!json_is_array(list) || json_array_size(list) == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: must be a list of steps, one at least", name);
    *out = json_array_size(list);
    if (*out > SERVE_MOST_STEPS)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: %zu steps; at most %d are traced here", name,
                        *out, SERVE_MOST_STEPS);
    return RR_OK;
}

static rr_status read_words(const json_t *list, serve_body *b, rr_error *err)
{
    size_t T = 0;
    rr_status st = RR_OK;

    RRI_TRY(steps_of("words", list, &T, err));
    RRI_TRY(rri_alloc(&b->words, T, 1, sizeof *b->words, err));
    for (size_t t = 0; t < T; t++) {
        b->words[t] = json_string_value(json_array_get(list, t));
        if (b->words[t] == NULL)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)t, "words: word %zu, from 1, is no text",
                             t + 1));
    }
    b->given.words = b->words;
    b->given.steps = T;

done:
    return st;
}

static rr_status check_width(const json_t *list, size_t D, rr_error *err)
{
    for (size_t t = 0; t < json_array_size(list); t++)
        if (json_array_size(json_array_get(list, t)) != D || D == 0)
            return rri_fail(
                err, RR_ERR_SHAPE, (int64_t)t,
                "frames: step %zu, from 1, is no list of numbers, of as many as the first", t + 1);
    return RR_OK;
}

static rr_status read_frame(const json_t *frame, size_t t, size_t D, float *out, rr_error *err)
{
    for (size_t d = 0; d < D; d++) {
        const json_t *item = json_array_get(frame, d);
        const double v = json_number_value(item);
        if (!json_is_number(item) || fabs(v) > (double)FLT_MAX)
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)t,
                            "frames: step %zu, value %zu, from 1, is no finite number of 32 bits",
                            t + 1, d + 1);
        out[d] = (float)v;
    }
    return RR_OK;
}

static rr_status read_frames(const json_t *list, serve_body *b, rr_error *err)
{
    size_t T = 0;
    rr_status st = RR_OK;

    RRI_TRY(steps_of("frames", list, &T, err));
    const size_t D = json_array_size(json_array_get(list, 0)); /* 0 of what is no list */
    RRI_TRY(check_width(list, D, err));
    RRI_TRY(rri_alloc(&b->frames, T, D, sizeof *b->frames, err));
    for (size_t t = 0; t < T; t++)
        RRI_TRY(read_frame(json_array_get(list, t), t, D, b->frames + t * D, err));
    b->given.frames = b->frames;
    b->given.steps = T;
    b->given.width = D;

done:
    return st;
}

/* ---- the options ---------------------------------------------------------------------------- */

static rr_status read_option(const char *name, const json_t *value, char number[NUMBER],
                             cli_parameter *out, rr_error *err)
{
    *out = (cli_parameter){ .name = name, .value = number };
    if (json_is_string(value))
        out->value = json_string_value(value);
    else if (json_is_boolean(value))
        out->value = json_is_true(value) ? "1" : "0";
    else if (json_is_integer(value))
        (void)rri_snprintf(number, NUMBER, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        (void)rri_snprintf(number, NUMBER, "%.17g", json_real_value(value));
    else
        return rri_fail(err, RR_ERR_ARG, -1, "%.60s: must be a text, a number, true or false",
                        name);
    return RR_OK;
}

static rr_status read_members(json_t *object, serve_body *b, rr_error *err)
{
    const size_t n = json_object_size(object);
    const char *name = NULL;
    json_t *value = NULL;
    rr_status st = RR_OK;

    if (n > SERVE_MOST_MEMBERS)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "the body has more than %d members", SERVE_MOST_MEMBERS));
    RRI_TRY(rri_alloc(&b->parameters, n, 1, sizeof *b->parameters, err));
    RRI_TRY(rri_alloc(&b->numbers, n, 1, NUMBER, err));
    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "words") == 0)
            RRI_TRY(read_words(value, b, err));
        else if (strcmp(name, "frames") == 0)
            RRI_TRY(read_frames(value, b, err));
        else {
            RRI_TRY(read_option(name, value, b->numbers + b->count * NUMBER,
                                &b->parameters[b->count], err));
            b->count++;
        }
    }
    if (b->words != NULL && b->frames != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "words and frames exclude each other"));

done:
    return st;
}

rr_status serve_body_read(const char *text, size_t bytes, serve_body *out, rr_error *err)
{
    serve_body b = { .document = NULL };
    rr_status st = RR_OK;

    *out = b;
    RRI_TRY(rri_json_parse_bytes(text, bytes, "body", &b.document, err));
    if (!json_is_object(b.document))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "body: must be a JSON object"));
    RRI_TRY(read_members(b.document, &b, err));
    *out = b;
    b = (serve_body){ .document = NULL };

done:
    serve_body_clear(&b);
    return st;
}

void serve_body_clear(serve_body *body)
{
    json_decref(body->document);
    rri_free(body->parameters);
    rri_free(body->numbers);
    rri_free(body->frames);
    rri_free(body->words);
    *body = (serve_body){ .document = NULL };
}
