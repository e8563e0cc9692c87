/* SPDX-License-Identifier: MIT */
/* Labels as classes: which are one, how they are called and ordered, and what is said of it. */
#include "data/labels.h"

#include "check.h"

enum { MOST = 16 };

/* The labels of lines 1, 2, ... as classes in order: "a b c | 0 2 1", each label's place behind. */
static const char *told(rri_labels *l, const char *const *labels, size_t n, rri_notes *notes)
{
    static char text[512];
    uint32_t number[MOST];
    uint32_t place[MOST];
    const char *name[MOST];
    rr_error err = { .msg = "" };
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        CHECK_OK(rri_labels_find(l, "t.csv", i + 1, labels[i], strlen(labels[i]), &number[i], &err),
                 err);
    CHECK_OK(rri_labels_order(l, name, place, notes, &err), err);
    for (size_t c = 0; c < l->plain.count; c++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s ", name[c]);
    used += (size_t)snprintf(text + used, sizeof text - used, "|");
    for (size_t i = 0; i < n; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, " %u", (unsigned)place[number[i]]);
    return text;
}

/* `note` is the only one, NULL for none. */
static void check(const char *const *labels, size_t n, const char *want, const char *note)
{
    rri_labels l = { .room = 0 };
    rri_notes notes = { .count = 0 };

    assert_string_equal(told(&l, labels, n, &notes), want);
    assert_int_equal(notes.count, note != NULL);
    if (note != NULL)
        assert_string_equal(notes.text[0], note);
    rri_labels_clear(&l);
    rri_notes_clear(&notes);
}

#define CHECK(want, note, ...)                                                                     \
    check((const char *const[]){ __VA_ARGS__ },                                                    \
          sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), want, note)

static void one_class_may_be_written_in_several_ways(void **state)
{
    (void)state;
    CHECK("0 1 | 1 0 1", "t.csv, line 3: labels \"1\" and \"1.0\" are one class, \"1\"", "1", "0",
          "1.0");
    CHECK("0 1 | 1 0 1", "t.csv, line 3: labels \"1.00\" and \"1\" are one class, \"1\"", "1.00",
          "0", "1");
    CHECK("neg pos | 1 1 0", "t.csv, line 2: labels \"pos\" and \" pos\t\" are one class, \"pos\"",
          "pos", " pos\t", "neg");
    CHECK("neg pos | 1 1 0", "t.csv, line 2: labels \" pos\" and \"pos\" are one class, \"pos\"",
          " pos", "pos", "neg");
    CHECK("false true | 1 1 1 0 0",
          "t.csv, line 2: labels \"True\" and \"true\" are one class, \"true\"; others likewise",
          "True", "true", "TRUE", "False", "FALSE");
}

static void a_class_is_called_as_its_only_spelling(void **state)
{
    (void)state;
    CHECK("0.0 1.0 | 1 0 1", NULL, "1.0", "0.0", "1.0");
    CHECK("False True | 1 0", NULL, "True", "False");
    CHECK("neg pos | 1 0", NULL, " pos", " neg"); /* but for blanks around it */
    CHECK("-2.0 -1 10 | 1 0 2", NULL, "-1", "-2.0", "10");
    CHECK("01 1 1.05 1e0 x x.0 | 1 2 3 0 5 4", NULL, "1", "1.05", "1e0", "01", "x.0", "x");
}

static void case_is_kept_and_remarked_on(void **state)
{
    (void)state;
    CHECK("Pos neg pos | 0 2 1",
          "labels \"Pos\" and \"pos\" differ in case only; they are two "
          "classes",
          "Pos", "pos", "neg");
}

static void given_classes_keep_names_and_order(void **state)
{
    const char *const labels[] = { "0.0", "1" };
    rri_labels l = { .room = 0 };
    rri_notes notes = { .count = 0 };
    uint32_t number = 0;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_labels_name(&l, "1.0|0", '|', &err), err);
    assert_string_equal(told(&l, labels, 2, &notes), "1.0 0 | 1 0");
    assert_string_equal(notes.text[0],
                        "t.csv, line 1: labels \"0\" and \"0.0\" are one class, \"0\"; others "
                        "likewise");
    CHECK_FAILS(rri_labels_find(&l, "t.csv", 7, "2", 1, &number, &err), RR_ERR_FORMAT, err,
                "t.csv, line 7: label \"2\" is none of the 2 classes: 1.0, 0");
    rri_labels_clear(&l);
    rri_notes_clear(&notes);
    CHECK_FAILS(rri_labels_name(&l, "a|b|a", '|', &err), RR_ERR_ARG, err, "names \"a\" twice");
    rri_labels_clear(&l);
    CHECK_FAILS(rri_labels_name(&l, "1|1.0", '|', &err), RR_ERR_ARG, err, "names \"1.0\" twice");
    rri_labels_clear(&l);
    CHECK_FAILS(rri_labels_name(&l, "a| ", '|', &err), RR_ERR_ARG, err, "an empty name");
    rri_labels_clear(&l);
}

static void no_memory_is_survived(void **state)
{
    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 8);) {
        rri_labels l = { .room = 0 };
        uint32_t number = 0;
        uint32_t place[2];
        const char *name[2];
        at.st = rri_labels_find(&l, "t.csv", 1, "a", 1, &number, NULL);
        if (at.st == RR_OK)
            at.st = rri_labels_find(&l, "t.csv", 2, "a ", 2, &number, NULL);
        if (at.st == RR_OK)
            at.st = rri_labels_order(&l, name, place, NULL, NULL);
        rri_labels_clear(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_class_may_be_written_in_several_ways),
        cmocka_unit_test(a_class_is_called_as_its_only_spelling),
        cmocka_unit_test(case_is_kept_and_remarked_on),
        cmocka_unit_test(given_classes_keep_names_and_order),
        cmocka_unit_test(no_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
