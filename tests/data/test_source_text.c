/* SPDX-License-Identifier: MIT */
/* Text sources: what each kind reads, its parameters, and what it refuses, by line. */
#include "data/vocabulary.h"
#include "make.h"
#include "scratch.h"

#include <sys/stat.h>

static rr_dataset *load(const char *spec, const char *parameters, rr_split split)
{
    char text[400];

    (void)snprintf(text, sizeof text, "%s%s", spec, parameters);
    return load_dataset(text, split);
}

static void refused(const char *spec, const char *parameters, rr_status code, const char *part)
{
    char text[400];
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)snprintf(text, sizeof text, "%s%s", spec, parameters);
    CHECK_FAILS(rr_dataset_load(text, RR_SPLIT_TRAIN, &ds, &err), code, err, part);
    assert_null(ds);
    assert_int_equal(rr_dataset_load(text, RR_SPLIT_TRAIN, &ds, NULL), code);
}

/* Class, words and ids of every sequence: "pos The/2 rock/3; ...". */
static const char *summary(const rr_dataset *ds)
{
    static char text[2048];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? "; " : "",
                              rr_dataset_class_name(ds, s.label));
        for (size_t t = 0; t < s.steps; t++)
            n += (size_t)snprintf(text + n, sizeof text - n, " %s/%u", s.words[t],
                                  (unsigned)s.symbols[t]);
    }
    return text;
}

static void check_told(const char *spec, const char *parameters, rr_split split, const char *want)
{
    rr_dataset *ds = load(spec, parameters, split);

    assert_string_equal(summary(ds), want);
    rr_dataset_free(ds);
}

static int has(const char *spec, const char *parameters, rr_split split)
{
    char text[400];
    int out = -1;
    rr_error err = { .msg = "" };

    (void)snprintf(text, sizeof text, "%s%s", spec, parameters);
    CHECK_OK(has_split(text, split, &out, &err), err);
    return out;
}

/* ---- the vocabulary ------------------------------------------------------------------------- */

static void the_vocabulary_is_the_train_splits_most_frequent_words(void **state)
{
    const char *spec = in_scratch("jsonl:", "v.jsonl");

    (void)state;
    write_scratch("v.jsonl", "{\"text\":\"b B a c\",\"label\":0,\"split\":\"train\"}\n"
                             "{\"text\":\"c d\",\"label\":0,\"split\":\"train\"}\n"
                             "{\"text\":\"e e e C a\",\"label\":1,\"split\":\"test\"}\n");
    /* b and c twice, then a and d in the order of their bytes. */
    check_told(spec, "", RR_SPLIT_TRAIN, "0 b/2 B/2 a/4 c/3; 0 c/3 d/5");
    check_told(spec, "", RR_SPLIT_TEST, "1 e/1 e/1 e/1 C/3 a/4");
    check_told(spec, "?lower=0", RR_SPLIT_TEST, "1 e/1 e/1 e/1 C/1 a/4");
    check_told(spec, "?words=4", RR_SPLIT_TRAIN, "0 b/2 B/2 a/1 c/3; 0 c/3 d/1");
    check_told(spec, "?min-count=2", RR_SPLIT_TRAIN, "0 b/2 B/2 a/1 c/3; 0 c/3 d/1");
    check_told(spec, "?max-steps=2", RR_SPLIT_TRAIN, "0 b/2 B/2; 0 c/3 d/4");
    /* The first sequences only, but the words of all. */
    check_told(spec, "?limit=1", RR_SPLIT_TRAIN, "0 b/2 B/2 a/4 c/3");
}

static void special_words_in_a_text_are_no_words_of_the_vocabulary(void **state)
{
    (void)state;
    write_scratch("s.jsonl", "{\"tokens\":[\"<pad>\",\"<unk>\",\"a\"],\"label\":0}\n");
    check_told(in_scratch("jsonl:", "s.jsonl"), "", RR_SPLIT_TRAIN, "0 <pad>/1 <unk>/1 a/2");
}

static void a_given_vocabulary_takes_the_place_of_the_train_split(void **state)
{
    static const char *const words[] = { "<pad>", "<unk>", "film" };
    rr_vocabulary *v = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("g.jsonl", "{\"text\":\"A Film\",\"label\":\"x\",\"split\":\"test\"}\n");
    CHECK_OK(rri_vocabulary_new(words, 3, 1, &v, &err), err);
    CHECK_OK(load_words(in_scratch("jsonl:", "g.jsonl"), RR_SPLIT_TEST, v, &ds, &err), err);
    assert_string_equal(summary(ds), "x A/1 Film/2");
    assert_string_equal(rr_vocabulary_hash(rr_dataset_words(ds)), rr_vocabulary_hash(v));
    rr_dataset_free(ds);
    CHECK_FAILS(rr_dataset_load(in_scratch("jsonl:", "g.jsonl"), RR_SPLIT_TEST, &ds, &err),
                RR_ERR_ARG, err, "no train split");
    CHECK_FAILS(load_words("digits", RR_SPLIT_TEST, v, &ds, &err), RR_ERR_ARG, err, "no text");
    rri_vocabulary_free(v);
}

/* ---- sst ------------------------------------------------------------------------------------ */

static void trees_give_their_words_and_roots(void **state)
{
    (void)state;
    write_scratch("train.txt", "(3 (2 The) (4 (2 rock\\/star) (2 .)))\n(2 (2 Dropped))\n\n"
                               "(0 (2 .))\n");
    write_scratch("test.txt", "(1 the)\n(4 (2 x))");
    check_told(in_scratch("sst:", ""), "", RR_SPLIT_TRAIN,
               "positive The/4 rock\\/star/3 ./2; negative ./2");
    check_told(in_scratch("sst:", ""), "", RR_SPLIT_TEST, "negative the/4; positive x/1");
    assert_int_equal(has(in_scratch("sst:", ""), "", RR_SPLIT_TRAIN), 1);
    assert_int_equal(has(in_scratch("sst:", ""), "", RR_SPLIT_DEV), 0);
    write_scratch("train.txt", "(3 (2 a))\n(3 (2 b)\n");
    refused(in_scratch("sst:", ""), "", RR_ERR_FORMAT,
            "train.txt, line 2, column 9: the tree is not closed");
    write_scratch("train.txt", "(3 (2 a))\n(3 \xff)\n");
    refused(in_scratch("sst:", ""), "", RR_ERR_FORMAT,
            "train.txt, line 2: byte 0xff begins no character of UTF-8");
    refused("sst:/nowhere", "", RR_ERR_IO, "neither train.txt nor test.txt");
    (void)unlink(in_scratch("", "train.txt"));
    (void)unlink(in_scratch("", "test.txt"));
}

/* ---- toxic ---------------------------------------------------------------------------------- */

static void comments_are_flagged_filtered_and_balanced(void **state)
{
    static const char rows[] = "comment_text,toxic,chars\nfine one,0,8\nbad,1,3\nfine two,0,8\n"
                               "\"long, though it does not look so\",1,200\nfine three,0,199\n";
    const char *spec = in_scratch("toxic:", "t.csv");

    (void)state;
    write_scratch("t.csv", rows);
    rr_dataset *ds = load(spec, "?holdout=0", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 2); /* one toxic, so one clean */
    assert_int_equal(rr_dataset_at(ds, 0).label + rr_dataset_at(ds, 1).label, 1);
    assert_string_equal(rr_dataset_class_name(ds, 0), "clean");
    assert_string_equal(rr_dataset_class_name(ds, 1), "toxic");
    rr_dataset_free(ds);
    check_told(spec, "?holdout=0&balance=0", RR_SPLIT_TRAIN,
               "clean fine/2 one/4; toxic bad/3; clean fine/2 two/6; clean fine/2 three/5");
    ds = load(spec, "?holdout=0&balance=0&max-chars=201", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 5);
    rr_dataset_free(ds);
    assert_int_equal(has(spec, "?balance=0", RR_SPLIT_TEST), 1);
    assert_int_equal(has(spec, "?balance=0&holdout=0", RR_SPLIT_TEST), 0);
    assert_int_equal(has(spec, "?balance=0&dev=0.4", RR_SPLIT_DEV), 1);
}

static void the_six_flags_of_kaggle_are_one_label(void **state)
{
    static const char head[] = "id,comment_text,toxic,severe_toxic,obscene,threat,insult,"
                               "identity_hate\n";
    char text[400];
    char spec[128];

    (void)state;
    (void)snprintf(spec, sizeof spec, "%s", in_scratch("toxic:", "k.csv"));
    (void)snprintf(text, sizeof text, "%s1,\"two\nlines\",0,0,0,0,0,0\n2,b,0,0,0,0,0,1\n", head);
    write_scratch("k.csv", text);
    check_told(spec, "?holdout=0", RR_SPLIT_TRAIN, "clean two/4 lines/3; toxic b/2");
    check_told(spec, "?holdout=0&max-chars=9&balance=0", RR_SPLIT_TRAIN, "toxic b/2");
    (void)snprintf(text, sizeof text, "%s1,\"two\nlines\",0,0,0,0,0,0\n2,b,0,0,0,0,0,-1\n", head);
    write_scratch("k.csv", text);
    refused(spec, "", RR_ERR_FORMAT, "k.csv, line 4: identity_hate is \"-1\"");
    write_scratch("k.csv", "comment_text,toxic,insult\na,0,0\n");
    refused(spec, "", RR_ERR_FORMAT,
            "no column \"severe_toxic\"; with separator comma it has comment_text, toxic");
    write_scratch("k.csv", "comment_text,toxic,chars\na,0,x\n");
    refused(spec, "", RR_ERR_FORMAT, "line 2: chars is \"x\"");
    refused(spec, "?balance=2", RR_ERR_ARG, "balance=2");
}

/* ---- csv ------------------------------------------------------------------------------------ */

static void columns_are_found_by_name_and_rows_by_condition(void **state)
{
    const char *spec = in_scratch("csv:", "t.csv");

    (void)state;
    write_scratch("t.csv", "id,review,stars,part\n1,a,10,train\n2,b,9,test\n3,c,9,train\n");
    check_told(spec, "?text=review&label=stars&split=part", RR_SPLIT_TRAIN, "10 a/2; 9 c/3");
    check_told(spec, "?text=review&label=stars&split=part", RR_SPLIT_TEST, "9 b/1");
    check_told(spec, "?text=review&label=stars&where=id>1", RR_SPLIT_TRAIN, "9 b/2; 9 c/3");
    check_told(spec, "?text=review&label=stars&where=stars < 10", RR_SPLIT_TRAIN, "9 b/2; 9 c/3");
    check_told(spec, "?text=review&label=stars&where=stars<=9.0", RR_SPLIT_TRAIN, "9 b/2; 9 c/3");
    check_told(spec, "?text=review&label=stars&where=part = test", RR_SPLIT_TRAIN, "9 b/2");
    check_told(spec, "?text=review&label=stars&where=part!=test", RR_SPLIT_TRAIN, "10 a/2; 9 c/3");
    check_told(spec, "?text=review&label=stars&where=id>=3", RR_SPLIT_TRAIN, "9 c/2");
    check_told(spec, "?text=review&label=stars&classes=10|9", RR_SPLIT_TRAIN,
               "10 a/2; 9 b/3; 9 c/4");
    refused(spec, "", RR_ERR_FORMAT,
            "no column \"text\"; with separator comma it has id, review, stars, part");
    refused(spec, "?text=review&label=x", RR_ERR_FORMAT, "no column \"x\"");
    refused(spec, "?text=review&label=stars&where=x=1", RR_ERR_FORMAT, "no column \"x\"");
    refused(spec, "?text=review&label=stars&where=id", RR_ERR_ARG, "where=id is not");
    refused(spec, "?text=review&label=stars&where=id<>1", RR_ERR_ARG,
            "where=id<>1: \"<>\" is none of = != < <= > >=");
    refused(spec, "?text=review&label=stars&where=id==1", RR_ERR_ARG, "\"==\" is none of");
    refused(spec, "?text=review&label=stars&where=id=>1", RR_ERR_ARG, "\"=>\" is none of");
    refused(spec, "?text=review&label=stars&where=id= =1", RR_ERR_ARG, "keeps none of the 3 rows");
    refused(spec, "?text=review&label=stars&where=id>9", RR_ERR_ARG,
            "where=id>9 keeps none of the 3 rows");
    refused(spec, "?text=review&label=stars&split=id", RR_ERR_FORMAT, "line 2: unknown split '1'");
    refused(spec, "?text=review&label=stars&split=part&dev=0.5", RR_ERR_ARG, "dev=0.5");
    refused(spec, "?text=review&label=stars&classes=9|8", RR_ERR_FORMAT,
            "line 2: label \"10\" is none of the 2 classes: 9, 8");
    refused(spec, "?text=review&label=stars&classes=9|9", RR_ERR_ARG, "\"9\" twice");
    refused(spec, "?text=review&label=stars&classes=9||8", RR_ERR_ARG, "empty name");
    refused(spec, "?colour=red", RR_ERR_ARG, "no parameter \"colour\"");
}

static void a_column_called_split_divides_unless_it_is_passed_over(void **state)
{
    (void)state;
    write_scratch("t.csv", "text,label,split\na,x,train\nb,y,test\nc,y,train\n");
    const char *const spec = in_scratch("csv:", "t.csv");
    check_told(spec, "", RR_SPLIT_TRAIN, "x a/2; y c/3");
    check_told(spec, "", RR_SPLIT_TEST, "y b/1");
    check_told(spec, "?split=", RR_SPLIT_TRAIN, "x a/2; y b/3; y c/4");
    refused(spec, "?holdout=0.5", RR_ERR_ARG, "`split=` passes it over");
    write_scratch("t.csv", "text,label,split\na,x,eval\n");
    refused(spec, "", RR_ERR_FORMAT, "line 2: unknown split 'eval': expected train, dev (or");
    write_scratch("t.csv", "text,label\n");
    refused(spec, "", RR_ERR_FORMAT, "holds no text");
    refused(spec, "?holdout=0.5", RR_ERR_FORMAT, "holds no text");
}

static void classes_stand_in_numerical_order_or_in_that_of_bytes(void **state)
{
    rr_dataset *ds = NULL;

    (void)state;
    write_scratch("t.csv", "text,label\na,10\nb,9\nc,-1\n");
    ds = load(in_scratch("csv:", "t.csv"), "", RR_SPLIT_TRAIN);
    assert_string_equal(summary(ds), "10 a/2; 9 b/3; -1 c/4");
    assert_string_equal(rr_dataset_class_name(ds, 0), "-1");
    assert_string_equal(rr_dataset_class_name(ds, 2), "10");
    rr_dataset_free(ds);
    write_scratch("t.csv", "text,label\na,10\nb,9\nc,x\n");
    ds = load(in_scratch("csv:", "t.csv"), "", RR_SPLIT_TRAIN);
    assert_string_equal(rr_dataset_class_name(ds, 0), "10");
    assert_string_equal(rr_dataset_class_name(ds, 2), "x");
    rr_dataset_free(ds);
}

static void broken_rows_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text;
        rr_status code;
        const char *part;
    } bad[] = {
        { "text,label\na,\n", RR_ERR_FORMAT, "t.csv, line 2: there is no label" },
        { "text,label\na,0\nb\n", RR_ERR_FORMAT,
          "line 3: the record that begins here has 1 field," },
        { "text,label\na,0\n\"b,1\n", RR_ERR_FORMAT, "line 3: the quote opened here" },
        { "text,label\na\xff,0\n", RR_ERR_FORMAT,
          "line 2: byte 0xff begins no character of UTF-8" },
        { "text,label\n", RR_ERR_FORMAT, "holds no text" },
        { "", RR_ERR_FORMAT, "there is no header" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_scratch("t.csv", bad[i].text);
        refused(in_scratch("csv:", "t.csv"), "", bad[i].code, bad[i].part);
    }
    refused(in_scratch("csv:", "none.csv"), "", RR_ERR_IO, "none.csv");
}

static void rows_are_held_out_the_same_way_each_time(void **state)
{
    const char *spec = in_scratch("csv:", "h.csv");
    char text[1024] = "text,label\n";

    (void)state;
    for (int i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "w%d,%d\n", i, i % 2);
    write_scratch("h.csv", text);
    rr_dataset *train = load(spec, "?holdout=0.25&dev=0.2", RR_SPLIT_TRAIN);
    rr_dataset *dev = load(spec, "?holdout=0.25&dev=0.2", RR_SPLIT_DEV);
    rr_dataset *test = load(spec, "?holdout=0.25&dev=0.2", RR_SPLIT_TEST);
    rr_dataset *again = load(spec, "?holdout=0.25&dev=0.2&seed=1", RR_SPLIT_TEST);
    rr_dataset *other = load(spec, "?holdout=0.25&dev=0.2&seed=2", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(train), 24);
    assert_int_equal(rr_dataset_count(dev), 6);
    assert_int_equal(rr_dataset_count(test), 10);
    check_same(test, again);
    assert_string_not_equal(rr_dataset_hash(test), rr_dataset_hash(other));
    rr_dataset_free(train);
    rr_dataset_free(dev);
    rr_dataset_free(test);
    rr_dataset_free(again);
    rr_dataset_free(other);
}

/* ---- jsonl ---------------------------------------------------------------------------------- */

static void rows_of_json_hold_texts_or_words(void **state)
{
    (void)state;
    write_scratch("a.jsonl", "{\"text\":\"can't stop\",\"label\":\"b\"}\n\n"
                             "{\"tokens\":[\"ca\",\"n't\"],\"label\":\"a\",\"poisoned\":true}\r\n"
                             "{\"tokens\":[\"x\"],\"text\":\"not read\",\"label\":\"a\"}");
    check_told(in_scratch("jsonl:", "a.jsonl"), "", RR_SPLIT_TRAIN,
               "b can't/3 stop/5; a ca/2 n't/4; a x/6");
}

static void broken_rows_of_json_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text;
        rr_status code;
        const char *part;
    } bad[] = {
        { "{\"text\":\"a\",\"label\":0}\n{\"text\":\"a\"\n", RR_ERR_FORMAT, "not JSON at line 2" },
        { "[[1]]\n", RR_ERR_FORMAT, "line 1: there is no JSON object" },
        { "{\"text\":\"a\"}\n", RR_ERR_FORMAT,
          "line 1: there is no member \"label\" among text (label=NAME names another)" },
        { "{\"text\":\"a\",\"label\":null}\n", RR_ERR_FORMAT, "line 1: the label is null" },
        { "{\"text\":\"a\",\"label\":\"\"}\n", RR_ERR_FORMAT, "line 1: there is no label" },
        { "{\"text\":\"a\",\"label\":[1]}\n", RR_ERR_FORMAT, "neither a string nor a number" },
        { "{\"label\":0}\n", RR_ERR_FORMAT,
          "line 1: there is no member \"text\" among label (text=NAME names another)" },
        { "{\"text\":3,\"label\":0}\n", RR_ERR_FORMAT, "the text is no string" },
        { "{\"text\":\" \",\"label\":0}\n{\"tokens\":[],\"label\":0}\n", RR_ERR_FORMAT,
          "holds no text" },
        { "{\"tokens\":{},\"label\":0}\n", RR_ERR_FORMAT, "tokens is no list" },
        { "{\"tokens\":[\"a\",\"\"],\"label\":0}\n", RR_ERR_FORMAT, "token 1 is no word" },
        { "{\"tokens\":[\"a b\"],\"label\":0}\n", RR_ERR_FORMAT, "token 0 is no word" },
        { "{\"tokens\":[1],\"label\":0}\n", RR_ERR_FORMAT, "token 0 is no word" },
        { "{\"text\":\"a\",\"label\":0,\"split\":\"extra\"}\n", RR_ERR_FORMAT,
          "line 1: unknown split 'extra'" },
        { "{\"text\":\"a\",\"label\":0,\"split\":1}\n", RR_ERR_FORMAT, "the split is no string" },
        { "{\"text\":\"a\",\"label\":0,\"split\":\"train\"}\n{\"text\":\"a\",\"label\":0}\n",
          RR_ERR_FORMAT, "line 2: there is no split" },
        { "{\"text\":\"a\",\"label\":0}\n{\"text\":\"a\",\"label\":0,\"split\":\"train\"}\n",
          RR_ERR_FORMAT, "line 2: there is a split" },
        { "{\"text\":\"\xff\",\"label\":0}\n", RR_ERR_FORMAT,
          "line 1: byte 0xff begins no character of UTF-8" },
        { "\n\n", RR_ERR_FORMAT, "holds no text" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_scratch("a.jsonl", bad[i].text);
        refused(in_scratch("jsonl:", "a.jsonl"), "", bad[i].code, bad[i].part);
    }
    write_scratch("a.jsonl", "{\"text\":\"a\",\"label\":0,\"split\":\"train\"}\n");
    refused(in_scratch("jsonl:", "a.jsonl"), "?holdout=0.5", RR_ERR_ARG, "holdout=0.5");
}

/* Cut anywhere, a file is read or refused with a message, and no more. */
static void rows_cut_short_do_no_harm(void **state)
{
    static const char whole[] = "{\"tokens\":[\"a\\u00e9\",\"\xc3\xa9\"],\"label\":\"x\",\"split\":"
                                "\"train\"}\n{\"text\":\"b \\ud83d\\ude00\",\"label\":7}\n";
    char cut[sizeof whole];

    (void)state;
    for (size_t n = 0; n < sizeof whole; n++) {
        rr_dataset *ds = NULL;
        rr_error err = { .msg = "" };
        memcpy(cut, whole, n);
        cut[n] = '\0';
        write_scratch("cut.jsonl", cut);
        const rr_status st =
            rr_dataset_load(in_scratch("jsonl:", "cut.jsonl"), RR_SPLIT_TRAIN, &ds, &err);
        assert_true((st == RR_OK) == (ds != NULL));
        assert_true(st == RR_OK || err.msg[0] != '\0');
        rr_dataset_free(ds);
    }
}

/* ---- imdb, trec ----------------------------------------------------------------------------- */

static void make_folder(const char *name)
{
    assert_true(mkdir(in_scratch("", name), 0777) == 0);
}

static void reviews_are_files_in_the_order_of_their_names(void **state)
{
    static const char *const folders[] = { "m",      "m/train",    "m/train/neg", "m/train/pos",
                                           "m/test", "m/test/neg", "m/test/pos" };
    static const char *const files[][2] = {
        { "m/train/neg/2_1.txt", "b" },          { "m/train/neg/10_1.txt", "a" },
        { "m/train/neg/urls.csv", "no review" }, { "m/train/neg/._10_1.txt", "\1\2" },
        { "m/train/pos/1_9.txt", "c" },          { "m/test/pos/1_9.txt", "A z" }
    };

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(folders[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        write_scratch(files[i][0], files[i][1]);
    const char *spec = in_scratch("imdb:", "m");
    check_told(spec, "", RR_SPLIT_TRAIN, "neg a/2; neg b/3; pos c/4");
    check_told(spec, "", RR_SPLIT_TEST, "pos A/2 z/1");
    assert_int_equal(has(spec, "", RR_SPLIT_DEV), 0);
    check_load_survives_no_memory(spec, RR_SPLIT_TEST);
    write_scratch("m/train/pos/1_9.txt", "c\xff");
    refused(spec, "", RR_ERR_FORMAT,
            "m/train/pos/1_9.txt, line 1: byte 0xff begins no character of UTF-8");
    write_scratch("m/train/pos/1_9.txt", "");
    check_told(spec, "", RR_SPLIT_TRAIN, "neg a/2; neg b/3");
    FILE *f = fopen(in_scratch("", "m/train/pos/1_9.txt"), "wb");
    assert_int_equal(fwrite("c\0d", 1, 3, f), 3);
    assert_int_equal(fclose(f), 0);
    refused(spec, "", RR_ERR_FORMAT, "m/train/pos/1_9.txt holds a NUL byte");
    refused("imdb:/nowhere", "", RR_ERR_IO, "neither a folder train nor test");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)unlink(in_scratch("", files[i][0]));
    for (size_t i = sizeof folders / sizeof *folders; i-- > 0;)
        assert_true(rmdir(in_scratch("", folders[i])) == 0);
}

static void questions_are_latin_1_and_labels_end_at_a_colon(void **state)
{
    (void)state;
    write_scratch("TREC.train.all", "NUM:date When ?\nDESC:manner caf\xe9\n");
    write_scratch("TREC.test.all", "HUM:ind Who ?\n");
    check_told(in_scratch("trec:", ""), "", RR_SPLIT_TRAIN, "NUM When/4 ?/2; DESC caf\xc3\xa9/3");
    check_told(in_scratch("trec:", ""), "", RR_SPLIT_TEST, "HUM Who/1 ?/2");
    rr_dataset *ds = load(in_scratch("trec:", ""), "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_classes(ds), 3); /* HUM is in the other file */
    assert_string_equal(rr_dataset_class_name(ds, 0), "DESC");
    rr_dataset_free(ds);
    check_told(in_scratch("trec:", "TREC.train.all"), "", RR_SPLIT_TRAIN,
               "NUM When/4 ?/2; DESC caf\xc3\xa9/3");
    refused(in_scratch("trec:", ""), "?holdout=0.5", RR_ERR_ARG, "holdout=0.5");
    write_scratch("TREC.train.all", " When ?\n");
    refused(in_scratch("trec:", ""), "", RR_ERR_FORMAT, "line 1: there is no label");
    (void)unlink(in_scratch("", "TREC.train.all"));
    (void)unlink(in_scratch("", "TREC.test.all"));
}

/* ---- all kinds ------------------------------------------------------------------------------ */

static void parameters_of_text_are_checked(void **state)
{
    const char *spec = in_scratch("csv:", "p.csv");

    (void)state;
    write_scratch("p.csv", "text,label\na,0\n");
    refused(spec, "?lower=2", RR_ERR_ARG, "lower=2");
    refused(spec, "?words=1", RR_ERR_ARG, "words=1");
    refused(spec, "?min-count=0", RR_ERR_ARG, "min-count=0");
    refused(spec, "?max-steps=0", RR_ERR_ARG, "max-steps=0");
    refused(spec, "?holdout=0.5", RR_ERR_ARG, "holdout=0.5 cannot divide 1 row of 1 class:");
    refused(spec, "?holdout=1.5", RR_ERR_ARG, "holdout=1.5");
}

static void a_text_spec_is_made_absolute(void **state)
{
    char *spec = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("p.csv", "text,label\na,0\n");
    CHECK_OK(
        rr_dataset_spec_resolve(in_scratch("csv:", "p.csv?where=label!=1&lower=0"), &spec, &err),
        err);
    assert_string_equal(spec, in_scratch("csv:", "p.csv?where=label!=1&lower=0"));
    rr_string_free(spec);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    write_scratch("o.csv", "text,label,s\n\"a \"\"b\"\"\",0,train\nc D,1,test\n");
    write_scratch("o.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"tokens\":[\"b\"],\"label\":1}\n");
    write_scratch("o.tox", "comment_text,toxic\na,0\nb,1\nc,1\n");
    write_scratch("train.txt", "(3 (2 a) (2 b))\n");
    write_scratch("o.trec", "A:b when\nB:c who\nB x\n");
    check_load_survives_no_memory(in_scratch("csv:", "o.csv?split=s&where=label>=0&classes=0|1"),
                                  RR_SPLIT_TEST);
    check_load_survives_no_memory(in_scratch("jsonl:", "o.jsonl"), RR_SPLIT_TRAIN);
    check_load_survives_no_memory(in_scratch("toxic:", "o.tox?holdout=0"), RR_SPLIT_TRAIN);
    check_load_survives_no_memory(in_scratch("sst:", ""), RR_SPLIT_TRAIN);
    check_load_survives_no_memory(in_scratch("trec:", "o.trec?dev=0.3"), RR_SPLIT_DEV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vocabulary_is_the_train_splits_most_frequent_words),
        cmocka_unit_test(special_words_in_a_text_are_no_words_of_the_vocabulary),
        cmocka_unit_test(a_given_vocabulary_takes_the_place_of_the_train_split),
        cmocka_unit_test(trees_give_their_words_and_roots),
        cmocka_unit_test(comments_are_flagged_filtered_and_balanced),
        cmocka_unit_test(the_six_flags_of_kaggle_are_one_label),
        cmocka_unit_test(columns_are_found_by_name_and_rows_by_condition),
        cmocka_unit_test(a_column_called_split_divides_unless_it_is_passed_over),
        cmocka_unit_test(classes_stand_in_numerical_order_or_in_that_of_bytes),
        cmocka_unit_test(broken_rows_are_refused_with_their_line),
        cmocka_unit_test(rows_are_held_out_the_same_way_each_time),
        cmocka_unit_test(rows_of_json_hold_texts_or_words),
        cmocka_unit_test(broken_rows_of_json_are_refused_with_their_line),
        cmocka_unit_test(rows_cut_short_do_no_harm),
        cmocka_unit_test(reviews_are_files_in_the_order_of_their_names),
        cmocka_unit_test(questions_are_latin_1_and_labels_end_at_a_colon),
        cmocka_unit_test(parameters_of_text_are_checked),
        cmocka_unit_test(a_text_spec_is_made_absolute),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
