/* SPDX-License-Identifier: MIT */
/* inputs_symbols.c - nearest sequences of symbols: cosines of tf-idf by the lists of the references
 * that hold a symbol. */
#include "audit/inputs_internal.h"

#include "rnnrepair/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 32 }; /* sequences of a task */

/* A list is walked at a fraction of the speed of a product. */
static const size_t SLOWNESS = 30;

struct rri_input_symbols {
    size_t V, first; /* symbols below `first` are padding and unknown words */
    float *weight;   /* [V] idf */
    size_t *begin;   /* [V + 1] of each symbol's list */
    uint32_t *which; /* references, rising in each list */
    float *value;    /* their tf-idf of it */
};

void rri_input_symbols_free(rri_input_symbols *s)
{
    if (s == NULL)
        return;
    rri_free(s->weight);
    rri_free(s->begin);
    rri_free(s->which);
    rri_free(s->value);
    rri_free(s);
}

/* The distinct symbols of a sequence that count, rising, and how often each occurs. Returns their
 * number; symbols and times are [T]. */
static size_t distinct(const rri_input_symbols *s, const rr_sequence *q, uint32_t *symbols,
                       float *times)
{
    size_t n = 0, m = 0;

    for (size_t t = 0; t < q->steps; t++)
        if (q->symbols[t] >= s->first && q->symbols[t] < s->V)
            symbols[m++] = q->symbols[t];
    qsort(symbols, m, sizeof *symbols, rri_by_u32);
    for (size_t t = 0; t < m; t++) {
        if (n > 0 && symbols[n - 1] == symbols[t]) {
            times[n - 1] += 1.0F;
            continue;
        }
        symbols[n] = symbols[t];
        times[n++] = 1.0F;
    }
    return n;
}

/* tf-idf of length 1 in the place of the times. */
static void weigh(const rri_input_symbols *s, const uint32_t *symbols, size_t n, float *times)
{
    double squares = 0.0;

    for (size_t k = 0; k < n; k++) {
        times[k] *= s->weight[symbols[k]];
        squares += (double)times[k] * (double)times[k];
    }
    for (size_t k = 0; k < n; k++)
        times[k] = (float)((double)times[k] / sqrt(squares));
}

/* Room for the symbols of the longest sequence. */
typedef struct scratch {
    uint32_t *symbols; /* [T] */
    float *values;     /* [T] */
} scratch;

static void scratch_free(scratch *r)
{
    rri_free(r->symbols);
    rri_free(r->values);
}

static rr_status scratch_new(size_t n, scratch *out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->symbols, n, 1, sizeof *out->symbols, err));
    RRI_TRY(rri_alloc(&out->values, n, 1, sizeof *out->values, err));

done:
    return st;
}

/* The first symbol that says something: in the vocabulary of a text the padding and the unknown
 * word do not, while a network trained elsewhere may have tokens of its own there. */
static uint32_t first_symbol(const rr_vocabulary *words)
{
    const int special = words != NULL && rr_vocabulary_size(words) > RR_WORD_UNKNOWN &&
                        strcmp(rr_vocabulary_word(words, RR_WORD_PAD), "<pad>") == 0 &&
                        strcmp(rr_vocabulary_word(words, RR_WORD_UNKNOWN), "<unk>") == 0;

    return special ? RR_WORD_UNKNOWN + 1 : 0;
}

/* How many sequences hold each symbol, their weights, and the words that a search over all would
 * compare. */
static rr_status count_symbols(const rr_dataset *ds, rri_input_symbols *s, scratch *r, double *work,
                               rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    size_t *holds = NULL; /* [V] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&holds, s->V, 1, sizeof *holds, err));
    RRI_TRY(rri_alloc(&s->weight, s->V, 1, sizeof *s->weight, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence q = rr_dataset_at(ds, i);
        const size_t n = distinct(s, &q, r->symbols, r->values);
        for (size_t k = 0; k < n; k++)
            holds[r->symbols[k]]++;
    }
    *work = 0.0;
    for (size_t v = 0; v < s->V; v++) {
        s->weight[v] = (float)(1.0 + log((1.0 + (double)N) / (1.0 + (double)holds[v])));
        *work += (double)holds[v] * (double)holds[v];
    }

done:
    rri_free(holds);
    return st;
}

/* The lists of the references: counted, then filled. */
static rr_status list_references(const rr_dataset *ds, const rri_inputs *x, rri_input_symbols *s,
                                 scratch *r, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->begin, s->V + 2, 1, sizeof *s->begin, err));
    for (size_t j = 0; j < x->references; j++) {
        const rr_sequence q = rr_dataset_at(ds, x->reference[j]);
        const size_t n = distinct(s, &q, r->symbols, r->values);
        for (size_t k = 0; k < n; k++)
            s->begin[r->symbols[k] + 2]++;
    }
    for (size_t v = 2; v < s->V + 2; v++)
        s->begin[v] += s->begin[v - 1];
    RRI_TRY(rri_alloc(&s->which, s->begin[s->V + 1], 1, sizeof *s->which, err));
    RRI_TRY(rri_alloc(&s->value, s->begin[s->V + 1], 1, sizeof *s->value, err));
    for (size_t j = 0; j < x->references; j++) { /* afterwards begin[v + 1] is the end of v */
        const rr_sequence q = rr_dataset_at(ds, x->reference[j]);
        const size_t n = distinct(s, &q, r->symbols, r->values);
        weigh(s, r->symbols, n, r->values);
        for (size_t k = 0; k < n; k++) {
            const size_t at = s->begin[r->symbols[k] + 1]++;
            s->which[at] = (uint32_t)j;
            s->value[at] = r->values[k];
        }
    }

done:
    return st;
}

rr_status rri_input_symbols_new(const rr_dataset *ds, rri_inputs *x, size_t most_work,
                                rr_error *err)
{
    rri_input_symbols *s = NULL;
    scratch r = { .symbols = NULL };
    double work = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x->symbols, 1, 1, sizeof *x->symbols, err));
    s = x->symbols;
    s->V = rr_dataset_vocabulary(ds);
    s->first = first_symbol(rr_dataset_words(ds));
    RRI_TRY(scratch_new(rr_dataset_max_steps(ds), &r, err));
    RRI_TRY(count_symbols(ds, s, &r, &work, err));
    const size_t words = most_work / SLOWNESS;
    const double most = (double)words / fmax(1.0, work) * (double)x->N;
    RRI_TRY(rri_inputs_refer(x, most < (double)x->N ? rri_max(RRI_NEAREST + 1, (size_t)most) : x->N,
                             err));
    RRI_TRY(list_references(ds, x, s, &r, err));

done:
    scratch_free(&r);
    return st;
}

/* ---- search --------------------------------------------------------------------------------- */

typedef struct search {
    const rri_inputs *x;
    const rr_dataset *ds;
    bool inside;
    size_t stride, begin, end, longest;
    scratch room;  /* [workers][longest] */
    float *cosine; /* [workers][references] */
    rri_nearest *best;
} search;

static void search_one(const search *q, size_t i, size_t worker)
{
    const rri_input_symbols *s = q->x->symbols;
    const rr_sequence asked = rr_dataset_at(q->ds, i * q->stride);
    uint32_t *symbols = q->room.symbols + worker * q->longest;
    float *values = q->room.values + worker * q->longest;
    float *cosine = q->cosine + worker * q->x->references;
    const size_t n = distinct(s, &asked, symbols, values);

    weigh(s, symbols, n, values);
    memset(cosine, 0, q->x->references * sizeof *cosine);
    for (size_t k = 0; k < n; k++)
        for (size_t at = s->begin[symbols[k]]; at < s->begin[symbols[k] + 1]; at++)
            cosine[s->which[at]] += values[k] * s->value[at];
    for (size_t r = 0; r < q->x->references; r++)
        if (cosine[r] > 0.0F && !(q->inside && q->x->reference[r] == i * q->stride))
            rri_nearest_add(&q->best[i - q->begin], cosine[r], q->x->reference[r]);
}

static void search_block(void *ctx, size_t task, size_t worker)
{
    const search *q = ctx;
    const size_t begin = q->begin + task * ROWS;
    const size_t end = rri_min(begin + ROWS, q->end);

    for (size_t i = begin; i < end; i++)
        search_one(q, i, worker);
}

rr_status rri_input_symbols_search(const rri_inputs *x, const rr_dataset *ds, bool inside,
                                   size_t stride, size_t begin, size_t end, size_t threads,
                                   rri_nearest *best, rr_error *err)
{
    const size_t workers = rri_threads(threads);
    search q = { .x = x,
                 .ds = ds,
                 .inside = inside,
                 .stride = stride,
                 .begin = begin,
                 .end = end,
                 .longest = rr_dataset_max_steps(ds),
                 .best = best };
    rr_status st = RR_OK;

    if (rr_dataset_vocabulary(ds) == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "frames, where the training set has symbols");
    RRI_TRY(scratch_new(workers * q.longest, &q.room, err));
    RRI_TRY(rri_alloc(&q.cosine, workers, x->references, sizeof *q.cosine, err));
    rri_parallel(threads, rri_blocks(end - begin, ROWS), search_block, &q);

done:
    scratch_free(&q.room);
    rri_free(q.cosine);
    return st;
}
