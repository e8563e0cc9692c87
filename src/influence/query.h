/* SPDX-License-Identifier: MIT */
/* query.h - the parts of a sample query: scoring training sequences, and keeping the best. */
#ifndef RRI_INFLUENCE_QUERY_H
#define RRI_INFLUENCE_QUERY_H

#include "influence/model.h"
#include "kernel/scan.h"

/* ---- top.c: of the k best ------------------------------------------------------------------- */

/* All slots are used, and there are some: a new item must beat the root. */
static inline bool rri_best_full(const rri_best *b)
{
    return b->n == b->k && b->k > 0;
}

/* The score below which nothing is kept any more. */
static inline float rri_best_least(const rri_best *b)
{
    return rri_best_full(b) && b->heap[0].score > b->floor ? b->heap[0].score : b->floor;
}

/* Whether a sequence passes the query's filters. */
static inline bool rri_best_wants(const rr_traces *t, const rr_query *q, size_t id)
{
    return (q->label < 0 || t->label[id] == (uint32_t)q->label) &&
           (!q->correct_only || t->label[id] == rri_traces_prediction(t, id));
}

/* Offer a sequence that passes the query's filters. */
void rri_best_take(rri_best *b, const rr_traces *t, const rr_query *q, size_t id, float score);

/* The same; rejects most of the offers inline. */
static inline void rri_best_offer(rri_best *b, const rr_traces *t, const rr_query *q, size_t id,
                                  float score)
{
    if (score >= b->floor && (b->n < b->k || (b->k > 0 && score >= b->heap[0].score)))
        rri_best_take(b, t, q, id, score);
}

/* Merge in another heap. */
void rri_best_merge(rri_best *b, const rri_best *other);

/* ---- query_lp.c: lp over many sequences ------------------------------------------------------ */

enum { RRI_SEARCH_BLOCK = 4096 }; /* sequences scored together: their sums stay in the L1 cache */

/* Tables of an lp query, shared by all its traces. */
typedef struct rri_lp {
    const rr_influence *inf;
    const rri_distance *distance;
    rri_distance *own; /* owned, where the model has none for this p */
    const rri_scan_kernels *kernels;
    const rri_sketch *sketch; /* this and the next are set by whoever asks about all sequences */
    const rri_time_major *time_major; /* NULL where there is none: pair by pair */
} rri_lp;

/* One trace prepared for scoring: for each of its T steps, and as many of padding as the longest
 * training sequence needs, the rows of the tables; and the smallest terms of the groups of the
 * sketch. */
typedef struct rri_lp_trace {
    rr_trace trace;
    const float **state, **label;
    float *own;        /* [T+1][K+1] rows of states, where there is no table */
    float *low;        /* [T+1][RRI_SKETCH_ROW], the last for padding */
    double *rest;      /* [T+1] sum of steps t.. against padding */
    size_t begin, end; /* blocks of the sketch that are most like it */
} rri_lp_trace;

/* What a worker needs to bound the distances to one trace. */
typedef struct rri_lp_bounds {
    uint8_t *row;  /* [steps][RRI_COARSE_ROW] terms in units, rounded down */
    size_t filled; /* rows that are up to date */
    float unit;    /* 0: none yet */
    size_t longer; /* the limit is for scores of `least` with a trace of so many steps; 0: none */
    float least;
    uint8_t limit;
} rri_lp_bounds;

rr_status rri_lp_open(const rr_influence *inf, double p, rri_lp *out, rr_error *err);
void rri_lp_close(rri_lp *lp);

/* Workspaces for one trace at a time of at most `steps` steps. */
rr_status rri_lp_trace_new(const rri_lp *lp, size_t steps, rri_lp_trace *out, rr_error *err);
void rri_lp_trace_set(const rri_lp *lp, rri_lp_trace *r, const rr_trace *trace);
void rri_lp_trace_free(rri_lp_trace *r);
rr_status rri_lp_bounds_new(const rri_lp *lp, size_t steps, rri_lp_bounds *out, rr_error *err);
void rri_lp_bounds_reset(rri_lp_bounds *w); /* for another trace */
void rri_lp_bounds_free(rri_lp_bounds *w);

/* Scores of the sequences of one block of RRI_SEARCH_BLOCK in the sketch's order; scores is [N]. */
void rri_lp_scores(const rri_lp *lp, const rri_lp_trace *r, size_t block, float *scores);

/* Add the best of the sequences most like the trace to *best; and of those of a task that are not
 * among them. Whoever asks for the former first is soon rid of most of the latter. */
size_t rri_lp_tasks(const rri_lp *lp);
void rri_lp_best_like(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, rri_lp_bounds *w,
                      rri_best *best);
void rri_lp_best(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, rri_lp_bounds *w,
                 size_t task, rri_best *best);

/* lp of two traces. */
float rri_lp_pair(const rri_distance *d, const rr_trace *a, const rr_trace *b);

/* ---- query_keys.c: votes, jaccard and containment -------------------------------------------- */

/* Tables of a query by keys, shared by all its traces. */
typedef struct rri_tally {
    const rr_influence *inf;
    const rr_query *q;
    const rri_postings *postings;
    const rri_marks *marks;
    const uint32_t *size; /* jaccard: [N] different keys of each training sequence */
    const rri_scan_kernels *kernels;
} rri_tally;

/* One distinct key of a trace. */
typedef struct rri_step_key {
    uint64_t key;
    uint32_t symbol; /* of a full key, else 0 */
    uint32_t step;   /* the first step that has it */
    uint32_t times;  /* steps that have it */
} rri_step_key;

rr_status rri_tally_open(const rr_influence *inf, const rr_query *q, rri_tally *out, rr_error *err);

/* A part of a list of postings: its entries, and what a sequence gets for them. */
typedef struct rri_step_list {
    const rr_posting *entry;
    size_t entries;
    uint32_t times;
} rri_step_list;

/* One trace prepared for counting: its distinct keys, and the lists of those that occur in
 * training, which have marks or are read. */
typedef struct rri_tally_trace {
    size_t steps;
    rri_step_key *key; /* [T] workspace */
    size_t distinct;
    rri_marked *marked;  /* [T] `more` is at most 255 */
    rri_step_list *list; /* [T] */
    size_t count_marked, count_lists;
} rri_tally_trace;

/* Workspace for one trace at a time of at most `steps` steps. */
rr_status rri_tally_trace_new(size_t steps, rri_tally_trace *out, rr_error *err);
void rri_tally_trace_set(const rri_tally *t, rri_tally_trace *a, const rr_trace *trace);
void rri_tally_trace_free(rri_tally_trace *a);

/* Scores of the sequences of one block of RRI_SEARCH_BLOCK. scores is [N]. */
void rri_tally_scores(const rri_tally *t, const rri_tally_trace *a, size_t block, float *scores);

/* Add the best of a block to *best. */
void rri_tally_best(const rri_tally *t, const rri_tally_trace *a, size_t block, rri_best *best);

/* The score of b for a. */
rr_status rri_tally_pair(const rr_query *q, const rr_trace *a, const rr_trace *b, float *score,
                         rr_error *err);

#endif
