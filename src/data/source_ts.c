/* SPDX-License-Identifier: MIT */
/* source_ts.c - reads ts:TRAIN,TEST, time series in the text formats of the UCR and UEA archives.
 *
 * .ts: lines `@name value`, comments `#`, then `@data` and a series a line: its dimensions, divided
 * by ':', the values of each by ',', and the class last. Series may differ in length.
 *
 *     @problemName X            @univariate true|false   @equalLength true|false
 *     @timeStamps false         @dimensions D            @seriesLength T
 *     @missing true|false       @classLabel true a b c   @data
 *
 * Tables: a series a line, the class first, then the values, divided by tabs, commas or blanks. A
 * file is one if its first line does not begin with '@'. */
#include "data/series.h"

#include "core/utf8.h"
#include "io/lines.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A file being read. */
typedef struct file {
    rri_series *out;
    const rri_request *in;
    rri_lines *lines;
    const char *path;
    size_t line;          /* being read */
    unsigned char number; /* of the file in the list */
    unsigned char split;
    size_t dimensions;   /* as @dimensions or @univariate say, 0: as the first series has */
    size_t equal_length; /* of @equalLength: 0 no, SIZE_MAX yes, else the steps of the first */
    bool labelled;
} file;

static rr_status refuse(const file *f, rr_error *err, const char *what)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line, "%s, line %zu: %s", f->path, f->line,
                    what);
}

static bool is_passed_over(const char *line)
{
    while (rri_is_blank(*line))
        line++;
    return *line == '\0' || *line == '#';
}

static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (rri_is_blank(*text))
        text++;
    while (end > text && rri_is_blank(end[-1]))
        *--end = '\0';
    return text;
}

/* The next line that is not blank and no comment; NULL at the end. */
static rr_status next_line(file *f, char **out, rr_error *err)
{
    char *line = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    do {
        RRI_TRY(rri_lines_next(f->lines, &line, &bytes, err));
    } while (line != NULL && is_passed_over(line));
    *out = line;
    f->line = rri_lines_number(f->lines);

done:
    return st;
}

/* ---- the header of .ts ---------------------------------------------------------------------- */

/* Names divided by single blanks, in place. */
static void join_names(char *names)
{
    char *to = names;

    for (const char *from = names; *from != '\0'; from++) {
        const bool blank = rri_is_blank(*from);
        if (blank && rri_is_blank(from[1]))
            continue;
        *to++ = blank ? ' ' : *from;
    }
    *to = '\0';
}

/* The first file's names are the classes; those of the others are among them. */
static rr_status read_classes(file *f, char *names, rr_error *err)
{
    rri_labels *labels = &f->out->labels;
    uint32_t number = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_utf8(f->path, f->line, names, strlen(names), false, err));
    join_names(names);
    if (!labels->closed && labels->plain.count == 0) {
        st = rri_labels_name(labels, names, ' ', err);
        return st == RR_ERR_ARG
                   ? rri_prefix(err, RR_ERR_FORMAT, "%s, line %zu: @classLabel", f->path, f->line)
                   : st;
    }
    for (char *at = names, *name; (name = strtok_r(at, " ", &at)) != NULL;)
        RRI_TRY(rri_labels_find(labels, f->path, f->line, name, strlen(name), &number, err));

done:
    return st;
}

/* "true ..." or "false ...": *rest is what follows the word. */
static rr_status read_flag(const file *f, const char *key, char *value, bool *flag, char **rest,
                           rr_error *err)
{
    const size_t n = strcspn(value, " \t");

    *flag = n == 4 && strncasecmp(value, "true", n) == 0;
    *rest = value + n + strspn(value + n, " \t");
    if (!*flag && !(n == 5 && strncasecmp(value, "false", n) == 0))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line,
                        "%s, line %zu: \"%s %.40s\" is neither true nor false", f->path, f->line,
                        key, value);
    return RR_OK;
}

typedef enum key { TIME_STAMPS, UNIVARIATE, EQUAL_LENGTH, CLASS_LABEL, TARGET_LABEL, FLAGS } key;
static const char *const flags[] = { "@timeStamps", "@univariate", "@equalLength", "@classLabel",
                                     "@targetLabel" };

static rr_status apply_flag(file *f, key which, bool flag, char *rest, rr_error *err)
{
    switch (which) {
    case TIME_STAMPS:
        return flag ? refuse(f, err,
                             "@timeStamps true: pairs (time,value) are not read; save the values "
                             "alone, at equal distances")
                    : RR_OK;
    case UNIVARIATE:
        if (flag)
            f->dimensions = 1;
        return RR_OK;
    case EQUAL_LENGTH:
        f->equal_length = flag ? SIZE_MAX : 0;
        return RR_OK;
    case CLASS_LABEL:
        f->labelled = flag;
        if (!flag && !f->in->unlabelled)
            return refuse(f, err, "@classLabel false: the series have no classes to learn");
        return flag && *rest != '\0' ? read_classes(f, rest, err) : RR_OK;
    default: /* TARGET_LABEL */
        return flag ? refuse(f, err,
                             "@targetLabel true: the series have numbers to estimate, not classes")
                    : RR_OK;
    }
}

/* A line "@name value"; names that say nothing about the reading are passed over. */
static rr_status read_header(file *f, char *line, rr_error *err)
{
    char *value = line + strcspn(line, " \t");
    char *rest = NULL;
    bool flag = false;
    rr_status st = RR_OK;

    if (*value != '\0')
        *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(line, "@relation") == 0 || strcasecmp(line, "@attribute") == 0)
        RRI_TRY(refuse(f, err,
                       "ARFF is not read; the archives have each set as .ts, too, and tables are "
                       "read by csv:FILE?frames=..."));
    if (strcasecmp(line, "@dimensions") == 0 || strcasecmp(line, "@dimension") == 0) {
        if (!rri_parse_size(value, &f->dimensions) || f->dimensions == 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line,
                             "%s, line %zu: \"%.40s\" is no number of dimensions", f->path, f->line,
                             value));
    }
    for (int k = 0; k < FLAGS; k++)
        if (strcasecmp(line, flags[k]) == 0) {
            RRI_TRY(read_flag(f, flags[k], value, &flag, &rest, err));
            RRI_TRY(apply_flag(f, (key)k, flag, rest, err));
        }

done:
    return st;
}

/* ---- a series ------------------------------------------------------------------------------- */

/* Set D by the first series of all files, or check it. */
static rr_status settle_width(file *f, size_t D, rr_error *err)
{
    rri_frames *all = &f->out->f;
    char what[160];

    if (f->dimensions != 0 && D != f->dimensions) {
        (void)rri_snprintf(what, sizeof what, "%zu dimension%s%s, where the header names %zu", D,
                           D == 1 ? "" : "s", f->labelled ? " and a class" : "", f->dimensions);
        return refuse(f, err, what);
    }
    if (all->width == 0)
        all->width = D;
    if (all->width != D) {
        (void)rri_snprintf(what, sizeof what, "%zu dimension%s, where the first series has %zu", D,
                           D == 1 ? "" : "s", all->width);
        return refuse(f, err, what);
    }
    return RR_OK;
}

static rr_status read_number(const file *f, const char *text, size_t step, size_t d, float *out,
                             rr_error *err)
{
    if (rri_series_number(text, out))
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line,
                    "%s, line %zu: \"%.40s\" (value %zu of dimension %zu) is %s", f->path, f->line,
                    text, step + 1, d + 1,
                    *text == '(' ? "a pair of time and value; save the values alone"
                                 : "no finite number of 32 bits");
}

/* The parts of a line between colons. */
static size_t count_parts(const char *line)
{
    size_t n = 1;

    for (; *line != '\0'; line++)
        n += *line == ':';
    return n;
}

/* The next part of a text, which ends at `separator`; the text moves behind it, NULL after the
 * last. */
static char *cut(char **text, char separator)
{
    char *part = *text;
    assert(part != NULL); /* the parts were counted */
    char *end = strchr(part, separator);

    if (end != NULL)
        *end++ = '\0';
    *text = end;
    return part;
}

/* All dimensions of a line must have T values, that of the first; *T is set. */
static rr_status count_steps(const file *f, const char *line, size_t D, size_t *T, rr_error *err)
{
    for (size_t d = 0; d < D; d++) {
        const size_t n = strcspn(line, ":");
        size_t values = 1;
        for (size_t i = 0; i < n; i++)
            values += line[i] == ',';
        if (d == 0)
            *T = values;
        if (values != *T)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line,
                            "%s, line %zu: dimension %zu has %zu values, dimension 1 has %zu: all "
                            "dimensions of a series must be equally long",
                            f->path, f->line, d + 1, values, *T);
        line += n + 1;
    }
    return RR_OK;
}

/* One dimension: value t goes to x[t * D + d]. */
static rr_status read_dimension(const file *f, char *text, size_t d, float *x, rr_error *err)
{
    const size_t D = f->out->f.width;
    rr_status st = RR_OK;

    for (size_t t = 0; text != NULL; t++)
        RRI_TRY(read_number(f, cut(&text, ','), t, d, &x[t * D + d], err));

done:
    return st;
}

static rr_status read_label(file *f, char *text, uint32_t *label, rr_error *err)
{
    char *name = trim(text);
    rr_status st = RR_OK;

    if (*name == '\0')
        RRI_TRY(refuse(f, err, "there is no class"));
    RRI_TRY(rri_check_utf8(f->path, f->line, name, strlen(name), false, err));
    RRI_TRY(rri_labels_find(&f->out->labels, f->path, f->line, name, strlen(name), label, err));

done:
    return st;
}

static rr_status check_length(file *f, size_t T, rr_error *err)
{
    if (f->equal_length == SIZE_MAX)
        f->equal_length = T;
    if (f->equal_length != 0 && T != f->equal_length)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->line,
                        "%s, line %zu: %zu values a dimension, but @equalLength is true and the "
                        "first series has %zu",
                        f->path, f->line, T, f->equal_length);
    return RR_OK;
}

static rr_status read_series(file *f, char *line, rr_error *err)
{
    rri_series *s = f->out;
    rri_frame_row row = { .at = f->line, .split = f->split, .part = f->number };
    const size_t parts = count_parts(line);
    const size_t begin = s->used;
    float *x = NULL;
    size_t T = 0;
    rr_status st = RR_OK;

    if (f->labelled && parts == 1)
        RRI_TRY(refuse(f, err, "there is no class: a ':' before it is missing"));
    const size_t D = parts - (f->labelled ? 1 : 0);
    RRI_TRY(settle_width(f, D, err));
    RRI_TRY(count_steps(f, line, D, &T, err));
    RRI_TRY(check_length(f, T, err));
    RRI_TRY(rri_series_add(s, T * D, &x, err));
    for (size_t d = 0; d < D; d++)
        RRI_TRY(read_dimension(f, cut(&line, ':'), d, x, err));
    if (f->labelled)
        RRI_TRY(read_label(f, line, &row.label, err));
    RRI_TRY(rri_series_end(s, row, begin, err));

done:
    return st;
}

static rr_status read_ts(file *f, char *line, rr_error *err)
{
    bool data = false;
    rr_status st = RR_OK;

    f->labelled = true;
    for (; line != NULL; st = next_line(f, &line, err)) {
        RRI_TRY(st);
        line = trim(line);
        if (data)
            RRI_TRY(read_series(f, line, err));
        else if (strcasecmp(line, "@data") == 0)
            data = true;
        else if (*line != '@')
            RRI_TRY(refuse(f, err,
                           "a line of the header begins with '@', and @data stands before "
                           "the series"));
        else
            RRI_TRY(read_header(f, line, err));
    }
    if (!data)
        RRI_TRY(refuse(f, err, "the file ends before @data: there are no series"));
    f->out->f.unlabelled[f->split] = !f->labelled;

done:
    return st;
}

/* ---- tables --------------------------------------------------------------------------------- */

/* A label that is a whole number, however it is written, as its digits. */
static rr_status read_first(file *f, char *text, uint32_t *label, rr_error *err)
{
    char digits[32];
    double v = 0.0;

    if (rri_parse_f64(trim(text), &v) && fabs(v) < 1e15 && v == floor(v)) {
        (void)rri_snprintf(digits, sizeof digits, "%.0f", v);
        text = digits;
    }
    return read_label(f, text, label, err);
}

/* The next field: what divides fields is one tab, comma or semicolon, or any blanks. */
static char *next_field(char **line, char separator)
{
    char *field = separator != ' ' ? cut(line, separator) : *line;

    if (separator != ' ')
        return field;
    *line += strcspn(*line, " ");
    if (**line != '\0')
        *(*line)++ = '\0';
    *line += strspn(*line, " ");
    if (**line == '\0')
        *line = NULL;
    return field;
}

static rr_status read_row(file *f, char *line, rr_error *err)
{
    rri_series *s = f->out;
    rri_frame_row row = { .at = f->line, .split = f->split, .part = f->number };
    const char separator = strchr(line, '\t') != NULL  ? '\t'
                           : strchr(line, ',') != NULL ? ','
                           : strchr(line, ';') != NULL ? ';'
                                                       : ' ';
    const size_t begin = s->used;
    rr_status st = RR_OK;

    if (separator == ' ') /* an empty field at the end of others is a missing value */
        line = trim(line);
    RRI_TRY(settle_width(f, 1, err));
    RRI_TRY(read_first(f, next_field(&line, separator), &row.label, err));
    for (size_t t = 0; line != NULL; t++) {
        float *x = NULL;
        RRI_TRY(rri_series_add(s, 1, &x, err));
        RRI_TRY(read_number(f, next_field(&line, separator), t, 0, x, err));
    }
    RRI_TRY(rri_series_end(s, row, begin, err));

done:
    return st;
}

static rr_status read_table(file *f, char *line, rr_error *err)
{
    rr_status st = RR_OK;

    for (; line != NULL; st = next_line(f, &line, err)) {
        RRI_TRY(st);
        RRI_TRY(read_row(f, line, err));
    }

done:
    return st;
}

/* ---- the source ----------------------------------------------------------------------------- */

static rr_status read_file(const rri_request *in, size_t i, rri_series *out, rr_error *err)
{
    file f = { .out = out,
               .in = in,
               .path = in->paths->path[i],
               .number = (unsigned char)i,
               .split = (unsigned char)rri_paths_split(in->paths, i) };
    char *line = NULL;
    rr_status st = RR_OK;

    rri_source_reads++;
    RRI_TRY(rri_lines_open(f.path, NULL, &f.lines, err));
    RRI_TRY(next_line(&f, &line, err));
    if (line == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s holds no series", f.path));
    RRI_TRY(line[strspn(line, " \t")] == '@' ? read_ts(&f, line, err) : read_table(&f, line, err));

done:
    rri_lines_close(f.lines);
    return st;
}

static rr_status read(const rri_request *in, rri_series *out, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < in->paths->count && st == RR_OK; i++)
        st = read_file(in, i, out, err);
    return st;
}

static rr_status open_series(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    return rri_series_open(in, read, has, state, err);
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    return rri_series_load(in, read, state, split, limit, out, err);
}

const rri_source_kind rri_source_ts = {
    .kind = "ts",
    .path = "TRAIN,TEST",
    .files = RRI_MOST_PATHS,
    .parameters = { RRI_FRAMES_PARAMETERS, NULL },
    .open = open_series,
    .load = load,
    .forget = rri_series_forget,
    .close = rri_series_close,
};
