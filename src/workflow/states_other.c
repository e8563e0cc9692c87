/* SPDX-License-Identifier: MIT */
/* states_other.c - other states than a run's: a file of the same network whose classes and tokens
 * may be numbered otherwise. They are matched by their names, in the dataset and in the states. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/io.h"

#include <string.h>

/* ---- numbers by names ----------------------------------------------------------------------- */

/* For each of n names its number among N others. FORMAT where it has none. */
static rr_status match(const char *const *names, size_t n, const char *const *others, size_t N,
                       const char *what, const char *path, const char *dir, uint32_t *map,
                       rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = i < N && strcmp(names[i], others[i]) == 0 ? i : 0;
        while (k < N && strcmp(names[i], others[k]) != 0)
            k++;
        if (k == N)
            return rri_fail(err, RR_ERR_MISMATCH, (int64_t)i,
                            "%s: %s %zu is \"%.80s\", which %s does not have; both files need the "
                            "names of the whole network",
                            path, what, i, names[i], dir);
        map[i] = (uint32_t)k;
    }
    return RR_OK;
}

static rr_status list_words(const rr_vocabulary *v, const char ***out, rr_error *err)
{
    const size_t n = rr_vocabulary_size(v);
    const rr_status st = rri_alloc(out, n, 1, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        (*out)[i] = rr_vocabulary_word(v, (uint32_t)i);
    return st;
}

/* *map is NULL where the numbers are the run's own: the file gives no names, or the same. */
static rr_status match_classes(rr_session *s, const rr_dataset *ds, const char *path,
                               uint32_t **map, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    const rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_status st = RR_OK;

    *map = NULL;
    if (shape.class_names == NULL || run.class_names == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(map, shape.classes, 1, sizeof **map, err));
    RRI_TRY(match(shape.class_names, shape.classes, run.class_names, run.network.classes, "class",
                  path, rr_run_dir(s->run), *map, err));

done:
    return st;
}

static rr_status match_tokens(rr_session *s, const rr_dataset *ds, const rr_vocabulary *runs,
                              const char *path, uint32_t **map, rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    const char **names = NULL, **others = NULL;
    rr_status st = RR_OK;

    *map = NULL;
    if (words == NULL || runs == NULL ||
        strcmp(rr_vocabulary_hash(words), rr_vocabulary_hash(runs)) == 0)
        return RR_OK;
    RRI_TRY(list_words(words, &names, err));
    RRI_TRY(list_words(runs, &others, err));
    RRI_TRY(rri_alloc(map, rr_vocabulary_size(words), 1, sizeof **map, err));
    RRI_TRY(match(names, rr_vocabulary_size(words), others, rr_vocabulary_size(runs), "token", path,
                  rr_run_dir(s->run), *map, err));

done:
    rri_free(names);
    rri_free(others);
    return st;
}

/* ---- the dataset ---------------------------------------------------------------------------- */

/* `seq` with the run's numbers, in buffers of its length. */
static void renumber(rr_sequence *seq, const uint32_t *class_of, const uint32_t *symbol_of,
                     uint32_t *symbols, uint32_t *labels)
{
    for (size_t t = 0; t < seq->steps; t++) {
        if (symbol_of != NULL)
            symbols[t] = symbol_of[seq->symbols[t]];
        if (class_of != NULL && seq->step_labels != NULL)
            labels[t] =
                seq->step_labels[t] == RR_NO_LABEL ? RR_NO_LABEL : class_of[seq->step_labels[t]];
    }
    if (symbol_of != NULL)
        seq->symbols = symbols;
    if (class_of != NULL && seq->step_labels != NULL)
        seq->step_labels = labels;
    if (class_of != NULL)
        seq->label = class_of[seq->label];
}

/* A copy with the run's classes and tokens. */
static rr_status rebuild(rr_session *s, const rr_dataset *ds, const rr_vocabulary *words,
                         const uint32_t *class_of, const uint32_t *symbol_of, rr_dataset **out,
                         rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    const size_t T = rr_dataset_max_steps(ds);
    rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_dataset_builder *b = NULL;
    uint32_t *symbols = NULL, *labels = NULL; /* [T] */
    rr_status st = RR_OK;

    shape.classes = run.network.classes;
    shape.class_names = run.class_names;
    if (shape.vocabulary > 0) {
        shape.vocabulary = run.network.vocabulary;
        shape.words = words;
    }
    RRI_TRY(rri_alloc(&symbols, T, 1, sizeof *symbols, err));
    RRI_TRY(rri_alloc(&labels, T, 1, sizeof *labels, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        rr_sequence seq = rr_dataset_at(ds, i);
        renumber(&seq, class_of, symbol_of, symbols, labels);
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_free(labels);
    rri_free(symbols);
    return st;
}

/* SHAPE unless its inputs and classes are the run's, as far as their numbers tell. */
static rr_status check_sizes(const rr_session *s, const rr_dataset *ds, const char *path,
                             rr_error *err)
{
    const rr_network_config want = rr_run_settings_of(s->run).network;
    const char *dir = rr_run_dir(s->run);

    if ((rr_dataset_vocabulary(ds) > 0) != (want.vocabulary > 0))
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: the inputs are %s, but those of %s are %s",
                        path, rr_dataset_vocabulary(ds) > 0 ? "symbols" : "frames", dir,
                        want.vocabulary > 0 ? "symbols" : "frames");
    if (rr_dataset_width(ds) != want.width)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: frames of %zu values, but those of %s have %zu",
                        path, rr_dataset_width(ds), dir, want.width);
    if (rr_dataset_vocabulary(ds) > want.vocabulary)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %zu symbols, but %s has %zu", path,
                        rr_dataset_vocabulary(ds), dir, want.vocabulary);
    if (rr_dataset_classes(ds) > want.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %zu classes, but %s has %zu", path,
                        rr_dataset_classes(ds), dir, want.classes);
    return RR_OK;
}

rr_status rri_session_fit_states(rr_session *s, const char *path, rr_dataset **ds,
                                 rri_numbers *numbers, rr_error *err)
{
    const rr_vocabulary *words = NULL;
    const rr_dataset *train = NULL;
    rri_numbers found = { NULL, NULL };
    rr_dataset *fitted = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_sizes(s, *ds, path, err));
    if (rr_dataset_vocabulary(*ds) > 0) { /* also symbols without tokens have those of the run */
        RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
        words = rr_dataset_words(train);
    }
    RRI_TRY(match_classes(s, *ds, path, &found.class_of, err));
    RRI_TRY(match_tokens(s, *ds, words, path, &found.symbol_of, err));
    RRI_TRY(rebuild(s, *ds, words, found.class_of, found.symbol_of, &fitted, err));
    rr_dataset_free(*ds);
    *ds = fitted;
    *numbers = found;
    found = (rri_numbers){ NULL, NULL };

done:
    rri_numbers_clear(&found);
    return st;
}

void rri_numbers_clear(rri_numbers *numbers)
{
    rri_free(numbers->class_of);
    rri_free(numbers->symbol_of);
    *numbers = (rri_numbers){ NULL, NULL };
}

/* ---- the states ----------------------------------------------------------------------------- */

/* A source that renumbers what another delivers. All arrays are as large as its largest batch. */
typedef struct renumbered {
    rr_state_source inner;
    const rri_numbers *numbers; /* borrowed from the session */
    size_t C, inner_C;
    uint32_t *labels, *predictions, *symbols, *step_labels;
    float *probabilities;
    size_t count, rows; /* for which there is room */
} renumbered;

static rr_status grow(renumbered *r, const rr_state_batch *b, rr_error *err)
{
    rr_status st = RR_OK;

    if (b->count > r->count)
        RRI_TRY(rri_grow(&r->labels, r->count, b->count, sizeof *r->labels, err));
    r->count = rri_max(r->count, b->count);
    if (b->rows > r->rows) {
        RRI_TRY(rri_grow(&r->predictions, r->rows, b->rows, sizeof *r->predictions, err));
        RRI_TRY(rri_grow(&r->symbols, r->rows, b->rows, sizeof *r->symbols, err));
        RRI_TRY(rri_grow(&r->step_labels, r->rows, b->rows, sizeof *r->step_labels, err));
        RRI_TRY(rri_grow(&r->probabilities, r->rows * r->C, b->rows * r->C,
                         sizeof *r->probabilities, err));
        r->rows = b->rows;
    }

done:
    return st;
}

static const uint32_t *map_labels(const uint32_t *from, size_t n, const uint32_t *to, uint32_t *out)
{
    if (from == NULL || to == NULL)
        return from;
    for (size_t i = 0; i < n; i++)
        out[i] = from[i] == RR_NO_LABEL ? RR_NO_LABEL : to[from[i]];
    return out;
}

static const float *map_probabilities(const renumbered *r, const rr_state_batch *b)
{
    const uint32_t *to = r->numbers->class_of;

    if (b->probabilities == NULL || to == NULL)
        return b->probabilities;
    memset(r->probabilities, 0, b->rows * r->C * sizeof *r->probabilities);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t c = 0; c < r->inner_C; c++)
            r->probabilities[i * r->C + to[c]] = b->probabilities[i * r->inner_C + c];
    return r->probabilities;
}

static rr_status next(void *self, rr_state_batch *out, rr_error *err)
{
    renumbered *r = self;
    rr_state_batch b = { .count = 0 };
    rr_status st = RR_OK;

    RRI_TRY(r->inner.ops->next(r->inner.self, &b, err));
    RRI_TRY(grow(r, &b, err));
    b.labels = map_labels(b.labels, b.count, r->numbers->class_of, r->labels);
    b.predictions = map_labels(b.predictions, b.rows, r->numbers->class_of, r->predictions);
    b.step_labels = map_labels(b.step_labels, b.rows, r->numbers->class_of, r->step_labels);
    b.symbols = map_labels(b.symbols, b.rows, r->numbers->symbol_of, r->symbols);
    b.probabilities = map_probabilities(r, &b);
    *out = b;

done:
    return st;
}

static rr_status rewind_inner(void *self, rr_error *err)
{
    renumbered *r = self;

    return r->inner.ops->rewind(r->inner.self, err);
}

static void release(void *self)
{
    renumbered *r = self;

    rr_state_source_close(&r->inner);
    rri_free(r->labels);
    rri_free(r->predictions);
    rri_free(r->symbols);
    rri_free(r->step_labels);
    rri_free(r->probabilities);
    rri_free(r);
}

static const rr_state_ops ops = { .next = next, .rewind = rewind_inner, .release = release };

rr_status rri_states_renumber(const rri_numbers *numbers, size_t C, size_t V,
                              rr_state_source *source, rr_error *err)
{
    renumbered *r = NULL;
    rr_status st = RR_OK;

    if (numbers->class_of == NULL && numbers->symbol_of == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->inner = *source;
    r->numbers = numbers;
    r->inner_C = source->classes;
    r->C = numbers->class_of != NULL ? C : source->classes;
    source->self = r;
    source->ops = &ops;
    source->classes = r->C;
    if (numbers->symbol_of != NULL)
        source->vocabulary = V;

done:
    return st;
}
