/* SPDX-License-Identifier: MIT */
/* options.h - one table of options a command: the source of parsing, --help and
 * docs/cli/COMMAND.md. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "kit/cli.h"

#include <float.h>

typedef enum cli_kind {
    CLI_FLAG, /* int, set to 1 */
    CLI_STR,  /* const char *, points into argv */
    CLI_SIZE, /* size_t */
    CLI_U64,  /* uint64_t */
    CLI_F64,  /* double, finite */
    CLI_ENUM  /* an enumeration, by its words */
} cli_kind;

/* What a path is for, so that no command writes over what it reads (cli_check_outputs()). */
typedef enum cli_path {
    CLI_NO_PATH,
    CLI_READS,      /* a file */
    CLI_READS_DATA, /* a dataset spec */
    CLI_WRITES      /* a file */
} cli_path;

typedef struct cli_opt {
    const char *name;
    char letter; /* short form, 0 = none */
    cli_kind kind;
    size_t offset;     /* in the command's arguments */
    const char *value; /* what --help calls the value; NULL = by its kind, N, F or the words */
    const char *help;
    const char *preset; /* the default as shown by --help; NULL = print the value itself */
    double min, max;    /* inclusive range of SIZE and F64, checked where min < max; DBL_MIN is
                           "above 0", DBL_MAX "no limit" */
    rr_enum choice;
    cli_path path; /* of STR */
    /* In the parameters of a request (answer.h), which take no path: */
    int local;      /* not taken: it trains or writes, or is of text and terminals */
    size_t most;    /* the largest SIZE, the most bytes of STR; 0 = as above, CLI_MOST_BYTES */
    unsigned words; /* bit i: value i of ENUM is taken; 0 = all */
} cli_opt;

enum { CLI_MOST_BYTES = 4096, CLI_MOST_ROWS = 1000 };

/* One option a line: the arguments' struct, the member, the name, the range where there is one (0,
 * 0 = any), the help. A path of a file or of data is READS, READS_DATA or WRITES. What else an
 * option has follows the help: OPT_SIZE(args, step, "step", 1, 1e9, "step to list", .value = "T",
 * .preset = "none", .letter = 't'). */
#define OPT_OF(kind_, args, member, name_)                                                         \
    .name = (name_), .kind = (kind_), .offset = offsetof(args, member)
#define OPT_FLAG(args, member, name_, ...)                                                         \
    {                                                                                              \
        OPT_OF(CLI_FLAG, args, member, name_), .help = __VA_ARGS__                                 \
    }
#define OPT_STR(args, member, name_, value_, ...)                                                  \
    {                                                                                              \
        OPT_OF(CLI_STR, args, member, name_), .value = (value_), .help = __VA_ARGS__               \
    }
#define OPT_READS(args, member, name_, value_, ...)                                                \
    OPT_STR(args, member, name_, value_, __VA_ARGS__, .path = CLI_READS)
#define OPT_READS_DATA(args, member, name_, ...)                                                   \
    OPT_STR(args, member, name_, "SPEC", __VA_ARGS__, .path = CLI_READS_DATA)
#define OPT_WRITES(args, member, name_, value_, ...)                                               \
    OPT_STR(args, member, name_, value_, __VA_ARGS__, .path = CLI_WRITES)
#define OPT_SIZE(args, member, name_, min_, max_, ...)                                             \
    {                                                                                              \
        OPT_OF(CLI_SIZE, args, member, name_), .min = (min_), .max = (max_), .help = __VA_ARGS__   \
    }
#define OPT_U64(args, member, name_, ...)                                                          \
    {                                                                                              \
        OPT_OF(CLI_U64, args, member, name_), .help = __VA_ARGS__                                  \
    }
#define OPT_F64(args, member, name_, min_, max_, ...)                                              \
    {                                                                                              \
        OPT_OF(CLI_F64, args, member, name_), .min = (min_), .max = (max_), .help = __VA_ARGS__    \
    }
#define OPT_ENUM(args, member, name_, choice_, ...)                                                \
    {                                                                                              \
        OPT_OF(CLI_ENUM, args, member, name_), .choice = (choice_), .help = __VA_ARGS__            \
    }

/* Options that several commands have. `split` is a member of their arguments. */
#define OPT_DATA(args, member)                                                                     \
    OPT_READS_DATA(args, member, "data",                                                           \
                   "current location of the run's data; the content is checked",                   \
                   .preset = "the run's own")
#define OPT_VECTORS(args, member)                                                                  \
    OPT_READS(args, member, "vectors", "FILE",                                                     \
              "current location of the run's word vectors; the content is checked",                \
              .preset = "the run's own")
#define OPT_SPLIT(args, ...) OPT_ENUM(args, split, "split", RR_ENUM_SPLIT, __VA_ARGS__)

/* Of the commands that train a run again. */
#define OPT_RETRAIN(args, member, ...)                                                             \
    OPT_ENUM(args, member, "retrain", RR_ENUM_RETRAIN, __VA_ARGS__, .local = 1)
#define OPT_EPOCHS(args, member, preset_, ...)                                                     \
    OPT_SIZE(args, member, "epochs", 1, 1e9, __VA_ARGS__, .preset = (preset_), .local = 1)
#define OPT_LEARNING_RATE(args, member, preset_, ...)                                              \
    OPT_F64(args, member, "learning-rate", DBL_MIN, DBL_MAX, __VA_ARGS__, .preset = (preset_),     \
            .local = 1)

/* Of the commands that query the influence model. */
#define OPT_TOP(args, member)                                                                      \
    OPT_SIZE(args, member, "top", 1, 1e9, "number of most influential training sequences used",    \
             .preset = "a twentieth of them, from 10 to 100", .most = CLI_MOST_ROWS)
#define OPT_NORM(args, member, ...)                                                                \
    OPT_F64(args, member, "norm", 1, DBL_MAX, __VA_ARGS__, .letter = 'p', .value = "P")
#define OPT_MEASURE(args, member, ...)                                                             \
    OPT_ENUM(args, member, "measure", RR_ENUM_MEASURE, __VA_ARGS__)
#define OPT_KEY(args, member, ...) OPT_ENUM(args, member, "key", RR_ENUM_KEY, __VA_ARGS__)

/* --seed of a command that samples nothing, so that scripts may pass it to every command. */
#define OPT_SEED_UNUSED(args)                                                                      \
    OPT_U64(args, common.seed, "seed", "accepted by every command; nothing is sampled here",       \
            .preset = "none")

/* The last line of a command's members where some are classes. */
#define CLI_CLASS_MEMBERS                                                                          \
    "beside a class, which is a number, stands its name: truth 2, truth_name \"cat\"\n"

/* The tables of a command, and the struct they point into. */
#define CLI_TABLES(args, operand_table, opt_table)                                                 \
    .operands = (operand_table), .operand_count = sizeof(operand_table) / sizeof *(operand_table), \
    .opts = (opt_table), .opt_count = sizeof(opt_table) / sizeof *(opt_table),                     \
    .args_size = sizeof(args)

/* One operand: a word of the command line that is not an option. */
typedef struct cli_operand {
    const char *name; /* "RUN" */
    size_t offset;    /* of a const char * in the command's arguments */
    int optional;
    const char *help;
} cli_operand;

/* The options every command takes, with offsets into cli_common. */
extern const cli_opt cli_common_opts[];
extern const size_t cli_common_count;

/* The arguments of a command, filled with its defaults, and named in their head; NULL where there
 * is no memory. free(). */
void *cli_new_args(const cli_command *command);

/* Read argv[1..] into args, which hold the defaults. Returns -1 to go on, else an exit code: the
 * message or the help has been printed. */
int cli_parse(const cli_command *command, void *args, int argc, char **argv);

/* Is an option taken as a parameter of a request? */
int cli_is_parameter(const cli_opt *o);

/* Store the value of an option in args. text is borrowed by STR; of a flag NULL or not looked at.
 * Errors: ARG; the message begins with the option's name and has the value and what is allowed. */
rr_status cli_store(const cli_opt *o, void *args, const char *text, rr_error *err);

/* Refuse an option that was given and is one of names, written "a b c", where it would do nothing.
 */
rr_status cli_refuse_given(const cli_common *common, const char *names, const char *beside,
                           rr_error *err);

/* Refuse --vectors beside a run that has no use for it. */
rr_status cli_refuse_idle_vectors(const cli_common *common, const rr_run *run, rr_error *err);

/* A list "3,17,44" of numbers, each once; ARG names the option. *out is released with rri_free(),
 * also on failure. */
rr_status cli_read_numbers(const char *option, const char *example, const char *list,
                           uint64_t **out, size_t *n, rr_error *err);

/* Copy the values of the options that were given from one set of the command's arguments to
 * another. */
void cli_copy_given(const cli_common *common, void *to, const void *from);

/* The nearest of n names to a misspelt word, NULL where none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/* What --help and messages call the value of an option, NULL for flags. */
const char *cli_value_name(const cli_opt *o);

/* ---- help.c --------------------------------------------------------------------------------- */

/* The default of an option as a text; empty where there is none. args hold the defaults. */
void cli_default_text(const cli_opt *o, const void *args, char *out, size_t size);
/* A command's page. args hold the defaults. */
void cli_help(const cli_command *command, const void *args);
void cli_help_markdown(const cli_command *command, const void *args);
/* The list of exit codes, each line led by `indent`. */
void cli_help_exit_codes(const char *indent);

#endif
