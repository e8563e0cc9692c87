/* SPDX-License-Identifier: MIT */
/* review_file.h - classes and labels of a file of decisions, as read and as written.
 * Internal to src/audit. */
#ifndef RRI_REVIEW_FILE_H
#define RRI_REVIEW_FILE_H

#include "core/core.h"
#include "rnnrepair/decisions.h"

/* A class by its name, or by its number where no class has a number for a name: "1" must not mean
 * the second class of those named 3 and 8. C where there is none. */
size_t rri_review_class(const rr_dataset *ds, const char *text);

/* The label of a step, or with step 0 of a sequence. */
uint32_t rri_review_label(const rr_dataset *ds, uint32_t id, uint32_t step);

#endif
