/* SPDX-License-Identifier: MIT */
/* test_clocks.c - who keeps the server waiting for too long is dropped, and nobody else. */
#include "check.h"

#include "serve/clocks.h"

#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 4, LONG = SERVE_TRANSFER_SECONDS + 1 };

/* Has the other side been shut? */
static int is_dropped(int client)
{
    char byte = 0;

    return recv(client, &byte, 1, MSG_DONTWAIT) == 0;
}

static void a_client_that_keeps_the_server_waiting_is_dropped(void **state)
{
    serve_clocks *clocks = NULL;
    serve_clock *clock[CLIENTS];
    int client[CLIENTS], server[CLIENTS];
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    assert_int_equal(serve_clocks_new(&clocks, &err), RR_OK);
    for (int i = 0; i < CLIENTS; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        client[i] = pair[0];
        server[i] = pair[1];
        clock[i] = serve_clock_begin(clocks, server[i], 0.0);
        assert_non_null(clock[i]);
    }
    serve_clock_set(clocks, clock[1], true, 1.0); /* it awaits an answer */
    serve_clock_set(clocks, clock[2], true, 1.0);
    serve_clock_set(clocks, clock[2], false, LONG); /* and has it now */
    serve_clock_end(clocks, clock[3]);
    serve_clocks_sweep(clocks, SERVE_TRANSFER_SECONDS);
    for (int i = 0; i < CLIENTS; i++)
        assert_false(is_dropped(client[i]));
    serve_clocks_sweep(clocks, LONG);
    assert_true(is_dropped(client[0]));
    for (int i = 1; i < CLIENTS; i++)
        assert_false(is_dropped(client[i]));
    serve_clock_end(clocks, clock[0]);
    serve_clocks_sweep(clocks, 2.0 * LONG + 1.0);
    assert_false(is_dropped(client[1]));
    assert_true(is_dropped(client[2]));
    assert_false(is_dropped(client[3]));
    serve_clock_end(clocks, clock[2]);
    serve_clock_end(clocks, clock[1]);
    serve_clocks_free(clocks);
    for (int i = 0; i < CLIENTS; i++) {
        (void)close(client[i]);
        (void)close(server[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_keeps_the_server_waiting_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
