/* SPDX-License-Identifier: MIT */
/* test_network.c - the network object and model.safetensors. */
#include "io/json.h"
#include "io/safetensors.h"
#include "make.h"
#include "network/model.h"
#include "scratch_folder.h"

#include <unistd.h>

static const char path[] = "test_network.safetensors";

static rr_network *make(rr_cell cell, size_t layers)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = cell,
                                    .width = 6,
                                    .hidden = 11,
                                    .layers = layers,
                                    .classes = 4,
                                    .seed = 3 };

    return new_network(&cfg);
}

static void initial_weights_are_seeded_and_within_their_bound(void **state)
{
    rr_network *a = make(RR_CELL_LSTM, 2);
    rr_network *b = make(RR_CELL_LSTM, 2);
    rr_network *shallow = make(RR_CELL_LSTM, 1);
    const float bound = (float)(1.0 / sqrt(11.0));
    double sum = 0.0;
    double square = 0.0;

    (void)state;
    assert_memory_equal(a->weights, b->weights, a->parameters * sizeof(float));
    for (size_t i = 0; i < a->parameters; i++) {
        assert_true(a->weights[i] >= -bound && a->weights[i] <= bound);
        sum += (double)a->weights[i];
        square += (double)a->weights[i] * (double)a->weights[i];
    }
    const double n = (double)a->parameters;
    CHECK_NEAR(sum / n, 0.0, 4.0 * (double)bound / sqrt(3.0 * n), 0.0);
    CHECK_NEAR(square / n, 1.0 / 11.0 / 3.0, 0.0, 0.1);
    /* A further layer leaves the first as it was. */
    assert_memory_equal(a->weights, shallow->weights, 4 * 11 * (6 + 11 + 2) * sizeof(float));
    rr_network_free(a);
    rr_network_free(b);
    rr_network_free(shallow);
}

static void tensors_have_the_names_and_shapes_of_pytorch(void **state)
{
    rr_network *net = make(RR_CELL_GRU, 2);
    rr_error err = { 0 };
    rri_tensor t;
    size_t total = 0;

    (void)state;
    assert_int_equal(rri_network_tensors(net), 10);
    CHECK_OK(rri_network_tensor(net, 4, &t, &err), err);
    assert_string_equal(t.name, "rnn.weight_ih_l1");
    assert_int_equal(t.shape[0], 33);
    assert_int_equal(t.shape[1], 11);
    CHECK_OK(rri_network_tensor(net, 9, &t, &err), err);
    assert_string_equal(t.name, "output.bias");
    assert_int_equal(t.rank, 1);
    for (size_t i = 0; i < 10; i++) {
        CHECK_OK(rri_network_tensor(net, i, &t, &err), err);
        assert_ptr_equal(t.data, net->weights + total);
        total += t.shape[0] * t.shape[1];
    }
    assert_int_equal(total, rr_network_parameters(net));
    CHECK_FAILS(rri_network_tensor(net, 10, &t, &err), RR_ERR_ARG, err, "tensor 10");
    rr_network_free(net);
}

static void wrong_sizes_are_named(void **state)
{
    rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                              .cell = RR_CELL_LSTM,
                              .width = 6,
                              .hidden = 0,
                              .layers = 1,
                              .classes = 4,
                              .seed = 3 };
    rr_network *net = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_network_new(&cfg, &net, &err), RR_ERR_ARG, err, "hidden is 0");
    assert_null(net);
    cfg.hidden = 8;
    cfg.layers = 1000;
    CHECK_FAILS(rr_network_new(&cfg, &net, &err), RR_ERR_ARG, err, "layers is 1000");
}

static void every_cell_survives_the_file(void **state)
{
    (void)state;
    for (int cell = RR_CELL_LSTM; cell <= RR_CELL_RELU; cell++) {
        rr_network *net = make((rr_cell)cell, 2);
        rr_network *back = NULL;
        char before[65];
        char after[65];
        rr_error err = { 0 };
        CHECK_OK(rr_network_save(net, path, &err), err);
        CHECK_OK(rr_network_load(path, &back, &err), err);
        CHECK_OK(rr_network_hash(net, before, &err), err);
        CHECK_OK(rr_network_hash(back, after, &err), err);
        assert_string_equal(before, after);
        const rr_network_config got = rr_network_config_of(back);
        const rr_network_config want = rr_network_config_of(net);
        assert_int_equal(got.cell, want.cell);
        assert_int_equal(got.hidden, want.hidden);
        assert_int_equal(got.seed, want.seed);
        rr_network_free(net);
        rr_network_free(back);
    }
}

static unsigned char *read_all(size_t *n)
{
    FILE *f = fopen(path, "rb");
    unsigned char *buf = malloc(1 << 20);

    assert_non_null(f);
    assert_non_null(buf);
    *n = fread(buf, 1, 1 << 20, f);
    (void)fclose(f);
    return buf;
}

static void write_all(const unsigned char *buf, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(buf, 1, n, f), n);
    (void)fclose(f);
}

/* Replace one text in the header by another of the same length. */
static void swap_text(unsigned char *buf, size_t n, const char *from, const char *to)
{
    const size_t m = strlen(from);

    assert_int_equal(m, strlen(to));
    for (size_t i = 0; i + m <= n; i++) {
        if (memcmp(buf + i, from, m) == 0) {
            memcpy(buf + i, to, m);
            return;
        }
    }
    fail_msg("'%s' is not in the file", from);
}

static void a_file_whose_meaning_changed_is_refused(void **state)
{
    rr_network *net = make(RR_CELL_GRU, 1);
    rr_network *back = NULL;
    rr_error err = { 0 };
    size_t n = 0;

    (void)state;
    CHECK_OK(rr_network_save(net, path, &err), err);
    unsigned char *good = read_all(&n);
    unsigned char *bad = malloc(n);
    assert_non_null(bad);

    const struct {
        const char *from, *to;
        rr_status expected;
        const char *message;
    } cases[] = {
        { "rnnrepair-network", "rnnrepair-netwerk", RR_ERR_FORMAT, "expected 'rnnrepair-network'" },
        { "\"cell\":\"gru\"", "\"cell\":\"grx\"", RR_ERR_UNSUPPORTED, "unknown cell 'grx'" },
        { "\"hidden\":\"11\"", "\"hidden\":\"12\"", RR_ERR_SHAPE, "weight_ih_l0" },
        { "\"hidden\":\"11\"", "\"hidden\":\"1x\"", RR_ERR_FORMAT, "'1x'" },
        { "\"classes\":\"4\"", "\"classes\":\"0\"", RR_ERR_FORMAT, "classes is 0" },
        { "\"format_version\":\"1\"", "\"format_version\":\"2\"", RR_ERR_UNSUPPORTED, "'2'" },
        { "output.bias", "output.bies", RR_ERR_FORMAT, "output.bias" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(bad, good, n);
        swap_text(bad, n, cases[i].from, cases[i].to);
        write_all(bad, n);
        CHECK_FAILS(rr_network_load(path, &back, &err), cases[i].expected, err, cases[i].message);
        assert_null(back);
    }
    free(good);
    free(bad);
    rr_network_free(net);
}

/* Where the first `bytes` of the weights are in a file. */
static unsigned char *weights_in(unsigned char *file, size_t n, const rr_network *net, size_t bytes)
{
    for (size_t i = 0; i + bytes <= n; i++)
        if (memcmp(file + i, net->weights, bytes) == 0)
            return file + i;
    fail_msg("the weights are not in the file");
    return NULL;
}

/* Two gates exchanged have the right shapes and finite values: only running them detects this. */
static void the_parity_vector_finds_exchanged_gates(void **state)
{
    rr_network *net = make(RR_CELL_LSTM, 1);
    rr_network *back = NULL;
    rr_error err = { 0 };
    size_t n = 0;

    (void)state;
    CHECK_OK(rr_network_save(net, path, &err), err);
    unsigned char *file = read_all(&n);
    const size_t gate = 11 * 6 * sizeof(float);
    unsigned char keep[11 * 6 * sizeof(float)];
    unsigned char *weights = weights_in(file, n, net, 4 * gate);
    memcpy(keep, weights, gate);
    memmove(weights, weights + gate, gate);
    memcpy(weights + gate, keep, gate);
    write_all(file, n);
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_MISMATCH, err, "parity");
    assert_null(back);

    const float nan = NAN;
    memcpy(weights, &nan, sizeof nan);
    write_all(file, n);
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_NUMERIC, err, "weight_ih_l0");
    free(file);
    rr_network_free(net);
}

/* The states of relu are not bounded and neither is their rounding, which differs between machines.
 * A weight matrix off by 1e-5 simulates it; one off by a hundredth is still detected. */
static void the_parity_vector_allows_for_the_rounding_of_large_states(void **state)
{
    enum { N = 11 * 6 };
    rr_network *net = make(RR_CELL_RELU, 1);
    rr_network *back = NULL;
    rr_error err = { 0 };
    float off[N];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < N; i++)
        net->weights[i] *= 400.0f;
    CHECK_OK(rr_network_save(net, path, &err), err);
    unsigned char *file = read_all(&n);
    unsigned char *weights = weights_in(file, n, net, sizeof off);
    for (size_t i = 0; i < N; i++)
        off[i] = net->weights[i] * 1.00001f;
    memcpy(weights, off, sizeof off);
    write_all(file, n);
    /* The parity vector accepts this; only the hash detects it. */
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_MISMATCH, err, "SHA-256");
    for (size_t i = 0; i < N; i++)
        off[i] = net->weights[i] * 1.01f;
    memcpy(weights, off, sizeof off);
    write_all(file, n);
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_MISMATCH, err, "parity");
    free(file);
    rr_network_free(net);
}

/* Too small a change for the parity vector. */
static void one_changed_bit_of_a_weight_is_found(void **state)
{
    rr_network *net = make(RR_CELL_LSTM, 1);
    rr_network *back = NULL;
    rr_error err = { 0 };
    size_t n = 0;

    (void)state;
    CHECK_OK(rr_network_save(net, path, &err), err);
    unsigned char *file = read_all(&n);
    file[n - 4] ^= 1; /* the lowest bit of the last weight in the file */
    write_all(file, n);
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_MISMATCH, err, "SHA-256");
    assert_null(back);
    free(file);
    rr_network_free(net);
}

static void weights_that_are_not_finite_are_not_written(void **state)
{
    rr_network *net = make(RR_CELL_TANH, 1);
    rr_error err = { 0 };

    (void)state;
    (void)unlink(path);
    net->weights[3] = INFINITY;
    CHECK_FAILS(rr_network_save(net, path, &err), RR_ERR_NUMERIC, err, "weight_ih_l0");
    assert_int_not_equal(access(path, F_OK), 0);
    rr_network_free(net);
    CHECK_FAILS(rr_network_load("no/such/file", &net, &err), RR_ERR_IO, err, "no/such/file");
}

/* jansson's allocations count with ours while a file is written. Not while one is read: its parser
 * takes some failures for faults of the text, and does not survive others. */
static void *counted_malloc(size_t n)
{
    if (rri_alloc_fail_at >= 0 && rri_alloc_fail_at-- == 0)
        return NULL;
    return malloc(n);
}

static rr_status copy_and_save(const rr_network *net, rr_error *err)
{
    rr_network *copy = NULL;
    rr_status st = RR_OK;

    json_set_alloc_funcs(counted_malloc, free);
    RRI_TRY(rr_network_copy(net, &copy, err));
    RRI_TRY(rr_network_save(copy, path, err));

done:
    json_set_alloc_funcs(malloc, free);
    rr_network_free(copy);
    return st;
}

static rr_status load(const rr_network *net, rr_error *err)
{
    rr_network *back = NULL;
    const rr_status st = rr_network_load(path, &back, err);

    (void)net;
    rr_network_free(back);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_status (*const calls[])(const rr_network *, rr_error *) = { copy_and_save, load };
    rr_network *net = make(RR_CELL_LSTM, 1);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        rr_error err = { 0 };
        for (failing at = { 0 }; next_allocation_fails(&at, 20);)
            at.st = calls[i](net, &err);
    }
    rr_network_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_weights_are_seeded_and_within_their_bound),
        cmocka_unit_test(tensors_have_the_names_and_shapes_of_pytorch),
        cmocka_unit_test(wrong_sizes_are_named),
        cmocka_unit_test(every_cell_survives_the_file),
        cmocka_unit_test(a_file_whose_meaning_changed_is_refused),
        cmocka_unit_test(the_parity_vector_finds_exchanged_gates),
        cmocka_unit_test(the_parity_vector_allows_for_the_rounding_of_large_states),
        cmocka_unit_test(one_changed_bit_of_a_weight_is_found),
        cmocka_unit_test(weights_that_are_not_finite_are_not_written),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
