/* SPDX-License-Identifier: MIT */
/* hotfix.c - repairs the output layer of a run: states, program, child run, certificate.
 *
 * The inputs of the program are the answers of the network: last states, or where every step has an
 * output the states of the labelled steps. The training inputs to hold are those the parent
 * predicts right; what the new layer does to them is measured by running the new network itself. */
#include "rnnrepair/workflow_repair.h"

#include "core/callbacks.h"
#include "network/network_internal.h"
#include "run/run_internal.h"
#include "workflow/certificate.h"
#include "workflow/workflow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers of a network ------------------------------------------------------------------- */

/* [count] each. */
typedef struct answers {
    size_t count;
    uint32_t *labels, *predictions;
    uint32_t *sequence; /* whose answer it is */
    float *states;      /* [count][H] */
} answers;

static void answers_clear(answers *a)
{
    rri_free(a->labels);
    rri_free(a->predictions);
    rri_free(a->sequence);
    rri_free(a->states);
    *a = (answers){ .count = 0 };
}

static bool by_steps(const rr_network *net)
{
    return rr_network_config_of(net).output == RR_OUTPUT_STEP;
}

static void take_row(answers *a, const rr_state_batch *b, size_t row, size_t H, uint32_t label,
                     size_t sequence)
{
    a->labels[a->count] = label;
    a->predictions[a->count] = b->predictions[row];
    a->sequence[a->count] = (uint32_t)sequence;
    memcpy(a->states + a->count * H, b->states + row * H, H * sizeof *a->states);
    a->count++;
}

static void take_batch(answers *a, const rr_state_batch *b, size_t H, bool steps, size_t first)
{
    size_t row = 0;

    for (size_t i = 0; i < b->count; i++) {
        const size_t end = row + b->steps[i];
        for (; steps && row < end; row++)
            if (b->step_labels[row] != RR_NO_LABEL)
                take_row(a, b, row, H, b->step_labels[row], first + i);
        if (!steps)
            take_row(a, b, end - 1, H, b->labels[i], first + i);
        row = end;
    }
}

static rr_status gather(const rr_network *net, const rr_dataset *ds, const rr_session *s,
                        answers *out, rr_error *err)
{
    const bool steps = by_steps(net);
    const size_t H = rr_network_config_of(net).hidden;
    const size_t N = rr_dataset_count(ds);
    const size_t most = steps ? rr_dataset_labelled_steps(ds) : N;
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch = { .count = 1 };
    rr_status st = RR_OK;

    *out = (answers){ .count = 0 };
    RRI_TRY(rri_alloc(&out->labels, most, 1, sizeof *out->labels, err));
    RRI_TRY(rri_alloc(&out->predictions, most, 1, sizeof *out->predictions, err));
    RRI_TRY(rri_alloc(&out->sequence, most, 1, sizeof *out->sequence, err));
    RRI_TRY(rri_alloc(&out->states, most, H, sizeof *out->states, err));
    RRI_TRY(rr_network_states(net, ds, s->threads, &source, err));
    for (size_t done = 0; batch.count > 0; done += batch.count) {
        RRI_TRY(rri_check_cancelled(&s->callbacks, err));
        RRI_TRY(source.ops->next(source.self, &batch, err));
        take_batch(out, &batch, H, steps, done);
        rri_show(&s->callbacks, "states", "sequences", done, N, "%s", "");
    }

done:
    rri_show_end(&s->callbacks);
    rr_state_source_close(&source);
    return st;
}

/* ---- the program ---------------------------------------------------------------------------- */

typedef struct problem {
    rr_hotfix_problem p;
    float *states;
    uint32_t *labels;
    size_t *number; /* [held] of each input to hold in the training set's answers */
} problem;

static void problem_clear(problem *p)
{
    rri_free(p->states);
    rri_free(p->labels);
    rri_free(p->number);
}

/* The targets, then the training answers that were right. `before` [train->count] are the
 * predictions of the network that is repaired. */
static rr_status make_problem(const rr_network *net, const answers *targets, const answers *train,
                              const uint32_t *before, problem *out, rr_error *err)
{
    const size_t H = rr_network_config_of(net).hidden;
    const rri_output_layer layer = rri_network_output(net);
    size_t held = 0, n = targets->count;
    rr_status st = RR_OK;

    *out = (problem){ .states = NULL };
    for (size_t i = 0; i < train->count; i++)
        held += before[i] == train->labels[i];
    RRI_TRY(rri_alloc(&out->states, n + held, H, sizeof *out->states, err));
    RRI_TRY(rri_alloc(&out->labels, n + held, 1, sizeof *out->labels, err));
    RRI_TRY(rri_alloc(&out->number, held, 1, sizeof *out->number, err));
    memcpy(out->states, targets->states, n * H * sizeof *out->states);
    memcpy(out->labels, targets->labels, n * sizeof *out->labels);
    for (size_t i = 0; i < train->count; i++) {
        if (before[i] != train->labels[i])
            continue;
        memcpy(out->states + n * H, train->states + i * H, H * sizeof *out->states);
        out->labels[n] = train->labels[i];
        out->number[n++ - targets->count] = i;
    }
    out->p = (rr_hotfix_problem){ .hidden = H,
                                  .outputs = layer.outputs,
                                  .weight = layer.weight,
                                  .bias = layer.bias,
                                  .targets = targets->count,
                                  .count = n,
                                  .states = out->states,
                                  .labels = out->labels };

done:
    return st;
}

/* ---- the proof ------------------------------------------------------------------------------ */

/* What a network is measured against: the answers before. Owned but for the datasets. */
typedef struct before {
    const rr_dataset *train, *targets;
    answers of_train, of_targets;
} before;

static void before_clear(before *b)
{
    answers_clear(&b->of_train);
    answers_clear(&b->of_targets);
}

static rr_status answer_before(const rr_network *net, const rr_session *s, before *b, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(gather(net, b->train, s, &b->of_train, err));
    RRI_TRY(gather(net, b->targets, s, &b->of_targets, err));

done:
    return st;
}

/* Counts and margins; dropped is set already. */
static void count_all(rri_certificate *c, const before *b, const answers *train,
                      const answers *targets, const double *margin)
{
    size_t held = 0;

    c->inputs = train->count;
    c->held = c->broken = c->fixed = 0;
    c->worst_held = c->worst_target = HUGE_VAL;
    for (size_t i = 0; i < c->count; i++) {
        rri_proved *t = &c->targets[i];
        t->truth = targets->labels[i];
        t->before = b->of_targets.predictions[i];
        t->after = targets->predictions[i];
        t->margin = margin[i];
        c->fixed += t->after == t->truth;
        if (!t->dropped)
            c->worst_target = fmin(c->worst_target, t->margin);
    }
    for (size_t i = 0; i < train->count; i++) {
        if (b->of_train.predictions[i] != train->labels[i])
            continue;
        c->worst_held = fmin(c->worst_held, margin[c->count + held++]);
        c->broken += train->predictions[i] != train->labels[i];
    }
    c->held = held;
    c->worst_held = isfinite(c->worst_held) ? c->worst_held : 0.0;
    c->worst_target = isfinite(c->worst_target) ? c->worst_target : 0.0;
}

/* Fill in what the new network does, by running it. */
static rr_status evaluate(const rr_network *net, const rr_session *s, const before *b,
                          rri_certificate *c, rr_error *err)
{
    answers train = { .count = 0 };
    answers targets = { .count = 0 };
    problem p = { .states = NULL };
    double *margin = NULL;
    rr_status st = RR_OK;

    RRI_TRY(gather(net, b->train, s, &train, err));
    RRI_TRY(gather(net, b->targets, s, &targets, err));
    if (targets.count != c->count)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1, "%s holds %zu targets, the certificate %zu",
                         RR_RUN_TARGETS, targets.count, c->count));
    RRI_TRY(make_problem(net, &targets, &train, b->of_train.predictions, &p, err));
    RRI_TRY(rri_alloc(&margin, p.p.count, 1, sizeof *margin, err));
    RRI_TRY(rr_hotfix_margins(&p.p, s->threads, margin, err));
    count_all(c, b, &train, &targets, margin);
    RRI_TRY(rr_network_hash(net, c->model, err));
    RRI_TRY(rr_run_data_hash(s->run, c->data, err));
    memcpy(c->targets_hash, rr_dataset_hash(b->targets), sizeof c->targets_hash);

done:
    answers_clear(&train);
    answers_clear(&targets);
    problem_clear(&p);
    rri_free(margin);
    return st;
}

/* ---- targets -------------------------------------------------------------------------------- */

/* Add sequence i with the labels of the steps numbered from `first` that are targets, or as it is.
 */
static rr_status add_target(rr_dataset_builder *b, const rr_dataset *ds, size_t i, size_t first,
                            const rr_ids *targets, uint32_t *labels, rr_error *err)
{
    rr_sequence q = rr_dataset_at(ds, i);

    q.words = NULL;
    if (targets != NULL) {
        for (size_t t = 0; t < q.steps; t++)
            labels[t] = RR_NO_LABEL;
        for (size_t k = 0; k < targets->count; k++)
            if (targets->ids[k] >= first && targets->ids[k] - first < q.steps)
                labels[targets->ids[k] - first] = q.step_labels[targets->ids[k] - first];
        q.step_labels = labels;
    }
    return rr_dataset_builder_add(b, q, err);
}

/* The first step of sequence i among all. */
static size_t first_step(const rr_dataset *ds, size_t i)
{
    size_t first = 0;

    for (size_t k = 0; k < i; k++)
        first += rr_dataset_at(ds, k).steps;
    return first;
}

/* The inputs of the targets, without words; of steps the sequences of r->targets, whose other steps
 * have no label. */
static rr_status copy_targets(const rr_dataset *ds, const rr_ids *units, const rr_repair_result *r,
                              rr_dataset **out, rr_error *err)
{
    rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_dataset_builder *b = NULL;
    uint32_t *labels = NULL;
    rr_status st = RR_OK;

    shape.words = NULL;
    RRI_TRY(rri_alloc(&labels, rr_dataset_max_steps(ds), 1, sizeof *labels, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < r->count; i++) {
        const size_t id = r->targets[i].id;
        if (r->steps && i > 0 && id == r->targets[i - 1].id)
            continue;
        RRI_TRY(add_target(b, ds, id, r->steps ? first_step(ds, id) : 0, r->steps ? units : NULL,
                           labels, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_free(labels);
    return st;
}

static int ascending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* List the targets: as chosen, or of steps in their order. */
static rr_status list_targets(rr_repair_result *r, const rr_ids *units, rr_error *err)
{
    size_t id = 0, first = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->listed, units->count, 1, sizeof *r->listed, err));
    r->targets = r->listed;
    if (r->steps)
        qsort(units->ids, units->count, sizeof *units->ids, ascending);
    for (size_t i = 0; i < units->count; i++) {
        rr_repair_target t = { .id = units->ids[i], .unit = units->ids[i] };
        if (r->steps) {
            while (t.unit - first >= rr_dataset_at(r->ds, id).steps)
                first += rr_dataset_at(r->ds, id++).steps;
            t.id = id;
            t.step = t.unit - first + 1;
        }
        const rr_sequence q = rr_dataset_at(r->ds, t.id);
        t.truth = r->steps ? q.step_labels[t.step - 1] : q.label;
        t.prediction = r->before[t.unit];
        if (t.truth == t.prediction)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "samples: %zu is predicted as labelled: no error to repair", t.id));
        if (r->count == 0 || r->listed[r->count - 1].unit != t.unit)
            r->listed[r->count++] = t;
    }

done:
    return st;
}

/* ---- impossible ----------------------------------------------------------------------------- */

/* Append a list of ids, at most `most`. */
static void append_ids(char *text, size_t capacity, const size_t *ids, size_t n, size_t most)
{
    for (size_t i = 0; i < n && i < most; i++) {
        const size_t at = strlen(text);
        (void)rri_snprintf(text + at, capacity - at, "%s%zu", i == 0 ? "" : ", ", ids[i]);
    }
    if (n > most) {
        const size_t at = strlen(text);
        (void)rri_snprintf(text + at, capacity - at, ", ... (%zu in all)", n);
    }
}

static rr_status refuse(const rr_hotfix *h, const rri_certificate *c, rr_error *err)
{
    char targets[160] = "";
    char opposed[96] = "";
    size_t ids[16];
    const size_t most = sizeof ids / sizeof *ids;

    for (size_t i = 0; i < h->count_conflict && i < most; i++)
        ids[i] = c->targets[h->conflict[i]].id;
    append_ids(targets, sizeof targets, ids, h->count_conflict, most);
    append_ids(opposed, sizeof opposed, c->opposed, c->count_opposed, 8);
    return rri_fail(err, RR_ERR_ARG, -1,
                    "no output layer repairs all targets and holds the training set: %s %s in "
                    "conflict with training sequences %s; choose others by --samples, or leave out "
                    "what is in conflict by --drop-conflicts",
                    targets, h->count_conflict == 1 ? "is" : "are together", opposed);
}

/* ---- the child ------------------------------------------------------------------------------ */

/* What is known before the new network has run. */
static rr_status begin_certificate(const rr_session *s, const rr_repair_request *request,
                                   const rr_repair_result *r, const before *b, const problem *p,
                                   rri_certificate *c, rr_error *err)
{
    const rr_hotfix *h = r->hotfix;
    const char *split = request->split == RR_SPLIT_OTHER
                            ? "cases"
                            : rr_enum_name(RR_ENUM_SPLIT, (unsigned)request->split);
    rr_status st = RR_OK;

    *c = (rri_certificate){ .program = request->search.output,
                            .change = h->change,
                            .layer = h->layer,
                            .bound = h->bound,
                            .rounds = h->rounds,
                            .rows = h->rows,
                            .binding = h->binding,
                            .split = split };
    RRI_TRY(rr_network_hash(s->net, c->parent, err));
    RRI_TRY(rri_alloc(&c->targets, r->count, 1, sizeof *c->targets, err));
    for (size_t i = 0; i < r->count; i++)
        c->targets[c->count++] = (rri_proved){ .id = r->targets[i].id, .step = r->targets[i].step };
    for (size_t i = 0; i < h->count_dropped; i++)
        c->targets[h->dropped[i]].dropped = 1;
    RRI_TRY(rri_alloc(&c->conflict, h->count_conflict, 1, sizeof *c->conflict, err));
    for (size_t i = 0; i < h->count_conflict; i++)
        c->conflict[c->count_conflict++] = h->conflict[i];
    RRI_TRY(rri_alloc(&c->opposed, h->count_opposed, 1, sizeof *c->opposed, err));
    for (size_t i = 0; i < h->count_opposed; i++)
        c->opposed[c->count_opposed++] =
            b->of_train.sequence[p->number[h->opposed[i] - p->p.targets]];

done:
    return st;
}

/* The network with the new output layer. Memory: rr_network_free(). */
static rr_status with_layer(const rr_network *net, const rr_hotfix *h, rr_network **out,
                            rr_error *err)
{
    const rr_status st = rr_network_copy(net, out, err);

    if (st != RR_OK)
        return st;
    const rri_output_layer layer = rri_network_output(*out);
    const size_t H = rr_network_config_of(net).hidden;
    memcpy(layer.weight, h->weight, layer.outputs * H * sizeof *layer.weight);
    memcpy(layer.bias, h->bias, layer.outputs * sizeof *layer.bias);
    return RR_OK;
}

static void say_solved(const rr_session *s, const rr_repair_result *r)
{
    const rr_hotfix *h = r->hotfix;

    rri_note(&s->callbacks,
             "states in %.2f s; solved in %.2f s: %zu rounds, %zu demands of which %zu bind; the "
             "logits change by %.3g (root mean square), the layer's own are %.3g",
             r->states_seconds, h->seconds, h->rounds, h->rows, h->binding, h->change, h->layer);
    if (h->count_dropped > 0)
        rri_note(&s->callbacks, "%zu of %zu targets are in conflict, and left as they are",
                 h->count_dropped, r->count);
}

rr_status rri_hotfix_child(rr_session *s, const rr_repair_request *request, const rr_ids *units,
                           const char *dir, rr_repair_result *r, rr_error *err)
{
    const rr_output_repair *cfg = &request->search.output;
    before b = { .train = r->train };
    problem p = { .states = NULL };
    rri_certificate c = { .root = NULL };
    rr_dataset *targets = NULL;
    rr_network *net = NULL;
    char *text = NULL;
    const double start = rri_seconds();
    rr_status st = RR_OK;

    if (rr_run_settings_of(s->run).network.classes < 2)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: with one class there is nothing to repair",
                         rr_run_dir(s->run)));
    RRI_TRY(list_targets(r, units, err));
    RRI_TRY(copy_targets(r->ds, units, r, &targets, err));
    b.targets = targets;
    RRI_TRY(answer_before(s->net, s, &b, err));
    RRI_TRY(make_problem(s->net, &b.of_targets, &b.of_train, b.of_train.predictions, &p, err));
    r->states_seconds = rri_seconds() - start;
    RRI_TRY(rr_hotfix_solve(cfg, &p.p, s->threads, &s->callbacks, &r->hotfix, err));
    RRI_TRY(begin_certificate(s, request, r, &b, &p, &c, err));
    if (!r->hotfix->possible)
        RRI_TRY(refuse(r->hotfix, &c, err));
    say_solved(s, r);
    RRI_TRY(with_layer(s->net, r->hotfix, &net, err));
    RRI_TRY(evaluate(net, s, &b, &c, err));
    RRI_TRY(rri_certificate_check(&c, err));
    RRI_TRY(rri_certificate_text(&c, &text, err));
    const rr_run_hotfix made = { .model = net, .targets = targets, .certificate = text };
    RRI_TRY(rri_session_hotfixed(s, dir, &made, &r->child, err));

done:
    before_clear(&b);
    problem_clear(&p);
    rri_certificate_clear(&c);
    rr_dataset_free(targets);
    rr_network_free(net);
    rri_free(text);
    return st;
}

/* ---- verification --------------------------------------------------------------------------- */

/* The recurrent layers of two networks are the same bits. */
static rr_status compare_layers(const rr_network *start, const rr_network *net, rr_error *err)
{
    const rri_output_layer layer = rri_network_output(start);
    const rr_hotfix own = { .weight = layer.weight, .bias = layer.bias };
    rr_network *other = NULL;
    char had[65], got[65];
    rr_status st = RR_OK;

    RRI_TRY(with_layer(net, &own, &other, err));
    RRI_TRY(rr_network_hash(start, had, err));
    RRI_TRY(rr_network_hash(other, got, err));
    if (strcmp(had, got) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "the model differs from the one before by more than its output layer");

done:
    rr_network_free(other);
    return st;
}

/* Solve again; the output layer must have the same bits. */
static rr_status solve_again(const rr_session *s, const before *b, const rr_network *start,
                             const rr_output_repair *cfg, rr_error *err)
{
    const rri_output_layer layer = rri_network_output(s->net);
    const size_t H = rr_network_config_of(s->net).hidden;
    problem p = { .states = NULL };
    rr_hotfix *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(make_problem(start, &b->of_targets, &b->of_train, b->of_train.predictions, &p, err));
    RRI_TRY(rr_hotfix_solve(cfg, &p.p, s->threads, &s->callbacks, &h, err));
    if (memcmp(h->weight, layer.weight, layer.outputs * H * sizeof *layer.weight) != 0 ||
        memcmp(h->bias, layer.bias, layer.outputs * sizeof *layer.bias) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "solved again, the output layer is another");

done:
    problem_clear(&p);
    rr_hotfix_free(h);
    return st;
}

rr_status rri_hotfix_verify(rr_session *s, bool again, rr_error *err)
{
    before b = { .train = s->splits[RR_SPLIT_TRAIN] };
    rri_certificate claimed = { .root = NULL };
    rri_certificate is = { .root = NULL };
    rr_network *start = NULL;
    rr_dataset *targets = NULL;
    char *text = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_run_certificate(s->run, &text, err));
    RRI_TRY(rri_certificate_parse(text, RR_RUN_CERTIFICATE, &claimed, err));
    RRI_TRY(rri_session_begin(s, &start, err));
    RRI_TRY(compare_layers(start, s->net, err));
    RRI_TRY(rri_run_targets(s->run, &targets, err));
    b.targets = targets;
    RRI_TRY(answer_before(start, s, &b, err));
    is = claimed; /* ids, and what was dropped */
    is.root = NULL;
    is.targets = NULL;
    is.conflict = is.opposed = NULL;
    RRI_TRY(rri_alloc(&is.targets, is.count, 1, sizeof *is.targets, err));
    memcpy(is.targets, claimed.targets, is.count * sizeof *is.targets);
    RRI_TRY(rr_network_hash(start, is.parent, err));
    RRI_TRY(evaluate(s->net, s, &b, &is, err));
    RRI_TRY(rri_certificate_compare(&is, &claimed, err));
    if (again)
        RRI_TRY(solve_again(s, &b, start, &claimed.program, err));

done:
    before_clear(&b);
    rri_certificate_clear(&claimed);
    rri_certificate_clear(&is);
    rr_network_free(start);
    rr_dataset_free(targets);
    rri_free(text);
    return st;
}
