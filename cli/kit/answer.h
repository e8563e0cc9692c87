/* SPDX-License-Identifier: MIT */
/* answer.h - the result of a command as bytes in memory, from a session that is open already.
 *
 * A command that has an `answer` answers here as on the command line: with the same tables of
 * options and of columns. Its options are parameters of an address, ?split=test&sample=3. What
 * reads or writes a file, trains, or belongs to the terminal is refused by its name (cli_opt.local,
 * cli_opt.path), and numbers and texts that cost time have a limit here (cli_opt.most), so that the
 * work of a request is bounded. Nothing is printed; what the session reports goes to the callbacks
 * it was opened with. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "kit/cli.h"

/* One parameter of an address, decoded; both texts UTF-8. A flag is 1 or 0. */
typedef struct cli_parameter {
    const char *name, *value;
} cli_parameter;

typedef enum cli_format {
    CLI_FORMAT_JSON, /* what --json prints, byte for byte */
    CLI_FORMAT_CSV   /* a header and the rows of one list, as --tsv has them, but texts whole and
                        in quotes where RFC 4180 wants them; of predict every sequence, not the
                        errors alone. The parameter `list` names another list of the document */
} cli_format;

/* What is asked. All borrowed for the call. */
typedef struct cli_request {
    const cli_parameter *parameters; /* [count] */
    size_t count;
    const rr_given *given; /* an input of its own (explain), or NULL */
    rr_session *other;     /* the second run (compare), or NULL */
    cli_format format;
} cli_request;

/* The command of this program that has an answer and this name; NULL where there is none. */
const cli_command *cli_answering(const char *name);

/* Answer. Both sessions keep what they had to load. One call at a time on a session.
 * Memory: on RR_OK *out is the answer, [*bytes] and a NUL behind them, from malloc(): free(). Else
 * NULL and 0.
 * Errors: ARG (an unknown, repeated or refused parameter, a value out of its range or above its
 * limit here, no such list: the message begins with the parameter's name and has its value), those
 * of the command; NOMEM. Messages name parameters without dashes. */
rr_status cli_answer(const cli_command *command, rr_session *s, const cli_request *request,
                     char **out, size_t *bytes, rr_error *err);

#endif
