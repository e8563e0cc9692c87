/* SPDX-License-Identifier: MIT */
/* no_server.c - stands for server.c in a build without libmicrohttpd. */
#include "serve/server.h"

rr_status serve_supported(rr_error *err)
{
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "this program was built without libmicrohttpd: install it (Debian: "
                    "libmicrohttpd-dev) and build again; rnnrepair report writes the same page as "
                    "a file");
}

rr_status serve_start(const serve_site *site, const serve_content *content, serve_sockets *sockets,
                      serve_server **out, rr_error *err)
{
    (void)site;
    (void)content;
    (void)sockets;
    *out = NULL;
    return serve_supported(err);
}

void serve_drop_slow(serve_server *server)
{
    (void)server;
}

void serve_stop(serve_server *server)
{
    (void)server;
}
