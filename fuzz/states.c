/* SPDX-License-Identifier: MIT */
/* states.c - states files. A part of an input (fuzz.h) is a .npy file, its tag is the name in the
 * list below. The file is read as a dataset, and batch by batch: all of it, and its sequences from
 * the last to the first. */
#include "fuzz.h"

#include "pack.h"

static const char *const names[] = { "",           "state",       "steps",       "prediction",
                                     "symbol",     "frame",       "label",       "step_label",
                                     "split",      "probability", "class_names", "tokens",
                                     "kind",       "parity",      "model",       "classes",
                                     "vocabulary", "batch" };
enum { NAMES = sizeof names / sizeof *names, STEPS = 2 };

/* Every value of a batch is within its range. */
static void use_batch(const rr_state_source *s, const rr_state_batch *b)
{
    size_t rows = 0;

    for (size_t i = 0; i < b->count; i++) {
        fuzz_require(b->labels[i] < s->classes && b->steps[i] > 0, "label or steps");
        rows += b->steps[i];
    }
    fuzz_require(rows == b->rows, "%zu rows for %zu steps", b->rows, rows);
    for (size_t r = 0; r < rows; r++) {
        fuzz_require(b->predictions[r] < s->classes, "prediction");
        fuzz_require(b->symbols == NULL || b->symbols[r] < s->vocabulary, "symbol");
        fuzz_require(b->step_labels == NULL || b->step_labels[r] < s->classes ||
                         b->step_labels[r] == RR_NO_LABEL,
                     "label of a step");
    }
    fuzz_require((b->frames != NULL) != (b->symbols != NULL), "inputs");
    fuzz_require(rri_first_nonfinite(b->states, rows, s->hidden, s->hidden) == rows, "state");
    if (b->frames != NULL)
        fuzz_use(b->frames, rows * s->width * sizeof *b->frames);
    if (b->probabilities != NULL)
        fuzz_use(b->probabilities, rows * s->classes * sizeof *b->probabilities);
}

/* Read all batches; returns the sequences, 0 where the file cannot be. */
static size_t read_states(const char *path, const size_t *which, size_t n)
{
    rr_state_source s = { .ops = NULL };
    rr_state_batch b = { .count = 1 };
    rr_error err = { .code = RR_OK };
    char *sentence = NULL;
    size_t seen = 0;
    bool good = true;

    if (!fuzz_ok(rr_states_open(path, -1, which, n, &s, &err), &err))
        return 0;
    if (fuzz_ok(rr_states_sentence(&s.origin, &sentence, &err), &err))
        fuzz_use_text(sentence);
    rr_string_free(sentence);
    while (good && b.count > 0) {
        good = fuzz_ok(s.ops->next(s.self, &b, &err), &err);
        if (good && b.count > 0)
            use_batch(&s, &b);
        seen += good ? b.count : 0;
    }
    fuzz_require(!good || seen == s.sequences, "%zu of %zu sequences", seen, s.sequences);
    const size_t sequences = s.sequences;
    rr_state_source_close(&s);
    return sequences;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static fuzz_archive a;
    size_t backwards[64];
    fuzz_input in = { data, size };
    fuzz_input found[NAMES] = { { NULL, 0 } };
    fuzz_input part;
    unsigned tag = 0;
    char spec[400];

    if (size > FUZZ_MOST_ARCHIVE / 2)
        return;
    while (fuzz_part(&in, &tag, &part)) {
        found[tag % NAMES] = part;
        fuzz_declare((tag % NAMES == STEPS ? 16 : 8) *
                     part.size); /* a row, or a sequence, a byte */
    }
    fuzz_pack(&a, names, found, NAMES);
    fuzz_declare(FUZZ_CLASSES);
    const char *path = fuzz_file("states.npz", a.bytes, a.size);
    const size_t n = rri_min(read_states(path, NULL, 0), sizeof backwards / sizeof *backwards);
    for (size_t i = 0; i < n; i++)
        backwards[i] = n - 1 - i;
    if (n > 0)
        (void)read_states(path, backwards, n);
    (void)snprintf(spec, sizeof spec, "states:%s", path);
    fuzz_use_source(spec);
}
