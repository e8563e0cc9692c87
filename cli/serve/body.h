/* SPDX-License-Identifier: MIT */
/* body.h - the body of a POST as a question: an input of its own, and options.
 *
 *     {"text": "a film", "label": "positive", "top": 20}
 *     {"words": ["a", "film"]}
 *     {"frames": [[0.1, 0.2], [0.3, 0.4]], "step": 2}
 *
 * `words` and `frames` are the input; every other member is an option of the command by its name,
 * a text, a number, or true and false of a flag. */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

#include "kit/answer.h"

enum {
    SERVE_MOST_STEPS = 10000, /* words or frames of an input */
    SERVE_MOST_MEMBERS = 64
};

/* What a body says. Plain data, owned: serve_body_clear(). */
typedef struct serve_body {
    cli_parameter *parameters; /* [count] */
    size_t count;
    rr_given given; /* all zero where there is none */
    json_t *document;
    char *numbers; /* the texts of options that are numbers */
    float *frames;
    const char **words;
} serve_body;

/* Read it. On failure *out is empty.
 * Errors: FORMAT (not UTF-8, not JSON, no object), ARG (a member of a wrong type, an empty input or
 * one of too many steps, words beside frames), SHAPE (frames of different width), NUMERIC (a value
 * that is no finite number of 32 bits), NOMEM. Messages name the member and the position. */
rr_status serve_body_read(const char *text, size_t bytes, serve_body *out, rr_error *err);
void serve_body_clear(serve_body *body);

#endif
