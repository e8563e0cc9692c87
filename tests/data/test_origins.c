/* SPDX-License-Identifier: MIT */
/* test_origins.c - where sequences come from: file, row and the source's own id, of every kind of
 * source, and through all that makes one dataset of another. */
#include "make.h"
#include "numpy_file.h"
#include "scratch.h"

#include <sys/stat.h>

/* "name:row/id" of every sequence, with blanks between; "-" is none. An index is in brackets. */
static const char *origins_of(const rr_dataset *ds)
{
    static char text[1024];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_origin o = rr_dataset_origin(ds, i);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? " " : "",
                              o.name != NULL ? o.name : "-");
        if (o.row != RR_NO_ROW)
            n += (size_t)snprintf(text + n, sizeof text - n, o.line ? ":%llu" : "[%llu]",
                                  (unsigned long long)o.row);
        if (o.id != NULL)
            n += (size_t)snprintf(text + n, sizeof text - n, "/%s", o.id);
        assert_true((o.name == NULL) == (o.file == NULL));
    }
    return text;
}

static void told(const char *spec, rr_split split, const char *want)
{
    rr_dataset *ds = load_dataset(spec, split);

    assert_string_equal(origins_of(ds), want);
    rr_dataset_free(ds);
}

static void refused(const char *spec, rr_status code, const char *part)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err), code, err, part);
}

static const char table[] = "id,text,label\n"
                            "u7,\"one\ntwo\",x\n"
                            "u8,,x\n"
                            "u9,\"three \"\"\n\n\"\" four\",y\n"
                            "\n"
                            "\"a,b\",five,y\n";

static void rows_of_a_table_are_lines(void **state)
{
    (void)state;
    write_scratch("a.csv", table);
    told(in_scratch("csv:", "a.csv"), RR_SPLIT_TRAIN, "a.csv:2/u7 a.csv:5/u9 a.csv:9/a,b");
    told(in_scratch("csv:", "a.csv?id=label"), RR_SPLIT_TRAIN, "a.csv:2/x a.csv:5/y a.csv:9/y");
    told(in_scratch("csv:", "a.csv?id="), RR_SPLIT_TRAIN, "a.csv:2 a.csv:5 a.csv:9");
    told(in_scratch("csv:", "a.csv?where=label=y&id="), RR_SPLIT_TRAIN, "a.csv:5 a.csv:9");
    told(in_scratch("csv:", "a.csv?limit=1"), RR_SPLIT_TRAIN, "a.csv:2/u7");
    refused(in_scratch("csv:", "a.csv?id=nr"), RR_ERR_FORMAT, "id=nr");
}

static void files_of_splits_have_their_names(void **state)
{
    char spec[700];

    (void)state;
    write_scratch("a.csv", "text,label\none,x\ntwo,y\n");
    write_scratch("b.csv", "text,label\nthree,x\n");
    (void)snprintf(spec, sizeof spec, "%s,%s", in_scratch("csv:", "a.csv"),
                   in_scratch("", "b.csv"));
    told(spec, RR_SPLIT_TRAIN, "a.csv:2 a.csv:3");
    told(spec, RR_SPLIT_TEST, "b.csv:2");
}

/* Each of the 40 rows is in one split, under its own line and id. */
static void a_division_leaves_the_rows_as_they_are(void **state)
{
    char text[2000] = "name,text,label\n";
    int seen[40] = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "n%d,w%d,%d\n", i, i,
                       i % 2);
    write_scratch("a.csv", text);
    for (int s = 0; s < 3; s++) {
        rr_dataset *ds =
            load_dataset(in_scratch("csv:", "a.csv?id=name&holdout=0.3&dev=0.3"), (rr_split)s);
        for (size_t i = 0; i < rr_dataset_count(ds); i++) {
            const rr_origin o = rr_dataset_origin(ds, i);
            char word[16];
            const int row = (int)o.row - 2;
            (void)snprintf(word, sizeof word, "w%d", row);
            assert_string_equal(rr_dataset_at(ds, i).words[0], word);
            (void)snprintf(word, sizeof word, "n%d", row);
            assert_string_equal(o.id, word);
            seen[row]++;
        }
        assert_true(rr_dataset_origins(ds).shifted);
        rr_dataset_free(ds);
    }
    for (int i = 0; i < 40; i++)
        assert_int_equal(seen[i], 1);
}

static void shifted_says_whether_rows_say_more(void **state)
{
    rr_dataset *ds = NULL;

    (void)state;
    write_scratch("a.csv", "text,label\none,x\ntwo,y\n");
    ds = load_dataset(in_scratch("csv:", "a.csv"), RR_SPLIT_TRAIN);
    assert_false(rr_dataset_origins(ds).shifted);
    assert_true(rr_dataset_origins(ds).known);
    assert_false(rr_dataset_origins(ds).ids);
    assert_int_equal(rr_dataset_origins(ds).files, 1);
    rr_dataset_free(ds);
    write_scratch("a.csv", "text,label\none,x\n,x\ntwo,y\n"); /* a row is passed over */
    ds = load_dataset(in_scratch("csv:", "a.csv"), RR_SPLIT_TRAIN);
    assert_true(rr_dataset_origins(ds).shifted);
    rr_dataset_free(ds);
    ds = load_dataset("digits?train=4&test=2", RR_SPLIT_TRAIN);
    assert_false(rr_dataset_origins(ds).known);
    assert_string_equal(origins_of(ds), "- - - -");
    rr_dataset_free(ds);
}

static void json_lines_have_ids_of_strings_and_numbers(void **state)
{
    (void)state;
    write_scratch("a.jsonl", "{\"text\":\"one\",\"label\":0,\"id\":\"a b\"}\n\n"
                             "{\"text\":\"two\",\"label\":1,\"id\":17}\n"
                             "{\"text\":\"three\",\"label\":1,\"id\":null}\n");
    told(in_scratch("jsonl:", "a.jsonl"), RR_SPLIT_TRAIN, "a.jsonl:1/a b a.jsonl:3/17 a.jsonl:4");
    told(in_scratch("jsonl:", "a.jsonl?id=label"), RR_SPLIT_TRAIN,
         "a.jsonl:1/0 a.jsonl:3/1 a.jsonl:4/1");
    refused(in_scratch("jsonl:", "a.jsonl?id=id"), RR_ERR_FORMAT, "line 4");
    refused(in_scratch("jsonl:", "a.jsonl?id=key"), RR_ERR_FORMAT, "\"key\"");
    write_scratch("a.jsonl",
                  "[{\"text\":\"one\",\"label\":0},\n\n {\"text\":\"two\",\"label\":1}]");
    told(in_scratch("json:", "a.jsonl"), RR_SPLIT_TRAIN, "a.jsonl:1 a.jsonl:3");
}

static const float x[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const int64_t y[3] = { 0, 1, 1 };
static const int64_t numbers[3] = { 70, -8, 9 };
static const int64_t split[3] = { 2, 0, 0 };

static void arrays_have_ids_of_numbers_and_texts(void **state)
{
    (void)state;
    write_numpy("a.npz", (numpy_array[]){ { "x", "<f4", "(3, 2, 2)", x, sizeof x },
                                          { "y", "<i8", "(3,)", y, sizeof y },
                                          { "id", "<i8", "(3,)", numbers, sizeof numbers },
                                          { "split", "<i8", "(3,)", split, sizeof split },
                                          { "key", "|S3", "(3,)", "u\0\0abcxy\0", 9 },
                                          { "few", "<i8", "(2,)", numbers, 16 },
                                          NUMPY_END });
    told(in_scratch("npz:", "a.npz"), RR_SPLIT_TRAIN, "a.npz[1]/-8 a.npz[2]/9");
    told(in_scratch("npz:", "a.npz"), RR_SPLIT_TEST, "a.npz[0]/70");
    told(in_scratch("npz:", "a.npz?id=key"), RR_SPLIT_TRAIN, "a.npz[1]/abc a.npz[2]/xy");
    told(in_scratch("npz:", "a.npz?id="), RR_SPLIT_TRAIN, "a.npz[1] a.npz[2]");
    refused(in_scratch("npz:", "a.npz?id=few"), RR_ERR_SHAPE, "few has 2 items where 3");
    refused(in_scratch("npz:", "a.npz?id=none"), RR_ERR_FORMAT, "none");
    write_numpy("a.npz", (numpy_array[]){ { "x_train", "<f4", "(3, 2, 2)", x, sizeof x },
                                          { "y_train", "<i8", "(3,)", y, sizeof y },
                                          { "id_train", "<i8", "(3,)", numbers, sizeof numbers },
                                          { "x_test", "<f4", "(1, 2, 2)", x, 16 },
                                          { "y_test", "<i8", "(1,)", y, 8 },
                                          { "id", "<i8", "(2,)", numbers, 16 },
                                          NUMPY_END });
    told(in_scratch("npz:", "a.npz"), RR_SPLIT_TRAIN, "a.npz[0]/70 a.npz[1]/-8 a.npz[2]/9");
    told(in_scratch("npz:", "a.npz"), RR_SPLIT_TEST, "a.npz[0]");
}

/* An array that nobody asked for is no reason to refuse a file that could be read before. */
static void ids_that_cannot_be_read_are_passed_over(void **state)
{
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_numpy("a.npz", (numpy_array[]){ { "x", "<f4", "(3, 2, 2)", x, sizeof x },
                                          { "y", "<i8", "(3,)", y, sizeof y },
                                          { "id", "|O", "(3,)", numbers, sizeof numbers },
                                          NUMPY_END });
    CHECK_OK(rr_source_open(in_scratch("npz:", "a.npz"), NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_string_equal(origins_of(ds), "a.npz[0] a.npz[1] a.npz[2]");
    assert_non_null(strstr(rr_source_note(source, 0), "\"id\" is passed over"));
    rr_dataset_free(ds);
    rr_source_close(source);
    refused(in_scratch("npz:", "a.npz?id=id"), RR_ERR_FORMAT, "Python objects");
}

static void sequences_of_rows_have_their_names(void **state)
{
    (void)state;
    write_scratch("a.csv", "s,x,label\np,1,a\nq,2,b\np,3,a\nr,4,b\n");
    told(in_scratch("csv:", "a.csv?frames=x&sequence=s"), RR_SPLIT_TRAIN,
         "a.csv:2/p a.csv:3/q a.csv:5/r");
    told(in_scratch("csv:", "a.csv?frames=x&id=s"), RR_SPLIT_TRAIN,
         "a.csv:2/p a.csv:3/q a.csv:4/p a.csv:5/r");
    refused(in_scratch("csv:", "a.csv?frames=x&sequence=s&id=s"), RR_ERR_ARG, "sequence=s");
}

static void other_texts_and_series_have_lines(void **state)
{
    (void)state;
    write_scratch("a.ts", "# of a sensor\n@classLabel true a b\n@data\n1,2:a\n\n3,4:b\n");
    told(in_scratch("ts:", "a.ts"), RR_SPLIT_TRAIN, "a.ts:4 a.ts:6");
    write_scratch("a.txt", "x one\n\ny two\n");
    told(in_scratch("trec:", "a.txt"), RR_SPLIT_TRAIN, "a.txt:1 a.txt:3");
    write_scratch("a.conllu", "# sent_id = doc-1 \n# text = a b\n1\ta\t_\tX\t_\t_\t0\t_\t_\t_\n"
                              "2\tb\t_\tY\t_\t_\t0\t_\t_\t_\n\n"
                              "1\tc\t_\tX\t_\t_\t0\t_\t_\t_\n\n#sent_id=doc-3\n"
                              "1\td\t_\tY\t_\t_\t0\t_\t_\t_\n");
    told(in_scratch("conllu:", "a.conllu"), RR_SPLIT_TRAIN,
         "a.conllu:3/doc-1 a.conllu:6 a.conllu:9/doc-3");
    write_scratch("a.csv", "id,comment_text,toxic\n000a,one,0\n000b,two,1\n000c,three,0\n");
    told(in_scratch("toxic:", "a.csv?holdout=0&balance=0"), RR_SPLIT_TRAIN,
         "a.csv:2/000a a.csv:3/000b a.csv:4/000c");
}

static void a_file_may_be_the_text(void **state)
{
    rr_dataset *ds = NULL;

    (void)state;
    (void)mkdir(in_scratch("", "films"), 0700);
    (void)mkdir(in_scratch("", "films/train"), 0700);
    (void)mkdir(in_scratch("", "films/train/neg"), 0700);
    (void)mkdir(in_scratch("", "films/train/pos"), 0700);
    write_scratch("films/train/neg/0_3.txt", "bad");
    write_scratch("films/train/neg/1_2.txt", "worse");
    write_scratch("films/train/pos/0_9.txt", "good");
    ds = load_dataset(in_scratch("imdb:", "films"), RR_SPLIT_TRAIN);
    assert_string_equal(origins_of(ds), "0_3.txt 1_2.txt 0_9.txt");
    assert_non_null(strstr(rr_dataset_origin(ds, 2).file, "films/train/pos/0_9.txt"));
    assert_true(rr_dataset_origins(ds).shifted);
    assert_int_equal(rr_dataset_origins(ds).files, 3);
    rr_dataset_free(ds);
}

/* ---- from one dataset to another ------------------------------------------------------------ */

static void copies_and_edits_keep_them(void **state)
{
    const size_t which[3] = { 2, 0, 2 };
    const uint32_t ids[1] = { 1 };
    const uint32_t labels[1] = { 0 };
    const rr_edits edits = { .removed = ids, .count_removed = 1 };
    rr_dataset *made[3] = { NULL };
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("a.csv", table);
    rr_dataset *ds = load_dataset(in_scratch("csv:", "a.csv"), RR_SPLIT_TRAIN);
    CHECK_OK(rr_dataset_select(ds, which, 3, &made[0], &err), err);
    CHECK_OK(rr_dataset_relabel(ds, ids, labels, 1, &made[1], &err), err);
    CHECK_OK(rr_edits_apply(&edits, ds, &made[2], &err), err);
    rr_dataset_free(ds); /* the names and ids remain */
    assert_string_equal(origins_of(made[0]), "a.csv:9/a,b a.csv:2/u7 a.csv:9/a,b");
    assert_string_equal(origins_of(made[1]), "a.csv:2/u7 a.csv:5/u9 a.csv:9/a,b");
    assert_string_equal(origins_of(made[2]), "a.csv:2/u7 a.csv:9/a,b");
    for (int i = 0; i < 3; i++)
        rr_dataset_free(made[i]);
}

static void removal_shifts_the_rows(void **state)
{
    const uint32_t ids[1] = { 0 };
    const rr_edits edits = { .removed = ids, .count_removed = 1 };
    rr_dataset *left = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_numpy("a.npz", (numpy_array[]){ { "x", "<f4", "(3, 2, 2)", x, sizeof x },
                                          { "y", "<i8", "(3,)", y, sizeof y },
                                          NUMPY_END });
    rr_dataset *ds = load_dataset(in_scratch("npz:", "a.npz"), RR_SPLIT_TRAIN);
    CHECK_OK(rr_edits_apply(&edits, ds, &left, &err), err);
    assert_false(rr_dataset_origins(ds).shifted);
    assert_true(rr_dataset_origins(left).shifted);
    assert_string_equal(origins_of(left), "a.npz[1] a.npz[2]");
    rr_dataset_free(left);
    rr_dataset_free(ds);
}

static void joined_datasets_keep_those_of_both(void **state)
{
    rr_dataset *both[3] = { NULL };
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("a.csv", "id,s,x,label\nu1,p,1,a\nu2,q,2,b\n");
    write_scratch("b.csv", "id,x,label\n\nu3,1,a\n,2,b\n");
    rr_dataset *a = load_dataset(in_scratch("csv:", "a.csv?frames=x&sequence=s"), RR_SPLIT_TRAIN);
    rr_dataset *b = load_dataset(in_scratch("csv:", "b.csv?frames=x"), RR_SPLIT_TRAIN);
    rr_dataset_builder *builder = new_builder(&(rr_dataset_shape){ .width = 1, .classes = 2 });
    add_sequence(builder, (rr_sequence){ .frames = (const float[]){ 4 }, .steps = 1 });
    rr_dataset *none = finish_dataset(builder);
    CHECK_OK(rr_dataset_concat(a, b, &both[0], &err), err);
    CHECK_OK(rr_dataset_concat(both[0], none, &both[1], &err), err);
    CHECK_OK(rr_dataset_concat(none, a, &both[2], &err), err);
    assert_string_equal(origins_of(both[0]), "a.csv:2/p a.csv:3/q b.csv:3/u3 b.csv:4");
    assert_string_equal(origins_of(both[1]), "a.csv:2/p a.csv:3/q b.csv:3/u3 b.csv:4 -");
    assert_string_equal(origins_of(both[2]), "- a.csv:2/p a.csv:3/q");
    assert_true(rr_dataset_origins(both[1]).known); /* so the last one was made */
    assert_false(rr_dataset_origins(none).known);
    for (int i = 0; i < 3; i++)
        rr_dataset_free(both[i]);
    rr_dataset_free(none);
    rr_dataset_free(a);
    rr_dataset_free(b);
}

static void saved_sequences_keep_their_ids(void **state)
{
    const rr_split train = RR_SPLIT_TRAIN;
    const rr_dataset *sets[1] = { NULL };
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("a.csv", table);
    rr_dataset *ds = load_dataset(in_scratch("csv:", "a.csv"), RR_SPLIT_TRAIN);
    CHECK_OK(rr_dataset_save(ds, in_scratch("", "b.npz"), &err), err);
    told(in_scratch("npz:", "b.npz"), RR_SPLIT_TRAIN, "b.npz[0]/u7 b.npz[1]/u9 b.npz[2]/a,b");
    told(in_scratch("npz:", "b.npz?id=source_row"), RR_SPLIT_TRAIN,
         "b.npz[0]/2 b.npz[1]/5 b.npz[2]/9");
    sets[0] = ds;
    CHECK_OK(rr_dataset_save_jsonl(sets, &train, 1, in_scratch("", "b.jsonl"), &err), err);
    told(in_scratch("jsonl:", "b.jsonl"), RR_SPLIT_TRAIN,
         "b.jsonl:1/u7 b.jsonl:2/u9 b.jsonl:3/a,b");
    told(in_scratch("jsonl:", "b.jsonl?id=source_row"), RR_SPLIT_TRAIN,
         "b.jsonl:1/2 b.jsonl:2/5 b.jsonl:3/9");
    told(in_scratch("jsonl:", "b.jsonl?id=source_file"), RR_SPLIT_TRAIN,
         "b.jsonl:1/a.csv b.jsonl:2/a.csv b.jsonl:3/a.csv");
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_table_are_lines),
        cmocka_unit_test(files_of_splits_have_their_names),
        cmocka_unit_test(a_division_leaves_the_rows_as_they_are),
        cmocka_unit_test(shifted_says_whether_rows_say_more),
        cmocka_unit_test(json_lines_have_ids_of_strings_and_numbers),
        cmocka_unit_test(arrays_have_ids_of_numbers_and_texts),
        cmocka_unit_test(ids_that_cannot_be_read_are_passed_over),
        cmocka_unit_test(sequences_of_rows_have_their_names),
        cmocka_unit_test(other_texts_and_series_have_lines),
        cmocka_unit_test(a_file_may_be_the_text),
        cmocka_unit_test(copies_and_edits_keep_them),
        cmocka_unit_test(removal_shifts_the_rows),
        cmocka_unit_test(joined_datasets_keep_those_of_both),
        cmocka_unit_test(saved_sequences_keep_their_ids),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
