/* SPDX-License-Identifier: MIT */
/* request.c - what a server reads of a request: the first line of an input is the address, with its
 * parameters, the rest is the body of a POST. */
#include "fuzz.h"

#include "core/utf8.h"
#include "serve/body.h"
#include "serve/request.h"

#include <math.h>

static const serve_site site = { .port = 8788, .token = "0123456789abcdef0123456789abcdef" };

static rr_status answer_nothing(void *args, rr_session *s, struct cli_result *r, rr_error *err)
{
    (void)args;
    (void)s;
    (void)r;
    (void)err;
    return RR_OK;
}

static const cli_command explain = { .name = "explain",
                                     .answer = answer_nothing,
                                     .takes_given = 1 };
static const cli_command *const commands[] = { &explain };
const cli_program cli_the_program = { .name = "fuzz", .commands = commands, .count = 1 };

static void use_parameters(const cli_parameter *p, size_t n, size_t most)
{
    fuzz_require(n <= most, "%zu parameters", n);
    for (size_t i = 0; i < n; i++) {
        fuzz_use_text(p[i].name);
        fuzz_use_text(p[i].value);
        fuzz_require(rri_is_utf8(p[i].name) && rri_is_utf8(p[i].value), "parameter %zu", i);
    }
}

static void read_address(const char *target)
{
    const serve_request q = { .method = "GET",
                              .target = target,
                              .host = "localhost:8788",
                              .authorization = "Bearer 0123456789abcdef0123456789abcdef" };
    serve_route route;
    rr_error err = { RR_OK, -1, "" };
    const unsigned status = serve_receive(&site, &q, &route, &err);

    fuzz_require((status == SERVE_OK) == (err.msg[0] == '\0'), "%u: \"%s\"", status, err.msg);
    fuzz_require(status != SERVE_INTERNAL && status != SERVE_FORBIDDEN, "%u: %s", status, err.msg);
    if (status == SERVE_OK) {
        use_parameters(route.parameters, route.count, SERVE_MOST_PARAMETERS);
        fuzz_require(route.text[0] == '/' && rri_is_utf8(route.text), "the path");
        fuzz_require(route.kind != SERVE_ANSWER || route.command == &explain, "another command");
        if (route.kind == SERVE_BLOCK)
            fuzz_use_text(route.name);
    }
    serve_route_clear(&route);
}

static void read_body(const fuzz_input *in)
{
    serve_body b;
    rr_error err = { RR_OK, -1, "" };

    if (!fuzz_ok(serve_body_read((const char *)in->data, in->size, &b, &err), &err))
        return;
    const rr_given *g = &b.given;
    use_parameters(b.parameters, b.count, SERVE_MOST_MEMBERS);
    fuzz_require(g->steps <= SERVE_MOST_STEPS, "%zu steps", g->steps);
    fuzz_require((g->words != NULL) + (g->frames != NULL) == (g->steps > 0), "two inputs, or none");
    for (size_t t = 0; g->words != NULL && t < g->steps; t++)
        fuzz_require(rri_is_utf8(g->words[t]), "word %zu", t);
    for (size_t i = 0; g->frames != NULL && i < g->steps * g->width; i++)
        fuzz_require(isfinite(g->frames[i]), "value %zu", i);
    serve_body_clear(&b);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };

    read_address(fuzz_line(&in));
    read_body(&in);
}
