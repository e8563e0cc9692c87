/* SPDX-License-Identifier: MIT */
/* page_data.h - a page in the making: its manifest, its arrays, and the parts of a run that several
 * files gather them from. docs/FORMAT.md#page.
 *
 * An array is written piece by piece: `fill` writes rows of it as bytes, and each piece becomes a
 * gzip member of its own, compressed on all threads and stored in order, so that the bits do not
 * depend on their number. */
#ifndef RRI_PAGE_DATA_H
#define RRI_PAGE_DATA_H

#include "core/core.h"
#include "io/json.h"
#include "rnnrepair/page.h"

/* ---- a page -------------------------------------------------------------------------------- */

typedef struct rri_page_block {
    char *name;
    unsigned char *bytes; /* [n] gzip */
    size_t n, raw;
    bool early; /* stands before the script: the first view needs it */
} rri_page_block;

struct rr_page {
    rri_page_block *blocks; /* [count] */
    size_t count, capacity;
    size_t bytes;     /* of the file so far */
    size_t most;      /* SIZE_MAX = no limit */
    int level;        /* of compression */
    json_t *manifest; /* owned; its members below are borrowed from it */
    json_t *arrays;   /* by name */
    json_t *left_out; /* by name */
    bool early;       /* what is added now is */
    bool no_memory;   /* a value of the manifest had none */
    size_t threads;   /* while it is made */
    const rr_callbacks *callbacks;
};

/* ---- arrays: page_blocks.c ------------------------------------------------------------------ */

typedef enum rri_page_type { RRI_PAGE_U1, RRI_PAGE_U2, RRI_PAGE_U4, RRI_PAGE_F4 } rri_page_type;

/* Write rows first..first + n - 1 as little-endian bytes. */
typedef void (*rri_page_fill)(const void *from, size_t first, size_t n, unsigned char *out);

typedef struct rri_page_array {
    rri_page_type type;
    size_t rows, width;
    rri_page_fill fill;
    const void *from;
    const size_t *starts; /* [sequences + 1] rows at which a piece may begin, the last is `rows`;
                             NULL = at any row */
    size_t sequences;
} rri_page_array;

/* Add an array, "SPLIT.NAME". *fits is false, and nothing is added, where the file would become too
 * large; NULL = then ARG. Errors: ARG, NOMEM, CANCELLED. */
rr_status rri_page_add(rr_page *page, const rri_page_array *array, bool *fits, rr_error *err,
                       const char *fmt, ...) RRI_PRINTF(5, 6);

/* Add an array of a split, or note that it did not fit. */
rr_status rri_page_add_if(rr_page *page, const rri_page_array *array, const char *split,
                          const char *name, rr_error *err);

/* The same of whole numbers, [rows][width], of a type that holds `most` beside the value of none;
 * and of others. */
rr_status rri_page_add_numbers(rr_page *page, const uint32_t *values, size_t rows, size_t width,
                               size_t most, rr_error *err, const char *fmt, ...) RRI_PRINTF(7, 8);
rr_status rri_page_add_floats(rr_page *page, const float *values, size_t rows, size_t width,
                              rr_error *err, const char *fmt, ...) RRI_PRINTF(6, 7);

/* The smallest type that holds 0..most and beside it the value of none. */
rri_page_type rri_page_type_for(size_t most);

/* Write a number of this type. */
void rri_page_put_number(unsigned char *out, rri_page_type type, size_t at, uint32_t value);

/* Take away all arrays that were added after there were so many blocks. */
void rri_page_back(rr_page *page, size_t count);

/* The manifest becomes the first block. Errors: NOMEM. */
rr_status rri_page_finish(rr_page *page, rr_error *err);

/* ---- values of the manifest: page_json.c ---------------------------------------------------- */

/* Set a member to a new reference, which is consumed; that there was no memory is noted. */
void rri_page_put(rr_page *page, json_t *object, const char *key, json_t *value);
/* Add one to an array. */
void rri_page_append(rr_page *page, json_t *array, json_t *value);

json_t *rri_page_text(const char *s); /* null for NULL; bytes that are not UTF-8 become U+FFFD */
json_t *rri_page_word(rr_enum kind, unsigned value);
json_t *rri_page_size(size_t n);         /* */
json_t *rri_page_number(double v);       /* null where it is not finite */
json_t *rri_page_fraction(double v);     /* null where it is negative, too: not measured */
json_t *rri_page_name(const char *path); /* the last name of a path */

/* Say why an array or a view is missing: one plain sentence or more. */
void rri_page_leave_out(rr_page *page, const char *about, const char *fmt, ...) RRI_PRINTF(3, 4);

/* RR_OK where st is, and where it is a fault of the question rather than of the run or the system:
 * then the part is left out, with the message as the reason. */
rr_status rri_page_settle(rr_page *page, const char *about, rr_status st, const rr_error *why,
                          rr_error *err);

/* ---- a run in arrays: page_splits.c --------------------------------------------------------- */

/* What the network says of a split. */
typedef struct rri_page_split {
    rr_split split;
    const char *name;       /* "train" */
    const rr_dataset *ds;   /* borrowed from the session, N sequences of R steps */
    size_t *starts;         /* [N + 1] */
    uint32_t *prediction;   /* [N] */
    float *probability;     /* [N]; negative where unknown */
    uint32_t *steps;        /* [R] y_t */
    unsigned char *chances; /* [R] probability of y_t, times 255 */
    bool known;             /* probabilities are */
    uint16_t *states;       /* [R] q_t; NULL without an influence model */
    rr_predictions of;      /* the counts; borrows the above */
} rri_page_split;

/* Steps of the training set in the plane of the first two components. */
typedef struct rri_page_points {
    size_t count;
    float *at;      /* [count][2] */
    uint32_t *step; /* [count][2] sequence, and step from 1 */
} rri_page_points;

/* A run, its splits and its influence model. */
typedef struct rri_page_run {
    rr_session *session;      /* borrowed */
    const rr_influence *inf;  /* borrowed; NULL = there is none */
    rri_page_split splits[3]; /* by rr_split; ds is NULL where there is none */
    rri_page_points points;
    size_t classes, width, vocabulary;
} rri_page_run;

/* The influence model of a run; *out is NULL where there is none. */
rr_status rri_page_influence(rr_session *s, const rr_influence **out, rr_error *err);
/* Run the network over all splits, and sample points. Memory: rri_page_run_clear(). */
rr_status rri_page_run_load(rr_page *page, rr_session *s, rri_page_run *out, rr_error *err);
/* Run the network of another run, out->session, with its states by out->inf, over a split of `run`
 * that is not train. */
rr_status rri_page_run_load_on(rr_page *page, const rri_page_run *run, rr_split split,
                               rri_page_run *out, rr_error *err);
void rri_page_run_clear(rri_page_run *run);

/* The sequence that a row, a step of the split, belongs to. */
size_t rri_page_sequence_of(const rri_page_split *split, size_t row);
/* An array of the split with a value a step, in pieces of whole sequences; without a type, `fill`
 * and `from`. */
rri_page_array rri_page_step_array(const rri_page_split *split);

/* Arrays of a split that a page cannot do without, and its figures in the manifest; and those of
 * every step. */
rr_status rri_page_add_split(rr_page *page, const rri_page_split *split, size_t classes,
                             rr_error *err);
rr_status rri_page_add_answers(rr_page *page, const rri_page_run *run, const rri_page_split *split,
                               rr_error *err);
rr_status rri_page_add_steps(rr_page *page, const rri_page_run *run, const rri_page_split *split,
                             rr_error *err);
/* The probabilities of every step, where they fit. */
rr_status rri_page_add_chances(rr_page *page, const rri_page_split *split, rr_error *err);

/* ---- the parts of a page -------------------------------------------------------------------- */

/* What the run is: page_run.c. */
json_t *rri_page_origin(rr_page *page, const rr_states_origin *origin); /* null where it has none */
size_t rri_page_added(const rri_page_run *run);
json_t *rri_page_run_name(const rr_run *run); /* of its directory, whatever path led there */
rr_status rri_page_put_run(rr_page *page, const rri_page_run *run, rr_error *err);
/* The influence model: page_influence.c. */
rr_status rri_page_put_influence(rr_page *page, const rri_page_run *run, rr_error *err);
/* Words and frames: page_inputs.c. */
rr_status rri_page_put_inputs(rr_page *page, const rri_page_run *run, rr_error *err);
/* What it is worth: page_trust.c. Likely wrong labels, so many; triggers: page_audit.c,
 * page_triggers.c. A second run, NULL = none: page_compare.c. */
rr_status rri_page_put_trust(rr_page *page, const rri_page_run *run, rr_error *err);
rr_status rri_page_put_audit(rr_page *page, const rri_page_run *run, size_t rows, rr_error *err);
rr_status rri_page_put_triggers(rr_page *page, const rri_page_run *run, bool wanted, rr_error *err);
rr_status rri_page_put_compare(rr_page *page, const rri_page_run *run, rr_session *with,
                               rr_error *err);

#endif
