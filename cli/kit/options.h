/* SPDX-License-Identifier: MIT */
/* options.h - one table of options a verb: the source of parsing, --help and docs/cli/VERB.md. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "kit/cli.h"

#include <float.h>

typedef enum cli_kind {
    CLI_FLAG,  /* int, set to 1 */
    CLI_STR,   /* const char *, points into argv */
    CLI_SIZE,  /* size_t */
    CLI_U64,   /* uint64_t */
    CLI_F64,   /* double, finite */
    CLI_CHOICE /* an enumeration, by its parse function */
} cli_kind;

/* The names of an enumeration. */
typedef struct cli_choice {
    const char *names; /* "lstm|gru|tanh|relu" */
    rr_status (*parse)(const char *text, void *value, rr_error *err);
    const char *(*name)(const void *value);
} cli_choice;

typedef struct cli_opt {
    const char *name;
    char letter; /* short form, 0 = none */
    cli_kind kind;
    size_t offset;     /* in the verb's arguments */
    const char *value; /* what --help calls the value; NULL for flags and choices */
    const char *help;
    const char *preset; /* what --help says of the default; NULL = print the value itself */
    double min, max;    /* inclusive range of SIZE and F64, checked where min < max; DBL_MIN is
                           "above 0", DBL_MAX "no limit" */
    const cli_choice *choice;
} cli_opt;

/* Two options several verbs have, for a struct with the members `data` and `split`. */
#define CLI_OPT_DATA(args)                                                                         \
    {                                                                                              \
        .name = "data", .kind = CLI_STR, .offset = offsetof(args, data), .value = "SPEC",          \
        .preset = "the run's own", .help = "where the run's data lies now; its content is checked" \
    }
#define CLI_OPT_VECTORS(args, member)                                                              \
    {                                                                                              \
        .name = "vectors", .kind = CLI_STR, .offset = offsetof(args, member), .value = "FILE",     \
        .preset = "the run's own",                                                                 \
        .help = "where the run's word vectors lie now; their content is checked"                   \
    }
#define CLI_OPT_SPLIT(args, text)                                                                  \
    {                                                                                              \
        .name = "split", .kind = CLI_CHOICE, .offset = offsetof(args, split),                      \
        .choice = &cli_choice_split, .help = (text)                                                \
    }

/* Two of the verbs that train a run again, for a struct with a cli_retraining `how`. */
#define CLI_OPT_EPOCHS(args, preset_text, text)                                                    \
    {                                                                                              \
        .name = "epochs", .kind = CLI_SIZE, .offset = offsetof(args, how.epochs), .value = "N",    \
        .min = 1, .max = 1e9, .preset = (preset_text), .help = (text)                              \
    }
#define CLI_OPT_LEARNING_RATE(args, preset_text, text)                                             \
    {                                                                                              \
        .name = "learning-rate", .kind = CLI_F64, .offset = offsetof(args, how.learning_rate),     \
        .value = "F", .min = DBL_MIN, .max = DBL_MAX, .preset = (preset_text), .help = (text)      \
    }

/* Two of the verbs that query the influence model; `member` is of the verb's arguments. */
#define CLI_OPT_TOP(args, member)                                                                  \
    {                                                                                              \
        .name = "top", .kind = CLI_SIZE, .offset = offsetof(args, member), .value = "N", .min = 1, \
        .max = 1e9, .help = "most influential training sequences looked at"                        \
    }
#define CLI_OPT_NORM(args, member, text)                                                           \
    {                                                                                              \
        .name = "norm", .letter = 'p', .kind = CLI_F64, .offset = offsetof(args, member),          \
        .value = "P", .min = 1, .max = DBL_MAX, .help = (text)                                     \
    }

/* --seed of a verb that draws nothing, so that scripts may pass it to every verb. */
#define CLI_OPT_SEED_UNUSED(args)                                                                  \
    {                                                                                              \
        .name = "seed", .kind = CLI_U64, .offset = offsetof(args, common.seed), .value = "N",      \
        .preset = "none", .help = "taken as by every command; nothing is drawn at random here"     \
    }

/* The tables of a verb, and the struct they point into. */
#define CLI_TABLES(args, operand_table, opt_table)                                                 \
    .operands = (operand_table), .operand_count = sizeof(operand_table) / sizeof *(operand_table), \
    .opts = (opt_table), .opt_count = sizeof(opt_table) / sizeof *(opt_table),                     \
    .args_size = sizeof(args)

/* One operand: a word of the command line that is not an option. */
typedef struct cli_operand {
    const char *name; /* "RUN" */
    size_t offset;    /* of a const char * in the verb's arguments */
    int optional;
    const char *help;
} cli_operand;

/* The options every verb takes, with offsets into cli_common. */
extern const cli_opt cli_common_opts[];
extern const size_t cli_common_count;

/* Read argv[1..] into args, which hold the defaults. Returns -1 to go on, else an exit code: the
 * message or the help has been printed. */
int cli_parse(const cli_verb *verb, void *args, int argc, char **argv);

/* Refuse an option that was given and is one of names, written "a b c", where it would do nothing.
 */
rr_status cli_refuse_given(const cli_common *common, const char *names, const char *beside,
                           rr_error *err);

/* The nearest of n names to a misspelt word, NULL where none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/* ---- help.c --------------------------------------------------------------------------------- */

/* A verb's page. args hold the defaults. */
void cli_help(const cli_verb *verb, const void *args);
void cli_help_markdown(const cli_verb *verb, const void *args);
/* The list of exit codes, each line led by `indent`. */
void cli_help_exit_codes(const char *indent);

/* ---- choices.c ------------------------------------------------------------------------------ */

/* What a retraining starts from. */
typedef enum cli_retrain { CLI_RETRAIN_SCRATCH = 0, CLI_RETRAIN_CONTINUE = 1 } cli_retrain;

/* Settings of the paper's experiments, by name. */
typedef enum cli_recipe {
    CLI_RECIPE_NONE = 0,
    CLI_RECIPE_PAPER_MNIST = 1,
    CLI_RECIPE_PAPER_SST = 2,
    CLI_RECIPE_PAPER_TOXIC = 3
} cli_recipe;

/* The place of a word among n names; ARG where it is none of them. */
rr_status cli_find_word(const char *const *names, size_t n, const char *text, size_t *at,
                        rr_error *err);

extern const cli_choice cli_choice_recipe;
extern const cli_choice cli_choice_embedding;
extern const cli_choice cli_choice_head;
extern const cli_choice cli_choice_cell;
extern const cli_choice cli_choice_optimizer;
/* The options of train that this update rule does not read, by name, with blanks between. */
const char *cli_idle_options(rr_optimizer optimizer);
extern const cli_choice cli_choice_order;
extern const cli_choice cli_choice_keep;
extern const cli_choice cli_choice_split;
extern const cli_choice cli_choice_search;
extern const cli_choice cli_choice_key;
extern const cli_choice cli_choice_measure;
extern const cli_choice cli_choice_strategy;
extern const cli_choice cli_choice_rule;
extern const cli_choice cli_choice_place;
extern const cli_choice cli_choice_poison;
extern const cli_choice cli_choice_retrain;

#endif
