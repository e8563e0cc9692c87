/* SPDX-License-Identifier: MIT */
/* states_origin.h - whether the origin of states can be. */
#ifndef RRI_STATES_ORIGIN_H
#define RRI_STATES_ORIGIN_H

#include "rnnrepair/states.h"

/* ARG: an unknown kind, more disagreements than sequences compared, a difference that is not
 * finite, a model that is not named by 64 hexadecimal digits. */
rr_status rri_states_origin_check(const rr_states_origin *o, rr_error *err);

#endif
