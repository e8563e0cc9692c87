/* SPDX-License-Identifier: MIT */
/* check.h - cmocka and the few checks it lacks. A test's name states its claim. */
#ifndef RR_TESTS_CHECK_H
#define RR_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/core.h"
#include "rnnrepair/rnnrepair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* |got - want| <= abs + rel*|want|, with both values in the message. */
#define CHECK_NEAR(got, want, abs_tol, rel_tol)                                                    \
    do {                                                                                           \
        const double got_ = (double)(got);                                                         \
        const double want_ = (double)(want);                                                       \
        if (!(fabs(got_ - want_) <= (abs_tol) + (rel_tol)*fabs(want_)))                            \
            fail_msg("%s = %.9g, expected %.9g (off by %.3g)", #got, got_, want_, got_ - want_);   \
    } while (0)

/* A call that must succeed: prints the library's message when it does not. */
#define CHECK_OK(call, err)                                                                        \
    do {                                                                                           \
        if ((call) != RR_OK)                                                                       \
            fail_msg("%s: %s", #call, (err).msg);                                                  \
    } while (0)

/* A call that must fail with `code` and a message that contains `part`. */
#define CHECK_FAILS(call, expected, err, part)                                                     \
    do {                                                                                           \
        const rr_status got_ = (call);                                                             \
        if (got_ != (expected))                                                                    \
            fail_msg("%s: status %d, expected %d (%s)", #call, (int)got_, (int)(expected),         \
                     (err).msg);                                                                   \
        if (strstr((err).msg, (part)) == NULL)                                                     \
            fail_msg("message \"%s\" lacks \"%s\"", (err).msg, (part));                            \
    } while (0)

/* How a call fares whose first allocation fails, then its second, ...:
 *     for (failing at = { 0 }; next_allocation_fails(&at, 20);)
 *         at.st = call();
 * It must return RR_ERR_NOMEM each time, and RR_OK at last, after more than `least` tries. */
typedef struct failing {
    long tries;
    rr_status st; /* of the last try */
} failing;

static inline bool next_allocation_fails(failing *at, long least)
{
    const bool failed = rri_alloc_fail_at < 0;

    rri_alloc_fail_at = -1;
    if (at->tries > 0 && at->st != (failed ? RR_ERR_NOMEM : RR_OK))
        fail_msg("status %d, allocation %ld %s", (int)at->st, at->tries,
                 failed ? "failed" : "was not asked for");
    if (at->tries > 0 && !failed) {
        if (at->tries <= least)
            fail_msg("%ld tries, expected more than %ld", at->tries, least);
        return false;
    }
    rri_alloc_fail_at = at->tries++;
    return true;
}

#endif
