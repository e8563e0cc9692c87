/* SPDX-License-Identifier: MIT */
/* options.c - parses a command line by the option table of a command.
 *
 * getopt_long does the splitting; the table holds where each value goes, its range and its name
 * in messages. A bad value names the option, the value and the range. */
#include "kit/options.h"

#include "core/core.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTS = 60, FIRST_CODE = 256 };

const cli_opt cli_common_opts[] = {
    OPT_FLAG(cli_common, json, "json", "print one JSON object on stdout instead of tables"),
    OPT_FLAG(cli_common, tsv, "tsv", "print the main list on stdout, tab-separated under a header"),
    OPT_SIZE(cli_common, threads, "threads", 0, 4096,
             "threads to use; the results do not depend on it", .preset = "every core"),
    OPT_FLAG(cli_common, quiet, "quiet", "no progress and no notes on stderr", .letter = 'q'),
};
const size_t cli_common_count = sizeof cli_common_opts / sizeof *cli_common_opts;

/* The command's options first, then those of every command. */
static const cli_opt *opt_at(const cli_command *command, size_t i)
{
    return i < command->opt_count ? &command->opts[i] : &cli_common_opts[i - command->opt_count];
}

int cli_given(const cli_common *common, const char *name)
{
    for (size_t i = 0; i < common->command->opt_count; i++)
        if (strcmp(common->command->opts[i].name, name) == 0)
            return (common->given >> i & 1) != 0;
    assert(0 && "an option of this command");
    return 0;
}

int cli_has_option(const cli_common *common, const char *name)
{
    for (size_t i = 0; i < common->command->opt_count; i++)
        if (strcmp(common->command->opts[i].name, name) == 0)
            return 1;
    return 0;
}

rr_status cli_refuse_given(const cli_common *common, const char *names, const char *beside,
                           rr_error *err)
{
    for (size_t i = 0; i < common->command->opt_count; i++) {
        const char *name = common->command->opts[i].name;
        const char *at = strstr(names, name);
        const size_t n = strlen(name);
        if ((common->given >> i & 1) != 0 && at != NULL && (at == names || at[-1] == ' ') &&
            (at[n] == ' ' || at[n] == '\0'))
            return rri_fail(err, RR_ERR_ARG, -1, "--%s has no effect beside %s: leave it out", name,
                            beside);
    }
    return RR_OK;
}

void cli_copy_given(const cli_common *common, void *to, const void *from)
{
    static const size_t sizes[] = {
        [CLI_FLAG] = sizeof(int),     [CLI_STR] = sizeof(char *), [CLI_SIZE] = sizeof(size_t),
        [CLI_U64] = sizeof(uint64_t), [CLI_F64] = sizeof(double), [CLI_ENUM] = sizeof(int)
    };
    for (size_t i = 0; i < common->command->opt_count; i++) {
        const cli_opt *o = &common->command->opts[i];
        if ((common->given >> i & 1) != 0)
            memcpy((char *)to + o->offset, (const char *)from + o->offset, sizes[o->kind]);
    }
}

/* ---- near misses ---------------------------------------------------------------------------- */

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edit distance of two words, by rows; words above 63 letters are cut. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    const size_t n = strlen(a) < 63 ? strlen(a) : 63;
    const size_t m = strlen(b) < 63 ? strlen(b) : 63;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[m];
}

const char *cli_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(word, names[i]);
        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best != NULL && best_distance <= 1 + strlen(word) / 3 ? best : NULL;
}

/* ---- values --------------------------------------------------------------------------------- */

static int usage_error(const cli_command *command, const char *fmt, ...) RRI_PRINTF(2, 3);

static int usage_error(const cli_command *command, const char *fmt, ...)
{
    const char *const program = cli_the_program.name;
    va_list ap;
    fprintf(stderr, "%s %s: ", program, command->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n%s %s: see %s %s --help\n", program, command->name, program, command->name);
    return CLI_USAGE;
}

static int read_u64(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return 0;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return 0;
    *out = v;
    return 1;
}

static int read_f64(const char *text, double *out)
{
    char *end = NULL;
    if (*text == '\0' || strchr(" \t\n", *text) != NULL)
        return 0;
    const double v = rri_strtod(text, &end);
    if (*end != '\0' || !isfinite(v))
        return 0;
    *out = v;
    return 1;
}

static int in_range(const cli_opt *o, double v)
{
    return !(o->min < o->max) || (v >= o->min && v <= o->max);
}

static rr_status out_of_range(const cli_opt *o, const char *text, rr_error *err)
{
    if (o->min == DBL_MIN && o->max < DBL_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: must be above 0 and at most %.10g",
                        o->name, text, o->max);
    if (o->min == DBL_MIN)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: must be above 0", o->name, text);
    if (o->max == DBL_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: must be at least %.10g", o->name, text,
                        o->min);
    return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: must be from %.10g to %.10g", o->name, text,
                    o->min, o->max);
}

const char *cli_value_name(const cli_opt *o)
{
    if (o->kind == CLI_FLAG)
        return NULL;
    if (o->value != NULL)
        return o->value;
    if (o->kind != CLI_ENUM)
        return o->kind == CLI_F64 ? "F" : "N";
    return rr_enum_words(o->choice);
}

int cli_is_parameter(const cli_opt *o)
{
    return o->path == CLI_NO_PATH && !o->local;
}

rr_status cli_store(const cli_opt *o, void *args, const char *text, rr_error *err)
{
    char *const target = (char *)args + o->offset;
    uint64_t u = 0;
    double v = 0.0;

    switch (o->kind) {
    case CLI_FLAG:
        *(int *)(void *)target = 1;
        return RR_OK;
    case CLI_STR:
        *(const char **)(void *)target = text;
        return RR_OK;
    case CLI_SIZE:
        if (!read_u64(text, &u) || u > SIZE_MAX)
            return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: not a whole number", o->name, text);
        if (!in_range(o, (double)u))
            return out_of_range(o, text, err);
        *(size_t *)(void *)target = (size_t)u;
        return RR_OK;
    case CLI_U64:
        if (!read_u64(text, &u))
            return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: not a whole number below 2^64",
                            o->name, text);
        *(uint64_t *)(void *)target = u;
        return RR_OK;
    case CLI_F64:
        if (!read_f64(text, &v))
            return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: not a finite number", o->name, text);
        if (!in_range(o, v))
            return out_of_range(o, text, err);
        *(double *)(void *)target = v;
        return RR_OK;
    case CLI_ENUM:
        if (rr_enum_parse(o->choice, text, (unsigned *)(void *)target, NULL) != RR_OK)
            return rri_fail(err, RR_ERR_ARG, -1, "%s %.200s: must be one of %s", o->name, text,
                            rr_enum_words(o->choice));
        return RR_OK;
    }
    return RR_ERR_ARG;
}

/* ---- the command line ----------------------------------------------------------------------- */

/* What getopt_long reads: the long options and the letters. ":" makes it distinguish a missing
 * value from an unknown option. */
static void make_getopt(const cli_command *command, struct option *longs, char *letters)
{
    const size_t n = command->opt_count + cli_common_count;
    size_t c = 0;
    assert(n <= MAX_OPTS);
    letters[c++] = ':';
    for (size_t i = 0; i < n; i++) {
        const cli_opt *o = opt_at(command, i);
        const int has_arg = o->kind == CLI_FLAG ? no_argument : required_argument;
        longs[i] = (struct option){ o->name, has_arg, NULL, FIRST_CODE + (int)i };
        if (o->letter != 0) {
            letters[c++] = o->letter;
            if (has_arg == required_argument)
                letters[c++] = ':';
        }
    }
    longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
    longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
    letters[c++] = 'h';
    letters[c] = '\0';
}

static int unknown_option(const cli_command *command, const char *word)
{
    const char *names[MAX_OPTS + 1];
    const size_t n = command->opt_count + cli_common_count;
    char name[64];
    for (size_t i = 0; i < n; i++)
        names[i] = opt_at(command, i)->name;
    names[n] = "help";
    const char *start = word;
    while (*start == '-')
        start++;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
    const char *near = word[1] == '-' ? cli_nearest(name, names, n + 1) : NULL;
    if (near != NULL && strcmp(near, name) == 0)
        return usage_error(command, "option --%s takes no value", name);
    if (near != NULL)
        return usage_error(command, "unknown option %s; did you mean --%s?", word, near);
    return usage_error(command, "unknown option %s", word);
}

/* The number of the option that getopt's code stands for. */
static size_t option_of(const cli_command *command, int code)
{
    if (code >= FIRST_CODE)
        return (size_t)(code - FIRST_CODE);
    for (size_t i = 0; i < command->opt_count + cli_common_count; i++)
        if (opt_at(command, i)->letter == code)
            return i;
    assert(0 && "a letter of the table");
    return 0;
}

static int take_operands(const cli_command *command, void *args, int argc, char **argv)
{
    size_t i = 0;
    for (; optind < argc; optind++, i++) {
        if (i == command->operand_count)
            return usage_error(command, "unexpected argument %s", argv[optind]);
        *(const char **)(void *)((char *)args + command->operands[i].offset) = argv[optind];
    }
    if (i < command->operand_count && !command->operands[i].optional)
        return usage_error(command, "%s is missing: %s", command->operands[i].name,
                           command->operands[i].help);
    return -1;
}

int cli_parse(const cli_command *command, void *args, int argc, char **argv)
{
    struct option longs[MAX_OPTS + 2];
    char letters[2 * MAX_OPTS + 4];
    cli_common *common = args;
    rr_error err = { RR_OK, -1, "" };
    int code = 0;

    make_getopt(command, longs, letters);
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (code == 'h') {
            cli_help(command, args);
            return CLI_DONE;
        }
        if (code == ':')
            return usage_error(command, "option %s needs a value", argv[optind - 1]);
        if (code == '?')
            return unknown_option(command, argv[optind - 1]);
        const size_t i = option_of(command, code);
        if (cli_store(opt_at(command, i), args, optarg, &err) != RR_OK)
            return usage_error(command, "--%s", err.msg);
        if (i < command->opt_count)
            common->given |= UINT64_C(1) << i;
    }
    if (common->tsv && command->list == NULL)
        return usage_error(command, "--tsv: this command prints no list; use --json");
    if (common->tsv && common->json)
        return usage_error(command, "--tsv and --json: choose one");
    return take_operands(command, args, argc, argv);
}

rr_status cli_refuse_idle_vectors(const cli_common *common, const rr_run *run, rr_error *err)
{
    if (rr_run_settings_of(run).vectors != NULL)
        return RR_OK;
    return cli_refuse_given(common, "vectors", "a run that names no file of word vectors", err);
}

/* ---- lists ---------------------------------------------------------------------------------- */

rr_status cli_read_numbers(const char *option, const char *example, const char *list,
                           uint64_t **out, size_t *n, rr_error *err)
{
    size_t items = 1;
    *n = 0;
    for (const char *c = list; *c != '\0'; c++)
        items += *c == ',';
    const rr_status st = rri_alloc(out, items, 1, sizeof **out, err);
    if (st != RR_OK)
        return st;
    const char *at = list;
    for (size_t i = 0; i < items; i++) {
        char *end = NULL;
        errno = 0;
        const unsigned long long number = strtoull(at, &end, 10);
        if (*at < '0' || *at > '9' || errno != 0 || (*end != ',' && *end != '\0'))
            return rri_fail(err, RR_ERR_ARG, -1, "--%s %s: not a list of numbers such as %s",
                            option, list, example);
        for (size_t j = 0; j < i; j++)
            if ((*out)[j] == number)
                return rri_fail(err, RR_ERR_ARG, -1, "--%s names %llu twice", option, number);
        (*out)[(*n)++] = number;
        at = end + 1;
    }
    return RR_OK;
}
