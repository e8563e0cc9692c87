/* SPDX-License-Identifier: MIT */
/* help.c - prints the page of a command from its table: for the terminal, and docs/cli/COMMAND.md.
 */
#include "kit/options.h"

#include <string.h>

void cli_default_text(const cli_opt *o, const void *args, char *out, size_t size)
{
    const char *const value = (const char *)args + o->offset;
    const char *text = NULL;
    out[0] = '\0';
    if (o->preset != NULL) {
        snprintf(out, size, "%s", o->preset);
        return;
    }
    switch (o->kind) {
    case CLI_FLAG:
        break;
    case CLI_STR:
        text = *(const char *const *)(const void *)value;
        snprintf(out, size, "%s", text != NULL ? text : "");
        break;
    case CLI_SIZE:
        snprintf(out, size, "%zu", *(const size_t *)(const void *)value);
        break;
    case CLI_U64:
        snprintf(out, size, "%llu", (unsigned long long)*(const uint64_t *)(const void *)value);
        break;
    case CLI_F64:
        snprintf(out, size, "%g", *(const double *)(const void *)value);
        break;
    case CLI_ENUM:
        snprintf(out, size, "%s", rr_enum_name(o->choice, *(const unsigned *)(const void *)value));
        break;
    }
}

/* --tsv belongs to commands that have a list. */
static int takes(const cli_command *command, const cli_opt *o)
{
    return command->list != NULL || o->offset != offsetof(cli_common, tsv);
}

static void usage_line(const cli_command *command)
{
    printf("%s %s", cli_the_program.name, command->name);
    for (size_t i = 0; i < command->operand_count; i++)
        printf(command->operands[i].optional ? " [%s]" : " %s", command->operands[i].name);
    printf(" [options]\n");
}

void cli_help_exit_codes(const char *indent)
{
    printf("%s0    done\n", indent);
    printf("%s1    failed: a file, the memory or the network\n", indent);
    printf("%s2    usage: the command line is not valid\n", indent);
    printf("%s3    bad input: a file is damaged or does not match the others\n", indent);
    printf("%s4    verify only: the run differs from its record\n", indent);
    printf("%s5    repair only: nothing was kept, since it did harm\n", indent);
    printf("%s130  interrupted; finished work is kept\n", indent);
}

static void help_option(const cli_opt *o, const void *args)
{
    char left[128], preset[128];
    const char *value = cli_value_name(o);
    const char letter[5] = { o->letter != 0 ? '-' : ' ', o->letter != 0 ? o->letter : ' ',
                             o->letter != 0 ? ',' : ' ', ' ', '\0' };
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, value != NULL ? " " : "",
             value != NULL ? value : "");
    cli_default_text(o, args, preset, sizeof preset);
    if (strlen(left) > 30)
        printf("  %s\n  %-30s", left, "");
    else
        printf("  %-30s", left);
    printf("  %s", o->help);
    printf(preset[0] != '\0' ? " (default: %s)\n" : "%s\n", preset);
}

void cli_help(const cli_command *command, const void *args)
{
    printf("Usage: ");
    usage_line(command);
    printf("\n%s %s - %s.\n\n%s\n", cli_the_program.name, command->name, command->summary,
           command->about);
    if (command->operand_count > 0)
        printf("Arguments:\n");
    for (size_t i = 0; i < command->operand_count; i++)
        printf("  %-30s  %s\n", command->operands[i].name, command->operands[i].help);
    printf("%sOptions:\n", command->operand_count > 0 ? "\n" : "");
    for (size_t i = 0; i < command->opt_count; i++)
        help_option(&command->opts[i], args);
    for (size_t i = 0; i < cli_common_count; i++)
        if (takes(command, &cli_common_opts[i]))
            help_option(&cli_common_opts[i], args);
    printf("  %-30s  print this page\n", "-h, --help");
    printf("\nWith --json, stdout holds one object with at least:\n%s", command->members);
    if (command->list != NULL)
        printf("\nWith --tsv, stdout holds a header and the rows of %s.\n", command->list);
    printf("\nExamples:\n%s", command->examples);
    printf("\nExit status:\n");
    cli_help_exit_codes("  ");
}

/* A table cell: a bar inside it would end it. */
static void cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static void markdown_option(const cli_opt *o, const void *args)
{
    char preset[128];
    const char *value = cli_value_name(o);
    cli_default_text(o, args, preset, sizeof preset);
    printf("| ");
    if (o->letter != 0)
        printf("`-%c`, ", o->letter);
    printf("`--%s", o->name);
    if (value != NULL) {
        printf(" ");
        cell(value);
    }
    printf("` | ");
    cell(o->help);
    printf(" | ");
    cell(preset);
    printf(" |\n");
}

/* "`method` (combined, influence), `top` (at most 1000), ...": the options of a request. */
static void parameter(const cli_opt *o)
{
    const char *between = " (";
    printf("`%s`", o->name);
    if (o->kind == CLI_SIZE && o->most > 0)
        printf(" (at most %zu)", o->most);
    if (o->kind == CLI_STR && o->most > 0)
        printf(" (at most %zu bytes)", o->most);
    for (unsigned v = 0; o->words != 0 && v < 32; v++)
        if ((o->words >> v & 1) != 0) {
            printf("%s%s", between, rr_enum_name(o->choice, v));
            between = ", ";
        }
    printf("%s, ", o->words != 0 ? ")" : "");
}

static void markdown_request(const cli_command *command)
{
    if (command->answer == NULL)
        return;
    printf("\nServed by `%s serve` as `/api/%s.json` and `/api/%s.csv`, with the parameters ",
           cli_the_program.name, command->name, command->name);
    for (size_t i = 0; i < command->opt_count; i++)
        if (cli_is_parameter(&command->opts[i]))
            parameter(&command->opts[i]);
    printf("and of CSV `list`, the list whose rows it holds.\n");
}

void cli_help_markdown(const cli_command *command, const void *args)
{
    const char *const program = cli_the_program.name;
    printf("# %s %s\n\nPrinted by `%s help --markdown %s`; "
           "change the table in `%s%s.c`, not this page.\n\n",
           program, command->name, program, command->name, cli_the_program.sources, command->name);
    printf("`%s %s` - %s.\n\n```\n", program, command->name, command->summary);
    usage_line(command);
    printf("```\n\n%s\n", command->about);
    if (command->operand_count > 0)
        printf("| argument | meaning |\n|---|---|\n");
    for (size_t i = 0; i < command->operand_count; i++)
        printf("| `%s` | %s |\n", command->operands[i].name, command->operands[i].help);
    printf("%s| option | meaning | default |\n|---|---|---|\n",
           command->operand_count > 0 ? "\n" : "");
    for (size_t i = 0; i < command->opt_count; i++)
        markdown_option(&command->opts[i], args);
    for (size_t i = 0; i < cli_common_count; i++)
        if (takes(command, &cli_common_opts[i]))
            markdown_option(&cli_common_opts[i], args);
    printf("| `-h`, `--help` | print this page |  |\n");
    printf("\nWith `--json`, stdout holds one object with at least:\n\n```\n%s```\n",
           command->members);
    if (command->list != NULL)
        printf("\nWith `--tsv`, stdout holds a header and the rows of %s.\n", command->list);
    markdown_request(command);
    printf("\nExamples:\n\n```\n%s```\n", command->examples);
    printf("\nExit status:\n\n```\n");
    cli_help_exit_codes("");
    printf("```\n");
}
