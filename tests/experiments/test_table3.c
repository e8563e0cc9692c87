/* SPDX-License-Identifier: MIT */
/* test_table3.c - Table 3: deformations, the choice of images, and a small case from end to end. */
#include "scratch.h"

#include "experiments/table3.h"
#include "make.h"

static rr_error err;

/* ---- deformations ---------------------------------------------------------------------------- */

enum { SIDE = 28 };

static void random_numbers_fill_the_unit_interval(void **state)
{
    double sum = 0.0, squares = 0.0, product = 0.0, before = 0.5;
    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        const double u = experiment_uniform(i % 7, i / 7);
        assert_true(u >= 0.0 && u < 1.0);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
        product += (u - 0.5) * (before - 0.5); /* of neighbouring seeds */
        before = u;
    }
    CHECK_NEAR(sum / 10000, 0.5, 0.012, 0); /* 4 standard errors */
    CHECK_NEAR(squares / 10000, 1.0 / 12.0, 0.003, 0);
    CHECK_NEAR(product / 10000, 0.0, 0.0034, 0);
    assert_true(experiment_uniform(3, 5) == experiment_uniform(3, 5));
}

/* On a ramp, bilinear sampling is exact: the difference is the displacement itself. */
static void a_ramp_shows_displacements_within_the_amplitude(void **state)
{
    const double amplitude = 2.0;
    float in[SIDE * SIDE], out[SIDE * SIDE];
    double largest = 0.0, last = 0.0;
    (void)state;
    for (int downwards = 0; downwards < 2; downwards++) {
        for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
            in[i] = (float)(downwards ? i / SIDE : i % SIDE);
        experiment_elastic_apply(&(experiment_elastic){ amplitude, 9 }, in, SIDE, SIDE, out);
        for (size_t r = 3; r < SIDE - 3; r++)
            for (size_t c = 3; c < SIDE - 3; c++) {
                const double moved = (double)out[r * SIDE + c] - (double)in[r * SIDE + c];
                assert_true(fabs(moved) <= amplitude + 1e-5);
                /* Over the 9 pixels between two points of the field it changes by 4 at most. */
                if (c > 3)
                    assert_true(fabs(moved - last) <= 2.0 * amplitude / 9.0 + 1e-5);
                last = moved;
                largest = fmax(largest, fabs(moved));
            }
    }
    assert_true(largest > 0.5);
}

static void deformations_follow_their_seed(void **state)
{
    float in[SIDE * SIDE], a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
    (void)state;
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
        in[i] = (float)experiment_uniform(1, i);
    experiment_elastic_apply(&(experiment_elastic){ 0.0, 4 }, in, SIDE, SIDE, a);
    assert_memory_equal(a, in, sizeof in);
    experiment_elastic_apply(&(experiment_elastic){ 1.5, 4 }, in, SIDE, SIDE, a);
    experiment_elastic_apply(&(experiment_elastic){ 1.5, 4 }, in, SIDE, SIDE, b);
    experiment_elastic_apply(&(experiment_elastic){ 1.5, 5 }, in, SIDE, SIDE, c);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
        assert_true(a[i] >= 0.0F && a[i] <= 1.0F);
    /* Images with a single row or column have a field, too. */
    experiment_elastic_apply(&(experiment_elastic){ 1.5, 4 }, in, 1, SIDE, a);
    experiment_elastic_apply(&(experiment_elastic){ 1.5, 4 }, in, SIDE, 1, a);
}

/* ---- choices --------------------------------------------------------------------------------- */

static void shares_fall_into_the_papers_bins(void **state)
{
    static const double shares[] = {
        0.0, 0.02, 0.1, 0.12, 0.2, 0.22, 0.5, 0.52, 0.7, 0.72, 0.98, 1
    };
    static const size_t bins[] = { 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6 };
    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        assert_int_equal(table3_bin(shares[i]), bins[i]);
    assert_int_equal(table3_bin((0.1 + 0.2) / 3.0 + 1e-16), 1); /* means are rounded */
    assert_int_equal(table3_bin(0.1 + 0.7 + 0.2), 6);
}

static void candidates_are_every_turn_with_every_shift(void **state)
{
    const experiment_context full = { .quick = 0 }, quick = { .quick = 1 };
    int seen[360][6] = { { 0 } };
    (void)state;
    assert_int_equal(table3_candidates(&full), 2160);
    assert_int_equal(table3_candidates(&quick), 216);
    for (size_t i = 0; i < 2160; i++) {
        const rr_affine a = table3_candidate(&full, i);
        assert_true(a.shift_x == a.shift_y && a.shear == 0.0 && a.scale == 1.0);
        assert_true(a.rotate >= -180.0 && a.rotate <= 179.0 && a.shift_x >= -3.0 &&
                    a.shift_x <= 2.0);
        seen[(int)a.rotate + 180][(int)a.shift_x + 3]++;
    }
    for (size_t r = 0; r < 360; r++)
        for (size_t s = 0; s < 6; s++)
            assert_int_equal(seen[r][s], 1);
}

/* ---- a case ---------------------------------------------------------------------------------- */

enum { TESTS = 150 };

static void begin(experiment_context *ctx, table3_case *c, size_t threads)
{
    *ctx = (experiment_context){ .output = scratch_dir, .quick = 1, .threads = threads };
    *c = (table3_case){ .models = 3, .first_epoch = 1, .last_epoch = 2 };
    (void)snprintf(ctx->data_hash, sizeof ctx->data_hash, "threads%zu", threads);
    CHECK_OK(
        rr_dataset_load("digits?only=3|5|8&train=1500&test=500", RR_SPLIT_TRAIN, &c->train, &err),
        err);
    CHECK_OK(
        rr_dataset_load("digits?only=3|5|8&train=1500&test=500", RR_SPLIT_TEST, &c->test, &err),
        err);
    CHECK_OK(table3_prepare(ctx, c, RR_ORDER_SHUFFLE, &err), err);
    assert_int_equal(rr_dataset_count(c->test), TESTS);
    assert_true(c->ready && c->n > 0 && c->n <= 40);
    c->n = c->n < 4 ? c->n : 4; /* enough to see */
}

static void errors_are_misread_by_every_model(void **state)
{
    experiment_context ctx;
    table3_case c;
    uint32_t prediction[TESTS];
    size_t wrong[TESTS] = { 0 };
    (void)state;
    begin(&ctx, &c, 2);
    for (size_t m = 0; m < c.models; m++) {
        CHECK_OK(rr_network_predict(c.nets[m], c.test, 1, prediction, NULL, &err), err);
        for (size_t i = 0; i < TESTS; i++)
            wrong[i] += prediction[i] != rr_dataset_at(c.test, i).label;
    }
    for (size_t e = 0; e < c.n; e++)
        assert_int_equal(wrong[c.errors[e]], 3);
    for (size_t i = 0; i < TESTS; i++)
        assert_int_equal(c.solid[i] != 0, wrong[i] == 0);
    table3_case_clear(&c);
}

static void models_kept_are_the_models_trained(void **state)
{
    experiment_context ctx;
    table3_case c, again;
    char a[65], b[65];
    (void)state;
    begin(&ctx, &c, 2);
    const rr_network_config network = table3_network(&c, UINT64_C(1) << 40);
    const rr_train_config cfg = table3_training(&ctx, 4, RR_ORDER_SHUFFLE, UINT64_C(1) << 40);
    rr_network *net = new_network(&network);
    CHECK_OK(experiment_train(&ctx, &cfg, net, c.train, &err), err);
    CHECK_OK(rr_network_hash(net, b, &err), err);
    begin(&ctx, &again, 2); /* from the files of the first */
    for (size_t m = 0; m < c.models; m++) {
        CHECK_OK(rr_network_hash(c.nets[m], a, &err), err);
        assert_int_equal(strcmp(a, b) == 0, m == 2); /* the last one is of epoch 4 */
    }
    CHECK_OK(rr_network_hash(again.nets[2], a, &err), err);
    assert_string_equal(a, b);
    rr_network_free(net);
    table3_case_clear(&again);
    table3_case_clear(&c);
}

static void the_best_candidate_of_a_pair_is_added(void **state)
{
    experiment_context ctx;
    table3_case c;
    table3_pair *pairs = NULL;
    rr_dataset *best = NULL, *drawn = NULL;
    float *score = NULL;
    size_t n = 0;
    (void)state;
    begin(&ctx, &c, 2);
    CHECK_OK(table3_pairs(&ctx, &c, &pairs, &n, &err), err);
    assert_true(n > 0 && n <= c.n * c.models);
    CHECK_OK(table3_images(&ctx, &c, pairs, n, 0, 1, &best, &err), err);
    CHECK_OK(table3_images(&ctx, &c, pairs, n, 1, 1, &drawn, &err), err);
    assert_int_equal(rr_dataset_count(best), n);
    score = calloc(n, sizeof *score);
    assert_non_null(score);
    size_t above = 0;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rr_dataset_at(best, i).label,
                         rr_dataset_at(c.test, c.errors[pairs[i].error]).label);
        CHECK_OK(table3_score(&ctx, &c, pairs[i].model, pairs[i].error, best, score, &err), err);
        /* A product of matrices rounds by its company: a step near the border of two states may
         * fall to the other side. */
        CHECK_NEAR(score[i], pairs[i].score, 0.05, 0);
        CHECK_OK(table3_score(&ctx, &c, pairs[i].model, pairs[i].error, drawn, score, &err), err);
        assert_true(score[i] <= pairs[i].score + 0.05F);
        above += score[i] < pairs[i].score;
    }
    assert_true(2 * above > n);
    free(score);
    rr_dataset_free(drawn);
    rr_dataset_free(best);
    free(pairs);
    table3_case_clear(&c);
}

/* The best variant's score by the public queries, which see it alone. */
static void check_best(const experiment_context *ctx, const table3_case *c, size_t error,
                       const table3_variants *v)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->train);
    rr_dataset_builder *b = NULL;
    rr_dataset *image = NULL;
    double mean = 0.0;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    CHECK_OK(table3_add_variants(c, v, 1, b, &err), err);
    CHECK_OK(rr_dataset_builder_finish(b, &image, &err), err);
    for (size_t m = 0; m < c->models; m++) {
        float score = 0.0F;
        CHECK_OK(table3_score(ctx, c, m, error, image, &score, &err), err);
        mean += (double)score / (double)c->models;
    }
    CHECK_NEAR(fmod(v->list[0].score, 2.0), mean, 0.05, 0);
    rr_dataset_free(image);
    rr_dataset_builder_free(b);
}

/* Sorted, of the right label, within the range; and later rounds find better ones than the first.
 */
static void check_found(const table3_case *c, const table3_search *search, uint32_t truth,
                        const table3_variants *found)
{
    const size_t n = search->variants, part = n / search->rounds;
    const double most = search->merit == TABLE3_BY_GRADIENT ? 1.0 : 2.0 * (double)c->models + 1.0;
    const rr_variant *const v = found->list;
    double first = 0.0; /* mean of the first round */
    size_t above = 0;   /* of the last one */
    for (size_t i = 0; i < n; i++) {
        const experiment_elastic *const e = &found->elastic[v[i].number];
        assert_int_equal(rr_dataset_at(c->train, v[i].source).label, truth);
        assert_true(fabs(v[i].score) <= most + 1e-6);
        assert_true(i == 0 || v[i].score <= v[i - 1].score);
        assert_true(fabs(v[i].transform.rotate) <= search->range.max.rotate);
        assert_true(fabs(v[i].transform.shift_x) <= search->range.max.shift_x);
        assert_true(e->amplitude >= 0.0 && e->amplitude <= search->amplitude);
        if (v[i].number < part)
            first += v[i].score / (double)part;
    }
    for (size_t i = 0; i < n; i++)
        above += v[i].number >= n - part && v[i].score > first;
    assert_true(4 * above > 3 * part); /* by blind samples about half would be */
}

/* The gradient of one sequence's loss under a model. Memory: owned, [parameters]. */
static double *gradient_of(const table3_case *c, size_t model, const rr_dataset *ds, size_t id)
{
    const rr_losses loss = { .which = &id, .n = 1 };
    rr_derivatives *d = NULL;
    double *g = calloc(rr_network_parameters(c->nets[model]), sizeof *g);
    assert_non_null(g);
    CHECK_OK(rr_derivatives_new(c->nets[model], ds, 1, &d, &err), err);
    CHECK_OK(rr_derivatives_gradient(d, &loss, NULL, g, &err), err);
    rr_derivatives_free(d);
    return g;
}

/* The alignment found is the mean cosine between two gradients, each computed by itself. */
static void check_alignment(const experiment_context *ctx, const table3_case *c, size_t e)
{
    rr_dataset *few = NULL;
    double got[3], expected[3] = { 0.0, 0.0, 0.0 };
    CHECK_OK(rr_dataset_select(c->train, (const size_t[]){ 0, 5, 9 }, 3, &few, &err), err);
    CHECK_OK(table3_alignment(ctx, c, e, few, got, &err), err);
    for (size_t m = 0; m < c->models; m++) {
        const size_t P = rr_network_parameters(c->nets[m]);
        double *const x = gradient_of(c, m, c->test, c->errors[e]);
        for (size_t i = 0; i < 3; i++) {
            double *const y = gradient_of(c, m, few, i);
            double xy = 0.0, xx = 0.0, yy = 0.0;
            for (size_t k = 0; k < P; k++) {
                xy += x[k] * y[k];
                xx += x[k] * x[k];
                yy += y[k] * y[k];
            }
            expected[i] += xy / sqrt(xx * yy) / (double)c->models;
            free(y);
        }
        free(x);
    }
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(got[i] - expected[i]) < 1e-3);
    rr_dataset_free(few);
}

/* The baseline of a search samples its whole range, and any image of the label. */
static void random_variants_are_as_wide_as_a_searchs(void **state)
{
    enum { MANY = 60 };
    experiment_context ctx;
    table3_case c;
    table3_variants all = { .n = 0 }, few = { .n = 0 }, other = { .n = 0 };
    size_t turned = 0, bent = 0, sources = 0;
    (void)state;
    begin(&ctx, &c, 2);
    CHECK_OK(table3_abstract(&ctx, &c, &err), err);
    const table3_search search = table3_search_default(&ctx);
    const uint32_t truth = rr_dataset_at(c.test, c.errors[0]).label;
    CHECK_OK(table3_random(&c, &search, 0, 1, MANY, &all, &err), err);
    assert_int_equal(all.n, MANY);
    for (size_t i = 0; i < all.n; i++) {
        const rr_variant *const v = &all.list[i];
        int known = 0;
        assert_int_equal(v->number, i);
        assert_int_equal(rr_dataset_at(c.train, v->source).label, truth);
        assert_true(fabs(v->transform.rotate) <= search.range.max.rotate);
        assert_true(all.elastic[i].amplitude <= search.amplitude);
        turned += fabs(v->transform.rotate) > 0.8 * search.range.max.rotate;
        bent += all.elastic[i].amplitude > 0.8 * search.amplitude;
        for (size_t k = 0; k < i && !known; k++)
            known = all.list[k].source == v->source;
        sources += !known;
    }
    assert_true(turned > 2 && bent > 2 && sources > 5);
    CHECK_OK(table3_random(&c, &search, 0, 1, 7, &few, &err), err);
    CHECK_OK(table3_random(&c, &search, 0, 2, 7, &other, &err), err);
    for (size_t i = 0; i < 7; i++) {
        assert_true(few.list[i].source == all.list[i].source);
        assert_true(few.list[i].transform.rotate == all.list[i].transform.rotate);
        assert_true(few.elastic[i].seed == all.elastic[i].seed);
        assert_true(other.list[i].transform.rotate != all.list[i].transform.rotate);
        assert_true(other.elastic[i].seed != all.elastic[i].seed);
    }
    table3_variants_clear(&all);
    table3_variants_clear(&few);
    table3_variants_clear(&other);
    table3_case_clear(&c);
}

static void found_images_are_nearer_than_those_sampled_first(void **state)
{
    experiment_context ctx;
    table3_case c;
    size_t searched = 0;
    (void)state;
    begin(&ctx, &c, 2);
    CHECK_OK(table3_abstract(&ctx, &c, &err), err);
    for (size_t e = 0; e < 2 * c.n; e++) {
        table3_search search = table3_search_default(&ctx);
        table3_variants v = { .n = 0 };
        search.merit = e < c.n ? TABLE3_BY_INFLUENCE : TABLE3_BY_GRADIENT;
        CHECK_OK(table3_search_error(&ctx, &c, &search, e % c.n, &v, &err), err);
        if (v.n > 0) { /* else no training image of its label is predicted correctly */
            assert_int_equal(v.n, search.variants);
            check_found(&c, &search, rr_dataset_at(c.test, c.errors[e % c.n]).label, &v);
            if (search.merit == TABLE3_BY_INFLUENCE)
                check_best(&ctx, &c, e % c.n, &v);
            check_alignment(&ctx, &c, e % c.n);
            searched++;
        }
        table3_variants_clear(&v);
    }
    assert_true(searched > 0);
    table3_case_clear(&c);
}

static void threads_do_not_change_what_is_found(void **state)
{
    char hashes[2][2][65];
    table3_variants v[2] = { { .n = 0 }, { .n = 0 } }; /* of the first error that has some */
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        experiment_context ctx;
        table3_case c;
        table3_pair *pairs = NULL;
        rr_dataset *images = NULL;
        size_t count = 0;
        begin(&ctx, &c, 1 + 2 * t);
        CHECK_OK(table3_pairs(&ctx, &c, &pairs, &count, &err), err);
        CHECK_OK(table3_images(&ctx, &c, pairs, count, 0, 1, &images, &err), err);
        (void)snprintf(hashes[t][0], 65, "%s", rr_dataset_hash(images));
        CHECK_OK(rr_network_hash(c.nets[0], hashes[t][1], &err), err);
        const table3_search search = table3_search_default(&ctx);
        for (size_t e = 0; e < c.n && v[t].n == 0; e++)
            CHECK_OK(table3_search_error(&ctx, &c, &search, e, &v[t], &err), err);
        rr_dataset_free(images);
        free(pairs);
        table3_case_clear(&c);
    }
    assert_string_equal(hashes[0][0], hashes[1][0]);
    assert_string_equal(hashes[0][1], hashes[1][1]);
    assert_int_equal(v[0].n, v[1].n);
    assert_true(v[0].n > 0);
    for (size_t i = 0; i < v[0].n; i++)
        assert_true(v[0].list[i].number == v[1].list[i].number &&
                    v[0].list[i].score == v[1].list[i].score);
    table3_variants_clear(&v[0]);
    table3_variants_clear(&v[1]);
}

/* The figures recorded are those of the predictions. */
static void an_outcome_counts_errors_and_models(void **state)
{
    experiment_context ctx;
    table3_case c;
    table3_outcome o = { .models = 0 };
    uint32_t prediction[TESTS];
    size_t by_error = 0, by_epoch = 0, right = 0;
    (void)state;
    begin(&ctx, &c, 2);
    const rr_network_config network = table3_network(&c, 1);
    const rr_train_config cfg = table3_training(&ctx, 5, RR_ORDER_FILE, 1);
    rr_network *net = new_network(&network);
    CHECK_OK(table3_train(&ctx, &c, &cfg, net, c.train, 3, &o, &err), err);
    assert_int_equal(o.models, 3);
    for (size_t i = 0; i < o.models; i++) {
        assert_int_equal(o.epochs[i], 3 + i);
        by_epoch += o.fixed_at[i];
    }
    for (size_t e = 0; e < c.n; e++)
        by_error += o.fixed[e];
    assert_int_equal(by_error, by_epoch);
    CHECK_OK(rr_network_predict(net, c.test, 1, prediction, NULL, &err), err);
    for (size_t i = 0; i < TESTS; i++)
        right += prediction[i] == rr_dataset_at(c.test, i).label;
    CHECK_NEAR(o.accuracy_at[2], (double)right / TESTS, 1e-12, 0);
    rr_network_free(net);
    table3_outcome_clear(&o);
    table3_case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_fill_the_unit_interval),
        cmocka_unit_test(a_ramp_shows_displacements_within_the_amplitude),
        cmocka_unit_test(deformations_follow_their_seed),
        cmocka_unit_test(shares_fall_into_the_papers_bins),
        cmocka_unit_test(candidates_are_every_turn_with_every_shift),
        cmocka_unit_test(errors_are_misread_by_every_model),
        cmocka_unit_test(models_kept_are_the_models_trained),
        cmocka_unit_test(the_best_candidate_of_a_pair_is_added),
        cmocka_unit_test(random_variants_are_as_wide_as_a_searchs),
        cmocka_unit_test(found_images_are_nearer_than_those_sampled_first),
        cmocka_unit_test(threads_do_not_change_what_is_found),
        cmocka_unit_test(an_outcome_counts_errors_and_models),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
