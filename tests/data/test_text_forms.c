/* SPDX-License-Identifier: MIT */
/* Texts as people have them: tables of any form, names of members, splits and labels as they are
 * written, empty texts, and texts without labels. */
#include "data/vocabulary.h"
#include "make.h"
#include "scratch.h"

#include <sys/stat.h>

/* A source and one of its splits, opened for data that need no labels or for those that do. */
typedef struct opened {
    rr_source *source;
    rr_dataset *ds;
} opened;

static rr_status open_split(const char *spec, bool unlabelled, rr_split split, opened *out,
                            rr_error *err)
{
    rr_source_options options = rr_source_options_default();

    *out = (opened){ .source = NULL };
    options.unlabelled = unlabelled;
    rr_status st = rr_source_open(spec, &options, &out->source, err);

    if (st == RR_OK)
        st = rr_source_split(out->source, split, &out->ds, err);
    return st;
}

static void close_split(opened *o)
{
    rr_dataset_free(o->ds);
    rr_source_close(o->source);
}

/* Class and words of every sequence: "pos a film; neg dull". */
static const char *summary(const rr_dataset *ds)
{
    static char text[1024];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? "; " : "",
                              rr_dataset_labelled(ds) ? rr_dataset_class_name(ds, s.label) : "-");
        for (size_t t = 0; t < s.steps; t++)
            n += (size_t)snprintf(text + n, sizeof text - n, " %s", s.words[t]);
    }
    return text;
}

static const char *spec_of(const char *kind, const char *parameters)
{
    static char spec[400];

    (void)snprintf(spec, sizeof spec, "%s%s", in_scratch(kind, "t"), parameters);
    return spec;
}

/* The file `t`, as a kind with parameters, holds this; `note` is a part of the only note, NULL for
 * none. */
static void check_read(const char *text, const char *kind, const char *parameters, bool unlabelled,
                       const char *want, const char *note)
{
    rr_error err = { .msg = "" };
    opened o;

    write_scratch("t", text);
    CHECK_OK(open_split(spec_of(kind, parameters), unlabelled, RR_SPLIT_TRAIN, &o, &err), err);
    assert_string_equal(summary(o.ds), want);
    const char *got = rr_source_note(o.source, 0);
    if ((got != NULL) != (note != NULL) || (note != NULL && strstr(got, note) == NULL))
        fail_msg("note \"%s\", expected \"%s\"", got != NULL ? got : "", note != NULL ? note : "");
    assert_null(got != NULL ? rr_source_note(o.source, 1) : NULL);
    close_split(&o);
}

static void told(const char *text, const char *kind, const char *parameters, const char *want)
{
    check_read(text, kind, parameters, false, want, NULL);
}

static void noted(const char *text, const char *kind, const char *parameters, const char *want,
                  const char *note)
{
    check_read(text, kind, parameters, false, want, note);
}

/* As data that need no labels. */
static void bare(const char *text, const char *kind, const char *parameters, const char *want)
{
    check_read(text, kind, parameters, true, want, NULL);
}

static void refused(const char *text, const char *kind, const char *parameters, bool unlabelled,
                    rr_status code, const char *part)
{
    rr_error err = { .msg = "" };
    opened o;

    write_scratch("t", text);
    CHECK_FAILS(open_split(spec_of(kind, parameters), unlabelled, RR_SPLIT_TRAIN, &o, &err), code,
                err, part);
    close_split(&o);
}

/* ---- tables --------------------------------------------------------------------------------- */

static void tables_have_any_separator_and_encoding(void **state)
{
    (void)state;
    told("text\tlabel\na, b\tx\n", "csv:", "", "x a , b");
    told("text;label\na, b;x\n", "csv:", "?sep=semicolon", "x a , b");
    told("text,a\tlabel\n1,2\tx\n", "tsv:", "?text=text,a", "x 1,2");
    told("text\tlabel\n\"a\tx\n", "tsv:", "?quotes=0", "x \" a");
    told("text,label\ncaf\xe9,x\n", "csv:", "?encoding=latin-1", "x caf\xc3\xa9");
    told("text,label\nit\x92s,x\n", "csv:", "?encoding=cp1252", "x it\xe2\x80\x99s");
    refused("text,label\ncaf\xe9,x\n", "csv:", "", false, RR_ERR_FORMAT,
            "t, line 2: byte 0xe9 begins no character of UTF-8; if the file is Windows-1252 or "
            "Latin-1, add encoding=cp1252");
    refused("text,label\na,x\n", "csv:", "?sep=tab", false, RR_ERR_FORMAT,
            "text=COL names the column of texts: ");
    refused("text,label\na,x\n", "csv:", "?sep=tab", false, RR_ERR_FORMAT,
            "no column \"text\"; with separator tab it has text,label");
    refused("text,label\na,x\n", "csv:", "?sep=dot", false, RR_ERR_ARG, "\"dot\" is none of comma");
    refused("text,label\na,b,x\n", "csv:", "", false, RR_ERR_FORMAT,
            "t, line 2: the record that begins here has 3 fields");
    refused("text,label\nsay \"a\",x\n", "csv:", "", false, RR_ERR_FORMAT,
            "t, line 2: a quote inside a field that does not begin with one; with quotes=0 quotes "
            "are characters");
}

static void columns_without_a_header_go_by_number(void **state)
{
    (void)state;
    told("0,u,is upset\n4,v,is happy\n", "csv:", "?header=0&label=1&text=3",
         "0 is upset; 4 is happy");
    told("0,u,a\n4,v,b\n", "csv:", "?header=0&label=1&text=3&where=2=v", "4 b");
    refused("0,u,a\n", "csv:", "?header=0&label=1&text=4", false, RR_ERR_FORMAT, "text=4: ");
    refused("0,u,a\n", "csv:", "?header=0", false, RR_ERR_FORMAT, "columns are named 1 to 3");
    refused("0,u,a\n", "csv:", "?header=2", false, RR_ERR_ARG, "header=2");
}

static void only_columns_in_use_need_a_name_of_their_own(void **state)
{
    (void)state;
    told("label,text,,\nham,see you,,\n", "csv:", "", "ham see you");
    refused("label,text,text\nham,a,b\n", "csv:", "", false, RR_ERR_FORMAT, "both named \"text\"");
    refused("label,a\nham,b\n", "csv:", "", false, RR_ERR_FORMAT,
            "text=COL names the column of texts: ");
    refused("stars,text\n1,b\n", "csv:", "", false, RR_ERR_FORMAT,
            "label=COL names the column of labels: ");
    refused("stars,text\n1,b\n", "csv:", "?label=x", false, RR_ERR_FORMAT, "label=x: ");
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void members_go_by_given_names(void **state)
{
    static const char rows[] = "{\"review\":\"a b\",\"stars\":5,\"text\":3,\"tokens\":[\"no\"]}\n";

    (void)state;
    told(rows, "jsonl:", "?text=review&label=stars", "5 a b");
    told(rows, "jsonl:", "?tokens=tokens&label=stars", "5 no");
    told("{\"w\":[\"a\"],\"y\":\"x\",\"part\":\"train\"}\n"
         "{\"w\":[\"b\"],\"y\":\"x\",\"part\":\"test\"}\n",
         "jsonl:", "?tokens=w&label=y&split=part", "x a");
    told("{\"text\":\"a\",\"label\":0,\"split\":7}\n", "jsonl:", "?split=", "0 a");
    refused(rows, "jsonl:", "?text=review", false, RR_ERR_FORMAT,
            "t, line 1: there is no member \"label\" among review, stars, text, tokens (label=NAME "
            "names another)");
    refused("{\"text\":\"a\",\"label\":null}\n", "jsonl:", "", false, RR_ERR_FORMAT,
            "t, line 1: the label is null; expected a string, a number, true or false");
    refused(rows, "jsonl:", "?text=r&label=stars", false, RR_ERR_FORMAT,
            "no member \"r\" among review, stars");
}

static void an_array_of_rows_is_read_as_lines_are(void **state)
{
    static const char rows[] = "[{\"text\":\"a\",\"label\":\"x\"},\n {\"text\":\"b\",\n"
                               "\"label\":\"y\"}]\n";

    (void)state;
    told(rows, "json:", "", "x a; y b");
    told(rows, "jsonl:", "", "x a; y b");
    told("{\"id\":10014255632117358197,\"text\":\"a\",\"label\":\"x\"}\n", "jsonl:", "", "x a");
    refused("[{\"text\":\"a\",\"label\":\"x\"},\n {\"text\":\"b\"}]\n", "json:", "", false,
            RR_ERR_FORMAT, "t, line 2: there is no member \"label\"");
}

static void labels_of_json_may_be_numbers_or_booleans(void **state)
{
    (void)state;
    told("{\"text\":\"a\",\"label\":true}\n{\"text\":\"b\",\"label\":false}\n", "jsonl:", "",
         "true a; false b");
    told("{\"text\":\"a\",\"label\":1.0}\n{\"text\":\"b\",\"label\":-0.1}\n", "jsonl:", "",
         "1.0 a; -0.1 b");
    noted("{\"text\":\"a\",\"label\":1.0}\n{\"text\":\"b\",\"label\":1}\n"
          "{\"text\":\"c\",\"label\":\"1\"}\n",
          "jsonl:", "", "1 a; 1 b; 1 c", "line 2: labels \"1.0\" and \"1\" are one class, \"1\"");
}

/* ---- labels, splits, empty texts ------------------------------------------------------------ */

static void labels_written_in_two_ways_are_noted(void **state)
{
    (void)state;
    noted("text,label\na,1\nb,0\nc,1.0\n", "csv:", "", "1 a; 0 b; 1 c",
          "t, line 4: labels \"1\" and \"1.0\" are one class, \"1\"");
    noted("text,label\na,Pos\nb,pos\n", "csv:", "", "Pos a; pos b", "differ in case only");
    noted("text,label\na,x\nb, x\n", "csv:", "?classes=x|y", "x a; x b", "line 3: labels \"x\"");
}

static void splits_have_the_names_in_use(void **state)
{
    static const struct {
        const char *name;
        rr_split split;
    } names[] = {
        { "train", RR_SPLIT_TRAIN },      { "Training", RR_SPLIT_TRAIN },
        { "dev", RR_SPLIT_DEV },          { "development", RR_SPLIT_DEV },
        { "VAL", RR_SPLIT_DEV },          { "valid", RR_SPLIT_DEV },
        { " validation ", RR_SPLIT_DEV }, { "test", RR_SPLIT_TEST },
        { "testing", RR_SPLIT_TEST },
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[160];
        (void)snprintf(text, sizeof text, "text,label,split\na,x,%s\nb,x,train\n", names[i].name);
        write_scratch("t", text);
        rr_dataset *ds = load_dataset(in_scratch("csv:", "t"), names[i].split);
        assert_string_equal(rr_dataset_at(ds, 0).words[0], "a");
        rr_dataset_free(ds);
        (void)snprintf(text, sizeof text,
                       "{\"text\":\"a\",\"label\":0,\"split\":\"%s\"}\n"
                       "{\"text\":\"b\",\"label\":0,\"split\":\"train\"}\n",
                       names[i].name);
        write_scratch("t", text);
        ds = load_dataset(in_scratch("jsonl:", "t"), names[i].split);
        assert_string_equal(rr_dataset_at(ds, 0).words[0], "a");
        rr_dataset_free(ds);
    }
    refused("text,label,split\na,x,train\nb,x,holdout\n", "csv:", "", false, RR_ERR_FORMAT,
            "t, line 3: unknown split 'holdout': expected train, dev (or validation, valid, val) "
            "or test");
}

static void empty_texts_are_passed_over_and_counted(void **state)
{
    static const char table[] = "text,label\na,x\n,x\n\" \t\",y\n\xc2\xa0\xe2\x80\x83,y\nb,y\n";

    (void)state;
    noted(table, "csv:", "", "x a; y b", "3 texts are empty and passed over, the first at ");
    noted(table, "csv:", "?empty=drop", "x a; y b", "t, line 3; empty=keep reads each as one");
    told(table, "csv:", "?empty=keep", "x a; x <unk>; y <unk>; y <unk>; y b");
    refused(table, "csv:", "?empty=skip", false, RR_ERR_ARG, "empty=skip of csv: expected drop or");
    noted(
        "{\"text\":null,\"label\":0}\n{\"tokens\":[],\"label\":0}\n{\"text\":\"a\",\"label\":0}\n",
        "jsonl:", "", "0 a", "2 texts are empty");
    told("{\"tokens\":[],\"label\":0}\n{\"text\":\"a\",\"label\":0}\n", "jsonl:", "?empty=keep",
         "0 <unk>; 0 a");
    noted("A:b what ?\nB:c\n", "trec:", "", "A what ?", "1 text is empty and passed over");
    noted("comment_text,toxic\na,0\n ,1\nb,1\n", "toxic:", "?holdout=0&balance=0",
          "clean a; toxic b", "t, line 3");
    told("text,label\n!,x\n", "csv:", "", "x !"); /* a mark is a word */
}

/* An unknown word that stands for an empty text has the id of unknown words. */
static void a_kept_empty_text_is_the_unknown_word(void **state)
{
    (void)state;
    write_scratch("t", "text,label\na,x\n,x\n");
    rr_dataset *ds = load_dataset(spec_of("csv:", "?empty=keep"), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 1);
    assert_int_equal(rr_dataset_at(ds, 1).symbols[0], RR_WORD_UNKNOWN);
    assert_int_equal(rr_dataset_vocabulary(ds), 3);
    rr_dataset_free(ds);
}

/* ---- no labels ------------------------------------------------------------------------------ */

static void texts_may_have_no_labels(void **state)
{
    (void)state;
    bare("text\na\nb\n", "csv:", "", "- a; - b");
    bare("text,label\na,\nb, \n", "csv:", "", "- a; - b");
    bare("text,label\na,x\nb,\n", "csv:", "?label=", "- a; - b");
    bare("text,label\na,x\nb,y\n", "csv:", "", "x a; y b");
    bare("{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":null}\n", "jsonl:", "", "- a; - b");
    bare("{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\"}\n", "jsonl:", "?label=", "- a; - b");
    bare("a question ?\nanother\n", "trec:", "?label=", "- a question ?; - another");
    bare("text\na\nb\n", "csv:", "?classes=x|y", "- a; - b");
}

static void all_texts_have_labels_or_none(void **state)
{
    (void)state;
    refused("text,label\na,x\nb,\n", "csv:", "", true, RR_ERR_FORMAT,
            "t, line 3: there is no label, though texts before have one; label= reads all");
    refused("text,label\na,\nb,x\n", "csv:", "", true, RR_ERR_FORMAT,
            "t, line 3: there is a label, though texts before have none; label= reads all");
    refused("{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":0}\n", "jsonl:", "", true, RR_ERR_FORMAT,
            "t, line 2: there is a label");
    refused("text,y\na,x\n", "csv:", "?label=x", true, RR_ERR_FORMAT, "no column \"x\"");
    refused("{\"text\":\"a\"}\n", "jsonl:", "?label=x", true, RR_ERR_FORMAT, "no member \"x\"");
    refused("a b\n", "trec:", "?label=x", true, RR_ERR_ARG, "label=x: lines of trec have no names");
    refused("text,label\na,x\n", "csv:", "?label=", false, RR_ERR_ARG,
            "label= reads texts without labels, but here they need some");
}

static void texts_without_labels_have_the_classes_of_a_network(void **state)
{
    static const char *const words[] = { "<pad>", "<unk>", "a" };
    static const char *const classes[] = { "neg", "pos" };
    rr_source_options options = rr_source_options_default();
    rr_vocabulary *v = NULL;
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("t", "text,split\na b,test\n");
    CHECK_OK(rri_vocabulary_new(words, 3, 1, &v, &err), err);
    options.words = v;
    options.class_names = classes;
    options.classes = 2;
    options.unlabelled = 1;
    CHECK_OK(rr_source_open(in_scratch("csv:", "t"), &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &ds, &err), err);
    assert_int_equal(rr_dataset_labelled(ds), 0);
    assert_int_equal(rr_dataset_classes(ds), 2);
    assert_string_equal(rr_dataset_class_name(ds, 1), "pos");
    assert_int_equal(rr_dataset_at(ds, 0).symbols[0], 2);
    assert_int_equal(rr_dataset_at(ds, 0).symbols[1], RR_WORD_UNKNOWN);
    rr_dataset_free(ds);
    rr_source_close(source);
    rri_vocabulary_free(v);
}

static void a_folder_of_reviews_needs_no_classes(void **state)
{
    rr_error err = { .msg = "" };
    opened o;

    (void)state;
    assert_true(mkdir(in_scratch("", "new"), 0777) == 0);
    write_scratch("new/b.txt", "second");
    write_scratch("new/a.txt", "first");
    write_scratch("new/.hidden.txt", "x");
    CHECK_OK(open_split(in_scratch("imdb:", "new"), true, RR_SPLIT_TRAIN, &o, &err), err);
    assert_string_equal(summary(o.ds), "- first; - second");
    close_split(&o);
    CHECK_FAILS(open_split(in_scratch("imdb:", "new"), false, RR_SPLIT_TRAIN, &o, &err), RR_ERR_IO,
                err, "neither a folder train nor test");
    close_split(&o);
}

/* ---- trec ----------------------------------------------------------------------------------- */

static void lines_are_utf8_where_they_can_hardly_be_latin_1(void **state)
{
    (void)state;
    noted("A caf\xc3\xa9\nB na\xc3\xafve\n", "trec:", "", "A caf\xc3\xa9; B na\xc3\xafve",
          "t, line 1: this line, and others like it, are read as UTF-8; encoding= settles it");
    told("A caf\xc3\xa9\n", "trec:", "?encoding=utf-8", "A caf\xc3\xa9");
    told("A caf\xc3\xa9\n", "trec:", "?encoding=latin-1", "A caf\xc3\x83 \xc2\xa9");
    told("A caf\xe9\n", "trec:", "", "A caf\xc3\xa9");
    told("A it\x92s\nB \x93\n", "trec:", "?encoding=cp1252", "A it\xe2\x80\x99s; B \xe2\x80\x9c");
    noted(
        "A x\nA it\x92s\nB \x93\n", "trec:", "", "A x; A it \xc2\x92 s; B \xc2\x93",
        "t, line 2: byte 0x92 is a control character of latin-1; if the file is Windows-1252, add");
    refused("A caf\xe9\n", "trec:", "?encoding=utf-8", false, RR_ERR_FORMAT,
            "t, line 1: byte 0xe9 begins no character");
}

static void labels_may_be_marked_as_fasttext_does(void **state)
{
    (void)state;
    told("__label__a:b x y\n__label__c\tz\n", "trec:", "", "a:b x y; c z");
    refused("__label__a x\n__label__\n", "trec:", "", false, RR_ERR_FORMAT,
            "t, line 2: there is no label");
    refused("x y __label__a\n", "trec:", "", false, RR_ERR_FORMAT,
            "t, line 1: __label__ is inside the line; a label stands at its beginning");
    refused("A caf\xe9 b\rB c\r", "trec:", "", false, RR_ERR_FORMAT,
            "t has carriage returns, but no line feed; if its lines end so, convert it");
    refused("__label__a x\n__label__a __label__b y\n", "trec:", "", false, RR_ERR_FORMAT,
            "t, line 2: there are two labels, but a text has one class");
}

/* ---- held-out rows -------------------------------------------------------------------------- */

static void a_rare_class_is_held_out_too(void **state)
{
    char text[4000] = "text,label\n";

    (void)state;
    for (int i = 0; i < 103; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "w%d,%s\n", i,
                       i % 40 == 7 ? "rare" : "common");
    write_scratch("t", text);
    for (int seed = 1; seed <= 5; seed++)
        for (int s = 0; s < 3; s++) {
            char parameters[64];
            size_t rare = 0;
            (void)snprintf(parameters, sizeof parameters, "?holdout=0.1&dev=0.1&seed=%d", seed);
            rr_dataset *ds = load_dataset(spec_of("csv:", parameters), (rr_split)s);
            for (size_t i = 0; i < rr_dataset_count(ds); i++)
                rare += rr_dataset_at(ds, i).label == 1;
            assert_int_equal(rare, 1);
            assert_int_equal(rr_dataset_count(ds), s == RR_SPLIT_TRAIN ? 84
                                                   : s == RR_SPLIT_DEV ? 9
                                                                       : 10);
            rr_dataset_free(ds);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_have_any_separator_and_encoding),
        cmocka_unit_test(columns_without_a_header_go_by_number),
        cmocka_unit_test(only_columns_in_use_need_a_name_of_their_own),
        cmocka_unit_test(members_go_by_given_names),
        cmocka_unit_test(an_array_of_rows_is_read_as_lines_are),
        cmocka_unit_test(labels_of_json_may_be_numbers_or_booleans),
        cmocka_unit_test(labels_written_in_two_ways_are_noted),
        cmocka_unit_test(splits_have_the_names_in_use),
        cmocka_unit_test(empty_texts_are_passed_over_and_counted),
        cmocka_unit_test(a_kept_empty_text_is_the_unknown_word),
        cmocka_unit_test(texts_may_have_no_labels),
        cmocka_unit_test(all_texts_have_labels_or_none),
        cmocka_unit_test(texts_without_labels_have_the_classes_of_a_network),
        cmocka_unit_test(a_folder_of_reviews_needs_no_classes),
        cmocka_unit_test(lines_are_utf8_where_they_can_hardly_be_latin_1),
        cmocka_unit_test(labels_may_be_marked_as_fasttext_does),
        cmocka_unit_test(a_rare_class_is_held_out_too),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
