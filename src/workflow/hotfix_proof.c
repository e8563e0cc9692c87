/* SPDX-License-Identifier: MIT */
/* hotfix_proof.c - what a network with another output layer does, by running it, and the check of a
 * certificate against that.
 *
 * The training inputs to hold are those the network before predicts right. */
#include "workflow/hotfix.h"

#include "core/callbacks.h"
#include "run/run_internal.h"

#include <math.h>
#include <string.h>

/* ---- answers of a network ------------------------------------------------------------------- */

static void answers_clear(rri_answers *a)
{
    rri_free(a->labels);
    rri_free(a->predictions);
    rri_free(a->sequence);
    rri_free(a->states);
    *a = (rri_answers){ .count = 0 };
}

static void take_row(rri_answers *a, const rr_state_batch *b, size_t row, size_t H, uint32_t label,
                     size_t sequence)
{
    a->labels[a->count] = label;
    a->predictions[a->count] = b->predictions[row];
    a->sequence[a->count] = (uint32_t)sequence;
    memcpy(a->states + a->count * H, b->states + row * H, H * sizeof *a->states);
    a->count++;
}

static void take_batch(rri_answers *a, const rr_state_batch *b, size_t H, bool steps, size_t first)
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
                        rri_answers *out, rr_error *err)
{
    const bool steps = rri_network_by_steps(net);
    const size_t H = rr_network_config_of(net).hidden;
    const size_t N = rr_dataset_count(ds);
    const size_t most = steps ? rr_dataset_labelled_steps(ds) : N;
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch = { .count = 1 };
    rr_status st = RR_OK;

    *out = (rri_answers){ .count = 0 };
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

void rri_hotfix_inputs_clear(rri_hotfix_inputs *p)
{
    rri_free(p->states);
    rri_free(p->labels);
    rri_free(p->number);
}

/* The targets, then the training answers that were right. `before` [train->count] are the
 * predictions of the network that is repaired. */
rr_status rri_hotfix_inputs_new(const rr_network *net, const rri_answers *targets,
                                const rri_answers *train, const uint32_t *before,
                                rri_hotfix_inputs *out, rr_error *err)
{
    const size_t H = rr_network_config_of(net).hidden;
    const rri_output_layer layer = rri_network_output(net);
    size_t held = 0, n = targets->count;
    rr_status st = RR_OK;

    *out = (rri_hotfix_inputs){ .states = NULL };
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

/* The network with the new output layer. Memory: rr_network_free(). */
rr_status rri_with_layer(const rr_network *net, const rr_hotfix *h, rr_network **out, rr_error *err)
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

/* ---- the proof ------------------------------------------------------------------------------ */

void rri_before_clear(rri_before *b)
{
    answers_clear(&b->of_train);
    answers_clear(&b->of_targets);
}

rr_status rri_answer_before(const rr_network *net, const rr_session *s, rri_before *b,
                            rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(gather(net, b->train, s, &b->of_train, err));
    RRI_TRY(gather(net, b->targets, s, &b->of_targets, err));

done:
    return st;
}

/* Counts and margins; dropped is set already. */
static void count_all(rri_certificate *c, const rri_before *b, const rri_answers *train,
                      const rri_answers *targets, const double *margin)
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
rr_status rri_evaluate(const rr_network *net, const rr_session *s, const rri_before *b,
                       rri_certificate *c, rr_error *err)
{
    rri_answers train = { .count = 0 };
    rri_answers targets = { .count = 0 };
    rri_hotfix_inputs p = { .states = NULL };
    double *margin = NULL;
    rr_status st = RR_OK;

    RRI_TRY(gather(net, b->train, s, &train, err));
    RRI_TRY(gather(net, b->targets, s, &targets, err));
    if (targets.count != c->count)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1, "%s holds %zu targets, the certificate %zu",
                         RR_RUN_TARGETS, targets.count, c->count));
    RRI_TRY(rri_hotfix_inputs_new(net, &targets, &train, b->of_train.predictions, &p, err));
    RRI_TRY(rri_alloc(&margin, p.p.count, 1, sizeof *margin, err));
    RRI_TRY(rr_hotfix_margins(&p.p, s->threads, margin, err));
    count_all(c, b, &train, &targets, margin);
    RRI_TRY(rr_network_hash(net, c->model, err));
    RRI_TRY(rr_run_data_hash(s->run, c->data, err));
    memcpy(c->targets_hash, rr_dataset_hash(b->targets), sizeof c->targets_hash);

done:
    answers_clear(&train);
    answers_clear(&targets);
    rri_hotfix_inputs_clear(&p);
    rri_free(margin);
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

    RRI_TRY(rri_with_layer(net, &own, &other, err));
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
static rr_status solve_again(const rr_session *s, const rri_before *b, const rr_network *start,
                             const rr_output_repair *cfg, rr_error *err)
{
    const rri_output_layer layer = rri_network_output(s->net);
    const size_t H = rr_network_config_of(s->net).hidden;
    rri_hotfix_inputs p = { .states = NULL };
    rr_hotfix *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_hotfix_inputs_new(start, &b->of_targets, &b->of_train, b->of_train.predictions, &p,
                                  err));
    RRI_TRY(rr_hotfix_solve(cfg, &p.p, s->threads, &s->callbacks, &h, err));
    if (memcmp(h->weight, layer.weight, layer.outputs * H * sizeof *layer.weight) != 0 ||
        memcmp(h->bias, layer.bias, layer.outputs * sizeof *layer.bias) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "solved again, the output layer is another");

done:
    rri_hotfix_inputs_clear(&p);
    rr_hotfix_free(h);
    return st;
}

rr_status rri_hotfix_verify(rr_session *s, bool again, rr_error *err)
{
    rri_before b = { .train = s->splits[RR_SPLIT_TRAIN] };
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
    RRI_TRY(rri_answer_before(start, s, &b, err));
    is = claimed; /* ids, and what was dropped */
    is.root = NULL;
    is.targets = NULL;
    is.conflict = is.opposed = NULL;
    RRI_TRY(rri_alloc(&is.targets, is.count, 1, sizeof *is.targets, err));
    memcpy(is.targets, claimed.targets, is.count * sizeof *is.targets);
    RRI_TRY(rr_network_hash(start, is.parent, err));
    RRI_TRY(rri_evaluate(s->net, s, &b, &is, err));
    RRI_TRY(rri_certificate_compare(&is, &claimed, err));
    if (again)
        RRI_TRY(solve_again(s, &b, start, &claimed.program, err));

done:
    rri_before_clear(&b);
    rri_certificate_clear(&claimed);
    rri_certificate_clear(&is);
    rr_network_free(start);
    rr_dataset_free(targets);
    rri_free(text);
    return st;
}
