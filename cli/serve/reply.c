/* SPDX-License-Identifier: MIT */
/* reply.c - makes the replies. */
#include "serve/reply.h"

#include "io/io.h"
#include "kit/options.h"
#include "kit/table.h"
#include "serve/body.h"

#include <stdlib.h>
#include <string.h>

static const char type_of_json[] = "application/json";

void serve_reply_clear(serve_reply *r)
{
    free(r->owned);
    *r = (serve_reply){ .status = SERVE_INTERNAL };
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* A reply of a document, which is consumed; NULL is the error of no memory. */
static serve_reply reply_json(unsigned status, json_t *document)
{
    static const char no_memory[] =
        "{\"error\": {\"code\": \"internal\", \"status\": 500, \"message\": \"no memory\"}}\n";
    char *text = document != NULL ? json_dumps(document, JSON_INDENT(1)) : NULL;
    serve_reply r = { .status = SERVE_INTERNAL,
                      .type = type_of_json,
                      .bytes = no_memory,
                      .size = sizeof no_memory - 1 };

    json_decref(document);
    if (text == NULL)
        return r;
    r.status = status;
    r.owned = text;
    r.bytes = text;
    r.size = strlen(text) + 1;
    text[r.size - 1] = '\n'; /* in place of the NUL: the length is known */
    return r;
}

static const char *code_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } table[] = {
        { SERVE_BAD_REQUEST, "bad_request" },
        { SERVE_UNAUTHORIZED, "unauthorized" },
        { SERVE_FORBIDDEN, "forbidden" },
        { SERVE_NOT_FOUND, "not_found" },
        { SERVE_NOT_ALLOWED, "method_not_allowed" },
        { SERVE_LENGTH_REQUIRED, "length_required" },
        { SERVE_BODY_TOO_LARGE, "body_too_large" },
        { SERVE_TARGET_TOO_LONG, "address_too_long" },
        { SERVE_WRONG_TYPE, "wrong_content_type" },
        { SERVE_UNPROCESSABLE, "unprocessable" },
        { SERVE_STOPPING, "stopping" },
        { SERVE_TOO_LONG, "too_long" },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].code;
    return "internal";
}

serve_reply serve_error(unsigned status, const rr_error *err)
{
    const char *message = err->msg[0] != '\0' ? err->msg : rr_status_text(err->code);

    return reply_json(status, json_pack("{s:{s:s, s:i, s:o}}", "error", "code", code_of(status),
                                        "status", (int)status, "message", cli_json_text(message)));
}

/* The status of a failure of the library. */
static unsigned status_of(rr_status st)
{
    switch (st) {
    case RR_ERR_ARG:
        return SERVE_BAD_REQUEST;
    case RR_ERR_FORMAT:
    case RR_ERR_SHAPE:
    case RR_ERR_NUMERIC:
    case RR_ERR_MISMATCH:
    case RR_ERR_UNSUPPORTED:
        return SERVE_UNPROCESSABLE;
    case RR_ERR_CANCELLED:
        return cli_interrupted() ? SERVE_STOPPING : SERVE_TOO_LONG;
    default:
        return SERVE_INTERNAL;
    }
}

/* ---- the index ------------------------------------------------------------------------------ */

/* An option that a request may have, with its words where it is one of some. */
static json_t *describe_option(const cli_opt *o, const void *args)
{
    char preset[128];
    json_t *object = json_object();
    int failed = object == NULL;

    failed |= json_object_set_new(object, "name", cli_json_text(o->name)) != 0;
    failed |= json_object_set_new(object, "value", cli_json_text(cli_value_name(o))) != 0;
    failed |= json_object_set_new(object, "help", cli_json_text(o->help)) != 0;
    cli_default_text(o, args, preset, sizeof preset);
    failed |= json_object_set_new(object, "default",
                                  cli_json_text(preset[0] != '\0' ? preset : NULL)) != 0;
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *describe_command(const cli_command *c)
{
    void *args = cli_new_args(c);
    json_t *options = args != NULL ? json_array() : NULL;
    char json[64], csv[64];

    for (size_t i = 0; options != NULL && i < c->opt_count; i++)
        if (!c->opts[i].local && c->opts[i].path == CLI_NO_PATH &&
            json_array_append_new(options, describe_option(&c->opts[i], args)) != 0) {
            json_decref(options);
            options = NULL;
        }
    free(args);
    (void)rri_snprintf(json, sizeof json, "/api/%s.json", c->name);
    (void)rri_snprintf(csv, sizeof csv, "/api/%s.csv", c->name);
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "command", c->name, "summary", c->summary,
                     "json", json, "csv", csv, "post", c->takes_given, "parameters", options);
}

static serve_reply reply_index(const serve_content *content)
{
    json_t *runs = json_array();
    json_t *commands = json_array();
    int failed = 0;

    for (size_t i = 0; i < 2 && content->runs[i] != NULL; i++)
        failed |= json_array_append_new(runs, json_pack("{s:i, s:o}", "run", (int)i + 1, "name",
                                                        cli_json_text(content->names[i]))) != 0;
    for (size_t i = 0; i < cli_the_program.count; i++) {
        const cli_command *c = cli_answering(cli_the_program.commands[i]->name);
        failed |= c != NULL && json_array_append_new(commands, describe_command(c)) != 0;
    }
    json_t *document = json_pack("{s:s, s:o, s:s, s:s, s:o}", "program", "rnnrepair", "runs", runs,
                                 "page", "/", "data", "/data/manifest", "commands", commands);
    if (!failed)
        return reply_json(SERVE_OK, document);
    json_decref(document);
    return reply_json(SERVE_OK, NULL);
}

/* ---- the page and its data ------------------------------------------------------------------ */

static serve_reply enter(const serve_site *site)
{
    serve_reply r = { .status = SERVE_SEE_OTHER, .location = "/" };
    char name[32];

    serve_cookie_name(site, name);
    (void)rri_snprintf(r.cookie, sizeof r.cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict", name,
                       site->token);
    return r;
}

static serve_reply reply_block(const serve_content *content, const char *name)
{
    serve_reply r = { .status = SERVE_OK, .type = "application/octet-stream" };
    rr_error err = { RR_OK, -1, "" };

    r.bytes = rr_page_block(content->page, name, &r.size);
    if (r.bytes != NULL)
        return r;
    (void)rri_fail(&err, RR_ERR_ARG, -1,
                   "there is no block \"%.100s\"; the manifest, /data/manifest, names them", name);
    return serve_error(SERVE_NOT_FOUND, &err);
}

serve_reply serve_at_once(const serve_site *site, const serve_content *content,
                          const serve_route *route)
{
    switch (route->kind) {
    case SERVE_ENTER:
        return enter(site);
    case SERVE_BLOCK:
        return reply_block(content, route->name);
    case SERVE_INDEX:
        return reply_index(content);
    default:
        return (serve_reply){ .status = SERVE_OK,
                              .type = "text/html; charset=utf-8",
                              .bytes = content->html,
                              .size = content->html_bytes,
                              .policy = content->policy };
    }
}

/* ---- answers of commands -------------------------------------------------------------------- */

/* Parameters of the address, then those of the body. */
static rr_status join(const serve_route *route, const serve_body *body, cli_parameter **out,
                      rr_error *err)
{
    const rr_status st = rri_alloc(out, route->count + body->count, 1, sizeof **out, err);

    if (st == RR_OK && route->count > 0)
        memcpy(*out, route->parameters, route->count * sizeof **out);
    if (st == RR_OK && body->count > 0)
        memcpy(*out + route->count, body->parameters, body->count * sizeof **out);
    return st;
}

static rr_status ask(const serve_content *content, const serve_route *route, const serve_body *body,
                     serve_reply *r, rr_error *err)
{
    cli_request request = { .format = route->format, .other = content->runs[1 - route->run] };
    cli_parameter *parameters = NULL;
    rr_session *s = content->runs[route->run];
    rr_status st = RR_OK;

    if (s == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "run 2: the server has one run");
    RRI_TRY(join(route, body, &parameters, err));
    request.parameters = parameters;
    request.count = route->count + body->count;
    if (body->given.steps > 0)
        request.given = &body->given;
    if (content->watch != NULL)
        content->watch->until = rri_seconds() + SERVE_WORK_SECONDS;
    RRI_TRY(cli_answer(route->command, s, &request, &r->owned, &r->size, err));
    r->bytes = r->owned;

done:
    if (st == RR_ERR_CANCELLED && !cli_interrupted())
        st = rri_fail(err, st, -1,
                      "%s takes more than %d s with these parameters; the command "
                      "line has no limit: rnnrepair %s",
                      route->command->name, SERVE_WORK_SECONDS, route->command->name);
    if (st == RR_ERR_IO && !rr_session_has_influence(s))
        st = RR_ERR_UNSUPPORTED; /* the run lacks what the command needs */
    rri_free(parameters);
    return st;
}

serve_reply serve_work(const serve_content *content, const serve_route *route, const char *body,
                       size_t bytes)
{
    serve_reply r = { .status = SERVE_OK };
    serve_body read = { .document = NULL };
    rr_error err = { RR_OK, -1, "" };
    rr_status st = body != NULL ? serve_body_read(body, bytes, &read, &err) : RR_OK;

    if (st != RR_OK) {
        const unsigned status = st == RR_ERR_NOMEM    ? SERVE_INTERNAL
                                : st == RR_ERR_FORMAT ? SERVE_BAD_REQUEST
                                                      : SERVE_UNPROCESSABLE;
        return serve_error(status, &err);
    }
    r.type = route->format == CLI_FORMAT_JSON ? type_of_json : "text/csv; charset=utf-8";
    st = ask(content, route, &read, &r, &err);
    serve_body_clear(&read);
    return st == RR_OK ? r : serve_error(status_of(st), &err);
}

/* ---- the policy ----------------------------------------------------------------------------- */

static void base64(const char *hex, char out[45])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[33] = { 0 };
    char *to = out;

    for (size_t i = 0; i < 32; i++) {
        const char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        bytes[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    for (size_t i = 0; i < 33; i += 3) {
        const unsigned v = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        for (unsigned shift = 18;; shift -= 6) {
            *to++ = digits[v >> shift & 63];
            if (shift == 0)
                break;
        }
    }
    out[43] = '='; /* 32 bytes are 43 digits */
    out[44] = '\0';
}

/* The hash of what the first element of this name holds, as a policy has it. */
static rr_status hash_element(const char *html, size_t bytes, const char *open, const char *close,
                              char out[45], rr_error *err)
{
    rri_sha256 *h = NULL;
    char *page = NULL;
    char hex[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&page, bytes + 1, 1, 1, err));
    memcpy(page, html, bytes);
    char *from = strstr(page, open);
    char *to = from != NULL ? strstr(from, close) : NULL;
    if (to == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "the page has no element %s", open));
    from += strlen(open);
    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, from, (size_t)(to - from), err));
    RRI_TRY(rri_sha256_hex(h, hex, err));
    base64(hex, out);

done:
    rri_sha256_free(h);
    rri_free(page);
    return st;
}

rr_status serve_policy(const char *html, size_t bytes, char out[512], rr_error *err)
{
    char script[45], style[45];
    rr_status st = RR_OK;

    RRI_TRY(hash_element(html, bytes, "<script>", "</script>", script, err));
    RRI_TRY(hash_element(html, bytes, "<style>", "</style>", style, err));
    (void)rri_snprintf(out, 512,
                       "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; "
                       "connect-src 'self'; img-src data: blob:; frame-ancestors 'none'; base-uri "
                       "'none'; form-action 'none'",
                       script, style);

done:
    return st;
}
