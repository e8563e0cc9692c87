/* SPDX-License-Identifier: MIT */
/* backdooring.h - what the commands about triggers share: classes and words by name, attacks, and
 * what removing sequences does to them. */
#ifndef CLI_BACKDOORING_H
#define CLI_BACKDOORING_H

#include "repairing.h"

/* object[key] = [id, ...] */
void cli_set_ids(cli_doc *doc, json_t *object, const char *key, const uint32_t *ids, size_t n);

/* How a network stands a trigger. */
typedef struct cli_attacks {
    rr_attack_result chosen; /* at the place asked for */
    rr_attack_result learnt; /* at places where it was learnt */
    size_t words;            /* arbitrary words it is compared with */
    double base, base_max;   /* mean and largest success of these, at the place asked for */
} cli_attacks;

/* A trigger under examination. Pointers are borrowed but where said. */
typedef struct cli_case {
    const cli_common *common;
    const cli_patient *patient;
    rr_trigger trigger;
    rr_attack_config attack;
    const rr_backdoor *backdoor;
    uint32_t *words; /* [count_words] arbitrary ones, released with rri_free() */
    size_t count_words;
} cli_case;

/* The trigger's words as symbols, released with rri_free(); ARG where the run does not know one. */
rr_status cli_trigger_symbols(const cli_patient *p, const char *words, uint32_t **out, size_t *n,
                              rr_error *err);

/* The class most inputs turn to. symbols is [n]. */
rr_status cli_find_target(const cli_patient *p, const rr_attack_config *cfg,
                          const uint32_t *symbols, size_t n, uint32_t *out, rr_error *err);

/* Attack a network as the case says. */
rr_status cli_attack(const cli_case *c, const rr_network *net, cli_attacks *out, rr_error *err);

/* The two runs a removal makes. Begin with zeros. */
typedef struct cli_pair {
    const char *dir; /* borrowed */
    char *random;    /* DIR/random */
    int made, made_random;
} cli_pair;

/* Reserve both, so that neither is refused after a training; then free, which also takes away what
 * was made and stayed empty. Free after a failure too. */
rr_status cli_reserve_pair(const char *dir, cli_pair *out, rr_error *err);
void cli_pair_free(cli_pair *p);

/* What is left after sequences were removed and the network was trained again. */
typedef struct cli_without {
    cli_attacks attacks;
    double accuracy; /* on the attacked split */
} cli_without;

/* Train how->dir without how->removed, from fresh weights, and attack it. */
rr_status cli_try_without(const cli_case *c, const cli_retraining *how, const cli_where *where,
                          cli_without *out, int *interrupted, rr_error *err);

#endif
