/* SPDX-License-Identifier: MIT */
/* interrupt.c - turns Ctrl-C into a flag.
 *
 * The first SIGINT or SIGTERM asks the loops to stop after their present step, so that finished
 * work is kept and half-written files never appear. The handler then gives the signal its default
 * meaning back: a second one kills a step that takes too long.
 *
 * System calls are not restarted, so that the wait for a pipe ends. A signal that comes just before
 * such a wait would not end it: an alarm each second does.
 *
 * A write that meets a closed pipe or a limit on the size of files is to fail, not to kill: work
 * continues or ends in order, with an error. */
#include "kit/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int arrived; /* also read by the thread that works for a server */

/* Of SIGALRM as well. */
static void note(int signal_number)
{
    const int before = errno; /* of what the signal interrupts */

    (void)signal_number;
    atomic_store(&arrived, 1);
    (void)alarm(1);
    errno = before;
}

void cli_interrupt_install(void)
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = note;
    sigemptyset(&act.sa_mask);
    (void)sigaction(SIGALRM, &act, NULL);
    act.sa_flags = (int)SA_RESETHAND;
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
    act.sa_handler = SIG_IGN;
    act.sa_flags = 0;
    (void)sigaction(SIGPIPE, &act, NULL);
    (void)sigaction(SIGXFSZ, &act, NULL);
}

int cli_interrupted(void)
{
    return atomic_load(&arrived) != 0;
}
