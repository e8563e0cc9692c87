/* SPDX-License-Identifier: MIT */
/* test_decisions.c - files of decisions, and wrong labels drawn for trials. */
#include "data/scratch.h"
#include "make.h"

/* N one-step sequences, labels i % C; names may be NULL. */
static rr_dataset *make_set(size_t N, size_t C, const char *const *names)
{
    const rr_dataset_shape shape = { .width = 1, .classes = C, .class_names = names };
    rr_error err = { 0 };
    const float x = 0.5F;
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++)
        CHECK_OK(
            rr_dataset_builder_add(
                b, (rr_sequence){ .frames = &x, .steps = 1, .label = (uint32_t)(i % C) }, &err),
            err);
    return finish_dataset(b);
}

static void check_decision(const rr_decision *d, uint32_t id, rr_action action, uint32_t label,
                           int64_t truth)
{
    assert_int_equal(d->id, id);
    assert_int_equal(d->action, action);
    assert_int_equal(d->label, label);
    assert_int_equal(d->truth, truth);
}

static rr_decision *load(const char *text, const rr_dataset *ds, size_t *n)
{
    rr_decision *list = NULL;
    rr_error err = { 0 };

    write_scratch("d", text);
    CHECK_OK(rr_decisions_load(in_scratch("", "d"), ds, &list, n, &err), err);
    return list;
}

static void refused(const char *text, const rr_dataset *ds, int64_t line, const char *part)
{
    rr_decision *list = (rr_decision *)(uintptr_t)1;
    size_t n = 0;
    rr_error err = { 0 };

    write_scratch("d", text);
    CHECK_FAILS(rr_decisions_load(in_scratch("", "d"), ds, &list, &n, &err), RR_ERR_FORMAT, err,
                part);
    assert_null(list);
    assert_int_equal(err.where, line);
    assert_non_null(strstr(err.msg, scratch_dir)); /* the file is named */
}

static const char *const names[] = { "good", "bad", "so, so" };

static void tables_are_read_by_rising_id(void **state)
{
    rr_dataset *ds = make_set(50, 3, names);
    size_t n = 0;

    (void)state;
    rr_decision *list = load("note,label,id,action,truth\n"
                             "x,bad,44,,\n"
                             ",\"so, so\",17,relabel,good\n"
                             ",nonsense,3,drop,bad\n"
                             ",nonsense,9,keep,\n"
                             "\"a\nb\",,0,,\n",
                             ds, &n);
    assert_int_equal(n, 5);
    check_decision(&list[0], 0, RR_ACTION_KEEP, 0, -1);
    check_decision(&list[1], 3, RR_ACTION_DROP, 0, 1);
    check_decision(&list[2], 9, RR_ACTION_KEEP, 0, -1);
    check_decision(&list[3], 17, RR_ACTION_RELABEL, 2, 0);
    check_decision(&list[4], 44, RR_ACTION_RELABEL, 1, -1);
    rr_decisions_free(list);
    list = load("id,label\n17,2\n", ds, &n); /* a number, where no class has one for a name */
    check_decision(&list[0], 17, RR_ACTION_RELABEL, 2, -1);
    rr_decisions_free(list);
    list = load("id,action\n", ds, &n);
    assert_int_equal(n, 0);
    assert_non_null(list);
    rr_decisions_free(list);
    rr_dataset_free(ds);
}

static void objects_are_read_the_same(void **state)
{
    rr_dataset *ds = make_set(50, 3, NULL);
    size_t n = 0;

    (void)state;
    rr_decision *list = load("\n  {\"id\": 44, \"label\": 1, \"note\": [1]}\n\n"
                             "{\"id\": \"17\", \"action\": \"relabel\", \"label\": \"2\", "
                             "\"truth\": 0}\r\n"
                             "{\"action\": \"drop\", \"id\": 3, \"label\": null}",
                             ds, &n);
    assert_int_equal(n, 3);
    check_decision(&list[0], 3, RR_ACTION_DROP, 0, -1);
    check_decision(&list[1], 17, RR_ACTION_RELABEL, 2, 0);
    check_decision(&list[2], 44, RR_ACTION_RELABEL, 1, -1);
    rr_decisions_free(list);
    rr_dataset_free(ds);
}

static void a_class_named_by_a_number_is_no_number_of_a_class(void **state)
{
    static const char *const digits[] = { "3", "8" };
    rr_dataset *ds = make_set(4, 2, digits);
    size_t n = 0;

    (void)state;
    rr_decision *list = load("id,label\n0,8\n", ds, &n);
    check_decision(&list[0], 0, RR_ACTION_RELABEL, 1, -1);
    rr_decisions_free(list);
    refused("id,label\n0,1\n", ds, 2, "line 2: the label \"1\" is no class; there are 3, 8");
    rr_dataset_free(ds);
}

static void wrong_rows_are_refused_with_their_line(void **state)
{
    const struct {
        const char *text, *part;
        int64_t line;
    } cases[] = {
        { "", "header", 1 },
        { "number,label\n1,good\n", "id", 1 },
        { "id,note\n1,good\n", "neither a column label nor a column action", 1 },
        { "id,label\n1,good\n,good\n", "line 3: the id \"\" is no number", 3 },
        { "id,label\n-1,good\n", "the id \"-1\" is no number", 2 },
        { "id,label\n1.0,good\n", "the id \"1.0\" is no number", 2 },
        { "id,label\n10,good\n", "there is no sequence 10; there are N = 10", 2 },
        { "id,label\n99999999999999999999,good\n", "no number", 2 },
        { "id,label\n7,good\n1,bad\n7,good\n", "sequence 7 comes twice, first on line 2", 4 },
        { "id,label\n7,ugly\n", "the label \"ugly\" is no class; there are good, bad, so, so", 2 },
        { "id,label\n7,3\n", "\"3\" is no class", 2 },
        { "id,action\n7,erase\n", "unknown action \"erase\"", 2 },
        { "id,action\n7,relabel\n", "there is no label", 2 },
        { "id,label,truth\n7,good,ugly\n", "the truth \"ugly\" is no class", 2 },
        { "id,label\n7\n", "line 2", 2 },
        { "{\"id\": 1.5}\n", "'id' is neither a string nor a whole number", 1 },
        { "{\"id\": 1}\n{\"label\": 1}\n", "line 2: there is no id", 2 },
        { "{\"id\": 1}\n[2]\n", "line 2: there is no JSON object", 2 },
        { "{\"id\": 1, \"label\": [1]}\n", "'label'", 1 },
        { "{\"id\": 1}\n{\"id\": 1, \"action\": \"drop\"}\n", "comes twice, first on line 1", 2 },
    };
    rr_dataset *ds = make_set(10, 3, names);
    rr_decision *list = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].text, ds, cases[i].line, cases[i].part);
    write_scratch("d", "{\"id\": 1}\n{\"id\": 2,\n");
    CHECK_FAILS(rr_decisions_load(in_scratch("", "d"), ds, &list, &n, &err), RR_ERR_FORMAT, err,
                "line 2");
    CHECK_FAILS(rr_decisions_load(in_scratch("", "none"), ds, &list, &n, &err), RR_ERR_IO, err,
                "none");
    rr_dataset_free(ds);
}

static void what_is_written_comes_back(void **state)
{
    const char *const odd[] = { "a,b", "say \"no\"", "two\nlines", "plain" };
    const rr_decision want[] = { { 0, RR_ACTION_RELABEL, 1, 0, 0 },
                                 { 2, RR_ACTION_DROP, 0, -1, 0 },
                                 { 5, RR_ACTION_RELABEL, 2, -1, 0 },
                                 { 9, RR_ACTION_KEEP, 0, 3, 0 } };
    rr_dataset *ds = make_set(10, 4, odd);
    rr_decision *got = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_decisions_save(want, 4, ds, in_scratch("", "d"), &err), err);
    check_content("d", "id,action,label,truth\n0,relabel,\"say \"\"no\"\"\",\"a,b\"\n2,drop,,\n"
                       "5,relabel,\"two\nlines\",\n9,keep,,plain\n");
    CHECK_OK(rr_decisions_load(in_scratch("", "d"), ds, &got, &n, &err), err);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++)
        check_decision(&got[i], want[i].id, want[i].action, want[i].label, want[i].truth);
    rr_decisions_free(got);
    CHECK_OK(rr_decisions_save(&want[1], 2, ds, in_scratch("", "d"), &err), err);
    check_content("d", "id,action,label,given\n2,drop,,\"two\nlines\"\n"
                       "5,relabel,\"two\nlines\",\"say \"\"no\"\"\"\n"); /* no truth */
    CHECK_OK(rr_decisions_load(in_scratch("", "d"), ds, &got, &n, &err), err);
    assert_int_equal(n, 2);
    rr_decisions_free(got);
    rr_dataset_free(ds);
}

static void a_list_for_other_labels_is_refused(void **state)
{
    rr_dataset *ds = make_set(10, 3, names); /* sequence 4 is bad */
    size_t n = 0;
    rr_decision *list = load("id,action,given\n4,drop,bad\n5,drop,\n", ds, &n);

    (void)state;
    assert_int_equal(n, 2);
    rr_decisions_free(list);
    refused("id,action,given\n4,drop,good\n", ds, 2, "sequence 4 is labelled \"bad\" here");
    refused("{\"id\": 4, \"label\": 0, \"given\": \"so, so\"}\n", ds, 1, "another training set");
    rr_dataset_free(ds);
}

static void a_pipe_is_refused(void **state)
{
    rr_dataset *ds = make_set(4, 2, names);
    rr_decision *list = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_decisions_load("/dev/null", ds, &list, &n, &err), RR_ERR_IO, err,
                "is a device: it is read twice");
    rr_dataset_free(ds);
}

static void what_could_not_be_read_back_is_not_written(void **state)
{
    static const char *const twins[] = { "same", "same", "" };
    static const char *const numbers[] = { "1", "1" };
    rr_decision d = { 0, RR_ACTION_RELABEL, 1, -1, 0 };
    rr_dataset *ds = make_set(3, 3, twins);
    rr_dataset *numbered = make_set(3, 2, numbers);
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_decisions_save(&d, 1, ds, in_scratch("", "d"), &err), err);
    check_content(
        "d", "id,action,label,given\n0,relabel,1,same\n"); /* the number tells the second "same" */
    CHECK_FAILS(rr_decisions_save(&d, 1, numbered, in_scratch("", "d"), &err), RR_ERR_ARG, err,
                "cannot be told from others");
    check_content("d", "id,action,label,given\n0,relabel,1,same\n"); /* as it was */
    d.label = 3;
    CHECK_FAILS(rr_decisions_save(&d, 1, ds, in_scratch("", "d"), &err), RR_ERR_ARG, err,
                "names class 3");
    d.label = 0;
    d.truth = 4;
    CHECK_FAILS(rr_decisions_save(&d, 1, ds, in_scratch("", "d"), &err), RR_ERR_ARG, err,
                "names class 4");
    d.id = 3;
    CHECK_FAILS(rr_decisions_save(&d, 1, ds, in_scratch("", "d"), &err), RR_ERR_ARG, err,
                "about sequence 3");
    rr_dataset_free(numbered);
    rr_dataset_free(ds);
}

/* ---- flips ---------------------------------------------------------------------------------- */

static rr_decision *flip(const rr_label_noise_config *cfg, const rr_dataset *ds, size_t want)
{
    rr_decision *list = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    CHECK_OK(rr_label_noise(cfg, ds, &list, &n, &err), err);
    assert_int_equal(n, want);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].action, RR_ACTION_RELABEL);
        assert_int_equal(list[i].truth, rr_dataset_at(ds, list[i].id).label);
        assert_true((int64_t)list[i].label != list[i].truth);
        assert_true(list[i].label < rr_dataset_classes(ds));
        assert_true(i == 0 || list[i].id > list[i - 1].id);
    }
    return list;
}

static void flips_are_wrong_even_and_seeded(void **state)
{
    enum { C = 4, MANY = 6000 };
    rr_dataset *ds = make_set(MANY, C, NULL);
    rr_label_noise_config cfg = rr_label_noise_config_default();
    size_t pair[C][C] = { { 0 } };

    (void)state;
    rr_decision *few = flip(&cfg, ds, MANY / 20);
    cfg.fraction = 1.0;
    rr_decision *all = flip(&cfg, ds, MANY);
    for (size_t i = 0; i < MANY; i++)
        pair[all[i].truth][all[i].label]++;
    for (size_t a = 0; a < C; a++)
        for (size_t b = 0; b < C; b++) /* 500 expected, deviation 18 */
            assert_in_range(pair[a][b], a == b ? 0 : 410, a == b ? 0 : 590);
    for (size_t i = 0; i < MANY / 20; i++) /* whatever the fraction */
        assert_int_equal(few[i].label, all[few[i].id].label);
    cfg.fraction = 0.05;
    rr_decision *again = flip(&cfg, ds, MANY / 20);
    assert_memory_equal(again, few, MANY / 20 * sizeof *few);
    cfg.seed = 2;
    rr_decision *other = flip(&cfg, ds, MANY / 20);
    assert_memory_not_equal(other, few, MANY / 20 * sizeof *few);
    rr_decisions_free(few);
    rr_decisions_free(all);
    rr_decisions_free(again);
    rr_decisions_free(other);
    rr_dataset_free(ds);
}

static void classes_can_be_named(void **state)
{
    rr_dataset *ds = make_set(90, 3, NULL);
    rr_label_noise_config cfg = { .struct_size = sizeof(rr_label_noise_config),
                                  .fraction = 0.5,
                                  .from = 1,
                                  .to = -1,
                                  .seed = 7 };

    (void)state;
    rr_decision *list = flip(&cfg, ds, 15);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(list[i].truth, 1);
    rr_decisions_free(list);
    cfg.from = -1;
    cfg.to = 2;
    list = flip(&cfg, ds, 30); /* of the 60 that are not of class 2 */
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(list[i].label, 2);
    rr_decisions_free(list);
    cfg.from = 0;
    cfg.fraction = 1.0;
    list = flip(&cfg, ds, 30);
    for (size_t i = 0; i < 30; i++)
        check_decision(&list[i], (uint32_t)(3 * i), RR_ACTION_RELABEL, 2, 0);
    rr_decisions_free(list);
    rr_dataset_free(ds);
}

static void impossible_flips_are_refused(void **state)
{
    const struct {
        rr_label_noise_config cfg;
        const char *part;
    } cases[] = {
        { { sizeof(rr_label_noise_config), 0.0, -1, -1, 1, 0 }, "fraction" },
        { { sizeof(rr_label_noise_config), 1.5, -1, -1, 1, 0 }, "fraction" },
        { { sizeof(rr_label_noise_config), (double)NAN, -1, -1, 1, 0 }, "fraction" },
        { { sizeof(rr_label_noise_config), 0.5, 3, -1, 1, 0 }, "from is 3" },
        { { sizeof(rr_label_noise_config), 0.5, -1, 3, 1, 0 }, "to is 3" },
        { { sizeof(rr_label_noise_config), 0.5, -2, 0, 1, 0 }, "from is -2" },
        { { sizeof(rr_label_noise_config), 0.5, 1, 1, 1, 0 }, "to itself" },
        { { sizeof(rr_label_noise_config), 0.01, -1, -1, 1, 0 }, "nothing to flip" },
    };
    rr_dataset *ds = make_set(9, 3, NULL);
    rr_dataset *alone = make_set(9, 1, NULL);
    rr_decision *list = NULL;
    const rr_label_noise_config good = rr_label_noise_config_default();
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_FAILS(rr_label_noise(&cases[i].cfg, ds, &list, &n, &err), RR_ERR_ARG, err,
                    cases[i].part);
        assert_null(list);
    }
    CHECK_FAILS(rr_label_noise(&good, alone, &list, &n, &err), RR_ERR_ARG, err, "one class alone");
    rr_dataset_free(alone);
    rr_dataset_free(ds);
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* Sequences of 3, 2 and 3 steps; the last step of the first has no label. */
static rr_dataset *make_steps(void)
{
    static const uint32_t labels[] = { 0, 1, RR_NO_LABEL, 2, 2, 0, 0, 1 };
    static const size_t lengths[] = { 3, 2, 3 };
    static const float x[3] = { 0.5F, 0.5F, 0.5F };
    const rr_dataset_shape shape = {
        .width = 1, .classes = 3, .class_names = names, .step_labelled = 1
    };
    rr_dataset_builder *b = new_builder(&shape);
    rr_error err = { 0 };
    size_t row = 0;

    for (size_t i = 0; i < 3; row += lengths[i++])
        CHECK_OK(rr_dataset_builder_add(b,
                                        (rr_sequence){ .frames = x,
                                                       .steps = lengths[i],
                                                       .label = 1,
                                                       .step_labels = labels + row },
                                        &err),
                 err);
    return finish_dataset(b);
}

static void rows_about_steps_become_edits_of_steps(void **state)
{
    rr_dataset *ds = make_steps();
    rr_dataset *edited = NULL;
    rr_edits *edits = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    rr_decision *list = load("id,step,label,given\n2,3,good,bad\n0,,bad,\n0,3,bad,\n0,1,good,good\n"
                             "2,1,\"so, so\",good\n",
                             ds, &n);
    assert_int_equal(n, 5);
    check_decision(&list[0], 0, RR_ACTION_RELABEL, 1, -1);
    assert_int_equal(list[0].step, 0);
    assert_int_equal(list[1].step, 1);
    CHECK_OK(rr_decisions_edits(list, n, ds, &edits, &err), err);
    assert_int_equal(edits->count_relabelled, 0); /* as it is labelled already */
    assert_int_equal(edits->count_steps, 3);      /* step 1 of sequence 0 has that label */
    CHECK_OK(rr_edits_apply(edits, ds, &edited, &err), err);
    const uint32_t first[] = { 0, 1, 1 };
    const uint32_t last[] = { 2, 0, 0 };
    assert_memory_equal(rr_dataset_at(edited, 0).step_labels, first, sizeof first);
    assert_memory_equal(rr_dataset_at(edited, 2).step_labels, last, sizeof last);
    rr_edits_free(edits);
    rr_decisions_free(list);
    rr_dataset_free(edited);
    rr_dataset_free(ds);
}

static void wrong_rows_about_steps_are_refused(void **state)
{
    rr_dataset *ds = make_steps();
    rr_dataset *plain = make_set(5, 3, names);

    (void)state;
    refused("id,step,label\n0,4,good\n", ds, 2, "no step 4 of sequence 0, which has T = 3");
    refused("id,step,label\n0,x,good\n", ds, 2, "no number of a step");
    refused("id,step,action\n0,1,drop\n", ds, 2, "cannot be dropped");
    refused("id,step,label\n1,2,good\n0,1,bad\n1,2,bad\n", ds, 4,
            "step 2 of sequence 1 comes twice, first on line 2");
    refused("id,step,label,given\n1,1,good,bad\n", ds, 2,
            "step 1 of sequence 1 is labelled \"so, so\" here, not \"bad\"");
    refused("id,step,label\n1,1,good\n", plain, 2, "the steps of the training set have no labels");
    rr_dataset_free(plain);
    rr_dataset_free(ds);
}

static void decisions_about_steps_come_back(void **state)
{
    const rr_decision want[] = { { 0, RR_ACTION_RELABEL, 0, -1, 2 },
                                 { 0, RR_ACTION_RELABEL, 1, -1, 3 },
                                 { 1, RR_ACTION_DROP, 0, -1, 0 },
                                 { 2, RR_ACTION_KEEP, 0, -1, 3 } };
    rr_dataset *ds = make_steps();
    rr_decision *got = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_decisions_save(want, 4, ds, in_scratch("", "d"), &err), err);
    check_content("d", "id,step,action,label,given\n0,2,relabel,good,bad\n0,3,relabel,bad,\n"
                       "1,,drop,,bad\n2,3,keep,,bad\n");
    CHECK_OK(rr_decisions_load(in_scratch("", "d"), ds, &got, &n, &err), err);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        check_decision(&got[i], want[i].id, want[i].action, want[i].label, -1);
        assert_int_equal(got[i].step, want[i].step);
    }
    const rr_decision beyond = { 1, RR_ACTION_RELABEL, 0, -1, 3 };
    CHECK_FAILS(rr_decisions_save(&beyond, 1, ds, in_scratch("", "d"), &err), RR_ERR_ARG, err,
                "step 3 of sequence 1");
    rr_decisions_free(got);
    rr_dataset_free(ds);
}

static void labels_of_steps_are_flipped(void **state)
{
    rr_label_noise_config cfg = rr_label_noise_config_default();
    rr_dataset *ds = make_steps();
    rr_dataset *plain = make_set(5, 3, names);
    rr_decision *list = NULL;
    rr_decision *half = NULL;
    size_t n = 0;
    size_t m = 0;
    size_t same = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.steps = 1;
    cfg.fraction = 1.0;
    CHECK_OK(rr_label_noise(&cfg, ds, &list, &n, &err), err);
    assert_int_equal(n, 7); /* one step has no label */
    for (size_t i = 0; i < n; i++) {
        const rr_sequence s = rr_dataset_at(ds, list[i].id);
        assert_int_equal(list[i].truth, s.step_labels[list[i].step - 1]);
        assert_true(list[i].label != s.step_labels[list[i].step - 1] && list[i].label < 3);
    }
    cfg.fraction = 0.5;
    CHECK_OK(rr_label_noise(&cfg, ds, &half, &m, &err), err);
    for (size_t k = 0; k < m; k++)
        for (size_t i = 0; i < n; i++)
            same += half[k].id == list[i].id && half[k].step == list[i].step &&
                    half[k].label == list[i].label;
    assert_int_equal(m, 4);
    assert_int_equal(same, m);
    rr_decisions_free(list);
    list = NULL;
    CHECK_FAILS(rr_label_noise(&cfg, plain, &list, &n, &err), RR_ERR_ARG, err,
                "have no labels of their own");
    rr_decisions_free(half);
    rr_dataset_free(plain);
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_label_noise_config cfg = { .struct_size = sizeof(rr_label_noise_config),
                                        .fraction = 1.0,
                                        .from = -1,
                                        .to = -1,
                                        .seed = 1 };
    rr_dataset *ds = make_set(100, 3, names);

    (void)state;
    for (int what = 0; what < 3; what++) {
        for (failing at = { 0 }; next_allocation_fails(&at, 0);) {
            rr_decision *list = NULL;
            rr_decision d = { .id = 1, .action = RR_ACTION_DROP, .truth = -1 };
            size_t n = 0;
            at.st = what == 0   ? rr_label_noise(&cfg, ds, &list, &n, NULL)
                    : what == 1 ? rr_decisions_save(&d, 1, ds, in_scratch("", "d"), NULL)
                                : rr_decisions_load(in_scratch("", "d"), ds, &list, &n, NULL);
            assert_true(what == 1 || (at.st == RR_OK) == (list != NULL));
            rr_decisions_free(list);
        }
    }
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_read_by_rising_id),
        cmocka_unit_test(objects_are_read_the_same),
        cmocka_unit_test(a_class_named_by_a_number_is_no_number_of_a_class),
        cmocka_unit_test(wrong_rows_are_refused_with_their_line),
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(a_list_for_other_labels_is_refused),
        cmocka_unit_test(a_pipe_is_refused),
        cmocka_unit_test(what_could_not_be_read_back_is_not_written),
        cmocka_unit_test(flips_are_wrong_even_and_seeded),
        cmocka_unit_test(classes_can_be_named),
        cmocka_unit_test(impossible_flips_are_refused),
        cmocka_unit_test(rows_about_steps_become_edits_of_steps),
        cmocka_unit_test(wrong_rows_about_steps_are_refused),
        cmocka_unit_test(decisions_about_steps_come_back),
        cmocka_unit_test(labels_of_steps_are_flipped),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
