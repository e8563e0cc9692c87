/* SPDX-License-Identifier: MIT */
/* progress.c - see progress.h. The bar is one line, redrawn in place:
 *
 *     epoch 2/5 [##########..............]  42%  3120 sequences/s  ETA 0:11  loss 0.2143 */
#include "progress.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 24 };
static const double redraw_seconds = 0.1;

double cli_now(void)
{
    struct timespec t = { 0, 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cli_say(const cli_common *common, const char *fmt, ...)
{
    va_list ap;
    if (common->quiet)
        return;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

cli_progress cli_progress_begin(const cli_common *common, const char *what, const char *unit,
                                size_t first)
{
    cli_progress p = { .what = what, .unit = unit, .start = cli_now(), .drawn = 0.0 };
    p.first = first;
    p.live = !common->quiet && isatty(STDERR_FILENO) == 1;
    return p;
}

static void draw_bar(size_t done, size_t total)
{
    const double share = (double)done / (double)total;
    const int full = (int)(share * BAR_WIDTH);
    fputs(" [", stderr);
    for (int i = 0; i < BAR_WIDTH; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f%%", 100.0 * share);
}

void cli_progress_show(cli_progress *p, size_t done, size_t total, const char *fmt, ...)
{
    const double now = cli_now();
    va_list ap;
    if (!p->live || now - p->drawn < redraw_seconds)
        return;
    const double elapsed = now - p->start;
    const double rate =
        elapsed > 0.0 && done > p->first ? (double)(done - p->first) / elapsed : 0.0;
    p->drawn = now;
    p->shown = 1;
    fprintf(stderr, "\r%s", p->what);
    if (total > 0)
        draw_bar(done < total ? done : total, total);
    if (rate > 0.0)
        fprintf(stderr, rate < 10.0 ? "  %.1f %s/s" : "  %.0f %s/s", rate, p->unit);
    if (rate > 0.0 && total > done) {
        const double left = (double)(total - done) / rate;
        if (left < 360000.0)
            fprintf(stderr, "  ETA %d:%02d", (int)left / 60, (int)left % 60);
    }
    fputs("  ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs("\033[K", stderr);
    fflush(stderr);
}

void cli_progress_clear(cli_progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = 0;
}
