/* SPDX-License-Identifier: MIT */
/* output.c - errors, values of documents. See output.h and cli.h. */
#include "kit/output.h"

#include "kit/options.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>

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
 * option of that name. */
static const char *dashes(const cli_command *command, const char *message)
{
    const size_t n = strcspn(message, " :");
    const size_t colon = strcspn(message, ":");
    if (message[colon] == '\0' || (message[n] == ' ' && strcspn(message + n + 1, " ") + n < colon))
        return "";
    for (size_t i = 0; i < command->opt_count; i++)
        if (strlen(command->opts[i].name) == n && strncmp(command->opts[i].name, message, n) == 0)
            return "--";
    return "";
}

int cli_finish(const cli_common *common, rr_status st, const rr_error *err)
{
    const char *message = err->msg[0] != '\0' ? err->msg : rr_status_text(st);
    if (st != RR_OK && (st != RR_ERR_CANCELLED || strcmp(message, "cancelled") != 0))
        fprintf(stderr, "%s %s: %s%s\n", cli_the_program.name, common->command->name,
                dashes(common->command, message), message);
    return cli_exit_code(st);
}

/* ---- values of documents -------------------------------------------------------------------- */

json_t *cli_json_size(size_t v)
{
    return json_integer((json_int_t)v);
}

json_t *cli_json_u64(uint64_t v)
{
    char digits[24];
    if (v <= INT64_MAX)
        return json_integer((json_int_t)v);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    return json_string(digits);
}

json_t *cli_json_f64(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *cli_json_share(double v)
{
    return v >= 0.0 ? cli_json_f64(v) : json_null();
}

json_t *cli_json_text(const char *s)
{
    if (s == NULL)
        return json_null();
    json_t *text = json_string(s);
    if (text != NULL)
        return text;
    /* Either no memory or a path that is not UTF-8: say what can be said of it. */
    char *copy = NULL;
    if (rri_strdup(s, &copy, NULL) != RR_OK)
        return NULL;
    for (char *c = copy; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    text = json_string(copy);
    rri_free(copy);
    return text;
}

size_t cli_peak_rss(void)
{
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    (void)getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024; /* Linux counts KiB */
}
