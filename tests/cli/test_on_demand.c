/* SPDX-License-Identifier: MIT */
/* test_on_demand.c - libraries that are loaded when they are needed, and those that are missing. */
#include "check.h"
#include "kit/on_demand.h"

#include <string.h>

typedef struct table {
    size_t (*length)(const char *);
    int (*compare)(const char *, const char *);
} table;

static const char c_library[] = "libc.so.6";

static void functions_are_found_in_their_order(void **unused)
{
    const char *const names[] = { "strlen", "strcmp" };
    table t = { NULL, NULL };

    (void)unused;
    assert_int_equal(cli_load_functions(c_library, "a test", names, 2, &t, NULL), RR_OK);
    assert_int_equal(t.length("four"), 4);
    assert_true(t.compare("a", "b") < 0);
}

static void a_missing_library_is_named(void **unused)
{
    const char *const names[] = { "strlen", "strcmp" };
    table t = { NULL, NULL };
    rr_error err = { RR_OK, -1, "" };

    (void)unused;
    assert_int_equal(cli_load_functions("libnowhere.so.7", "a test", names, 2, &t, &err),
                     RR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "a test needs libnowhere.so.7, which cannot be loaded: "));
    assert_true(t.length == NULL && t.compare == NULL);
}

static void a_missing_function_is_named(void **unused)
{
    const char *const names[] = { "strlen", "no_such_function" };
    table t = { NULL, NULL };
    rr_error err = { RR_OK, -1, "" };

    (void)unused;
    assert_int_equal(cli_load_functions(c_library, "a test", names, 2, &t, &err),
                     RR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "no_such_function"));
    assert_true(t.length == NULL && t.compare == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found_in_their_order),
        cmocka_unit_test(a_missing_library_is_named),
        cmocka_unit_test(a_missing_function_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
