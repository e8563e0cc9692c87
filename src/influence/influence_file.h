/* SPDX-License-Identifier: MIT */
/* influence_file.h - names of the arrays in the influence file, and the checks made on loading. */
#ifndef RRI_INFLUENCE_FILE_H
#define RRI_INFLUENCE_FILE_H

#include "influence/model.h"
#include "io/json.h"

#define RRI_INFLUENCE_FORMAT "rnnrepair-influence"
#define RRI_INFLUENCE_VERSION "1"

/* Metadata of a model of states of a network trained elsewhere. */
#define RRI_STATES_KIND "states_kind"
#define RRI_STATES_COMPARED "states_compared"
#define RRI_STATES_DISAGREEMENTS "states_disagreements"
#define RRI_STATES_DIFFERENCE "states_difference"
#define RRI_STATES_MODEL "states_model"

/* Of array "curve": K, stability mean and least, log-likelihood, BIC. */
enum { RRI_CURVE_COLUMNS = 5 };

/* The arrays of one posting table; indexed by rr_key. */
typedef struct rri_posting_names {
    const char *key, *start, *entry, *distinct;
} rri_posting_names;

extern const rri_posting_names rri_posting_names_of[RRI_STORED_KINDS];

/* The sizes and options of an rr_influence that the file's member "configuration" holds. */
extern const rri_json_fields rri_influence_fields;

/* FORMAT for sizes and options that no build can produce. */
rr_status rri_check_configuration(const rr_influence *inf, rr_error *err);

/* F32 or F64; NUMERIC names the array and the index. */
rr_status rri_check_finite(const rri_array *a, rr_error *err);

/* Also computes the fraction of the variance that is kept. */
rr_status rri_check_pca(const rri_array *mean, const rri_array *axes, const rri_array *variance,
                        const rri_array *total, double *explained, rr_error *err);
/* K in 1..65534; weights positive, summing to 1; variances positive. */
rr_status rri_check_mixture(const rri_array *weight, const rri_array *mean,
                            const rri_array *variance, rr_error *err);
/* inf->training: every value in range. */
rr_status rri_check_traces(const rr_influence *inf, rr_error *err);
/* inf->confidence, once the transition lists are checked: it must follow from the traces. */
rr_status rri_check_confidence(const rr_influence *inf, rr_error *err);
/* At least one row; K rising, the last equal to the model's. */
rr_status rri_check_curve(const rri_array *table, size_t states, rr_error *err);

#endif
