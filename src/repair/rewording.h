/* SPDX-License-Identifier: MIT */
/* rewording.h - rewordings of a sentence: single words left out, others replaced by words with a
 * near vector. Internal to src/repair. */
#ifndef RRI_REPAIR_REWORDING_H
#define RRI_REPAIR_REWORDING_H

#include "repair/repair_internal.h"

/* The words near each word, looked up when a word is first met. The network and the training set
 * are borrowed. Memory: V structures of about 100 bytes, and the vectors scaled to length 1;
 * rri_thesaurus_free(), NULL is allowed. */
rr_status rri_thesaurus_new(const rr_network *net, const rr_dataset *train, rri_thesaurus **out,
                            rr_error *err);
void rri_thesaurus_free(rri_thesaurus *th);

/* Append a rewording of x, labelled as x is; `variation` holds the address of its random numbers.
 * Cost: for each word not met before, the products of its vector with all V. */
rr_status rri_add_reworded(rri_thesaurus *th, rr_sequence x, const rr_variation *variation,
                           size_t threads, rr_dataset_builder *b, rr_error *err);

#endif
