/* SPDX-License-Identifier: MIT */
/* test_json.c - reading, writing, members and field tables of JSON files. */
#include "io/json.h"
#include "scratch.h"

static json_t *parsed(const char *text)
{
    json_t *value = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_json_parse(text, "text", &value, &err), err);
    return value;
}

static rr_status write_it(const char *path, rr_error *err)
{
    json_t *value = json_pack("{s:s, s:[i,i], s:f}", "name", "x", "list", 1, 2, "third", 1.0 / 3);
    const rr_status st = rri_json_write(path, value, err);

    json_decref(value);
    return st;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    json_t *value = NULL;
    double third = 0;
    const char *name = NULL;
    rr_error err = { 0 };

    CHECK_OK(write_it("a.json", &err), err);
    CHECK_OK(rri_json_read("a.json", &value, &err), err);
    CHECK_OK(rri_json_f64(value, "a.json", "third", &third, &err), err);
    assert_true(third == 1.0 / 3); /* all bits */
    CHECK_OK(rri_json_string(value, "a.json", "name", &name, &err), err);
    assert_string_equal(name, "x");
    json_decref(value);
}

static void compact_text_of_any_length_comes_back(void **state)
{
    (void)state;
    json_t *list = json_array();
    char *text = NULL;
    rr_error err = { 0 };

    for (int i = 0; i < 2000; i++)
        assert_int_equal(json_array_append_new(list, json_integer(i)), 0);
    CHECK_OK(rri_json_text(list, &text, &err), err);
    json_t *again = parsed(text);
    assert_true(json_equal(list, again));
    assert_null(strchr(text, ' '));
    rri_free(text);
    json_decref(again);
    json_decref(list);
}

static void errors_have_line_and_column(void **state)
{
    (void)state;
    json_t *value = NULL;
    rr_error err = { 0 };

    CHECK_FAILS(rri_json_parse("{\"a\": 1,\n \"b\": }", "run.json", &value, &err), RR_ERR_FORMAT,
                err, "run.json is not JSON at line 2");
    assert_null(value);
    CHECK_FAILS(rri_json_parse("{\"a\": 1, \"a\": 2}", "run.json", &value, &err), RR_ERR_FORMAT,
                err, "duplicate");
    CHECK_FAILS(rri_json_parse("{} x", "run.json", &value, &err), RR_ERR_FORMAT, err, "line 1");
    CHECK_FAILS(rri_json_parse("", "run.json", &value, &err), RR_ERR_FORMAT, err, "run.json");
    CHECK_FAILS(rri_json_read("none.json", &value, &err), RR_ERR_IO, err, "none.json");
    put_file("nul.json", "{}\0", 3);
    CHECK_FAILS(rri_json_read("nul.json", &value, &err), RR_ERR_FORMAT, err, "nul.json");
    assert_null(value);
}

static void members_must_be_there_and_fit(void **state)
{
    (void)state;
    json_t *o = parsed("{\"n\": 3, \"m\": -1, \"t\": \"x\", \"f\": 0.5, \"l\": [], "
                       "\"u\": \"18446744073709551615\", \"v\": \"18446744073709551616\"}");
    const char *text = NULL;
    size_t n = 0;
    uint64_t u = 0;
    double f = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_json_size(o, "r", "n", &n, &err), err);
    assert_int_equal(n, 3);
    CHECK_OK(rri_json_u64(o, "r", "u", &u, &err), err);
    assert_true(u == UINT64_MAX);
    CHECK_OK(rri_json_f64(o, "r", "n", &f, &err), err);
    assert_true(f == 3.0);
    CHECK_FAILS(rri_json_size(o, "r", "m", &n, &err), RR_ERR_FORMAT, err, "\"m\" is -1");
    CHECK_FAILS(rri_json_u64(o, "r", "v", &u, &err), RR_ERR_FORMAT, err, "\"v\" is a string");
    CHECK_FAILS(rri_json_size(o, "r", "f", &n, &err), RR_ERR_FORMAT, err, "real number");
    CHECK_FAILS(rri_json_string(o, "r", "n", &text, &err), RR_ERR_FORMAT, err, "\"n\" is 3");
    CHECK_FAILS(rri_json_string(o, "r", "q", &text, &err), RR_ERR_FORMAT, err,
                "r: member \"q\" (a string) is missing");
    CHECK_FAILS(rri_json_f64(o, "r", "l", &f, &err), RR_ERR_FORMAT, err, "an array");
    CHECK_FAILS(rri_json_f64(NULL, "r", "l", &f, &err), RR_ERR_FORMAT, err, "missing");
    assert_int_equal(n, 3);
    assert_null(text);
    json_decref(o);
}

static void large_unsigned_values_survive(void **state)
{
    (void)state;
    static const uint64_t values[] = { 0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
    json_t *o = json_object();
    rr_error err = { 0 };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint64_t back = 7;
        CHECK_OK(rri_json_set(o, "seed", rri_json_from_u64(values[i]), &err), err);
        CHECK_OK(rri_json_u64(o, "r", "seed", &back, &err), err);
        assert_true(back == values[i]);
    }
    CHECK_FAILS(rri_json_set(o, "seed", NULL, &err), RR_ERR_NOMEM, err, "seed");
    json_decref(o);
}

static void utf8_is_distinguished_from_other_bytes(void **state)
{
    (void)state;
    static const char *const good[] = { "",
                                        "plain",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf" };
    static const char *const bad[] = { "\x80",
                                       "\xc2",
                                       "\xc1\xbf",
                                       "\xe0\x9f\xbf",
                                       "\xed\xa0\x80",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf8\x88\x80\x80\x80",
                                       "a\xff",
                                       "\xe2\x82" };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(rri_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(rri_is_utf8(bad[i]));
    /* jansson must agree. */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(json_string(bad[i]));
}

static void a_kill_at_any_step_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    survives_every_kill(write_it, 4);
}

static void every_failed_allocation_of_ours_is_clean(void **state)
{
    (void)state;
    survives_every_failed_allocation(write_it, 4);
}

/* ---- allocations inside jansson ------------------------------------------------------------- */

static long jansson_left = -1;

static void *failing_malloc(size_t n)
{
    if (jansson_left >= 0 && jansson_left-- == 0)
        return NULL;
    return malloc(n);
}

static void every_failed_allocation_of_jansson_is_clean(void **state)
{
    (void)state;
    rr_status st = RR_ERR_NOMEM;
    json_t *value = NULL;
    long out_of_memory = 0;
    long n = 0;

    /* Where jansson reports a failed allocation as a syntax error, so does the library: see
     * json.c. */
    json_set_alloc_funcs(failing_malloc, free);
    for (; st != RR_OK && n < 1000; n++) {
        jansson_left = n;
        st = rri_json_parse("{\"a\": [1, 2, {\"b\": \"text\"}], \"c\": 1.5, \"d\": null}", "text",
                            &value, NULL);
        jansson_left = -1;
        assert_true((st == RR_OK) == (value != NULL));
        assert_true(st == RR_OK || st == RR_ERR_NOMEM || st == RR_ERR_FORMAT);
        out_of_memory += st == RR_ERR_NOMEM;
    }
    json_decref(value);
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(st, RR_OK);
    assert_true(n > 10 && out_of_memory > n / 2);
}

/* ---- fields --------------------------------------------------------------------------------- */

typedef struct fielded {
    size_t size, extra;
    uint64_t large;
    double real, measured;
    int flag;
    rr_cell cell;
    const char *text, *none, *given, *with;
    char hash[65];
} fielded;

#define FIELD(kind, presence, member)                                                              \
    {                                                                                              \
#member, offsetof(fielded, member), RRI_JSON_##kind, RRI_JSON_##presence, RR_ENUM_CELL     \
    }

static const rri_json_field table[] = {
    FIELD(SIZE, ALWAYS, size),   FIELD(SIZE, NONZERO, extra),
    FIELD(U64, ALWAYS, large),   FIELD(F64, SINCE, real),
    FIELD(F64, TOGETHER, real),  FIELD(F64_OR_NULL, ALWAYS, measured),
    FIELD(FLAG, NONZERO, flag),  FIELD(ENUM, ALWAYS, cell),
    FIELD(TEXT, ALWAYS, text),   FIELD(TEXT_OR_NULL, ALWAYS, none),
    FIELD(TEXT, NONZERO, given), FIELD(TEXT, TOGETHER, with),
    FIELD(HASH, NONZERO, hash),
};
static const rri_json_fields fields = RRI_JSON_FIELDS(table);

static void a_struct_is_described_by_its_fields(void **state)
{
    (void)state;
    static const char text[] =
        "{\"size\":3,\"large\":\"18446744073709551615\",\"real\":0.5,\"measured\":null,"
        "\"cell\":\"gru\",\"text\":\"t\",\"none\":null}";
    const fielded few = { .size = 3,
                          .large = UINT64_MAX,
                          .real = 0.5,
                          .measured = -1.0,
                          .cell = RR_CELL_GRU,
                          .text = "t" };
    fielded all = few;
    fielded got = { .real = 7.0 };
    rr_error err = { 0 };
    char *out = NULL;
    json_t *o = json_object();

    CHECK_OK(rri_json_put_fields(o, &fields, &few, &err), err);
    CHECK_OK(rri_json_text(o, &out, &err), err);
    assert_string_equal(out, text);
    CHECK_OK(rri_json_get_fields(o, "text", "", &fields, &got, &err), err);
    assert_true(got.large == UINT64_MAX && got.measured < 0.0 && got.cell == RR_CELL_GRU);
    assert_null(got.none);
    assert_int_equal(json_object_del(o, "real"), 0);
    got.real = 7.0;
    CHECK_OK(rri_json_get_fields(o, "text", "", &fields, &got, &err), err);
    assert_true(got.real == 7.0);

    all.extra = 1;
    all.flag = 1;
    all.measured = 0.25;
    all.none = all.given = all.with = "x";
    memset(all.hash, 'a', 64);
    CHECK_OK(rri_json_put_fields(o, &fields, &all, &err), err);
    assert_int_equal(json_object_size(o), 12);
    CHECK_OK(rri_json_get_fields(o, "text", "", &fields, &got, &err), err);
    assert_true(got.extra == 1 && got.flag == 1 && got.measured == 0.25);
    assert_string_equal(got.with, "x");
    assert_string_equal(got.hash, all.hash);
    json_decref(o);
    rri_free(out);
}

static void a_field_that_does_not_fit_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *message;
    } cases[] = {
        { "size", "-1", "member \"size\" is -1" },
        { "cell", "\"x\"", "text: part.cell is 'x', expected lstm|gru|tanh|relu" },
        { "flag", "1", "part.flag is neither true nor false" },
        { "hash", "\"ab\"", "part.hash has 2 digits, not 64" },
        { "given", "\"x\"", "member \"with\" (a string) is missing" },
        { "text", "null", "member \"text\" is null, expected a string" },
        { "measured", "\"x\"", "member \"measured\" is a string, expected a number" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fielded got = { 0 };
        rr_error err = { 0 };
        json_t *o =
            json_pack("{s:i, s:i, s:s, s:s}", "size", 1, "large", 1, "cell", "gru", "text", "t");
        json_t *value = json_loads(cases[i].value, JSON_DECODE_ANY, NULL);
        assert_int_equal(json_object_set_new(o, cases[i].key, value), 0);
        CHECK_FAILS(rri_json_get_fields(o, "text", "part.", &fields, &got, &err), RR_ERR_FORMAT,
                    err, cases[i].message);
        json_decref(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(what_is_written_is_read_back),
        TEST_IN_SCRATCH(compact_text_of_any_length_comes_back),
        TEST_IN_SCRATCH(errors_have_line_and_column),
        TEST_IN_SCRATCH(members_must_be_there_and_fit),
        TEST_IN_SCRATCH(large_unsigned_values_survive),
        TEST_IN_SCRATCH(utf8_is_distinguished_from_other_bytes),
        TEST_IN_SCRATCH(a_kill_at_any_step_leaves_the_old_file_or_the_new),
        TEST_IN_SCRATCH(every_failed_allocation_of_ours_is_clean),
        TEST_IN_SCRATCH(every_failed_allocation_of_jansson_is_clean),
        TEST_IN_SCRATCH(a_struct_is_described_by_its_fields),
        TEST_IN_SCRATCH(a_field_that_does_not_fit_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
