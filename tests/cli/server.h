/* SPDX-License-Identifier: MIT */
/* server.h - a web server of one thread that misbehaves on request. The first part of the path says
 * how it answers for the one content it has:
 *
 *     /range/   as asked, whole or from an offset on     /plain/   always whole
 *     /tail/    404 unless an offset is asked for        /early/   ends in the middle
 *     /short/   one byte less, and says so               /long/    one byte more
 *     /still/   as /range/, stopping itself midway       /moved/   301 to /range/
 *     /away/    301 to a file:// address                 else      404 */
#ifndef RR_TESTS_FILE_SERVER_H
#define RR_TESTS_FILE_SERVER_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct server {
    pid_t pid;
    unsigned port;
} server;

/* A listening socket on a free port of this machine. */
static inline int listen_somewhere(unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t n = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(listen(fd, 8), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static inline void send_all(int fd, const void *data, size_t bytes)
{
    const char *p = data;

    while (bytes > 0) {
        const ssize_t n = send(fd, p, bytes, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        p += n;
        bytes -= (size_t)n;
    }
}

static inline void send_head(int fd, const char *status, size_t length, const char *more)
{
    char head[512];

    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n", status,
                   length, more);
    send_all(fd, head, strlen(head));
}

static inline void answer(int fd, const char *request, const unsigned char *data, size_t bytes)
{
    const char *range = strstr(request, "Range: bytes=");
    const size_t from = range == NULL ? 0 : strtoul(range + 13, NULL, 10);
    const bool tail = strncmp(request, "GET /tail/", 10) == 0;

    if ((tail && range != NULL) || strncmp(request, "GET /range/", 11) == 0) {
        if (from >= bytes) {
            send_head(fd, "416 Range Not Satisfiable", 0, "");
            return;
        }
        send_head(fd, range == NULL ? "200 OK" : "206 Partial Content", bytes - from, "");
        send_all(fd, data + from, bytes - from);
    } else if (strncmp(request, "GET /plain/", 11) == 0) {
        send_head(fd, "200 OK", bytes, "");
        send_all(fd, data, bytes);
    } else if (strncmp(request, "GET /early/", 11) == 0) {
        send_head(fd, "200 OK", bytes, "");
        send_all(fd, data, bytes / 2);
    } else if (strncmp(request, "GET /short/", 11) == 0) {
        send_head(fd, "200 OK", bytes - 1, "");
        send_all(fd, data, bytes - 1);
    } else if (strncmp(request, "GET /long/", 10) == 0) {
        send_head(fd, "200 OK", bytes + 1, "");
        send_all(fd, data, bytes);
        send_all(fd, "x", 1);
    } else if (strncmp(request, "GET /still/", 11) == 0) {
        const size_t half = (bytes - from) / 2;
        send_head(fd, range == NULL ? "200 OK" : "206 Partial Content", bytes - from, "");
        send_all(fd, data + from, half);
        (void)raise(SIGSTOP); /* until the test sends SIGCONT */
        send_all(fd, data + from + half, bytes - from - half);
    } else if (strncmp(request, "GET /moved/", 11) == 0) {
        send_head(fd, "301 Moved Permanently", 0, "Location: /range/x\r\n");
    } else if (strncmp(request, "GET /away/", 10) == 0) {
        send_head(fd, "301 Moved Permanently", 0, "Location: file:///etc/hostname\r\n");
    } else {
        send_head(fd, "404 Not Found", 9, "");
        send_all(fd, "not here\n", 9);
    }
}

/* Serves as long as the process `test` lives. */
static inline void serve(int listening, pid_t test, const unsigned char *data, size_t bytes)
{
    while (getppid() == test) {
        struct pollfd ready = { .fd = listening, .events = POLLIN };
        if (poll(&ready, 1, 1000) <= 0)
            continue;
        char request[4096];
        size_t used = 0;
        const int fd = accept(listening, NULL, NULL);
        if (fd < 0)
            continue;
        request[0] = '\0';
        while (used < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL) {
            const ssize_t n = recv(fd, request + used, sizeof request - 1 - used, 0);
            if (n <= 0)
                break;
            used += (size_t)n;
            request[used] = '\0';
        }
        answer(fd, request, data, bytes);
        (void)shutdown(fd, SHUT_WR);
        (void)close(fd);
    }
}

static inline server server_start(const unsigned char *data, size_t bytes)
{
    server s = { 0 };
    const int fd = listen_somewhere(&s.port);
    const pid_t test = getpid();

    s.pid = fork();
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        (void)close(STDOUT_FILENO); /* should the test die, its reader is not to wait for us */
        (void)close(STDERR_FILENO);
        serve(fd, test, data, bytes);
        _exit(0);
    }
    (void)close(fd);
    return s;
}

static inline void server_stop(const server *s)
{
    (void)kill(s->pid, SIGKILL);
    (void)waitpid(s->pid, NULL, 0);
}

#endif
