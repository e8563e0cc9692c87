/* SPDX-License-Identifier: MIT */
/* patterns.c - training sequences that give their label away by a pattern they share, without
 * knowing it.
 *
 *     share      of each label among the nearest states at each place         patterns_shares.c
 *     evidence   opening: log-odds of the own share at steps 1, 2, ...
 *                turn: the smaller of the log-odds of another label's share on the way, at its
 *                largest, and of the own share at the end
 *     usual      its lower quartile in each class: classes differ in size and in how early they can
 *                be told, and poison is a minority
 *     score      mean over the evidence, its n-th piece counting 1/n^2, of -log of the share of the
 *                sequences of *other* classes that have as much, outright or above the usual
 *     cut        where the share of the class above it exceeds that of the others most
 *     company    those that end where most of the flagged turns end
 *
 * Source: beyond [Xie21]; docs/ALGORITHMS.md#patterns. */
#include "backdoor/patterns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double QUARTILE = 0.25, SMOOTH = 0.01;

/* Log-odds above the lower quartile of its class from which a sequence counts as certain: 4.5 to 1.
 * By chance neighbours agree less, and classes differ a little. */
static const double STRONG = 1.5;

struct rr_pattern_scan {
    rr_pattern_class *classes;
    size_t count_classes;
    rr_pattern_suspect *suspects;
    size_t n;
    uint32_t *flagged;
    size_t count_flagged;
};

/* The working memory of a scan; all owned. */
typedef struct search {
    const rr_pattern_config *cfg;
    const rr_callbacks *callbacks;
    rri_places places;
    uint32_t *reference; /* [m] */
    size_t m, k;
    float *own, *other;      /* [places][N] */
    float *evidence;         /* [opening + 1][N]: the opening's pieces, then the turn */
    double *score[PATTERNS]; /* [N] */
    double *strength;     /* [N] the mean of the evidence of one pattern, weighted as its score */
    float *level;         /* [opening + 1][C] the lower quartile of a piece in a class */
    float *theirs;        /* [N] one piece of evidence of other classes, sorted */
    float *shifted;       /* [N] the same, above the quartile of each one's class */
    double *usual, *mine; /* [N] scores of other classes and of one class, sorted */
    uint32_t *sequences;  /* [C] */
} search;

rr_pattern_config rr_pattern_config_default(void)
{
    return (rr_pattern_config){ .struct_size = sizeof(rr_pattern_config),
                                .steps = 5,
                                .neighbours = 50,
                                .references = 8192,
                                .false_share = 0.1,
                                .least = 0.05,
                                .seed = 1 };
}

static rr_status check_config(const rr_pattern_config *cfg, rr_error *err)
{
    if (cfg->steps == 0 || cfg->neighbours == 0 || cfg->references < 2)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%zu steps, %zu neighbours and %zu references: a scan for patterns needs "
                        "1, 1 and 2",
                        cfg->steps, cfg->neighbours, cfg->references);
    if (!(cfg->false_share > 0.0 && cfg->false_share < 1.0) ||
        !(cfg->least > 0.0 && cfg->least < 1.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the false share %g and the least share %g must be between 0 and 1",
                        cfg->false_share, cfg->least);
    return RR_OK;
}

static void search_clear(search *s)
{
    rri_places_clear(&s->places);
    rri_free(s->reference);
    rri_free(s->own);
    rri_free(s->other);
    rri_free(s->evidence);
    for (size_t p = 0; p < PATTERNS; p++)
        rri_free(s->score[p]);
    rri_free(s->strength);
    rri_free(s->level);
    rri_free(s->theirs);
    rri_free(s->shifted);
    rri_free(s->usual);
    rri_free(s->mine);
    rri_free(s->sequences);
}

/* ---- evidence ------------------------------------------------------------------------------- */

static rr_status count_classes(search *s, rr_error *err)
{
    const rri_places *p = &s->places;
    const rr_status st = rri_alloc(&s->sequences, p->C, 1, sizeof *s->sequences, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < p->N; i++)
        s->sequences[p->label[i]]++;
    for (size_t c = 0; c < p->C; c++)
        if (s->sequences[c] == p->N)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)c,
                            "all training sequences are of class %zu, which is to be compared with "
                            "others",
                            c);
    return RR_OK;
}

static rr_status choose_references(search *s, rr_error *err)
{
    rri_random stream = rri_backdoor_stream(s->cfg->seed, RRI_BACKDOOR_REFERENCES, 0);
    const size_t N = s->places.N;
    const rr_status st = rri_alloc(&s->reference, N, 1, sizeof *s->reference, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++)
        s->reference[i] = (uint32_t)i;
    s->m = rri_min(s->cfg->references, N);
    if (s->m < N) {
        rri_random_choose(&stream, s->reference, N, s->m);
        qsort(s->reference, s->m, sizeof *s->reference, rri_by_u32);
    }
    s->k = rri_min(s->cfg->neighbours, (s->m + 19) / 20);
    return RR_OK;
}

static rr_status measure_shares(search *s, rr_error *err)
{
    const rri_places *p = &s->places;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->own, p->places, p->N, sizeof *s->own, err));
    RRI_TRY(rri_alloc(&s->other, p->places, p->N, sizeof *s->other, err));
    for (size_t place = 0; place < p->places; place++) {
        RRI_TRY(rri_check_cancelled(s->callbacks, err));
        rri_show(s->callbacks, "compare", "places", place, p->places, "%s", "");
        RRI_TRY(rri_places_shares(p, place, s->reference, s->m, s->k, s->cfg->threads,
                                  s->own + place * p->N, s->other + place * p->N, err));
    }
    rri_show_end(s->callbacks);

done:
    return st;
}

static float odds(float share)
{
    return (float)(log((double)share + SMOOTH) - log(1.0 - (double)share + SMOOTH));
}

/* The largest share of another label before the end. */
static float other_on_the_way(const search *s, size_t i)
{
    const rri_places *p = &s->places;
    float most = 0.0F;

    for (size_t place = p->opening; place + 1 < p->places; place++)
        most = fmaxf(most, s->other[place * p->N + i]);
    return most;
}

static int by_float(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;

    return (x > y) - (x < y);
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Copy one piece of evidence of the sequences of class c, or of those of other classes, sorted;
 * above the usual of their own class where `usual` [C] is not NULL. */
static size_t gather(const search *s, const float *piece, const float *usual, size_t c, bool others,
                     float *out)
{
    const rri_places *p = &s->places;
    size_t n = 0;

    for (size_t i = 0; i < p->N; i++)
        if ((p->label[i] == c) != others)
            out[n++] = piece[i] - (usual != NULL ? usual[p->label[i]] : 0.0F);
    qsort(out, n, sizeof *out, by_float);
    return n;
}

/* The lower quartile of each class, usual [C]. */
static void find_usual(const search *s, const float *piece, float *usual)
{
    for (size_t c = 0; c < s->places.C; c++) {
        const size_t n = gather(s, piece, NULL, c, false, s->theirs);
        if (n > 0)
            usual[c] = s->theirs[(size_t)(QUARTILE * (double)(n - 1))];
    }
}

static rr_status weigh_evidence(search *s, rr_error *err)
{
    const rri_places *p = &s->places;
    const float *const last = s->own + (p->places - 1) * p->N;
    float *turn = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->evidence, p->opening + 1, p->N, sizeof *s->evidence, err));
    RRI_TRY(rri_alloc(&s->level, p->opening + 1, p->C, sizeof *s->level, err));
    RRI_TRY(rri_alloc(&s->theirs, p->N, 1, sizeof *s->theirs, err));
    RRI_TRY(rri_alloc(&s->shifted, p->N, 1, sizeof *s->shifted, err));
    turn = s->evidence + p->opening * p->N;
    for (size_t i = 0; i < p->opening * p->N; i++)
        s->evidence[i] = odds(s->own[i]);
    for (size_t i = 0; i < p->N; i++)
        turn[i] = fminf(odds(other_on_the_way(s, i)), odds(last[i]));
    for (size_t piece = 0; piece <= p->opening; piece++)
        find_usual(s, s->evidence + piece * p->N, s->level + piece * p->C);

done:
    return st;
}

/* ---- scores --------------------------------------------------------------------------------- */

/* How many of n sorted numbers are at least x. */
static size_t at_least(const float *sorted, size_t n, float x)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return n - low;
}

/* A pattern's pieces of evidence: first..first + count - 1. */
static void pieces(const search *s, rr_pattern pattern, size_t *first, size_t *count)
{
    const size_t opening = s->places.opening;

    *first = pattern == RR_PATTERN_OPENING ? 0 : opening;
    *count = pattern == RR_PATTERN_OPENING ? opening : 1;
}

/* One piece of evidence of all sequences against those that are not of class c: those that have as
 * much, outright or above what is usual in their class, whichever are more. */
static void add_piece(const search *s, size_t piece, size_t c, double weight, double *out)
{
    const rri_places *p = &s->places;
    const float *const e = s->evidence + piece * p->N;
    const float *const level = s->level + piece * p->C;
    const size_t n = gather(s, e, NULL, c, true, s->theirs);

    (void)gather(s, e, level, c, true, s->shifted);
    for (size_t i = 0; i < p->N; i++) {
        const float above = e[i] - level[p->label[i]];
        const size_t as_much =
            rri_max(at_least(s->theirs, n, e[i]), at_least(s->shifted, n, above));
        out[i] -= weight * log((double)(1 + as_much) / (double)(n + 1));
        s->strength[i] += weight * (double)above;
    }
}

/* The scores of all sequences against those that are not of class c. */
static void score_against(const search *s, rr_pattern pattern, size_t c, double *out)
{
    double all = 0.0;
    size_t first, count;

    memset(out, 0, s->places.N * sizeof *out);
    memset(s->strength, 0, s->places.N * sizeof *s->strength);
    pieces(s, pattern, &first, &count);
    for (size_t k = 0; k < count; k++)
        all += 1.0 / (double)((k + 1) * (k + 1));
    for (size_t k = 0; k < count; k++)
        add_piece(s, first + k, c, 1.0 / (double)((k + 1) * (k + 1)) / all, out);
}

/* The cut of a class whose sorted scores are mine [n], of others usual [n_usual]; *certain is the
 * score from which few enough are expected. */
static void cut(const search *s, size_t n, size_t n_usual, rr_pattern_class *out, double *above,
                double *certain)
{
    double most = 0.0;
    size_t j = n_usual;

    *above = *certain = (double)INFINITY;
    for (size_t i = n; i-- > 0;) { /* mine[i..n-1] are above the cut */
        while (j > 0 && s->usual[j - 1] >= s->mine[i])
            j--;
        if (i > 0 && s->mine[i - 1] >= s->mine[i])
            continue;
        const double share = (double)(n - i) / (double)n;
        const double expected = (double)(n_usual - j) / (double)n_usual;
        if (expected <= s->cfg->false_share * share)
            *certain = s->mine[i];
        if (share - expected > most) {
            most = share - expected;
            out->excess = n - i;
            out->expected = expected / share;
            *above = s->mine[i];
        }
    }
}

/* One pattern in one class: scores of its sequences, and the cut. all is scratch [N]. */
static void look_at(search *s, rr_pattern pattern, size_t c, double *all, rr_pattern_class *out,
                    double *above)
{
    const rri_places *p = &s->places;
    double certain = (double)INFINITY;
    size_t n = 0, usual = 0;

    *out = (rr_pattern_class){ .pattern = pattern, .label = (uint32_t)c };
    if (s->sequences[c] == 0)
        return;
    score_against(s, pattern, c, all);
    for (size_t i = 0; i < p->N; i++) {
        if (p->label[i] != c) {
            s->usual[usual++] = all[i];
            continue;
        }
        s->mine[n++] = all[i];
        s->score[pattern][i] = all[i];
    }
    qsort(s->mine, n, sizeof *s->mine, by_double);
    qsort(s->usual, usual, sizeof *s->usual, by_double);
    out->sequences = n;
    cut(s, n, usual, out, above, &certain);
    for (size_t i = 0; i < p->N; i++)
        out->certain += p->label[i] == c && all[i] >= certain && s->strength[i] >= STRONG;
    out->stands_out = (double)out->certain > s->cfg->least * (double)n;
}

/* ---- the result ----------------------------------------------------------------------------- */

static int by_suspicion(const void *a, const void *b)
{
    const rr_pattern_suspect *x = a;
    const rr_pattern_suspect *y = b;

    if (x->flagged != y->flagged)
        return y->flagged - x->flagged;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* The pattern a sequence is ranked by. */
static rr_pattern pattern_of(const search *s, const rr_pattern_class *of, size_t i)
{
    const rr_pattern_class *const a = &of[RR_PATTERN_OPENING];
    const rr_pattern_class *const b = &of[RR_PATTERN_TURN];

    if (a->stands_out || b->stands_out)
        return a->stands_out && (!b->stands_out || a->certain >= b->certain) ? RR_PATTERN_OPENING
                                                                             : RR_PATTERN_TURN;
    return s->score[RR_PATTERN_OPENING][i] >= s->score[RR_PATTERN_TURN][i] ? RR_PATTERN_OPENING
                                                                           : RR_PATTERN_TURN;
}

/* What turned for one reason ends in one place, however it came there: where a class stands out by
 * turns, those of it are flagged, too, most of whose nearest at the end are flagged. Suspects are
 * by number here. */
static rr_status flag_company(search *s, rr_pattern_scan *out, rr_error *err)
{
    rri_places p = s->places;
    uint32_t *mark = NULL;
    bool any = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&mark, p.N, 1, sizeof *mark, err));
    for (size_t i = 0; i < p.N; i++) {
        const rr_pattern_suspect *x = &out->suspects[i];
        mark[i] = x->flagged && x->pattern == RR_PATTERN_TURN;
        any = any || mark[i];
    }
    if (!any)
        goto done;
    p.label = mark;
    p.C = 2;
    RRI_TRY(rri_places_shares(&p, p.places - 1, s->reference, s->m, s->k, s->cfg->threads, s->own,
                              s->other, err));
    for (size_t i = 0; i < p.N; i++) {
        rr_pattern_suspect *x = &out->suspects[i];
        const rr_pattern_class *of = &out->classes[(size_t)x->label * PATTERNS + RR_PATTERN_TURN];
        if (x->pattern == RR_PATTERN_TURN && of->stands_out && !mark[i] && s->other[i] > 0.5F)
            x->flagged = 1;
    }

done:
    rri_free(mark);
    return st;
}

/* above is [C][PATTERNS]. */
static rr_status list_suspects(search *s, const double *above, rr_pattern_scan *out, rr_error *err)
{
    const rri_places *p = &s->places;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->suspects, p->N, 1, sizeof *out->suspects, err));
    RRI_TRY(rri_alloc(&out->flagged, p->N, 1, sizeof *out->flagged, err));
    out->n = p->N;
    for (size_t i = 0; i < p->N; i++) {
        const size_t row = (size_t)p->label[i] * PATTERNS;
        const rr_pattern pattern = pattern_of(s, out->classes + row, i);
        const double score = s->score[pattern][i];
        out->suspects[i] = (rr_pattern_suspect){
            .id = (uint32_t)i,
            .label = p->label[i],
            .pattern = pattern,
            .score = score,
            .own = { (double)s->own[i], (double)s->own[(p->places - 1) * p->N + i] },
            .other = (double)other_on_the_way(s, i),
            .flagged = out->classes[row + pattern].stands_out && score >= above[row + pattern]
        };
    }
    RRI_TRY(flag_company(s, out, err));
    for (size_t i = 0; i < p->N; i++)
        if (out->suspects[i].flagged)
            out->flagged[out->count_flagged++] = (uint32_t)i;
    qsort(out->suspects, out->n, sizeof *out->suspects, by_suspicion);

done:
    return st;
}

static rr_status judge(search *s, rr_pattern_scan *out, rr_error *err)
{
    const rri_places *p = &s->places;
    double *above = NULL, *all = NULL;
    rr_status st = RR_OK;

    out->count_classes = p->C * PATTERNS;
    RRI_TRY(rri_alloc(&out->classes, p->C, PATTERNS, sizeof *out->classes, err));
    RRI_TRY(rri_alloc(&above, p->C, PATTERNS, sizeof *above, err));
    RRI_TRY(rri_alloc(&all, p->N, 1, sizeof *all, err));
    RRI_TRY(rri_alloc(&s->strength, p->N, 1, sizeof *s->strength, err));
    RRI_TRY(rri_alloc(&s->usual, p->N, 1, sizeof *s->usual, err));
    RRI_TRY(rri_alloc(&s->mine, p->N, 1, sizeof *s->mine, err));
    for (size_t k = 0; k < PATTERNS; k++)
        RRI_TRY(rri_alloc(&s->score[k], p->N, 1, sizeof *s->score[k], err));
    for (size_t c = 0; c < p->C; c++)
        for (size_t k = 0; k < PATTERNS; k++)
            look_at(s, (rr_pattern)k, c, all, &out->classes[c * PATTERNS + k],
                    &above[c * PATTERNS + k]);
    RRI_TRY(list_suspects(s, above, out, err));

done:
    rri_free(above);
    rri_free(all);
    return st;
}

rr_status rr_backdoor_scan_patterns(const rr_pattern_config *cfg, const rr_influence *inf,
                                    rr_state_source *source, const rr_callbacks *callbacks,
                                    rr_pattern_scan **out, rr_error *err)
{
    rr_pattern_config own = rr_pattern_config_default();
    search s = { .cfg = &own, .callbacks = callbacks };
    rr_pattern_scan *scan = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_pattern_config", err));
    RRI_TRY(check_config(&own, err));
    RRI_TRY(rri_places_read(inf, source, own.steps, own.threads, &s.places, err));
    RRI_TRY(count_classes(&s, err));
    RRI_TRY(choose_references(&s, err));
    RRI_TRY(measure_shares(&s, err));
    RRI_TRY(weigh_evidence(&s, err));
    RRI_TRY(rri_alloc(&scan, 1, 1, sizeof *scan, err));
    RRI_TRY(judge(&s, scan, err));
    *out = scan;
    scan = NULL;

done:
    rr_pattern_scan_free(scan);
    search_clear(&s);
    return st;
}

const rr_pattern_class *rr_pattern_classes(const rr_pattern_scan *scan, size_t *count)
{
    *count = scan->count_classes;
    return scan->classes;
}

const rr_pattern_suspect *rr_pattern_suspects(const rr_pattern_scan *scan, size_t *count)
{
    *count = scan->n;
    return scan->suspects;
}

const uint32_t *rr_pattern_flagged(const rr_pattern_scan *scan, size_t *count)
{
    *count = scan->count_flagged;
    return scan->count_flagged > 0 ? scan->flagged : NULL;
}

void rr_pattern_scan_free(rr_pattern_scan *scan)
{
    if (scan == NULL)
        return;
    rri_free(scan->classes);
    rri_free(scan->suspects);
    rri_free(scan->flagged);
    rri_free(scan);
}
