/* SPDX-License-Identifier: MIT */
/* state_summary.c - a card for each abstract state: who passes it, what is predicted and labelled
 * there, its typical words or mean frame, the ways in and out, the errors that end there. */
#include "workflow/state_visits.h"

#include <stdlib.h>

rr_state_summary_config rr_state_summary_config_default(void)
{
    return (rr_state_summary_config){ .struct_size = sizeof(rr_state_summary_config),
                                      .split = -1,
                                      .words = 8,
                                      .ways = 5,
                                      .errors = SIZE_MAX,
                                      .least = 5,
                                      .least_share = 0.002 };
}

/* ---- counting ------------------------------------------------------------------------------- */

/* How often each of some numbers occurs; those that do are listed, so that emptying it costs no
 * more than filling it. */
typedef struct tally {
    size_t *count;  /* [n] */
    uint32_t *seen; /* [n], of which `used` occur */
    size_t used;
} tally;

static rr_status tally_new(tally *y, size_t n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&y->count, n, 1, sizeof *y->count, err));
    RRI_TRY(rri_alloc(&y->seen, n, 1, sizeof *y->seen, err));

done:
    return st;
}

static void tally_clear(tally *y)
{
    rri_free(y->count);
    rri_free(y->seen);
}

static void tally_add(tally *y, uint32_t number)
{
    if (y->count[number]++ == 0)
        y->seen[y->used++] = number;
}

static void tally_empty(tally *y)
{
    for (size_t i = 0; i < y->used; i++)
        y->count[y->seen[i]] = 0;
    y->used = 0;
}

/* ---- what is made --------------------------------------------------------------------------- */

/* A summary with what its lists lie in. The public part is first. */
typedef struct holder {
    rr_state_summary of;
    rr_state_card *cards;
    double *labels;       /* [K][C] */
    float *means;         /* [K][D] or NULL */
    rr_state_word *words; /* [K][cfg.words] */
    rr_state_way *ways;   /* [2K][cfg.ways] */
    size_t *errors;       /* all lists, state after state */
} holder;

typedef struct work {
    rr_session *s;
    rr_state_summary_config cfg;
    const rr_influence *inf;
    size_t K, C, V;
    rri_visits train, split;
    size_t *usual; /* [V] training steps with each symbol */
    tally from, to, symbols;
    holder *h;
} work;

static int largest_lift_first(const void *a, const void *b)
{
    const rr_state_word *x = a;
    const rr_state_word *y = b;

    if (x->lift != y->lift)
        return x->lift > y->lift ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

static int most_frequent_first(const void *a, const void *b)
{
    const rr_state_way *x = a;
    const rr_state_way *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->state > y->state) - (x->state < y->state);
}

/* The typical words of a state of n training steps, of R in all. */
static rr_status take_words(work *w, size_t n, rr_state_word *out, rr_state_card *card,
                            rr_error *err)
{
    const double R = (double)w->h->of.steps;
    rr_state_word *all = NULL;
    size_t found = 0;
    const rr_status st = rri_alloc(&all, w->symbols.used, 1, sizeof *all, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < w->symbols.used; i++) {
        const uint32_t x = w->symbols.seen[i];
        const size_t count = w->symbols.count[x];
        const double share = (double)count / (double)n;
        const double lift = share * R / (double)w->usual[x];
        if (count >= w->cfg.least && share >= w->cfg.least_share && lift > 1.0)
            all[found++] = (rr_state_word){ x, count, share, lift };
    }
    if (found > 1)
        qsort(all, found, sizeof *all, largest_lift_first);
    card->words = out;
    card->count_words = rri_min(found, w->cfg.words);
    for (size_t i = 0; i < card->count_words; i++)
        out[i] = all[i];
    rri_free(all);
    return RR_OK;
}

static rr_status take_ways(const work *w, const tally *y, size_t n, rr_state_way *out,
                           const rr_state_way **list, size_t *count, rr_error *err)
{
    rr_state_way *all = NULL;
    const rr_status st = rri_alloc(&all, y->used, 1, sizeof *all, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < y->used; i++)
        all[i] = (rr_state_way){ y->seen[i], y->count[y->seen[i]],
                                 (double)y->count[y->seen[i]] / (double)n };
    if (y->used > 1)
        qsort(all, y->used, sizeof *all, most_frequent_first);
    *list = out;
    *count = rri_min(y->used, w->cfg.ways);
    for (size_t i = 0; i < *count; i++)
        out[i] = all[i];
    rri_free(all);
    return RR_OK;
}

/* What the training steps of a state say of it. */
static rr_status take_training(work *w, size_t q, rr_state_card *card, rr_error *err)
{
    const rri_visits *v = &w->train;
    const size_t n = v->begin[q + 1] - v->begin[q];
    holder *h = w->h;
    double *labels = h->labels + (q - 1) * w->C;
    double labelled = 0.0;
    rr_status st = RR_OK;

    for (size_t i = v->begin[q]; i < v->begin[q + 1]; i++) {
        const rr_trace a = rr_traces_at(v->traces, v->at[i].sequence);
        const size_t t = v->at[i].step;
        tally_add(&w->from, t > 1 ? a.states[t - 2] : 0);
        tally_add(&w->to, t < a.steps ? a.states[t] : 0);
        if (w->V > 0)
            tally_add(&w->symbols, a.symbols[t - 1]);
        if (a.step_labels == NULL || rri_is_labelled(&a, t)) {
            labels[a.step_labels != NULL ? a.step_labels[t - 1] : a.label] += 1.0;
            labelled += 1.0;
        }
    }
    for (size_t c = 0; labelled > 0.0 && c < w->C; c++)
        labels[c] /= labelled;
    card->labels = labels;
    RRI_TRY(take_ways(w, &w->from, n, h->ways + (2 * q - 2) * w->cfg.ways, &card->in,
                      &card->count_in, err));
    RRI_TRY(take_ways(w, &w->to, n, h->ways + (2 * q - 1) * w->cfg.ways, &card->out,
                      &card->count_out, err));
    card->all_in = w->from.used;
    card->all_out = w->to.used;
    if (w->V > 0)
        RRI_TRY(take_words(w, n, h->words + (q - 1) * w->cfg.words, card, err));

done:
    tally_empty(&w->from);
    tally_empty(&w->to);
    tally_empty(&w->symbols);
    return st;
}

static rr_status take_errors(work *w, rr_error *err)
{
    holder *h = w->h;
    size_t all = 0;

    for (size_t q = 1; q <= w->K; q++) {
        rr_state_card *card = &h->cards[q - 1];
        card->all_errors = rri_visits_errors(&w->split, q, SIZE_MAX, NULL);
        card->count_errors = rri_min(card->all_errors, w->cfg.errors);
        all += card->count_errors;
    }
    const rr_status st = rri_alloc(&h->errors, all, 1, sizeof *h->errors, err);
    if (st != RR_OK)
        return st;
    size_t *free_errors = h->errors;
    for (size_t q = 1; q <= w->K; q++) {
        rr_state_card *card = &h->cards[q - 1];
        (void)rri_visits_errors(&w->split, q, card->count_errors, free_errors);
        card->errors = free_errors;
        free_errors += card->count_errors;
    }
    return RR_OK;
}

/* Of frames: the mean of each state's. */
static rr_status take_means(work *w, rr_error *err)
{
    const rr_dataset *train = w->h->of.train;
    const size_t D = rr_dataset_width(train);
    double *sum = NULL;
    rr_status st = RR_OK;

    if (D == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&sum, w->K, D, sizeof *sum, err));
    RRI_TRY(rri_alloc(&w->h->means, w->K, D, sizeof *w->h->means, err));
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence x = rr_dataset_at(train, i);
        const rr_trace a = rr_traces_at(w->train.traces, i);
        for (size_t t = 0; t < x.steps; t++)
            for (size_t d = 0; d < D; d++)
                sum[(size_t)(a.states[t] - 1) * D + d] += (double)x.frames[t * D + d];
    }
    for (size_t q = 1; q <= w->K; q++) {
        const double n = (double)(w->train.begin[q + 1] - w->train.begin[q]);
        float *mean = w->h->means + (q - 1) * D;
        for (size_t d = 0; n > 0.0 && d < D; d++)
            mean[d] = (float)(sum[(q - 1) * D + d] / n);
        w->h->cards[q - 1].mean = n > 0.0 ? mean : NULL;
    }

done:
    rri_free(sum);
    return st;
}

/* ---- all states ----------------------------------------------------------------------------- */

/* The split whose errors are listed. */
static rr_status choose_split(work *w, rr_error *err)
{
    rr_status st = RR_OK;

    w->cfg.split = rri_session_split_or_default(w->s, w->cfg.split);
    RRI_TRY(rri_session_needs_split(w->s, w->cfg.split, err));
    w->h->of.split = (rr_split)w->cfg.split;
    RRI_TRY(rr_session_split(w->s, w->h->of.split, &w->h->of.ds, err));
    RRI_TRY(rr_session_split(w->s, RR_SPLIT_TRAIN, &w->h->of.train, err));

done:
    return st;
}

/* Is there anything right and wrong in it? */
static bool is_labelled(const rr_state_summary *of, const rr_dataset *ds)
{
    return of->by_steps ? rr_dataset_step_labelled(ds) : rr_dataset_labelled(ds);
}

static rr_status prepare(work *w, rr_error *err)
{
    rr_state_summary *of = &w->h->of;
    const rr_influence_info info = rr_influence_info_of(w->inf);
    rr_status st = RR_OK;

    w->K = of->count = info.states;
    w->C = of->classes = info.classes;
    w->V = info.vocabulary;
    w->cfg.words = rri_min(w->cfg.words, w->V); /* there are no more */
    w->cfg.ways = rri_min(w->cfg.ways, w->K + 1);
    of->steps = info.steps;
    of->by_steps = w->train.by_steps = w->split.by_steps = rri_session_by_steps(w->s);
    RRI_TRY(rri_session_traces(w->s, RR_SPLIT_TRAIN, &w->train.traces, err));
    RRI_TRY(rri_session_traces(w->s, of->split, &w->split.traces, err));
    RRI_TRY(rri_visits_sort(&w->train, w->K, is_labelled(of, of->train), err));
    RRI_TRY(rri_visits_sort(&w->split, w->K, is_labelled(of, of->ds), err));
    RRI_TRY(tally_new(&w->from, w->K + 1, err));
    RRI_TRY(tally_new(&w->to, w->K + 1, err));
    RRI_TRY(tally_new(&w->symbols, w->V, err));
    RRI_TRY(rri_alloc(&w->usual, w->V, 1, sizeof *w->usual, err));
    for (size_t i = 0; w->V > 0 && i < info.sequences; i++) {
        const rr_trace a = rr_traces_at(w->train.traces, i);
        for (size_t t = 0; t < a.steps; t++)
            w->usual[a.symbols[t]]++;
    }

done:
    return st;
}

static rr_status reserve(work *w, rr_error *err)
{
    holder *h = w->h;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&h->cards, w->K, 1, sizeof *h->cards, err));
    RRI_TRY(rri_alloc(&h->labels, w->K, w->C, sizeof *h->labels, err));
    if (w->V > 0)
        RRI_TRY(rri_alloc(&h->words, w->K, w->cfg.words, sizeof *h->words, err));
    RRI_TRY(rri_alloc(&h->ways, 2 * w->K, w->cfg.ways, sizeof *h->ways, err));
    h->of.states = h->cards;

done:
    return st;
}

static rr_status describe(work *w, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t q = 1; q <= w->K; q++) {
        rr_state_card *card = &w->h->cards[q - 1];
        if (rri_cancelled(&w->s->callbacks))
            RRI_TRY(rri_fail_cancelled(err));
        *card = (rr_state_card){ .state = q,
                                 .confidence = rr_influence_confidence(w->inf, q),
                                 .train = rri_visits_count(&w->train, q),
                                 .split = rri_visits_count(&w->split, q) };
        card->share = (double)card->train.steps / (double)w->h->of.steps;
        for (size_t c = 1; c < w->C; c++)
            if (card->confidence[c] > card->confidence[card->likeliest])
                card->likeliest = (uint32_t)c;
        card->stability = (double)card->confidence[card->likeliest];
        RRI_TRY(take_training(w, q, card, err));
    }
    RRI_TRY(take_means(w, err));
    RRI_TRY(take_errors(w, err));

done:
    return st;
}

rr_status rr_session_state_summary(rr_session *s, const rr_state_summary_config *cfg,
                                   rr_state_summary **out, rr_error *err)
{
    work w = { .s = s, .cfg = rr_state_summary_config_default() };
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg != NULL)
        RRI_TRY(rri_config_take(&w.cfg, sizeof w.cfg, cfg, "rr_state_summary_config", err));
    RRI_TRY(rri_alloc(&w.h, 1, 1, sizeof *w.h, err));
    RRI_TRY(rr_session_influence(s, &w.inf, err));
    RRI_TRY(choose_split(&w, err));
    RRI_TRY(prepare(&w, err));
    RRI_TRY(reserve(&w, err));
    RRI_TRY(describe(&w, err));
    *out = &w.h->of;
    w.h = NULL;

done:
    rri_visits_clear(&w.train);
    rri_visits_clear(&w.split);
    tally_clear(&w.from);
    tally_clear(&w.to);
    tally_clear(&w.symbols);
    rri_free(w.usual);
    if (w.h != NULL)
        rr_state_summary_free(&w.h->of);
    return st;
}

void rr_state_summary_free(rr_state_summary *x)
{
    holder *h = (holder *)x;

    if (h == NULL)
        return;
    rri_free(h->cards);
    rri_free(h->labels);
    rri_free(h->means);
    rri_free(h->words);
    rri_free(h->ways);
    rri_free(h->errors);
    rri_free(h);
}
