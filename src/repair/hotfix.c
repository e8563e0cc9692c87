/* SPDX-License-Identifier: MIT */
/* hotfix.c - the least change of an output layer by which targets are right and nothing that is
 * held turns wrong: cutting planes around quadratic.c, and conflicts among targets.
 *
 * The program begins without a row; in each round every input is measured under the solution so
 * far, and the most violated inputs are added, each against the class it is closest to. Rows stay
 * for all later solutions, so that asking without one of the targets costs few rounds. */
#include "rnnrepair/hotfix.h"

#include "core/callbacks.h"
#include "repair/hotfix_work.h"
#include "repair/repair_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_ROUND = 256 };

/* An input counts as violated from here on, in logits; the program itself is solved closer. */
static const double VIOLATED = 1e-6;

rr_output_repair rr_output_repair_default(void)
{
    return (rr_output_repair){ .margin = 0.1, .hold = 0.0, .ridge = 0.1, .limit = 100.0 };
}

/* ---- cutting planes ------------------------------------------------------------------------- */

typedef struct candidate {
    double slack;
    uint32_t input;
} candidate;

typedef struct search {
    rri_layer layer;
    rri_program program;
    const rr_callbacks *callbacks;
    uint32_t *input; /* [program.capacity] of each row */
    size_t inputs;   /* its capacity */
    double *need;    /* [inputs] of each row */
    bool *left_out;  /* [targets] */
    candidate *list; /* [count] */
    double *z;       /* [width] */
    size_t rounds;
} search;

static int most_violated_first(const void *a, const void *b)
{
    const candidate *x = a;
    const candidate *y = b;

    if (x->slack < y->slack || x->slack > y->slack)
        return x->slack < y->slack ? -1 : 1;
    return (x->input > y->input) - (x->input < y->input);
}

static bool is_left_out(const search *s, uint32_t input)
{
    return input < s->layer.problem->targets && s->left_out[input];
}

static bool is_a_row(const search *s, uint32_t input, const rri_demand *d)
{
    for (size_t i = 0; i < s->program.count; i++)
        if (s->input[i] == input && s->program.rows[i].plus == d->plus &&
            s->program.rows[i].minus == d->minus)
            return true;
    return false;
}

static rr_status add_row(search *s, uint32_t input, const rri_demand *d, rr_error *err)
{
    const size_t n = s->program.count;
    rr_status st = RR_OK;

    if (n == s->inputs) {
        const size_t now = n == 0 ? 64 : 2 * n;
        RRI_TRY(rri_grow(&s->input, n, now, sizeof *s->input, err));
        RRI_TRY(rri_grow(&s->need, n, now, sizeof *s->need, err));
        s->inputs = now;
    }
    rri_layer_whiten(&s->layer, input, s->z);
    RRI_TRY(rri_program_add(&s->program, d, s->z, err));
    s->input[n] = input;
    s->need[n] = d->need;

done:
    return st;
}

/* Add the most violated inputs; *added is 0 where none is. */
static rr_status add_violated(search *s, size_t *added, rr_error *err)
{
    const rri_layer *l = &s->layer;
    size_t n = 0;
    rr_status st = RR_OK;

    *added = 0;
    for (uint32_t i = 0; i < l->problem->count; i++)
        if (l->slack[i] < -VIOLATED && !is_left_out(s, i))
            s->list[n++] = (candidate){ l->slack[i], i };
    if (n == 0)
        return RR_OK;
    qsort(s->list, n, sizeof *s->list, most_violated_first);
    for (size_t k = 0; k < n && *added < ROWS_A_ROUND; k++) {
        const uint32_t input = s->list[k].input;
        const rri_demand d = rri_layer_demand(l, input, l->against[input]);
        if (is_a_row(s, input, &d))
            continue;
        RRI_TRY(add_row(s, input, &d, err));
        ++*added;
    }
    if (*added == 0)
        st = rri_fail(err, RR_ERR_NUMERIC, -1,
                      "the convex program is not solved closely enough: an input still violates a "
                      "demand by %g",
                      -s->list[0].slack);

done:
    return st;
}

/* Solve without the targets that are left out. */
static rr_status solve(search *s, bool *possible, rr_error *err)
{
    size_t added = 1;
    rr_status st = RR_OK;

    for (size_t i = 0; i < s->program.count; i++)
        s->program.rows[i].need = is_left_out(s, s->input[i]) ? -HUGE_VAL : s->need[i];
    rri_program_restart(&s->program);
    while (added > 0) {
        RRI_TRY(rri_check_cancelled(s->callbacks, err));
        RRI_TRY(rri_program_solve(&s->program, possible, err));
        if (!*possible)
            break;
        rri_layer_change(&s->layer, s->program.u);
        RRI_TRY(rri_layer_margins(&s->layer, err));
        RRI_TRY(add_violated(s, &added, err));
        s->rounds++;
    }

done:
    return st;
}

/* ---- conflicts ------------------------------------------------------------------------------ */

/* The targets of the proof, in ascending order of their weight in it. */
static size_t proof_targets(const search *s, candidate *list)
{
    const rri_program *p = &s->program;
    size_t n = 0;

    for (size_t j = 0; j < p->binding; j++) {
        const uint32_t input = s->input[p->active[j]];
        size_t at = 0;
        if (!(p->y[j] > 0.0) || input >= s->layer.problem->targets)
            continue;
        while (at < n && list[at].input != input)
            at++;
        if (at == n)
            list[n++] = (candidate){ 0.0, input };
        list[at].slack += p->y[j];
    }
    qsort(list, n, sizeof *list, most_violated_first);
    return n;
}

/* Leave out all targets but those of the proof. */
static size_t reduce_to_proof(search *s, candidate *list)
{
    const size_t n = proof_targets(s, list);

    for (size_t i = 0; i < s->layer.problem->targets; i++)
        s->left_out[i] = true;
    for (size_t i = 0; i < n; i++)
        s->left_out[list[i].input] = false;
    return n;
}

static rr_status held_alone(rr_error *err)
{
    return rri_fail(err, RR_ERR_NUMERIC, -1,
                    "the inputs to hold cannot be held themselves: two of them with the same state "
                    "have different labels, or their margins are below the one to hold; a smaller "
                    "one is needed");
}

/* The inputs to hold in the proof. */
static rr_status list_opposed(const search *s, rr_hotfix *h, rr_error *err)
{
    const rri_program *p = &s->program;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&h->opposed, p->binding, 1, sizeof *h->opposed, err));
    for (size_t j = 0; j < p->binding; j++)
        if (p->y[j] > 0.0 && s->input[p->active[j]] >= s->layer.problem->targets)
            h->opposed[n++] = s->input[p->active[j]];
    qsort(h->opposed, n, sizeof *h->opposed, rri_by_size);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || h->opposed[i] != h->opposed[h->count_opposed - 1])
            h->opposed[h->count_opposed++] = h->opposed[i];

done:
    return st;
}

/* After a proof: an irreducible set of targets in conflict, by leaving out one after the other. */
static rr_status find_conflict(search *s, rr_hotfix *h, rr_error *err)
{
    const size_t K = s->layer.problem->targets;
    candidate *order = NULL;
    candidate *rest = NULL;
    bool possible = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, K, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&rest, K, 1, sizeof *rest, err));
    const size_t n = reduce_to_proof(s, order);
    for (size_t i = 0; i < n; i++) {
        const uint32_t target = order[i].input;
        rri_show(s->callbacks, "conflict", "targets", i, n, "%s", "");
        if (s->left_out[target])
            continue;
        s->left_out[target] = true;
        RRI_TRY(solve(s, &possible, err));
        if (possible)
            s->left_out[target] = false;
        else if (reduce_to_proof(s, rest) == 0)
            RRI_TRY(held_alone(err));
    }
    RRI_TRY(solve(s, &possible, err)); /* its proof */
    if (possible)
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1,
                         "rounding errors prevent the proof of a conflict among the targets"));
    RRI_TRY(list_opposed(s, h, err));
    RRI_TRY(rri_alloc(&h->conflict, K, 1, sizeof *h->conflict, err));
    for (size_t i = 0; i < K; i++)
        if (!s->left_out[i])
            h->conflict[h->count_conflict++] = i;

done:
    rri_show_end(s->callbacks);
    rri_free(order);
    rri_free(rest);
    return st;
}

/* Leave out the targets with the largest weight in the proofs until the others are possible, then
 * take back those that turn out to be. */
static rr_status drop_conflicts(search *s, bool *possible, rr_error *err)
{
    const size_t K = s->layer.problem->targets;
    candidate *list = NULL;
    uint32_t *dropped = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, K, 1, sizeof *list, err));
    RRI_TRY(rri_alloc(&dropped, K, 1, sizeof *dropped, err));
    memset(s->left_out, 0, K * sizeof *s->left_out);
    RRI_TRY(solve(s, possible, err));
    while (!*possible) {
        const size_t in_proof = proof_targets(s, list);
        if (in_proof == 0)
            RRI_TRY(held_alone(err));
        dropped[n] = list[in_proof - 1].input;
        s->left_out[dropped[n++]] = true;
        rri_show(s->callbacks, "dropping", "targets", n, 0, "%s", "");
        RRI_TRY(solve(s, possible, err));
    }
    for (size_t i = 0; i + 1 < n; i++) { /* the last one alone was too many */
        rri_show(s->callbacks, "taking back", "targets", i, n, "%s", "");
        s->left_out[dropped[i]] = false;
        RRI_TRY(solve(s, possible, err));
        if (!*possible)
            s->left_out[dropped[i]] = true;
    }
    RRI_TRY(solve(s, possible, err));

done:
    rri_show_end(s->callbacks);
    rri_free(list);
    rri_free(dropped);
    return st;
}

/* ---- the result ----------------------------------------------------------------------------- */

/* The layer as rounded to float, and its least margins. */
static rr_status take_layer(search *s, rr_hotfix *h, rr_error *err)
{
    rri_layer *l = &s->layer;
    const rr_hotfix_problem *p = l->problem;
    const size_t H = p->hidden;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&h->weight, p->outputs, H, sizeof *h->weight, err));
    RRI_TRY(rri_alloc(&h->bias, p->outputs, 1, sizeof *h->bias, err));
    for (size_t o = 0; o < p->outputs; o++) {
        for (size_t j = 0; j < H; j++)
            h->weight[o * H + j] = (float)l->now[o * l->width + j];
        h->bias[o] = (float)l->now[o * l->width + H];
    }
    RRI_TRY(rri_layer_round(l, h->weight, h->bias, err));
    for (size_t i = 0; i < p->count; i++) {
        double *worst = i < p->targets ? &h->worst_target : &h->worst_held;
        if (!is_left_out(s, (uint32_t)i))
            *worst = fmin(*worst, l->slack[i] + l->need[i]);
    }

done:
    return st;
}

static rr_status fill_result(search *s, bool possible, rr_hotfix *h, rr_error *err)
{
    const size_t K = s->layer.problem->targets;
    rr_status st = RR_OK;

    h->possible = possible;
    h->layer = rri_layer_norm(&s->layer, s->layer.before);
    h->hold = s->layer.hold;
    h->bound = sqrt(fmax(0.0, 2.0 * rri_program_bound(&s->program)));
    h->worst_target = h->worst_held = HUGE_VAL;
    h->rounds = s->rounds;
    h->rows = s->program.count;
    h->binding = s->program.binding;
    if (possible)
        h->change = sqrt(rri_dot(s->program.u, s->program.u, s->program.outputs * s->layer.width));
    else
        memcpy(s->layer.now, s->layer.before,
               s->program.outputs * s->layer.width * sizeof *s->layer.now);
    RRI_TRY(take_layer(s, h, err));
    RRI_TRY(rri_alloc(&h->dropped, K, 1, sizeof *h->dropped, err));
    for (size_t i = 0; possible && i < K; i++)
        if (s->left_out[i])
            h->dropped[h->count_dropped++] = i;

done:
    return st;
}

static rr_status check_problem(const rr_hotfix_problem *p, rr_error *err)
{
    const size_t classes = p->outputs == 1 ? 2 : p->outputs;

    if (p->hidden == 0 || p->outputs == 0 || p->count < p->targets || p->count >= UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "an output layer of %zu values and %zu outputs with %zu targets of %zu "
                        "inputs: expected at least 1, and no more targets than inputs",
                        p->hidden, p->outputs, p->targets, p->count);
    for (size_t i = 0; i < p->count; i++)
        if (p->labels[i] >= classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the label of input %zu is %u, of %zu classes", i,
                            (unsigned)p->labels[i], classes);
    return RR_OK;
}

rr_status rri_output_repair_check(const rr_output_repair *cfg, rr_error *err)
{
    const struct {
        const char *name;
        double value, most;
    } numbers[] = { { "margin", cfg->margin, 1e6 },
                    { "ridge", cfg->ridge, 1e12 },
                    { "limit", cfg->limit, 1e6 } };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!(numbers[i].value > 0.0 && numbers[i].value <= numbers[i].most))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "level output: the %s is %g: expected a number above 0, up to %g",
                            numbers[i].name, numbers[i].value, numbers[i].most);
    if (!(cfg->hold >= 0.0 && cfg->hold <= 1e6))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "level output: the margin to hold is %g: expected 0 to 1e6", cfg->hold);
    return RR_OK;
}

static void clear(search *s)
{
    rri_layer_clear(&s->layer);
    rri_program_clear(&s->program);
    rri_free(s->input);
    rri_free(s->need);
    rri_free(s->left_out);
    rri_free(s->list);
    rri_free(s->z);
}

static rr_status begin(search *s, const rr_output_repair *cfg, const rr_hotfix_problem *p,
                       size_t threads, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_output_repair_check(cfg, err));
    RRI_TRY(check_problem(p, err));
    if (p->targets == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "level output: there is no target"));
    RRI_TRY(rri_alloc(&s->left_out, p->targets, 1, sizeof *s->left_out, err));
    RRI_TRY(rri_alloc(&s->list, p->count, 1, sizeof *s->list, err));
    RRI_TRY(rri_alloc(&s->z, p->hidden + 1, 1, sizeof *s->z, err));
    RRI_TRY(rri_layer_init(&s->layer, p, threads, err));
    RRI_TRY(rri_layer_prepare(&s->layer, cfg, err));
    const double limit = cfg->limit * rri_layer_norm(&s->layer, s->layer.before);
    RRI_TRY(rri_program_init(&s->program, p->outputs, p->hidden + 1, limit, err));

done:
    return st;
}

rr_status rr_hotfix_solve(const rr_output_repair *cfg, const rr_hotfix_problem *problem,
                          size_t threads, const rr_callbacks *callbacks, rr_hotfix **out,
                          rr_error *err)
{
    search s = { .callbacks = callbacks };
    const double start = rri_seconds();
    rr_hotfix *h = NULL;
    bool possible = false;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&h, 1, 1, sizeof *h, err));
    RRI_TRY(begin(&s, cfg, problem, threads, err));
    RRI_TRY(solve(&s, &possible, err));
    if (!possible) {
        if (proof_targets(&s, s.list) == 0)
            RRI_TRY(held_alone(err));
        RRI_TRY(find_conflict(&s, h, err));
        if (cfg->drop_conflicts)
            RRI_TRY(drop_conflicts(&s, &possible, err));
    }
    RRI_TRY(fill_result(&s, possible, h, err));
    h->seconds = rri_seconds() - start;
    *out = h;
    h = NULL;

done:
    clear(&s);
    rr_hotfix_free(h);
    return st;
}

rr_status rr_hotfix_margins(const rr_hotfix_problem *problem, size_t threads, double *margin,
                            rr_error *err)
{
    rri_layer l = { .width = 0 };
    rr_status st = RR_OK;

    RRI_TRY(check_problem(problem, err));
    RRI_TRY(rri_layer_init(&l, problem, threads, err));
    memcpy(margin, l.slack, problem->count * sizeof *margin);

done:
    rri_layer_clear(&l);
    return st;
}

void rr_hotfix_free(rr_hotfix *h)
{
    if (h == NULL)
        return;
    rri_free(h->weight);
    rri_free(h->bias);
    rri_free(h->dropped);
    rri_free(h->conflict);
    rri_free(h->opposed);
    rri_free(h);
}
