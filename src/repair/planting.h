/* SPDX-License-Identifier: MIT */
/* planting.h - putting phrases of symbols into sequences, taking them out, and what a network makes
 * of the result. Internal to src/repair. */
#ifndef RRI_REPAIR_PLANTING_H
#define RRI_REPAIR_PLANTING_H

#include "rnnrepair/backdoor.h"

#include "repair/common.h"

/* What is drawn under RRI_RANDOM_BACKDOOR: the address is (what << 32) + which. */
typedef enum rri_drawn {
    RRI_DRAWN_POISONED = 0, /* which sequences are poisoned */
    RRI_DRAWN_PLACE = 1,    /* which: sequence */
    RRI_DRAWN_ATTACKED = 2, /* which sequences are attacked */
    RRI_DRAWN_WORDS = 3,    /* which symbols a trigger is compared with */
    RRI_DRAWN_PROBES = 4,   /* which: 2 * class, + 1 for short sequences */
    RRI_DRAWN_BEARERS = 5   /* which bearers are taken at random */
} rri_drawn;

rri_random rri_draw(uint64_t seed, rri_drawn what, size_t which);

/* A place 0..T of sequence `id` of T steps: behind so many of them. Not for PLACE_LEARNT. */
size_t rri_draw_place(rr_place place, uint64_t seed, size_t id, size_t T);

/* The first step from `from` (0-based) where the phrase begins, T where there is none. */
size_t rri_phrase_find(const uint32_t *phrase, size_t n, const uint32_t *symbols, size_t T,
                       size_t from);

/* A dataset in the making whose sequences are others with a phrase put in or taken out. */
typedef struct rri_planter {
    rr_dataset_builder *builder;
    uint32_t *symbols; /* [room] scratch */
    size_t room;
} rri_planter;

/* An empty one with the shape of `like`, of ids alone; longest: steps of the longest result. */
rr_status rri_planter_begin(const rr_dataset *like, size_t longest, rri_planter *out,
                            rr_error *err);
/* Append seq with the phrase behind its first `at` steps. */
rr_status rri_planter_put(rri_planter *p, rr_sequence seq, const uint32_t *phrase, size_t n,
                          size_t at, rr_error *err);
/* Append seq without any step that holds `symbol`; at least one step must remain. */
rr_status rri_planter_without(rri_planter *p, rr_sequence seq, uint32_t symbol, rr_error *err);
/* Take the dataset: rr_dataset_free(). */
rr_status rri_planter_finish(rri_planter *p, rr_dataset **out, rr_error *err);
void rri_planter_clear(rri_planter *p); /* a zeroed struct is allowed */

/* Symbol data that fit a network; SHAPE, UNSUPPORTED, MISMATCH. */
rr_status rri_check_symbols(const rr_network *net, const rr_dataset *ds, const char *what,
                            rr_error *err);
/* A model made from this training set with this network; SHAPE. */
rr_status rri_check_model(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                          rr_error *err);
/* A trigger for a network; ARG. */
rr_status rri_check_trigger(const rr_network *net, const rr_trigger *trigger, rr_error *err);

/* Sequences attacked, and the set with the trigger in them. */
typedef struct rri_attacked {
    uint32_t *id;     /* [n] numbers of sequences of the set, rising; owned */
    size_t *at;       /* [n] behind how many steps the trigger is; owned */
    size_t n, guided; /* see rr_attack_result */
    rr_dataset *ds;   /* [n] owned */
    uint32_t *y;      /* [n] predictions; owned */
} rri_attacked;

/* Carry an attack out. learnt as rr_attack(). rri_attacked_clear() also after a failure. */
rr_status rri_attack_carry_out(const rr_attack_config *cfg, const rr_network *net,
                               const rr_dataset *ds, const rr_trigger *trigger,
                               const rr_backdoor *learnt, rri_attacked *out, rr_error *err);
void rri_attacked_clear(rri_attacked *a);

/* Places by what was learnt: for each of the n sequences id[i] of ds, at[i] = behind how many steps
 * the state is the one most training sequences read the trigger in. Those that have none keep their
 * at[i]; *guided is how many have one. */
rr_status rri_backdoor_guide(const rr_backdoor *b, const rr_dataset *ds, size_t threads,
                             const uint32_t *id, size_t n, size_t *at, size_t *guided,
                             rr_error *err);

#endif
