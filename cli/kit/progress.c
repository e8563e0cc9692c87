/* SPDX-License-Identifier: MIT */
/* progress.c - draws progress on stderr. The bar is one line, redrawn in place and never wider than
 * the terminal:
 *
 *     epoch 2/5 [##########..............]  42%  3120 sequences/s  ETA 0:11  loss 0.2143
 *
 * Where stderr is no terminal it is a line of its own every half minute, without the bar. */
#include "kit/cli.h"

#include "kit/words.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, BAR_LEAST = 4 };
static const double redraw_seconds = 0.1, plain_seconds = 30.0;

void cli_say(const cli_common *common, const char *fmt, ...)
{
    va_list ap;
    if (common->quiet)
        return;
    va_start(ap, fmt);
    cli_put_text(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

cli_progress cli_progress_begin(const cli_common *common, const char *what, const char *unit,
                                size_t first)
{
    cli_progress p = { .what = what, .unit = unit, .start = rri_seconds(), .drawn = 0.0 };
    p.first = first;
    p.live = !common->quiet && isatty(STDERR_FILENO) == 1;
    p.plain = !common->quiet && !p.live;
    p.every = p.live ? redraw_seconds : plain_seconds;
    p.drawn = p.live ? 0.0 : p.start;
    return p;
}

/* Text that grows at its end and is cut at its capacity. */
typedef struct line {
    char text[512];
    size_t n;
} line;

static void add_list(line *l, const char *fmt, va_list ap)
{
    const size_t capacity = sizeof l->text - l->n;
    const int n = vsnprintf(l->text + l->n, capacity, fmt, ap);
    if (n > 0)
        l->n += (size_t)n < capacity ? (size_t)n : capacity - 1;
}

static void add(line *l, const char *fmt, ...) RRI_PRINTF(2, 3);

static void add(line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_list(l, fmt, ap);
    va_end(ap);
}

/* Columns a line may take without running into the next, which the redraw could not take back. */
static size_t columns(void)
{
    struct winsize size = { .ws_col = 0 };
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return 79;
    return (size_t)size.ws_col - 1;
}

/* The text after the bar. */
static void add_figures(line *l, const cli_progress *p, double now, size_t done, size_t total)
{
    const double elapsed = now - p->start;
    const double rate =
        elapsed > 0.0 && done > p->first ? (double)(done - p->first) / elapsed : 0.0;
    if (total > 0)
        add(l, " %3.0f%%", 100.0 * (double)(done < total ? done : total) / (double)total);
    if (rate > 0.0)
        add(l, rate < 10.0 ? "  %.1f %s/s" : "  %.0f %s/s", rate, p->unit);
    if (rate > 0.0 && total > done) {
        const double left = (double)(total - done) / rate;
        if (left < 360000.0)
            add(l, "  ETA %d:%02d", (int)left / 60, (int)left % 60);
    }
}

/* The bar takes the columns the rest leaves, and none where they are too few to be read. */
static void add_bar(line *l, size_t space, size_t done, size_t total)
{
    const size_t width = space < BAR_WIDTH ? space : BAR_WIDTH;
    const double fraction = done < total ? (double)done / (double)total : 1.0;
    const size_t full = (size_t)(fraction * (double)width);
    if (width < BAR_LEAST)
        return;
    add(l, " [");
    for (size_t i = 0; i < width; i++)
        add(l, "%c", i < full ? '#' : '.');
    add(l, "]");
}

void cli_progress_show(cli_progress *p, size_t done, size_t total, const char *fmt, ...)
{
    const double now = rri_seconds();
    line l = { .n = 0 }, after = { .n = 0 };
    va_list ap;
    if ((!p->live && !p->plain) || now - p->drawn < p->every)
        return;
    p->drawn = now;
    p->shown = p->live;
    add_figures(&after, p, now, done, total);
    add(&after, "  ");
    va_start(ap, fmt);
    add_list(&after, fmt, ap);
    va_end(ap);
    while (after.n > 0 && after.text[after.n - 1] == ' ')
        after.text[--after.n] = '\0';
    if (p->plain) {
        fprintf(stderr, "%s%s\n", p->what, after.text);
        return;
    }
    const size_t width = columns();
    const size_t taken = strlen(p->what) + after.n + 3; /* 3: the bar's blank and brackets */
    add(&l, "%s", p->what);
    if (total > 0 && width > taken)
        add_bar(&l, width - taken, done, total);
    add(&l, "%s", after.text);
    fprintf(stderr, "\r%.*s\033[K", (int)(width < l.n ? width : l.n), l.text);
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
