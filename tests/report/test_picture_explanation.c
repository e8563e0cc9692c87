/* SPDX-License-Identifier: MIT */
/* test_picture_explanation.c - pictures of synthetic explanations: sizes that follow the number of
 * steps, any shape of frames and any class names, and errors. */
#include "make.h"
#include "report/picture_check.h"
#include "scratch_folder.h"

static const char *const path = "explanation_test.png";

/* An explanation of sequence 1 of a dataset, and the dataset; train and test are one. */
typedef struct scene {
    rr_dataset *ds;
    rr_explanation e;
    rr_explain_step steps[200];
    float confidence[12];
    rr_neighbour truth[10], prediction[3];
} scene;

static rr_dataset *frames_of(size_t width, size_t T, size_t classes, const char *const *names,
                             bool image)
{
    static float frames[200 * 100];
    const rr_dataset_shape shape = {
        .width = width, .classes = classes, .class_names = names, .image = image
    };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < 10; i++) {
        const rr_sequence seq = { .frames = frames, .steps = T, .label = (uint32_t)(i % classes) };
        for (size_t k = 0; k < T * width; k++)
            frames[k] = (float)((k * (i + 3)) % 11) / 10.0F;
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static void fill_with(scene *s, size_t width, size_t T, size_t classes, const char *const *names,
                      bool image)
{
    memset(s, 0, sizeof *s);
    s->ds = frames_of(width, T, classes, names, image);
    for (size_t c = 0; c < classes; c++)
        s->confidence[c] = 1.0F / (float)(c + 2);
    for (size_t t = 0; t < T; t++)
        s->steps[t] = (rr_explain_step){ .t = t + 1,
                                         .state = (uint16_t)(t + 1),
                                         .prediction = (uint16_t)(t % 2),
                                         .probability = t == 0 ? -1.0F : 0.5F,
                                         .confidence = s->confidence };
    for (uint32_t i = 0; i < 10; i++)
        s->truth[i] = (rr_neighbour){ .id = i, .score = 0.9F };
    for (uint32_t i = 0; i < 3; i++)
        s->prediction[i] = (rr_neighbour){ .id = 9 - i, .score = 0.8F };
    s->e = (rr_explanation){ .truth = 1 % (uint32_t)classes,
                             .prediction = 0,
                             .classes = classes,
                             .count_steps = T,
                             .steps = s->steps,
                             .count_proponents = 10,
                             .count_for_truth = 10,
                             .for_truth = s->truth,
                             .count_for_prediction = 3,
                             .for_prediction = s->prediction,
                             .count_truth = 5,
                             .count_prediction = 5 };
}

static void fill(scene *s, size_t width, size_t T, size_t classes, const char *const *names)
{
    fill_with(s, width, T, classes, names, true);
}

static seen draw(const scene *s)
{
    rr_error err = { 0 };

    CHECK_OK(rr_picture_explanation(&s->e, s->ds, 1, s->ds, path, &err), err);
    const seen r = look(path);
    assert_int_equal(remove(path), 0);
    return r;
}

static void the_picture_is_drawn_and_grows_with_the_steps(void **state)
{
    scene s;
    int height = 0;

    (void)state;
    for (size_t T = 14; T <= 28; T += 14) {
        fill(&s, 28, T, 10, NULL);
        const seen r = draw(&s);
        assert_int_equal(r.width, 2400);
        assert_true(r.height > height && r.height < 3000);
        assert_true(r.ink > 20000 && r.ink < (size_t)r.width * (size_t)r.height / 2);
        assert_true(r.blue > 5000 && r.orange > 5000);
        height = r.height;
        rr_dataset_free(s.ds);
    }
    fill(&s, 28, 200, 10, NULL); /* more steps than tiles */
    assert_int_equal(draw(&s).height, height);
    rr_dataset_free(s.ds);
}

static void any_shape_and_any_names_are_drawn(void **state)
{
    const char *const names[3] = { "Ankle boot, left, of brown leather", "caf\xC3\xA9",
                                   "broken \xFF\xC3" };
    const struct {
        size_t width, T, classes;
        const char *const *names;
    } cases[] = {
        { 1, 200, 3, names }, { 100, 2, 3, names }, { 12, 29, 2, NULL },
        { 5, 1, 1, NULL },    { 3, 3, 12, NULL },
    };
    scene s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fill(&s, cases[i].width, cases[i].T, cases[i].classes, cases[i].names);
        assert_true(draw(&s).ink > 5000);
        rr_dataset_free(s.ds);
        fill_with(&s, cases[i].width, cases[i].T, cases[i].classes, cases[i].names, false);
        assert_true(draw(&s).ink > 5000);
        rr_dataset_free(s.ds);
    }
}

/* Frames that are no image: a row of curves a channel, as high for any number of steps, and one
 * spectrogram where there are more than 16. */
static void a_series_is_drawn_as_curves(void **state)
{
    scene s;
    seen of[5];
    const size_t shapes[5][2] = { { 1, 20 }, { 6, 20 }, { 6, 200 }, { 16, 20 }, { 17, 20 } };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        fill_with(&s, shapes[i][0], shapes[i][1], 3, NULL, false);
        of[i] = draw(&s);
        assert_int_equal(of[i].width, 2400);
        assert_true(of[i].blue > 2000 && of[i].orange > 2000);
        rr_dataset_free(s.ds);
    }
    assert_true(of[0].height < of[1].height && of[1].height < of[3].height);
    assert_int_equal(of[2].height, of[1].height);
    assert_true(of[4].height < of[3].height);
    fill_with(&s, 6, 20, 3, NULL, false);
    for (size_t t = 0; t < 20; t++)
        s.steps[t].prediction = 1;
    s.e.prediction = 1;
    s.confidence[1] = 0.9F;
    assert_int_equal(draw(&s).orange, 0);
    rr_dataset_free(s.ds);
}

static void frames_of_another_width_are_refused(void **state)
{
    rr_dataset *narrow = frames_of(3, 20, 3, NULL, false);
    rr_error err = { 0 };
    scene s;

    (void)state;
    fill_with(&s, 6, 20, 3, NULL, false);
    CHECK_FAILS(rr_picture_explanation(&s.e, s.ds, 1, narrow, path, &err), RR_ERR_ARG, err,
                "training sequences have 3 values a step, not 6");
    rr_dataset_free(s.ds);
    rr_dataset_free(narrow);
}

static void a_correct_prediction_has_nothing_orange_at_its_end(void **state)
{
    scene s;

    (void)state;
    fill(&s, 28, 28, 10, NULL);
    for (size_t t = 0; t < 28; t++)
        s.steps[t].prediction = 1;
    s.e.prediction = 1;
    const seen r = draw(&s);
    assert_true(r.blue > 5000);
    assert_int_equal(r.orange, 0);
    rr_dataset_free(s.ds);
}

static rr_dataset *symbols(void)
{
    static const uint32_t ids[3] = { 0, 1, 2 };
    const rr_dataset_shape shape = { .vocabulary = 3, .classes = 10 };
    const rr_sequence seq = { .symbols = ids, .steps = 3 };
    rr_dataset_builder *b = new_builder(&shape);

    add_sequence(b, seq);
    return finish_dataset(b);
}

static void wrong_inputs_are_refused(void **state)
{
    rr_dataset *words = symbols();
    rr_error err = { 0 };
    scene s;

    (void)state;
    fill(&s, 28, 28, 10, NULL);
    CHECK_FAILS(rr_picture_explanation(&s.e, words, 0, s.ds, path, &err), RR_ERR_UNSUPPORTED, err,
                "symbols");
    CHECK_FAILS(rr_picture_explanation(&s.e, s.ds, 10, s.ds, path, &err), RR_ERR_ARG, err,
                "no sequence 10");
    s.truth[2].id = 10;
    CHECK_FAILS(rr_picture_explanation(&s.e, s.ds, 1, s.ds, path, &err), RR_ERR_ARG, err,
                "training sequence 10");
    s.truth[2].id = 2;
    s.e.count_steps = 27;
    CHECK_FAILS(rr_picture_explanation(&s.e, s.ds, 1, s.ds, path, &err), RR_ERR_ARG, err,
                "27 steps, but sequence 1 has 28");
    s.e.count_steps = 28;
    assert_int_equal(rr_picture_explanation(&s.e, s.ds, 1, s.ds, "no/such/folder/e.png", &err),
                     RR_ERR_IO);
    assert_non_null(strstr(err.msg, "no/such/folder/e.png"));
    assert_int_equal(rr_picture_explanation(&s.e, s.ds, 1, s.ds, "no/such/folder/e.png", NULL),
                     RR_ERR_IO);
    rr_dataset_free(s.ds);
    rr_dataset_free(words);
}

static void every_failed_allocation_is_clean(void **state)
{
    scene s;

    (void)state;
    fill(&s, 8, 2, 3, NULL);
    for (failing at = { 0 }; next_allocation_fails(&at, 2);) {
        FILE *f = NULL;
        at.st = rr_picture_explanation(&s.e, s.ds, 1, s.ds, path, NULL);
        f = fopen(path, "rb");
        assert_int_equal(at.st == RR_OK, f != NULL);
        if (f != NULL)
            fclose(f);
    }
    assert_int_equal(remove(path), 0);
    rr_dataset_free(s.ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_picture_is_drawn_and_grows_with_the_steps),
        TEST_IN_SCRATCH(any_shape_and_any_names_are_drawn),
        TEST_IN_SCRATCH(a_series_is_drawn_as_curves),
        TEST_IN_SCRATCH(frames_of_another_width_are_refused),
        TEST_IN_SCRATCH(a_correct_prediction_has_nothing_orange_at_its_end),
        TEST_IN_SCRATCH(wrong_inputs_are_refused),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, forget_fonts);
}
