/* SPDX-License-Identifier: MIT */
/* model.h - the parts of an influence model, shared by the files of this folder.
 *
 *   traces       N sequences, R = sum of T_i steps; sequence i owns rows offset[i]..offset[i+1]-1
 *   postings     per kind of key: sorted keys, and for each the training steps that have it
 *   distance     tables whose entries add up to lp distances
 *   time_major   a time-major copy of the traces for exact scans, where all T_i are equal
 *   sketch       a coarse copy of the traces, a byte a step, for the search of the nearest
 *   marks        long lists of postings as bits
 *
 * The first two are in the file. What queries alone need is made when the first asks for it
 * (tables.c). Arrays are either owned (built) or point into the file (loaded); readers use the same
 * const view for both. */
#ifndef RRI_INFLUENCE_MODEL_H
#define RRI_INFLUENCE_MODEL_H

#include "abstraction/abstraction_internal.h"
#include "influence/influence_internal.h"
#include "io/safetensors.h"

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
    const uint16_t *step_label; /* [R] 0..C-1 or RRI_NO_STEP_LABEL, NULL where steps have none */
    struct {
        uint64_t *offset;
        uint32_t *label;
        uint16_t *state;
        uint16_t *prediction;
        uint32_t *symbol;
        float *probability;
        uint16_t *step_label;
    } own; /* the same arrays where owned, else NULL */
};

/* Progress of a pass over a source. */
typedef struct rri_filled {
    size_t sequences;
    size_t rows;
} rri_filled;

/* Owned, zeroed arrays; probabilities and labels of steps are added when the first batch that has
 * them arrives. */
rr_status rri_traces_new(size_t count, size_t steps, bool symbols, rr_traces **out, rr_error *err);

/* Checks of a source before either pass. */
rr_status rri_source_check(const rr_state_source *source, rr_error *err);

/* Checks a batch, which comes from outside: counts within those the source announced and every
 * value in range. frames: whether frames are required. Hidden states are not checked here: values
 * that are not finite are found in the covariance and in the projection. */
rr_status rri_batch_check(const rr_state_source *source, const rri_filled *at,
                          const rr_state_batch *batch, bool frames, rr_error *err);
rr_status rri_frames_check(const rr_state_source *source, const rri_filled *at,
                           const rr_state_batch *batch, rr_error *err);

/* SHAPE unless a finished pass delivered all that was announced. */
rr_status rri_pass_check(const rr_state_source *source, const rri_filled *at, rr_error *err);

/* Append a checked batch: offsets, labels, predictions, probabilities, labels of steps and, when
 * the store has symbols, ids or the codes of the frames. The caller stores states. Advances *at. */
rr_status rri_traces_add(rr_traces *t, rri_filled *at, const rr_state_batch *batch, size_t classes,
                         const rri_codebook *book, size_t threads, rr_error *err);

static inline uint32_t rri_traces_prediction(const rr_traces *t, size_t i)
{
    return t->prediction[t->offset[i + 1] - 1];
}

/* The states and predictions of a sequence, and nothing else of it: each costs a cache miss. */
static inline rr_trace rri_steps_of(const rr_traces *t, size_t i)
{
    const size_t first = (size_t)t->offset[i];

    return (rr_trace){ .states = t->state + first,
                       .predictions = t->prediction + first,
                       .steps = (size_t)t->offset[i + 1] - first };
}

static inline void rri_steps_prefetch(const rr_traces *t, size_t i)
{
    __builtin_prefetch(t->state + t->offset[i]);
    __builtin_prefetch(t->prediction + t->offset[i]);
    __builtin_prefetch(t->state + t->offset[i + 1] - 1);
    __builtin_prefetch(t->prediction + t->offset[i + 1] - 1);
}

/* ---- keys.c, postings.c, postings_check.c: key -> training steps ----------------------------- */

/* Kinds of keys: rr_key is the index. The first ones are in the file; the tables of the others are
 * built when a model is built or loaded. */
enum { RRI_KINDS = 3, RRI_STORED_KINDS = 2 };

/* The key of one step, packed so that keys sort by their first part first.
 *
 *   state-symbol   q_{t-1} << 32 | x_t
 *   transition     q_{t-1} << 48 | y_{t-1} << 32 | y_t << 16 | q_t,  y_0 = 65535 ("none")
 *
 * A full key depends on the values that occur: rri_key_of_step(). */
uint64_t rri_key(rr_key kind, const uint16_t *states, const uint16_t *predictions,
                 const uint32_t *symbols, size_t t);

/* All keys possible with the values in a set of traces, ranked in key order. */
typedef struct rri_key_space {
    rr_key kind;
    uint64_t states;  /* the largest state + 1 */
    uint64_t labels;  /* transition, full: the largest prediction + 1 */
    uint64_t symbols; /* state-symbol, full: the largest symbol + 1 */
    uint64_t count;   /* of all ranks; 0: full keys that do not fit 64 bits */
} rri_key_space;

/* The key of step t of any trace. A full key is its rank; UINT64_MAX, which no list has, where one
 * of its parts does not occur. */
uint64_t rri_key_of_step(const rri_key_space *c, const rr_trace *a, size_t t);

/* The data of a list that a look-up needs, adjacent to save cache misses. */
typedef struct rri_list {
    uint64_t key;
    uint64_t start;
} rri_list;

typedef struct rri_postings {
    size_t keys;              /* M; 0 = no such table */
    const uint64_t *key;      /* [M] strictly rising */
    const uint64_t *start;    /* [M+1] list m is entry[start[m]] .. entry[start[m+1]-1] */
    const rr_posting *entry;  /* [R] every training step once; a list is sorted */
    const uint32_t *distinct; /* [M] |I|, different sequences in list m */
    rri_list *list;      /* [M+1] owned copy of key and start; the following is not in the file: */
    rri_key_space space; /* the directory */
    unsigned shift;      /* rank >> shift is a bucket */
    uint32_t *first;     /* [buckets+1] owned; lists of bucket b: first[b] .. first[b+1]-1 */
    struct {
        uint64_t *key;
        uint64_t *start;
        rr_posting *entry;
        uint32_t *distinct;
    } own;
} rri_postings;

/* Build from the traces; *out must be zero, and stays so where full keys do not fit 64 bits. Peak
 * memory: twice the entries where there are no more ranks than steps, else four times. */
rr_status rri_postings_build(const rr_traces *t, rr_key kind, rri_postings *out, rr_error *err);

/* Build the directory of p, whose keys are those of these traces. Look-ups stay within the M keys
 * whatever they are. */
rr_status rri_postings_direct(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err);

/* Build the directory, and check that p equals what building from t would give: FORMAT names the
 * array and the index. */
rr_status rri_postings_check(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err);

/* The list of a key: its number, or p->keys where there is none. */
size_t rri_postings_find(const rri_postings *p, uint64_t key);

/* The number of different keys of each of N sequences, [N], freed by the caller. */
rr_status rri_postings_sizes(const rri_postings *p, size_t N, uint32_t **out, rr_error *err);

void rri_postings_clear(rri_postings *p);

/* ---- marks.c: long lists as bits ------------------------------------------------------------ */

typedef struct rri_marks {
    size_t words;   /* of a row: N / 64, rounded up */
    uint32_t *row;  /* [M] of each list, or RRI_NO_MARKS */
    uint64_t *bits; /* [rows][words] bit i is set where the list has sequence i */
} rri_marks;

#define RRI_NO_MARKS UINT32_MAX

rr_status rri_marks_new(const rri_postings *p, size_t N, rri_marks **out, rr_error *err);
void rri_marks_free(rri_marks *k);

/* ---- distance.c: lp distances as table look-ups ---------------------------------------------- */

/* With the feature of a step f = [ (q+1)/(K+2), (y+1)/(C+1), C_q[0..C-1] ],
 *
 *   sum over entries of |f - f'|^p = state[q][q'] + label[y - y']
 *
 * A padded step has all-zero features. No step of a trace is in state 0, so row and column 0 of
 * `state` stand for padding; its label is y = -1, for which the second term is then correct. The
 * terms carry the factor RRI_DISTANCE_SCALE, so that differences of neighbouring states do not
 * underflow in float at large p. */
typedef struct rri_distance {
    double p;
    size_t rows; /* K+1 */
    size_t classes;
    const float *confidence; /* [K+1][C] borrowed */
    float *state; /* [K+1][K+1]; NULL above RRI_DISTANCE_KEPT states: rri_distance_row() */
    float *label; /* [2C+1], of y - y' = -C..C */
} rri_distance;

#define RRI_DISTANCE_SCALE 0x1p80
#define RRI_DISTANCE_MAX_P 16.0
enum { RRI_DISTANCE_KEPT = 1023 }; /* 4 MiB */

/* confidence is [K+1][C], row 0 all zeros. */
rr_status rri_distance_new(double p, size_t states, size_t classes, const float *confidence,
                           rri_distance **out, rr_error *err);
void rri_distance_free(rri_distance *d);

/* The row [K+1] of state q: in the table, or else computed into `own`. */
const float *rri_distance_row(const rri_distance *d, size_t q, float *own);

/* [C] of label y, -1 for padding; entry -1 is that of padding. */
static inline const float *rri_distance_label(const rri_distance *d, int32_t y)
{
    return d->label + ((ptrdiff_t)d->classes - y);
}

/* The fixed order of summation, in float: chunks of RRI_DISTANCE_CHUNK steps are summed and then
 * added to the running sum; first the steps that both have, then those only the longer has. So all
 * ways to compute a score give the same bits. */
enum { RRI_DISTANCE_CHUNK = 64 };
float rri_distance_pair(const rri_distance *d, const uint16_t *qa, const uint16_t *ya, size_t ta,
                        const uint16_t *qb, const uint16_t *yb, size_t tb);
/* The running sum after t more steps against padding. */
float rri_distance_pad(const rri_distance *d, float sum, const uint16_t *q, const uint16_t *y,
                       size_t t);

/* The sums of `count` pairs at once, of one trace of ta steps, given the rows of its steps, and of
 * traces of tb steps each; count is at most RRI_DISTANCE_PAIRS. */
enum { RRI_DISTANCE_PAIRS = 4 };
void rri_distance_pairs(const rri_distance *d, const float *const *state, const float *const *label,
                        const rr_trace *a, const rr_trace *b, size_t count, float *sum);

/* 1 - (sum / (T*(C+2)))^(1/p) of n scaled sums in place; T the longer length of all of them. */
void rri_distance_score(const rri_distance *d, size_t steps, float *sum, size_t n);
/* A scaled sum that every trace of this or a higher score stays below. */
float rri_distance_limit(const rri_distance *d, size_t steps, float score);

/* ---- sketch.c: a coarse copy of the training traces ----------------------------------------- */

/* Sequences in blocks of up to 64; those of a block are alike. Block b has rows row[b]..row[b+1]-1
 * of codes, one a step of its longest sequence, and the sequences id[first[b]]..id[first[b+1]-1],
 * one a lane. */
typedef struct rri_sketch {
    size_t states, classes;
    bool padded;          /* lengths differ, so that there are padded steps */
    size_t steps;         /* of the longest sequence */
    size_t blocks;        /* at least 1 */
    uint64_t *key;        /* [blocks] of the first sequence of each, rising */
    size_t *first;        /* [blocks+1] */
    size_t *row;          /* [blocks+1] */
    uint32_t *id;         /* [N] */
    uint8_t *code;        /* [row[blocks]][64], see kernel/scan.h */
    uint8_t *state_group; /* [K+1], state 0 being a padded step */
    uint8_t *label_group; /* [C] */
} rri_sketch;

rr_status rri_sketch_new(const rr_traces *t, size_t states, size_t classes, const float *confidence,
                         rri_sketch **out, rr_error *err);
void rri_sketch_free(rri_sketch *s);

/* The smallest term of each group, of states and then of labels, low [RRI_SKETCH_ROW], given those
 * of the states [K+1] and of the labels -1..C-1 of a step. */
enum { RRI_SKETCH_ROW = 40 };
void rri_sketch_row(const rri_sketch *s, const float *state, const float *label, float *low);

/* Where a trace stands among the sorted sequences, and the block it would be in. */
uint64_t rri_sketch_key(const rri_sketch *s, const rr_trace *a);
size_t rri_sketch_find(const rri_sketch *s, uint64_t key);

/* ---- time_major.c: training traces, time-major ---------------------------------------------- */

/* For equal lengths, K <= 255 and C <= 256: step t of the i-th sequence of the sketch at
 * [t*stride + i]. */
typedef struct rri_time_major {
    size_t steps;   /* T */
    size_t stride;  /* N rounded up to 64; the rest is zero */
    uint8_t *state; /* [T][stride] */
    uint8_t *label; /* [T][stride] y */
} rri_time_major;

/* *out is NULL for other traces. */
rr_status rri_time_major_new(const rr_traces *t, const rri_sketch *order, rri_time_major **out,
                             rr_error *err);
void rri_time_major_free(rri_time_major *l);

/* ---- tables.c: made when first asked for ---------------------------------------------------- */

typedef struct rri_tables rri_tables;

rr_status rri_tables_new(rri_tables **out, rr_error *err);
void rri_tables_free(rri_tables *t);

/* Each is borrowed from the model. The time-major copy is NULL for traces that cannot have one;
 * sizes is [N], the number of different keys of each sequence. */
rr_status rri_tables_sketch(const rr_influence *inf, const rri_sketch **out, rr_error *err);
rr_status rri_tables_time_major(const rr_influence *inf, const rri_time_major **out, rr_error *err);
rr_status rri_tables_marks(const rr_influence *inf, rr_key kind, const rri_marks **out,
                           rr_error *err);
rr_status rri_tables_sizes(const rr_influence *inf, rr_key kind, const uint32_t **out,
                           rr_error *err);

/* ---- model.c --------------------------------------------------------------------------------- */

typedef struct rri_novelty rri_novelty;

struct rr_influence {
    rr_influence_config config;
    rr_influence_info info;
    rr_states_origin origin;
    size_t width;          /* D of the source, 0 for symbol data */
    size_t vocabulary;     /* V of the source, 0 for frame data */
    rri_pca *pca;          /* owned, as all below */
    rri_gmm *gmm;          /* */
    rri_codebook *book;    /* NULL for symbol data, or without symbols */
    float *confidence;     /* [K+1][C], row 0 zero */
    rr_curve_point *curve; /* [points] */
    size_t points;
    rr_choice choice;
    rr_traces *training;
    rri_postings postings[RRI_KINDS];
    rri_distance *l1;      /* for p = 1 */
    rri_novelty *novelty;  /* NULL without limits; novelty.h */
    rri_tables *tables;    /* owned, tables.c */
    rri_safetensors *file; /* the views point into it; NULL when built */
};

/* Compute what the file does not hold and is not left to tables.c; the last step of building and of
 * loading. */
rr_status rri_influence_ready(rr_influence *inf, rr_error *err);

/* Fill in the choice, of a model with traces, curve and settings: a part of that step. NOMEM. */
rr_status rri_influence_choose(rr_influence *inf, rr_error *err);

#endif
