/* SPDX-License-Identifier: MIT */
/* request.h - what a request asks for, and whether it may: checks of the headers, of the token and
 * of sizes, and the table of addresses. Nothing here reads a socket or a file.
 *
 * Who may ask. A page of another site that the user has open can make the browser send requests to
 * this machine, also by a name of its own that leads here (DNS rebinding). So Host must be this
 * server's own, Origin, where a browser sends it, too, and Sec-Fetch-Site must not be of another
 * site. Other programs and users of the machine lack the token: the first address has it, and is
 * answered by a cookie that no script can read and no other site sends. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "kit/answer.h"

enum {
    SERVE_TOKEN = 32,            /* hexadecimal digits: 128 bits */
    SERVE_MOST_TARGET = 8 << 10, /* bytes of an address; 414 above */
    SERVE_MOST_BODY = 1 << 20,   /* bytes; 413 above */
    SERVE_MOST_PARAMETERS = 64
};

/* The status codes of HTTP that are used. */
enum {
    SERVE_OK = 200,
    SERVE_SEE_OTHER = 303,
    SERVE_BAD_REQUEST = 400,
    SERVE_UNAUTHORIZED = 401,
    SERVE_FORBIDDEN = 403,
    SERVE_NOT_FOUND = 404,
    SERVE_NOT_ALLOWED = 405,
    SERVE_LENGTH_REQUIRED = 411,
    SERVE_BODY_TOO_LARGE = 413,
    SERVE_TARGET_TOO_LONG = 414,
    SERVE_WRONG_TYPE = 415,
    SERVE_UNPROCESSABLE = 422,
    SERVE_INTERNAL = 500,
    SERVE_STOPPING = 503,
    SERVE_TOO_LONG = 504
};

/* Where the server is, and who may ask. */
typedef struct serve_site {
    unsigned port;
    char token[SERVE_TOKEN + 1];
} serve_site;

/* A new token from the system's random source. Errors: IO. */
rr_status serve_token_new(char token[SERVE_TOKEN + 1], rr_error *err);

/* A request as it came. Borrowed; of the headers NULL = not sent. */
typedef struct serve_request {
    const char *method;
    const char *target; /* path and query, encoded */
    const char *host, *origin, *fetch_site, *cookie, *authorization, *content_type, *content_length;
    int chunked;  /* Transfer-Encoding was sent */
    int repeated; /* one of these headers came twice */
} serve_request;

typedef enum serve_kind {
    SERVE_ENTER,  /* the right token in the address: a cookie, and on to the page */
    SERVE_PAGE,   /* the page */
    SERVE_BLOCK,  /* a block of its data: name */
    SERVE_INDEX,  /* what there is, as JSON */
    SERVE_ANSWER, /* of a command: command, format, parameters, run */
} serve_kind;

/* What a request is for. */
typedef struct serve_route {
    serve_kind kind;
    int posted; /* a body follows, of `body` bytes */
    size_t body;
    const char *name; /* of a block */
    const cli_command *command;
    cli_format format;
    size_t run;                /* 0 or 1: the session */
    cli_parameter *parameters; /* [count], without `run` */
    size_t count;
    char *text; /* the address, decoded: what the names above point into */
} serve_route;

/* Check a request and find what it is for. Returns SERVE_OK, and *out is to be cleared; else the
 * status of the refusal, with its reason in err, and *out is empty. */
unsigned serve_receive(const serve_site *site, const serve_request *q, serve_route *out,
                       rr_error *err);
void serve_route_clear(serve_route *route);

/* The name of the cookie: browsers do not tell the ports of a host apart. */
void serve_cookie_name(const serve_site *site, char out[32]);

/* ---- parts of it, apart for their tests ------------------------------------------------------ */

/* Is this text, of n bytes, the token? The time does not depend on where they differ. */
int serve_is_token(const serve_site *site, const char *text, size_t n);

/* Decode %HH, and in a query '+', in place. False where it is malformed, holds a control character
 * or is not UTF-8. */
int serve_decode(char *text, int query);

#endif
