/* SPDX-License-Identifier: MIT */
/* page_inputs.c - what the network reads: words and their names, or frames in levels.
 *
 * Frames are stored as levels of one byte between the smallest and the largest value of their
 * column, of images between those of all columns, so that the pixels of a byte each are stored
 * exactly. Where a page would become too large, those of the training set are stored in 16 levels,
 * which take half the space, and then left out. */
#include "report/page_data.h"

#include "workflow/workflow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FINE = 255, COARSE = 15 };

static const rr_split order[] = { RR_SPLIT_TEST, RR_SPLIT_DEV, RR_SPLIT_TRAIN };

/* ---- words ---------------------------------------------------------------------------------- */

/* Words of the data that the vocabulary lacks, sorted. */
typedef struct others {
    const char **words; /* [count] borrowed from the datasets */
    size_t count, capacity;
} others;

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Does the network read word t as unknown, though it is another? */
static bool is_other(const rr_sequence *s, const char *unknown, size_t t)
{
    return s->words != NULL && s->symbols[t] == RR_WORD_UNKNOWN &&
           strcmp(s->words[t], unknown) != 0;
}

static void sort_others(others *o)
{
    size_t n = 0;

    if (o->count > 0) /* else there is no array */
        qsort(o->words, o->count, sizeof *o->words, by_bytes);
    for (size_t i = 0; i < o->count; i++)
        if (n == 0 || strcmp(o->words[n - 1], o->words[i]) != 0)
            o->words[n++] = o->words[i];
    o->count = n;
}

static rr_status add_other(others *o, const char *word, rr_error *err)
{
    rr_status st = RR_OK;

    if (o->count == o->capacity) {
        sort_others(o); /* most words occur often */
        const size_t capacity = rri_max(1024, 4 * o->count);
        if (capacity > o->capacity) {
            RRI_TRY(rri_grow(&o->words, o->capacity, capacity, sizeof *o->words, err));
            o->capacity = capacity;
        }
    }
    o->words[o->count++] = word;

done:
    return st;
}

static rr_status find_others(const rri_page_run *run, const rr_vocabulary *v, others *o,
                             rr_error *err)
{
    const char *unknown = rr_vocabulary_word(v, RR_WORD_UNKNOWN);
    rr_status st = RR_OK;

    for (int i = 0; i < 3; i++) {
        const rr_dataset *ds = run->splits[i].ds;
        for (size_t k = 0; ds != NULL && k < rr_dataset_count(ds); k++) {
            const rr_sequence s = rr_dataset_at(ds, k);
            for (size_t t = 0; t < s.steps; t++)
                if (is_other(&s, unknown, t))
                    RRI_TRY(add_other(o, s.words[t], err));
        }
    }
    sort_others(o);

done:
    return st;
}

static void fill_bytes(const void *from, size_t first, size_t n, unsigned char *out)
{
    memcpy(out, (const unsigned char *)from + first, n);
}

/* One word a line. */
static rr_status add_words(rr_page *page, const rr_vocabulary *v, const others *o, rr_error *err)
{
    const size_t V = rr_vocabulary_size(v);
    rri_page_array a = { .type = RRI_PAGE_U1, .width = 1, .fill = fill_bytes };
    char *text = NULL, *to = NULL;
    rr_status st = RR_OK;

    for (size_t i = 0; i < V + o->count; i++)
        a.rows += strlen(i < V ? rr_vocabulary_word(v, (uint32_t)i) : o->words[i - V]) + 1;
    RRI_TRY(rri_alloc(&text, a.rows, 1, 1, err));
    to = text;
    for (size_t i = 0; i < V + o->count; i++) {
        const char *word = i < V ? rr_vocabulary_word(v, (uint32_t)i) : o->words[i - V];
        const size_t n = strlen(word);
        memcpy(to, word, n + 1);
        to[n] = '\n';
        to += n + 1;
    }
    a.from = text;
    RRI_TRY(rri_page_add(page, &a, NULL, err, "tokens.text"));

done:
    rri_free(text);
    return st;
}

typedef struct symbols {
    const rri_page_split *split;
    const others *others;
    const char *unknown;
    rri_page_type type;
    size_t vocabulary;
} symbols;

static void fill_symbols(const void *from, size_t first, size_t n, unsigned char *out)
{
    const symbols *x = from;
    size_t i = rri_page_sequence_of(x->split, first);

    for (size_t done = 0; done < n; i++) {
        const rr_sequence s = rr_dataset_at(x->split->ds, i);
        for (size_t t = 0; t < s.steps; t++, done++) {
            uint32_t symbol = s.symbols[t];
            if (x->unknown != NULL && is_other(&s, x->unknown, t)) {
                const char **at =
                    bsearch(&s.words[t], x->others->words, x->others->count, sizeof *at, by_bytes);
                symbol = (uint32_t)(x->vocabulary + (size_t)(at - x->others->words));
            }
            rri_page_put_number(out, x->type, done, symbol);
        }
    }
}

static rr_status put_symbols(rr_page *page, const rri_page_run *run, rr_error *err)
{
    const rr_vocabulary *v = rr_dataset_words(run->splits[RR_SPLIT_TRAIN].ds);
    const size_t V = run->vocabulary;
    others o = { .words = NULL };
    symbols x = { .others = &o, .vocabulary = V };
    rr_status st = RR_OK;

    if (v != NULL) {
        if (!rri_session_foreign(run->session)) {
            x.unknown = rr_vocabulary_word(v, RR_WORD_UNKNOWN);
            RRI_TRY(find_others(run, v, &o, err));
        }
        RRI_TRY(add_words(page, v, &o, err));
    }
    rri_page_put(page, page->manifest, "tokens", rri_page_size(v != NULL ? V + o.count : 0));
    x.type = rri_page_type_for(rri_max(V + o.count, 256) - 1);
    for (size_t i = 0; i < 3; i++) {
        const rri_page_split *split = &run->splits[order[i]];
        if (split->ds == NULL)
            continue;
        rri_page_array a = rri_page_step_array(split);
        x.split = split;
        a.type = x.type;
        a.fill = fill_symbols;
        a.from = &x;
        RRI_TRY(rri_page_add_if(page, &a, split->name, "symbols", err));
    }

done:
    rri_free(o.words);
    return st;
}

/* ---- frames --------------------------------------------------------------------------------- */

/* The levels of the columns. */
typedef struct frames {
    const rri_page_split *split;
    size_t width;
    float *minimum, *maximum; /* [D] */
    unsigned levels;
} frames;

static void find_range(const rri_page_run *run, frames *f)
{
    const size_t D = run->width;

    for (size_t d = 0; d < D; d++) {
        f->minimum[d] = INFINITY;
        f->maximum[d] = -INFINITY;
    }
    for (int i = 0; i < 3; i++) {
        const rr_dataset *ds = run->splits[i].ds;
        for (size_t k = 0; ds != NULL && k < rr_dataset_count(ds); k++) {
            const rr_sequence s = rr_dataset_at(ds, k);
            for (size_t j = 0; j < s.steps * D; j++) {
                const size_t d = j % D;
                f->minimum[d] = fminf(f->minimum[d], s.frames[j]);
                f->maximum[d] = fmaxf(f->maximum[d], s.frames[j]);
            }
        }
    }
}

/* Of images all columns have one range. */
static void join_ranges(frames *f)
{
    for (size_t d = 1; d < f->width; d++) {
        f->minimum[0] = fminf(f->minimum[0], f->minimum[d]);
        f->maximum[0] = fmaxf(f->maximum[0], f->maximum[d]);
    }
    for (size_t d = 1; d < f->width; d++) {
        f->minimum[d] = f->minimum[0];
        f->maximum[d] = f->maximum[0];
    }
}

static void fill_frames(const void *from, size_t first, size_t n, unsigned char *out)
{
    const frames *f = from;
    const size_t D = f->width;
    size_t i = rri_page_sequence_of(f->split, first);

    for (size_t done = 0; done < n; i++) {
        const rr_sequence s = rr_dataset_at(f->split->ds, i);
        for (size_t t = 0; t < s.steps; t++, done++)
            for (size_t d = 0; d < D; d++) {
                const double range = (double)f->maximum[d] - (double)f->minimum[d];
                const double v = (double)s.frames[t * D + d] - (double)f->minimum[d];
                out[done * D + d] =
                    range > 0.0 ? (unsigned char)lrint(v / range * (double)f->levels) : 0;
            }
    }
}

/* The frames of all splits, or of all but the training set, in so many levels; all or nothing. */
static rr_status add_frames(rr_page *page, const rri_page_run *run, frames *f, unsigned levels,
                            size_t splits, bool *fits, rr_error *err)
{
    const size_t before = page->count;
    rr_status st = RR_OK;

    f->levels = levels;
    *fits = true;
    for (size_t i = 0; i < splits && *fits; i++) {
        const rri_page_split *split = &run->splits[order[i]];
        if (split->ds == NULL)
            continue;
        rri_page_array a = rri_page_step_array(split);
        f->split = split;
        a.type = RRI_PAGE_U1;
        a.width = f->width;
        a.fill = fill_frames;
        a.from = f;
        RRI_TRY(rri_page_add(page, &a, fits, err, "%s.frames", split->name));
    }
    if (!*fits)
        rri_page_back(page, before);

done:
    return st;
}

static void put_range(rr_page *page, const char *key, const float *values, size_t D)
{
    json_t *list = json_array();

    for (size_t d = 0; d < D; d++)
        rri_page_append(page, list, rri_page_number((double)values[d]));
    rri_page_put(page, page->manifest, key, list);
}

static rr_status put_levels(rr_page *page, const rri_page_run *run, frames *f, rr_error *err)
{
    static const struct {
        unsigned levels;
        size_t splits;
    } tries[] = { { FINE, 3 }, { COARSE, 3 }, { FINE, 2 }, { COARSE, 2 } };
    bool fits = false;
    size_t k = 0;
    rr_status st = RR_OK;

    for (; k < sizeof tries / sizeof *tries && !fits; k++)
        RRI_TRY(add_frames(page, run, f, tries[k].levels, tries[k].splits, &fits, err));
    for (size_t i = fits ? tries[k - 1].splits : 0; i < 3; i++) {
        const rri_page_split *split = &run->splits[order[i]];
        char about[32];
        (void)rri_snprintf(about, sizeof about, "%s.frames", split->name);
        if (split->ds != NULL)
            rri_page_leave_out(page, about,
                               "The inputs of the %s split do not fit into a file of %zu bytes.",
                               split->name, page->most);
    }
    if (fits && f->levels == COARSE)
        rri_page_leave_out(page, "frames",
                           "Values are shown in 16 levels, because finer ones do not fit into a "
                           "file of %zu bytes.",
                           page->most);
    rri_page_put(page, page->manifest, "levels", rri_page_size(f->levels));

done:
    return st;
}

static rr_status put_frames(rr_page *page, const rri_page_run *run, rr_error *err)
{
    frames f = { .width = run->width };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f.minimum, f.width, 1, sizeof *f.minimum, err));
    RRI_TRY(rri_alloc(&f.maximum, f.width, 1, sizeof *f.maximum, err));
    find_range(run, &f);
    if (rr_dataset_is_image(run->splits[RR_SPLIT_TRAIN].ds))
        join_ranges(&f);
    RRI_TRY(put_levels(page, run, &f, err));
    put_range(page, "minimum", f.minimum, f.width);
    put_range(page, "maximum", f.maximum, f.width);
    rri_page_put(page, page->manifest, "tokens", rri_page_size(0));

done:
    rri_free(f.minimum);
    rri_free(f.maximum);
    return st;
}

rr_status rri_page_put_inputs(rr_page *page, const rri_page_run *run, rr_error *err)
{
    const rr_dataset *train = run->splits[RR_SPLIT_TRAIN].ds;
    const bool unknown = run->vocabulary > 0 && rr_dataset_words(train) != NULL &&
                         !rri_session_foreign(run->session);

    rri_page_put(page, page->manifest, "kind",
                 rri_page_text(run->vocabulary > 0 ? "symbols" : "frames"));
    rri_page_put(page, page->manifest, "image", json_boolean(rr_dataset_is_image(train)));
    rri_page_put(page, page->manifest, "width", rri_page_size(run->width));
    rri_page_put(page, page->manifest, "vocabulary", rri_page_size(run->vocabulary));
    rri_page_put(page, page->manifest, "unknown",
                 unknown ? rri_page_size(RR_WORD_UNKNOWN) : json_null());
    if (run->vocabulary == 0)
        return put_frames(page, run, err);
    rri_page_put(page, page->manifest, "levels", rri_page_size(FINE));
    rri_page_put(page, page->manifest, "minimum", json_array());
    rri_page_put(page, page->manifest, "maximum", json_array());
    return put_symbols(page, run, err);
}
