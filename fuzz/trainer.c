/* SPDX-License-Identifier: MIT */
/* trainer.c - the state of a training. The input is the file, restored into a small training. A
 * state that is refused leaves the network as it was; with one that is restored the training goes
 * on. */
#include "fuzz.h"

static rr_dataset *make_dataset(void)
{
    static const uint32_t symbols[][2] = { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 1, 1 } };
    const rr_dataset_shape shape = { .vocabulary = 3, .classes = 2 };
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .code = RR_OK };

    fuzz_require(rr_dataset_builder_new(&shape, &b, &err) == RR_OK, "%s", err.msg);
    for (uint32_t i = 0; i < 4; i++)
        fuzz_require(rr_dataset_builder_add(
                         b, (rr_sequence){ .symbols = symbols[i], .steps = 2, .label = i % 2 },
                         &err) == RR_OK,
                     "%s", err.msg);
    fuzz_require(rr_dataset_builder_finish(b, &ds, &err) == RR_OK, "%s", err.msg);
    rr_dataset_builder_free(b);
    return ds;
}

static void restore(rr_trainer *t, const rr_network *net, const char *path)
{
    char before[65];
    char after[65];
    rr_train_progress progress;
    rr_error err = { .code = RR_OK };

    fuzz_require(rr_network_hash(net, before, &err) == RR_OK, "%s", err.msg);
    if (fuzz_ok(rr_trainer_restore(t, path, &err), &err)) {
        while (!rr_trainer_finished(t) && fuzz_ok(rr_trainer_step(t, &progress, &err), &err))
            ;
    } else {
        fuzz_require(rr_network_hash(net, after, &err) == RR_OK && strcmp(before, after) == 0,
                     "a refused state changed the network");
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("trainer.safetensors", data, size);
    rr_network_config shape = rr_network_config_default();
    rr_train_config cfg = rr_train_config_default();
    rr_dataset *ds = make_dataset();
    rr_network *net = NULL;
    rr_trainer *t = NULL;
    rr_error err = { .code = RR_OK };

    shape.vocabulary = 3;
    shape.width = 2;
    shape.hidden = 2;
    shape.classes = 2;
    shape.embedding = RR_EMBEDDING_TRAINED;
    cfg.batch = 2;
    cfg.epochs = 2;
    cfg.threads = 1;
    fuzz_require(rr_network_new(&shape, &net, &err) == RR_OK, "%s", err.msg);
    fuzz_require(rr_trainer_new(&cfg, net, ds, &t, &err) == RR_OK, "%s", err.msg);
    restore(t, net, path);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

#ifdef RR_FUZZ
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return fuzz_mutate_safetensors(data, size, most, seed);
}
#endif
