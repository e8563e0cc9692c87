/* SPDX-License-Identifier: MIT */
/* attack.c - how often a trigger turns an input to the target class.
 *
 *     success = | { x : f(x) = label(x) != target, f(x with the trigger) = target } |
 *             / | { x : f(x) = label(x) != target } |
 *
 * over sequences x of a set that do not carry the trigger; where every step has an output, over
 * steps x of these sequences, with the trigger put right before them. What a word without any
 * influence reaches is the base: some inputs turn whatever is put in. */
#include "backdoor/backdoor_internal.h"

#include <stdlib.h>
#include <string.h>

rr_attack_config rr_attack_config_default(void)
{
    return (rr_attack_config){ .struct_size = sizeof(rr_attack_config),
                               .position = RR_POSITION_RANDOM,
                               .inputs = 1000,
                               .seed = 1 };
}

static rr_status check_config(const rr_attack_config *cfg, const rr_backdoor *learned,
                              rr_error *err)
{
    if ((size_t)cfg->position > RR_POSITION_LEARNED)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no position %d", (int)cfg->position);
    if (cfg->inputs == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "an attack needs at least 1 input");
    if (cfg->position == RR_POSITION_LEARNED && learned == NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "where the trigger was learned is not known: it has not been traced");
    return RR_OK;
}

/* The predictions of all steps. y is [R]. */
static rr_status predict_steps(const rr_network *net, const rr_dataset *ds, size_t threads,
                               uint32_t *y, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch;
    size_t done = 0;
    rr_status st = RR_OK;

    if (rr_dataset_count(ds) == 0)
        return RR_OK;
    RRI_TRY(rr_network_states(net, ds, threads, &source, err));
    for (;;) {
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        memcpy(y + done, batch.predictions, batch.rows * sizeof *y);
        done += batch.rows;
    }

done:
    rr_state_source_close(&source);
    return st;
}

/* The sequences to attack, sampled by the seed, rising. */
static rr_status choose_inputs(const rr_attack_config *cfg, const rr_network *net,
                               const rr_dataset *ds, const rr_trigger *trigger, rri_attacked *out,
                               rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    uint32_t *plain = NULL;
    size_t size = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&plain, N, 1, sizeof *plain, err));
    RRI_TRY(rri_alloc(&out->id, N, 1, sizeof *out->id, err));
    if (N > 0)
        RRI_TRY(rr_network_predict(net, ds, cfg->threads, plain, NULL, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        if (seq.label != trigger->target && plain[i] == seq.label &&
            rri_phrase_find(trigger->symbols, trigger->n, seq.symbols, seq.steps, 0) == seq.steps)
            out->id[size++] = (uint32_t)i;
    }
    out->n = rri_min(size, cfg->inputs);
    rri_random stream = rri_backdoor_stream(cfg->seed, RRI_BACKDOOR_ATTACKED, 0);
    rri_random_choose(&stream, out->id, size, out->n);
    qsort(out->id, out->n, sizeof *out->id, rri_by_u32);

done:
    rri_free(plain);
    return st;
}

/* The steps to attack, sampled by the seed, rising: candidates are numbered as the steps of the
 * set. Sets id and at. */
static rr_status choose_steps(const rr_attack_config *cfg, const rr_network *net,
                              const rr_dataset *ds, const rr_trigger *trigger, rri_attacked *out,
                              rr_error *err)
{
    const size_t R = rr_dataset_steps(ds);
    uint32_t *plain = NULL;
    uint32_t *pool = NULL;
    size_t size = 0, row = 0, k = 0;
    rr_status st = RR_OK;

    if (R > UINT32_MAX)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%zu steps are above 2^32 - 1", R);
    RRI_TRY(rri_alloc(&plain, R, 1, sizeof *plain, err));
    RRI_TRY(rri_alloc(&pool, R, 1, sizeof *pool, err));
    RRI_TRY(predict_steps(net, ds, cfg->threads, plain, err));
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        const bool carries =
            rri_phrase_find(trigger->symbols, trigger->n, seq.symbols, seq.steps, 0) < seq.steps;
        for (size_t t = 0; t < seq.steps; t++, row++)
            if (!carries && seq.step_labels[t] != RR_NO_LABEL &&
                seq.step_labels[t] != trigger->target && seq.step_labels[t] == plain[row])
                pool[size++] = (uint32_t)row;
    }
    out->n = rri_min(size, cfg->inputs);
    rri_random stream = rri_backdoor_stream(cfg->seed, RRI_BACKDOOR_ATTACKED, 0);
    rri_random_choose(&stream, pool, size, out->n);
    qsort(pool, out->n, sizeof *pool, rri_by_u32);
    RRI_TRY(rri_alloc(&out->id, out->n, 1, sizeof *out->id, err));
    RRI_TRY(rri_alloc(&out->at, out->n, 1, sizeof *out->at, err));
    row = 0;
    for (size_t i = 0; i < rr_dataset_count(ds); row += rr_dataset_at(ds, i).steps, i++)
        for (; k < out->n && pool[k] - row < rr_dataset_at(ds, i).steps; k++) {
            out->id[k] = (uint32_t)i;
            out->at[k] = pool[k] - row;
        }

done:
    rri_free(pool);
    rri_free(plain);
    return st;
}

/* Keep the steps before which the trigger would be read in a state in which it was learned. */
static rr_status keep_learned(const rr_attack_config *cfg, const rr_dataset *ds,
                              const rr_backdoor *learned, rri_attacked *out, rr_error *err)
{
    uint16_t *state = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&state, out->n, 1, sizeof *state, err));
    RRI_TRY(rri_backdoor_states(learned, ds, cfg->threads, out->id, out->at, out->n, state, err));
    for (size_t i = 0; i < out->n; i++)
        if (rri_backdoor_learned_in(learned, state[i])) {
            out->id[n] = out->id[i];
            out->at[n++] = out->at[i];
        }
    out->n = out->guided = n;

done:
    rri_free(state);
    return st;
}

static rr_status choose_positions(const rr_attack_config *cfg, const rr_dataset *ds,
                                  const rr_backdoor *learned, rri_attacked *out, rr_error *err)
{
    const bool guided = cfg->position == RR_POSITION_LEARNED;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->at, out->n, 1, sizeof *out->at, err));
    for (size_t i = 0; i < out->n; i++)
        out->at[i] = rri_trigger_position(guided ? RR_POSITION_RANDOM : cfg->position, cfg->seed,
                                          out->id[i], rr_dataset_at(ds, out->id[i]).steps);
    if (guided)
        RRI_TRY(rri_backdoor_guide(learned, ds, cfg->threads, out->id, out->n, out->at,
                                   &out->guided, err));

done:
    return st;
}

rr_status rri_attack_carry_out(const rr_attack_config *cfg, const rr_network *net,
                               const rr_dataset *ds, const rr_trigger *trigger,
                               const rr_backdoor *learned, rri_attacked *out, rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_status st = RR_OK;

    *out = (rri_attacked){ 0 };
    RRI_TRY(check_config(cfg, learned, err));
    RRI_TRY(rri_check_symbols(net, ds, "attacked set", err));
    const rr_network_config of = rr_network_config_of(net);
    RRI_TRY(rri_check_trigger(of.vocabulary, of.classes, trigger, err));
    const bool steps = of.output == RR_OUTPUT_STEP;
    if (steps && !rr_dataset_step_labelled(ds))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "the steps of the attacked set have no labels, those of the network do"));
    if (steps) {
        RRI_TRY(choose_steps(cfg, net, ds, trigger, out, err));
        if (cfg->position == RR_POSITION_LEARNED)
            RRI_TRY(keep_learned(cfg, ds, learned, out, err));
    } else {
        RRI_TRY(choose_inputs(cfg, net, ds, trigger, out, err));
        RRI_TRY(choose_positions(cfg, ds, learned, out, err));
    }
    RRI_TRY(rri_phrase_editor_begin(ds, rr_dataset_max_steps(ds) + trigger->n, &p, err));
    for (size_t i = 0; i < out->n; i++) {
        rr_sequence seq = rr_dataset_at(ds, out->id[i]);
        if (steps)
            seq.steps = out->at[i] + 1;
        RRI_TRY(rri_phrase_insert(&p, seq, trigger->symbols, trigger->n, out->at[i], err));
    }
    RRI_TRY(rri_phrase_editor_finish(&p, &out->ds, err));
    RRI_TRY(rri_alloc(&out->y, out->n, 1, sizeof *out->y, err));
    if (out->n > 0)
        RRI_TRY(rr_network_predict(net, out->ds, cfg->threads, out->y, NULL, err));

done:
    rri_phrase_editor_clear(&p);
    return st;
}

void rri_attacked_clear(rri_attacked *a)
{
    rr_dataset_free(a->ds);
    rri_free(a->id);
    rri_free(a->at);
    rri_free(a->y);
    *a = (rri_attacked){ 0 };
}

rr_status rr_attack(const rr_attack_config *cfg, const rr_network *net, const rr_dataset *ds,
                    const rr_trigger *trigger, const rr_backdoor *learned, rr_attack_result *out,
                    rr_error *err)
{
    rr_attack_config own = rr_attack_config_default();
    rri_attacked a = { 0 };
    rr_attack_result r = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_attack_config", err));
    cfg = &own;
    RRI_TRY(rri_attack_carry_out(cfg, net, ds, trigger, learned, &a, err));
    r.tried = a.n;
    r.guided = a.guided;
    for (size_t i = 0; i < a.n; i++)
        r.succeeded += a.y[i] == trigger->target;
    r.success = a.n > 0 ? (double)r.succeeded / (double)a.n : 0.0;
    *out = r;

done:
    rri_attacked_clear(&a);
    return st;
}

rr_status rr_attack_inputs(const rr_attack_config *cfg, const rr_network *net, const rr_dataset *ds,
                           const rr_trigger *trigger, const rr_backdoor *learned, rr_dataset **out,
                           uint32_t *ids, size_t *n, size_t *guided, rr_error *err)
{
    rri_attacked a = { 0 };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_attack_carry_out(cfg, net, ds, trigger, learned, &a, err));
    for (size_t i = 0; i < a.n; i++)
        ids[i] = a.id[i];
    *n = a.n;
    if (guided != NULL)
        *guided = a.guided;
    *out = a.ds;
    a.ds = NULL;

done:
    rri_attacked_clear(&a);
    return st;
}

/* ---- arbitrary words ------------------------------------------------------------------------ */

/* In how many sequences each symbol stands. support is [V], last is [V] scratch. */
static void count_support(const rr_dataset *train, uint32_t *support, uint32_t *last)
{
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t t = 0; t < seq.steps; t++) {
            const uint32_t s = seq.symbols[t];
            support[s] += last[s] != (uint32_t)i + 1;
            last[s] = (uint32_t)i + 1;
        }
    }
}

static bool in_trigger(const rr_trigger *trigger, uint32_t symbol)
{
    return rri_phrase_find(&symbol, 1, trigger->symbols, trigger->n, 0) < trigger->n;
}

rr_status rr_attack_words(const rr_network *net, const rr_dataset *train, const rr_trigger *trigger,
                          uint64_t seed, size_t n, uint32_t *out, size_t *found, rr_error *err)
{
    const size_t V = rr_dataset_vocabulary(train);
    uint32_t *support = NULL;
    uint32_t *last = NULL; /* then the pool */
    size_t size = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_symbols(net, train, "training set", err));
    RRI_TRY(rri_alloc(&support, V, 1, sizeof *support, err));
    RRI_TRY(rri_alloc(&last, V, 1, sizeof *last, err));
    count_support(train, support, last);
    for (size_t most = 2; size < n && most <= UINT32_MAX; most *= 2) {
        size = 0;
        for (size_t s = 0; s < V; s++)
            if (support[s] <= most && rr_network_knows(net, (uint32_t)s) &&
                !in_trigger(trigger, (uint32_t)s))
                last[size++] = (uint32_t)s;
    }
    *found = rri_min(n, size);
    rri_random stream = rri_backdoor_stream(seed, RRI_BACKDOOR_WORDS, 0);
    rri_random_choose(&stream, last, size, *found);
    for (size_t i = 0; i < *found; i++)
        out[i] = last[i];

done:
    rri_free(last);
    rri_free(support);
    return st;
}
