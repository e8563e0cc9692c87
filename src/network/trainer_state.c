/* SPDX-License-Identifier: MIT */
/* trainer_state.c - saves and restores in memory the states of a training within an epoch, to
 * replay it. Files hold states between epochs (trainer_file.c). */
#include "network/trainer.h"

#include <string.h>

size_t rri_trainer_batches(const rr_trainer *t)
{
    return rri_blocks(rr_dataset_count(t->train), t->cfg.batch);
}

const uint32_t *rri_trainer_batch(const rr_trainer *t, size_t b, size_t *count)
{
    size_t begin = 0;
    size_t end = 0;

    rri_block(rr_dataset_count(t->train), t->cfg.batch, b, &begin, &end);
    *count = end - begin;
    return t->order + begin;
}

size_t rri_trainer_numbers(const rr_trainer *t)
{
    size_t n = 0;

    for (size_t k = 0; k < t->count_trained; k++)
        n += t->trained[k].n;
    return (1 + t->slots) * n;
}

/* The i-th array of part k: the weights, then the optimiser's arrays. */
static float *array_of(const rri_trained *part, size_t i)
{
    return i == 0 ? part->weights : part->slot[i - 1];
}

void rri_trainer_keep(const rr_trainer *t, float *state)
{
    for (size_t i = 0; i <= t->slots; i++)
        for (size_t k = 0; k < t->count_trained; k++) {
            memcpy(state, array_of(&t->trained[k], i), t->trained[k].n * sizeof *state);
            state += t->trained[k].n;
        }
}

void rri_trainer_go_back(rr_trainer *t, size_t epoch, size_t b, const float *state)
{
    for (size_t i = 0; i <= t->slots; i++)
        for (size_t k = 0; k < t->count_trained; k++) {
            memcpy(array_of(&t->trained[k], i), state, t->trained[k].n * sizeof *state);
            state += t->trained[k].n;
        }
    t->epoch = epoch;
    t->batch = b;
    t->updates = epoch * rri_trainer_batches(t) + b;
}

bool rri_trainer_is_at(const rr_trainer *t, const float *state)
{
    for (size_t k = 0; k < t->count_trained; k++) {
        const rri_trained *part = &t->trained[k];
        for (size_t i = 0; i < part->n; i++)
            if (part->weights[i] != state[i])
                return false;
        state += part->n;
    }
    return true;
}
