/* SPDX-License-Identifier: MIT */
/* hotfix.c - repairs the output layer of a run: its targets, the program, the certificate and the
 * child run.
 *
 * The inputs of the program are the answers of the network: last states, or where every step has an
 * output the states of the labelled steps. What the new layer does is measured by running the new
 * network itself: hotfix_proof.c. */
#include "workflow/hotfix.h"
#include "workflow/repairing.h"

#include "core/callbacks.h"
#include "rnnrepair/workflow_repair.h"

#include <stdlib.h>
#include <string.h>

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

/* List the targets: as chosen, or of steps in their order. */
static rr_status list_targets(rr_repair_result *r, const rr_ids *units, rr_error *err)
{
    size_t id = 0, first = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->listed, units->count, 1, sizeof *r->listed, err));
    r->targets = r->listed;
    if (r->steps)
        qsort(units->ids, units->count, sizeof *units->ids, rri_by_size);
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
                                   const rr_repair_result *r, const rri_before *b,
                                   const rri_hotfix_inputs *p, rri_certificate *c, rr_error *err)
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
    c->program.hold = h->hold;
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
    rri_before b = { .train = r->train };
    rri_hotfix_inputs p = { .states = NULL };
    rri_certificate c = { .root = NULL };
    rr_dataset *targets = NULL;
    rr_run_targets record = { .list = NULL };
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
    RRI_TRY(rri_answer_before(s->net, s, &b, err));
    RRI_TRY(
        rri_hotfix_inputs_new(s->net, &b.of_targets, &b.of_train, b.of_train.predictions, &p, err));
    r->states_seconds = rri_seconds() - start;
    RRI_TRY(rr_hotfix_solve(cfg, &p.p, s->threads, &s->callbacks, &r->hotfix, err));
    RRI_TRY(begin_certificate(s, request, r, &b, &p, &c, err));
    if (!r->hotfix->possible)
        RRI_TRY(refuse(r->hotfix, &c, err));
    if (r->hotfix->count_dropped == r->count)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no output layer repairs any of the %zu targets and holds the training "
                         "set: all would be left out; choose others by --samples, or retrain, "
                         "--level auto",
                         r->count));
    say_solved(s, r);
    RRI_TRY(rri_with_layer(s->net, r->hotfix, &net, err));
    RRI_TRY(rri_evaluate(net, s, &b, &c, err));
    RRI_TRY(rri_certificate_check(&c, err));
    RRI_TRY(rri_certificate_text(&c, &text, err));
    const rr_run_hotfix made = { .model = net, .targets = targets, .certificate = text };
    RRI_TRY(rri_repair_record(r, request->split, &record, err));
    RRI_TRY(rri_session_hotfixed(s, dir, &made, &record, &r->child, err));

done:
    rri_before_clear(&b);
    rri_hotfix_inputs_clear(&p);
    rri_certificate_clear(&c);
    rr_dataset_free(targets);
    rr_network_free(net);
    rri_free((void *)(uintptr_t)record.list);
    rri_free(text);
    return st;
}
