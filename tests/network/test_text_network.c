/* SPDX-License-Identifier: MIT */
/* test_text_network.c - networks on symbols: the embedding, the logistic head, dropout; their
 * gradients against central differences, and their relations to networks on frames. */
#include "make.h"
#include "network/trainer.h"
#include "scratch_folder.h"

enum { V = 11, D = 5, H = 7, N = 40, LONGEST = 6 };

/* The name of a vocabulary: the symbols are words. */
static const char words[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static rr_dataset *make_symbols(size_t classes)
{
    const rr_dataset_shape shape = { .vocabulary = V, .classes = classes };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++) {
        rri_random r = rri_random_at(3, RRI_RANDOM_SAMPLE, i);
        uint32_t x[LONGEST];
        const size_t T = 1 + (size_t)rri_random_below(&r, LONGEST);
        for (size_t t = 0; t < T; t++)
            x[t] = 1 + (uint32_t)rri_random_below(&r, V - 1); /* unknown words among them */
        const rr_sequence q = { .symbols = x, .steps = T, .label = x[T - 1] % (uint32_t)classes };
        add_sequence(b, q);
    }
    return finish_dataset(b);
}

static rr_network *make_net(rr_cell cell, size_t layers, rr_embedding embedding, rr_head head,
                            size_t classes)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = cell,
                                    .width = D,
                                    .hidden = H,
                                    .layers = layers,
                                    .classes = classes,
                                    .seed = 5,
                                    .vocabulary = V,
                                    .embedding = embedding,
                                    .head = head };
    rr_error err = { 0 };

    rr_network *net = new_network(&cfg);
    CHECK_OK(rr_network_set_vocabulary(net, words, &err), err);
    return net;
}

/* The same without words: all symbols are alike. */
static rr_network *make_plain_net(void)
{
    rr_network *net = make_net(RR_CELL_LSTM, 1, RR_EMBEDDING_TRAINED, RR_HEAD_SOFTMAX, 2);
    const rr_network_config cfg = rr_network_config_of(net);

    rr_network_free(net);
    net = new_network(&cfg);
    return net;
}

static rr_train_config plan(size_t epochs, size_t threads)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = epochs;
    cfg.batch = 16;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = 0.01;
    cfg.dropout_input = 0.3;
    cfg.dropout_last = 0.5;
    cfg.clip_norm = 1.0;
    cfg.threads = threads;
    return cfg;
}

/* ---- relations that hold bit for bit --------------------------------------------------------- */

static void symbols_are_their_vectors_read_as_frames(void **state)
{
    rr_dataset *ds = make_symbols(3);
    rr_network *net = make_net(RR_CELL_GRU, 2, RR_EMBEDDING_FROZEN, RR_HEAD_SOFTMAX, 3);
    rr_network_config cfg = rr_network_config_of(net);
    const rr_dataset_shape shape = { .width = D, .classes = 3 };
    rr_dataset_builder *b = NULL;
    rr_dataset *frames = NULL;
    uint32_t y[2][N];
    float p[2][N];
    rr_error err = { 0 };

    (void)state;
    cfg.vocabulary = 0;
    rr_network *on_frames = new_network(&cfg);
    assert_memory_equal(net->weights, on_frames->weights, net->parameters * sizeof(float));
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    for (size_t i = 0; i < N; i++) {
        const rr_sequence q = rr_dataset_at(ds, i);
        float x[LONGEST * D];
        for (size_t t = 0; t < q.steps; t++)
            memcpy(x + t * D, rr_network_embedding(net) + q.symbols[t] * D, D * sizeof *x);
        CHECK_OK(rr_dataset_builder_add(
                     b, (rr_sequence){ .frames = x, .steps = q.steps, .label = q.label }, &err),
                 err);
    }
    CHECK_OK(rr_dataset_builder_finish(b, &frames, &err), err);
    CHECK_OK(rr_network_predict(net, ds, 2, y[0], p[0], &err), err);
    CHECK_OK(rr_network_predict(on_frames, frames, 2, y[1], p[1], &err), err);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_equal(p[0], p[1], sizeof p[0]);
    CHECK_FAILS(rr_network_predict(on_frames, ds, 1, y[0], p[0], &err), RR_ERR_SHAPE, err,
                "the data are symbols, the network reads frames");
    CHECK_FAILS(rr_network_predict(net, frames, 1, y[0], p[0], &err), RR_ERR_SHAPE, err,
                "the data are frames, the network reads symbols");
    rr_network_free(on_frames);
    rr_dataset_free(frames);
    rr_dataset_builder_free(b);
    rr_network_free(net);
    rr_dataset_free(ds);
}

/* One logit z for class 1 is two logits 0 and z. */
static void a_logistic_head_is_a_softmax_of_its_logit_and_zero(void **state)
{
    rr_dataset *ds = make_symbols(2);
    rr_network *one = make_net(RR_CELL_LSTM, 1, RR_EMBEDDING_FROZEN, RR_HEAD_LOGISTIC, 2);
    rr_network *two = make_net(RR_CELL_LSTM, 1, RR_EMBEDDING_FROZEN, RR_HEAD_SOFTMAX, 2);
    const size_t layers = one->parameters - (H + 1);
    uint32_t y[2][N];
    float p[2][N];
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(two->parameters, layers + 2 * (H + 1));
    memcpy(two->weights, one->weights, layers * sizeof(float));
    memset(two->weights + layers, 0, 2 * (H + 1) * sizeof(float));
    memcpy(two->weights + layers + H, one->weights + layers, H * sizeof(float));
    two->weights[layers + 2 * H + 1] = one->weights[layers + H];
    CHECK_OK(rr_network_predict(one, ds, 1, y[0], p[0], &err), err);
    CHECK_OK(rr_network_predict(two, ds, 1, y[1], p[1], &err), err);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(p[0][i], p[1][i], 1e-7, 1e-6);
    rr_network_free(two);
    rr_network_free(one);
    rr_dataset_free(ds);
}

/* ---- gradients ------------------------------------------------------------------------------ */

/* Mean loss of the first batch at the network's current weights, dropout included. */
static double first_loss(const rr_train_config *cfg, const rr_network *net, const rr_dataset *ds,
                         rr_trainer **keep, rr_network **copy)
{
    rr_train_progress at = { 0 };
    rr_error err = { 0 };

    CHECK_OK(rr_network_copy(net, copy, &err), err);
    CHECK_OK(rr_trainer_new(cfg, *copy, ds, keep, &err), err);
    CHECK_OK(rr_trainer_step(*keep, &at, &err), err);
    return at.loss;
}

static double loss_at(const rr_train_config *cfg, const rr_network *net, const rr_dataset *ds)
{
    rr_trainer *t = NULL;
    rr_network *copy = NULL;
    const double loss = first_loss(cfg, net, ds, &t, &copy);

    rr_trainer_free(t);
    rr_network_free(copy);
    return loss;
}

static void check_gradient(const rr_train_config *cfg, rr_network *net, const rr_dataset *ds,
                           float *weights, size_t n, const float *gradient)
{
    const float eps = 1.0f / 64; /* exact in binary; truncation about eps^2 */

    for (size_t i = 0; i < n; i += 1 + i % 3) {
        const float keep = weights[i];
        weights[i] = keep + eps;
        const double up = loss_at(cfg, net, ds);
        weights[i] = keep - eps;
        const double down = loss_at(cfg, net, ds);
        weights[i] = keep;
        CHECK_NEAR(gradient[i], (up - down) / (2.0 * (double)eps), 2e-4, 2e-2);
    }
}

static void the_gradient_is_the_central_difference(void **state)
{
    static const struct {
        rr_cell cell;
        size_t layers;
        rr_head head;
    } kinds[] = { { RR_CELL_LSTM, 1, RR_HEAD_LOGISTIC },
                  { RR_CELL_GRU, 2, RR_HEAD_SOFTMAX },
                  { RR_CELL_TANH, 1, RR_HEAD_SOFTMAX } };
    rr_dataset *ds = make_symbols(2);

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        rr_network *net =
            make_net(kinds[k].cell, kinds[k].layers, RR_EMBEDDING_TRAINED, kinds[k].head, 2);
        rr_train_config cfg = plan(1, 2);
        rr_trainer *t = NULL;
        rr_network *copy = NULL;
        cfg.clip_norm = 0.0;
        (void)first_loss(&cfg, net, ds, &t, &copy);
        check_gradient(&cfg, net, ds, net->weights, net->parameters, t->gradient[0]);
        check_gradient(&cfg, net, ds, net->embedding + 2 * D, (V - 2) * D, t->vectors->sum + 2 * D);
        for (size_t i = 0; i < 2 * D; i++) { /* padding and unknown words have no vector to train */
            assert_true(t->vectors->sum[i] == 0.0f);
            assert_true(copy->embedding[i] == 0.0f);
        }
        rr_trainer_free(t);
        rr_network_free(copy);
        rr_network_free(net);
    }
    rr_dataset_free(ds);
}

/* Numbers that are no words have no special ones among them. */
static void without_words_every_symbol_is_trained(void **state)
{
    rr_dataset *ds = make_symbols(2);
    rr_network *net = make_plain_net();
    rr_train_config cfg = plan(1, 1);
    rr_trainer *t = NULL;
    rr_network *copy = NULL;

    (void)state;
    cfg.clip_norm = 0.0;
    assert_true(rr_network_knows(net, 0));
    assert_true(rr_network_knows(net, 1));
    (void)first_loss(&cfg, net, ds, &t, &copy);
    check_gradient(&cfg, net, ds, net->embedding + D, D, t->vectors->sum + D);
    assert_true(memcmp(net->embedding + D, copy->embedding + D, D * sizeof(float)) != 0);
    rr_trainer_free(t);
    rr_network_free(copy);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void the_whole_gradient_begins_with_the_embedding(void **state)
{
    rr_dataset *ds = make_symbols(2);

    (void)state;
    for (int trained = 0; trained < 2; trained++) {
        rr_network *net = make_net(RR_CELL_LSTM, 1, (rr_embedding)trained, RR_HEAD_SOFTMAX, 2);
        const size_t P = rr_network_parameters(net);
        float *g = NULL;
        double loss = 0.0;
        double square = 0.0;
        rr_error err = { 0 };
        assert_int_equal(P, V * D + net->parameters);
        CHECK_OK(rri_alloc(&g, P, 1, sizeof *g, &err), err);
        CHECK_OK(rr_network_gradient(net, ds, 2, &loss, g, &err), err);
        for (size_t i = 0; i < V * D; i++)
            square += (double)g[i] * (double)g[i];
        assert_true(trained ? square > 1e-6 : square == 0.0);
        rri_free(g);
        rr_network_free(net);
    }
    rr_dataset_free(ds);
}

/* ---- dropout --------------------------------------------------------------------------------- */

/* With everything but one in a thousand dropped the loss is that of the bias alone, nearly. */
static void dropout_drops_and_scales(void **state)
{
    enum { ROWS = 400 };
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = RR_CELL_TANH,
                                    .width = 100,
                                    .hidden = 4,
                                    .layers = 1,
                                    .classes = 2,
                                    .seed = 1 };
    static float ones[ROWS][100];
    rri_shard *s = NULL;
    rr_error err = { 0 };
    double sum = 0.0;
    size_t zeros = 0;

    (void)state;
    CHECK_OK(rri_shard_new(&cfg, 1, ROWS, true, &s, &err), err);
    for (size_t i = 0; i < ROWS * 100; i++)
        ones[i / 100][i % 100] = 1.0f;
    s->dropout = (rri_dropout){ .input = 0.8f, .seed = 9, .step = 3 };
    rri_shard_fill(s, NULL, &(rr_sequence){ .frames = &ones[0][0], .steps = ROWS }, 1);
    for (size_t i = 0; i < ROWS * 100; i++) {
        zeros += s->x[i] == 0.0f;
        sum += (double)s->x[i];
    }
    CHECK_NEAR((double)zeros / (ROWS * 100), 0.8, 0.01, 0.0);
    CHECK_NEAR(sum / (ROWS * 100), 1.0, 0.05, 0.0);
    const float first = s->x[0];
    float other[100];
    memcpy(other, s->x, sizeof other);
    s->dropout.step = 4; /* another update, another mask */
    rri_shard_fill(s, NULL, &(rr_sequence){ .frames = &ones[0][0], .steps = ROWS }, 1);
    assert_true(memcmp(other, s->x, sizeof other) != 0);
    s->dropout.step = 3;
    rri_shard_fill(s, NULL, &(rr_sequence){ .frames = &ones[0][0], .steps = ROWS }, 1);
    assert_memory_equal(other, s->x, sizeof other);
    assert_true(first == s->x[0]);
    rri_shard_free(s);
}

/* ---- training ------------------------------------------------------------------------------- */

static rr_network *trained(rr_embedding embedding, size_t epochs, size_t threads,
                           const char *save_at_1, const char *restore)
{
    rr_dataset *ds = make_symbols(2);
    rr_network *net = make_net(RR_CELL_GRU, 1, embedding, RR_HEAD_LOGISTIC, 2);
    const rr_train_config cfg = plan(epochs, threads);
    rr_train_progress at = { 0 };
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    if (restore != NULL)
        CHECK_OK(rr_trainer_restore(t, restore, &err), err);
    while (!rr_trainer_finished(t)) {
        CHECK_OK(rr_trainer_step(t, &at, &err), err);
        if (save_at_1 != NULL && at.epoch_done && at.epoch == 1)
            CHECK_OK(rr_trainer_save(t, save_at_1, &err), err);
    }
    rr_trainer_free(t);
    rr_dataset_free(ds);
    return net;
}

static void same(const rr_network *a, const rr_network *b)
{
    assert_memory_equal(a->weights, b->weights, a->parameters * sizeof(float));
    assert_memory_equal(a->embedding, b->embedding, V * D * sizeof(float));
}

static void threads_and_interruptions_do_not_change_a_bit(void **state)
{
    const char *path = "text_trainer.safetensors";

    (void)state;
    for (int e = RR_EMBEDDING_FROZEN; e <= RR_EMBEDDING_TRAINED; e++) {
        rr_network *whole = trained((rr_embedding)e, 3, 1, path, NULL);
        rr_network *three = trained((rr_embedding)e, 3, 3, NULL, NULL);
        rr_network *resumed = trained((rr_embedding)e, 3, 2, NULL, path);
        rr_network *fresh = make_net(RR_CELL_GRU, 1, (rr_embedding)e, RR_HEAD_LOGISTIC, 2);
        same(whole, three);
        same(whole, resumed);
        const int moved = memcmp(whole->embedding, fresh->embedding, V * D * sizeof(float)) != 0;
        assert_int_equal(moved, e == RR_EMBEDDING_TRAINED);
        rr_network_free(fresh);
        rr_network_free(resumed);
        rr_network_free(three);
        rr_network_free(whole);
    }
}

static void a_state_does_not_go_on_with_other_vectors(void **state)
{
    const char *path = "text_vectors.safetensors";
    rr_network *net = trained(RR_EMBEDDING_FROZEN, 1, 1, path, NULL);
    rr_dataset *ds = make_symbols(2);
    const rr_train_config cfg = plan(2, 1);
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    net->embedding[V * D - 1] += 1.0f;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "embedding_sha256");
    rr_trainer_free(t);
    rr_dataset_free(ds);
    rr_network_free(net);
}

/* ---- files and arguments --------------------------------------------------------------------- */

static void a_file_gives_the_same_network_back(void **state)
{
    const char *path = "text_model.safetensors";
    rr_network *net = make_net(RR_CELL_LSTM, 2, RR_EMBEDDING_TRAINED, RR_HEAD_LOGISTIC, 2);
    rr_network *back = NULL;
    const char *hash = words;
    char a[65], b[65];
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_network_set_vocabulary(net, "word", &err), RR_ERR_ARG, err, "\"word\"");
    CHECK_OK(rr_network_set_vocabulary(net, hash, &err), err);
    CHECK_OK(rr_network_save(net, path, &err), err);
    CHECK_OK(rr_network_load(path, &back, &err), err);
    same(net, back);
    const rr_network_config x = rr_network_config_of(net);
    const rr_network_config y = rr_network_config_of(back);
    assert_true(rri_same_architecture(&x, &y));
    assert_string_equal(rr_network_vocabulary(back), hash);
    CHECK_OK(rr_network_hash(net, a, &err), err);
    back->embedding[V * D - 1] += 1.0f;
    CHECK_OK(rr_network_hash(back, b, &err), err);
    assert_string_not_equal(a, b);
    rr_network_free(back);
    rr_network_free(net);
}

static void what_a_network_knows_has_a_vector(void **state)
{
    rr_network *net = make_net(RR_CELL_LSTM, 1, RR_EMBEDDING_FROZEN, RR_HEAD_SOFTMAX, 2);
    float table[V * D] = { 0 };
    rr_error err = { 0 };

    (void)state;
    assert_false(rr_network_knows(net, RR_WORD_UNKNOWN));
    assert_true(rr_network_knows(net, 2));
    assert_false(rr_network_knows(net, V));
    table[3 * D + 4] = 0.5f;
    CHECK_OK(rr_network_set_embedding(net, table, &err), err);
    assert_false(rr_network_knows(net, 2));
    assert_true(rr_network_knows(net, 3));
    table[4 * D] = NAN;
    CHECK_FAILS(rr_network_set_embedding(net, table, &err), RR_ERR_NUMERIC, err, "symbol 4");
    assert_int_equal(err.where, 4);
    rr_network_free(net);
}

/* A file that claims more symbols than it holds is rejected before memory is allocated for them. */
static void a_vocabulary_the_file_does_not_hold_is_refused(void **state)
{
    const char *path = "text_claim.safetensors";
    rr_network *net = make_net(RR_CELL_LSTM, 1, RR_EMBEDDING_TRAINED, RR_HEAD_SOFTMAX, 2);
    rr_network *back = NULL;
    rr_error err = { 0 };
    char text[2048];

    (void)state;
    CHECK_OK(rr_network_save(net, path, &err), err);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    for (size_t i = 0; i < n; i++)
        text[i] = text[i] == '\0' ? ' ' : text[i];
    const char *at = strstr(text, "\"vocabulary\":\"11\"");
    assert_non_null(at);
    assert_int_equal(fseek(f, at - text, SEEK_SET), 0);
    assert_true(fputs("\"vocabulary\":\"99\"", f) >= 0);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(rr_network_load(path, &back, &err), RR_ERR_SHAPE, err, "embedding.weight");
    rr_network_free(net);
}

static void wrong_arguments_are_named(void **state)
{
    rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                              .cell = RR_CELL_GRU,
                              .width = D,
                              .hidden = H,
                              .layers = 1,
                              .classes = 3,
                              .vocabulary = V,
                              .head = RR_HEAD_LOGISTIC };
    rr_dataset *ds = make_symbols(2);
    rr_network *net = NULL;
    rr_trainer *t = NULL;
    rr_train_config train = plan(1, 1);
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_network_new(&cfg, &net, &err), RR_ERR_ARG, err,
                "for 2 classes, not 3: take the head softmax (--head softmax)");
    cfg.classes = 2;
    cfg.vocabulary = 1;
    CHECK_FAILS(rr_network_new(&cfg, &net, &err), RR_ERR_ARG, err, "vocabulary of 1");
    cfg.vocabulary = V + 1;
    net = new_network(&cfg);
    CHECK_FAILS(rr_trainer_new(&train, net, ds, &t, &err), RR_ERR_SHAPE, err,
                "11 symbols, the network 12");
    rr_network_free(net);
    net = make_net(RR_CELL_GRU, 1, RR_EMBEDDING_FROZEN, RR_HEAD_LOGISTIC, 2);
    train.dropout_last = 1.0;
    CHECK_FAILS(rr_trainer_new(&train, net, ds, &t, &err), RR_ERR_ARG, err, "dropout (last) is 1");
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_dataset *ds = make_symbols(2);
    rr_network *net = make_net(RR_CELL_GRU, 1, RR_EMBEDDING_TRAINED, RR_HEAD_LOGISTIC, 2);
    const rr_train_config train = plan(1, 1);

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        rr_trainer *t = NULL;
        at.st = rr_trainer_new(&train, net, ds, &t, NULL);
        assert_true((at.st == RR_OK) == (t != NULL));
        rr_trainer_free(t);
    }
    rr_network_free(net);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_their_vectors_read_as_frames),
        cmocka_unit_test(a_logistic_head_is_a_softmax_of_its_logit_and_zero),
        cmocka_unit_test(the_gradient_is_the_central_difference),
        cmocka_unit_test(without_words_every_symbol_is_trained),
        cmocka_unit_test(the_whole_gradient_begins_with_the_embedding),
        cmocka_unit_test(dropout_drops_and_scales),
        cmocka_unit_test(threads_and_interruptions_do_not_change_a_bit),
        cmocka_unit_test(a_state_does_not_go_on_with_other_vectors),
        cmocka_unit_test(a_file_gives_the_same_network_back),
        cmocka_unit_test(what_a_network_knows_has_a_vector),
        cmocka_unit_test(a_vocabulary_the_file_does_not_hold_is_refused),
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
