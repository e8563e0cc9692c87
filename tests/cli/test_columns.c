/* SPDX-License-Identifier: MIT */
/* test_columns.c - rows of structs as text, TSV and JSON. */
#include "check.h"
#include "kit/table.h"
#include "make.h"
#include "scratch_folder.h"

const cli_program cli_the_program = { .name = "test_columns" };

typedef struct inner {
    size_t t;
    const char *token;
} inner;

typedef struct row {
    uint32_t id;
    double fraction;
    float score;
    const char *word;
    int known;
    rr_rule rule;
    cli_list numbers, steps;
} row;

static const cli_column inner_table[] = {
    COL_SIZE(inner, t, "t", "t", 3),
    COL_TEXT(inner, token, "token", "token", 0),
};
static const cli_columns inner_columns = CLI_COLUMNS(inner, inner_table);

static const cli_column row_table[] = {
    COL_U32(row, id, "id", "id", 4),
    COL_PERCENT(row, fraction, "fraction", "share %", 7, .digits = 1),
    COL_F32(row, score, "score", "score", 6, .digits = 2, .order = 2),
    COL_TEXT(row, word, "word", "word", 0, .fit = 5, .order = 1),
    COL_DATA(FLAG, row, known, "known"),
    COL_ENUM(row, rule, "rule", RR_ENUM_RULE, NULL, 0),
    COL_NUMBERS(U32, row, numbers, "numbers", NULL, 0),
    COL_ROWS(row, steps, "steps", inner_columns),
};
static const cli_columns row_columns = CLI_COLUMNS(row, row_table);

static const uint32_t numbers[] = { 3, 1 };
static const inner steps[] = { { 1, "a" }, { 2, NULL } };
static const row rows[] = {
    { 7, 0.25, 0.5F, "b\033d", 1, RR_RULE_FLIP, { numbers, 2, 0 }, { steps, 2, 0 } },
    { UINT32_MAX, -1.0, 1.0F / 3, "a\tb", 0, RR_RULE_RARE, { NULL, 0, 0 }, { NULL, 0, 0 } },
};

static void check_text(void (*print)(FILE *), const char *expected)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    assert_non_null(f);
    print(f);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void print_text(FILE *f)
{
    cli_text_table(f, &row_columns, rows, 2, 1, NULL);
}

static void print_inner(FILE *f)
{
    cli_text_table(f, &inner_columns, steps, 2, 0, NULL);
}

static void print_tsv(FILE *f)
{
    cli_tsv_table(f, &row_columns, rows, 2, NULL);
}

static void print_csv(FILE *f)
{
    cli_csv_table(f, &row_columns, rows, 2, NULL);
}

/* Cells of lists and of texts with what would end a cell are in quotes; a text stays as it is. */
static void csv_quotes_cells_and_keeps_texts(void **state)
{
    static const row odd = { 1, 0.5,          1.0F,           "a \"b\",\nc",
                             1, RR_RULE_FLIP, { NULL, 0, 0 }, { NULL, 0, 0 } };
    char *text = NULL;
    size_t bytes = 0;
    (void)state;
    check_text(print_csv, "id,fraction,score,word,known,rule,numbers,t,token\n"
                          "7,0.25,0.5,b\033d,1,flip,\"3,1\",1,a\n"
                          "7,0.25,0.5,b\033d,1,flip,\"3,1\",2,\n"
                          ",,0.333333343,a\tb,0,rare,,,\n");
    FILE *f = open_memstream(&text, &bytes);
    assert_non_null(f);
    cli_csv_table(f, &row_columns, &odd, 1, NULL);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(text, "\n1,0.5,1,\"a \"\"b\"\",\nc\",1,flip,,,\n"));
    free(text);
}

static void text_is_aligned_cleaned_and_without_trailing_blanks(void **state)
{
    (void)state;
    check_text(print_text, "  id  share %  word   score\n"
                           "   7     25.0  b?d     0.50\n"
                           "   -        -  a?b     0.33\n");
    check_text(print_inner, "  1  a\n"
                            "  2\n");
}

/* A table of lists: numbers apart from each other, and the largest of some. */
typedef struct lists {
    cli_list apart, chances;
} lists;

static const cli_column list_table[] = {
    COL_NUMBERS(SIZE, lists, apart, "apart", "apart", -8),
    COL_NUMBERS(F32, lists, chances, "chances", "largest", 0, .largest = 2),
};
static const cli_columns list_columns = CLI_COLUMNS(lists, list_table);

static void print_lists(FILE *f)
{
    static const float chances[] = { 0.25F, 0.5F, 0.5F };
    const lists one = { { &steps[0].t, 2, sizeof steps[0] }, { chances, 3, 0 } };
    cli_text_table(f, &list_columns, &one, 1, 0, NULL);
    cli_tsv_table(f, &list_columns, &one, 1, NULL);
}

static void lists_have_strides_and_largest_numbers(void **state)
{
    (void)state;
    check_text(print_lists, "1 2  1:0.50 2:0.50\n"
                            "apart\tchances\n"
                            "1,2\t0.25,0.5,0.5\n");
}

static void tsv_has_full_precision_and_spreads_inner_rows(void **state)
{
    (void)state;
    check_text(print_tsv, "id\tfraction\tscore\tword\tknown\trule\tnumbers\tt\ttoken\n"
                          "7\t0.25\t0.5\tb?d\t1\tflip\t3,1\t1\ta\n"
                          "7\t0.25\t0.5\tb?d\t1\tflip\t3,1\t2\t\n"
                          "\t\t0.333333343\ta b\t0\trare\t\t\t\n");
}

static void json_keeps_the_order_and_says_null(void **state)
{
    json_t *document = cli_json_rows(&row_columns, rows, 2, NULL);
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(9));
    (void)state;
    assert_non_null(text);
    assert_string_equal(text, "[{\"id\":7,\"fraction\":0.25,\"score\":0.5,\"word\":\"b\\u001Bd\","
                              "\"known\":true,\"rule\":\"flip\",\"numbers\":[3,1],\"steps\":"
                              "[{\"t\":1,\"token\":\"a\"},{\"t\":2,\"token\":null}]},"
                              "{\"id\":null,\"fraction\":null,\"score\":0.333333343,"
                              "\"word\":\"a\\tb\",\"known\":false,\"rule\":\"rare\","
                              "\"numbers\":[],\"steps\":[]}]");
    free(text);
    json_decref(document);
}

/* Classes have their names in text and TSV, made harmless, and in JSON numbers with names beside.
 */
typedef struct classed {
    size_t id;
    uint32_t truth;
    cli_list chances;
} classed;

static const cli_column classed_table[] = {
    COL_SIZE(classed, id, "id", "id", 3),
    COL_CLASS(classed, truth, "truth", "truth", 6),
    COL_NUMBERS(F32, classed, chances, "chances", "largest", 0, .largest = 2),
};
static const cli_columns classed_columns = CLI_COLUMNS(classed, classed_table);

static const float chances[] = { 0.25F, 0.5F };
static const classed sorted[] = { { 3, 1, { chances, 2, 0 } }, { 4, UINT32_MAX, { NULL, 0, 0 } } };
static const rr_dataset *names;

static void print_classed(FILE *f)
{
    cli_text_table(f, &classed_columns, sorted, 2, 1, names);
    cli_tsv_table(f, &classed_columns, sorted, 2, names);
}

static void classes_have_names(void **state)
{
    static const char *const both[] = { "cat", "\033[2Jgrey dog" };
    const rr_dataset_shape shape = { .width = 1, .classes = 2, .class_names = both };
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    (void)state;
    assert_int_equal(rr_dataset_builder_new(&shape, &b, NULL), RR_OK);
    assert_int_equal(rr_dataset_builder_finish(b, &ds, NULL), RR_OK);
    names = ds;
    check_text(print_classed, " id         truth  largest\n"
                              "  3  ?[2Jgrey dog  ?[2Jgrey dog:0.50 cat:0.25\n"
                              "  4             -\n"
                              "id\ttruth\tchances\n"
                              "3\t?[2Jgrey dog\t0.25,0.5\n"
                              "4\t\t\n");
    json_t *document = cli_json_rows(&classed_columns, sorted, 2, ds);
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(9));
    assert_non_null(text);
    assert_string_equal(text, "[{\"id\":3,\"truth\":1,\"truth_name\":\"\\u001B[2Jgrey dog\","
                              "\"chances\":[0.25,0.5]},{\"id\":4,\"truth\":null,"
                              "\"truth_name\":null,\"chances\":[]}]");
    free(text);
    json_decref(document);
    rr_dataset_builder_free(b);
    rr_dataset_free(ds);
}

static void a_document_has_objects_in_objects(void **state)
{
    const cli_command command = { .name = "some" };
    const cli_common common = { .command = &command };
    cli_result r = cli_result_begin(&common, 1);
    (void)state;
    json_t *back = cli_enter(&r, "one");
    cli_put_record(&r, NULL, &inner_columns, &steps[0]);
    cli_leave(&r, back);
    cli_put_record(&r, "two", &inner_columns, &steps[1]);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(r.root, "one"), "t")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(r.root, "two"), "t")), 2);
    assert_int_equal(cli_result_end(&r, NULL), RR_OK);
    cli_result_free(&r);
}

/* ---- where sequences stand ------------------------------------------------------------------ */

typedef struct placed {
    size_t id;
    cli_source from;
    double score;
} placed;

static const cli_column placed_table[] = {
    COL_SIZE(placed, id, "id", "id", 4),
    COL_SOURCE(placed, from, 0),
    COL_F64(placed, score, "score", "score", 7, .digits = 1),
};
static const cli_columns placed_columns = CLI_COLUMNS(placed, placed_table);

static placed places[2];

static void print_places(FILE *f)
{
    cli_text_table(f, &placed_columns, places, 2, 1, NULL);
}

static void print_places_csv(FILE *f)
{
    cli_csv_table(f, &placed_columns, places, 2, NULL);
}

static rr_dataset *load_table(const char *text, const char *parameters)
{
    char spec[700];
    write_scratch("a.csv", text);
    (void)snprintf(spec, sizeof spec, "%s%s", in_scratch("csv:", "a.csv"), parameters);
    return load_dataset(spec, RR_SPLIT_TRAIN);
}

static void check_places(const rr_dataset *ds, const char *text, const char *csv, const char *json)
{
    for (size_t i = 0; i < 2; i++)
        places[i] = (placed){ i, { ds, i }, 0.5 };
    json_t *document = cli_json_row(&placed_columns, &places[1], NULL);
    char *dumped = json_dumps(document, JSON_COMPACT);
    check_text(print_places, text);
    check_text(print_places_csv, csv);
    assert_string_equal(dumped, json);
    free(dumped);
    json_decref(document);
}

/* Text has them where they say more than the numbers; what is made has no row. */
static void sources_are_in_every_document_and_in_text_where_they_say_more(void **state)
{
    rr_dataset *both = NULL;
    rr_error err = { .msg = "" };
    (void)state;
    rr_dataset *plain = load_table("x,label\n1,a\n2,b\n", "?frames=x");
    check_places(
        plain,
        "  id    score\n"
        "   0      0.5\n"
        "   1      0.5\n",
        "id,source_row,source_file,source_id,score\n0,2,a.csv,,0.5\n1,3,a.csv,,0.5\n",
        "{\"id\":1,\"source_row\":3,\"source_file\":\"a.csv\",\"source_id\":null,\"score\":0.5}");
    rr_dataset *named = load_table("id,x,label\n\"q,1\",1,a\nq2,2,b\n", "?frames=x");
    check_places(
        named,
        "  id  row  source_id    score\n"
        "   0    2        q,1      0.5\n"
        "   1    3         q2      0.5\n",
        "id,source_row,source_file,source_id,score\n"
        "0,2,a.csv,\"q,1\",0.5\n1,3,a.csv,q2,0.5\n",
        "{\"id\":1,\"source_row\":3,\"source_file\":\"a.csv\",\"source_id\":\"q2\",\"score\":0.5}");
    rr_dataset_builder *b = new_builder(&(rr_dataset_shape){ .width = 1, .classes = 2 });
    add_sequence(b, (rr_sequence){ .frames = (const float[]){ 4 }, .steps = 1 });
    rr_dataset *none = finish_dataset(b);
    CHECK_OK(rr_dataset_concat(named, none, &both, &err), err);
    for (size_t i = 0; i < 2; i++)
        places[i] = (placed){ i + 1, { both, i + 1 }, 0.5 };
    check_text(print_places, "  id   row  source_id    score\n"
                             "   1     3         q2      0.5\n"
                             "   2  made          -      0.5\n");
    check_text(print_places_csv,
               "id,source_row,source_file,source_id,score\n1,3,a.csv,q2,0.5\n2,,made,,0.5\n");
    rr_dataset_free(both);
    rr_dataset_free(none);
    rr_dataset_free(named);
    rr_dataset_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned_cleaned_and_without_trailing_blanks),
        cmocka_unit_test(lists_have_strides_and_largest_numbers),
        cmocka_unit_test(tsv_has_full_precision_and_spreads_inner_rows),
        cmocka_unit_test(csv_quotes_cells_and_keeps_texts),
        cmocka_unit_test(json_keeps_the_order_and_says_null),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(a_document_has_objects_in_objects),
        TEST_IN_SCRATCH(sources_are_in_every_document_and_in_text_where_they_say_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
