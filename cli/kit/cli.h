/* SPDX-License-Identifier: MIT */
/* cli.h - shared by every file of the tool: commands, the options common to all, exit codes.
 *
 * The tool uses the public headers, and core and io of src/. Results go to stdout; diagnostics and
 * progress go to stderr. A command is one constant (name, options, text, function); main.c holds
 * the table of them. A command's arguments are a struct that begins with a cli_common. Everything
 * that can fail returns an rr_status and fills an rr_error, as the library does; cli_finish() turns
 * them into a message and an exit code.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "rnnrepair/rnnrepair.h"

#include "core/core.h"
#include "kit/progress.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The exit status. */
enum {
    CLI_DONE = 0,
    CLI_FAILED = 1,    /* IO, NOMEM, NETWORK */
    CLI_USAGE = 2,     /* ARG, and any command line that does not parse */
    CLI_BAD_INPUT = 3, /* FORMAT, SHAPE, NUMERIC, MISMATCH, UNSUPPORTED */
    CLI_DIFFERS = 4,   /* verify: the run differs from its record */
    CLI_HARMFUL =
        5, /* repair: nothing was kept: it broke more than it fixed, or there was no error */
    CLI_INTERRUPTED = 130 /* SIGINT or SIGTERM, after tidying up */
};

struct cli_opt;
struct cli_operand;
struct cli_result;

/* One command of the tool. The tables are the source of parsing, of --help and of docs/cli. */
typedef struct cli_command {
    const char *name;
    const char *summary;  /* half a sentence, lower case, no full stop */
    const char *about;    /* paragraphs, wrapped by hand at 78 columns */
    const char *members;  /* what the JSON object holds, one member a line */
    const char *list;     /* the member whose rows --tsv prints, NULL = none */
    const char *examples; /* command lines, one a line */
    const struct cli_operand *operands;
    size_t operand_count;
    const struct cli_opt *opts;
    size_t opt_count;
    size_t args_size;             /* of the struct the tables point into */
    void (*defaults)(void *args); /* fill in what the command line may change; NULL = all zero */
    int (*run)(void *args);       /* returns an exit code; NULL of a command that has an answer */
    /* Of a command that shows something of a run. On the command line check, open, answer and the
     * printing of the result follow each other; answer.h answers on a session that is open. */
    rr_status (*check)(void *args,
                       rr_error *err); /* refuses options that exclude each other, before
                                          anything is read; NULL = nothing to check */
    rr_status (*open)(void *args, rr_session **s, rr_error *err); /* by cli_open() or
                                                                     cli_open_inputs() */
    rr_status (*answer)(void *args, rr_session *s, struct cli_result *r, rr_error *err);
    int takes_given; /* the answer may be about an input of a request */
} cli_command;

/* The head of every command's arguments. */
struct cli_common {
    const cli_command *command;
    int json, tsv, quiet;
    size_t threads;
    uint64_t seed;   /* of the commands that sample nothing */
    uint64_t given;  /* bit i: option i of the command was on the command line */
    cli_watch watch; /* of the library's callbacks */
    /* Of a request (answer.h), else zero. */
    int served;            /* the session is another's, and stays open: what is loaded for
                              one request is there for the next */
    const char *list;      /* the list that CSV has; NULL = the command's choice */
    const rr_given *input; /* what to look at in the place of a sequence */
    rr_session *other;     /* the second run */
};

/* A program: its commands, and the text of its help page. Each program defines cli_the_program. */
typedef struct cli_program {
    const char *name;
    const char *about;   /* one paragraph */
    const char *sources; /* where its commands are, without NAME.c */
    const cli_command *const *commands;
    size_t count;
    void (*more_help)(void); /* prints the rest of the page; NULL = nothing */
} cli_program;

extern const cli_program cli_the_program;

/* ---- program.c ------------------------------------------------------------------------------ */

/* What main() does: find the command, parse its options, carry it out; the exit code. */
int cli_main(int argc, char **argv);

/* The exit code a status stands for. */
int cli_exit_code(rr_status st);

/* Print "rnnrepair COMMAND: message" where st is a failure; returns the exit code. */
int cli_finish(const cli_common *common, rr_status st, const rr_error *err);

/* Open a run with the common options' threads and callbacks, and check the command's output files
 * against what it reads (paths.h). data and vectors: where they are now, NULL = as recorded. *out
 * is to be closed also on failure, unless it is NULL. Of a request *out is open, and stays. */
rr_status cli_open(cli_common *common, const char *dir, const char *data, const char *vectors,
                   rr_session **out, rr_error *err);

/* Was this option on the command line? */
int cli_given(const cli_common *common, const char *name);

/* Does the command have this option? */
int cli_has_option(const cli_common *common, const char *name);

/* ---- interrupt.c ---------------------------------------------------------------------------- */

/* From now on the first SIGINT or SIGTERM only sets a flag; a second one kills. */
void cli_interrupt_install(void);
/* Has one arrived? Loops ask between their steps. */
int cli_interrupted(void);

/* ---- the commands ------------------------------------------------------------------------------
 */

extern const cli_command cli_command_train;
extern const cli_command cli_command_predict;
extern const cli_command cli_command_build;
extern const cli_command cli_command_info;
extern const cli_command cli_command_explain;
extern const cli_command cli_command_localize;
extern const cli_command cli_command_repair;
extern const cli_command cli_command_backdoor;
extern const cli_command cli_command_audit;
extern const cli_command cli_command_report;
extern const cli_command cli_command_verify;
extern const cli_command cli_command_serve;
extern const cli_command cli_command_states;
extern const cli_command cli_command_trust;
extern const cli_command cli_command_compare;
extern const cli_command cli_command_fetch;
extern const cli_command cli_command_demo;

#endif
