/* SPDX-License-Identifier: MIT */
/* test_enum.c - string names of the enums: each is parsed back, others are rejected. */
#include "check.h"

#include "rnnrepair/enums.h"

#include <limits.h>
#include <string.h>

typedef struct pair {
    rr_enum kind;
    unsigned value;
    const char *word;
} pair;

/* A few by hand, to detect a name that moves. */
static const pair known[] = { { RR_ENUM_SPLIT, RR_SPLIT_DEV, "dev" },
                              { RR_ENUM_CELL, RR_CELL_RELU, "relu" },
                              { RR_ENUM_OPTIMIZER, RR_OPT_ADAM, "adam" },
                              { RR_ENUM_KEEP, RR_KEEP_BEST, "best" },
                              { RR_ENUM_RULE, RR_RULE_RARE, "rare" },
                              { RR_ENUM_KEY, RR_KEY_STATE_SYMBOL, "state-symbol" },
                              { RR_ENUM_BUILD_PHASE, RR_BUILD_CLUSTER, "cluster" },
                              { RR_ENUM_CURVATURE, RR_CURVATURE_GAUSS_NEWTON, "gauss-newton" },
                              { RR_ENUM_POISON_KIND, RR_POISON_DIRTY, "dirty" } };
#define ONE_MORE(constant, value, what, list) +1
enum { KNOWN = sizeof known / sizeof *known, KINDS = 0 RR_ENUM_LIST(ONE_MORE) };

static void every_word_is_read_back(void **state)
{
    rr_error err = { 0 };
    unsigned value = 7;

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        char words[128];
        size_t count = 0;
        (void)snprintf(words, sizeof words, "%s", rr_enum_words((rr_enum)kind));
        for (char *at = words, *word; (word = strtok_r(at, "|", &at)) != NULL; count++) {
            CHECK_OK(rr_enum_parse((rr_enum)kind, word, &value, &err), err);
            assert_string_equal(rr_enum_name((rr_enum)kind, value), word);
        }
        assert_true(count >= 2);
    }
    for (size_t i = 0; i < KNOWN; i++) {
        assert_string_equal(rr_enum_name(known[i].kind, known[i].value), known[i].word);
        CHECK_OK(rr_enum_parse(known[i].kind, known[i].word, &value, &err), err);
        assert_int_equal(value, known[i].value);
    }
    assert_string_equal(rr_enum_words(RR_ENUM_CELL), "lstm|gru|tanh|relu");
}

static void what_is_no_word_is_refused_with_those_there_are(void **state)
{
    rr_error err = { 0 };
    unsigned value = 7;

    (void)state;
    assert_int_equal(rr_enum_parse(RR_ENUM_ACTION, "burn", &value, &err), RR_ERR_ARG);
    assert_string_equal(err.msg, "unknown action 'burn': expected keep, relabel or drop");
    assert_int_equal(rr_enum_parse(RR_ENUM_CURVATURE, "newton", &value, &err), RR_ERR_ARG);
    assert_string_equal(err.msg, "unknown curvature 'newton': expected hessian or gauss-newton");
    CHECK_FAILS(rr_enum_parse(RR_ENUM_CELL, "LSTM", &value, &err), RR_ERR_ARG, err, "'LSTM'");
    CHECK_FAILS(rr_enum_parse(RR_ENUM_CELL, "", &value, &err), RR_ERR_ARG, err, "''");
    CHECK_FAILS(rr_enum_parse(RR_ENUM_CELL, NULL, &value, &err), RR_ERR_ARG, err, "''");
    assert_int_equal(value, 7);
}

static void what_is_no_value_is_unknown(void **state)
{
    rr_error err = { 0 };
    unsigned value = 7;

    (void)state;
    assert_string_equal(rr_enum_name(RR_ENUM_SPLIT, 3), "unknown");
    assert_string_equal(rr_enum_name(RR_ENUM_SPLIT, UINT_MAX), "unknown");
    assert_string_equal(rr_enum_name(RR_ENUM_RULE, 0), "unknown");
    assert_string_equal(rr_enum_name((rr_enum)KINDS, 0), "unknown");
    assert_string_equal(rr_enum_words((rr_enum)KINDS), "");
    CHECK_FAILS(rr_enum_parse((rr_enum)KINDS, "dev", &value, &err), RR_ERR_ARG, err, "'dev'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_read_back),
        cmocka_unit_test(what_is_no_word_is_refused_with_those_there_are),
        cmocka_unit_test(what_is_no_value_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
