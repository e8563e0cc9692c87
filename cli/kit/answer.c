/* SPDX-License-Identifier: MIT */
/* answer.c - the result of a command in memory: the parameters of a request become the command's
 * arguments by its table of options, the answer is that of the command, the result JSON or CSV. */
#include "kit/answer.h"

#include "core/utf8.h"
#include "kit/table.h"

#include <stdlib.h>
#include <string.h>

static const char list_name[] = "list";

/* ---- parameters ----------------------------------------------------------------------------- */

static const cli_opt *find_option(const cli_opt *opts, size_t n, const char *name, size_t bytes)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(opts[i].name) == bytes && strncmp(opts[i].name, name, bytes) == 0)
            return &opts[i];
    return NULL;
}

static rr_status unknown_parameter(const cli_command *c, const char *name, rr_error *err)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < c->opt_count && n < sizeof names / sizeof *names; i++)
        if (cli_is_parameter(&c->opts[i]))
            names[n++] = c->opts[i].name;
    const char *near = cli_nearest(name, names, n);
    return rri_fail(err, RR_ERR_ARG, -1, "%.100s: %s has no such parameter%s%s%s", name, c->name,
                    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                    near != NULL ? "?" : "");
}

static rr_status refuse(const cli_command *c, const cli_opt *o, const char *value, rr_error *err)
{
    return rri_fail(err, RR_ERR_ARG, -1,
                    "%s %.100s: an option of the command line alone (rnnrepair %s --%s)", o->name,
                    value, c->name, o->name);
}

/* The limits of a request, beside the range of the option. */
static rr_status check_limit(const cli_opt *o, const void *args, const char *value, rr_error *err)
{
    const char *const at = (const char *)args + o->offset;
    const size_t bytes = o->most > 0 ? o->most : CLI_MOST_BYTES;
    if (o->kind == CLI_STR && strlen(value) > bytes)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s %.40s...: %zu bytes, and a request has at most %zu", o->name, value,
                        strlen(value), bytes);
    if (o->kind == CLI_SIZE && o->most > 0 && *(const size_t *)(const void *)at > o->most)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.40s: a request has at most %zu", o->name, value,
                        o->most);
    if (o->kind == CLI_ENUM && o->words != 0 &&
        (o->words >> *(const unsigned *)(const void *)at & 1) == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s %.40s: takes too long for a request; the command line has it", o->name,
                        value);
    return RR_OK;
}

/* A flag is 1 or 0. */
static rr_status take_flag(const cli_opt *o, void *args, const char *value, rr_error *err)
{
    if (strcmp(value, "1") != 0 && strcmp(value, "0") != 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.100s: must be 1 or 0", o->name, value);
    *(int *)(void *)((char *)args + o->offset) = *value == '1';
    return RR_OK;
}

static rr_status take_parameter(const cli_command *c, cli_common *args, const cli_parameter *p,
                                rr_error *err)
{
    const size_t bytes = strlen(p->name);
    const cli_opt *o = find_option(c->opts, c->opt_count, p->name, bytes);
    const cli_opt *common = find_option(cli_common_opts, cli_common_count, p->name, bytes);
    rr_status st = RR_OK;

    if (o == NULL && common == NULL)
        return unknown_parameter(c, p->name, err);
    if (o == NULL || !cli_is_parameter(o))
        return refuse(c, o != NULL ? o : common, p->value, err);
    const uint64_t bit = UINT64_C(1) << (o - c->opts);
    if ((args->given & bit) != 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.100s: given twice", o->name, p->value);
    if (!rri_is_utf8(p->value))
        return rri_fail(err, RR_ERR_ARG, -1, "%s: the value is not UTF-8", o->name);
    if (o->kind == CLI_FLAG) {
        RRI_TRY(take_flag(o, args, p->value, err));
        args->given |= *p->value == '1' ? bit : 0;
        return RR_OK;
    }
    RRI_TRY(cli_store(o, args, p->value, err));
    RRI_TRY(check_limit(o, args, p->value, err));
    args->given |= bit;

done:
    return st;
}

/* `list` is of the answer, not of the command. */
static rr_status take_list(const cli_request *q, cli_common *args, const char *value, rr_error *err)
{
    if (q->format != CLI_FORMAT_CSV)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.100s: names the list of CSV; JSON has them all",
                        list_name, value);
    if (args->list != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "%s %.100s: given twice", list_name, value);
    args->list = value;
    return RR_OK;
}

static rr_status take_request(const cli_command *c, rr_session *s, const cli_request *q,
                              cli_common *args, rr_error *err)
{
    const rr_session *const runs[] = { s, q->other };
    rr_status st = RR_OK;

    args->served = 1;
    args->quiet = 1;
    args->json = q->format == CLI_FORMAT_JSON;
    args->tsv = q->format == CLI_FORMAT_CSV;
    args->other = q->other;
    args->input = q->given;
    for (size_t i = 0; i < c->operand_count && i < 2 && runs[i] != NULL; i++)
        *(const char **)(void *)((char *)args + c->operands[i].offset) =
            rr_run_dir(rr_session_run(runs[i]));
    for (size_t i = 0; i < q->count; i++)
        RRI_TRY(strcmp(q->parameters[i].name, list_name) == 0
                    ? take_list(q, args, q->parameters[i].value, err)
                    : take_parameter(c, args, &q->parameters[i], err));
    if (q->given != NULL && !c->takes_given)
        st =
            rri_fail(err, RR_ERR_ARG, -1, "%s takes no input: send none with the request", c->name);

done:
    return st;
}

/* ---- the result ----------------------------------------------------------------------------- */

/* "--gamma" in a message of the command is "gamma" here. */
static void drop_dashes(const cli_command *c, rr_error *err)
{
    char *at = err != NULL ? strstr(err->msg, "--") : NULL;
    for (; at != NULL; at = strstr(at + 1, "--"))
        if (find_option(c->opts, c->opt_count, at + 2, strcspn(at + 2, " :;,.")) != NULL &&
            (at == err->msg || at[-1] == ' '))
            memmove(at, at + 2, strlen(at + 2) + 1);
}

/* CSV without the list that was asked for. */
static rr_status check_listed(const cli_result *r, const char *name, rr_error *err)
{
    if (r->listed)
        return RR_OK;
    if (r->lists[0] == '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "%s%s%.100s: %s has no list here; ask for JSON",
                        list_name, name != NULL ? " " : "", name != NULL ? name : "",
                        r->common->command->name);
    return rri_fail(err, RR_ERR_ARG, -1, "%s%s%.100s: must be one of %s", list_name,
                    name != NULL ? " " : "", name != NULL ? name : "", r->lists);
}

static rr_status make(const cli_command *c, rr_session *s, cli_common *args, char **out,
                      size_t *bytes, rr_error *err)
{
    cli_result r = cli_result_begin(args, 0);
    FILE *f = r.csv ? open_memstream(out, bytes) : NULL;
    rr_status st = RR_OK;

    if (r.csv && f == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the table"));
    r.table = f;
    if (c->check != NULL)
        RRI_TRY(c->check(args, err));
    RRI_TRY(c->open(args, &s, err));
    RRI_TRY(c->answer(args, s, &r, err));
    if (r.csv)
        RRI_TRY(check_listed(&r, args->list, err));
    else
        RRI_TRY(cli_result_dump(&r, out, bytes, err));

done:
    if (f != NULL && fclose(f) != 0 && st == RR_OK)
        st = rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the table");
    cli_result_free(&r);
    return st;
}

rr_status cli_answer(const cli_command *command, rr_session *s, const cli_request *request,
                     char **out, size_t *bytes, rr_error *err)
{
    cli_common *args = cli_new_args(command);
    rr_status st = RR_OK;

    *out = NULL;
    *bytes = 0;
    if (args == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the parameters");
    RRI_TRY(take_request(command, s, request, args, err));
    st = make(command, s, args, out, bytes, err);
    if (st != RR_OK) {
        drop_dashes(command, err);
        free(*out);
        *out = NULL;
        *bytes = 0;
    }

done:
    free(args);
    return st;
}
