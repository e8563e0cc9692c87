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

#endif
