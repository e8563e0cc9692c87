/* SPDX-License-Identifier: MIT */
/* A state source over arrays: it gives the model that the network's own source gives, to the byte,
 * and refuses arrays that cannot be. */
#include "scratch_folder.h"

#include "io/io.h"
#include "make.h"

/* ---- the states of a network, gathered in arrays -------------------------------------------- */

typedef struct gathered {
    rr_state_arrays a;
    uint32_t *steps, *labels, *predictions, *symbols;
    float *states, *probabilities, *frames;
} gathered;

static void grow(void *array, size_t old_n, size_t n, size_t size)
{
    assert_int_equal(rri_grow(array, old_n, old_n + n, size, NULL), RR_OK);
}

static void append(gathered *g, const rr_state_batch *b, size_t sequences, size_t rows)
{
    const rr_state_arrays *a = &g->a;

    grow(&g->steps, sequences, b->count, sizeof *g->steps);
    grow(&g->labels, sequences, b->count, sizeof *g->labels);
    grow(&g->predictions, rows, b->rows, sizeof *g->predictions);
    grow(&g->states, rows, b->rows, a->hidden * sizeof *g->states);
    grow(&g->probabilities, rows, b->rows, a->classes * sizeof *g->probabilities);
    memcpy(g->steps + sequences, b->steps, b->count * sizeof *g->steps);
    memcpy(g->labels + sequences, b->labels, b->count * sizeof *g->labels);
    memcpy(g->predictions + rows, b->predictions, b->rows * sizeof *g->predictions);
    memcpy(g->states + rows * a->hidden, b->states, b->rows * a->hidden * sizeof *g->states);
    memcpy(g->probabilities + rows * a->classes, b->probabilities,
           b->rows * a->classes * sizeof *g->probabilities);
    if (b->frames != NULL) {
        grow(&g->frames, rows, b->rows, a->width * sizeof *g->frames);
        memcpy(g->frames + rows * a->width, b->frames, b->rows * a->width * sizeof *g->frames);
    } else {
        grow(&g->symbols, rows, b->rows, sizeof *g->symbols);
        memcpy(g->symbols + rows, b->symbols, b->rows * sizeof *g->symbols);
    }
}

static gathered gather(rr_state_source *source)
{
    gathered g = { .a = { .hidden = source->hidden,
                          .classes = source->classes,
                          .width = source->width,
                          .vocabulary = source->vocabulary } };
    rr_state_batch b;
    size_t sequences = 0;
    size_t rows = 0;
    rr_error err = { 0 };

    CHECK_OK(source->ops->rewind(source->self, &err), err);
    for (;;) {
        CHECK_OK(source->ops->next(source->self, &b, &err), err);
        if (b.count == 0)
            break;
        append(&g, &b, sequences, rows);
        g.a.batch = rri_max(g.a.batch, b.count); /* covariances are summed batch by batch */
        sequences += b.count;
        rows += b.rows;
    }
    assert_int_equal(sequences, source->sequences);
    assert_int_equal(rows, source->steps);
    g.a.sequences = sequences;
    g.a.steps = g.steps;
    g.a.labels = g.labels;
    g.a.predictions = g.predictions;
    g.a.states = g.states;
    g.a.probabilities = g.probabilities;
    g.a.frames = g.frames;
    g.a.symbols = g.symbols;
    return g;
}

static void gathered_free(gathered *g)
{
    rri_free(g->steps);
    rri_free(g->labels);
    rri_free(g->predictions);
    rri_free(g->symbols);
    rri_free(g->states);
    rri_free(g->probabilities);
    rri_free(g->frames);
}

/* ---- models --------------------------------------------------------------------------------- */

static void build_into(rr_state_source *source, const char *hash, const char *path)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    cfg.partition.max_states = 8;
    CHECK_OK(rr_influence_build(&cfg, source, NULL, &inf, &err), err);
    CHECK_OK(rr_influence_save(inf, path, hash, hash, &err), err);
    rr_influence_free(inf);
}

static void check_same_model(const char *spec, const rr_network_config *shape)
{
    rr_state_source own = { 0 };
    rr_state_source ours = { 0 };
    rr_network_config cfg = *shape;
    int64_t at = 0;
    rr_error err = { 0 };

    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    cfg.classes = rr_dataset_classes(ds);
    cfg.vocabulary = rr_dataset_vocabulary(ds);
    rr_network *net = new_network(&cfg);
    CHECK_OK(rr_network_states(net, ds, 2, &own, &err), err);
    gathered g = gather(&own);
    CHECK_OK(rr_states_from_arrays(&g.a, &ours, &err), err);
    build_into(&own, rr_dataset_hash(ds), "own");
    assert_int_equal(ours.origin.foreign, 1);
    ours.origin = own.origin; /* which the file names */
    build_into(&ours, rr_dataset_hash(ds), "arrays");
    CHECK_OK(rri_compare_files("own", "arrays", &at, &err), err);
    assert_int_equal(at, -1);
    rr_state_source_close(&own);
    rr_state_source_close(&ours);
    gathered_free(&g);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void frames_give_the_model_of_the_networks_own_source(void **state)
{
    rr_network_config shape = rr_network_config_default();

    (void)state;
    shape.width = 28;
    shape.hidden = 10;
    check_same_model("digits?train=700", &shape);
}

/* ---- what is refused ------------------------------------------------------------------------ */

enum { N = 2, R = 3, H = 2, C = 2, V = 4 };

typedef struct small {
    uint32_t steps[N], labels[N], predictions[R], symbols[R], step_labels[R];
    float states[R * H], probabilities[R * C], frames[R];
    rr_state_arrays a;
} small;

static void fill(small *s)
{
    *s = (small){ .steps = { 1, 2 },
                  .labels = { 0, 1 },
                  .predictions = { 1, 0, 1 },
                  .symbols = { 3, 0, 2 },
                  .step_labels = { 1, RR_NO_LABEL, 0 },
                  .states = { 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f },
                  .probabilities = { 0.1f, 0.9f, 0.8f, 0.2f, 0.0f, 1.0f } };
    s->a = (rr_state_arrays){ .sequences = N,
                              .hidden = H,
                              .classes = C,
                              .vocabulary = V,
                              .steps = s->steps,
                              .labels = s->labels,
                              .states = s->states,
                              .predictions = s->predictions,
                              .probabilities = s->probabilities,
                              .symbols = s->symbols,
                              .batch = 1 };
}

static void refused(const small *s, rr_status code, int64_t where, const char *part)
{
    rr_state_source source = { .hidden = 7 };
    rr_error err = { 0 };

    CHECK_FAILS(rr_states_from_arrays(&s->a, &source, &err), code, err, part);
    assert_int_equal(err.where, where);
    assert_null(source.ops);
}

static void arrays_that_cannot_be_are_refused(void **state)
{
    small s;

    (void)state;
    fill(&s), s.a.hidden = 0;
    refused(&s, RR_ERR_ARG, -1, "hidden 0");
    fill(&s), s.a.predictions = NULL;
    refused(&s, RR_ERR_ARG, -1, "predictions is NULL");
    fill(&s), s.a.frames = s.frames;
    refused(&s, RR_ERR_ARG, -1, "not both");
    fill(&s), s.a.symbols = NULL;
    refused(&s, RR_ERR_ARG, -1, "not neither");
    fill(&s), s.a.width = 3;
    refused(&s, RR_ERR_ARG, -1, "width is 3 and vocabulary 4");
    fill(&s), s.steps[1] = 0;
    refused(&s, RR_ERR_ARG, 1, "sequence 1 has no step");
    fill(&s), s.a.hidden = SIZE_MAX / 16;
    refused(&s, RR_ERR_SHAPE, 1, "too many to hold");
    fill(&s), s.labels[1] = 2;
    refused(&s, RR_ERR_ARG, 1, "label 1 is 2, not below classes = 2");
    fill(&s), s.predictions[2] = 5;
    refused(&s, RR_ERR_ARG, 2, "prediction 2 is 5");
    fill(&s), s.states[3] = NAN;
    refused(&s, RR_ERR_NUMERIC, 1, "the states of step 1");
    fill(&s), s.probabilities[4] = 1.5f;
    refused(&s, RR_ERR_ARG, 2, "step 2 of all is 1.5");
    fill(&s), s.symbols[0] = V;
    refused(&s, RR_ERR_ARG, 0, "symbol 0 is 4, not below vocabulary = 4");
    fill(&s), s.a.step_labels = s.step_labels, s.step_labels[2] = C;
    refused(&s, RR_ERR_ARG, 2, "step label 2 is 2, not below classes = 2");
}

static void batches_come_in_order_and_again_after_a_rewind(void **state)
{
    rr_state_source source = { 0 };
    rr_state_batch b;
    small s;
    rr_error err = { 0 };

    (void)state;
    fill(&s);
    s.a.step_labels = s.step_labels;
    CHECK_OK(rr_states_from_arrays(&s.a, &source, &err), err);
    assert_int_equal(source.steps, R);
    for (int pass = 0; pass < 2; pass++) {
        CHECK_OK(source.ops->rewind(source.self, &err), err);
        CHECK_OK(source.ops->next(source.self, &b, &err), err);
        assert_int_equal(b.count, 1);
        assert_int_equal(b.rows, 1);
        CHECK_OK(source.ops->next(source.self, &b, &err), err);
        assert_int_equal(b.rows, 2);
        assert_ptr_equal(b.states, s.states + H);
        assert_ptr_equal(b.probabilities, s.probabilities + C);
        assert_ptr_equal(b.symbols, s.symbols + 1);
        assert_ptr_equal(b.step_labels, s.step_labels + 1);
        assert_null(b.frames);
        CHECK_OK(source.ops->next(source.self, &b, &err), err);
        assert_int_equal(b.count, 0);
    }
    rr_state_source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_give_the_model_of_the_networks_own_source),
        cmocka_unit_test(arrays_that_cannot_be_are_refused),
        cmocka_unit_test(batches_come_in_order_and_again_after_a_rewind),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
