/* SPDX-License-Identifier: MIT */
/* test_parity.c - networks give PyTorch's numbers: states, probabilities, loss, gradient, slopes
 * and products with the curvature along one direction, and three steps of each optimiser, for each
 * cell, one and two layers, on ragged input. The arrays were made by make_arrays.py. The gradient
 * is also checked against central differences. */
#include "io/npy.h"
#include "make.h"
#include "network/model.h"

enum { D = 3, H = 7, C = 4 };

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
    assert_int_equal(a.kind, RRI_NPY_FLOAT);
    if (items != 0)
        assert_int_equal(a.items, items);
    return a.f32; /* the caller frees */
}

static void set_weights(rr_network *net, rri_npz *file, const char *name)
{
    float *w = read_floats(file, name, net->parameters);

    memcpy(net->weights, w, net->parameters * sizeof *w);
    rri_free(w);
}

static void open_fixture(rr_cell cell, size_t layers, fixture *f)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = cell,
                                    .width = D,
                                    .hidden = H,
                                    .layers = layers,
                                    .classes = C,
                                    .seed = 1 };
    const rr_dataset_shape shape = { .width = D, .classes = C };
    rri_npy lengths = { 0 };
    rri_npy labels = { 0 };
    char path[512];
    rr_error err = { 0 };
    size_t row = 0;

    (void)snprintf(path, sizeof path, "%s/tests/network/arrays/%s%zu.npz", RR_SOURCE_DIR,
                   rr_enum_name(RR_ENUM_CELL, cell), layers);
    CHECK_OK(rri_npz_open(path, &f->file, &err), err);
    CHECK_OK(rr_network_new(&cfg, &f->net, &err), err);
    set_weights(f->net, f->file, "weights");
    CHECK_OK(rri_npz_read(f->file, "lengths", &lengths, &err), err);
    CHECK_OK(rri_npz_read(f->file, "labels", &labels, &err), err);
    float *x = read_floats(f->file, "x", 0);
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < lengths.items; i++) {
        const size_t T = (size_t)lengths.i64[i];
        CHECK_OK(rr_dataset_builder_add(b,
                                        (rr_sequence){ .frames = x + row * D,
                                                       .steps = T,
                                                       .label = (uint32_t)labels.i64[i] },
                                        &err),
                 err);
        row += T;
    }
    f->ds = finish_dataset(b);
    rri_free(x);
    rri_npy_clear(&lengths);
    rri_npy_clear(&labels);
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
            fail_msg("%s[%zu] = %.9g, PyTorch says %.9g", what, i, (double)got[i], (double)want[i]);
}

static void check_forward(fixture *f)
{
    const size_t R = rr_dataset_steps(f->ds);
    float *states = read_floats(f->file, "states", R * H);
    float *probabilities = read_floats(f->file, "probabilities", R * C);
    rr_state_source source = { 0 };
    rr_state_batch batch;
    rr_error err = { 0 };

    CHECK_OK(rr_network_states(f->net, f->ds, 2, &source, &err), err);
    CHECK_OK(source.ops->next(source.self, &batch, &err), err);
    assert_int_equal(batch.rows, R);
    near_all("state", batch.states, states, R * H);
    near_all("probability", batch.probabilities, probabilities, R * C);
    rr_state_source_close(&source);
    rri_free(states);
    rri_free(probabilities);
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

/* Not against PyTorch but against the loss itself. eps is exact in binary; the loss is a sum in
 * double of float probabilities, whose rounding limits the agreement. */
static void check_central_difference(fixture *f)
{
    const size_t P = rr_network_parameters(f->net);
    const float eps = 1.0f / 64;
    float *g = calloc(P, sizeof *g);
    double loss = 0.0;
    rr_error err = { 0 };

    assert_non_null(g);
    CHECK_OK(rr_network_gradient(f->net, f->ds, 1, &loss, g, &err), err);
    for (size_t i = 0; i < P; i += 3) {
        const float keep = f->net->weights[i];
        double up = 0.0;
        double down = 0.0;
        f->net->weights[i] = keep + eps;
        CHECK_OK(rr_network_gradient(f->net, f->ds, 1, &up, NULL, &err), err);
        f->net->weights[i] = keep - eps;
        CHECK_OK(rr_network_gradient(f->net, f->ds, 1, &down, NULL, &err), err);
        f->net->weights[i] = keep;
        CHECK_NEAR(g[i], (up - down) / (2.0 * (double)eps), 2e-4, 2e-3);
    }
    free(g);
}

/* Numbers in double against the file's floats, within 4e-6 of the largest. */
static void near_doubles(fixture *f, const char *what, const double *got, size_t n)
{
    float *want = read_floats(f->file, what, n);
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)want[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - (double)want[i]) <= 4e-6 * most))
            fail_msg("%s[%zu] = %.9g, PyTorch says %.9g", what, i, got[i], (double)want[i]);
    rri_free(want);
}

static void check_derivatives(fixture *f)
{
    const size_t P = rr_network_parameters(f->net);
    const size_t N = rr_dataset_count(f->ds);
    const rr_losses all = rr_losses_all(f->ds);
    float *direction = read_floats(f->file, "direction", P);
    double *product = calloc(P, sizeof *product);
    double *slopes = calloc(N, sizeof *slopes);
    rr_derivatives *d = NULL;
    rr_error err = { 0 };

    assert_non_null(product);
    assert_non_null(slopes);
    CHECK_OK(rr_derivatives_new(f->net, f->ds, 1, &d, &err), err);
    CHECK_OK(rr_derivatives_slopes(d, &all, direction, slopes, &err), err);
    near_doubles(f, "slopes", slopes, N);
    CHECK_OK(rr_derivatives_product(d, &all, RR_CURVATURE_HESSIAN, direction, product, NULL, &err),
             err);
    near_doubles(f, "hessian", product, P);
    CHECK_OK(
        rr_derivatives_product(d, &all, RR_CURVATURE_GAUSS_NEWTON, direction, product, NULL, &err),
        err);
    near_doubles(f, "gauss_newton", product, P);
    rr_derivatives_free(d);
    free(product);
    free(slopes);
    rri_free(direction);
}

static void check_optimizer(fixture *f, const char *name, rr_train_config cfg)
{
    const size_t P = rr_network_parameters(f->net);
    float *want = read_floats(f->file, name, P);
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    set_weights(f->net, f->file, "weights");
    cfg.epochs = 3;
    cfg.order = RR_ORDER_FILE;
    CHECK_OK(rr_trainer_new(&cfg, f->net, f->ds, &t, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    near_all(name, f->net->weights, want, P);
    rr_trainer_free(t);
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
        check_forward(&f);
        check_gradient(&f);
        check_derivatives(&f);
        if (cell != RR_CELL_RELU) /* its kinks make central differences meaningless */
            check_central_difference(&f);
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

static void elman_tanh_gives_the_numbers_of_pytorch(void **state)
{
    (void)state;
    check_cell(RR_CELL_TANH);
}

static void elman_relu_gives_the_numbers_of_pytorch(void **state)
{
    (void)state;
    check_cell(RR_CELL_RELU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lstm_gives_the_numbers_of_pytorch),
        cmocka_unit_test(gru_gives_the_numbers_of_pytorch),
        cmocka_unit_test(elman_tanh_gives_the_numbers_of_pytorch),
        cmocka_unit_test(elman_relu_gives_the_numbers_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
