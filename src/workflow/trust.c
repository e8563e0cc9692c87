/* SPDX-License-Identifier: MIT */
/* trust.c - what the figures about an influence model mean for who uses it: a level and a sentence
 * each. The reasons of the limits, and what sound and bad models have: docs/ALGORITHMS.md#trust. */
#include "workflow/trust.h"

#include <math.h>
#include <string.h>

/* Agreement beyond that of always naming the most frequent prediction, as a fraction of what there
 * is to gain. */
static const double GAIN_GOOD = 0.6, GAIN_FAIR = 0.3;
static const double UNSEEN_GOOD = 0.1, UNSEEN_FAIR = 0.5;
static const double VARIANCE_GOOD = 0.7, VARIANCE_FAIR = 0.5;
static const double STATES_GOOD = 2.0, STATES_FAIR = 1.0;
static const double WEAK = 0.5;      /* a state in which no class has the half */
static const double ERRS_MORE = 0.1; /* accuracy lost on unseen steps */
static const double WARNS = 0.05;    /* stability lost where the answer is wrong */
static const double DISAGREES = 0.01;
enum { LEAST_ANSWERS = 20, LEAST_ERRORS = 10, LEAST_OTHERS = 10 }; /* fewer say nothing */

/* What a finding is made of. */
typedef struct evidence {
    const rri_trust_figures *x;
    const rr_states_origin *origin;
    const rri_trust_split *asked; /* test, else dev, else NULL */
    const char *asked_name;
} evidence;

typedef struct rule {
    const char *name;
    rr_status (*find)(const evidence *e, rr_finding *f, char **sentence, rr_error *err);
} rule;

/* The level of a value of which more is better. */
static rr_trust_level level_of(double value, double good, double fair)
{
    if (value >= good)
        return RR_TRUST_GOOD;
    return value >= fair ? RR_TRUST_LOOK : RR_TRUST_NOT;
}

static rr_status not_measured(rr_finding *f, char **sentence, rr_error *err, const char *why)
{
    f->value = (double)NAN;
    f->level = RR_TRUST_UNKNOWN;
    return rri_format(sentence, err, "Not measured: %s.", why);
}

static double percent(size_t part, size_t of)
{
    return of > 0 ? 100.0 * (double)part / (double)of : 0.0;
}

static const char one_prediction[] =
    "the network has one prediction for all, and states have nothing to tell apart";

/* By the gain over `usual`, the fraction of the most frequent prediction. Where that is everything,
 * there is nothing to gain. */
static rr_trust_level level_of_gain(double value, double usual)
{
    if (usual >= 1.0)
        return value >= 1.0 ? RR_TRUST_LOOK : RR_TRUST_NOT;
    return level_of((value - usual) / (1.0 - usual), GAIN_GOOD, GAIN_FAIR);
}

/* ---- states --------------------------------------------------------------------------------- */

static rr_status find_stability(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    static const char *const means[] = {
        "the states tell what the network believes",
        "the states tell roughly what the network believes",
        "the states hardly tell what the network believes; more states tell more: build --states",
    };
    const rr_influence_info *info = &e->x->info;
    const double usual = e->x->of[RR_SPLIT_TRAIN].at_steps.usual;

    f->value = info->stability_mean;
    f->level = level_of_gain(f->value, usual);
    if (e->x->short_of && f->level == RR_TRUST_GOOD)
        f->level = RR_TRUST_LOOK;
    return rri_format(
        sentence, err,
        "In a state %.0f %% of the training steps have the same prediction, on average "
        "over %zu states (of all training steps %.0f %%)%s: %s.",
        100.0 * f->value, info->states, 100.0 * usual,
        e->x->short_of ? ", less than enough, with the most states allowed" : "",
        usual < 1.0 ? means[f->level] : one_prediction);
}

static rr_status find_weakest(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    f->value = e->x->info.stability_min;
    f->level = f->value >= WEAK ? RR_TRUST_GOOD : RR_TRUST_LOOK;
    return rri_format(
        sentence, err,
        f->level == RR_TRUST_GOOD
            ? "In every state one prediction has the majority; the least stable is %zu "
              "with %.0f %%."
            : "The least stable state is %zu: its most frequent prediction has only "
              "%.0f %% of its steps. Explanations by way of it mix several classes.",
        e->x->weakest, 100.0 * f->value);
}

static rr_status find_states(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    static const char *const means[] = {
        "enough for several ways to each class",
        "few ways to a class: unlike sequences of a class look alike",
        "too few to tell the classes apart; build --states gives more",
    };
    const size_t K = e->x->info.states, C = rri_max(e->x->predicted, 1);

    f->value = (double)K / (double)C;
    f->level = level_of(f->value, STATES_GOOD, STATES_FAIR);
    return rri_format(sentence, err, "%zu state%s for %zu predicted class%s: %s.", K,
                      K == 1 ? "" : "s", C, C == 1 ? "" : "es", means[f->level]);
}

static rr_status find_silent(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    const rri_trust_figures *x = e->x;

    f->value = (double)x->silent;
    f->level = x->silent == 0                 ? RR_TRUST_GOOD
               : 2 * x->silent < x->predicted ? RR_TRUST_LOOK
                                              : RR_TRUST_NOT;
    if (x->silent == 0)
        return rri_format(sentence, err,
                          "Every class that the network predicts is the likeliest of some state.");
    return rri_format(sentence, err,
                      "%zu of the %zu classes that the network predicts %s the likeliest of no "
                      "state: what the states say about %s is about other classes.",
                      x->silent, x->predicted, x->silent == 1 ? "is" : "are",
                      x->silent == 1 ? "it" : "them");
}

static rr_status find_thin(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    const size_t K = e->x->info.states;

    f->value = (double)e->x->thin / (double)K;
    f->level = e->x->thin == 0 ? RR_TRUST_GOOD : RR_TRUST_LOOK;
    if (e->x->thin == 0)
        return rri_format(sentence, err, "Every state has %d training steps or more.", RRI_THIN);
    return rri_format(sentence, err,
                      "%zu of %zu states have fewer than %d training steps: what is said of them "
                      "rests on little.",
                      e->x->thin, K, RRI_THIN);
}

static rr_status find_variance(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    static const char *const means[] = {
        "little is lost",
        "what is lost may matter; more components keep more: build --pca",
        "most of what the network knows is lost; more components keep more: build --pca",
    };

    f->value = e->x->info.explained_variance;
    f->level = level_of(f->value, VARIANCE_GOOD, VARIANCE_FAIR);
    return rri_format(sentence, err,
                      "%zu component%s %.0f %% of the variance of the hidden states: %s.",
                      e->x->info.components, e->x->info.components == 1 ? " keeps" : "s keep",
                      100.0 * f->value, means[f->level]);
}

/* ---- agreement ------------------------------------------------------------------------------ */

static rr_status describe_agreement(const rri_agreement *a, const char *where, rr_finding *f,
                                    char **sentence, rr_error *err)
{
    static const char *const means[] = {
        "the states stand for the network",
        "the states stand for the network in part",
        "the states do not stand for the network",
    };

    if (a->count == 0)
        return not_measured(f, sentence, err, "there are no steps");
    const size_t others = a->count - (size_t)lround(a->usual * (double)a->count);
    if (others > 0 && others < LEAST_OTHERS && a->count - a->agree < LEAST_OTHERS)
        return not_measured(f, sentence, err,
                            "too few predictions are other than the most frequent one");
    f->value = (double)a->agree / (double)a->count;
    f->level = level_of_gain(f->value, a->usual);
    return rri_format(sentence, err,
                      "%s the likeliest class of the state is the network's prediction in %.1f %% "
                      "(always naming its most frequent one: %.1f %%): %s.",
                      where, 100.0 * f->value, 100.0 * a->usual,
                      a->usual < 1.0 ? means[f->level] : one_prediction);
}

static rr_status find_agreement_train(const evidence *e, rr_finding *f, char **sentence,
                                      rr_error *err)
{
    return describe_agreement(&e->x->of[RR_SPLIT_TRAIN].at_steps, "Over the training steps", f,
                              sentence, err);
}

static const char no_last[] = "every step has an output, the last like the others";

static rr_status find_last_train(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    if (e->x->by_steps)
        return not_measured(f, sentence, err, no_last);
    return describe_agreement(&e->x->of[RR_SPLIT_TRAIN].at_last,
                              "After the last steps of training sequences", f, sentence, err);
}

static rr_status find_agreement_test(const evidence *e, rr_finding *f, char **sentence,
                                     rr_error *err)
{
    if (e->asked == NULL)
        return not_measured(f, sentence, err, "the data have neither a test nor a dev split");
    char where[32];
    (void)rri_snprintf(where, sizeof where, "Over the %s steps", e->asked_name);
    return describe_agreement(&e->asked->at_steps, where, f, sentence, err);
}

static rr_status find_last_test(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    if (e->x->by_steps)
        return not_measured(f, sentence, err, no_last);
    if (e->asked == NULL)
        return not_measured(f, sentence, err, "the data have neither a test nor a dev split");
    char where[64];
    (void)rri_snprintf(where, sizeof where, "After the last steps of %s sequences", e->asked_name);
    return describe_agreement(&e->asked->at_last, where, f, sentence, err);
}

/* ---- what the training set has -------------------------------------------------------------- */

static rr_status describe_unseen(const evidence *e, rr_split split, rr_finding *f, char **sentence,
                                 rr_error *err)
{
    static const char *const means[] = {
        "nearly every step has training steps behind it",
        "explanations of such steps have no evidence",
        "most steps have no evidence: these data are unlike the training set",
    };
    const rri_trust_split *x = &e->x->of[split];
    const char *name = rr_enum_name(RR_ENUM_SPLIT, split);
    char why[64];

    (void)rri_snprintf(why, sizeof why, "the data have no %s split", name);
    if (!x->has)
        return not_measured(f, sentence, err, why);
    f->value = (double)x->unseen / (double)rri_max(x->steps, 1);
    f->level = level_of(-f->value, -UNSEEN_GOOD, -UNSEEN_FAIR);
    return rri_format(sentence, err,
                      "%.1f %% of the %s steps are unseen, that is, no training step has their key "
                      "(%s): %s.",
                      100.0 * f->value, name, rr_enum_name(RR_ENUM_KEY, e->x->key),
                      means[f->level]);
}

static rr_status find_unseen_dev(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    return describe_unseen(e, RR_SPLIT_DEV, f, sentence, err);
}

static rr_status find_unseen_test(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    return describe_unseen(e, RR_SPLIT_TEST, f, sentence, err);
}

/* Why answers of the split asked about are not right or wrong; NULL = they are. */
static const char *why_no_answers(const evidence *e)
{
    if (e->asked == NULL)
        return "the data have neither a test nor a dev split";
    if (!e->asked->labelled)
        return strcmp(e->asked_name, "test") == 0 ? "the test split has no labels"
                                                  : "the dev split has no labels";
    return NULL;
}

static rr_status find_unseen_accuracy(const evidence *e, rr_finding *f, char **sentence,
                                      rr_error *err)
{
    const char *why = why_no_answers(e);

    if (why != NULL)
        return not_measured(f, sentence, err, why);
    const rri_answered *seen = &e->asked->seen, *not_seen = &e->asked->not_seen;
    if (seen->count < LEAST_ANSWERS || not_seen->count < LEAST_ANSWERS)
        return not_measured(f, sentence, err, "too few answers with unseen steps, or without");
    const double is = percent(seen->right, seen->count);
    const double without = percent(not_seen->right, not_seen->count);
    f->value = (is - without) / 100.0;
    f->level = f->value < ERRS_MORE ? RR_TRUST_GOOD : RR_TRUST_LOOK;
    return rri_format(sentence, err,
                      "The network is right on %.1f %% of %zu %s %s, and on %.1f %% of %zu %s: %s.",
                      without, not_seen->count, e->asked_name,
                      e->x->by_steps ? "steps that are unseen" : "sequences with more unseen steps",
                      is, seen->count, e->x->by_steps ? "that are seen" : "with fewer",
                      f->level == RR_TRUST_GOOD
                          ? "it errs about as much where there is evidence as where there is little"
                          : "it errs most where there is least evidence to explain it by");
}

static rr_status find_warning(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    const char *why = why_no_answers(e);

    if (why != NULL)
        return not_measured(f, sentence, err, why);
    const rri_answered *all = &e->asked->all;
    if (all->count - all->right < LEAST_ERRORS || all->right < LEAST_ERRORS)
        return not_measured(f, sentence, err, "too few errors, or too few right answers");
    f->value = all->stability_right - all->stability_wrong;
    f->level = f->value >= WARNS ? RR_TRUST_GOOD : RR_TRUST_LOOK;
    return rri_format(sentence, err,
                      "Wrong answers come from states with a stability of %.0f %%, right ones of "
                      "%.0f %% (%s): %s.",
                      100.0 * all->stability_wrong, 100.0 * all->stability_right, e->asked_name,
                      f->level == RR_TRUST_GOOD ? "an unstable state is a warning of an error"
                                                : "a stable state is no sign of a right answer");
}

/* ---- where the states come from ------------------------------------------------------------- */

static rr_status find_parity(const evidence *e, rr_finding *f, char **sentence, rr_error *err)
{
    const rr_states_origin *o = e->origin;

    if (!o->foreign) {
        f->value = 0.0;
        f->level = RR_TRUST_GOOD;
        return rri_format(sentence, err, "The states are the run's own network's, exactly.");
    }
    if (o->compared == 0) {
        f->value = (double)NAN;
        f->level = RR_TRUST_UNKNOWN;
    } else {
        f->value = (double)o->disagreements / (double)o->compared;
        f->level = level_of(-f->value, 0.0, -DISAGREES);
        if (f->level == RR_TRUST_GOOD && o->kind == RR_STATES_PARTIAL)
            f->level = RR_TRUST_LOOK;
    }
    return rr_states_sentence(o, sentence, err);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static const rule rules[] = {
    { "stability", find_stability },
    { "stability_min", find_weakest },
    { "states_per_class", find_states },
    { "classes_without_state", find_silent },
    { "thin_states", find_thin },
    { "explained_variance", find_variance },
    { "agreement_train", find_agreement_train },
    { "agreement_train_last", find_last_train },
    { "agreement_test", find_agreement_test },
    { "agreement_test_last", find_last_test },
    { "unseen_dev", find_unseen_dev },
    { "unseen_test", find_unseen_test },
    { "unseen_accuracy", find_unseen_accuracy },
    { "error_stability", find_warning },
    { "parity", find_parity },
};
enum { RULES = sizeof rules / sizeof *rules };

/* A result with the strings it owns. The public part is first. */
typedef struct holder {
    rr_trust of;
    rr_finding findings[RULES];
    char *sentences[RULES];
    char *conclusion;
} holder;

/* "stability, unseen_test": the findings of a level. Memory: rri_free(). */
static rr_status list_names(const rr_trust *x, char **out, rr_error *err)
{
    char *list = NULL, *longer = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_strdup("", &list, err));
    for (size_t i = 0; i < x->count; i++) {
        if (x->findings[i].level != x->level)
            continue;
        RRI_TRY(rri_format(&longer, err, "%s%s%s", list, list[0] != '\0' ? ", " : "",
                           x->findings[i].name));
        rri_free(list);
        list = longer;
        longer = NULL;
    }
    *out = list;
    list = NULL;

done:
    rri_free(list);
    return st;
}

static rr_status conclude(holder *h, rr_error *err)
{
    rr_trust *x = &h->of;
    char *names = NULL;
    rr_status st = RR_OK;

    x->level = RR_TRUST_GOOD;
    for (size_t i = 0; i < x->count; i++)
        if (x->findings[i].level != RR_TRUST_UNKNOWN && x->findings[i].level > x->level)
            x->level = x->findings[i].level;
    RRI_TRY(list_names(x, &names, err));
    if (x->level == RR_TRUST_GOOD)
        RRI_TRY(rri_format(&h->conclusion, err,
                           "Nothing that was measured speaks against this influence model."));
    else if (x->level == RR_TRUST_LOOK)
        RRI_TRY(rri_format(&h->conclusion, err,
                           "This influence model can be used; keep in mind: %s.", names));
    else
        RRI_TRY(rri_format(&h->conclusion, err, "Do not rely on this influence model as it is: %s.",
                           names));
    x->sentence = h->conclusion;

done:
    rri_free(names);
    return st;
}

static rr_status apply_rules(const evidence *e, holder *h, rr_error *err)
{
    rr_status st = RR_OK;

    h->of.findings = h->findings;
    for (size_t i = 0; i < RULES; i++) {
        rr_finding *f = &h->findings[h->of.count];
        f->name = rules[i].name;
        RRI_TRY(rules[i].find(e, f, &h->sentences[i], err));
        f->sentence = h->sentences[i];
        h->of.count++;
    }
    RRI_TRY(conclude(h, err));

done:
    return st;
}

rr_status rr_session_trust(rr_session *s, rr_trust **out, rr_error *err)
{
    const rr_influence *inf = NULL;
    rri_trust_figures x = { .by_steps = false };
    holder *h = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rri_trust_measure(s, &x, err));
    evidence e = { .x = &x, .origin = rr_influence_origin(inf) };
    for (int i = RR_SPLIT_TEST; i >= RR_SPLIT_DEV && e.asked == NULL; i--)
        if (x.of[i].has) {
            e.asked = &x.of[i];
            e.asked_name = rr_enum_name(RR_ENUM_SPLIT, (unsigned)i);
        }
    RRI_TRY(rri_alloc(&h, 1, 1, sizeof *h, err));
    h->of.key = x.key;
    RRI_TRY(apply_rules(&e, h, err));
    *out = &h->of;
    h = NULL;

done:
    if (h != NULL)
        rr_trust_free(&h->of);
    return st;
}

void rr_trust_free(rr_trust *x)
{
    holder *h = (holder *)x;

    if (h == NULL)
        return;
    for (size_t i = 0; i < RULES; i++)
        rri_free(h->sentences[i]);
    rri_free(h->conclusion);
    rri_free(h);
}
