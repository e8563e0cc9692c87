/* SPDX-License-Identifier: MIT */
/* npz_names.h - the names of a dataset's classes and symbols as arrays of an npz. */
#ifndef RRI_WORKFLOW_NPZ_NAMES_H
#define RRI_WORKFLOW_NPZ_NAMES_H

#include "io/npz.h"
#include "rnnrepair/dataset.h"

/* Write class_names, and where the dataset has a vocabulary tokens. Errors as
 * rri_npz_writer_texts(). */
rr_status rri_npz_names(rri_npz_writer *w, const rr_dataset *ds, rr_error *err);

#endif
