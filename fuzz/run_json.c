/* SPDX-License-Identifier: MIT */
/* run_json.c - the record of a run. The input is run.json, beside a fixed vocabulary.txt. A run
 * that opens can be written and is then read as the same. */
#include "fuzz.h"

#include "run/directory.h"

static void use_run(const rr_run *run)
{
    const rr_run_settings s = rr_run_settings_of(run);
    size_t epochs = 0;
    const rr_run_epoch *history = rr_run_history(run, &epochs);
    int warm = 0;
    rr_error err = { .code = RR_OK };

    fuzz_use_text(s.data);
    fuzz_use_text(s.parent);
    fuzz_use_text(s.parent_model);
    fuzz_use_text(s.additions_hash);
    fuzz_use_text(s.vectors);
    fuzz_use_text(s.vectors_hash);
    for (int i = 0; i < 3; i++)
        fuzz_use_text(s.splits[i].hash);
    fuzz_require(
        rr_edits_check(&s.edits, s.splits[RR_SPLIT_TRAIN].count, s.network.classes, &err) == RR_OK,
        "edits: %s", err.msg);
    fuzz_use(history, epochs * sizeof *history);
    fuzz_require(rr_run_model_epoch(run) <= epochs, "the model is of epoch %zu of %zu",
                 rr_run_model_epoch(run), epochs);
    (void)fuzz_ok(rr_run_is_warm_started(run, &warm, &err), &err);
    if (rr_run_vocabulary(run) != NULL)
        fuzz_use_text(rr_vocabulary_hash(rr_run_vocabulary(run)));
}

static void write_again(const rr_run *run)
{
    rr_run *again = NULL;
    rr_error err = { .code = RR_OK };

    fuzz_require(rri_run_write(run, &err) == RR_OK, "not written: %s", err.msg);
    fuzz_require(rr_run_open(fuzz_folder(), &again, &err) == RR_OK, "not read again: %s", err.msg);
    fuzz_require(run->epochs == again->epochs && run->model_epoch == again->model_epoch &&
                     strcmp(run->data, again->data) == 0,
                 "another run is read");
    rr_run_free(again);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char words[] = "<pad>\n<unk>\na\nfilm\n";
    rr_run *run = NULL;
    rr_error err = { .code = RR_OK };

    (void)fuzz_file("run.json", data, size);
    (void)fuzz_file("vocabulary.txt", words, sizeof words - 1);
    if (fuzz_ok(rr_run_open(fuzz_folder(), &run, &err), &err)) {
        use_run(run);
        write_again(run);
    }
    rr_run_free(run);
}
