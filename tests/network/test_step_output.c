/* SPDX-License-Identifier: MIT */
/* test_step_output.c - networks with an output at every step: PyTorch's loss, gradient and
 * optimiser steps on ragged input with labels at most steps (made by make_step_arrays.py), central
 * differences, and the relations to networks that answer after the last step. */
#include "io/npy.h"
#include "make.h"
#include "network/model.h"
#include "scratch_folder.h"

enum { D = 3, H = 5, C = 4, V = 9 };

static rr_network_config config(rr_cell cell, size_t layers, rr_output output)
{
    rr_network_config cfg = rr_network_config_default();

    cfg.cell = cell;
    cfg.width = D;
    cfg.hidden = H;
    cfg.layers = layers;
    cfg.classes = C;
    cfg.output = output;
    return cfg;
}

/* ---- PyTorch -------------------------------------------------------------------------------- */

typedef struct fixture {
    rri_npz *file;
    rr_network *net;
    rr_dataset *ds;
} fixture;

static float *read_floats(rri_npz *file, const char *name, size_t items)
{
    rr_error err = { 0 };
    rri_npy a = { 0 };

    CHECK_OK(rri_npz_read(file, name, &a, &err), err);
    assert_int_equal(a.items, items);
    return a.f32; /* the caller frees */
}

static void set_weights(rr_network *net, rri_npz *file)
{
    float *w = read_floats(file, "weights", net->parameters);

    memcpy(net->weights, w, net->parameters * sizeof *w);
    rri_free(w);
}

static void open_fixture(rr_cell cell, size_t layers, fixture *f)
{
    const rr_network_config cfg = config(cell, layers, RR_OUTPUT_STEP);
    char spec[512];
    rr_error err = { 0 };

    (void)snprintf(spec, sizeof spec, "npz:%s/tests/network/arrays/step_%s%zu.npz", RR_SOURCE_DIR,
                   rr_enum_name(RR_ENUM_CELL, cell), layers);
    CHECK_OK(rri_npz_open(spec + strlen("npz:"), &f->file, &err), err);
    f->ds = load_dataset(spec, RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_step_labelled(f->ds), 1);
    assert_true(rr_dataset_labelled_steps(f->ds) < rr_dataset_steps(f->ds));
    f->net = new_network(&cfg);
    set_weights(f->net, f->file);
}

static void close_fixture(fixture *f)
{
    rri_npz_close(f->file);
    rr_network_free(f->net);
    rr_dataset_free(f->ds);
}

static void near_all(const char *what, const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= 1e-5))
            fail_msg("%s[%zu] = %.9g, expected %.9g", what, i, (double)got[i], (double)want[i]);
}

static void check_gradient(fixture *f)
{
    const size_t P = rr_network_parameters(f->net);
    float *want = read_floats(f->file, "gradient", P);
    float *loss_want = read_floats(f->file, "loss", 1);
    float *got = calloc(P, sizeof *got);
    double loss = 0.0;
    rr_error err = { 0 };

    assert_non_null(got);
    CHECK_OK(rr_network_gradient(f->net, f->ds, 1, &loss, got, &err), err);
    CHECK_NEAR(loss, loss_want[0], 1e-6, 0.0);
    near_all("gradient", got, want, P);
    free(got);
    rri_free(want);
    rri_free(loss_want);
}

/* eps is exact in binary; the loss is a sum in double of float probabilities, whose rounding limits
 * the agreement. */
static void check_central_difference(rr_network *net, const rr_dataset *ds)
{
    const size_t P = rr_network_parameters(net);
    const size_t embedding = rri_embedding_size(&net->cfg);
    const float eps = 1.0f / 64;
    float *g = calloc(P, sizeof *g);
    double loss = 0.0;
    rr_error err = { 0 };

    assert_non_null(g);
    CHECK_OK(rr_network_gradient(net, ds, 1, &loss, g, &err), err);
    for (size_t i = 0; i < P; i += 3) {
        float *weight = i < embedding ? &net->embedding[i] : &net->weights[i - embedding];
        const float keep = *weight;
        double up = 0.0;
        double down = 0.0;
        *weight = keep + eps;
        CHECK_OK(rr_network_gradient(net, ds, 1, &up, NULL, &err), err);
        *weight = keep - eps;
        CHECK_OK(rr_network_gradient(net, ds, 1, &down, NULL, &err), err);
        *weight = keep;
        CHECK_NEAR(g[i], (up - down) / (2.0 * (double)eps), 2e-4, 2e-3);
    }
    free(g);
}

static void check_optimizer(fixture *f, const char *name, rr_train_config cfg)
{
    const size_t P = rr_network_parameters(f->net);
    float *want = read_floats(f->file, name, P);

    set_weights(f->net, f->file);
    cfg.epochs = 3;
    cfg.order = RR_ORDER_FILE;
    train_network(&cfg, f->net, f->ds);
    near_all(name, f->net->weights, want, P);
    rri_free(want);
}

static void check_optimizers(fixture *f)
{
    rr_train_config sgd = rr_train_config_default();
    rr_train_config rmsprop = rr_train_config_default();
    rr_train_config adam = rr_train_config_default();
    rr_train_config clipped = rr_train_config_default();

    sgd.optimizer = RR_OPT_SGD;
    sgd.learning_rate = 0.1;
    sgd.momentum = 0.9;
    check_optimizer(f, "sgd", sgd);
    rmsprop.learning_rate = 0.01;
    check_optimizer(f, "rmsprop", rmsprop);
    adam.optimizer = RR_OPT_ADAM;
    adam.learning_rate = 0.01;
    adam.epsilon = 1e-8;
    check_optimizer(f, "adam", adam);
    clipped.optimizer = RR_OPT_SGD;
    clipped.learning_rate = 0.5;
    clipped.clip_norm = 0.1;
    check_optimizer(f, "clipped", clipped);
}

static void check_cell(rr_cell cell)
{
    for (size_t layers = 1; layers <= 2; layers++) {
        fixture f = { 0 };
        open_fixture(cell, layers, &f);
        check_gradient(&f);
        if (cell != RR_CELL_RELU) /* its kinks make central differences meaningless */
            check_central_difference(f.net, f.ds);
        check_optimizers(&f);
        close_fixture(&f);
    }
}

static void lstm_gives_the_numbers_of_pytorch(void **state)
{
    (void)state;
    check_cell(RR_CELL_LSTM);
}

static void gru_gives_the_numbers_of_pytorch(void **state)
{
    (void)state;
    check_cell(RR_CELL_GRU);
}

static void elman_gives_the_numbers_of_pytorch(void **state)
{
    (void)state;
    check_cell(RR_CELL_TANH);
    check_cell(RR_CELL_RELU);
}

/* ---- made data ------------------------------------------------------------------------------ */

/* Which steps have labels. */
typedef enum labelled { ALL, SOME, LAST_STEPS, NO_STEPS } labelled;

/* N sequences of symbols of 1 to `longest` steps; a step's label is its symbol's, shifted by the
 * one before. The label of a sequence is that of its last step. */
static rr_dataset *make_symbols(size_t N, size_t longest, size_t classes, labelled which)
{
    const rr_dataset_shape shape = { .vocabulary = V, .classes = classes, .step_labelled = 1 };
    rr_dataset_builder *b = new_builder(&shape);
    rri_random r = rri_random_at(3, RRI_RANDOM_PARITY, 1);
    uint32_t symbols[16];
    uint32_t labels[16];

    for (size_t i = 0; i < N; i++) {
        const size_t T = 1 + (size_t)(rri_random_uniform(&r) * (double)longest);
        uint32_t label = 0;
        for (size_t t = 0; t < T; t++) {
            symbols[t] = (uint32_t)(rri_random_uniform(&r) * V);
            label = (symbols[t] + (t > 0 ? symbols[t - 1] : 0)) % (uint32_t)classes;
            labels[t] = which == NO_STEPS || (which == LAST_STEPS && t + 1 < T) ||
                                (which == SOME && (i + t) % 3 == 0)
                            ? RR_NO_LABEL
                            : label;
        }
        add_sequence(
            b,
            (rr_sequence){ .symbols = symbols, .steps = T, .label = label, .step_labels = labels });
    }
    return finish_dataset(b);
}

static rr_network *make_tagger(rr_head head, rr_output output)
{
    rr_network_config cfg = config(RR_CELL_LSTM, 2, output);

    cfg.vocabulary = V;
    cfg.embedding = RR_EMBEDDING_TRAINED;
    cfg.head = head;
    cfg.classes = head == RR_HEAD_LOGISTIC ? 2 : C;
    return new_network(&cfg);
}

static void vectors_and_a_logistic_head_are_trained_too(void **state)
{
    (void)state;
    for (unsigned head = RR_HEAD_SOFTMAX; head <= RR_HEAD_LOGISTIC; head++) {
        rr_network *net = make_tagger((rr_head)head, RR_OUTPUT_STEP);
        rr_dataset *ds = make_symbols(5, 6, net->cfg.classes, SOME);
        check_central_difference(net, ds);
        rr_network_free(net);
        rr_dataset_free(ds);
    }
}

/* ---- relations ------------------------------------------------------------------------------ */

/* Labels at the last steps alone ask for what a network that answers after the last step learns. */
static void labels_of_last_steps_are_labels_of_sequences(void **state)
{
    rr_network *each = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network *last = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_LAST);
    rr_dataset *ds = make_symbols(300, 9, C, LAST_STEPS);
    const size_t P = rr_network_parameters(each);
    float *got = calloc(2 * P, sizeof *got);
    double loss[2] = { 0.0, 0.0 };
    rr_error err = { 0 };

    (void)state;
    assert_non_null(got);
    CHECK_OK(rr_network_gradient(each, ds, 2, &loss[0], got, &err), err);
    CHECK_OK(rr_network_gradient(last, ds, 2, &loss[1], got + P, &err), err);
    CHECK_NEAR(loss[0], loss[1], 1e-6, 0.0);
    near_all("gradient", got, got + P, P);
    free(got);
    rr_network_free(each);
    rr_network_free(last);
    rr_dataset_free(ds);
}

/* Of sequences of one step, dropout and all. */
static void of_single_steps_both_trainings_have_the_same_bits(void **state)
{
    rr_network *each = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network *last = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_LAST);
    rr_dataset *ds = make_symbols(40, 1, C, ALL);
    rr_train_config cfg = rr_train_config_default();

    (void)state;
    cfg.batch = 16;
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.5;
    train_network(&cfg, each, ds);
    train_network(&cfg, last, ds);
    assert_memory_equal(each->weights, last->weights, each->parameters * sizeof(float));
    assert_memory_equal(each->embedding, last->embedding, V * D * sizeof(float));
    rr_network_free(each);
    rr_network_free(last);
    rr_dataset_free(ds);
}

static rr_train_config recipe(size_t epochs, size_t threads)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = epochs;
    cfg.batch = 64;
    cfg.dropout_last = 0.3;
    cfg.learning_rate = 0.01;
    cfg.threads = threads;
    return cfg;
}

static void threads_do_not_change_the_bits(void **state)
{
    rr_dataset *ds = make_symbols(200, 12, C, SOME);
    rr_network *first = NULL;

    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        const rr_train_config cfg = recipe(2, threads);
        rr_network *net = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
        train_network(&cfg, net, ds);
        if (first == NULL) {
            first = net;
            continue;
        }
        assert_memory_equal(first->weights, net->weights, net->parameters * sizeof(float));
        assert_memory_equal(first->embedding, net->embedding, V * D * sizeof(float));
        rr_network_free(net);
    }
    rr_network_free(first);
    rr_dataset_free(ds);
}

/* The task has an exact answer: the network finds it, and progress counts steps. */
static void progress_counts_labelled_steps(void **state)
{
    rr_dataset *ds = make_symbols(200, 12, C, SOME);
    rr_network *net = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_train_config cfg = rr_train_config_default();
    rr_train_progress at = { 0 };
    rr_trainer *t = NULL;
    double loss = 0.0;
    rr_error err = { 0 };

    (void)state;
    cfg.epochs = 60;
    cfg.batch = 20;
    cfg.learning_rate = 0.01;
    CHECK_OK(rr_network_gradient(net, ds, 1, &loss, NULL, &err), err);
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_OK(rr_trainer_step(t, &at, &err), err);
    CHECK_NEAR(at.loss, loss, 0.1, 0.0); /* a mean, not a sum */
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &at, &err), err);
    assert_int_equal(at.sequences, 200);
    assert_true(at.accuracy > 0.9 && at.accuracy <= 1.0);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void a_stopped_training_resumes_to_the_same_bits(void **state)
{
    const char *path = in_scratch("", "trainer.safetensors");
    const rr_train_config cfg = recipe(3, 1);
    rr_dataset *ds = make_symbols(100, 8, C, SOME);
    rr_network *whole = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network *half = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network *rest = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network *other = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_LAST);
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    train_network(&cfg, whole, ds);
    CHECK_OK(rr_trainer_new(&cfg, half, ds, &t, &err), err);
    CHECK_OK(rr_trainer_run_epoch(t, NULL, NULL, &err), err);
    CHECK_OK(rr_trainer_save(t, path, &err), err);
    rr_trainer_free(t);
    CHECK_OK(rr_trainer_new(&cfg, rest, ds, &t, &err), err);
    CHECK_OK(rr_trainer_restore(t, path, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_run_epoch(t, NULL, NULL, &err), err);
    assert_memory_equal(whole->weights, rest->weights, rest->parameters * sizeof(float));
    rr_trainer_free(t);
    CHECK_OK(rr_trainer_new(&cfg, other, ds, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "another network");
    rr_trainer_free(t);
    rr_network_free(whole);
    rr_network_free(half);
    rr_network_free(rest);
    rr_network_free(other);
    rr_dataset_free(ds);
}

static void the_file_says_which_steps_answer(void **state)
{
    const char *path = in_scratch("", "model.safetensors");
    char text[4096];
    rr_error err = { 0 };

    (void)state;
    for (unsigned output = RR_OUTPUT_LAST; output <= RR_OUTPUT_STEP; output++) {
        rr_network *net = make_tagger(RR_HEAD_SOFTMAX, (rr_output)output);
        rr_network *back = NULL;
        CHECK_OK(rr_network_save(net, path, &err), err);
        CHECK_OK(rr_network_load(path, &back, &err), err);
        assert_int_equal(rr_network_config_of(back).output, output);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        const size_t n = fread(text, 1, sizeof text - 1, f);
        (void)fclose(f);
        for (size_t i = 0; i < n; i++) /* text up to the weights */
            text[i] = text[i] == '\0' ? ' ' : text[i];
        text[n] = '\0';
        assert_int_equal(strstr(text, "\"output\"") != NULL, output == RR_OUTPUT_STEP);
        rr_network_free(net);
        rr_network_free(back);
    }
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void data_without_labels_of_steps_are_refused(void **state)
{
    const rr_dataset_shape shape = { .vocabulary = V, .classes = C };
    const uint32_t symbols[2] = { 1, 2 };
    const rr_train_config cfg = recipe(1, 1);
    rr_dataset_builder *b = new_builder(&shape);
    rr_network *net = make_tagger(RR_HEAD_SOFTMAX, RR_OUTPUT_STEP);
    rr_network_config wrong = config(RR_CELL_LSTM, 1, (rr_output)2);
    rr_network *none = NULL;
    rr_derivatives *d = NULL;
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    add_sequence(b, (rr_sequence){ .symbols = symbols, .steps = 2, .label = 1 });
    rr_dataset *ds = finish_dataset(b);
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err,
                "needs a label at every step");
    CHECK_OK(rr_derivatives_new(net, ds, 1, &d, &err), err);
    const rr_losses all = rr_losses_all(ds);
    double number = 0.0;
    CHECK_FAILS(rr_derivatives_slopes(d, &all, rr_network_embedding(net), &number, &err),
                RR_ERR_ARG, err, "the data label no steps");
    CHECK_FAILS(rr_derivatives_squares(d, &all, &number, &err), RR_ERR_UNSUPPORTED, err,
                "this one answers at every step");
    rr_derivatives_free(d);
    rr_dataset_free(ds);
    ds = make_symbols(3, 4, C, NO_STEPS);
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_SHAPE, err, "no step of");
    CHECK_FAILS(rr_network_new(&wrong, &none, &err), RR_ERR_ARG, err, "unknown output number 2");
    rr_dataset_free(ds);
    rr_network_free(net);
}

static void a_training_that_diverges_is_stopped_with_finite_weights(void **state)
{
    rr_network_config net_config = config(RR_CELL_RELU, 1, RR_OUTPUT_STEP);
    rr_dataset *ds = make_symbols(60, 12, C, SOME);
    rr_train_config cfg = recipe(50, 1);
    rr_train_progress at = { 0 };
    rr_trainer *t = NULL;
    rr_status st = RR_OK;
    rr_error err = { 0 };

    (void)state;
    net_config.vocabulary = V;
    rr_network *net = new_network(&net_config);
    cfg.optimizer = RR_OPT_SGD;
    cfg.learning_rate = 1e6;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    while (st == RR_OK && !rr_trainer_finished(t))
        st = rr_trainer_step(t, &at, &err);
    CHECK_FAILS(st, RR_ERR_NUMERIC, err, "learning rate");
    for (size_t i = 0; i < net->parameters; i++)
        assert_true(isfinite(net->weights[i]));
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lstm_gives_the_numbers_of_pytorch),
        cmocka_unit_test(gru_gives_the_numbers_of_pytorch),
        cmocka_unit_test(elman_gives_the_numbers_of_pytorch),
        cmocka_unit_test(vectors_and_a_logistic_head_are_trained_too),
        cmocka_unit_test(labels_of_last_steps_are_labels_of_sequences),
        cmocka_unit_test(of_single_steps_both_trainings_have_the_same_bits),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(progress_counts_labelled_steps),
        cmocka_unit_test(a_stopped_training_resumes_to_the_same_bits),
        cmocka_unit_test(the_file_says_which_steps_answer),
        cmocka_unit_test(data_without_labels_of_steps_are_refused),
        cmocka_unit_test(a_training_that_diverges_is_stopped_with_finite_weights),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
