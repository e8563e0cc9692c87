/* SPDX-License-Identifier: MIT */
/* coprocess.h - another process that answers lines: peers.py, native/, or this program as a
 * server.
 *
 * Requests and replies are one line each. A reply is "ok SECONDS REMARK", "missing PACKAGE" or
 * "error TEXT"; the remark may be absent. */
#ifndef BENCH_COPROCESS_H
#define BENCH_COPROCESS_H

#include "bench.h"

enum { BENCH_REQUEST = 640 };

/* Ask and read the reply. False with a note where there is no figure. */
bool bench_ask(bench *b, bench_server server, const char *request, double *seconds,
               char note[BENCH_NOTE]);

/* The context of bench_ask_iteration(), for implementations that live in a coprocess. */
typedef struct bench_question {
    bench *b;
    bench_server server;
    char request[BENCH_REQUEST];
} bench_question;

bool bench_ask_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE]);

/* A program run to its end by the launcher, stdout thrown away. */
typedef struct bench_launched {
    double seconds;
    double peak_mib; /* resident */
} bench_launched;

/* The Python that the peers run under. */
const char *bench_python(void);

bool bench_launch(bench *b, const char *const *argv, bench_launched *out, char note[BENCH_NOTE]);

void bench_close_servers(bench *b);

/* The two servers, reading stdin to its end. They return the exit status. */
int bench_serve_libraries(void);
int bench_serve_launches(void);

/* Cut a line into at most `most` words at any of the separators, in place. Returns their number. */
size_t bench_words(char *line, const char *separators, char **word, size_t most);

#endif
