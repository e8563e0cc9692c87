/* SPDX-License-Identifier: MIT */
/* backdoor.c - the paper's appendix B.5: a word planted in Toxic comments, how well it works where
 * the influence model says it was learned, and what is left of it without the comments named.
 *
 * A trial is a kind of poisoning with a seed. Both kinds of a seed plant the same word for the same
 * class at the same positions, and all networks of a trial begin with the same weights. */
#include "experiments/backdoor.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const condition_words[BACKDOOR_CONDITIONS] = { "poisoned", "without the named",
                                                                  "without random carriers",
                                                                  "without random of the class" };
static const char *const condition_names[BACKDOOR_CONDITIONS] = { "poisoned", "named", "carriers",
                                                                  "class" };

static const char *const trial_names[TRIAL_FIGURES] = {
    "seed",          "word",          "target",   "position", "natural", "inputs", "guided",
    "turned_guided", "turned_random", "carriers", "leading",  "rank",    "score",  "other",
};

static const char *const figure_names[CONDITION_FIGURES] = {
    "removed",       "removed_poisoned", "accuracy",     "right",       "attack_guided",
    "attack_random", "attack_words",     "fixed_guided", "fixed_random"
};

size_t backdoor_at(backdoor_condition condition, backdoor_of_condition figure)
{
    return TRIAL_FIGURES + (size_t)condition * CONDITION_FIGURES + (size_t)figure;
}

void backdoor_metric_name(size_t figure, char out[64])
{
    if (figure < TRIAL_FIGURES) {
        (void)snprintf(out, 64, "%s", trial_names[figure]);
        return;
    }
    const size_t i = figure - TRIAL_FIGURES;
    (void)snprintf(out, 64, "%s_%s", condition_names[i / CONDITION_FIGURES],
                   figure_names[i % CONDITION_FIGURES]);
}

const char *backdoor_condition_name(backdoor_condition condition)
{
    return condition_words[condition];
}

/* ---- trials ---------------------------------------------------------------------------------- */

static rr_status record(experiment_context *ctx, const char *setting, uint64_t seed,
                        const backdoor_outcome *o, double seconds, rr_error *err)
{
    experiment_metric metrics[BACKDOOR_FIGURES];
    char names[BACKDOOR_FIGURES][64];

    for (size_t i = 0; i < BACKDOOR_FIGURES; i++) {
        backdoor_metric_name(i, names[i]);
        metrics[i] = (experiment_metric){ names[i], o->of[i], i == TRIAL_SEED ? seconds : -1.0 };
    }
    return experiment_record(ctx, setting, seed, metrics, BACKDOOR_FIGURES, err);
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t kind, uint64_t seed,
                           rr_error *err)
{
    model *const m = self;
    backdoor_outcome o;
    backdoor_plan plan;
    rr_status st = RR_OK;

    const double start = rri_seconds();
    RRI_TRY(backdoor_choose(ctx, m->train, (rr_poison_kind)kind, seed, &plan, err));
    RRI_TRY(backdoor_try(ctx, m, &plan, &o, err));
    if (!ctx->stopped)
        RRI_TRY(record(ctx, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)kind), seed, &o,
                       rri_seconds() - start, err));

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    const char *settings[BACKDOOR_KINDS];
    model m = { .train = NULL };
    rr_status st = RR_OK;

    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        settings[k] = rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)k);
    RRI_TRY(model_load(ctx, MODEL_TOXIC, &m, err));
    if (ctx->quick) { /* less than model_load() gives them */
        RRI_TRY(experiment_thin(&m.train, 1, 3000, err));
        RRI_TRY(experiment_thin(&m.test, 1, 1000, err));
    }
    RRI_TRY(experiment_plan(ctx, settings, BACKDOOR_KINDS, err));
    RRI_TRY(experiment_each_trial(ctx, settings, BACKDOOR_KINDS, run_trial, &m, err));

done:
    model_clear(&m);
    return st;
}

const experiment experiment_backdoor = {
    .id = "backdoor",
    .summary = "a word planted in Toxic comments, attacked with, found and taken out",
    .about =
        "Appendix B.5. 50 training comments get a common noun that 5 to 30 others hold: clean,\n"
        "the paper's, those of the target class; dirty, those of the other, with the target's\n"
        "label. The seed decides noun, class, position (random, start, end) and weights; six\n"
        "seeds go round classes and positions, odd ones turn to toxic. A GRU-300 (vectors\n"
        "trained, no dropout, 8 epochs) reads them; K = 20. The noun is put into 100 test\n"
        "comments of the other class that are predicted correctly: behind the state it was\n"
        "learned in (guided) or anywhere (random), ten rare words beside it. It is looked for\n"
        "unnamed; then the network is trained anew without the comments named for it, as many\n"
        "random ones that hold it, as many of the class. Fixed: attacks that worked and, the same\n"
        "inputs at the same positions, fail with the retrained network. Four trainings, some ten\n"
        "minutes of one core a trial; one that is stopped begins again. Needs toxic/, takes word\n"
        "vectors from wordvec/. Quick: 3,000 + 1,000 comments, 48 units, nouns that 1 to 30\n"
        "comments hold, one seed.\n",
    .revision = 3,
    .seeds = 6,
    .quick_seeds = 1,
    .run = run,
    .report = backdoor_report,
};
