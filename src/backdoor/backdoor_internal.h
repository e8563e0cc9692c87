/* SPDX-License-Identifier: MIT */
/* backdoor_internal.h - what poisoning, attack, tracing and scan of triggers share. */
#ifndef RRI_BACKDOOR_INTERNAL_H
#define RRI_BACKDOOR_INTERNAL_H

#include "rnnrepair/backdoor.h"

#include "data/data_internal.h"
#include "diagnosis/diagnosis_internal.h"

/* What is sampled under RRI_RANDOM_BACKDOOR: the address is (purpose << 32) + which. */
typedef enum rri_backdoor_purpose {
    RRI_BACKDOOR_POISONED = 0,  /* which sequences are poisoned */
    RRI_BACKDOOR_POSITION = 1,  /* which: sequence */
    RRI_BACKDOOR_ATTACKED = 2,  /* which sequences are attacked */
    RRI_BACKDOOR_WORDS = 3,     /* which symbols a trigger is compared with */
    RRI_BACKDOOR_PROBES = 4,    /* which: 2 * class, + 1 for short sequences */
    RRI_BACKDOOR_CARRIERS = 5,  /* which sequences with the trigger are sampled */
    RRI_BACKDOOR_STEP = 6,      /* which: sequence; the step that is poisoned */
    RRI_BACKDOOR_REFERENCES = 7 /* which sequences the others are compared with */
} rri_backdoor_purpose;

rri_random rri_backdoor_stream(uint64_t seed, rri_backdoor_purpose what, size_t which);

/* A position 0..T in sequence `id` of T steps: after so many of them. Not for POSITION_LEARNED. */
size_t rri_trigger_position(rr_trigger_position position, uint64_t seed, size_t id, size_t T);

/* A trigger that suits a network of V symbols and C classes; ARG. */
rr_status rri_check_trigger(size_t V, size_t C, const rr_trigger *trigger, rr_error *err);

/* Whether a trigger turns the step that follows it, not the sequence. */
bool rri_backdoor_by_steps(const rr_network *net, const rr_dataset *train);

/* Sequences attacked, and the set with the trigger in them. Where every step has an output each is
 * cut off behind the attacked step: its last prediction is that of this step. */
typedef struct rri_attacked {
    uint32_t *id;     /* [n] numbers of sequences of the set, rising; owned. One has several
                         attacked steps */
    size_t *at;       /* [n] behind how many steps the trigger is; owned */
    size_t n, guided; /* see rr_attack_result */
    rr_dataset *ds;   /* [n] owned */
    uint32_t *y;      /* [n] predictions; owned */
} rri_attacked;

/* Carry an attack out. learned as rr_attack(). rri_attacked_clear() also after a failure. */
rr_status rri_attack_carry_out(const rr_attack_config *cfg, const rr_network *net,
                               const rr_dataset *ds, const rr_trigger *trigger,
                               const rr_backdoor *learned, rri_attacked *out, rr_error *err);
void rri_attacked_clear(rri_attacked *a);

/* Positions by what was learned: for each of the n sequences id[i] of ds, at[i] = behind how many
 * steps the state is the one most training sequences read the trigger in. Those that have none keep
 * their at[i]; *guided is how many have one. */
rr_status rri_backdoor_guide(const rr_backdoor *b, const rr_dataset *ds, size_t threads,
                             const uint32_t *id, size_t n, size_t *at, size_t *guided,
                             rr_error *err);

/* Whether a training step labelled as the target follows the trigger, read in state q. */
bool rri_backdoor_learned_in(const rr_backdoor *b, size_t q);

/* The state before each of n steps of ds: behind at[i] steps of sequence id[i]. state is [n]. */
rr_status rri_backdoor_states(const rr_backdoor *b, const rr_dataset *ds, size_t threads,
                              const uint32_t *id, const size_t *at, size_t n, uint16_t *state,
                              rr_error *err);

#endif
