/* SPDX-License-Identifier: MIT */
/* division.h - divides the rows of a source without splits, class by class, as its parameters
 * holdout, dev and seed say. */
#ifndef RRI_DIVISION_H
#define RRI_DIVISION_H

#include "data/spec.h"

/* A parameter that is absent leaves its value as it is. */
typedef struct rri_division {
    double holdout; /* fraction of the rows for test, 0 for none */
    double dev;     /* fraction of the rest for dev, 0 for none */
    uint64_t seed;
} rri_division;

#define RRI_DIVISION_PARAMETERS "holdout", "dev", "seed"

/* Errors ARG. */
rr_status rri_division_read(const rri_spec *spec, rri_division *d, rr_error *err);

/* ARG where a parameter divides a source that has splits already: `what`. */
rr_status rri_refuse_division(const rri_spec *spec, const char *what, rr_error *err);

/* The split that a word in common use names. Errors FORMAT, with `where`. */
rr_status rri_split_find(const char *name, int64_t where, unsigned char *split, rr_error *err);

/* Move rows to test and dev: sets their split[i]; label and split are [n], each label below
 * RRI_MAX_CLASSES. The numbers of rows are those fractions of all rows, at least 1; the classes
 * share in them by their sizes, and each class of two rows (three with dev) gives at least one,
 * where there are enough for all classes. A class keeps at least one row for train. Which rows is
 * sampled with the seed, and does not depend on how classes are numbered.
 * Errors ARG (no class has a row to spare), NOMEM. */
rr_status rri_divide(const rri_division *d, const uint32_t *label, size_t n, unsigned char *split,
                     rr_error *err);

#endif
