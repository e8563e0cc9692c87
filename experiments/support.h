/* SPDX-License-Identifier: MIT */
/* support.h - what every file of the experiments shares: random numbers by address, subsets of
 * datasets, growing text. */
#ifndef EXPERIMENTS_SUPPORT_H
#define EXPERIMENTS_SUPPORT_H

#include "rnnrepair/rnnrepair.h"

#include "core/core.h"

/* Number `index` of the experiments' stream `seed`, uniform in [0, 1). */
double experiment_uniform(uint64_t seed, uint64_t index);

/* A dataset without n of its sequences, whose ids rise. Memory *out is rr_dataset_free()d. */
rr_status experiment_without(const rr_dataset *ds, const uint32_t *ids, size_t n, rr_dataset **out,
                             rr_error *err);
/* Keep one sequence in `every`, from the first on, and `most` of them at most. */
rr_status experiment_thin(rr_dataset **ds, size_t every, size_t most, rr_error *err);

/* Text that grows at its end. Plain data, zeroed at the start; a failed allocation is noted, so
 * that a whole text is made first and checked once. */
typedef struct experiment_text {
    char *data; /* NUL-terminated; NULL while empty */
    size_t n, room;
    int failed;
} experiment_text;

void experiment_add(experiment_text *t, const char *fmt, ...) RRI_PRINTF(2, 3);
void experiment_add_char(experiment_text *t, char c);
/* Write it to a file, atomically. Errors NOMEM (it could not be made), IO. */
rr_status experiment_text_save(const experiment_text *t, const char *path, rr_error *err);
void experiment_text_clear(experiment_text *t);

/* The length in bytes of the UTF-8 character at s, 0 where there is none: a broken one, or one that
 * XML forbids. */
size_t experiment_character(const char *s);

#endif
