/* SPDX-License-Identifier: MIT */
/* replay.c - steps a training backwards, by training each epoch again from its checkpoint.
 *
 * The stored states form a stack with the epoch's start at the bottom. To reach step b, later
 * states are dropped and the training runs from the last one left to b, storing as many states as
 * memory allows: all, or a few at such distances that the capacity left holds all states between
 * two of them. With capacity for twice the square root of an epoch's steps no step is trained more
 * than twice on average; capacity for one state is sufficient. With a state goes the gradient of
 * the step from it. */
#include "attribution/replay.h"

#include <string.h>

struct rri_replay {
    const rr_attribution_config *cfg; /* borrowed */
    rr_network *net;
    rr_trainer *trainer;
    size_t batches;  /* of an epoch */
    size_t epoch;    /* current epoch, from 0 */
    size_t batch;    /* the weights are those before this batch; 0: the epoch is finished */
    size_t numbers;  /* of a state */
    size_t capacity; /* states that may be stored */
    size_t kept;     /* on the stack */
    size_t trained;  /* numbers of a gradient */
    float **state;   /* [capacity], each [numbers] once needed */
    rri_step_gradient *gradient; /* [capacity + 1] of the step from each; the last is of others */
    size_t *at;                  /* [kept] the batch each is before, ascending */
    float *arrival; /* [numbers] expected state at the end of the current epoch; its weights are
                       compared */
    bool begun;     /* an epoch was gone back over, so that the next one's arrival is its start */
};

void rri_replay_free(rri_replay *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; r->state != NULL && i < r->capacity; i++)
        rri_free(r->state[i]);
    for (size_t i = 0; r->gradient != NULL && i <= r->capacity; i++)
        rri_free(r->gradient[i].gradient);
    rri_free(r->gradient);
    rri_free(r->state);
    rri_free(r->at);
    rri_free(r->arrival);
    rr_trainer_free(r->trainer);
    rr_network_free(r->net);
    rri_free(r);
}

rr_status rri_replay_new(const rr_attribution_config *cfg, const rr_network *net,
                         const rr_dataset *train, rri_replay **out, rr_error *err)
{
    rr_train_config training = cfg->training;
    rri_replay *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    training.threads = cfg->threads;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->cfg = cfg;
    RRI_TRY(rr_network_copy(net, &r->net, err));
    RRI_TRY(rr_trainer_new(&training, r->net, train, &r->trainer, err));
    if (cfg->weights != NULL)
        RRI_TRY(rr_trainer_set_weights(r->trainer, cfg->weights, err));
    r->batches = rri_trainer_batches(r->trainer);
    r->epoch = training.epochs;
    r->numbers = rri_trainer_numbers(r->trainer);
    r->trained = rri_trainer_trained(r->trainer);
    const size_t bytes = (r->numbers + r->trained) * sizeof(float);
    if (cfg->memory < bytes)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "memory of %zu bytes does not hold a single state of the training, %zu "
                         "bytes",
                         cfg->memory, bytes));
    r->capacity = rri_min(cfg->memory / bytes, r->batches);
    RRI_TRY(rri_alloc(&r->state, r->capacity, 1, sizeof *r->state, err));
    RRI_TRY(rri_alloc(&r->at, r->capacity, 1, sizeof *r->at, err));
    RRI_TRY(rri_alloc(&r->gradient, r->capacity + 1, 1, sizeof *r->gradient, err));
    RRI_TRY(rri_alloc(&r->gradient[r->capacity].gradient, r->trained, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&r->arrival, r->numbers, 1, sizeof *r->arrival, err));
    rri_trainer_keep(r->trainer, r->arrival);
    *out = r;
    r = NULL;

done:
    rri_replay_free(r);
    return st;
}

rr_status rri_replay_begin_before(rri_replay *r, size_t epoch, rr_error *err)
{
    const rr_status st = rri_take_checkpoint(r->cfg, epoch, r->trainer, err);

    if (st != RR_OK)
        return st;
    rri_trainer_keep(r->trainer, r->arrival);
    r->epoch = epoch;
    return RR_OK;
}

size_t rri_replay_steps(const rri_replay *r)
{
    return r->cfg->training.epochs * r->batches;
}

const rr_network *rri_replay_network(const rri_replay *r)
{
    return r->net;
}

rr_trainer *rri_replay_trainer(const rri_replay *r)
{
    return r->trainer;
}

/* ---- forward -------------------------------------------------------------------------------- */

/* Store the trainer's state, which is that before batch b. */
static rr_status keep(rri_replay *r, size_t b, rr_error *err)
{
    rr_status st = RR_OK;

    rri_step_gradient *gradient = &r->gradient[r->kept];

    if (r->state[r->kept] == NULL)
        RRI_TRY(rri_alloc(&r->state[r->kept], r->numbers, 1, sizeof(float), err));
    if (gradient->gradient == NULL)
        RRI_TRY(rri_alloc(&gradient->gradient, r->trained, 1, sizeof(float), err));
    gradient->answers = 0; /* not known yet */
    rri_trainer_keep(r->trainer, r->state[r->kept]);
    r->at[r->kept++] = b;

done:
    return st;
}

/* Train on by batch b, and store the gradient where the state before it is stored. */
static rr_status step_on(rri_replay *r, size_t b, rr_error *err)
{
    rr_train_progress progress;
    const rr_status st = rr_trainer_step(r->trainer, &progress, err);

    if (st == RR_OK && r->at[r->kept - 1] == b)
        rri_trainer_keep_gradient(r->trainer, &r->gradient[r->kept - 1]);
    return st;
}

/* Steps from one stored state to the next, for `steps` steps and `capacity` states. */
static size_t spacing(size_t steps, size_t capacity)
{
    size_t posts = 1;

    if (capacity == 0 || steps <= capacity)
        return capacity == 0 ? steps : 1;
    /* The fewest posts such that the capacity left holds all states between two; if there is no
     * such number, half the capacity is used for posts, and the intervals are divided again. */
    while (posts < capacity / 2 && rri_blocks(steps, posts + 1) > capacity - posts)
        posts++;
    return rri_blocks(steps, posts + 1);
}

/* Train from batch `from` to `to`, storing states on the way. */
static rr_status run_on(rri_replay *r, size_t from, size_t to, rr_error *err)
{
    size_t next = from;
    rr_status st = RR_OK;

    if (from < to)
        next = from + spacing(to - from, r->capacity - r->kept);
    for (size_t b = from; b < to;) {
        RRI_TRY(step_on(r, b, err));
        if (++b != next || r->kept == r->capacity)
            continue;
        RRI_TRY(keep(r, b, err));
        next = b + spacing(to - b, r->capacity - r->kept);
    }

done:
    return st;
}

/* ---- backward ------------------------------------------------------------------------------- */

/* Train the previous epoch again, up to its last step and once beyond: the result must be the start
 * of the next epoch. */
static rr_status open_epoch(rri_replay *r, rr_error *err)
{
    const size_t e = r->epoch - 1;
    const bool last = r->epoch == r->cfg->training.epochs;
    const char *const path = r->cfg->checkpoints[e];
    rr_status st = RR_OK;

    if (r->begun)
        memcpy(r->arrival, r->state[0], r->numbers * sizeof *r->arrival);
    RRI_TRY(rri_take_checkpoint(r->cfg, e, r->trainer, err));
    r->kept = 0;
    RRI_TRY(keep(r, 0, err));
    RRI_TRY(run_on(r, 0, r->batches - 1, err));
    RRI_TRY(step_on(r, r->batches - 1, err));
    if (!rri_trainer_is_at(r->trainer, r->arrival))
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, (int64_t)e,
                         "epoch %zu, trained again from %s, does not reproduce %s: was it trained "
                         "by another build, or on another machine?",
                         e + 1, path, last ? "the network" : r->cfg->checkpoints[r->epoch]));
    r->epoch = e;
    r->batch = r->batches;
    r->begun = true;

done:
    return st;
}

rr_status rri_replay_back(rri_replay *r, rri_replay_step *step, rr_error *err)
{
    rr_status st = RR_OK;

    if (r->batch == 0)
        RRI_TRY(open_epoch(r, err));
    r->batch--;
    while (r->at[r->kept - 1] > r->batch)
        r->kept--;
    const size_t from = r->at[r->kept - 1];
    rri_trainer_go_back(r->trainer, r->epoch, from, r->state[r->kept - 1]);
    RRI_TRY(run_on(r, from, r->batch, err));
    step->gradient = &r->gradient[r->kept - 1];
    if (r->at[r->kept - 1] != r->batch || step->gradient->answers == 0) {
        RRI_TRY(rri_trainer_open_step(r->trainer, err));
        rri_trainer_keep_gradient(r->trainer, &r->gradient[r->capacity]);
        step->gradient = &r->gradient[r->capacity];
    }
    step->update = r->epoch * r->batches + r->batch;
    step->ids = rri_trainer_batch(r->trainer, r->batch, &step->count);

done:
    return st;
}
