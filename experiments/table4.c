/* SPDX-License-Identifier: MIT */
/* table4.c - Table 4: which trials there are, and in which order: see table4.h. */
#include "experiments/table4.h"

static const char *const conditions[TABLE4_CONDITIONS] = {
    "none", "random", "guided", "improved", "random-balanced", "border"
};
static const char *const ways[TABLE4_WAYS] = { "continue", "scratch" };

const char *table4_condition_name(table4_condition condition)
{
    return conditions[condition];
}

const char *table4_way_name(table4_way way)
{
    return ways[way];
}

/* ---- which trials ---------------------------------------------------------------------------- */

static const size_t all_sizes[TABLE4_SIZES] = { 5, 15, 25, 35, 45 };
static const size_t some_sizes[] = { 5, 25, 45 }, end_sizes[] = { 5, 45 }, last_sizes[] = { 45 };

/* Trials that share everything but condition and size, none of them first. */
typedef struct block {
    model_task task;
    table4_way way;
    table4_condition last_condition; /* from random on */
    const size_t *sizes;
    size_t n; /* sizes */
} block;

/* Retraining from scratch takes so long that the baseline of our own is left out, and that not all
 * sizes are tried: of Toxic, which takes longest, the largest alone. */
static const block blocks[] = {
    { MODEL_SST, TABLE4_CONTINUE, TABLE4_BALANCED, all_sizes, TABLE4_SIZES },
    { MODEL_TOXIC, TABLE4_CONTINUE, TABLE4_BALANCED, all_sizes, TABLE4_SIZES },
    { MODEL_SST, TABLE4_SCRATCH, TABLE4_IMPROVED, some_sizes, 3 },
    { MODEL_TOXIC, TABLE4_SCRATCH, TABLE4_IMPROVED, last_sizes, 1 },
};
static const block quick_block = { MODEL_SST, TABLE4_CONTINUE, TABLE4_BALANCED, end_sizes, 2 };

static size_t add_border(model_task task, table4_plan *out)
{
    *out = (table4_plan){ .task = task, .way = TABLE4_CONTINUE, .condition = TABLE4_BORDER };
    (void)snprintf(out->setting, sizeof out->setting, "%s/%s", model_task_name(task),
                   conditions[TABLE4_BORDER]);
    return 1;
}

static size_t add_block(const block *b, table4_plan *out)
{
    size_t n = b->way == TABLE4_CONTINUE ? add_border(b->task, out) : 0;

    for (size_t s = 0; s <= b->n; s++)
        for (int a = s == 0 ? TABLE4_NONE : TABLE4_RANDOM; a <= (int)b->last_condition; a++) {
            table4_plan *const p = &out[n++];
            const size_t m = s == 0 ? 0 : b->sizes[s - 1];
            char size[24] = "";
            *p = (table4_plan){
                .task = b->task, .way = b->way, .condition = (table4_condition)a, .m = m
            };
            if (m > 0)
                (void)snprintf(size, sizeof size, "-%zu", m);
            (void)snprintf(p->setting, sizeof p->setting, "%s/%s/%s%s", model_task_name(b->task),
                           ways[b->way], conditions[a], size);
            if (s == 0)
                break;
        }
    return n;
}

size_t table4_plans(int quick, table4_plan out[TABLE4_PLANS])
{
    size_t n = 0;

    if (quick)
        return add_block(&quick_block, out);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        n += add_block(&blocks[b], out + n);
    return n;
}

/* ---- running them ---------------------------------------------------------------------------- */

enum { CASES = MODEL_SST + 1 };

/* The case of a seed; what another seed or dataset holds in memory is released first. */
static rr_status need_case(experiment_context *ctx, table4_case cases[CASES], model_task task,
                           uint64_t seed, rr_error *err)
{
    for (size_t other = 0; other < CASES; other++)
        if (other != (size_t)task)
            table4_release(&cases[other]);
    return table4_prepare(ctx, &cases[task], seed, err);
}

/* What the trials share. */
typedef struct work {
    table4_case cases[CASES];
    const table4_plan *plans; /* of the dataset and way under way */
} work;

static rr_status run_trial(experiment_context *ctx, void *self, size_t plan, uint64_t seed,
                           rr_error *err)
{
    work *const w = self;
    const table4_plan *const p = &w->plans[plan];
    const rr_status st = need_case(ctx, w->cases, p->task, seed, err);

    if (st != RR_OK || ctx->stopped)
        return st;
    return (p->condition == TABLE4_BORDER ? table4_border : table4_trial)(ctx, &w->cases[p->task],
                                                                          p, err);
}

static rr_status load(experiment_context *ctx, table4_case cases[CASES], rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(model_load(ctx, MODEL_SST, &cases[MODEL_SST].m, err));
    if (!ctx->quick)
        RRI_TRY(model_load(ctx, MODEL_TOXIC, &cases[MODEL_TOXIC].m, err));

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    table4_plan plans[TABLE4_PLANS];
    const char *settings[TABLE4_PLANS];
    work w = { .plans = NULL };
    const size_t n = table4_plans(ctx->quick, plans);
    rr_status st = RR_OK;

    RRI_TRY(load(ctx, w.cases, err));
    for (size_t i = 0; i < n; i++)
        settings[i] = plans[i].setting;
    RRI_TRY(experiment_plan(ctx, settings, n, err));
    for (size_t first = 0, end = 0; first < n && !ctx->stopped; first = end) {
        while (end < n && plans[end].task == plans[first].task &&
               plans[end].way == plans[first].way)
            end++;
        w.plans = plans + first;
        RRI_TRY(experiment_each_trial(ctx, settings + first, end - first, run_trial, &w, err));
    }

done:
    for (size_t i = 0; i < CASES; i++)
        table4_clear(&w.cases[i]);
    return st;
}

const experiment experiment_table4 = {
    .id = "table4",
    .summary = "SST and Toxic errors repaired by inserting words into training sentences",
    .about =
        "Table 4, by segments. A network for each seed and dataset, with frozen word\n"
        "vectors: of SST an LSTM-300 (dropout 0.5, best epoch of 40 on dev), of Toxic a\n"
        "GRU-300 (40 epochs); P = 10, K = 37. Repaired are positive sentences read as\n"
        "negative, and clean comments read as toxic, that turn at a word with a vector.\n"
        "These words are inserted, m = 5 to 45 times each: into sentences of the\n"
        "longest common trace (guided), into random ones, or into those they harm, with\n"
        "class-balancing samples of the other class (improved; random-balanced is random with\n"
        "the same share of them). Retrained by going on (SST 2 epochs at a tenth of the\n"
        "rate, Toxic 4 at the full one) and, last and longest, from scratch as in the\n"
        "paper: SST at m = 5, 25 and 45, Toxic at 45. Needs sst/ and toxic/, takes word\n"
        "vectors from wordvec/. Quick: 100 units, half of SST, 12 epochs, going on with\n"
        "m = 5 and 45, one seed.\n",
    .revision = 2,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = table4_report,
};
