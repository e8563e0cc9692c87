/* SPDX-License-Identifier: MIT */
/* Sentences whose words have labels: CoNLL-U as the standard has it, JSON lines with tags, and
 * every way to be wrong. */
#include "make.h"
#include "scratch.h"

#define WORD(id, form, upos, feats, misc)                                                          \
    id "\t" form "\t_\t" upos "\tX" upos "\t" feats "\t0\troot\t_\t" misc "\n"

static const char train[] =
    "# newdoc\n"
    "# text = We don't sleep\n" WORD("1", "We", "PRON", "Number=Plur|Case=Nom", "_")
        WORD("2-3", "don't", "_", "_", "_") WORD("2", "do", "AUX", "Number=Plur", "_")
            WORD("3", "n't", "_", "_", "_") WORD("4", "sleep", "VERB", "_", "SpaceAfter=No")
                WORD("4.1", "well", "ADV", "_",
                     "_") "\n"
                          "# sent_id = 2\n" WORD("1", "2 000", "NUM", "Number=Sing", "_")
                              WORD("2", "dogs", "NOUN", "Number=Plur",
                                   "_"); /* the file ends without an empty line */

static const char test[] = WORD("1", "Dogs", "NOUN", "Number=Plur", "_") "\n" WORD(
    "1", "hm", "_", "_", "_") "\n\n" WORD("1", "We", "PRON", "_", "_") "\n";

static void write_splits(void)
{
    write_scratch("x-ud-train.conllu", train);
    write_scratch("x-ud-test.conllu", test);
}

static rr_dataset *load(const char *name, rr_split split)
{
    return load_dataset(in_scratch("conllu:", name), split);
}

/* The classes of the steps of a sequence, "-" for none. */
static void check_labels(const rr_dataset *ds, size_t i, const char *want)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    char got[200] = "";

    for (size_t t = 0; t < s.steps; t++) {
        const uint32_t c = s.step_labels[t];
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", t > 0 ? " " : "",
                       c == RR_NO_LABEL ? "-" : rr_dataset_class_name(ds, c));
    }
    assert_string_equal(got, want);
}

static void check_words(const rr_dataset *ds, size_t i, const char *want)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    char got[200] = "";

    for (size_t t = 0; t < s.steps; t++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", t > 0 ? " " : "",
                       s.words[t]);
    assert_string_equal(got, want);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void a_folder_holds_sentences_of_labelled_words(void **state)
{
    rr_source *s = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    write_splits();
    CHECK_OK(rr_source_open(in_scratch("conllu:", ""), NULL, &s, &err), err);
    assert_int_equal(rr_source_has(s, RR_SPLIT_DEV), 0);
    CHECK_OK(rr_source_split(s, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_classes(ds), 5); /* of both files, in order */
    assert_string_equal(rr_dataset_class_name(ds, 0), "AUX");
    check_words(ds, 0, "We do n't sleep");
    check_labels(ds, 0, "PRON AUX - VERB");
    check_words(ds, 1, "2_000 dogs");
    check_labels(ds, 1, "NUM NOUN");
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).label), "VERB");
    rr_dataset_free(ds);
    CHECK_OK(rr_source_split(s, RR_SPLIT_TEST, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 2); /* the one without a labelled word is passed over */
    check_words(ds, 0, "Dogs");
    assert_int_equal(rr_dataset_at(ds, 0).symbols[0],
                     rr_vocabulary_find(rr_dataset_words(ds), "dogs"));
    check_labels(ds, 1, "PRON");
    assert_non_null(strstr(rr_source_note(s, 0), "1 word has white space inside"));
    assert_non_null(strstr(rr_source_note(s, 1), "1 text has no word with a label"));
    assert_non_null(strstr(rr_source_note(s, 1), "x-ud-test.conllu, line 3"));
    rr_dataset_free(ds);
    rr_source_close(s);
}

static void any_column_may_hold_the_labels(void **state)
{
    static const struct {
        const char *column, *first, *second;
    } of[] = { { "xpos", "XPRON XAUX X_ XVERB", "XNUM XNOUN" },
               { "5", "XPRON XAUX X_ XVERB", "XNUM XNOUN" },
               { "deprel", "root root root root", "root root" },
               { "feats", "Number=Plur|Case=Nom Number=Plur - -", "Number=Sing Number=Plur" },
               { "feats.Number", "Plur Plur _ _", "Sing Plur" },
               { "feats.Case", "Nom _ _ _", "_ _" },
               { "misc.SpaceAfter", "_ _ _ No", "_ _" } };
    char name[64];

    (void)state;
    write_splits();
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        (void)snprintf(name, sizeof name, "x-ud-train.conllu?column=%s", of[k].column);
        rr_dataset *ds = load(name, RR_SPLIT_TRAIN);
        check_labels(ds, 0, of[k].first);
        check_labels(ds, 1, of[k].second);
        rr_dataset_free(ds);
    }
}

static void sentences_are_cut_as_texts_are(void **state)
{
    (void)state;
    write_splits();
    rr_dataset *ds = load("x-ud-train.conllu?max-steps=2&words=3&lower=0", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_vocabulary(ds), 3);
    check_words(ds, 0, "We do");
    check_labels(ds, 0, "PRON AUX");
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).label), "VERB");
    rr_dataset_free(ds);
    ds = load("x-ud-train.conllu?holdout=0.5&seed=3", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 1);
    rr_dataset_free(ds);
}

static void data_without_labels_are_sentences_all_the_same(void **state)
{
    static const char bare[] = WORD("1", "We", "_", "_", "_") "\n" WORD("1", "so", "_", "_", "_");
    rr_source_options options = rr_source_options_default();
    rr_source *s = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    write_splits();
    write_scratch("bare.conllu", bare);
    CHECK_FAILS(rr_source_open(in_scratch("conllu:", "bare.conllu"), NULL, &s, &err), RR_ERR_FORMAT,
                err, "no word has a label");
    CHECK_OK(rr_source_open(in_scratch("conllu:", "x-ud-train.conllu,bare.conllu"), NULL, &s, &err),
             err);
    assert_int_equal(rr_source_has(s, RR_SPLIT_TRAIN), 1);
    assert_int_equal(rr_source_has(s, RR_SPLIT_TEST), 0); /* all of it is passed over */
    rr_source_close(s);
    options.unlabelled = 1;
    CHECK_OK(rr_source_open(in_scratch("conllu:", "bare.conllu"), &options, &s, &err), err);
    CHECK_OK(rr_source_split(s, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_labelled(ds), 0);
    assert_int_equal(rr_dataset_step_labelled(ds), 0);
    assert_int_equal(rr_dataset_count(ds), 2);
    rr_dataset_free(ds);
    rr_source_close(s);
}

/* ---- wrong files ---------------------------------------------------------------------------- */

static void wrong_lines_are_refused_with_their_numbers(void **state)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        { "# a\n1\tWe\tPRON\n", "bad.conllu, line 2: 3 columns separated by tabs" },
        { WORD("1", "a", "X", "_", "_") WORD("3", "b", "X", "_", "_"),
          "bad.conllu, line 2: the number of the word is \"3\", expected 2" },
        { WORD("x", "a", "X", "_", "_"), "line 1: the number of the word is \"x\", expected 1" },
        { WORD("1-", "a", "X", "_", "_"), "line 1: the number of the word is \"1-\"" },
        { WORD("1", "", "X", "_", "_"), "line 1: there is no word beside the number \"1\"" },
        { WORD("1", "a\xff", "X", "_", "_"), "line 1" },
    };
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        write_scratch("bad.conllu", bad[k].text);
        CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", "bad.conllu"), RR_SPLIT_TRAIN, &ds, &err),
                    RR_ERR_FORMAT, err, bad[k].part);
        assert_null(ds);
    }
    write_scratch("bad.conllu", train);
    CHECK_FAILS(
        rr_dataset_load(in_scratch("conllu:", "bad.conllu?column=pos"), RR_SPLIT_TRAIN, &ds, &err),
        RR_ERR_ARG, err, "column=pos of conllu");
    CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", "bad.conllu?column=upos.x"), RR_SPLIT_TRAIN,
                                &ds, &err),
                RR_ERR_ARG, err, "column=upos.x");
    CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", "bad.conllu?column=feats.Numbr"),
                                RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_FORMAT, err, "bad.conllu: no word has the key Numbr in its feats");
    CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", "bad.conllu?classes=NOUN|VERB"),
                                RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_FORMAT, err, "line 3");
}

static void folders_need_one_file_a_split(void **state)
{
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", ""), RR_SPLIT_TRAIN, &ds, &err), RR_ERR_IO,
                err, "holds no file .conllu");
    write_splits();
    write_scratch("y-train.conllu", train);
    CHECK_FAILS(rr_dataset_load(in_scratch("conllu:", ""), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_FORMAT, err, "x-ud-train.conllu and y-train.conllu are both named train");
}

/* ---- JSON lines ----------------------------------------------------------------------------- */

static void json_lines_may_have_tags(void **state)
{
    const rr_split split = RR_SPLIT_TRAIN;
    rr_dataset *back = NULL;
    rr_error err = { 0 };

    (void)state;
    write_scratch("t.jsonl", "{\"tokens\":[\"We\",\"do\",\"so\"],\"ner\":[\"B\",null,\"O\"]}\n"
                             "{\"tokens\":[\"no\"],\"ner\":[\"I\"],\"label\":\"B\"}\n");
    rr_dataset *ds = load_dataset(in_scratch("jsonl:", "t.jsonl?tags=ner"), split);
    check_labels(ds, 0, "B - O");
    check_labels(ds, 1, "I");
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).label), "O");
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 1).label), "B");
    CHECK_OK(rr_dataset_save_jsonl((const rr_dataset *const *)&ds, &split, 1,
                                   in_scratch("", "back.jsonl"), &err),
             err);
    back = load_dataset(in_scratch("jsonl:", "back.jsonl?tags=tags"), split);
    assert_string_equal(rr_dataset_hash(back), rr_dataset_hash(ds));
    rr_dataset_free(back);
    rr_dataset_free(ds);
    write_scratch("t.jsonl", "{\"tokens\":[\"We\",\"do\"],\"ner\":[\"B\"]}\n");
    CHECK_FAILS(rr_dataset_load(in_scratch("jsonl:", "t.jsonl?tags=ner"), split, &ds, &err),
                RR_ERR_FORMAT, err, "ner is no list of 2 labels");
    CHECK_FAILS(rr_dataset_load(in_scratch("jsonl:", "t.jsonl?tags=pos"), split, &ds, &err),
                RR_ERR_FORMAT, err, "there is no member \"pos\"");
    write_scratch("t.jsonl", "{\"text\":\"We do\",\"ner\":[\"B\"]}\n");
    CHECK_FAILS(rr_dataset_load(in_scratch("jsonl:", "t.jsonl?tags=ner"), split, &ds, &err),
                RR_ERR_FORMAT, err, "there are no tokens");
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    write_splits();
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        rr_dataset *ds = NULL;
        at.st = rr_dataset_load(in_scratch("conllu:", "?column=feats.Number"), RR_SPLIT_TEST, &ds,
                                NULL);
        assert_true((at.st == RR_OK) == (ds != NULL));
        rr_dataset_free(ds);
    }
}

/* ---- real data ------------------------------------------------------------------------------ */

static void the_english_web_treebank_is_read(void **state)
{
    const char *folder = getenv("RNNREPAIR_DATA");
    rr_source *s = NULL;
    rr_dataset *of[3] = { NULL };
    rr_error err = { 0 };
    char spec[600];

    (void)state;
    (void)snprintf(spec, sizeof spec, "conllu:%s/pos", folder != NULL ? folder : "../shared/data");
    if (access(spec + strlen("conllu:"), F_OK) != 0) {
        print_message("no treebank under RNNREPAIR_DATA: test left out\n");
        skip();
    }
    CHECK_OK(rr_source_open(spec, NULL, &s, &err), err);
    for (int k = 0; k < 3; k++)
        CHECK_OK(rr_source_split(s, (rr_split)k, &of[k], &err), err);
    assert_int_equal(rr_dataset_count(of[RR_SPLIT_TRAIN]), 12544);
    assert_int_equal(rr_dataset_count(of[RR_SPLIT_DEV]), 2001);
    assert_int_equal(rr_dataset_count(of[RR_SPLIT_TEST]), 2077);
    assert_int_equal(rr_dataset_classes(of[RR_SPLIT_TEST]), 17);
    assert_int_equal(rr_dataset_labelled_steps(of[RR_SPLIT_TRAIN]),
                     rr_dataset_steps(of[RR_SPLIT_TRAIN]));
    for (int k = 0; k < 3; k++)
        rr_dataset_free(of[k]);
    rr_source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_folder_holds_sentences_of_labelled_words),
        TEST_IN_SCRATCH(any_column_may_hold_the_labels),
        TEST_IN_SCRATCH(sentences_are_cut_as_texts_are),
        TEST_IN_SCRATCH(data_without_labels_are_sentences_all_the_same),
        TEST_IN_SCRATCH(wrong_lines_are_refused_with_their_numbers),
        TEST_IN_SCRATCH(folders_need_one_file_a_split),
        TEST_IN_SCRATCH(json_lines_may_have_tags),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
        cmocka_unit_test(the_english_web_treebank_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
