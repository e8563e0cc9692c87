/* SPDX-License-Identifier: MIT */
/* backdoor_trigger.c - `rnnrepair backdoor` of a trigger: where it was learned, its training
 * sequences, attacks with it, and a run trained without them. */
#include "commands/backdoor.h"

#include <stdlib.h>

/* ---- a trigger ------------------------------------------------------------------------------- */

typedef struct context {
    rr_learned_context of;
    uint32_t before, after; /* UINT32_MAX = none */
    cli_list ids;
} context;

static const cli_column context_table[] = {
    COL_U16(context, of.state, "state", "state", 5),
    COL_CLASS(context, before, "before", "before", -12),
    COL_CLASS(context, after, "after", "after", -12),
    COL_SIZE(context, of.count, "count", "count", 5),
    COL_SIZE(context, of.sequences, NULL, "sequences", 9),
    COL_SIZE(context, of.attacked, "attacked", "attacked", 8),
    COL_NUMBERS(U32, context, ids, "training_ids", NULL, 0),
};
static const cli_columns context_columns = CLI_COLUMNS(context, context_table);

/* A sequence with the trigger, or a step that follows it. */
typedef struct follower {
    rr_carrier of;
    cli_source from;
    cli_words word;
} follower;

static const cli_column carrier_table[] = {
    COL_U32(follower, of.id, "id", "id", 8),
    COL_SOURCE(follower, from, 0),
    COL_CLASS(follower, of.label, "label", "label", -12),
    COL_CLASS(follower, of.prediction, "prediction", "prediction", -12),
    COL_U32(follower, of.step, "step", "step", 5),
    COL_F64(follower, of.influence, "influence", "influence", 9, .digits = 5),
};
static const cli_columns carrier_columns = CLI_COLUMNS(follower, carrier_table);

static const cli_column follower_table[] = {
    COL_U32(follower, of.id, "id", "id", 8),
    COL_SOURCE(follower, from, 0),
    COL_U32(follower, of.step, "step", "step", 5),
    COL_WORDS(follower, word, "word", "word", -20),
    COL_CLASS(follower, of.label, "label", "label", -12),
    COL_CLASS(follower, of.prediction, "prediction", "prediction", -12),
    COL_F64(follower, of.influence, "influence", "influence", 9, .digits = 5),
};
static const cli_columns follower_columns = CLI_COLUMNS(follower, follower_table);

static const cli_column attack_table[] = {
    COL_DATA(SIZE, rr_attack_summary, chosen.tried, "tried"),
    COL_DATA(SIZE, rr_attack_summary, chosen.succeeded, "succeeded"),
    COL_DATA(F64, rr_attack_summary, chosen.success, "success"),
    COL_DATA(F64, rr_attack_summary, learned.success, "success_learned"),
    COL_DATA(SIZE, rr_attack_summary, learned.guided, "guided"),
    COL_DATA(SIZE, rr_attack_summary, words, "words"),
    COL_DATA(FRACTION, rr_attack_summary, base, "base"),
    COL_DATA(FRACTION, rr_attack_summary, base_max, "base_max"),
};
static const cli_columns attack_columns = CLI_COLUMNS(rr_attack_summary, attack_table);

static uint32_t label(uint16_t y)
{
    return y == UINT16_MAX ? UINT32_MAX : y;
}

static rr_status put_contexts(const backdoor_args *a, const rr_backdoor *b, cli_result *r,
                              rr_error *err)
{
    size_t n = 0;
    const rr_learned_context *list = rr_backdoor_contexts(b, &n);
    context *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, n, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        rows[i] = (context){ .of = list[i],
                             .before = label(list[i].before),
                             .after = label(list[i].after),
                             .ids = { list[i].ids, list[i].sequences, 0 } };
    cli_put_rows(r, "contexts", &context_columns, rows, n);
    cli_print_rows(r, &context_columns, rows, n < a->top ? n : a->top, n, "");
    cli_print(r, "\n");
    return RR_OK;
}

/* The carriers: sequences, or steps. */
static rr_status put_carriers(const backdoor_args *a, const rr_backdoor *b, cli_result *r,
                              rr_error *err)
{
    size_t n = 0;
    const rr_carrier *list = rr_backdoor_carriers(b, &n);
    const size_t shown = n < a->top ? n : a->top;
    const cli_columns *columns = a->by_steps ? &follower_columns : &carrier_columns;
    follower *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, n, sizeof *rows, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        rows[i] = (follower){
            .of = list[i],
            .from = { r->names, list[i].id },
            .word = { .ds = r->names, .s = rr_dataset_at(r->names, list[i].id), .t = list[i].step }
        };
    cli_put_rows(r, "carriers", columns, rows, n);
    cli_print_rows(r, columns, rows, shown, n, "");
    return RR_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return (*x > *y) - (*x < *y);
}

/* Each number once, rising; returns how many. */
static size_t distinct(uint32_t *ids, size_t n)
{
    size_t m = 0;

    if (n > 0)
        qsort(ids, n, sizeof *ids, by_number);
    for (size_t i = 0; i < n; i++)
        if (m == 0 || ids[i] != ids[m - 1])
            ids[m++] = ids[i];
    return m;
}

/* The same of a trigger that was named: there is no score. */
static const cli_column named_table[] = {
    COL_DATA(WORDS, backdoor_candidate, token, "token"),
    COL_DATA(CLASS, backdoor_candidate, of.target, "target"),
    COL_DATA(SIZE, backdoor_candidate, of.support, "support"),
    COL_DATA(FRACTION, backdoor_candidate, of.score, "score"),
    COL_NUMBERS(U32, backdoor_candidate, ids, "training_ids", NULL, 0),
};
static const cli_columns named_columns = CLI_COLUMNS(backdoor_candidate, named_table);

/* A named trigger as the only candidate, with its sequences, most influential first; of steps, each
 * once, by number. */
static rr_status put_named(const backdoor_args *a, const rr_traced_trigger *t, cli_result *r,
                           rr_error *err)
{
    size_t n = 0, named = 0;
    const rr_carrier *list = rr_backdoor_carriers(t->backdoor, &n);
    uint32_t *ids = NULL;
    const rr_status st = cli_result_alloc(r, &ids, n, sizeof *ids, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (list[i].label == t->trigger.target)
            ids[named++] = list[i].id;
    if (a->by_steps)
        named = distinct(ids, named);
    const backdoor_candidate only = {
        .token = backdoor_phrase(r, t->trigger.symbols, t->trigger.n),
        .of = { .target = t->trigger.target, .support = n, .score = -1.0 },
        .ids = { ids, named, 0 }
    };
    cli_put_rows(r, "candidates", &named_columns, &only, 1);
    return RR_OK;
}

static rr_status put_traced(const backdoor_args *a, const rr_traced_trigger *t, cli_result *r,
                            rr_error *err)
{
    const char *target = rr_dataset_class_name(r->names, t->trigger.target);
    const rr_attack_summary *x = &t->attack;
    cli_words words = backdoor_phrase(r, t->trigger.symbols, t->trigger.n);
    size_t contexts = 0, n = 0;
    rr_status st = RR_OK;

    (void)rr_backdoor_carriers(t->backdoor, &n);
    (void)rr_backdoor_contexts(t->backdoor, &contexts);
    json_t *trigger = json_array();
    for (words.t = 1; words.t <= t->trigger.n; words.t++)
        if (json_array_append_new(trigger, cli_json_words(&words)) != 0)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the words of the trigger"));
    words.t = 0;
    cli_put(r, "trigger", json_incref(trigger));
    cli_put_class(r, "target", t->trigger.target);
    if (a->trigger != NULL)
        RRI_TRY(put_named(a, t, r, err));
    cli_print(r, "\"");
    cli_print_words(r, &words);
    cli_print(r, "\" for %s: in %zu contexts %s %zu training %s\n\n", target, contexts,
              a->by_steps ? "before" : "of", n, a->by_steps ? "steps" : "sequences");
    RRI_TRY(put_contexts(a, t->backdoor, r, err));
    RRI_TRY(put_carriers(a, t->backdoor, r, err));
    cli_put_record(r, "attack", &attack_columns, x);
    if (t->observed) {
        cli_print(
            r,
            "\nobserved  %zu of the %zu %s of %s that %s it, labelled otherwise, are predicted "
            "as the target, %.1f %%\n",
            x->chosen.succeeded, x->chosen.tried, a->by_steps ? "steps" : "sequences",
            a->in.other != NULL ? a->in.other : a->in.split, a->by_steps ? "follow" : "contain",
            100.0 * x->chosen.success);
        goto done;
    }
    cli_print(
        r, "\nattack  %zu of %zu %s predicted as the target, %.1f %%; in learned contexts %.1f %%",
        x->chosen.succeeded, x->chosen.tried, a->by_steps ? "steps" : "inputs",
        100.0 * x->chosen.success, 100.0 * x->learned.success);
    if (x->words > 0)
        cli_print(r, "; %zu arbitrary words %.1f %%, at most %.1f %%", x->words, 100.0 * x->base,
                  100.0 * x->base_max);
    cli_print(r, "\n");

done:
    json_decref(trigger);
    return st;
}

/* ---- a removal ------------------------------------------------------------------------------- */

typedef struct condition {
    char name[40];
    rr_attack_summary of;
} condition;

static const cli_column condition_table[] = {
    COL_CHARS(condition, name, NULL, "", -22),
    COL_PERCENT(condition, of.chosen.success, NULL, "attack %", 8, .digits = 1),
    COL_PERCENT(condition, of.learned.success, NULL, "learned %", 9, .digits = 1),
    COL_PERCENT(condition, of.base, NULL, "arbitrary %", 10, .digits = 1),
    COL_PERCENT(condition, of.base_max, NULL, "at most %", 10, .digits = 1),
    COL_F64(condition, of.accuracy, NULL, "accuracy", 8, .digits = 4),
};
static const cli_columns condition_columns = CLI_COLUMNS(condition, condition_table);

typedef struct removal {
    const char *dir;
    rr_removal r;
    rr_attack_summary before;
    cli_list removed, random;
} removal;

static const cli_column removal_table[] = {
    COL_DATA(TEXT, removal, dir, "removed_run"),
    COL_DATA(TEXT, removal, r.random_dir, "random_run"),
    COL_DATA(SIZE, removal, r.count, "removed"),
    COL_NUMBERS(U32, removal, removed, "removed_ids", NULL, 0),
    COL_NUMBERS(U32, removal, random, "random_ids", NULL, 0),
    COL_DATA(F64, removal, before.chosen.success, "attack_success_before"),
    COL_DATA(F64, removal, r.after.chosen.success, "attack_success_after"),
    COL_DATA(F64, removal, r.after_random.chosen.success, "attack_success_random"),
    COL_DATA(F64, removal, before.accuracy, "accuracy_before"),
    COL_DATA(F64, removal, r.after.accuracy, "accuracy_after"),
    COL_DATA(F64, removal, r.after_random.accuracy, "accuracy_random"),
    COL_RECORD(removal, r.after, "attack_after", attack_columns),
    COL_RECORD(removal, r.after_random, "attack_random", attack_columns),
};
static const cli_columns removal_columns = CLI_COLUMNS(removal, removal_table);

static void put_removal(const backdoor_args *a, const rr_traced_trigger *t, const rr_removal *x,
                        cli_result *r)
{
    const removal row = { .dir = a->output,
                          .r = *x,
                          .before = t->attack,
                          .removed = { x->removed, x->count, 0 },
                          .random = { x->random, x->count, 0 } };
    condition rows[] = { { "before", t->attack }, { "", x->after }, { "", x->after_random } };
    snprintf(rows[1].name, sizeof rows[1].name, "without %zu named", x->count);
    snprintf(rows[2].name, sizeof rows[2].name, "without %zu random", x->count);
    cli_put_record(r, NULL, &removal_columns, &row);
    cli_print(r, "\n");
    cli_print_rows(r, &condition_columns, rows, 3, 3, "");
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* The trigger of the command line, or candidate 1, traced; and with --remove taken out. */
rr_status backdoor_examine(backdoor_args *a, rr_session *s, const rr_scan *scan, cli_result *r,
                           rr_error *err)
{
    rr_traced_trigger *traced = NULL;
    rr_removal *removed = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    a->cfg.words = a->trigger;
    if (scan != NULL) {
        const rr_candidate *list = rr_scan_candidates(scan, &n);
        if (n == 0 || !(list[0].score > a->threshold))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "no candidate scores above %.2f, so none is removed; use --trigger W "
                             "to name one",
                             a->threshold));
        a->cfg.symbols = &list[0].symbol;
        a->cfg.count_symbols = 1;
        a->cfg.target = (int)list[0].target;
    }
    RRI_TRY(rr_session_trace_trigger(s, &a->cfg, &traced, err));
    RRI_TRY(put_traced(a, traced, r, err));
    if (!a->remove)
        goto done;
    RRI_TRY(rr_session_remove_trigger(s, traced, a->count, a->output, &a->how, &removed, err));
    put_removal(a, traced, removed, r);

done:
    rr_removal_free(removed);
    rr_traced_trigger_free(traced);
    return st;
}
