/* SPDX-License-Identifier: MIT */
/* program.h - a program with two commands that answer, and one that does not. */
#ifndef RR_TESTS_SERVE_PROGRAM_H
#define RR_TESTS_SERVE_PROGRAM_H

#include "check.h"

#include "kit/options.h"
#include "kit/table.h"

typedef struct args {
    cli_common common;
    size_t sample;
    int loud;
} args;

static const cli_opt opts[] = {
    OPT_SIZE(args, sample, "sample", 0, 10, "number"),
    OPT_FLAG(args, loud, "loud", "say more"),
};

static inline rr_status open_nothing(void *p, rr_session **s, rr_error *err)
{
    (void)p;
    (void)s;
    (void)err;
    return RR_OK;
}

static inline void set_defaults(void *p)
{
    args *a = p;

    a->sample = 7;
}

/* Puts what it was asked for. */
static inline rr_status put_question(void *p, rr_session *s, struct cli_result *r, rr_error *err)
{
    const args *a = p;
    const rr_given *given = a->common.input;

    (void)s;
    if (a->sample == 9)
        return rri_fail(err, RR_ERR_SHAPE, -1, "sample 9: of another shape");
    cli_put(r, "sample", cli_json_size(a->sample));
    cli_put(r, "loud", json_boolean(a->loud));
    cli_put(r, "steps", cli_json_size(given != NULL ? given->steps : 0));
    return RR_OK;
}

static int run_nothing(void *p)
{
    (void)p;
    return 0;
}

static const cli_command explain = { .name = "explain",
                                     .summary = "explain",
                                     .opts = opts,
                                     .opt_count = 2,
                                     .args_size = sizeof(args),
                                     .defaults = set_defaults,
                                     .open = open_nothing,
                                     .answer = put_question,
                                     .takes_given = 1 };
static const cli_command predict = { .name = "predict",
                                     .summary = "predict",
                                     .opts = opts,
                                     .opt_count = 2,
                                     .args_size = sizeof(args),
                                     .open = open_nothing,
                                     .answer = put_question };
static const cli_command train = { .name = "train",
                                   .summary = "train",
                                   .opts = opts,
                                   .opt_count = 2,
                                   .args_size = sizeof(args),
                                   .run = run_nothing };
static const cli_command *const commands[] = { &explain, &train, &predict };
const cli_program cli_the_program = { .name = "test", .commands = commands, .count = 3 };

#endif
