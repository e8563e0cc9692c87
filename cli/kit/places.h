/* SPDX-License-Identifier: MIT */
/* places.h - where sequences stand in the user's data, for commands that have only their numbers.
 */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "kit/table.h"

/* Some sequences of a split. All zero is none; what is asked of it is then not known. */
typedef struct cli_places {
    rr_dataset *ds; /* sequence `id` of each; NULL where the data cannot be read */
    size_t *id;     /* [count] ascending, each once; room for `capacity` */
    size_t count, capacity;
} cli_places;

/* Add a number, in any order and more than once. Errors: NOMEM. */
rr_status cli_places_add(cli_places *p, size_t id, rr_error *err);

/* Find them, all at once. Data that have been moved or changed are no error: a note says that
 * their rows are not shown. To be closed also on failure.
 * Errors: as rr_session_sequences(), but for IO and MISMATCH. */
rr_status cli_places_open(cli_places *p, const cli_result *r, rr_session *s, rr_split split,
                          rr_error *err);

/* That of one of them. */
cli_source cli_place(const cli_places *p, size_t id);

/* After the rows with these places have been put and printed. */
void cli_places_close(cli_places *p);

#endif
