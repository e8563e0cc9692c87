/* SPDX-License-Identifier: MIT */
/* request.c - checks a request and finds what it is for, cheapest and most important first: where
 * it comes from, its method, its address, the token, the route, the headers of a body. */
#include "serve/request.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <sys/random.h>

/* ---- the token ------------------------------------------------------------------------------ */

rr_status serve_token_new(char token[SERVE_TOKEN + 1], rr_error *err)
{
    unsigned char bytes[SERVE_TOKEN / 2];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return rri_fail(err, RR_ERR_IO, -1, "the system has no random bytes for a token");
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)rri_snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return RR_OK;
}

int serve_is_token(const serve_site *site, const char *text, size_t n)
{
    return n == SERVE_TOKEN && CRYPTO_memcmp(site->token, text, n) == 0;
}

void serve_cookie_name(const serve_site *site, char out[32])
{
    (void)rri_snprintf(out, 32, "rnnrepair-%u", site->port);
}

/* Is it the token in a list of cookies, "a=b; c=d"? */
static int token_in_cookies(const serve_site *site, const char *cookies)
{
    char name[32];

    serve_cookie_name(site, name);
    const size_t n = strlen(name);
    for (const char *p = cookies; *p != '\0';) {
        p += strspn(p, "; ");
        const size_t length = strcspn(p, ";");
        if (length > n && strncmp(p, name, n) == 0 && p[n] == '=' &&
            serve_is_token(site, p + n + 1, length - n - 1))
            return 1;
        p += length;
    }
    return 0;
}

static int token_in_headers(const serve_site *site, const serve_request *q)
{
    static const char scheme[] = "Bearer ";
    const size_t n = sizeof scheme - 1;

    if (q->authorization != NULL && strncasecmp(q->authorization, scheme, n) == 0 &&
        serve_is_token(site, q->authorization + n, strlen(q->authorization + n)))
        return 1;
    return q->cookie != NULL && token_in_cookies(site, q->cookie);
}

/* ---- where it comes from -------------------------------------------------------------------- */

/* Is it the name and port of this server? */
static int is_own_host(const serve_site *site, const char *host)
{
    static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
    char port[16];

    (void)rri_snprintf(port, sizeof port, ":%u", site->port);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 &&
            (strcmp(host + n, port) == 0 || (site->port == 80 && host[n] == '\0')))
            return 1;
    }
    return 0;
}

static int is_own_origin(const serve_site *site, const char *origin)
{
    static const char scheme[] = "http://";
    const size_t n = sizeof scheme - 1;

    return strncmp(origin, scheme, n) == 0 && is_own_host(site, origin + n);
}

/* A link that leads to the page is followed from anywhere: what the page then asks for comes from
 * itself. */
static int is_foreign_fetch(const serve_request *q)
{
    const char *site = q->fetch_site;
    const int page = strcmp(q->method, "GET") == 0 &&
                     (strcmp(q->target, "/") == 0 || strncmp(q->target, "/?", 2) == 0);

    return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0 && !page;
}

static unsigned check_source(const serve_site *site, const serve_request *q, rr_error *err)
{
    if (q->repeated) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "a header was sent twice");
        return SERVE_BAD_REQUEST;
    }
    if (q->host == NULL || !is_own_host(site, q->host)) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "Host must be 127.0.0.1:%u, localhost:%u or [::1]:%u",
                       site->port, site->port, site->port);
        return SERVE_FORBIDDEN;
    }
    if (q->origin != NULL && !is_own_origin(site, q->origin)) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "Origin is of another site");
        return SERVE_FORBIDDEN;
    }
    if (is_foreign_fetch(q)) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "the request comes from another site");
        return SERVE_FORBIDDEN;
    }
    return SERVE_OK;
}

static unsigned check_method(const serve_request *q, rr_error *err)
{
    if (strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0 ||
        strcmp(q->method, "POST") == 0)
        return SERVE_OK;
    (void)rri_fail(err, RR_ERR_ARG, -1, "the methods are GET, HEAD and, of one address, POST");
    return SERVE_NOT_ALLOWED;
}

/* ---- the address ---------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int serve_decode(char *text, int query)
{
    char *to = text;

    for (const char *p = text; *p != '\0'; p++) {
        char c = *p;
        if (c == '%') {
            const int high = digit_of(p[1]);
            const int low = high < 0 ? -1 : digit_of(p[2]);
            if (low < 0)
                return 0;
            c = (char)(16 * high + low);
            p += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if (((unsigned char)c < 0x20 && !(query && (c == '\n' || c == '\t' || c == '\r'))) ||
            c == 0x7F)
            return 0;
        *to++ = c;
    }
    *to = '\0';
    return rri_is_utf8(text);
}

static unsigned malformed(rr_error *err)
{
    (void)rri_fail(err, RR_ERR_ARG, -1,
                   "the address is malformed: %%HH of UTF-8 without control characters");
    return SERVE_BAD_REQUEST;
}

/* Divide the query into parameters, and decode them. */
static unsigned read_query(char *query, serve_route *route, rr_error *err)
{
    if (rri_alloc(&route->parameters, SERVE_MOST_PARAMETERS, 1, sizeof *route->parameters, err) !=
        RR_OK)
        return SERVE_INTERNAL;
    while (query != NULL && *query != '\0') {
        char *next = strchr(query, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(query, '=');
        if (value != NULL)
            *value++ = '\0';
        if (*query == '\0' && value == NULL) { /* "&&" */
            query = next;
            continue;
        }
        if (route->count == SERVE_MOST_PARAMETERS) {
            (void)rri_fail(err, RR_ERR_ARG, -1, "more than %d parameters", SERVE_MOST_PARAMETERS);
            return SERVE_BAD_REQUEST;
        }
        if (!serve_decode(query, 1) || (value != NULL && !serve_decode(value, 1)))
            return malformed(err);
        route->parameters[route->count++] =
            (cli_parameter){ .name = query, .value = value != NULL ? value : "1" };
        query = next;
    }
    return SERVE_OK;
}

/* Copy and decode the address: the path is route->text. */
static unsigned read_target(const char *target, serve_route *route, rr_error *err)
{
    if (strlen(target) > SERVE_MOST_TARGET) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "the address has more than %d bytes",
                       SERVE_MOST_TARGET);
        return SERVE_TARGET_TOO_LONG;
    }
    if (rri_strdup(target, &route->text, err) != RR_OK)
        return SERVE_INTERNAL;
    char *query = strchr(route->text, '?');
    if (query != NULL)
        *query++ = '\0';
    if (route->text[0] != '/' || !serve_decode(route->text, 0))
        return malformed(err);
    return read_query(query, route, err);
}

/* Take a parameter out of the list; NULL where it is not there. */
static const char *take(serve_route *route, const char *name)
{
    for (size_t i = 0; i < route->count; i++) {
        const char *value = route->parameters[i].value;
        if (strcmp(route->parameters[i].name, name) != 0)
            continue;
        memmove(&route->parameters[i], &route->parameters[i + 1],
                (route->count - i - 1) * sizeof *route->parameters);
        route->count--;
        return value;
    }
    return NULL;
}

/* ---- the token of a request ----------------------------------------------------------------- */

/* Anyone who has it in the address of the page enters. */
static unsigned check_token(const serve_site *site, const serve_request *q, serve_route *route,
                            rr_error *err)
{
    const char *token = strcmp(route->text, "/") == 0 ? take(route, "token") : NULL;

    if (token != NULL && serve_is_token(site, token, strlen(token))) {
        route->kind = SERVE_ENTER;
        return SERVE_OK;
    }
    route->kind = SERVE_PAGE;
    if (token == NULL && token_in_headers(site, q))
        return SERVE_OK;
    (void)rri_fail(err, RR_ERR_ARG, -1,
                   "the token is %s: open the address that rnnrepair serve has printed, or send "
                   "Authorization: Bearer TOKEN",
                   token == NULL && q->cookie == NULL && q->authorization == NULL ? "missing"
                                                                                  : "wrong");
    return SERVE_UNAUTHORIZED;
}

/* ---- the routes ----------------------------------------------------------------------------- */

static unsigned not_found(const char *path, rr_error *err)
{
    (void)rri_fail(err, RR_ERR_ARG, -1, "there is nothing at %.100s; /api/ lists what there is",
                   path);
    return SERVE_NOT_FOUND;
}

/* /api/COMMAND.json or .csv */
static unsigned find_answer(char *name, serve_route *route, rr_error *err)
{
    char *ending = strrchr(name, '.');
    const int json = ending != NULL && strcmp(ending, ".json") == 0;

    if (!json && (ending == NULL || strcmp(ending, ".csv") != 0))
        return not_found(route->text, err);
    *ending = '\0';
    route->command = cli_answering(name);
    *ending = '.';
    if (route->command == NULL)
        return not_found(route->text, err);
    route->kind = SERVE_ANSWER;
    route->format = json ? CLI_FORMAT_JSON : CLI_FORMAT_CSV;
    const char *run = take(route, "run");
    if (run != NULL && strcmp(run, "1") != 0 && strcmp(run, "2") != 0) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "run %.20s: must be 1 or 2", run);
        return SERVE_BAD_REQUEST;
    }
    route->run = run != NULL && run[0] == '2';
    return SERVE_OK;
}

static unsigned find_route(serve_route *route, rr_error *err)
{
    static const char data[] = "/data/", api[] = "/api/";
    const size_t data_bytes = sizeof data - 1, api_bytes = sizeof api - 1;
    char *path = route->text;

    if (strcmp(path, "/") == 0) {
        route->kind = SERVE_PAGE;
    } else if (strncmp(path, data, data_bytes) == 0) {
        route->kind = SERVE_BLOCK;
        route->name = path + data_bytes;
    } else if (strcmp(path, api) == 0) {
        route->kind = SERVE_INDEX;
    } else if (strncmp(path, api, api_bytes) == 0) {
        return find_answer(path + api_bytes, route, err);
    } else {
        return not_found(path, err);
    }
    return SERVE_OK;
}

/* ---- a body --------------------------------------------------------------------------------- */

static int is_json_type(const char *type)
{
    static const char json[] = "application/json";
    const size_t n = sizeof json - 1;

    return type != NULL && strcspn(type, "; \t") == n && strncasecmp(type, json, n) == 0;
}

static unsigned check_body(const serve_request *q, serve_route *route, rr_error *err)
{
    if (strcmp(q->method, "POST") != 0)
        return SERVE_OK;
    if (route->kind != SERVE_ANSWER || !route->command->takes_given ||
        route->format != CLI_FORMAT_JSON) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "POST is for /api/explain.json alone");
        return SERVE_NOT_ALLOWED;
    }
    if (!is_json_type(q->content_type)) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "Content-Type must be application/json");
        return SERVE_WRONG_TYPE;
    }
    if (q->content_length == NULL || q->chunked ||
        !rri_parse_size(q->content_length, &route->body)) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "Content-Length is missing");
        return SERVE_LENGTH_REQUIRED;
    }
    if (route->body > SERVE_MOST_BODY) {
        (void)rri_fail(err, RR_ERR_ARG, -1, "the body has more than %d bytes", SERVE_MOST_BODY);
        return SERVE_BODY_TOO_LARGE;
    }
    route->posted = 1;
    return SERVE_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

unsigned serve_receive(const serve_site *site, const serve_request *q, serve_route *out,
                       rr_error *err)
{
    *out = (serve_route){ .kind = SERVE_PAGE };
    unsigned status = check_source(site, q, err);
    if (status == SERVE_OK)
        status = check_method(q, err);
    if (status == SERVE_OK)
        status = read_target(q->target, out, err);
    if (status == SERVE_OK)
        status = check_token(site, q, out, err);
    if (status == SERVE_OK && out->kind != SERVE_ENTER)
        status = find_route(out, err);
    if (status == SERVE_OK)
        status = check_body(q, out, err);
    if (status != SERVE_OK)
        serve_route_clear(out);
    return status;
}

void serve_route_clear(serve_route *route)
{
    rri_free(route->parameters);
    rri_free(route->text);
    *route = (serve_route){ .kind = SERVE_PAGE };
}
