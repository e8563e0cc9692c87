/* SPDX-License-Identifier: MIT */
/* decisions.c - decisions about training sequences, for classes with names and without. The input
 * is the file. What is read can be written and is then read as the same. */
#include "fuzz.h"

#include <stdio.h>

enum { SEQUENCES = 6, CLASSES = 3 };

static rr_dataset *make_dataset(const char *const *names)
{
    static const uint32_t symbols[2] = { 1, 0 };
    const rr_dataset_shape shape = { .vocabulary = 4, .classes = CLASSES, .class_names = names };
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .code = RR_OK };

    fuzz_require(rr_dataset_builder_new(&shape, &b, &err) == RR_OK, "%s", err.msg);
    for (uint32_t i = 0; i < SEQUENCES; i++)
        fuzz_require(rr_dataset_builder_add(
                         b, (rr_sequence){ .symbols = symbols, .steps = 2, .label = i % CLASSES },
                         &err) == RR_OK,
                     "%s", err.msg);
    fuzz_require(rr_dataset_builder_finish(b, &ds, &err) == RR_OK, "%s", err.msg);
    rr_dataset_builder_free(b);
    return ds;
}

static void use_decisions(const rr_decision *list, size_t n, const rr_dataset *ds)
{
    rr_edits *edits = NULL;
    rr_dataset *edited = NULL;
    rr_decision *again = NULL;
    size_t m = 0;
    char path[128];
    rr_error err = { .code = RR_OK };

    for (size_t i = 0; i < n; i++)
        fuzz_require(list[i].id < SEQUENCES && list[i].label < CLASSES && list[i].truth < CLASSES &&
                         (i == 0 || list[i - 1].id < list[i].id),
                     "decision %zu", i);
    fuzz_require(rr_decisions_edits(list, n, ds, &edits, &err) == RR_OK, "%s", err.msg);
    if (edits->count_removed < SEQUENCES && fuzz_ok(rr_edits_apply(edits, ds, &edited, &err), &err))
        fuzz_use_dataset(edited);
    rr_dataset_free(edited);
    rr_edits_free(edits);

    (void)snprintf(path, sizeof path, "%s/again.csv", fuzz_folder());
    fuzz_require(rr_decisions_save(list, n, ds, path, &err) == RR_OK, "not written: %s", err.msg);
    fuzz_require(rr_decisions_load(path, ds, &again, &m, &err) == RR_OK, "not read again: %s",
                 err.msg);
    for (size_t i = 0; i < rri_max(n, m); i++)
        fuzz_require(n == m && list[i].id == again[i].id && list[i].action == again[i].action &&
                         list[i].label == again[i].label && list[i].truth == again[i].truth,
                     "decision %zu is read as another", i);
    rr_decisions_free(again);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char *const named[CLASSES] = { "low", "10-19", "hi \"gh,\"" };
    const char *path = fuzz_file("decisions.csv", data, size);
    rr_error err = { .code = RR_OK };

    fuzz_declare_text(data, size);
    for (int k = 0; k < 2; k++) {
        rr_dataset *ds = make_dataset(k == 0 ? named : NULL);
        rr_decision *list = NULL;
        size_t n = 0;
        if (fuzz_ok(rr_decisions_load(path, ds, &list, &n, &err), &err))
            use_decisions(list, n, ds);
        rr_decisions_free(list);
        rr_dataset_free(ds);
    }
}
