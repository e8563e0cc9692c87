/* SPDX-License-Identifier: MIT */
/* dropout.c - inverted dropout [Srivastava14]: in a training step each value is set to 0 with
 * probability p, and divided by 1 - p otherwise, so that its expectation is unchanged.
 *
 * The mask of a sequence is a random stream of its own, addressed by the update and the sequence's
 * position in the batch: forward and backward generate the same one, no mask is stored, and the
 * thread does not matter. A value takes 16 bits, so p is exact to 2^-17. */
#include "network/shard.h"

#include <math.h>

enum { INPUT = 0, LAST = 1 }; /* kinds of streams */

/* A mask in progress. */
typedef struct mask {
    rri_random stream;
    uint32_t limit; /* a number of 16 bits below it is dropped */
    float scale;
} mask;

static mask mask_of(const rri_shard *s, size_t b, unsigned what)
{
    const rri_dropout *d = &s->dropout;
    const float rate = what == INPUT ? d->input : d->last;
    const long rounded = lrintf(rate * 65536.0f);
    const uint32_t limit = rounded < 65535 ? (uint32_t)rounded : 65535;
    const uint64_t position =
        d->position != NULL ? d->position[s->order[b]] : d->first + s->order[b];

    return (mask){ .stream = rri_random_at(d->seed, RRI_RANDOM_DROPOUT,
                                           d->step << 32 | position << 1 | what),
                   .limit = limit,
                   .scale = 65536.0f / (65536.0f - (float)limit) };
}

/* The next n values of the mask on x; a block of the stream serves eight values. */
static void apply(mask *m, size_t n, float *x)
{
    rri_random *r = &m->stream;

    for (size_t i = 0; i < n; i += 8) {
        uint32_t word[4];
        rri_random_block(r->seed, r->purpose, r->a, r->b++, word);
        for (size_t j = 0; j < 8 && i + j < n; j++) {
            const uint32_t bits = word[j / 2] >> (j % 2 * 16) & 0xffff;
            x[i + j] = bits < m->limit ? 0.0f : x[i + j] * m->scale;
        }
    }
}

void rri_drop_input(const rri_shard *s, float *x)
{
    const size_t D = s->cfg.width;

    for (size_t b = 0; b < s->count; b++) {
        mask m = mask_of(s, b, INPUT);
        for (size_t t = 0; t < s->length[b]; t++)
            apply(&m, D, x + rri_shard_row(s, t, b) * D);
    }
}

void rri_drop_last(const rri_shard *s, float *last)
{
    const size_t H = s->cfg.hidden;

    for (size_t b = 0; b < s->count; b++) {
        mask m = mask_of(s, b, LAST);
        if (s->cfg.output == RR_OUTPUT_LAST)
            apply(&m, H, last + b * H);
        for (size_t t = 0; s->cfg.output == RR_OUTPUT_STEP && t < s->length[b]; t++)
            apply(&m, H, last + rri_shard_row(s, t, b) * H);
    }
}
