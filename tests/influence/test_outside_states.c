/* SPDX-License-Identifier: MIT */
/* The states of a network, written to a file and read back as those of a network trained elsewhere,
 * give the same influence model but for what says where they come from. */
#include "scratch_folder.h"

#include "io/io.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "make.h"

/* ---- a states file of a network ---------------------------------------------------------------
 */

typedef struct output {
    rri_npz_writer *w;
    size_t steps, labels, states, predictions, probabilities, inputs;
} output;

static size_t declare(rri_npz_writer *w, const char *name, rri_npz_type type, size_t rows,
                      size_t columns)
{
    const size_t shape[2] = { rows, columns };
    size_t array = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_array(w, name, type, shape, columns > 0 ? 2 : 1, &array, &err), err);
    return array;
}

static void append(rri_npz_writer *w, size_t array, const void *data, size_t n)
{
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_append(w, array, data, n, &err), err);
}

static void write_batch(const output *o, const rr_state_source *s, const rr_state_batch *b)
{
    append(o->w, o->steps, b->steps, b->count);
    append(o->w, o->labels, b->labels, b->count);
    append(o->w, o->states, b->states, b->rows * s->hidden);
    append(o->w, o->predictions, b->predictions, b->rows);
    append(o->w, o->probabilities, b->probabilities, b->rows * s->classes);
    append(o->w, o->inputs, b->frames != NULL ? (const void *)b->frames : b->symbols,
           b->rows * rri_max(s->width, 1));
}

/* All that a states file needs, and the network's division into batches. */
static void write_states(rr_state_source *s, const char *path)
{
    static const char *const kind[1] = { "one-pass" };
    static const double parity[3] = { 700, 0, 1.5e-7 };
    const size_t N = s->sequences, R = s->steps;
    output o = { .w = NULL };
    rr_state_batch b;
    uint32_t batch = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_new(path, &o.w, &err), err);
    o.steps = declare(o.w, "steps", RRI_NPZ_U32, N, 0);
    o.labels = declare(o.w, "label", RRI_NPZ_U32, N, 0);
    o.states = declare(o.w, "state", RRI_NPZ_F32, R, s->hidden);
    o.predictions = declare(o.w, "prediction", RRI_NPZ_U32, R, 0);
    o.probabilities = declare(o.w, "probability", RRI_NPZ_F32, R, s->classes);
    o.inputs = s->width > 0 ? declare(o.w, "frame", RRI_NPZ_F32, R, s->width)
                            : declare(o.w, "symbol", RRI_NPZ_U32, R, 0);
    CHECK_OK(s->ops->rewind(s->self, &err), err);
    for (;;) {
        CHECK_OK(s->ops->next(s->self, &b, &err), err);
        if (b.count == 0)
            break;
        if (batch == 0)
            batch = (uint32_t)b.count;
        write_batch(&o, s, &b);
    }
    append(o.w, declare(o.w, "batch", RRI_NPZ_U32, 1, 0), &batch, 1);
    append(o.w, declare(o.w, "parity", RRI_NPZ_F64, 3, 0), parity, 3);
    CHECK_OK(rri_npz_writer_texts(o.w, "kind", kind, 1, 0, &err), err);
    CHECK_OK(rri_npz_writer_close(o.w, &err), err);
    rri_npz_writer_free(o.w);
}

/* ---- comparing models -------------------------------------------------------------------------
 */

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

static void same_arrays(const char *a, const char *b)
{
    static const char *const names[] = { "pca.mean",
                                         "pca.axes",
                                         "pca.variance",
                                         "pca.total_variance",
                                         "mixture.weight",
                                         "mixture.mean",
                                         "mixture.variance",
                                         "confidence",
                                         "codebook.centres",
                                         "sequence.label",
                                         "trace.offset",
                                         "trace.state",
                                         "trace.prediction",
                                         "trace.symbol",
                                         "postings.transition.entry",
                                         "postings.state-symbol.entry",
                                         "curve" };
    rri_safetensors *x = NULL;
    rri_safetensors *y = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_safetensors_open(a, &x, &err), err);
    CHECK_OK(rri_safetensors_open(b, &y, &err), err);
    assert_int_equal(rri_safetensors_count(x), rri_safetensors_count(y));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const rri_array *p = rri_safetensors_find(x, names[i]);
        const rri_array *q = rri_safetensors_find(y, names[i]);
        assert_int_equal(p == NULL, q == NULL);
        if (p == NULL)
            continue;
        assert_int_equal(p->items, q->items);
        assert_memory_equal(p->data, q->data, p->items * (p->dtype == RRI_U16 ? 2 : 4));
    }
    assert_null(rri_safetensors_metadata(x, "states_kind"));
    assert_string_equal(rri_safetensors_metadata(y, "states_kind"), "one-pass");
    assert_string_equal(rri_safetensors_metadata(x, "configuration"),
                        rri_safetensors_metadata(y, "configuration"));
    rri_safetensors_close(x);
    rri_safetensors_close(y);
}

static void check_network(const char *spec, size_t hidden)
{
    rr_network_config cfg = rr_network_config_default();
    rr_state_source own = { 0 };
    rr_state_source outside = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    cfg.width = rr_dataset_width(ds);
    cfg.hidden = hidden;
    cfg.classes = rr_dataset_classes(ds);
    rr_network *net = new_network(&cfg);
    CHECK_OK(rr_network_states(net, ds, 2, &own, &err), err);
    write_states(&own, "s.npz");
    build_into(&own, rr_dataset_hash(ds), "own");
    CHECK_OK(rr_states_open("s.npz", -1, NULL, 0, &outside, &err), err);
    build_into(&outside, rr_dataset_hash(ds), "outside");
    same_arrays("own", "outside");
    rr_state_source_close(&own);
    rr_state_source_close(&outside);

    CHECK_OK(rr_influence_load("own", NULL, NULL, &inf, &err), err);
    assert_int_equal(rr_influence_origin(inf)->foreign, 0);
    rr_influence_free(inf);
    CHECK_OK(rr_influence_load("outside", NULL, NULL, &inf, &err), err);
    const rr_states_origin *o = rr_influence_origin(inf);
    assert_int_equal(o->foreign, 1);
    assert_int_equal(o->kind, RR_STATES_ONE_PASS);
    assert_int_equal(o->compared, 700);
    assert_int_equal(o->disagreements, 0);
    assert_true(o->difference == 1.5e-7);
    assert_string_equal(o->model, "");
    rr_influence_free(inf);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void the_same_states_from_a_file_give_the_same_model_but_for_metadata(void **state)
{
    (void)state;
    check_network("digits?train=700", 80); /* a batch of 400, not of 512 */
}

static void scratch_files_change_no_bit(void **state)
{
    rr_state_source source = { 0 };
    int64_t at = 0;
    rr_error err = { 0 };
    char hash[65];

    (void)state;
    memset(hash, 'a', 64);
    hash[64] = '\0';
    CHECK_OK(rr_states_open("s.npz", -1, NULL, 0, &source, &err), err);
    CHECK_OK(rr_set_scratch(scratch_dir, SIZE_MAX, &err), err);
    build_into(&source, hash, "memory");
    CHECK_OK(rr_set_scratch(scratch_dir, 1, &err), err);
    build_into(&source, hash, "files");
    CHECK_OK(rr_set_scratch(NULL, 0, &err), err);
    CHECK_OK(rri_compare_files("memory", "files", &at, &err), err);
    assert_int_equal(at, -1);
    rr_state_source_close(&source);
}

/* ---- what is refused --------------------------------------------------------------------------
 */

/* A file whose metadata have one text replaced by another of its length. */
static void replace(const char *from, const char *to, const char *what, const char *with)
{
    size_t bytes = 0;
    unsigned char *data = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read(from, SIZE_MAX / 2, &data, &bytes, &err), err);
    const size_t n = strlen(what);
    size_t at = 8;
    while (at + n < bytes && memcmp(data + at, what, n) != 0)
        at++;
    assert_true(at + n < bytes && strlen(with) == n);
    memcpy(data + at, with, n);
    CHECK_OK(rri_file_write(to, data, bytes, &err), err);
    rri_free(data);
}

static void an_origin_that_cannot_be_is_refused(void **state)
{
    static const char *const cases[][3] = {
        { "\"one-pass\"", "\"won-pass\"", "won-pass" },
        { "\"states_compared\":\"700\"", "\"states_compared\":\"7x0\"", "states_compared" },
        { "\"states_disagreements\":\"0\"", "\"states_disagreementx\":\"0\"", "states_disagree" },
        { "\"states_difference\":\"1.4", "\"states_difference\":\"-.4", "states_difference" },
    };
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    (void)state;
    check_network("digits?train=300", 4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        replace("outside", "broken", cases[i][0], cases[i][1]);
        CHECK_FAILS(rr_influence_load("broken", NULL, NULL, &inf, &err), RR_ERR_FORMAT, err,
                    cases[i][2]);
        assert_non_null(strstr(err.msg, "broken"));
    }
}

static void nothing_is_learned_without_labels(void **state)
{
    static const uint32_t steps[2] = { 1, 2 }, predictions[3] = { 0, 1, 0 },
                          symbols[3] = { 0, 1, 1 };
    static const float states[3] = { 0.5F, 1.0F, 1.5F };
    const rr_state_arrays a = { .sequences = 2,
                                .hidden = 1,
                                .classes = 2,
                                .vocabulary = 2,
                                .steps = steps,
                                .states = states,
                                .predictions = predictions,
                                .symbols = symbols };
    const rr_influence_config cfg = rr_influence_config_default();
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_states_from_arrays(&a, &source, &err), err);
    assert_true(source.unlabelled);
    CHECK_FAILS(rr_influence_build(&cfg, &source, NULL, &inf, &err), RR_ERR_ARG, err, "no labels");
    rr_state_source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_states_from_a_file_give_the_same_model_but_for_metadata),
        cmocka_unit_test(scratch_files_change_no_bit),
        cmocka_unit_test(an_origin_that_cannot_be_is_refused),
        cmocka_unit_test(nothing_is_learned_without_labels),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
