/* SPDX-License-Identifier: MIT */
/* losses.c - divides a list of losses into blocks sorted by length. The blocks depend on the list
 * and the data alone. */
#include "network/losses.h"
#include "rnnrepair/experimental/derivatives.h"

#include <string.h>

rr_status rri_loss_blocks_init(rri_loss_blocks *b, const rr_dataset *ds, size_t most,
                               size_t most_steps, rr_error *err)
{
    const size_t longest = rr_dataset_max_steps(ds);
    rr_status st = RR_OK;

    *b = (rri_loss_blocks){ .ds = ds, .most = most, .most_steps = most_steps };
    RRI_TRY(rri_alloc(&b->sequences, most, 1, sizeof *b->sequences, err));
    RRI_TRY(rri_alloc(&b->labels, most, 1, sizeof *b->labels, err));
    RRI_TRY(rri_alloc(&b->at, most, 1, sizeof *b->at, err));
    RRI_TRY(rri_alloc(&b->weights, most, 1, sizeof *b->weights, err));
    RRI_TRY(rri_alloc(&b->step, most, 1, sizeof *b->step, err));
    RRI_TRY(rri_alloc(&b->first, most, 1, sizeof *b->first, err));
    RRI_TRY(rri_alloc(&b->position, most, 1, sizeof *b->position, err));
    RRI_TRY(rri_alloc(&b->begin, longest + 1, 1, sizeof *b->begin, err));
    RRI_TRY(rri_alloc(&b->next, longest + 1, 1, sizeof *b->next, err));

done:
    return st;
}

void rri_loss_blocks_clear(rri_loss_blocks *b)
{
    rri_free(b->sequences);
    rri_free(b->labels);
    rri_free(b->at);
    rri_free(b->weights);
    rri_free(b->step);
    rri_free(b->first);
    rri_free(b->position);
    rri_free(b->begin);
    rri_free(b->next);
}

static size_t sequence_of(const rr_losses *losses, size_t i)
{
    return losses->which != NULL ? losses->which[i] : i;
}

/* A network with an output at every step has losses of its labels, or of a class at a step. */
static rr_status check_steps(const rr_losses *losses, const rr_dataset *ds,
                             const rr_network_config *net, rr_error *err)
{
    const bool each = net->output == RR_OUTPUT_STEP;

    if (!each && losses->steps != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the losses name steps, and the network answers after the last one only");
    if (each && losses->steps == NULL && losses->labels != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the losses are about given classes: a network with an output at every "
                        "step needs the step of each");
    if (each && losses->steps != NULL && losses->labels == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the losses name steps, but no classes there");
    if (each && losses->steps == NULL && !rr_dataset_step_labelled(ds))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the losses are those of the given labels, and the data label no steps");
    for (size_t i = 0; losses->steps != NULL && i < losses->n; i++) {
        const rr_sequence q = rr_dataset_at(ds, sequence_of(losses, i));
        if (losses->steps[i] >= q.steps)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "loss %zu is about step %zu of sequence %zu, which has %zu", i,
                            losses->steps[i], sequence_of(losses, i), q.steps);
    }
    return RR_OK;
}

rr_status rri_losses_check(const rr_losses *losses, const rr_dataset *ds,
                           const rr_network_config *net, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);

    if (losses->n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no loss in the list: expected at least 1");
    if (losses->which == NULL && losses->n > N)
        return rri_fail(err, RR_ERR_ARG, (int64_t)N,
                        "%zu losses of the first sequences of %zu: expected at most as many",
                        losses->n, N);
    for (size_t i = 0; losses->which != NULL && i < losses->n; i++)
        if (losses->which[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "loss %zu is about sequence %zu: expected 0 to %zu", i,
                            losses->which[i], N - 1);
    for (size_t i = 0; losses->labels != NULL && i < losses->n; i++)
        if (losses->labels[i] >= net->classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "loss %zu is about class %u: expected 0 to %zu", i,
                            (unsigned)losses->labels[i], net->classes - 1);
    return check_steps(losses, ds, net, err);
}

/* Turn the counts of each length into its start in the list sorted longest first. */
static void counts_to_starts(size_t *position, size_t longest)
{
    size_t next = 0;

    for (size_t length = longest + 1; length-- > 0;) {
        const size_t many = position[length];
        position[length] = next;
        next += many;
    }
}

void rri_loss_blocks_begin(rri_loss_blocks *b, const rr_losses *losses)
{
    const size_t longest = rr_dataset_max_steps(b->ds);

    b->losses = losses;
    b->steps_before = 0;
    memset(b->next, 0, (longest + 1) * sizeof *b->next);
    for (size_t i = 0; i < b->losses->n; i++)
        b->next[rr_dataset_at(b->ds, sequence_of(b->losses, i)).steps]++;
    counts_to_starts(b->next, longest);
}

/* The number of losses of the block from `begin` on. */
static size_t block_count(const rri_loss_blocks *b, size_t begin)
{
    const size_t most = rri_min(b->most, b->losses->n - begin);
    size_t steps = 0;

    for (size_t i = 0; i < most; i++) {
        steps += rr_dataset_at(b->ds, sequence_of(b->losses, begin + i)).steps;
        if (steps > b->most_steps)
            return i;
    }
    return most;
}

/* Longest first by counting; equal lengths keep their order. */
void rri_loss_blocks_take(rri_loss_blocks *b, size_t begin)
{
    const size_t longest = rr_dataset_max_steps(b->ds);

    b->count = block_count(b, begin);
    memset(b->begin, 0, (longest + 1) * sizeof *b->begin);
    for (size_t i = begin; i < begin + b->count; i++)
        b->begin[rr_dataset_at(b->ds, sequence_of(b->losses, i)).steps]++;
    counts_to_starts(b->begin, longest);
    for (size_t i = begin; i < begin + b->count; i++) {
        const rr_sequence q = rr_dataset_at(b->ds, sequence_of(b->losses, i));
        const size_t at = b->begin[q.steps]++;
        b->sequences[at] = q;
        b->labels[at] = b->losses->labels != NULL ? b->losses->labels[i] : q.label;
        b->at[at] = i;
        b->weights[at] = b->losses->weights != NULL ? b->losses->weights[i] : 1.0f;
        b->step[at] = b->losses->steps != NULL ? b->losses->steps[i] : RRI_EVERY_STEP;
        b->first[at] = b->steps_before;
        b->steps_before += q.steps;
        b->position[at] = b->next[q.steps]++;
    }
}
