/* SPDX-License-Identifier: MIT */
/* coprocess.c - starting a process with a pipe to it and one from it, and asking it. */
#define _POSIX_C_SOURCE 200809L

#include "coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLY = 512, PATIENCE_MS = 900000 };

struct bench_line {
    pid_t pid;
    int to, from;
    char buffer[REPLY]; /* of what has been read and not yet handed out */
    size_t filled;
};

size_t bench_words(char *line, const char *separators, char **word, size_t most)
{
    char *rest = NULL;
    size_t n = 0;

    for (char *w = strtok_r(line, separators, &rest); w != NULL && n < most;
         w = strtok_r(NULL, separators, &rest))
        word[n++] = w;
    return n;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void become(const char *const *argv, int in, int out)
{
    union {
        const char *const *given;
        char *const *wanted;
    } list = { argv }; /* exec does not write to them */

    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execvp(argv[0], list.wanted);
    _exit(127);
}

static bench_line *start(const char *const *argv)
{
    bench_line *line = NULL;
    int there[2] = { -1, -1 };
    int back[2] = { -1, -1 };

    if (rri_alloc(&line, 1, 1, sizeof *line, NULL) != RR_OK)
        return NULL;
    if (pipe(there) != 0 || pipe(back) != 0)
        goto failed;
    for (int i = 0; i < 2; i++)
        if (fcntl(there[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(back[i], F_SETFD, FD_CLOEXEC) != 0)
            goto failed;
    line->pid = fork();
    if (line->pid < 0)
        goto failed;
    if (line->pid == 0)
        become(argv, there[0], back[1]);
    close(there[0]);
    close(back[1]);
    line->to = there[1];
    line->from = back[0];
    return line;

failed:
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
    rri_free(line);
    return NULL;
}

static void stop(bench_line *line)
{
    if (line == NULL)
        return;
    close(line->to); /* the end of its input ends it */
    close(line->from);
    while (waitpid(line->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    rri_free(line);
}

void bench_close_servers(bench *b)
{
    for (size_t i = 0; i < BENCH_SERVERS; i++) {
        stop(b->servers[i]);
        b->servers[i] = NULL;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool send_line(bench_line *line, const char *text)
{
    char whole[1024];
    const int n = snprintf(whole, sizeof whole, "%s\n", text);
    size_t sent = 0;

    if (n < 0 || (size_t)n >= sizeof whole)
        return false;
    while (sent < (size_t)n) {
        const ssize_t now = write(line->to, whole + sent, (size_t)n - sent);
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

/* Move the first whole line of the buffer to `reply`. */
static bool take_line(bench_line *line, char *reply)
{
    char *end = memchr(line->buffer, '\n', line->filled);

    if (end == NULL)
        return false;
    const size_t n = (size_t)(end - line->buffer);
    memcpy(reply, line->buffer, n);
    reply[n] = '\0';
    line->filled -= n + 1;
    memmove(line->buffer, end + 1, line->filled);
    return true;
}

static bool receive_line(bench_line *line, char *reply)
{
    while (!take_line(line, reply)) {
        struct pollfd wait = { .fd = line->from, .events = POLLIN };
        const int ready = poll(&wait, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0 || line->filled == sizeof line->buffer)
            return false;
        const ssize_t now =
            read(line->from, line->buffer + line->filled, sizeof line->buffer - line->filled);
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return false;
        line->filled += (size_t)now;
    }
    return true;
}

/* "ok 0.123 remark" -> seconds and remark. */
static bool read_reply(char *reply, double *seconds, char note[BENCH_NOTE])
{
    char *rest = strchr(reply, ' ');

    if (rest != NULL)
        *rest++ = '\0';
    if (strcmp(reply, "ok") == 0 && rest != NULL) {
        char *remark = strchr(rest, ' ');
        if (remark != NULL)
            *remark++ = '\0';
        snprintf(note, BENCH_NOTE, "%s", remark != NULL ? remark : "");
        return rri_parse_f64(rest, seconds);
    }
    if (strcmp(reply, "missing") == 0)
        snprintf(note, BENCH_NOTE, "not installed: %.200s", rest != NULL ? rest : "?");
    else
        snprintf(note, BENCH_NOTE, "error: %.200s", rest != NULL ? rest : reply);
    return false;
}

/* ---- who is asked ---------------------------------------------------------------------------- */

const char *bench_python(void)
{
    const char *chosen = getenv("PYTHON");

    if (chosen != NULL && chosen[0] != '\0')
        return chosen;
    /* Debian's packages belong to Debian's Python, which need not be the first on the path. */
    return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static bench_line *start_server(const bench *b, bench_server server)
{
    static const char best[] = "OPENBLAS_CORETYPE=SKYLAKEX";
    const bool avx512 = strcmp(rr_instruction_set(), "avx512") == 0;
    const char *const argv[BENCH_SERVERS][5] = {
        [BENCH_PEERS] = { bench_python(), RR_BENCH_PEERS },
        [BENCH_NATIVE] = { "env", best, RR_BENCH_NATIVE },
        [BENCH_BEST_KERNELS] = { "env", best, b->program, "--library-server" },
        /* One thread wherever nothing else is said: in our own workers. */
        [BENCH_DNNL] = { "env", "OMP_NUM_THREADS=1", b->program, "--library-server" },
        [BENCH_LAUNCHER] = { b->program, "--launch-server" },
    };

    return start(argv[server] + (server == BENCH_NATIVE && !avx512 ? 2 : 0));
}

bool bench_ask(bench *b, bench_server server, const char *request, double *seconds,
               char note[BENCH_NOTE])
{
    bench_line **line = &b->servers[server];
    char reply[REPLY];

    if (server == BENCH_NATIVE && RR_BENCH_NATIVE[0] == '\0') {
        snprintf(note, BENCH_NOTE, "not installed: no compiler of C++ with OpenMP");
        return false;
    }
    if (server == BENCH_BEST_KERNELS && strcmp(rr_instruction_set(), "avx512") != 0) {
        snprintf(note, BENCH_NOTE, "no AVX-512 here");
        return false;
    }
    if (*line == NULL)
        *line = start_server(b, server);
    if (*line != NULL && send_line(*line, request) && receive_line(*line, reply))
        return read_reply(reply, seconds, note);
    stop(*line);
    *line = NULL;
    snprintf(note, BENCH_NOTE, "%s",
             server == BENCH_PEERS ? "no answer: is python3 installed?"
                                   : "no answer from the other process");
    return false;
}

bool bench_ask_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    bench_question *q = ctx;
    char request[BENCH_REQUEST + 16];

    snprintf(request, sizeof request, "%s %.3g", q->request, slice);
    return bench_ask(q->b, q->server, request, seconds, note);
}

bool bench_launch(bench *b, const char *const *argv, bench_launched *out, char note[BENCH_NOTE])
{
    char request[1000] = "";
    size_t used = 0;

    for (size_t i = 0; argv[i] != NULL && used < sizeof request; i++)
        used += (size_t)snprintf(request + used, sizeof request - used, "%s%s", i > 0 ? "\t" : "",
                                 argv[i]);
    *out = (bench_launched){ 0 };
    return bench_ask(b, BENCH_LAUNCHER, request, &out->seconds, note) &&
           rri_parse_f64(note, &out->peak_mib);
}
