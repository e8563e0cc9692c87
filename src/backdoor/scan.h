/* SPDX-License-Identifier: MIT */
/* scan.h - what the parts of a scan for triggers share. */
#ifndef RRI_BACKDOOR_SCAN_H
#define RRI_BACKDOOR_SCAN_H

#include "backdoor/backdoor_internal.h"
#include "core/callbacks.h"

/* Which training sequences carry a symbol: those of symbol s are id[start[s]..start[s+1]-1],
 * rising, each once. */
typedef struct rri_carriers {
    size_t V, C;
    size_t *start;      /* [V+1] owned, as all */
    uint32_t *id;       /* */
    uint32_t *labelled; /* [V][C] by label */
    double *prior;      /* [C] share of the training sequences of each label */
    /* Where every step has an output, carriers are labelled training steps that follow the symbol:
     * place instead of id, in the order of the training set, and prior is of labelled steps. */
    rr_posting *place;
    uint32_t *own; /* [V][C] labelled steps that are the symbol, by label */
} rri_carriers;

static inline size_t rri_support(const rri_carriers *b, size_t symbol)
{
    return b->start[symbol + 1] - b->start[symbol];
}

/* Sequences a symbol is put into: not of the target, predicted right. */
typedef struct rri_probe_set {
    uint32_t *id; /* [n] training ids, owned */
    double *p;    /* [n] probability of the target without the symbol, owned */
    size_t n;
} rri_probe_set;

/* What every part of a scan works on; all borrowed. */
typedef struct rri_search {
    const rr_scan_config *cfg;
    const rr_influence *inf;
    const rr_network *net; /* NULL: it is trained elsewhere */
    const rr_dataset *train;
    const rri_carriers *carriers;
    const rr_callbacks *callbacks; /* may be NULL */
    bool by_steps;                 /* a trigger turns the step that follows it */
} rri_search;

/* The effect of a symbol on a probe set. */
typedef struct rri_effect {
    float gain;   /* mean rise of the target's probability */
    float turned; /* fraction that turns to the target */
} rri_effect;

/* Steps a symbol is put right before: predicted right. */
typedef struct rri_step_probes {
    rr_posting *place; /* [n] owned */
    float *p;          /* [n][C] probabilities without the symbol, owned */
    size_t n;
} rri_step_probes;

/* ---- scan_probe.c --------------------------------------------------------------------------- */

/* The class that the probabilities p [C] predict; the first of equals. */
uint32_t rri_predicted(const float *p, size_t C);

/* Draw n probes against `target`, from the shortest quarter of the sequences or from all. Memory:
 * rri_probes_clear(), also after a failure. */
rr_status rri_probes_draw(const rri_search *s, uint32_t target, size_t n, bool quarter,
                          rri_probe_set *out, rr_error *err);
void rri_probes_clear(rri_probe_set *set);

/* Put each of n symbols into every probe; a random position is the probe's own. */
rr_status rri_probes_insert(const rri_search *s, const rri_probe_set *set,
                            rr_trigger_position position, uint32_t target, const uint32_t *symbols,
                            size_t n, rri_effect *out, rr_error *err);

/* Take the candidate out of its carriers that are labelled and predicted as its target, at most
 * cfg->probes of them: sets dependence. */
rr_status rri_probes_delete(const rri_search *s, rr_candidate *c, rr_error *err);

/* ---- scan_score.c --------------------------------------------------------------------------- */

/* The symbols with enough support, rising, and what is known of each and of those most similar to
 * it. Pair (k, c) is number k*C + c. All owned. */
typedef struct rri_pool {
    size_t m;
    uint32_t *symbol;   /* [m] */
    rri_effect *effect; /* [m][C] */
    double *expected;   /* [m][C] median over the similar ones of the label's share */
    double *gain;       /* [m][C] median over the similar ones of the gain */
    double *usual;      /* [C] the gain one symbol in a hundred reaches */
} rri_pool;

/* Sets expected, gain and usual from the rest. */
rr_status rri_pool_compare(const rri_search *s, rri_pool *pool, rr_error *err);

/* The same and the effects without a network, from the traces of the training set. */
rr_status rri_pool_observe(const rri_search *s, rri_pool *pool, rr_error *err);

/* Sets usual from the effects. */
rr_status rri_pool_usual(const rri_search *s, rri_pool *pool, rr_error *err);

/* Sets spread. */
rr_status rri_scan_spread(const rri_search *s, rr_candidate *c, rr_error *err);

/* The score of what is known of a candidate. prior: the share of its label in the training set;
 * full: the tests of the shortlist have been made. */
double rri_scan_score(const rr_candidate *c, double prior, bool full);

/* ---- scan_steps.c --------------------------------------------------------------------------- */

/* The carriers of steps. Memory: as of those of sequences, also after a failure. */
rr_status rri_steps_find(const rr_dataset *train, rri_carriers *b, rr_error *err);

/* Sets expected: the mean over the steps that follow a symbol of the share that a label has among
 * the steps of their own symbol elsewhere. */
rr_status rri_steps_expect(const rri_search *s, rri_pool *pool, rr_error *err);

/* Sets the effects and what they are compared with: by tests; without a network, by the traces. */
rr_status rri_steps_measure(const rri_search *s, rri_pool *pool, rr_error *err);
rr_status rri_steps_observe(const rri_search *s, rri_pool *pool, rr_error *err);

/* Sets insertion of the candidates of class c, and dependence of one. */
rr_status rri_steps_insertion(const rri_search *s, rr_candidate *list, size_t n, uint32_t c,
                              rr_error *err);
rr_status rri_steps_delete(const rri_search *s, rr_candidate *c, rr_error *err);

/* The sequences of the steps behind a candidate, rising; returns how many. ids has room for
 * c->labelled. */
size_t rri_steps_name(const rri_search *s, const rr_candidate *c, uint32_t *ids);

/* Count these steps by the state before the symbol, [K+1]; returns how many. */
size_t rri_steps_states(const rri_search *s, const rr_candidate *c, size_t *count);

#endif
