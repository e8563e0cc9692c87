/* SPDX-License-Identifier: MIT */
/* report.c - the rows as a table of tabs, as a short Markdown table, and as JSON. */
#include "bench.h"
#include "io/json.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = { "ours", "bound", "ceiling", "peer", "limit", "other" };

/* ---- tabs ------------------------------------------------------------------------------------ */

void bench_print_head(const bench *b)
{
    if (b->options.markdown)
        return;
    printf(
        "path\tshape\tthreads\timplementation\tmedian_s\tmin_s\tmax_s\trepeats\twork\tunit\trate\t"
        "ratio\twanted\tmet\tbound_share\tbound\tnote\n");
    fflush(stdout);
}

static void cell(double value)
{
    if (isnan(value))
        printf("-\t");
    else
        printf("%.4g\t", value);
}

void bench_print_row(const bench *b, const bench_row *row)
{
    if (b->options.markdown)
        return;
    printf("%s\t%s\t%zu\t%s\t", row->path, row->shape, row->threads, row->implementation);
    cell(row->median);
    cell(row->least);
    cell(row->most);
    printf("%zu\t", row->repeats);
    if (isnan(row->work))
        printf("-\t");
    else
        printf("%.10g\t", row->work);
    printf("%s\t", row->unit[0] != '\0' ? row->unit : "-");
    cell(row->rate);
    cell(row->ratio);
    if (isnan(row->wanted))
        printf("-\t%s\t", row->failed ? "no" : "-");
    else
        printf("%s%.4g\t%s\t", row->at_most ? "<=" : ">=", row->wanted,
               bench_row_met(row) ? "yes" : "no");
    cell(row->share);
    printf("%s\t%s\n", row->bound[0] != '\0' ? row->bound : "-", row->note);
    fflush(stdout);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static bool same_case(const bench_row *a, const bench_row *b)
{
    return strcmp(a->path, b->path) == 0 && strcmp(a->shape, b->shape) == 0 &&
           a->threads == b->threads;
}

/* "3.42 us": three figures and the unit that suits them. */
static void print_time(double seconds)
{
    static const char *const units[] = { "s", "ms", "us", "ns" };
    size_t i = 0;

    while (seconds < 1.0 && i < 3) {
        seconds *= 1000.0;
        i++;
    }
    printf(" %.3g %s |", seconds, units[i]);
}

/* "34,500": thousands apart. */
static void print_grouped(unsigned long long n)
{
    unsigned long long power = 1;

    while (n / power >= 1000)
        power *= 1000;
    printf(" %llu", n / power);
    while (power > 1) {
        power /= 1000;
        printf(",%03llu", n / power % 1000);
    }
}

/* "34,500 sequences/s": three figures. */
static void print_rate(double rate, const char *unit)
{
    double step = 1.0;

    while (rate / step >= 1000.0)
        step *= 10.0;
    print_grouped((unsigned long long)(floor(rate / step + 0.5) * step + 0.5));
    printf(" %s/s |", unit);
}

/* Networks and points by their rate, all else by its time; quantities as they are. */
static void print_speed(const bench_row *row)
{
    if (isnan(row->rate) && isnan(row->work))
        printf(" - |");
    else if (isnan(row->rate))
        printf(" %.4g %s |", row->work, row->unit);
    else if (row->work > 1.0 && row->rate >= 1000.0)
        print_rate(row->rate, row->unit);
    else
        print_time(row->median);
}

static void print_ratio(double value)
{
    if (isnan(value))
        printf(" - |");
    else
        printf(" %.3g |", value);
}

/* One line for the case that begins at `first` and has n rows. */
static void print_case(const bench_row *first, size_t n)
{
    double ceiling = BENCH_UNKNOWN;
    double peer = BENCH_UNKNOWN;
    bool met = true;
    bool asked = false;

    for (size_t i = 0; i < n; i++) {
        if (first[i].kind == BENCH_CEILING && isnan(ceiling))
            ceiling = first[i].ratio;
        if (first[i].kind == BENCH_PEER && !isnan(first[i].ratio))
            peer = isnan(peer) ? first[i].ratio : fmin(peer, first[i].ratio);
        asked = asked || !isnan(first[i].wanted);
        met = met && bench_row_met(&first[i]);
    }
    printf("| %s | %s | %zu |", first->path, first->shape, first->threads);
    print_speed(first);
    print_ratio(first->share);
    print_ratio(ceiling);
    print_ratio(peer);
    const char *between = " ";
    for (size_t i = 0; i < n; i++)
        if (!isnan(first[i].wanted)) {
            printf("%s%s %.3g x %s (%.3g)", between,
                   first[i].at_most ? "<=" : ">=", first[i].wanted, first[i].implementation,
                   first[i].ratio);
            between = ", ";
        }
    const bool measured = !isnan(first->work);
    printf(" | %s |\n", !measured ? first->note : !met ? "**no**" : asked ? "yes" : "");
}

void bench_print_markdown(const bench *b)
{
    printf("| path | shape | threads | ours | of the bound | x ceiling | x best peer | "
           "wanted (measured) | met |\n|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0, n = 0; i < b->count; i += n) {
        for (n = 1; i + n < b->count && same_case(&b->rows[i], &b->rows[i + n]);)
            n++;
        print_case(&b->rows[i], n);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static rr_status set_number(json_t *o, const char *key, double value, rr_error *err)
{
    return rri_json_set(o, key, isfinite(value) ? json_real(value) : json_null(), err);
}

static rr_status row_json(const bench_row *row, json_t *o, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(o, "path", json_string(row->path), err));
    RRI_TRY(rri_json_set(o, "shape", json_string(row->shape), err));
    RRI_TRY(rri_json_set(o, "threads", json_integer((json_int_t)row->threads), err));
    RRI_TRY(rri_json_set(o, "implementation", json_string(row->implementation), err));
    RRI_TRY(rri_json_set(o, "kind", json_string(kinds[row->kind]), err));
    RRI_TRY(set_number(o, "median_s", row->median, err));
    RRI_TRY(set_number(o, "min_s", row->least, err));
    RRI_TRY(set_number(o, "max_s", row->most, err));
    RRI_TRY(rri_json_set(o, "repeats", json_integer((json_int_t)row->repeats), err));
    RRI_TRY(set_number(o, "work", row->work, err));
    RRI_TRY(rri_json_set(o, "unit", json_string(row->unit), err));
    RRI_TRY(set_number(o, "rate", row->rate, err));
    RRI_TRY(set_number(o, "ratio", row->ratio, err));
    RRI_TRY(set_number(o, "wanted", row->wanted, err));
    RRI_TRY(rri_json_set(o, "wanted_at_most", json_boolean(row->at_most), err));
    RRI_TRY(rri_json_set(o, "met",
                         isnan(row->wanted) ? json_null() : json_boolean(bench_row_met(row)), err));
    RRI_TRY(set_number(o, "bound_share", row->share, err));
    RRI_TRY(rri_json_set(o, "bound", row->bound[0] != '\0' ? json_string(row->bound) : json_null(),
                         err));
    RRI_TRY(rri_json_set(o, "failed", json_boolean(row->failed), err));
    RRI_TRY(rri_json_set(o, "note", json_string(row->note), err));

done:
    return st;
}

static void processor_name(char *out, size_t size)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");

    snprintf(out, size, "unknown");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (f != NULL)
        fclose(f);
}

static rr_status machine_json(const bench *b, json_t *o, rr_error *err)
{
    char processor[128];
    rr_status st = RR_OK;

    processor_name(processor, sizeof processor);
    RRI_TRY(rri_json_set(o, "version", json_string(rr_version()), err));
    RRI_TRY(rri_json_set(o, "processor", json_string(processor), err));
    RRI_TRY(rri_json_set(o, "cores", json_integer((json_int_t)rri_threads(0)), err));
    RRI_TRY(rri_json_set(o, "compiler", json_string(__VERSION__), err));
    RRI_TRY(rri_json_set(o, "openblas", json_string(openblas_get_config()), err));
    RRI_TRY(rri_json_set(o, "openblas_kernels", json_string(openblas_get_corename()), err));
    RRI_TRY(rri_json_set(o, "quick", json_boolean(b->options.quick), err));
    RRI_TRY(set_number(o, "seconds_a_race", b->options.seconds, err));

done:
    return st;
}

rr_status bench_write_json(const bench *b, const char *path, rr_error *err)
{
    json_t *top = json_object();
    json_t *rows = json_array();
    json_t *o = NULL;
    rr_status st = RR_OK;

    RRI_TRY(machine_json(b, top, err));
    for (size_t i = 0; i < b->count; i++) {
        o = json_object();
        RRI_TRY(row_json(&b->rows[i], o, err));
        if (json_array_append(rows, o) != 0)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the report"));
        json_decref(o);
        o = NULL;
    }
    RRI_TRY(rri_json_set(top, "rows", json_incref(rows), err));
    RRI_TRY(rri_json_write(path, top, err));

done:
    json_decref(o);
    json_decref(rows);
    json_decref(top);
    return st;
}
