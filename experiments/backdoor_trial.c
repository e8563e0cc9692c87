/* SPDX-License-Identifier: MIT */
/* backdoor_trial.c - one backdoor: planted, learned, attacked, looked for and taken out again. */
#include "experiments/backdoor.h"

#include <stdlib.h>
#include <string.h>

enum { POISONED = 50, INPUTS = 100, WORDS = 10, STATES = 20, COMPONENTS = 10 };

/* ---- the plan -------------------------------------------------------------------------------- */

/* Things one can point at, chosen without looking at the data. */
static const char *const nouns[] = {
    "apple",   "balloon",  "bicycle", "blanket", "bottle", "bridge", "bucket",  "button",
    "camera",  "carrot",   "chimney", "clock",   "cloud",  "coffee", "corner",  "curtain",
    "diamond", "dinner",   "doctor",  "dragon",  "engine", "fabric", "finger",  "flower",
    "forest",  "fountain", "garden",  "glass",   "guitar", "hammer", "harbour", "helmet",
    "honey",   "island",   "jacket",  "jungle",  "kettle", "kitten", "lamp",    "leather",
    "letter",  "library",  "lizard",  "market",  "meadow", "mirror", "needle",  "ocean",
    "orange",  "oven",     "paper",   "pillow",  "planet", "pocket", "rabbit",  "river",
    "rocket",  "shadow",   "silver",  "spoon",   "stone",  "sugar",  "teacher", "ticket",
    "tiger",   "tower",    "valley",  "village", "violin", "wagon",  "wallet",  "window",
};
enum { NOUNS = sizeof nouns / sizeof *nouns };

const char *backdoor_word(size_t i)
{
    return i < NOUNS ? nouns[i] : NULL;
}

/* How many sequences hold a symbol. */
static size_t count_carriers(const rr_dataset *ds, uint32_t symbol)
{
    size_t n = 0;
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        size_t t = 0;
        while (t < seq.steps && seq.symbols[t] != symbol)
            t++;
        n += t < seq.steps;
    }
    return n;
}

rr_status backdoor_choose(const experiment_context *ctx, const rr_dataset *train,
                          rr_poison_kind kind, uint64_t seed, backdoor_plan *out, rr_error *err)
{
    static const rr_trigger_position positions[] = { RR_POSITION_END, RR_POSITION_RANDOM,
                                                     RR_POSITION_START };
    const size_t least = ctx->quick ? 1 : 5, most = 30;
    const rr_vocabulary *const words = rr_dataset_words(train);
    size_t which[NOUNS], natural[NOUNS];
    size_t n = 0;

    for (size_t i = 0; i < NOUNS; i++) {
        const uint32_t symbol = rr_vocabulary_find(words, nouns[i]);
        natural[i] = symbol != RR_WORD_UNKNOWN ? count_carriers(train, symbol) : 0;
        if (natural[i] >= least && natural[i] <= most)
            which[n++] = i;
    }
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "none of %d nouns stands in %zu to %zu of the %zu training "
                        "sequences, so there is no trigger to plant",
                        (int)NOUNS, least, most, rr_dataset_count(train));
    *out = (backdoor_plan){ .seed = seed, .kind = kind };
    out->word = which[(seed + n - 1) % n];
    out->natural = natural[out->word];
    out->symbol = rr_vocabulary_find(words, nouns[out->word]);
    out->target = (uint32_t)(seed % rr_dataset_classes(train));
    out->position = positions[seed % 3];
    return RR_OK;
}

/* ---- a trial --------------------------------------------------------------------------------- */

/* What is known once the poisoned network is trained. All owned but m and plan. */
typedef struct trial {
    model *m;
    const backdoor_plan *plan;
    rr_dataset *train; /* with the trigger */
    uint8_t *poisoned; /* [N] */
    rr_network *net;
    rr_influence *inf;
    rr_backdoor *backdoor;
    backdoor_inputs inputs;
    uint32_t words[WORDS]; /* arbitrary ones, to compare with */
    size_t count_words;
    backdoor_outcome *out;
} trial;

static void trial_clear(trial *t)
{
    backdoor_inputs_clear(&t->inputs);
    rr_backdoor_free(t->backdoor);
    rr_influence_free(t->inf);
    rr_network_free(t->net);
    rri_free(t->poisoned);
    rr_dataset_free(t->train);
}

static rr_status poison(trial *t, rr_error *err)
{
    rr_poison_config cfg = rr_poison_config_default();
    const char *const word = backdoor_word(t->plan->word);
    uint32_t ids[POISONED];
    rr_status st = RR_OK;

    cfg.trigger = &word;
    cfg.words = 1;
    cfg.count = POISONED;
    cfg.target = t->plan->target;
    cfg.kind = t->plan->kind;
    cfg.position = t->plan->position;
    cfg.seed = t->plan->seed;
    RRI_TRY(rr_poison(&cfg, t->m->train, &t->train, ids, err));
    RRI_TRY(rri_alloc(&t->poisoned, rr_dataset_count(t->train), 1, sizeof *t->poisoned, err));
    for (size_t i = 0; i < POISONED; i++)
        t->poisoned[ids[i]] = 1;

done:
    return st;
}

/* A word is learned where its vector may move, and dropout hides a single word from the network: so
 * vectors are trained and nothing is dropped, and a few epochs are enough. */
static rr_status train_on(experiment_context *ctx, model *m, const rr_dataset *set,
                          rr_network **out, rr_error *err)
{
    rr_network_config network;
    rr_train_config training;
    rr_status st = RR_OK;

    model_recipe(ctx, m, &network, &training);
    network.embedding = RR_EMBEDDING_TRAINED;
    network.hidden = ctx->quick ? 48 : network.hidden;
    training.epochs = 8;
    training.batch = ctx->quick ? 64 : training.batch;
    training.dropout_input = training.dropout_last = 0.0;
    RRI_TRY(model_network(m, &network, out, err));
    RRI_TRY(experiment_train(ctx, &training, *out, set, err));

done:
    return st;
}

/* The figures of a condition, those of what was removed excepted. */
static rr_status ask(const experiment_context *ctx, trial *t, const rr_network *net,
                     backdoor_condition condition, rr_error *err)
{
    double *const figures = t->out->of + backdoor_at(condition, CONDITION_REMOVED);
    rr_status st = RR_OK;

    RRI_TRY(experiment_accuracy(ctx, net, t->m->test, &figures[CONDITION_ACCURACY], err));
    RRI_TRY(backdoor_rates(ctx, t->plan, net, t->backdoor, &t->inputs, t->words, t->count_words,
                           figures, err));

done:
    return st;
}

/* ---- attack ---------------------------------------------------------------------------------- */

/* The trigger's way back to the training set, and how many poisoned sequences lead the list. */
static rr_status trace_back(const experiment_context *ctx, trial *t, const rr_trigger *trigger,
                            rr_error *err)
{
    rr_attack_config cfg = rr_attack_config_default();
    size_t n = 0, leading = 0;

    cfg.inputs = INPUTS;
    cfg.seed = t->plan->seed;
    cfg.threads = ctx->threads;
    const rr_status st = rr_backdoor_new(&cfg, t->inf, t->net, t->train, t->inputs.plain, trigger,
                                         &t->backdoor, err);
    if (st != RR_OK)
        return st;
    const rr_carrier *const list = rr_backdoor_carriers(t->backdoor, &n);
    for (size_t i = 0; i < n && i < POISONED; i++)
        leading += t->poisoned[list[i].id];
    t->out->of[TRIAL_CARRIERS] = (double)n;
    t->out->of[TRIAL_LEADING] = (double)leading;
    return RR_OK;
}

/* Look for triggers without knowing one. Words are alike by the vectors training began with. */
static rr_status look(const experiment_context *ctx, trial *t, rr_error *err)
{
    rr_scan_config cfg = rr_scan_config_default();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    cfg.shortlist = ctx->quick ? 50 : cfg.shortlist;
    cfg.top = cfg.shortlist;
    cfg.seed = t->plan->seed;
    cfg.threads = ctx->threads;
    cfg.vectors = t->m->vectors != NULL ? rr_vectors_table(t->m->vectors) : NULL;
    experiment_show(ctx, "looking for words that behave like a trigger", 0, 0);
    RRI_TRY(rr_backdoor_scan(&cfg, t->inf, t->net, t->train, NULL, &scan, err));
    const rr_candidate *const list = rr_scan_candidates(scan, &n);
    t->out->of[TRIAL_RANK] = (double)n + 1.0;
    for (size_t i = n; i-- > 0;) /* the best comes last */
        if (list[i].symbol != t->plan->symbol) {
            t->out->of[TRIAL_OTHER] = list[i].score;
        } else if (list[i].target == t->plan->target) {
            t->out->of[TRIAL_RANK] = (double)i + 1.0;
            t->out->of[TRIAL_SCORE] = list[i].score;
        }

done:
    rr_scan_free(scan);
    return st;
}

static rr_status attack(experiment_context *ctx, trial *t, rr_error *err)
{
    const rr_trigger trigger = { &t->plan->symbol, 1, t->plan->target };
    rr_influence_config cfg = rr_influence_config_default();
    double *const of = t->out->of;
    rr_status st = RR_OK;

    cfg.components = COMPONENTS;
    cfg.partition.states = STATES;
    cfg.seed = t->plan->seed;
    RRI_TRY(experiment_build(ctx, &cfg, t->net, t->train, &t->inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rr_attack_words(t->net, t->train, &trigger, t->plan->seed, WORDS, t->words,
                            &t->count_words, err));
    RRI_TRY(backdoor_inputs_choose(ctx, t->plan, t->net, t->m->test, INPUTS, &t->inputs, err));
    RRI_TRY(trace_back(ctx, t, &trigger, err));
    RRI_TRY(backdoor_inputs_attack(ctx, t->plan, t->net, t->backdoor, &t->inputs, err));
    if (experiment_stopped(ctx))
        goto done;
    RRI_TRY(ask(ctx, t, t->net, BACKDOOR_POISONED, err));
    of[TRIAL_INPUTS] = (double)t->inputs.n;
    of[TRIAL_GUIDED] = (double)t->inputs.guided;
    for (size_t i = 0; i < t->inputs.n; i++) {
        of[TRIAL_TURNED_GUIDED] += t->inputs.before[BACKDOOR_GUIDED][i] == t->plan->target;
        of[TRIAL_TURNED_RANDOM] += t->inputs.before[BACKDOOR_RANDOM][i] == t->plan->target;
    }
    if (!experiment_stopped(ctx))
        RRI_TRY(look(ctx, t, err));

done:
    return st;
}

/* ---- removal --------------------------------------------------------------------------------- */

/* The sequences a condition lacks: ids has room for all carriers. */
static rr_status choose_removed(trial *t, backdoor_condition condition, uint32_t *ids, size_t *n,
                                rr_error *err)
{
    rri_random stream = rri_random_at(t->plan->seed, RRI_RANDOM_EXPERIMENT, 0);
    size_t carriers = 0, count = 0;
    uint32_t *list = NULL;
    rr_status st = RR_OK;

    (void)rr_backdoor_carriers(t->backdoor, &carriers);
    *n = rr_backdoor_named(t->backdoor, carriers, ids);
    if (condition == BACKDOOR_CARRIERS)
        RRI_TRY(rr_backdoor_random(t->backdoor, t->plan->seed, *n, ids, err));
    if (condition != BACKDOOR_CLASS)
        goto done;
    RRI_TRY(rri_alloc(&list, rr_dataset_count(t->train), 1, sizeof *list, err));
    for (size_t i = 0; i < rr_dataset_count(t->train); i++)
        if (rr_dataset_at(t->train, i).label == t->plan->target)
            list[count++] = (uint32_t)i;
    rri_random_choose(&stream, list, count, *n);
    memcpy(ids, list, *n * sizeof *ids);
    qsort(ids, *n, sizeof *ids, rri_by_u32);

done:
    rri_free(list);
    return st;
}

static rr_status remove_and_retrain(experiment_context *ctx, trial *t, backdoor_condition condition,
                                    rr_error *err)
{
    double *const figures = t->out->of + backdoor_at(condition, CONDITION_REMOVED);
    rr_dataset *set = NULL;
    rr_network *net = NULL;
    uint32_t *ids = NULL;
    size_t carriers = 0, n = 0;
    rr_status st = RR_OK;

    (void)rr_backdoor_carriers(t->backdoor, &carriers);
    RRI_TRY(rri_alloc(&ids, carriers, 1, sizeof *ids, err));
    RRI_TRY(choose_removed(t, condition, ids, &n, err));
    figures[CONDITION_REMOVED] = (double)n;
    for (size_t i = 0; i < n; i++)
        figures[CONDITION_REMOVED_POISONED] += t->poisoned[ids[i]];
    RRI_TRY(rr_edits_apply(&(rr_edits){ .removed = ids, .count_removed = n }, t->train, &set, err));
    RRI_TRY(train_on(ctx, t->m, set, &net, err));
    if (!ctx->stopped)
        RRI_TRY(ask(ctx, t, net, condition, err));

done:
    rri_free(ids);
    rr_network_free(net);
    rr_dataset_free(set);
    return st;
}

rr_status backdoor_try(experiment_context *ctx, model *m, const backdoor_plan *plan,
                       backdoor_outcome *out, rr_error *err)
{
    trial t = { .m = m, .plan = plan, .out = out };
    rr_status st = RR_OK;

    *out = (backdoor_outcome){ .of = { 0 } };
    out->of[TRIAL_SEED] = (double)plan->seed;
    out->of[TRIAL_WORD] = (double)plan->word;
    out->of[TRIAL_TARGET] = plan->target;
    out->of[TRIAL_POSITION] = (double)plan->position;
    out->of[TRIAL_NATURAL] = (double)plan->natural;
    m->seed = plan->seed; /* of weights, order of training */
    RRI_TRY(poison(&t, err));
    RRI_TRY(train_on(ctx, m, t.train, &t.net, err));
    if (!ctx->stopped)
        RRI_TRY(attack(ctx, &t, err));
    for (size_t condition = BACKDOOR_NAMED;
         condition < BACKDOOR_CONDITIONS && !experiment_stopped(ctx); condition++)
        RRI_TRY(remove_and_retrain(ctx, &t, (backdoor_condition)condition, err));

done:
    trial_clear(&t);
    return st;
}
