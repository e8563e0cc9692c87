/* SPDX-License-Identifier: MIT */
/* reply.h - what is answered: the page, a block of its data, the index, the answer of a command, or
 * an error; each with its headers, none with markup made of input. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "serve/request.h"

#include "rnnrepair/page.h"

enum { SERVE_WORK_SECONDS = 20 }; /* of one answer; what takes longer is for the command line */

/* What is served. Borrowed. */
typedef struct serve_content {
    const rr_page *page;
    const char *html; /* [html_bytes] the page without its data */
    size_t html_bytes;
    rr_session *runs[2];  /* the second may be NULL */
    const char *names[2]; /* of their directories */
    cli_watch *watch;     /* of the runs' callbacks: each answer has a limit of time; NULL = none */
    char policy[512];     /* Content-Security-Policy of the page: serve_policy() */
} serve_content;

/* A reply. `bytes` are borrowed where owned is NULL. */
typedef struct serve_reply {
    unsigned status;
    const char *type; /* Content-Type; NULL = there is no body */
    char *owned;      /* free() */
    const void *bytes;
    size_t size;
    const char *policy;   /* NULL = one that allows nothing */
    const char *location; /* of SERVE_SEE_OTHER */
    char cookie[160];     /* Set-Cookie; "" = none */
} serve_reply;

void serve_reply_clear(serve_reply *r);

/* {"error": {"code", "status", "message"}}. */
serve_reply serve_error(unsigned status, const rr_error *err);

/* What needs no session, at once: everything but SERVE_ANSWER. */
serve_reply serve_at_once(const serve_site *site, const serve_content *content,
                          const serve_route *route);

/* The answer of a command, with the body of a POST, which may be NULL; of one that takes longer
 * than SERVE_WORK_SECONDS an error. One call at a time. */
serve_reply serve_work(const serve_content *content, const serve_route *route, const char *body,
                       size_t bytes);

/* The policy of a page: it runs its own scripts and styles, by their hashes, and asks this server
 * alone. Errors: FORMAT (a page without a script), NOMEM, IO. */
rr_status serve_policy(const char *html, size_t bytes, char out[512], rr_error *err);

#endif
