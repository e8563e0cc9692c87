/* SPDX-License-Identifier: MIT */
/* test_locale.c - a program that has set a locale whose decimal point is a comma, or a character of
 * two bytes, gets the same files and messages as one that has set none. */
#include "scratch_folder.h"

#include "rnnrepair/workflow_explain.h"

#include <locale.h>
#include <sys/stat.h>

/* Reviews without a split, and vectors with numbers of every length. */
static void write_data(void)
{
    static const char *const words[] = { "good", "fine", "bad", "dull" };
    FILE *f = fopen(in_scratch("", "reviews.csv"), "w");

    assert_non_null(f);
    fputs("text,label\n", f);
    for (unsigned i = 0; i < 40; i++)
        fprintf(f, "a %s film %u,%s\n", words[i % 4], i % 7, i % 4 < 2 ? "good" : "bad");
    assert_int_equal(fclose(f), 0);
    write_scratch("vectors.txt", "good 0.5 -1e-3\nfine 0.12345678901234567 .25\nbad -3 1.5e0\n");
}

/* Most of what prints or parses numbers, with all files in the folder `name`. */
static void use_library(const char *name)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_predictions p;
    rr_error err = { 0 };

    assert_int_equal(mkdir(in_scratch("", name), 0755), 0);
    assert_int_equal(chdir(in_scratch("", name)), 0);
    cfg.data = "csv:../reviews.csv?holdout=0.25";
    cfg.vectors = "../vectors.txt";
    cfg.network.hidden = 5;
    cfg.train.epochs = 2;
    cfg.train.batch = 8;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.0125;
    cfg.train.dropout_last = 0.25;
    influence.components = 2;
    influence.partition.states = 3;
    CHECK_OK(rr_session_create("run", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    rr_session_close(s);
    CHECK_OK(rr_session_open("run", NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, &(rr_train_options){ .epochs = 3 }, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    CHECK_OK(rr_predictions_save(&p, "predictions.csv", &err), err);
    CHECK_OK(rr_session_save_steps(s, p.ds, "steps.npz", &err), err);
    rr_session_close(s);
    cfg.train.learning_rate = -0.5;
    CHECK_FAILS(rr_session_create("wrong", &cfg, NULL, &s, &err), RR_ERR_ARG, err,
                "learning rate is -0.5:");
    cfg.data = "csv:../reviews.csv?holdout=1.5";
    CHECK_FAILS(rr_session_create("wrong", &cfg, NULL, &s, &err), RR_ERR_ARG, err,
                "holdout=1.5 of csv is not");
    assert_int_equal(chdir(scratch_dir), 0);
}

/* Nothing differs but the seconds that each epoch took. */
static void check_same_files(const char *a, const char *b)
{
    char command[256];

    (void)snprintf(command, sizeof command, "diff -r -a -I second %s %s", a, b);
    assert_int_equal(system(command), 0);
}

/* Whether the locale could be made of its source; it is then in force. */
static bool set_locale(const char *source)
{
    char command[256];

    (void)snprintf(command, sizeof command,
                   "localedef -i %s -f UTF-8 ./%s.UTF-8 >localedef.txt 2>&1", source, source);
    (void)system(command);
    (void)snprintf(command, sizeof command, "%s.UTF-8", source);
    assert_int_equal(setenv("LOCPATH", scratch_dir, 1), 0);
    return setlocale(LC_ALL, command) != NULL;
}

static void numbers_are_the_same_under(const char *locale, const char *half)
{
    char text[16];

    if (!set_locale(locale)) {
        print_message("no locale %s: localedef or its sources are missing (package locales)\n",
                      locale);
        skip();
    }
    (void)snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, half); /* the C library obeys the locale */
    write_data();
    use_library("theirs");
    (void)snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, half); /* it is as it was */
    assert_non_null(setlocale(LC_ALL, "C"));
    use_library("plain");
    check_same_files("plain", "theirs");
}

static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    numbers_are_the_same_under("de_DE", "0,5");
}

static void a_decimal_point_of_two_bytes_changes_nothing(void **state)
{
    (void)state;
    numbers_are_the_same_under("ps_AF", "0\xd9\xab"
                                        "5");
}

static int close_all(void **state)
{
    (void)setlocale(LC_ALL, "C");
    return close_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_decimal_comma_changes_nothing, open_scratch, close_all),
        cmocka_unit_test_setup_teardown(a_decimal_point_of_two_bytes_changes_nothing, open_scratch,
                                        close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
