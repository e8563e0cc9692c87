/* SPDX-License-Identifier: MIT */
/* backdoor_attack.c - inputs with the trigger inserted, and how networks predict them.
 *
 * The same inputs with the trigger at the same positions are shown to every network of a trial, so
 * that an attack that succeeded can be seen to fail. */
#include "experiments/backdoor.h"

static rr_attack_config attack_of(const experiment_context *ctx, const backdoor_plan *plan,
                                  size_t inputs, rr_trigger_position position)
{
    rr_attack_config cfg = rr_attack_config_default();

    cfg.position = position;
    cfg.inputs = rri_max(inputs, 1);
    cfg.seed = plan->seed;
    cfg.threads = ctx->threads;
    return cfg;
}

static rr_trigger trigger_of(const backdoor_plan *plan)
{
    return (rr_trigger){ &plan->symbol, 1, plan->target };
}

rr_status backdoor_inputs_choose(const experiment_context *ctx, const backdoor_plan *plan,
                                 const rr_network *net, const rr_dataset *test, size_t most,
                                 backdoor_inputs *out, rr_error *err)
{
    const rr_attack_config cfg = attack_of(ctx, plan, most, RR_POSITION_RANDOM);
    const rr_trigger trigger = trigger_of(plan);
    rr_dataset *with = NULL;
    uint32_t *ids = NULL;
    size_t *which = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, most, 1, sizeof *ids, err));
    RRI_TRY(rri_alloc(&which, most, 1, sizeof *which, err));
    RRI_TRY(rr_attack_inputs(&cfg, net, test, &trigger, NULL, &with, ids, &out->n, NULL, err));
    for (size_t i = 0; i < out->n; i++)
        which[i] = ids[i];
    RRI_TRY(rr_dataset_select(test, which, out->n, &out->plain, err));

done:
    rr_dataset_free(with);
    rri_free(which);
    rri_free(ids);
    return st;
}

rr_status backdoor_inputs_attack(const experiment_context *ctx, const backdoor_plan *plan,
                                 const rr_network *net, const rr_backdoor *learned,
                                 backdoor_inputs *in, rr_error *err)
{
    static const rr_trigger_position positions[BACKDOOR_WAYS] = { RR_POSITION_LEARNED,
                                                                  RR_POSITION_RANDOM };
    const rr_trigger trigger = trigger_of(plan);
    uint32_t *ids = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, in->n, 1, sizeof *ids, err));
    for (size_t k = 0; k < BACKDOOR_WAYS; k++) {
        const rr_attack_config cfg = attack_of(ctx, plan, in->n, positions[k]);
        RRI_TRY(rr_attack_inputs(&cfg, net, in->plain, &trigger, learned, &in->with[k], ids, &n,
                                 k == BACKDOOR_GUIDED ? &in->guided : NULL, err));
        RRI_TRY(rri_alloc(&in->before[k], in->n, 1, sizeof *in->before[k], err));
        RRI_TRY(rr_network_predict(net, in->with[k], ctx->threads, in->before[k], NULL, err));
    }

done:
    rri_free(ids);
    return st;
}

void backdoor_inputs_clear(backdoor_inputs *in)
{
    for (size_t k = 0; k < BACKDOOR_WAYS; k++) {
        rri_free(in->before[k]);
        rr_dataset_free(in->with[k]);
    }
    rr_dataset_free(in->plain);
    *in = (backdoor_inputs){ .n = 0 };
}

/* How many attacks that succeeded before fail now. */
static rr_status count_fixed(const experiment_context *ctx, const backdoor_plan *plan,
                             const rr_network *net, const backdoor_inputs *in, size_t way,
                             double *out, rr_error *err)
{
    uint32_t *y = NULL;
    rr_status st = RR_OK;

    *out = 0.0;
    RRI_TRY(rri_alloc(&y, in->n, 1, sizeof *y, err));
    RRI_TRY(rr_network_predict(net, in->with[way], ctx->threads, y, NULL, err));
    for (size_t i = 0; i < in->n; i++)
        *out += in->before[way][i] == plan->target && y[i] != plan->target;

done:
    rri_free(y);
    return st;
}

rr_status backdoor_rates(const experiment_context *ctx, const backdoor_plan *plan,
                         const rr_network *net, const rr_backdoor *learned,
                         const backdoor_inputs *in, const uint32_t *words, size_t count_words,
                         double figures[CONDITION_FIGURES], rr_error *err)
{
    const rr_attack_config guided = attack_of(ctx, plan, in->n, RR_POSITION_LEARNED);
    const rr_attack_config random = attack_of(ctx, plan, in->n, RR_POSITION_RANDOM);
    const rr_trigger trigger = trigger_of(plan);
    rr_attack_result r;
    rr_status st = RR_OK;

    RRI_TRY(rr_attack(&guided, net, in->plain, &trigger, learned, &r, err));
    figures[CONDITION_ATTACK_GUIDED] = r.success;
    RRI_TRY(rr_attack(&random, net, in->plain, &trigger, NULL, &r, err));
    figures[CONDITION_RIGHT] = (double)r.tried;
    figures[CONDITION_ATTACK_RANDOM] = r.success;
    figures[CONDITION_ATTACK_WORDS] = 0.0;
    for (size_t w = 0; w < count_words; w++) {
        const rr_trigger word = { &words[w], 1, plan->target };
        RRI_TRY(rr_attack(&random, net, in->plain, &word, NULL, &r, err));
        figures[CONDITION_ATTACK_WORDS] += r.success / (double)count_words;
    }
    RRI_TRY(
        count_fixed(ctx, plan, net, in, BACKDOOR_GUIDED, &figures[CONDITION_FIXED_GUIDED], err));
    RRI_TRY(
        count_fixed(ctx, plan, net, in, BACKDOOR_RANDOM, &figures[CONDITION_FIXED_RANDOM], err));

done:
    return st;
}
