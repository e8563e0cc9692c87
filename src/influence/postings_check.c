/* SPDX-License-Identifier: MIT */
/* postings_check.c - checks that the posting lists of a file agree with its traces.
 *
 * Lists that follow one another, each sorted without repetition and with the key of its entries,
 * contain no step twice; with as many entries as there are steps they contain every step. So one
 * pass through the lists and the step of each entry proves that they equal what building gives. It
 * is fast, by all cores, and only gives a yes or no. On a no, a second pass finds the array and the
 * index for the message. */
#include "influence/postings.h"

#include <stdatomic.h>
#include <string.h>

enum {
    CHUNK = 256,   /* entries checked together */
    TASK = 1 << 15 /* entries of a task of lists, about */
};

/* Lists follow one another and their keys rise; after this all entry indices are valid. */
static bool in_order(const rr_traces *t, const rri_postings *p)
{
    if (p->start[0] != 0 || p->start[p->keys] != t->steps)
        return false;
    for (size_t m = 0; m < p->keys; m++)
        if (p->start[m + 1] <= p->start[m] || (m > 0 && p->key[m] <= p->key[m - 1]))
            return false;
    return true;
}

/* Two neighbours of an array of u16, as one number. */
static inline uint32_t pair_at(const uint16_t *x)
{
    uint32_t both = 0;

    memcpy(&both, x, sizeof both);
    return both;
}

static inline uint32_t pair_of(uint64_t first, uint64_t second)
{
    const uint16_t x[2] = { (uint16_t)first, (uint16_t)second };

    return pair_at(x);
}

/* The values that all entries of a list must have: the parts of its key. Two parts that are
 * adjacent in an array of the traces are compared as one pair. The first step has no previous
 * values. */
typedef struct expected {
    uint32_t states; /* transition: q_{t-1} and q_t, or q_t; state-symbol: q_{t-1} */
    uint32_t labels; /* transition: y_{t-1} and y_t, or y_t */
    uint32_t symbol; /* state-symbol: x_t */
} expected;

/* The kinds of lists; each has its own loop. */
typedef enum shape { SYMBOL_FIRST, SYMBOL_LATER, TRANSITION_FIRST, TRANSITION_LATER } shape;

static shape shape_of(rr_key kind, uint64_t key, expected *w)
{
    *w = (expected){ 0 };
    if (kind == RR_KEY_STATE_SYMBOL) {
        w->states = (uint32_t)(key >> 32);
        w->symbol = (uint32_t)key;
        return w->states == 0 ? SYMBOL_FIRST : SYMBOL_LATER;
    }
    if (key >> 32 == RRI_NO_LABEL) { /* q_0 = 0 before it */
        w->states = (uint32_t)key & 0xFFFFu;
        w->labels = (uint32_t)(key >> 16) & 0xFFFFu;
        return TRANSITION_FIRST;
    }
    w->states = pair_of(key >> 48, key);
    w->labels = pair_of(key >> 32, key >> 16);
    return TRANSITION_LATER;
}

/* Whether the step in row `row` of all traces is as expected; a later step has one before it. */
static inline bool fits(const rr_traces *t, shape kind, const expected *w, size_t row)
{
    const uint16_t *state = t->state + row;
    const uint16_t *label = t->prediction + row;

    switch (kind) {
    case SYMBOL_FIRST:
        return t->symbol[row] == w->symbol;
    case SYMBOL_LATER:
        return t->symbol[row] == w->symbol && state[-1] == w->states;
    case TRANSITION_FIRST:
        return *state == w->states && *label == w->labels;
    case TRANSITION_LATER:
        return pair_at(state - 1) == w->states && pair_at(label - 1) == w->labels;
    }
    return false;
}

/* The state of the walk through a list. */
typedef struct progress {
    uint64_t last;     /* sequence << 32 | step of the entry before; 0 at first: steps begin at 1 */
    uint32_t distinct; /* sequences */
} progress;

/* The rows of n entries, which must be sorted and exist, and be all first steps or all later
 * ones. */
static inline bool rows_of(const rr_traces *t, const rr_posting *entry, size_t n, bool first_steps,
                           progress *at, size_t *row)
{
    uint64_t last = at->last;
    uint32_t distinct = at->distinct;

    for (size_t r = 0; r < n; r++) {
        const rr_posting e = entry[r];
        const uint64_t position = (uint64_t)e.sequence << 32 | e.step;
        if (e.sequence >= t->count || position <= last || (e.step == 1) != first_steps)
            return false;
        const uint64_t begin = t->offset[e.sequence];
        if (e.step - 1u >= t->offset[e.sequence + 1] - begin)
            return false;
        row[r] = (size_t)begin + e.step - 1;
        distinct += last == 0 || e.sequence != (uint32_t)(last >> 32);
        last = position;
    }
    *at = (progress){ last, distinct };
    return true;
}

/* Whether the entries of a list are sorted, exist, and are as expected; *distinct: its sequences.
 * Rows are computed first, so that the loads of the steps, likely cache misses, overlap. */
static inline bool list_fits(const rr_traces *t, shape kind, const expected *w,
                             const rr_posting *entry, size_t n, uint32_t *distinct)
{
    const bool first_steps = kind == SYMBOL_FIRST || kind == TRANSITION_FIRST;
    size_t row[CHUNK];
    progress at = { 0, 0 };
    bool good = true;

    for (size_t begin = 0; begin < n && good; begin += CHUNK) {
        const size_t m = rri_min(n - begin, CHUNK);
        if (!rows_of(t, entry + begin, m, first_steps, &at, row))
            return false;
        for (size_t r = 0; r < m; r++)
            good &= fits(t, kind, w, row[r]);
    }
    *distinct = at.distinct;
    return good;
}

/* Whether list m equals what building gives. */
static bool check_list(const rr_traces *t, rr_key kind, const rri_postings *p, size_t m)
{
    const rr_posting *entry = p->entry + p->start[m];
    const size_t n = (size_t)(p->start[m + 1] - p->start[m]);
    uint32_t distinct = 0;
    bool good = false;
    expected w;

    switch (shape_of(kind, p->key[m], &w)) {
    case SYMBOL_FIRST:
        good = list_fits(t, SYMBOL_FIRST, &w, entry, n, &distinct);
        break;
    case SYMBOL_LATER:
        good = list_fits(t, SYMBOL_LATER, &w, entry, n, &distinct);
        break;
    case TRANSITION_FIRST:
        good = list_fits(t, TRANSITION_FIRST, &w, entry, n, &distinct);
        break;
    case TRANSITION_LATER:
        good = list_fits(t, TRANSITION_LATER, &w, entry, n, &distinct);
        break;
    }
    return good && distinct == p->distinct[m];
}

typedef struct checking {
    const rr_traces *t;
    rr_key kind;
    const rri_postings *p;
    size_t tasks;
    atomic_bool bad; /* a list of some task */
} checking;

/* The list that has this entry. */
static size_t list_of(const rri_postings *p, uint64_t entry)
{
    size_t low = 0;
    size_t high = p->keys;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->start[middle + 1] <= entry)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A task begins with the list of its first entry, and ends before that of the next task. */
static void check_some(void *ctx, size_t task, size_t worker)
{
    checking *c = ctx;
    const size_t end =
        task + 1 == c->tasks ? c->p->keys : list_of(c->p, (uint64_t)(task + 1) * TASK);

    (void)worker;
    for (size_t m = list_of(c->p, (uint64_t)task * TASK);
         m < end && !atomic_load_explicit(&c->bad, memory_order_relaxed); m++)
        if (!check_list(c->t, c->kind, c->p, m))
            atomic_store(&c->bad, true);
}

static bool lists_fit(const rr_traces *t, rr_key kind, const rri_postings *p)
{
    checking c = { .t = t, .kind = kind, .p = p, .tasks = rri_blocks(t->steps, TASK) };

    rri_parallel(0, c.tasks, check_some, &c);
    return !atomic_load(&c.bad);
}

/* ---- finding the error ---------------------------------------------------------------------- */

static rr_status bad(rr_key kind, const char *array, size_t where, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)where, "array postings.%s.%s: %s at %zu",
                    rr_enum_name(RR_ENUM_KEY, kind), array, what, where);
}

static uint64_t key_of(const rr_traces *t, rr_key kind, rr_posting e)
{
    const rr_trace a = rr_traces_at(t, e.sequence);

    return rri_key(kind, a.states, a.predictions, a.symbols, e.step);
}

static rr_status name_in_list(const rr_traces *t, rr_key kind, const rri_postings *p, size_t m,
                              rr_error *err)
{
    size_t sequences = 0;

    for (size_t r = (size_t)p->start[m]; r < p->start[m + 1]; r++) {
        const rr_posting e = p->entry[r];
        if (e.sequence >= t->count)
            return bad(kind, "entry", r, "a sequence that does not exist", err);
        if (e.step < 1 || e.step > t->offset[e.sequence + 1] - t->offset[e.sequence])
            return bad(kind, "entry", r, "a step its sequence does not have", err);
        if (r > p->start[m]) {
            const rr_posting b = p->entry[r - 1];
            if (e.sequence < b.sequence || (e.sequence == b.sequence && e.step <= b.step))
                return bad(kind, "entry", r, "a list that is not sorted", err);
        }
        if (key_of(t, kind, e) != p->key[m])
            return bad(kind, "entry", r, "a step that has another key", err);
        sequences += r == p->start[m] || e.sequence != p->entry[r - 1].sequence;
    }
    if (p->distinct[m] != sequences)
        return bad(kind, "distinct", m, "a wrong number of sequences", err);
    return RR_OK;
}

/* By the argument at the top of the file this finds an error whenever the fast pass does. */
static rr_status name_fault(const rr_traces *t, rr_key kind, const rri_postings *p, rr_error *err)
{
    if (p->start[0] != 0)
        return bad(kind, "start", 0, "a first list that does not begin at 0", err);
    for (size_t m = 0; m < p->keys; m++) {
        if (m > 0 && p->key[m] <= p->key[m - 1])
            return bad(kind, "key", m, "a key that is not above the one before it", err);
        if (p->start[m + 1] <= p->start[m] || p->start[m + 1] > t->steps)
            return bad(kind, "start", m + 1, "a list end out of order", err);
        const rr_status st = name_in_list(t, kind, p, m, err);
        if (st != RR_OK)
            return st;
    }
    return bad(kind, "start", p->keys, "an end before the last step", err);
}

rr_status rri_postings_check(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err)
{
    if (!in_order(t, p) || !lists_fit(t, kind, p))
        return name_fault(t, kind, p, err);
    return rri_postings_direct(t, kind, p, err);
}
