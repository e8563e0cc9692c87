/* SPDX-License-Identifier: MIT */
/* Settings of programs built against another version: what is taken, and what is refused. */
#include "make.h"

/* As this version has it, as an earlier one had, and as a later one will. */
typedef struct settings {
    size_t struct_size;
    int first, second;
    double third;
} settings;
typedef struct earlier {
    size_t struct_size;
    int first, second;
} earlier;
typedef struct later {
    settings known;
    double fourth;
} later;

static const settings defaults = { sizeof(settings), 1, 2, 3.0 };

static void all_of_the_same_version_are_taken(void **state)
{
    const settings given = { sizeof given, 7, 8, 9.0 };
    settings own = defaults;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_config_take(&own, sizeof own, &given, "settings", &err), err);
    assert_memory_equal(&own, &given, sizeof own);
    CHECK_OK(rri_config_same(&given, sizeof given, "settings", &err), err);
}

static void what_an_earlier_version_lacked_keeps_its_default(void **state)
{
    const earlier given = { sizeof given, 7, 8 };
    settings own = defaults;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_config_take(&own, sizeof own, &given, "settings", &err), err);
    assert_int_equal(own.struct_size, sizeof own);
    assert_int_equal(own.second, 8);
    assert_true(own.third == 3.0);
    CHECK_FAILS(rri_config_same(&given, sizeof own, "settings.inner", &err), RR_ERR_ARG, err,
                "settings.inner: 16 bytes, but 24");
}

static void a_later_versions_setting_must_not_be_used(void **state)
{
    later given = { .known = { sizeof given, 7, 8, 9.0 } };
    settings own = defaults;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_config_take(&own, sizeof own, &given, "settings", &err), err);
    assert_int_equal(own.struct_size, sizeof own);
    assert_int_equal(own.first, 7);
    given.fourth = 1.0;
    own = defaults;
    CHECK_FAILS(rri_config_take(&own, sizeof own, &given, "settings", &err), RR_ERR_ARG, err,
                "built against a later version");
    assert_int_equal(own.first, 1);
}

static void settings_without_a_size_are_refused(void **state)
{
    rr_train_config train = rr_train_config_default();
    rr_network_config shape = { .cell = RR_CELL_GRU, .width = 2, .hidden = 2, .layers = 1 };
    rr_network *net = NULL;
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    shape.classes = 2;
    CHECK_FAILS(rr_network_new(&shape, &net, &err), RR_ERR_ARG, err,
                "struct_size is 0: begin with rr_network_config_default()");
    shape.struct_size = sizeof shape;
    net = new_network(&shape);
    train.struct_size = 0;
    CHECK_FAILS(rr_trainer_new(&train, net, NULL, &t, &err), RR_ERR_ARG, err, "rr_train_config");
    assert_null(t);
    rr_network_free(net);
}

static void a_size_that_was_never_set_is_refused(void **state)
{
    const settings given = { .struct_size = SIZE_MAX / 2 };
    settings own = defaults;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rri_config_take(&own, sizeof own, &given, "settings", &err), RR_ERR_ARG, err,
                "begin with settings_default()");
    assert_memory_equal(&own, &defaults, sizeof own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_the_same_version_are_taken),
        cmocka_unit_test(what_an_earlier_version_lacked_keeps_its_default),
        cmocka_unit_test(a_later_versions_setting_must_not_be_used),
        cmocka_unit_test(settings_without_a_size_are_refused),
        cmocka_unit_test(a_size_that_was_never_set_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
