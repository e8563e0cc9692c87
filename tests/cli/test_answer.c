/* SPDX-License-Identifier: MIT */
/* test_answer.c - what commands answer on an open session is what they print, parameter by
 * parameter, and nothing of a request reads or writes a file. */
#include "../workflow/sentences.h"

#include "kit/answer.h"
#include "kit/options.h"
#include "workflow/workflow_internal.h"

#include <getopt.h>

static const cli_command *const commands[] = {
    &cli_command_train,  &cli_command_build,    &cli_command_predict,  &cli_command_info,
    &cli_command_states, &cli_command_trust,    &cli_command_compare,  &cli_command_explain,
    &cli_command_audit,  &cli_command_localize, &cli_command_backdoor,
};
const cli_program cli_the_program = { .name = "rnnrepair",
                                      .commands = commands,
                                      .count = sizeof commands / sizeof *commands };

enum { MOST_WORDS = 24, MOST_PARAMETERS = 8 };

/* ---- runs ----------------------------------------------------------------------------------- */

/* The whole of a file; free(). */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = fopen(path, "rb");
    FILE *to = open_memstream(&text, &bytes);

    assert_non_null(f);
    assert_non_null(to);
    for (int c = fgetc(f); c != EOF; c = fgetc(f))
        (void)fputc(c, to);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(fclose(f), 0);
    return text;
}

/* Run a command line, split at blanks; what it prints is in the file "printed". */
static void print(const char *line)
{
    char words[512];
    char *argv[MOST_WORDS] = { "rnnrepair" };
    int argc = 1;
    (void)snprintf(words, sizeof words, "%s", line);
    for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
        argv[argc++] = w;
    assert_true(argc < MOST_WORDS);
    fflush(stdout);
    const int terminal = dup(STDOUT_FILENO);
    assert_non_null(freopen("printed", "wb", stdout));
    optind = 0; /* getopt begins anew */
    const int code = cli_main(argc, argv);
    fflush(stdout);
    assert_true(dup2(terminal, STDOUT_FILENO) >= 0);
    close(terminal);
    clearerr(stdout);
    if (code != 0)
        fail_msg("%s: exit code %d", line, code);
}

static void write_tags(void)
{
    FILE *f = fopen("tags.jsonl", "w");

    assert_non_null(f);
    for (unsigned i = 0; i < 60; i++)
        fprintf(f,
                "{\"split\": \"%s\", \"tokens\": [\"the\", \"a,%u\", \"x\"], \"tags\": [\"d\", "
                "\"n\", \"%s\"]}\n",
                i < 40 ? "train" : "test", i % 3, i % 5 == 1 ? "v" : "n, \\\"w\\\"");
    assert_int_equal(fclose(f), 0);
}

static int make_runs(void **state)
{
    assert_int_equal(open_scratch(state), 0);
    write_sentences(60, 40);
    write_tags();
    print("train frames --data digits?train=120&test=40 --hidden 8 --epochs 2 --batch 16 --quiet");
    print("build frames --states 5 --quiet");
    print("train more --data digits?train=120&test=40 --hidden 9 --epochs 3 --batch 16 --quiet");
    print("train words --data jsonl:text.jsonl --hidden 8 --width 6 --epochs 3 --batch 8 --quiet");
    print("build words --states 5 --quiet");
    print("train tags --data jsonl:tags.jsonl?tags=tags&tokens=tokens --hidden 8 --width 6 "
          "--epochs 1 --batch 8 --quiet");
    print("build tags --states 5 --quiet");
    return 0;
}

/* ---- requests ------------------------------------------------------------------------------- */

static rr_session *open_run(const char *dir)
{
    rr_session *s = NULL;
    rr_error err = { 0 };
    CHECK_OK(rr_session_open(dir, NULL, &s, &err), err);
    return s;
}

/* Answer "a=1 b=2", where '+' stands for a blank. */
static rr_status ask(const char *command, rr_session *s, const char *query, cli_format format,
                     char **out, size_t *bytes, rr_error *err)
{
    char words[512];
    cli_parameter p[MOST_PARAMETERS];
    cli_request request = { .parameters = p, .format = format };
    (void)snprintf(words, sizeof words, "%s", query);
    for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " ")) {
        char *value = strchr(w, '=');
        assert_non_null(value);
        *value++ = '\0';
        for (char *c = value; *c != '\0'; c++)
            if (*c == '+')
                *c = ' ';
        assert_true(request.count < MOST_PARAMETERS);
        p[request.count++] = (cli_parameter){ w, value };
    }
    const cli_command *of = cli_answering(command);
    assert_non_null(of);
    return cli_answer(of, s, &request, out, bytes, err);
}

static char *answer(const char *command, rr_session *s, const char *query, cli_format format)
{
    char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };
    CHECK_OK(ask(command, s, query, format, &out, &bytes, &err), err);
    assert_int_equal(strlen(out), bytes);
    return out;
}

/* Take out the time a command took, which is another each time. */
static void cut_seconds(char *text)
{
    static const char name[] = "\"seconds\": ";
    size_t to = 0, from = 0;
    while (text[from] != '\0') {
        if (strncmp(text + from, name, sizeof name - 1) == 0)
            from += strcspn(text + from, ",\n");
        text[to++] = text[from++];
    }
    text[to] = '\0';
}

typedef struct same {
    const char *run, *command, *query, *options;
} same;

static const same both[] = {
    { "frames", "info", "", "" },
    { "frames", "predict", "", "" },
    { "frames", "predict", "split=train seed=3", "--split train" },
    { "frames", "explain", "sample=3 top=7", "--sample 3 --top 7" },
    { "frames", "explain", "split=train sample=5 step=9", "--split train --sample 5 --step 9" },
    { "frames", "explain", "sample=3 measure=votes key=state-symbol",
      "--sample 3 --measure votes --key state-symbol" },
    { "frames", "explain", "training=12 split=test", "--training 12 --split test" },
    { "frames", "localize", "gamma=4 rule=rare", "--gamma 4 --rule rare" },
    { "frames", "audit", "top=9", "--top 9" },
    { "frames", "audit", "about=errors method=influence", "--about errors --method influence" },
    { "frames", "audit", "split=test flagged=1", "--split test --flagged" },
    { "frames", "backdoor", "scan=traces neighbours=5", "--scan traces --neighbours 5" },
    { "words", "info", "", "" },
    { "words", "predict", "", "" },
    { "words", "explain", "sample=1 step=4 top=5", "--sample 1 --step 4 --top 5" },
    { "words", "explain", "text=good label=positive", "--text good --label positive" },
    { "words", "explain", "training=2", "--training 2" },
    { "words", "localize", "", "" },
    { "words", "backdoor", "top=4 target=positive", "--top 4 --target positive" },
    { "frames", "states", "split=test words=3 ways=2", "--split test --words 3 --ways 2" },
    { "frames", "states", "state=1", "--state 1" },
    { "frames", "trust", "", "" },
    { "words", "states", "errors=2 least=1", "--errors 2 --least 1" },
    { "words", "trust", "", "" },
    { "tags", "states", "", "" },
    { "tags", "trust", "", "" },
    { "tags", "info", "", "" },
    { "tags", "predict", "", "" },
    { "tags", "explain", "sample=1 steps=1-3", "--sample 1 --steps 1-3" },
    { "tags", "localize", "", "" },
    { "tags", "audit", "top=6", "--top 6" },
};

static void json_is_what_the_command_prints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        char line[256];
        rr_session *s = open_run(both[i].run);
        for (int again = 0; again < 2; again++) { /* the second has everything loaded */
            char *text = answer(both[i].command, s, both[i].query, CLI_FORMAT_JSON);
            (void)snprintf(line, sizeof line, "%s %s %s --json --quiet", both[i].command,
                           both[i].run, both[i].options);
            print(line);
            char *printed = read_file("printed");
            cut_seconds(text);
            cut_seconds(printed);
            if (strcmp(text, printed) != 0)
                fail_msg("%s: %s", line, text);
            free(printed);
            free(text);
        }
        rr_session_close(s);
    }
}

/* The second run of a request is the second one of the command line. */
static void two_runs_are_compared(void **state)
{
    const cli_parameter p[] = { { "split", "test" }, { "only", "fixed" } };
    cli_request request = { .parameters = p, .count = 2 };
    rr_session *first = open_run("frames");
    rr_session *second = open_run("more");
    char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };
    (void)state;
    CHECK_FAILS(cli_answer(&cli_command_compare, first, &request, &out, &bytes, &err), RR_ERR_ARG,
                err, "there is no second run");
    request.other = second;
    CHECK_OK(cli_answer(&cli_command_compare, first, &request, &out, &bytes, &err), err);
    print("compare frames more --split test --only fixed --json --quiet");
    char *printed = read_file("printed");
    assert_string_equal(out, printed);
    free(printed);
    free(out);
    rr_session_close(second);
    rr_session_close(first);
}

/* A page has every split traced at once. */
static void traces_of_the_whole_split_say_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        const rr_traces *traces = NULL;
        rr_error err = { 0 };
        rr_session *alone = open_run(both[i].run);
        rr_session *whole = open_run(both[i].run);
        CHECK_OK(rri_session_traces(whole, RR_SPLIT_TEST, &traces, &err), err);
        char *text = answer(both[i].command, alone, both[i].query, CLI_FORMAT_JSON);
        char *after = answer(both[i].command, whole, both[i].query, CLI_FORMAT_JSON);
        cut_seconds(text);
        cut_seconds(after);
        assert_string_equal(after, text);
        free(after);
        free(text);
        rr_session_close(whole);
        rr_session_close(alone);
    }
}

/* ---- CSV ------------------------------------------------------------------------------------ */

/* Column `name` of a table without quotes, a line a row. Memory: free(); NULL without it. */
static char *column(const char *table, const char *name)
{
    char *out = calloc(strlen(table) + 1, 1), *to = out;
    size_t at = 0, k = 0;
    const char *c = table;

    for (; strncmp(c, name, strlen(name)) != 0 || strchr(",\n", c[strlen(name)]) == NULL; k++) {
        c += strcspn(c, ",\n");
        if (*c++ != ',') {
            free(out);
            return NULL;
        }
    }
    for (c = table; *c != '\0'; c++) {
        if (at == k && *c != ',')
            *to++ = *c;
        at = *c == '\n' ? 0 : at + (*c == ',');
        if (*c == '\n' && to > out && to[-1] != '\n')
            *to++ = '\n';
    }
    return out;
}

/* The file has more: the probabilities of all classes. */
static void csv_of_predictions_is_in_the_file_of_predict(void **state)
{
    static const char *const runs[] = { "frames", "words", "tags" };
    static const char *const columns[] = { "id", "label", "prediction", "probability" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char line[128];
        rr_session *s = open_run(runs[i]);
        char *text = answer("predict", s, "split=test", CLI_FORMAT_CSV);
        (void)snprintf(line, sizeof line, "predict %s -o file.csv --quiet", runs[i]);
        print(line);
        char *file = read_file("file.csv");
        for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
            char *served = column(text, columns[k]);
            char *written = column(file, columns[k]);
            assert_non_null(served);
            assert_non_null(written);
            assert_string_equal(served, written);
            free(served);
            free(written);
        }
        free(file);
        free(text);
        rr_session_close(s);
    }
}

/* The first line; and how many others. */
static void check_csv(const char *run, const char *command, const char *query, const char *header,
                      size_t rows)
{
    rr_session *s = open_run(run);
    char *text = answer(command, s, query, CLI_FORMAT_CSV);
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    if (strncmp(text, header, strlen(header)) != 0 || text[strlen(header)] != '\n' ||
        lines != rows + 1)
        fail_msg("%s %s: %s", command, query, text);
    free(text);
    rr_session_close(s);
}

#define PLACE "source_row,source_file,source_id,"

static void csv_has_the_list_that_is_asked_for(void **state)
{
    (void)state;
    check_csv("frames", "info", "",
              "epoch,loss,train_accuracy,dev_accuracy,test_accuracy,seconds,sequences_per_second",
              2);
    check_csv("frames", "explain", "sample=3",
              "t,state,prediction,probability,confidence,influencers", 28);
    check_csv("frames", "explain", "sample=3 list=proponents top=6",
              "id," PLACE "label,prediction,score", 6);
    check_csv("words", "explain", "sample=1 step=2 top=3",
              "id," PLACE "label,prediction,score,steps,text", 3);
    check_csv("words", "explain", "sample=1 step=2 top=3 list=proponents",
              "id," PLACE "label,prediction,score,text", 3);
    check_csv("tags", "explain", "sample=1 steps=1-2 list=labels", "label,count,share,lift", 2);
    check_csv("tags", "predict", "list=per_class",
              "class,steps,correct,predicted,recall,precision,f1", 4);
}

static void csv_quotes_what_needs_it(void **state)
{
    rr_session *s = open_run("tags");
    char *text = answer("explain", s, "sample=2 list=steps", CLI_FORMAT_CSV);
    (void)state;
    assert_non_null(strstr(text, ",\"n, \"\"w\"\"\","));
    assert_non_null(strstr(text, ",\"a,0\","));
    free(text);
    rr_session_close(s);
}

/* ---- what is refused ------------------------------------------------------------------------ */

typedef struct refusal {
    const char *command, *query;
    cli_format format;
    const char *message;
} refusal;

static const refusal refusals[] = {
    { "explain", "tpo=3", CLI_FORMAT_JSON,
      "tpo: explain has no such parameter; did you mean top?" },
    { "explain", "sample=3 sample=4", CLI_FORMAT_JSON, "sample 4: given twice" },
    { "explain", "sample=x", CLI_FORMAT_JSON, "sample x: \"x\" is no number of a sequence" },
    { "explain", "sample=99", CLI_FORMAT_JSON, "sample 99: the test split has N = 40 sequences" },
    { "explain", "top=0", CLI_FORMAT_JSON, "top 0: must be from 1 to" },
    { "explain", "top=1001", CLI_FORMAT_JSON, "top 1001: a request has at most 1000" },
    { "explain", "measure=cosine", CLI_FORMAT_JSON, "measure cosine: must be one of lp" },
    { "explain", "norm=2 measure=votes", CLI_FORMAT_JSON, "norm has no effect beside" },
    { "explain", "norm=-1", CLI_FORMAT_JSON, "norm -1: must be at least 1" },
    { "explain", "text=good", CLI_FORMAT_JSON, "not a run on text" },
    { "explain", "picture=a.png", CLI_FORMAT_JSON, "picture a.png: an option of the command line" },
    { "explain", "data=digits", CLI_FORMAT_JSON, "data digits: an option of the command line" },
    { "explain", "cases=csv:/etc/passwd", CLI_FORMAT_JSON, "cases csv:/etc/passwd: an option" },
    { "explain", "frames=/etc/passwd", CLI_FORMAT_JSON, "frames /etc/passwd: an option" },
    { "explain", "states=a.npz", CLI_FORMAT_JSON, "states a.npz: an option of the command line" },
    { "explain", "foreign=1", CLI_FORMAT_JSON, "foreign 1: an option of the command line" },
    { "explain", "threads=3", CLI_FORMAT_JSON, "threads 3: an option of the command line" },
    { "explain", "json=1", CLI_FORMAT_JSON, "json 1: an option of the command line" },
    { "explain", "list=steps", CLI_FORMAT_JSON, "list steps: names the list of CSV" },
    { "explain", "list=a list=b", CLI_FORMAT_CSV, "list b: given twice" },
    { "explain", "sample=3 list=errors", CLI_FORMAT_CSV,
      "list errors: must be one of steps, proponents, for_truth, for_prediction" },
    { "predict", "output=x.csv", CLI_FORMAT_JSON, "output x.csv: an option of the command line" },
    { "audit", "apply=x.csv", CLI_FORMAT_JSON, "apply x.csv: an option of the command line" },
    { "audit", "output=new", CLI_FORMAT_JSON, "output new: an option of the command line" },
    { "audit", "review=x.csv", CLI_FORMAT_JSON, "review x.csv: an option of the command line" },
    { "audit", "folds=5", CLI_FORMAT_JSON, "folds 5: an option of the command line" },
    { "audit", "method=replay", CLI_FORMAT_JSON, "method replay: takes too long for a request" },
    { "audit", "flagged=yes", CLI_FORMAT_JSON, "flagged yes: must be 1 or 0" },
    { "audit", "flagged=1 top=3", CLI_FORMAT_JSON, "top has no effect beside flagged" },
    { "states", "state=99", CLI_FORMAT_JSON, "state 99: the influence model has" },
    { "states", "words=1001", CLI_FORMAT_JSON, "words 1001: a request has at most 1000" },
    { "states", "show=3", CLI_FORMAT_JSON, "show 3: an option of the command line" },
    { "compare", "only=better", CLI_FORMAT_JSON, "unknown change 'better'" },
    { "backdoor", "remove=1", CLI_FORMAT_JSON, "remove 1: an option of the command line" },
    { "backdoor", "trigger=x", CLI_FORMAT_JSON, "trigger x: an option of the command line" },
    { "backdoor", "output=new", CLI_FORMAT_JSON, "output new: an option of the command line" },
};

static void what_is_no_question_is_refused_by_its_name(void **state)
{
    rr_session *s = open_run("frames");
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *x = &refusals[i];
        char *out = NULL;
        size_t bytes = 1;
        rr_error err = { 0 };
        CHECK_FAILS(ask(x->command, s, x->query, x->format, &out, &bytes, &err), RR_ERR_ARG, err,
                    x->message);
        assert_null(out);
        assert_int_equal(bytes, 0);
        if (strncmp(err.msg, "--", 2) == 0)
            fail_msg("%s", err.msg);
    }
    rr_session_close(s);
}

static void texts_have_a_limit(void **state)
{
    static char long_text[70000];
    const cli_parameter p = { "text", long_text };
    const cli_request request = { .parameters = &p, .count = 1 };
    rr_session *s = open_run("words");
    char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    CHECK_FAILS(cli_answer(&cli_command_explain, s, &request, &out, &bytes, &err), RR_ERR_ARG, err,
                "69999 bytes, and a request has at most 65536");
    long_text[3] = '\0';
    long_text[1] = (char)0xff;
    CHECK_FAILS(cli_answer(&cli_command_explain, s, &request, &out, &bytes, &err), RR_ERR_ARG, err,
                "text: the value is not UTF-8");
    rr_session_close(s);
}

/* All parameters that are taken. A new option of a command has to be thought about. */
static void every_parameter_that_is_taken_is_known(void **state)
{
    static const struct {
        const cli_command *command;
        const char *taken;
    } all[] = {
        { &cli_command_info, "seed " },
        { &cli_command_predict, "split seed " },
        { &cli_command_explain, "split sample text label step steps spans training top measure "
                                "norm key all-steps seed " },
        { &cli_command_localize, "split rule gamma punctuation key truth-class samples seed " },
        { &cli_command_audit, "about method split samples key top flagged seed " },
        { &cli_command_states, "state split words ways errors least seed " },
        { &cli_command_trust, "seed " },
        { &cli_command_compare, "split only seed " },
        { &cli_command_backdoor, "target scan top support threshold neighbours seed " },
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char taken[256] = "";
        for (size_t k = 0; k < all[i].command->opt_count; k++) {
            const cli_opt *o = &all[i].command->opts[k];
            if (!cli_is_parameter(o))
                continue;
            (void)strcat(taken, o->name);
            (void)strcat(taken, " ");
        }
        assert_string_equal(taken, all[i].taken);
    }
    assert_null(cli_answering("train"));
    assert_null(cli_answering("build"));
    assert_null(cli_answering("nothing"));
}

/* ---- an input of its own --------------------------------------------------------------------- */

static void an_input_of_its_own_is_explained(void **state)
{
    static const char *const words[] = { "the", "film", "is", "good" };
    const rr_given given = { .words = words, .steps = 4 };
    const cli_parameter p[] = { { "label", "positive" }, { "sample", "3" } };
    cli_request request = { .parameters = p, .count = 1, .given = &given };
    rr_session *s = open_run("words");
    char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };
    (void)state;
    CHECK_OK(cli_answer(&cli_command_explain, s, &request, &out, &bytes, &err), err);
    assert_non_null(strstr(out, "\"text\": \"the film is good\""));
    assert_non_null(strstr(out, "\"truth_name\": \"positive\""));
    free(out);
    request.count = 2;
    CHECK_FAILS(cli_answer(&cli_command_explain, s, &request, &out, &bytes, &err), RR_ERR_ARG, err,
                "sample has no effect beside an input of its own");
    request.count = 0;
    CHECK_FAILS(cli_answer(&cli_command_predict, s, &request, &out, &bytes, &err), RR_ERR_ARG, err,
                "predict takes no input");
    rr_session_close(s);
}

static void every_failed_allocation_is_clean(void **state)
{
    static const char *const queries[] = { "sample=3 step=4", "sample=3 list=proponents" };
    (void)state;
    for (int format = 0; format < 2; format++) {
        rr_session *s = open_run("frames");
        free(answer("explain", s, queries[format], (cli_format)format)); /* now all is loaded */
        for (failing at = { 0 }; next_allocation_fails(&at, 10);) {
            char *out = NULL;
            size_t bytes = 0;
            rr_error err = { 0 };
            at.st = ask("explain", s, queries[format], (cli_format)format, &out, &bytes, &err);
            assert_int_equal(out != NULL, at.st == RR_OK);
            free(out);
        }
        rr_session_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_what_the_command_prints),
        cmocka_unit_test(two_runs_are_compared),
        cmocka_unit_test(traces_of_the_whole_split_say_the_same),
        cmocka_unit_test(csv_of_predictions_is_in_the_file_of_predict),
        cmocka_unit_test(csv_has_the_list_that_is_asked_for),
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(what_is_no_question_is_refused_by_its_name),
        cmocka_unit_test(texts_have_a_limit),
        cmocka_unit_test(every_parameter_that_is_taken_is_known),
        cmocka_unit_test(an_input_of_its_own_is_explained),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_runs, close_scratch);
}
