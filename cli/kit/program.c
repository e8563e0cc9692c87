/* SPDX-License-Identifier: MIT */
/* program.c - main() of a program: finds the command, parses its options, runs it, and turns errors
 * into messages and exit codes; prints the help page of the program as a whole. */
#include "kit/answer.h"
#include "kit/cli.h"
#include "kit/paths.h"
#include "kit/table.h"
#include "kit/words.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_COMMANDS = 64 };

/* ---- errors --------------------------------------------------------------------------------- */

int cli_exit_code(rr_status st)
{
    switch (st) {
    case RR_OK:
        return CLI_DONE;
    case RR_ERR_ARG:
        return CLI_USAGE;
    case RR_ERR_NOMEM:
    case RR_ERR_IO:
    case RR_ERR_NETWORK:
        return CLI_FAILED;
    case RR_ERR_FORMAT:
    case RR_ERR_SHAPE:
    case RR_ERR_NUMERIC:
    case RR_ERR_MISMATCH:
    case RR_ERR_UNSUPPORTED:
        return CLI_BAD_INPUT;
    case RR_ERR_CANCELLED:
        return CLI_INTERRUPTED;
    }
    return CLI_FAILED;
}

/* A message of the library that begins with the name of a parameter, "step 9: ...", is about the
 * option of that name; "states:FILE ..." is about a file. */
static const char *dashes(const cli_command *command, const char *message)
{
    const size_t n = strcspn(message, " :");
    const size_t colon = strcspn(message, ":");
    if (message[colon] == '\0' || message[colon + 1] != ' ' ||
        (message[n] == ' ' && strcspn(message + n + 1, " ") + n < colon))
        return "";
    for (size_t i = 0; i < command->opt_count; i++)
        if (strlen(command->opts[i].name) == n && strncmp(command->opts[i].name, message, n) == 0)
            return "--";
    return "";
}

int cli_finish(const cli_common *common, rr_status st, const rr_error *err)
{
    const char *message = err->msg[0] != '\0' ? err->msg : rr_status_text(st);
    if (st != RR_OK && (st != RR_ERR_CANCELLED || strcmp(message, "cancelled") != 0)) {
        fprintf(stderr, "%s %s: %s", cli_the_program.name, common->command->name,
                dashes(common->command, message));
        cli_put_word(stderr, message, 0);
        fputc('\n', stderr);
    }
    return cli_exit_code(st);
}

/* ---- commands ------------------------------------------------------------------------------- */

static const cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < cli_the_program.count; i++)
        if (strcmp(cli_the_program.commands[i]->name, name) == 0)
            return cli_the_program.commands[i];
    return NULL;
}

const cli_command *cli_answering(const char *name)
{
    const cli_command *command = find_command(name);
    return command != NULL && command->answer != NULL ? command : NULL;
}

static int unknown_command(const char *name)
{
    const char *const program = cli_the_program.name;
    const char *names[MOST_COMMANDS];
    size_t n = 0;
    for (; n < cli_the_program.count && n < MOST_COMMANDS; n++)
        names[n] = cli_the_program.commands[n]->name;
    const char *near = cli_nearest(name, names, n);
    if (near != NULL)
        fprintf(stderr, "%s: unknown command %s; did you mean %s?\n", program, name, near);
    else
        fprintf(stderr, "%s: unknown command %s\n", program, name);
    fprintf(stderr, "%s: see %s --help\n", program, program);
    return CLI_USAGE;
}

static void general_help(void)
{
    printf("Usage: %s COMMAND ... [options]\n\n%s\nCommands:\n", cli_the_program.name,
           cli_the_program.about);
    for (size_t i = 0; i < cli_the_program.count; i++)
        printf("  %-9s  %s\n", cli_the_program.commands[i]->name,
               cli_the_program.commands[i]->summary);
    printf("  %-9s  print a command's page, as %s COMMAND --help does\n", "help",
           cli_the_program.name);
    printf(
        "\nOptions:\n"
        "  -h, --help    print this page\n"
        "  --version     print the version\n\n"
        "Results go to stdout: tables, or with --json exactly one JSON object. Diagnostics go to\n"
        "stderr: progress, notes and errors.\n\n");
    if (cli_the_program.more_help != NULL)
        cli_the_program.more_help();
    printf(
        "\nEnvironment:\n"
        "  RNNREPAIR_ISA  the instruction set of the inner loops: plain, avx2 or avx512; results\n"
        "                 have the same bits, only the speed differs (the best of the machine)\n"
        "\nExit status:\n");
    cli_help_exit_codes("  ");
}

void *cli_new_args(const cli_command *command)
{
    cli_common *args = calloc(1, command->args_size);
    if (args == NULL)
        return NULL;
    if (command->defaults != NULL)
        command->defaults(args);
    args->command = command;
    return args;
}

static int no_memory(const cli_command *command)
{
    fprintf(stderr, "%s %s: no memory for the options\n", cli_the_program.name, command->name);
    return CLI_FAILED;
}

/* Print the answer of a command that has one. */
static rr_status print_answer(const cli_command *command, cli_common *common, rr_error *err)
{
    cli_result r = cli_result_begin(common, 0);
    rr_session *s = NULL;
    rr_status st = RR_OK;

    if (command->check != NULL)
        RRI_TRY(command->check(common, err));
    RRI_TRY(command->open(common, &s, err));
    RRI_TRY(command->answer(common, s, &r, err));
    RRI_TRY(cli_result_end(&r, err));

done:
    cli_result_free(&r);
    rr_session_close(s);
    return st;
}

static int carry_out(const cli_command *command, void *args)
{
    rr_error err = { RR_OK, -1, "" };
    rr_status st = cli_check_outputs(args, NULL, &err);
    if (st == RR_OK && command->answer == NULL)
        return command->run(args);
    if (st == RR_OK)
        st = print_answer(command, args, &err);
    return cli_finish(args, st, &err);
}

/* Parse a command line (argv[0] is the command) and carry it out. */
static int dispatch(int argc, char **argv)
{
    const cli_command *command = find_command(argv[0]);
    if (command == NULL)
        return unknown_command(argv[0]);
    void *args = cli_new_args(command);
    if (args == NULL)
        return no_memory(command);
    int code = cli_parse(command, args, argc, argv);
    if (code < 0)
        code = carry_out(command, args);
    free(args);
    return code;
}

/* PROGRAM help [--markdown] [COMMAND]; --markdown makes the pages of docs/cli. */
static int help_command(int argc, char **argv)
{
    const int markdown = argc > 1 && strcmp(argv[1], "--markdown") == 0;
    const char *name = argc > 1 + markdown ? argv[1 + markdown] : NULL;
    if (name == NULL) {
        general_help();
        return CLI_DONE;
    }
    const cli_command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    void *args = cli_new_args(command);
    if (args == NULL)
        return no_memory(command);
    if (markdown)
        cli_help_markdown(command, args);
    else
        cli_help(command, args);
    free(args);
    return CLI_DONE;
}

static int run_main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "%s: no command given; see %s --help\n", cli_the_program.name,
                cli_the_program.name);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        general_help();
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", cli_the_program.name, rr_version());
        return CLI_DONE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help_command(argc - 1, argv + 1);
    cli_interrupt_install();
    return dispatch(argc - 1, argv + 1);
}

/* Whether the instruction set that RNNREPAIR_ISA names, if any, is in use. */
static bool choose_instruction_set(void)
{
    const char *const name = getenv("RNNREPAIR_ISA");
    rr_error err = { RR_OK, -1, "" };

    if (name == NULL || name[0] == '\0' || rr_set_instruction_set(name, &err) == RR_OK)
        return true;
    fprintf(stderr, "%s: RNNREPAIR_ISA: %s\n", cli_the_program.name, err.msg);
    return false;
}

int cli_main(int argc, char **argv)
{
    const int code = choose_instruction_set() ? run_main(argc, argv) : CLI_USAGE;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (cli_interrupted())
        return CLI_INTERRUPTED;
    fprintf(stderr, "%s: cannot write all of standard output\n", cli_the_program.name);
    return code != CLI_DONE ? code : CLI_FAILED;
}
