/* SPDX-License-Identifier: MIT */
/* listen.c - sockets of the loopback interface; no other address is ever bound. */
#include "serve/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, TRIES = 16 };

/* A listening socket; -1 and *why = errno on failure. */
static int listen_at(const struct sockaddr *at, socklen_t bytes, int *why)
{
    const int on = 1;
    const int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (at->sa_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
        bind(fd, at, bytes) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    *why = errno;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static int listen_4(unsigned port, int *why)
{
    struct sockaddr_in at;

    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_port = htons((uint16_t)port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return listen_at((const struct sockaddr *)&at, sizeof at, why);
}

static int listen_6(unsigned port, int *why)
{
    struct sockaddr_in6 at;

    memset(&at, 0, sizeof at);
    at.sin6_family = AF_INET6;
    at.sin6_port = htons((uint16_t)port);
    at.sin6_addr = in6addr_loopback;
    return listen_at((const struct sockaddr *)&at, sizeof at, why);
}

static unsigned port_of(int fd)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;

    memset(&at, 0, sizeof at);
    return getsockname(fd, (struct sockaddr *)&at, &n) == 0 ? ntohs(at.sin_port) : 0;
}

static rr_status fail(unsigned port, const char *address, int why, rr_error *err)
{
    if (why == EADDRINUSE)
        return rri_fail(err, RR_ERR_IO, -1,
                        "port %u: another program listens at %s:%u; choose another port, or 0 for "
                        "a free one",
                        port, address, port);
    return rri_fail(err, RR_ERR_IO, -1, "port %u: cannot listen at %s: %s", port, address,
                    strerror(why));
}

/* Browsers try both addresses of "localhost": the second must be no other program's. */
rr_status serve_listen(unsigned port, serve_sockets *out, rr_error *err)
{
    int why = 0;

    for (int i = 0; i < TRIES; i++) {
        *out = (serve_sockets){ .of = { listen_4(port, &why), -1 } };
        if (out->of[0] < 0)
            return fail(port, "127.0.0.1", why, err);
        out->port = port_of(out->of[0]);
        out->of[1] = listen_6(out->port, &why);
        if (out->of[1] >= 0 || why != EADDRINUSE)
            return RR_OK; /* or there is no ::1 */
        serve_sockets_close(out);
        if (port != 0)
            break;
    }
    return fail(port, "[::1]", why, err);
}

void serve_sockets_close(serve_sockets *sockets)
{
    for (int i = 0; i < 2; i++) {
        if (sockets->of[i] >= 0)
            (void)close(sockets->of[i]);
        sockets->of[i] = -1;
    }
}
