/* SPDX-License-Identifier: MIT */
/* division.c - divides the rows of a source without splits, class by class.
 *
 * The classes share in the rows of a split by largest remainders: a class gives the whole part of
 * its share, and the rows that are missing then come from the classes with the largest rest. */
#include "data/division.h"

#include "data/dataset_internal.h"
#include "data/labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

rr_status rri_division_read(const rri_spec *spec, rri_division *d, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_f64(spec, "holdout", 0.0, 1.0, &d->holdout, err));
    RRI_TRY(rri_spec_f64(spec, "dev", 0.0, 1.0, &d->dev, err));
    RRI_TRY(rri_spec_u64(spec, "seed", &d->seed, err));

done:
    return st;
}

rr_status rri_refuse_division(const rri_spec *spec, const char *what, rr_error *err)
{
    static const char *const names[] = { "holdout", "dev" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rri_spec_value(spec, names[i]) != NULL)
            return rri_fail(err, RR_ERR_ARG, -1, "%s has %s, which exclude %s=%s", spec->path, what,
                            names[i], rri_spec_value(spec, names[i]));
    return RR_OK;
}

/* Whether a name is one of a list, whatever its case. */
static bool is_one_of(const char *name, size_t bytes, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == bytes && strncasecmp(*list, name, bytes) == 0)
            return true;
    return false;
}

rr_status rri_split_find(const char *name, int64_t where, unsigned char *split, rr_error *err)
{
    static const char *const names[3][6] = {
        [RR_SPLIT_TRAIN] = { "train", "training" },
        [RR_SPLIT_DEV] = { "dev", "development", "val", "valid", "validation" },
        [RR_SPLIT_TEST] = { "test", "testing" },
    };
    size_t n = 0;
    const char *plain = rri_label_plain(name, strlen(name), &n); /* without blanks */

    for (unsigned s = 0; s < 3; s++)
        if (is_one_of(plain, n, names[s])) {
            *split = (unsigned char)s;
            return RR_OK;
        }
    return rri_fail(
        err, RR_ERR_FORMAT, where,
        "unknown split '%.60s': expected train, dev (or validation, valid, val) or test", name);
}

/* ---- how many rows each class gives --------------------------------------------------------- */

/* A class, and what it gives to one split. */
typedef struct portion {
    size_t first; /* of its rows in rows.member */
    size_t rows;  /* not given yet */
    size_t gives, most;
    double rest;  /* of its share, beyond what it gives */
    uint32_t tie; /* the order of equal rests */
} portion;

/* The rows of all classes, class after class; classes are numbered as they first occur. */
typedef struct rows {
    size_t *member; /* [n] */
    portion *of;    /* [classes] */
    size_t classes;
} rows;

static int largest_rest_first(const void *a, const void *b)
{
    const portion *p = *(portion *const *)a;
    const portion *q = *(portion *const *)b;

    if (p->rest != q->rest)
        return p->rest > q->rest ? -1 : 1;
    return (p->tie > q->tie) - (p->tie < q->tie);
}

/* The rows that are missing: one of each class, by their rests, then as many as there are. */
static rr_status give_rests(const rows *all, size_t missing, rr_error *err)
{
    portion **order = NULL;
    const rr_status st = rri_alloc(&order, all->classes, 1, sizeof *order, err);

    if (st != RR_OK)
        return st;
    for (size_t c = 0; c < all->classes; c++)
        order[c] = &all->of[c];
    qsort(order, all->classes, sizeof *order, largest_rest_first);
    for (int pass = 0; pass < 2; pass++)
        for (size_t c = 0; c < all->classes; c++) {
            const size_t room = order[c]->most - order[c]->gives;
            const size_t more = rri_min(rri_min(room, pass == 0 ? 1 : missing), missing);
            order[c]->gives += more;
            missing -= more;
        }
    rri_free(order);
    return RR_OK;
}

/* Set what every class gives to a split; `most` is set. Each gives one before shares are
 * calculated, if there are enough rows for that. */
static rr_status apportion(const rows *all, const char *name, double fraction, rr_error *err)
{
    size_t count = 0;
    size_t most = 0;
    size_t givers = 0;
    double weights = 0.0;

    for (size_t c = 0; c < all->classes; c++) {
        count += all->of[c].rows;
        most += all->of[c].most;
        givers += all->of[c].most > 0;
    }
    if (most == 0)
        return rri_fail(
            err, RR_ERR_ARG, -1,
            "%s=%g cannot divide %zu row%s of %zu class%s: a class keeps one for train, "
            "and none has another",
            name, fraction, count, count == 1 ? "" : "s", all->classes,
            all->classes == 1 ? "" : "es");
    const size_t total = rri_min(rri_max((size_t)round(fraction * (double)count), 1), most);
    const size_t base = total >= givers ? 1 : 0;
    for (size_t c = 0; c < all->classes; c++) {
        portion *p = &all->of[c];
        p->rest = (double)total * (double)p->rows / (double)count;
        p->rest = p->most > 0 && p->rest > (double)base ? p->rest - (double)base : 0.0;
        weights += p->rest;
    }
    const size_t shared = total - base * givers;
    size_t given = 0;
    for (size_t c = 0; c < all->classes; c++) {
        portion *p = &all->of[c];
        const double share = weights > 0.0 ? (double)shared * p->rest / weights : 0.0;
        p->gives = rri_min((p->most > 0 ? base : 0) + (size_t)floor(share), p->most);
        p->rest = share - floor(share);
        given += p->gives;
    }
    return give_rests(all, total - rri_min(given, total), err);
}

/* ---- which rows ----------------------------------------------------------------------------- */

static void clear_rows(rows *all)
{
    rri_free(all->member);
    rri_free(all->of);
}

static rr_status sort_rows(const uint32_t *label, size_t n, rows *all, rr_error *err)
{
    uint32_t *number = NULL; /* of a label's class, from 1 */
    size_t first = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&number, RRI_MAX_CLASSES, 1, sizeof *number, err));
    for (size_t i = 0; i < n; i++)
        if (number[label[i]] == 0)
            number[label[i]] = (uint32_t)++all->classes;
    RRI_TRY(rri_alloc(&all->of, all->classes, 1, sizeof *all->of, err));
    RRI_TRY(rri_alloc(&all->member, n, 1, sizeof *all->member, err));
    for (size_t i = 0; i < n; i++)
        all->of[number[label[i]] - 1].rows++;
    for (size_t c = 0; c < all->classes; c++) {
        all->of[c].first = first;
        first += all->of[c].rows;
        all->of[c].rows = 0;
    }
    for (size_t i = 0; i < n; i++) {
        portion *p = &all->of[number[label[i]] - 1];
        all->member[p->first + p->rows++] = i;
    }

done:
    rri_free(number);
    return st;
}

/* Bring the rows of every class into a random order, and the classes for ties. */
static rr_status shuffle(rows *all, size_t n, uint64_t seed, rr_error *err)
{
    uint32_t *order = NULL;
    size_t *old = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, rri_max(n, all->classes), 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&old, n, 1, sizeof *old, err));
    for (size_t i = 0; i < n; i++)
        old[i] = all->member[i];
    for (size_t c = 0; c < all->classes; c++) {
        const portion *p = &all->of[c];
        rri_random r = rri_random_at(seed, RRI_RANDOM_HOLDOUT, c);
        rri_random_permutation(&r, order, p->rows);
        for (size_t i = 0; i < p->rows; i++)
            all->member[p->first + i] = old[p->first + order[i]];
    }
    rri_random r = rri_random_at(seed, RRI_RANDOM_HOLDOUT, all->classes);
    rri_random_permutation(&r, order, all->classes);
    for (size_t c = 0; c < all->classes; c++)
        all->of[c].tie = order[c];

done:
    rri_free(order);
    rri_free(old);
    return st;
}

/* Give the last rows of every class to a split. */
static void give(const rows *all, unsigned char to, unsigned char *split)
{
    for (size_t c = 0; c < all->classes; c++) {
        portion *p = &all->of[c];
        for (; p->gives > 0; p->gives--)
            split[all->member[p->first + --p->rows]] = to;
    }
}

rr_status rri_divide(const rri_division *d, const uint32_t *label, size_t n, unsigned char *split,
                     rr_error *err)
{
    rows all = { .classes = 0 };
    rr_status st = RR_OK;

    if (n == 0 || (d->holdout <= 0.0 && d->dev <= 0.0)) /* the caller reports an empty source */
        return RR_OK;
    if (n > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "holdout and dev cannot divide %zu rows", n);
    RRI_TRY(sort_rows(label, n, &all, err));
    RRI_TRY(shuffle(&all, n, d->seed, err));
    if (d->holdout > 0.0) {
        for (size_t c = 0; c < all.classes; c++) /* one stays for train, one for dev */
            all.of[c].most = all.of[c].rows - (d->dev > 0.0 && all.of[c].rows > 2 ? 2 : 1);
        RRI_TRY(apportion(&all, "holdout", d->holdout, err));
        give(&all, RR_SPLIT_TEST, split);
    }
    if (d->dev > 0.0) {
        for (size_t c = 0; c < all.classes; c++)
            all.of[c].most = all.of[c].rows - 1;
        RRI_TRY(apportion(&all, "dev", d->dev, err));
        give(&all, RR_SPLIT_DEV, split);
    }

done:
    clear_rows(&all);
    return st;
}
