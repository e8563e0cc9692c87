/* SPDX-License-Identifier: MIT */
/* sketch.c - a coarse copy of the training traces: one byte a step, for scans (kernel/scan.h).
 *
 * States that are near each other share a group, and so do labels: centres are chosen farthest
 * first [Gonzalez85], a distance counting as often as its state occurs. The smallest distance to a
 * member of a group is a lower bound of that to each of them, so no choice of groups changes what
 * a query finds.
 *
 * Sequences are sorted by length, then by their codes at the end and further back, so that those
 * of a block are alike: most blocks are left after a few steps. A block of sequences has as many
 * steps as its longest; the others are padded. */
#include "influence/model.h"

#include "io/scratch_array.h"
#include "kernel/scan.h"

#include <math.h>
#include <string.h>

enum {
    LANES = RRI_SCAN_LANES,
    SAMPLE = 65536, /* steps whose states and labels are counted, about */
    DIGIT = 256,    /* values of a digit of a sort key */
    NO_GROUP = UINT8_MAX
};

/* ---- groups ---------------------------------------------------------------------------------- */

/* Points in groups: x is [n][dim], near scratch [n]. */
static void group_points(const float *x, size_t n, size_t dim, const uint32_t *weight,
                         size_t groups, float *near, uint8_t *group)
{
    size_t centre = 0;

    for (size_t i = 0; i < n; i++) {
        near[i] = INFINITY;
        centre = weight[i] > weight[centre] ? i : centre;
    }
    for (size_t g = 0; g < groups; g++) {
        const float *c = x + centre * dim;
        float most = -1.0f;
        for (size_t i = 0; i < n; i++) {
            float d = 0.0f;
            for (size_t j = 0; j < dim; j++)
                d += fabsf(x[i * dim + j] - c[j]);
            if (d < near[i]) {
                near[i] = d;
                group[i] = (uint8_t)g;
            }
        }
        for (size_t i = 0; i < n; i++) {
            const float far = near[i] * (1.0f + (float)weight[i]);
            if (far > most) {
                most = far;
                centre = i;
            }
        }
    }
}

/* Groups of n values numbered from 0: of their own while there are enough; x and weight are then
 * not looked at. */
static rr_status find_groups(const float *x, size_t n, size_t dim, const uint32_t *weight,
                             size_t groups, uint8_t *group, rr_error *err)
{
    float *near = NULL;
    rr_status st = RR_OK;

    if (n <= groups) {
        for (size_t i = 0; i < n; i++)
            group[i] = (uint8_t)i;
        return RR_OK;
    }
    RRI_TRY(rri_alloc(&near, n, 1, sizeof *near, err));
    group_points(x, n, dim, weight, groups, near, group);

done:
    rri_free(near);
    return st;
}

/* How often each of n values occurs in every stride-th step. */
static void count_values(const uint16_t *value, size_t steps, uint32_t *count)
{
    const size_t stride = steps / SAMPLE + 1;

    for (size_t r = 0; r < steps; r += stride)
        count[value[r]]++;
}

static rr_status group_states(const rr_traces *t, size_t states, size_t classes,
                              const float *confidence, rri_sketch *s, rr_error *err)
{
    const size_t first = s->padded ? 1 : 0; /* groups before those of the states */
    const size_t groups = RRI_COARSE_STATES - first;
    const size_t dim = classes + 1;
    uint32_t *count = NULL;
    float *x = NULL;
    rr_status st = RR_OK;

    if (states > groups) {
        RRI_TRY(rri_alloc(&count, states + 1, 1, sizeof *count, err));
        RRI_TRY(rri_alloc(&x, states, dim, sizeof *x, err));
        count_values(t->state, t->steps, count);
        for (size_t q = 1; q <= states; q++) {
            float *point = x + (q - 1) * dim;
            point[0] = (float)q / ((float)states + 2.0f);
            memcpy(point + 1, confidence + q * classes, classes * sizeof *point);
        }
    }
    const uint32_t *weight = count != NULL ? count + 1 : NULL; /* of state 1 and on */
    RRI_TRY(find_groups(x, states, dim, weight, groups, s->state_group + 1, err));
    for (size_t q = 1; q <= states; q++)
        s->state_group[q] = (uint8_t)(s->state_group[q] + first);
    s->state_group[0] = s->padded ? 0 : NO_GROUP;

done:
    rri_free(count);
    rri_free(x);
    return st;
}

static rr_status group_labels(const rr_traces *t, size_t classes, rri_sketch *s, rr_error *err)
{
    uint32_t *count = NULL;
    float *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&count, classes, 1, sizeof *count, err));
    RRI_TRY(rri_alloc(&x, classes, 1, sizeof *x, err));
    count_values(t->prediction, t->steps, count);
    for (size_t y = 0; y < classes; y++)
        x[y] = (float)y;
    RRI_TRY(find_groups(x, classes, 1, count, RRI_COARSE_LABELS, s->label_group, err));

done:
    rri_free(count);
    rri_free(x);
    return st;
}

/* The smallest terms of a step: its row of states [K+1], and of labels [-1..C-1]. */
void rri_sketch_row(const rri_sketch *s, const float *state, const float *label, float *low)
{
    float *labels = low + RRI_COARSE_STATES;

    for (size_t g = 0; g < RRI_SKETCH_ROW; g++)
        low[g] = INFINITY;
    for (size_t q = s->padded ? 0 : 1; q <= s->states; q++) {
        float *term = &low[s->state_group[q]];
        *term = state[q] < *term ? state[q] : *term;
    }
    for (size_t y = 0; y < s->classes; y++) {
        float *term = &labels[s->label_group[y]];
        *term = label[y] < *term ? label[y] : *term;
    }
    if (s->padded) /* the code of a padded step is 0 */
        labels[0] = label[-1] < labels[0] ? label[-1] : labels[0];
}

/* ---- order ----------------------------------------------------------------------------------- */

static inline uint8_t code_of(const rri_sketch *s, uint16_t state, uint16_t label)
{
    return (uint8_t)(s->state_group[state] | s->label_group[label] << 5);
}

/* The steps whose codes sort sequences of T steps, most important first. */
enum { KEY_STEPS = 4 };
static inline size_t key_step(size_t T, size_t i)
{
    return T - 1 - (T - 1) * i / KEY_STEPS;
}

uint64_t rri_sketch_key(const rri_sketch *s, const rr_trace *a)
{
    uint64_t key = a->steps;

    for (size_t i = 0; i < KEY_STEPS; i++) {
        const size_t t = key_step(a->steps, i);
        key = key << 8 | code_of(s, a->states[t], a->predictions[t]);
    }
    return key;
}

/* The same of sequence i, given the codes of all steps in the order of the traces. */
static uint64_t key_of(const rr_traces *t, const uint8_t *code, size_t i)
{
    const size_t first = (size_t)t->offset[i];
    const size_t T = (size_t)t->offset[i + 1] - first;
    uint64_t key = T;

    for (size_t k = 0; k < KEY_STEPS; k++)
        key = key << 8 | code[first + key_step(T, k)];
    return key;
}

typedef struct item {
    uint64_t key;
    uint32_t id;
} item;

static inline size_t digit_of(const item *i, unsigned shift)
{
    return (size_t)(i->key >> shift) % DIGIT;
}

/* A stable sort of n items by key, lowest byte first; bytes equal in all are skipped. The result is
 * in *items; *spare has the same length. */
static void sort_items(size_t n, item **items, item **spare)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        const item *from = *items;
        item *to = *spare;
        size_t position[DIGIT + 1] = { 0 };
        for (size_t i = 0; i < n; i++)
            position[digit_of(&from[i], shift) + 1]++;
        if (position[digit_of(&from[0], shift) + 1] == n)
            continue;
        for (size_t d = 1; d < DIGIT; d++)
            position[d] += position[d - 1];
        for (size_t i = 0; i < n; i++)
            to[position[digit_of(&from[i], shift)]++] = from[i];
        *spare = *items;
        *items = to;
    }
}

/* Cut n sorted sequences into blocks: 64 each, fewer where the next is more than twice as long.
 * With first NULL they are only counted. */
static size_t cut_blocks(const item *items, size_t n, rri_sketch *s)
{
    size_t blocks = 0;
    size_t begin = 0;

    for (size_t i = 1; i <= n; i++) {
        const size_t least = (size_t)(items[begin].key >> 32);
        if (i < n && i - begin < LANES && (items[i].key >> 32) <= 2 * least + 16)
            continue;
        if (s->first != NULL) {
            s->key[blocks] = items[begin].key;
            s->first[blocks + 1] = i;
            s->row[blocks + 1] = s->row[blocks] + (size_t)(items[i - 1].key >> 32);
        }
        blocks++;
        begin = i;
    }
    return blocks;
}

static rr_status order_sequences(const rr_traces *t, const uint8_t *code, rri_sketch *s,
                                 rr_error *err)
{
    item *items = NULL;
    item *spare = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_scratch_alloc(&items, t->count, 1, sizeof *items, err));
    RRI_TRY(rri_scratch_alloc(&spare, t->count, 1, sizeof *spare, err));
    for (size_t i = 0; i < t->count; i++)
        items[i] = (item){ key_of(t, code, i), (uint32_t)i };
    sort_items(t->count, &items, &spare);
    s->blocks = cut_blocks(items, t->count, s);
    RRI_TRY(rri_alloc(&s->id, t->count, 1, sizeof *s->id, err));
    RRI_TRY(rri_alloc(&s->key, s->blocks, 1, sizeof *s->key, err));
    RRI_TRY(rri_alloc(&s->first, s->blocks + 1, 1, sizeof *s->first, err));
    RRI_TRY(rri_alloc(&s->row, s->blocks + 1, 1, sizeof *s->row, err));
    cut_blocks(items, t->count, s);
    for (size_t i = 0; i < t->count; i++)
        s->id[i] = items[i].id;
    s->steps = (size_t)(items[t->count - 1].key >> 32);

done:
    rri_scratch_free(items);
    rri_scratch_free(spare);
    return st;
}

size_t rri_sketch_find(const rri_sketch *s, uint64_t key)
{
    size_t low = 0;
    size_t high = s->blocks;

    while (high > low + 1) {
        const size_t middle = low + (high - low) / 2;
        if (s->key[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- the codes ------------------------------------------------------------------------------- */

/* Lanes beyond the end of a sequence stay 0, the code of a padded step. */
static void write_blocks(const rr_traces *t, const uint8_t *code, rri_sketch *s)
{
    for (size_t b = 0; b < s->blocks; b++) {
        const size_t count = s->first[b + 1] - s->first[b];
        const uint32_t *id = s->id + s->first[b];
        uint8_t *block = s->code + s->row[b] * LANES;
        for (size_t lane = 0; lane < count; lane++) /* they lie far apart */
            __builtin_prefetch(code + t->offset[id[lane]]);
        for (size_t lane = 0; lane < count; lane++) {
            const uint8_t *from = code + t->offset[id[lane]];
            const size_t steps = (size_t)(t->offset[id[lane] + 1] - t->offset[id[lane]]);
            for (size_t step = 0; step < steps; step++)
                block[step * LANES + lane] = from[step];
        }
    }
}

static rr_status write_codes(const rr_traces *t, rri_sketch *s, rr_error *err)
{
    uint8_t *code = NULL; /* [R] */
    rr_status st = RR_OK;

    RRI_TRY(rri_scratch_alloc(&code, t->steps, 1, 1, err));
    for (size_t r = 0; r < t->steps; r++)
        code[r] = code_of(s, t->state[r], t->prediction[r]);
    RRI_TRY(order_sequences(t, code, s, err));
    RRI_TRY(rri_scratch_alloc(&s->code, s->row[s->blocks], LANES, 1, err));
    write_blocks(t, code, s);

done:
    rri_scratch_free(code);
    return st;
}

static bool equal_lengths(const rr_traces *t)
{
    for (size_t i = 1; i < t->count; i++)
        if (t->offset[i + 1] - t->offset[i] != t->offset[1])
            return false;
    return true;
}

rr_status rri_sketch_new(const rr_traces *t, size_t states, size_t classes, const float *confidence,
                         rri_sketch **out, rr_error *err)
{
    rri_sketch *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->states = states;
    s->classes = classes;
    s->padded = !equal_lengths(t);
    RRI_TRY(rri_alloc(&s->state_group, states + 1, 1, 1, err));
    RRI_TRY(rri_alloc(&s->label_group, classes, 1, 1, err));
    RRI_TRY(group_states(t, states, classes, confidence, s, err));
    RRI_TRY(group_labels(t, classes, s, err));
    RRI_TRY(write_codes(t, s, err));
    *out = s;
    s = NULL;

done:
    rri_sketch_free(s);
    return st;
}

void rri_sketch_free(rri_sketch *s)
{
    if (s == NULL)
        return;
    rri_free(s->id);
    rri_free(s->key);
    rri_free(s->first);
    rri_free(s->row);
    rri_free(s->state_group);
    rri_free(s->label_group);
    rri_scratch_free(s->code);
    rri_free(s);
}
