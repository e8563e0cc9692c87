/* SPDX-License-Identifier: MIT */
/* model.h - what an influence model is made of, and what its files share.
 *
 *   traces     N sequences, R = sum of T_i steps; sequence i owns rows offset[i]..offset[i+1]-1
 *   postings   per kind of key: sorted keys, and for each the training steps that have it
 *   distance   tables from which lp distances are added up
 *   lanes      a time-major copy of the traces for the scan, where all T_i are equal
 *
 * Everything but the last two is in the file. Arrays are either owned (built) or lie in the file
 * (loaded); readers use the const view and cannot tell. */
#ifndef RRI_INFLUENCE_MODEL_H
#define RRI_INFLUENCE_MODEL_H

#include "core/core.h"
#include "io/safetensors.h"

#include "rnnrepair/influence.h"

/* ---- traces.c: the trace store --------------------------------------------------------------- */

struct rr_traces {
    size_t count;               /* N */
    size_t steps;               /* R */
    const uint64_t *offset;     /* [N+1], offset[0] = 0, offset[N] = R, strictly rising */
    const uint32_t *label;      /* [N] */
    const uint16_t *state;      /* [R] 1..K */
    const uint16_t *prediction; /* [R] 0..C-1 */
    const uint32_t *symbol;     /* [R], NULL without symbols */
    const float *probability;   /* [R], NULL where unknown */
    struct {
        uint64_t *offset;
        uint32_t *label;
        uint16_t *state;
        uint16_t *prediction;
        uint32_t *symbol;
        float *probability;
    } own; /* the same arrays where they are ours, else NULL */
};

/* How much of a pass over a source has been taken in. */
typedef struct rri_filled {
    size_t sequences;
    size_t rows;
} rri_filled;

/* Owned, zeroed arrays; probabilities are added when the first batch that has them arrives. */
rr_status rri_traces_new(size_t count, size_t steps, bool symbols, rr_traces **out, rr_error *err);

/* What both passes ask of a source before they begin. */
rr_status rri_source_check(const rr_state_source *source, rr_error *err);

/* Batches come from outside: counts within what the source announced and every value in range.
 * frames: whether frames are needed, and so must be there. Hidden states are not looked at: a value
 * in them that is not finite shows in the covariance, and in the projection. */
rr_status rri_batch_check(const rr_state_source *source, const rri_filled *at,
                          const rr_state_batch *batch, bool frames, rr_error *err);
rr_status rri_frames_check(const rr_state_source *source, const rri_filled *at,
                           const rr_state_batch *batch, rr_error *err);

/* Whether a pass that has ended delivered all that was announced. */
rr_status rri_pass_check(const rr_state_source *source, const rri_filled *at, rr_error *err);

/* Store a checked batch behind what is there: offsets, labels, predictions, probabilities and, when
 * the store has symbols, ids or the codes of the frames. States are the caller's. Moves *at. */
rr_status rri_traces_add(rr_traces *t, rri_filled *at, const rr_state_batch *batch, size_t classes,
                         const rr_codebook *book, size_t threads, rr_error *err);

static inline uint32_t rri_traces_prediction(const rr_traces *t, size_t i)
{
    return t->prediction[t->offset[i + 1] - 1];
}

/* ---- keys.c, postings.c, postings_check.c: key -> training steps ----------------------------- */

/* Kinds of keys: rr_key is the index. The first ones are in the file; the tables of the others are
 * made where a model is made ready. */
enum { RRI_KINDS = 3, RRI_STORED_KINDS = 2 };

/* The key of one step, packed so that keys sort by their first part first.
 *
 *   state-symbol   q_{t-1} << 32 | x_t
 *   transition     q_{t-1} << 48 | y_{t-1} << 32 | y_t << 16 | q_t,  y_0 = 65535 ("none")
 *
 * A full key needs to know what occurs: rri_key_of_step(). */
uint64_t rri_key(rr_key kind, const uint16_t *states, const uint16_t *predictions,
                 const uint32_t *symbols, size_t t);

/* All keys that can be made of what occurs in a set of traces, numbered in the order of keys. */
typedef struct rri_key_space {
    rr_key kind;
    uint64_t states;  /* the largest state + 1 */
    uint64_t labels;  /* transition, full: the largest prediction + 1 */
    uint64_t symbols; /* state-symbol, full: the largest symbol + 1 */
    uint64_t count;   /* of all cells; 0: full keys that do not fit 64 bits */
} rri_key_space;

/* The key of step t of any trace. A full key is its cell; UINT64_MAX, which no list has, where one
 * of its parts does not occur. */
uint64_t rri_key_of_step(const rri_key_space *c, const rr_trace *a, size_t t);

/* What a look-up needs of a list, side by side: each of these tables is likely to be far away in
 * memory. */
typedef struct rri_list {
    uint64_t key;
    uint64_t start;
} rri_list;

typedef struct rri_postings {
    size_t keys;              /* M; 0 = this kind is not there */
    const uint64_t *key;      /* [M] strictly rising */
    const uint64_t *start;    /* [M+1] list m is entry[start[m]] .. entry[start[m+1]-1] */
    const rr_posting *entry;  /* [R] every training step once; a list is sorted */
    const uint32_t *distinct; /* [M] |I|, different sequences in list m */
    rri_list *list;           /* [M+1] owned copy of key and start; the rest is not in the file: */
    rri_key_space space;      /* the directory */
    unsigned shift;           /* cell >> shift is a bucket */
    uint32_t *first;          /* [buckets+1] owned; lists of bucket b: first[b] .. first[b+1]-1 */
    struct {
        uint64_t *key;
        uint64_t *start;
        rr_posting *entry;
        uint32_t *distinct;
    } own;
} rri_postings;

/* Build from the traces; *out must be zero, and stays so where full keys do not fit 64 bits. Peak
 * memory: twice the entries where cells are no more than steps, else four times. */
rr_status rri_postings_build(const rr_traces *t, rr_key kind, rri_postings *out, rr_error *err);

/* Make the directory of p, whose keys are those of these traces. It leads into the M keys whatever
 * they are. */
rr_status rri_postings_direct(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err);

/* Make the directory, and whether p is exactly what building from t would give: FORMAT names the
 * array and the place. */
rr_status rri_postings_check(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err);

/* The list of a key: its number, or p->keys where there is none. */
size_t rri_postings_find(const rri_postings *p, uint64_t key);

/* The number of different keys of each of N sequences, [N], freed by the caller. */
rr_status rri_postings_sizes(const rri_postings *p, size_t N, uint32_t **out, rr_error *err);

void rri_postings_clear(rri_postings *p);

/* ---- distance.c: lp distances as table look-ups ---------------------------------------------- */

/* With the feature of a step f = [ (q+1)/(K+2), (y+1)/(C+1), C_q[0..C-1] ],
 *
 *   sum over entries of |f - f'|^p = state[q][q'] + label[y - y']
 *
 * A padded step has all-zero features. No step of a trace is in state 0, so row and column 0 of
 * `state` stand for padding; its label is y = -1, which the second term then treats rightly. The
 * terms carry the factor RRI_DISTANCE_SCALE, so that differences of neighbouring states do not
 * underflow in float at large p. */
typedef struct rri_distance {
    double p;
    size_t rows;  /* K+1 */
    float *state; /* [K+1][K+1] */
    float *label; /* [2C+1], of y - y' = -C..C */
    size_t classes;
} rri_distance;

#define RRI_DISTANCE_SCALE 0x1p80
#define RRI_DISTANCE_MAX_P 16.0

/* confidence is [K+1][C], row 0 all zeros. */
rr_status rri_distance_new(double p, size_t states, size_t classes, const float *confidence,
                           rri_distance **out, rr_error *err);
void rri_distance_free(rri_distance *d);

/* Row [K+1] of state q; [C] of label y, -1 for padding. */
static inline const float *rri_distance_state(const rri_distance *d, size_t q)
{
    return d->state + q * d->rows;
}
static inline const float *rri_distance_label(const rri_distance *d, int32_t y)
{
    return d->label + ((ptrdiff_t)d->classes - y);
}

/* The one order in which terms are added, in float: chunks of RRI_DISTANCE_CHUNK steps are summed
 * and then added to the running sum; first the steps that both have, then those only the longer
 * has. Every way to a score gives the same bits. */
enum { RRI_DISTANCE_CHUNK = 64 };
float rri_distance_pair(const rri_distance *d, const uint16_t *qa, const uint16_t *ya, size_t ta,
                        const uint16_t *qb, const uint16_t *yb, size_t tb);
/* The running sum after t more steps against padding. */
float rri_distance_pad(const rri_distance *d, float sum, const uint16_t *q, const uint16_t *y,
                       size_t t);

/* 1 - (sum / (T*(C+2)))^(1/p) of n scaled sums in place; T the longer length of all of them. */
void rri_distance_score(const rri_distance *d, size_t steps, float *sum, size_t n);
/* A scaled sum that no trace of this or a higher score reaches. */
float rri_distance_limit(const rri_distance *d, size_t steps, float score);

/* ---- time_major.c: training traces, time-major
 * ---------------------------------------------------- */

/* For equal lengths, K <= 255 and C <= 256: step t of sequence i at [t*stride + i]. */
typedef struct rri_time_major {
    size_t steps;   /* T */
    size_t stride;  /* N rounded up to 64; the rest is zero */
    uint8_t *state; /* [T][stride] */
    uint8_t *label; /* [T][stride] y */
} rri_time_major;

/* *out is NULL where the traces are not of that kind. */
rr_status rri_time_major_new(const rr_traces *t, size_t states, size_t classes,
                             rri_time_major **out, rr_error *err);
void rri_time_major_free(rri_time_major *l);

/* ---- model.c --------------------------------------------------------------------------------- */

struct rr_influence {
    rr_influence_config config;
    rr_influence_info info;
    size_t width;          /* D of the source, 0 for symbol data */
    size_t vocabulary;     /* V of the source, 0 for frame data */
    rr_pca *pca;           /* owned, as all below */
    rr_gmm *gmm;           /* */
    rr_codebook *book;     /* NULL for symbol data, or without symbols */
    float *confidence;     /* [K+1][C], row 0 zero */
    rr_curve_point *curve; /* [points] */
    size_t points;
    rr_traces *training;
    rri_postings postings[RRI_KINDS];
    uint32_t *sizes[RRI_KINDS]; /* [N] different keys of each sequence; NULL for frames */
    rri_distance *l1;           /* tables for p = 1; NULL where K is too large to keep them */
    rri_time_major *time_major; /* NULL where lengths differ */
    rri_safetensors *file;      /* what views point into; NULL when built */
};

/* Make what queries need and the file does not hold; the last step of building and of loading. */
rr_status rri_influence_ready(rr_influence *inf, rr_error *err);

/* A trace given by the caller: steps, states in 1..K, predictions below C. SHAPE. And for a kind of
 * key: ARG where the model has no such table, or the trace has no symbols for it. */
rr_status rri_trace_check(const rr_influence *inf, const rr_trace *trace, rr_error *err);
rr_status rri_trace_key_check(const rr_influence *inf, rr_key kind, const rr_trace *trace,
                              rr_error *err);

/* Everything that can be wrong with a query; ARG. */
rr_status rri_query_check(const rr_influence *inf, const rr_query *q, rr_error *err);

#endif
