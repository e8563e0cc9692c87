/* SPDX-License-Identifier: MIT */
/* influence_file.h - names in the influence file, and the checks that loading makes. */
#ifndef RRI_INFLUENCE_FILE_H
#define RRI_INFLUENCE_FILE_H

#include "influence/model.h"

#define RRI_INFLUENCE_FORMAT "rnnrepair-influence"
#define RRI_INFLUENCE_VERSION "1"

/* Of array "curve": K, stability mean and least, log-likelihood, BIC. */
enum { RRI_CURVE_COLUMNS = 5 };

/* The arrays of one posting table; indexed by rr_key. */
typedef struct rri_posting_names {
    const char *key, *start, *entry, *distinct;
} rri_posting_names;

extern const rri_posting_names rri_posting_names_of[RRI_STORED_KINDS];

/* Sizes and options that could not have come from a build. */
rr_status rri_check_configuration(const rr_influence *inf, rr_error *err);

/* F32 or F64; NUMERIC names the array and the place. */
rr_status rri_check_finite(const rri_array *a, rr_error *err);

/* Also works out the share of the variance that is kept. */
rr_status rri_check_pca(const rri_array *mean, const rri_array *axes, const rri_array *variance,
                        const rri_array *total, double *explained, rr_error *err);
/* K in 1..65534; weights positive, summing to 1; variances positive. */
rr_status rri_check_mixture(const rri_array *weight, const rri_array *mean,
                            const rri_array *variance, rr_error *err);
/* inf->training: every value in range. */
rr_status rri_check_traces(const rr_influence *inf, rr_error *err);
/* inf->confidence, once the transition lists are checked: what the traces give. */
rr_status rri_check_confidence(const rr_influence *inf, rr_error *err);
/* At least one row; K rising, the last the model's. */
rr_status rri_check_curve(const rri_array *table, size_t states, rr_error *err);

#endif
