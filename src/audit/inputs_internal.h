/* SPDX-License-Identifier: MIT */
/* inputs_internal.h - the two forms of rri_inputs. Internal to inputs*.c. */
#ifndef RRI_AUDIT_INPUTS_INTERNAL_H
#define RRI_AUDIT_INPUTS_INTERNAL_H

#include "audit/inputs.h"

typedef struct rri_input_frames rri_input_frames;
typedef struct rri_input_symbols rri_input_symbols;

struct rri_inputs {
    size_t N, references, parts;
    bool scaled;
    uint32_t *reference; /* [references] numbers of training sequences, rising */
    rri_input_frames *frames;
    rri_input_symbols *symbols; /* one of the two is NULL */
};

/* The nearest of one sequence so far, best first. */
typedef struct rri_nearest {
    size_t n;
    float score[RRI_NEAREST]; /* larger is nearer */
    uint32_t id[RRI_NEAREST];
} rri_nearest;

/* Ids come in rising order: among equal scores the earlier one stays in front. */
static inline void rri_nearest_add(rri_nearest *b, float score, uint32_t id)
{
    size_t k = b->n;

    if (k == RRI_NEAREST && !(score > b->score[k - 1]))
        return;
    k = k == RRI_NEAREST ? k - 1 : k;
    for (; k > 0 && score > b->score[k - 1]; k--) {
        b->score[k] = b->score[k - 1];
        b->id[k] = b->id[k - 1];
    }
    b->score[k] = score;
    b->id[k] = id;
    b->n += b->n < RRI_NEAREST;
}

/* Sequences i * stride of ds, i from begin to end, whose own number, where `inside`, is no
 * neighbour: best[i - begin]. */
rr_status rri_input_frames_new(const rr_dataset *ds, rri_inputs *x, size_t most_work,
                               rr_error *err);
rr_status rri_input_frames_search(const rri_inputs *x, const rr_dataset *ds, bool inside,
                                  size_t stride, size_t begin, size_t end, size_t threads,
                                  rri_nearest *best, rr_error *err);
void rri_input_frames_free(rri_input_frames *f); /* NULL is allowed */

rr_status rri_input_symbols_new(const rr_dataset *ds, rri_inputs *x, size_t most_work,
                                rr_error *err);
rr_status rri_input_symbols_search(const rri_inputs *x, const rr_dataset *ds, bool inside,
                                   size_t stride, size_t begin, size_t end, size_t threads,
                                   rri_nearest *best, rr_error *err);
void rri_input_symbols_free(rri_input_symbols *s); /* NULL is allowed */

/* The median length of the sequences. Errors: NOMEM. */
rr_status rri_inputs_median(const rr_dataset *ds, size_t *out, rr_error *err);

/* Keep so many references, evenly spaced. Errors: NOMEM. */
rr_status rri_inputs_refer(rri_inputs *x, size_t references, rr_error *err);

#endif
