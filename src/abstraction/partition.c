/* SPDX-License-Identifier: MIT */
/* partition.c - the search for the number of abstract states.
 *
 * Search by splitting. K grows on the sample of the rows alone: the least stable state is split
 * (split.c), EM runs for at most SPLIT_STEPS steps, and the result is judged (judge.c). Where the
 * sample holds all rows, that is the whole search. Else the K at which it says "enough" is checked:
 * one EM step over all rows, judged on all rows. From there the lowest K that is enough is sought,
 * 1, 2, 4, ... below, or above after more growing, then by halving. So all rows are gone through
 * for a few K near the last, not for each.
 *
 * What "enough" means is said in one place, enough(): another rule goes there. The mean stability
 * of the paper is the plain mean over states: it is reached early where classes are few or unequal,
 * and where small states are pure and a large one mixes what is left. The automatic choice asks for
 * the gain, which is over rows and corrected for chance, and for some states to each class.
 *
 * Fixed K and restarts are whole fits, judged on all rows. */
#include "abstraction/partition.h"

#include <string.h>

enum { SPLIT_STEPS = 20, MAX_STATES = 65534, MAX_CLASSES = 65536 };
enum {
    USUAL_MOST = 100,
    USUAL_LEAST = 30,       /* fewer cost precision of audits, and leave most sequences alike */
    FEW = 10,               /* of few sequences */
    STATES_OF_CLASS = 2,    /* several ways to each */
    ROWS_OF_STATE = 30,     /* a fraction of these is known to a tenth */
    SEQUENCES_OF_STATE = 4, /* with fewer, states tell sequences apart and not classes */
};

struct rri_partition {
    rr_partition_config cfg;
    rri_judged all;     /* every row */
    rri_judged sampled; /* those that K grows on */
    rri_sample sample;
    uint16_t *sample_y; /* [sample.rows.n] */
    size_t limit;       /* the largest K to try */
    size_t least;       /* no smaller K is enough */
    bool done;

    rri_outcome now; /* of splitting: the last K, on the sample */
    size_t weakest;  /* its state to split next, from 0; K where none can be split */
    rri_gmm **grown; /* [points] of splitting: each K's mixture of the sample, if not of all rows */
    size_t check;    /* the K to check as soon as it is grown, 0: none yet */
    size_t stride;   /* from one check to the next, until both of the following are known */
    size_t low;      /* a K that is not enough on all rows, 0: none */
    size_t high;     /* a K above it that is, 0: none */
    rri_outcome result; /* on all rows: K = high, or the last */

    rr_curve_point *curve; /* [points], capacity [curve_size], as grown */
    size_t points, curve_size;
};

rr_partition_config rri_partition_config_default(void)
{
    return (rr_partition_config){ .struct_size = sizeof(rr_partition_config),
                                  .states = 0,
                                  .max_states = 0,
                                  .stability = RR_STABILITY_AUTO,
                                  .search = RR_SEARCH_SPLIT,
                                  .gmm = rri_gmm_config_default() };
}

void rri_partition_free(rri_partition *p)
{
    if (p == NULL)
        return;
    rri_sample_release(&p->sample);
    rri_free(p->sample_y);
    rri_outcome_release(&p->now);
    rri_outcome_release(&p->result);
    for (size_t i = 0; p->grown != NULL && i < p->points; i++)
        rri_gmm_free(p->grown[i]);
    rri_free(p->grown);
    rri_free(p->curve);
    rri_free(p);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static bool automatic(const rr_partition_config *cfg)
{
    return cfg->stability == RR_STABILITY_AUTO;
}

size_t rri_choice_most(const rr_partition_config *cfg, size_t classes, size_t sequences)
{
    if (cfg->max_states != 0)
        return cfg->max_states;
    if (!automatic(cfg))
        return USUAL_MOST;
    const size_t few = rri_max(FEW, STATES_OF_CLASS * classes);
    return rri_min(USUAL_MOST, rri_max(few, sequences / SEQUENCES_OF_STATE));
}

size_t rri_choice_least(const rr_partition_config *cfg, size_t predicted, size_t rows)
{
    if (!automatic(cfg) || predicted <= 1)
        return 1;
    const size_t wanted = rri_max(USUAL_LEAST, STATES_OF_CLASS * predicted);
    return rri_max(1, rri_min(wanted, rri_min(cfg->max_states, rows / ROWS_OF_STATE)));
}

rr_status rri_partition_check_config(const rr_partition_config *cfg, rr_error *err)
{
    const size_t states = cfg->states != 0 ? cfg->states : cfg->max_states;

    if (states > MAX_STATES)
        return rri_fail(err, RR_ERR_ARG, -1, "a search for %zu states: must be 1 to %d", states,
                        (int)MAX_STATES);
    if (!automatic(cfg) && !(cfg->stability >= 0.0 && cfg->stability <= 1.0))
        return rri_fail(err, RR_ERR_ARG, -1, "stability threshold %g: must be 0 to 1",
                        cfg->stability);
    if (cfg->search != RR_SEARCH_SPLIT && cfg->search != RR_SEARCH_RESTART)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown kind of search %d", (int)cfg->search);
    return rri_gmm_check_config(&cfg->gmm, err);
}

static rr_status check_predictions(const uint16_t *y, size_t n, size_t classes, rr_error *err)
{
    if (classes == 0 || classes > MAX_CLASSES)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu classes: must be 1 to %d", classes,
                        (int)MAX_CLASSES);
    for (size_t i = 0; i < n; i++)
        if (y[i] >= classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "row %zu has prediction %u, but there are %zu classes", i,
                            (unsigned)y[i], classes);
    return RR_OK;
}

/* All rows are one state: the gain tells how many classes are predicted. */
static rr_status set_least(rri_partition *p, rr_error *err)
{
    const rri_judged *all = &p->all;
    size_t *count = NULL;
    rri_gain gain = { .predicted = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&count, all->classes, 1, sizeof *count, err));
    for (size_t i = 0; i < all->z.n; i++)
        count[all->y[i]]++;
    RRI_TRY(rri_gain_of(count, 1, all->classes, &gain, err));
    p->least = rri_min(p->limit, rri_choice_least(&p->cfg, gain.predicted, all->z.n));

done:
    rri_free(count);
    return st;
}

rr_status rri_partition_new(const rr_partition_config *cfg, rri_rows z, const uint16_t *y,
                            size_t classes, rri_partition **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_partition *p = NULL;

    *out = NULL;
    RRI_TRY(rri_partition_check_config(cfg, err));
    RRI_TRY(rri_rows_check(z, cfg->gmm.threads, "projected states", err));
    RRI_TRY(check_predictions(y, z.n, classes, err));
    if (z.n == 0 || z.n < cfg->states) {
        st = rri_fail(err, RR_ERR_SHAPE, -1, "%zu rows are too few for %zu states", z.n,
                      rri_max(1, cfg->states));
        goto done;
    }
    RRI_TRY(rri_alloc(&p, 1, 1, sizeof *p, err));
    p->cfg = *cfg;
    p->all = (rri_judged){ .z = z, .y = y, .classes = classes, .of = z.n };
    p->stride = 1;
    p->cfg.max_states = rri_choice_most(cfg, classes, z.n);
    p->limit = cfg->states != 0 ? cfg->states : rri_min(p->cfg.max_states, z.n);
    p->cfg.gmm.components = p->limit; /* determines the size of the sample */
    RRI_TRY(rri_gmm_sample(&p->cfg.gmm, z, &p->sample, err));
    RRI_TRY(rri_alloc(&p->sample_y, p->sample.rows.n, 1, sizeof *p->sample_y, err));
    for (size_t i = 0; i < p->sample.rows.n; i++)
        p->sample_y[i] = y[p->sample.number[i]];
    p->sampled =
        (rri_judged){ .z = p->sample.rows, .y = p->sample_y, .classes = classes, .of = z.n };
    RRI_TRY(set_least(p, err));
    *out = p;
    p = NULL;

done:
    rri_partition_free(p);
    return st;
}

/* ---- the curve ------------------------------------------------------------------------------ */

/* The rule for K: whether an outcome, with its point of the curve, ends the search. */
static bool enough(const rri_partition *p, const rri_outcome *o, const rr_curve_point *point)
{
    if (automatic(&p->cfg))
        return point->states >= p->least && o->gain.gain >= RRI_CHOICE_AIM;
    return point->stability_mean >= p->cfg.stability;
}

/* Make room for one more point, and its mixture. */
static rr_status grow_curve(rri_partition *p, rr_error *err)
{
    rr_status st = RR_OK;

    if (p->points < p->curve_size)
        return RR_OK;
    const size_t size = 2 * p->curve_size + 8;
    RRI_TRY(rri_grow(&p->grown, p->points, size, sizeof(*p->grown), err));
    RRI_TRY(rri_grow(&p->curve, p->points, size, sizeof *p->curve, err));
    p->curve_size = size;

done:
    return st;
}

static void move_outcome(rri_outcome *from, rri_outcome *to)
{
    rri_outcome_release(to);
    *to = *from;
    *from = (rri_outcome){ .gmm = NULL };
}

static rr_status copy_mixture(const rri_gmm *g, rri_gmm **out, rr_error *err)
{
    return rri_gmm_restore(g->k, g->d, g->weight, g->mean, g->variance, out, err);
}

/* ---- whole fits ----------------------------------------------------------------------------- */

static rr_status fit_next(rri_partition *p, rr_error *err)
{
    rr_status st = RR_OK;
    rri_outcome next = { .gmm = NULL };
    rr_curve_point point = { .states = 0 };
    rr_gmm_config cfg = p->cfg.gmm;
    const double start = rri_seconds();

    cfg.components = p->cfg.states != 0 ? p->cfg.states : p->points + 1;
    RRI_TRY(grow_curve(p, err));
    RRI_TRY(rri_gmm_fit_from(&cfg, p->all.z, p->sample.rows, &next.gmm, err));
    RRI_TRY(rri_judge(&p->all, p->cfg.gmm.threads, &next, &point, err));
    point.seconds = rri_seconds() - start;
    move_outcome(&next, &p->result); /* nothing can fail from here on */
    p->curve[p->points++] = point;
    p->done = p->cfg.states != 0 || point.states >= p->limit || enough(p, &p->result, &point);

done:
    rri_outcome_release(&next);
    return st;
}

/* ---- splitting ------------------------------------------------------------------------------ */

/* The mixture of the next K, fitted to the sample. */
static rr_status split_weakest(const rri_partition *p, rri_gmm **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_gmm *g = NULL;
    rr_gmm_config cfg = p->cfg.gmm;
    const rri_labelled rows = { .z = p->sampled.z,
                                .y = p->sampled.y,
                                .q = p->now.q,
                                .count = p->now.count,
                                .classes = p->sampled.classes };

    if (p->points == 0) {
        cfg.components = 1;
        return rri_gmm_fit_from(&cfg, p->sampled.z, p->sampled.z, out, err);
    }
    RRI_TRY(rri_split(p->now.gmm, &rows, p->weakest, &g, err));
    cfg.max_iter = rri_min(SPLIT_STEPS, p->cfg.gmm.max_iter);
    RRI_TRY(rri_gmm_refine_within(&cfg, p->sampled.z, g, err));
    *out = g;
    g = NULL;

done:
    rri_gmm_free(g);
    return st;
}

static bool can_grow(const rri_partition *p)
{
    return p->points < p->limit && p->weakest < p->points;
}

static rr_status grow(rri_partition *p, rr_error *err)
{
    rr_status st = RR_OK;
    rri_outcome next = { .gmm = NULL };
    rri_gmm *copy = NULL;
    rr_curve_point point = { .states = 0 };
    size_t weakest = 0;
    const double start = rri_seconds();

    RRI_TRY(grow_curve(p, err));
    RRI_TRY(split_weakest(p, &next.gmm, err));
    RRI_TRY(rri_judge(&p->sampled, p->cfg.gmm.threads, &next, &point, err));
    RRI_TRY(rri_weakest(&p->sampled, &next, &weakest, err));
    RRI_TRY(copy_mixture(next.gmm, &copy, err));
    point.seconds = rri_seconds() - start;
    move_outcome(&next, &p->now); /* nothing can fail from here on */
    p->weakest = weakest;
    p->grown[p->points] = copy;
    p->curve[p->points++] = point;
    copy = NULL;
    const bool ends = enough(p, &p->now, &point);
    if (p->sample.rows.n == p->all.z.n && (ends || !can_grow(p))) {
        move_outcome(&p->now, &p->result);
        p->done = true;
    } else if (!can_grow(p) || (p->check == 0 && ends)) {
        p->check = p->points;
    }

done:
    rri_gmm_free(copy);
    rri_outcome_release(&next);
    return st;
}

/* The next K to check, 0 when the result is known. */
static size_t next_check(rri_partition *p)
{
    const size_t stride = p->stride;

    p->stride *= 2;
    if (p->high == 0)
        return can_grow(p) ? p->low + stride : 0;
    if (p->high == p->low + 1)
        return 0;
    if (p->low > 0)
        return p->low + (p->high - p->low) / 2;
    return p->high > stride ? p->high - stride : 1;
}

/* Fit K = p->check to all rows and judge it on them. */
static rr_status check(rri_partition *p, rr_error *err)
{
    rr_status st = RR_OK;
    rri_outcome next = { .gmm = NULL };
    rr_curve_point point = { .states = 0 };
    rr_gmm_config once = p->cfg.gmm;
    const size_t K = p->check;
    const double start = rri_seconds();

    once.max_iter = 1;
    RRI_TRY(copy_mixture(p->grown[K - 1], &next.gmm, err));
    RRI_TRY(rri_gmm_refine_within(&once, p->all.z, next.gmm, err));
    RRI_TRY(rri_judge(&p->all, p->cfg.gmm.threads, &next, &point, err));
    point.seconds = p->curve[K - 1].seconds + rri_seconds() - start;
    p->curve[K - 1] = point; /* nothing can fail from here on */
    if (enough(p, &next, &point))
        p->high = K;
    else
        p->low = K;
    p->check = next_check(p);
    if (p->high == K || (p->check == 0 && p->high == 0))
        move_outcome(&next, &p->result);
    if (p->check == 0) { /* the curve ends with the result */
        while (p->points > p->result.gmm->k)
            rri_gmm_free(p->grown[--p->points]);
        p->done = true;
    }

done:
    rri_outcome_release(&next);
    return st;
}

rr_status rri_partition_step(rri_partition *p, int *done, rr_error *err)
{
    rr_status st = RR_OK;

    if (!p->done) {
        if (p->cfg.states != 0 || p->cfg.search == RR_SEARCH_RESTART)
            st = fit_next(p, err);
        else
            st = p->check != 0 && p->check <= p->points ? check(p, err) : grow(p, err);
    }
    *done = p->done;
    return st;
}

/* ---- results -------------------------------------------------------------------------------- */

const rr_curve_point *rri_partition_curve(const rri_partition *p, size_t *points)
{
    *points = p->points;
    return p->curve;
}

const rri_gmm *rri_partition_gmm(const rri_partition *p)
{
    return p->result.gmm;
}

const uint16_t *rri_partition_states(const rri_partition *p)
{
    return p->result.q;
}

const float *rri_partition_confidence(const rri_partition *p)
{
    return p->result.confidence;
}
