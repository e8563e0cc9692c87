/* SPDX-License-Identifier: MIT */
/* progress.h - progress and notes on stderr: a bar on a terminal, plain lines otherwise. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "rnnrepair/hooks.h"

#include "core/core.h"

#include <stddef.h>
#include <stdio.h>

typedef struct cli_common cli_common;

/* One bar. Plain data; nothing to release. */
typedef struct cli_progress {
    const char *what; /* "epoch 3/5" or a phase's name */
    const char *unit; /* what is counted */
    double start;     /* seconds */
    double drawn;     /* when the bar was last redrawn, or a line printed */
    double every;     /* seconds between two of them */
    size_t first;     /* where counting began: a resumed download does not begin at 0 */
    int live;         /* stderr is a terminal, and --quiet was not given */
    int plain;        /* it is none, and --quiet was not given */
    int shown;        /* there is a bar to clear */
} cli_progress;

/* What the callbacks of a long call keep between two of them. */
typedef struct cli_watch {
    cli_progress bar;
    char phase[64]; /* whose bar it is; "" = none */
    FILE *epochs;   /* where a row is printed for each finished epoch; NULL = nowhere */
    int headed;     /* the heading of these rows has been printed */
    double until;   /* rri_seconds() at which calls are cancelled; 0 = never */
} cli_watch;

/* Callbacks that draw the bar, print notes unless --quiet, print finished epochs to
 * common->watch.epochs, and cancel where an interruption has arrived or the time is up. */
rr_callbacks cli_callbacks(cli_common *common);

/* Print a note, unless --quiet. */
void cli_say(const cli_common *common, const char *fmt, ...) RRI_PRINTF(2, 3);

/* Begin a bar; what and unit are borrowed. */
cli_progress cli_progress_begin(const cli_common *common, const char *what, const char *unit,
                                size_t first);

/* Redraw it, at most ten times a second, or print a line, at most every half minute; total 0 =
 * unknown. fmt adds a remark, "" = none. */
void cli_progress_show(cli_progress *p, size_t done, size_t total, const char *fmt, ...)
    RRI_PRINTF(4, 5);

/* Take it off the screen. */
void cli_progress_clear(cli_progress *p);

#endif
