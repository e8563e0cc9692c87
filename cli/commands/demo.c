/* SPDX-License-Identifier: MIT */
/* demo.c - `rnnrepair demo`: the whole story on digits the program draws itself.
 *
 * Every step is a command line, printed and then carried out by the same dispatcher that serves
 * the user; the documents the commands would print with --json give the next step's arguments and
 * the account at the end. Nothing is prepared beforehand. */
#include "demo_place.h"
#include "kit/options.h"
#include "kit/output.h"
#include "kit/progress.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 24, STEPS = 6 };

typedef struct args {
    cli_common common;
    const char *dir;
    uint64_t seed;
} args;

static const cli_operand operands[] = {
    { "DIR", offsetof(args, dir), 1, "folder to make (default: rnnrepair-demo)" },
};

static const cli_opt opts[] = {
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, seed),
      .value = "N",
      .help = "of the training, the influence model and the repair" },
};

static void defaults(void *p)
{
    args *a = p;
    a->dir = "rnnrepair-demo";
    a->seed = 1;
}

/* ---- one step ------------------------------------------------------------------------------- */

static void print_words(FILE *f, const char *const *words)
{
    fprintf(f, "\n$ rnnrepair");
    for (size_t i = 0; words[i] != NULL; i++)
        fprintf(f, strpbrk(words[i], " ?&*$'\"") != NULL ? " '%s'" : " %s", words[i]);
    fputc('\n', f);
    fflush(f);
}

/* Say what comes, print the command line, carry it out. *doc (owned) is its document; NULL unless
 * it ended with 0. */
static int step(const args *a, const char *story, const char *const *words, json_t **doc)
{
    char *argv[MAX_WORDS + 5] = { NULL };
    char threads[32];
    const char *more[] = { "--threads", threads, a->common.json ? "--json" : NULL,
                           a->common.json || a->common.quiet ? "--quiet" : NULL };
    FILE *f = a->common.json ? stderr : stdout;
    int argc = 0, code = CLI_FAILED;

    *doc = NULL;
    if (!(a->common.json && a->common.quiet)) {
        fprintf(f, "\n%s\n", story);
        print_words(f, words);
    }
    snprintf(threads, sizeof threads, "%zu", a->common.threads);
    for (size_t i = 0; words[i] != NULL; i++)
        argv[argc++] = strdup(words[i]);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i] != NULL)
            argv[argc++] = strdup(more[i]);
    int whole = 1;
    for (int i = 0; i < argc; i++)
        whole = whole && argv[i] != NULL;
    if (whole)
        code = cli_dispatch(argc, argv, doc);
    else
        fprintf(stderr, "rnnrepair demo: no memory for a command line\n");
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return code;
}

/* ---- what the documents say ----------------------------------------------------------------- */

static long long integer_of(const json_t *doc, const char *key)
{
    return (long long)json_integer_value(json_object_get(doc, key));
}

/* The error the network is surest of; -1 where there is none. */
static long long surest_error(const json_t *predicted)
{
    const json_t *errors = json_object_get(predicted, "errors");
    double best = -1.0;
    long long id = -1;
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *e = json_array_get(errors, i);
        const double p = json_number_value(json_object_get(e, "probability"));
        if (p > best) {
            best = p;
            id = integer_of(e, "id");
        }
    }
    return id;
}

/* What became of the explained sample; NULL where it was not a target. */
static const json_t *target_of(const json_t *repaired, long long id)
{
    const json_t *rows = json_object_get(repaired, "per_target");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (integer_of(json_array_get(rows, i), "id") == id)
            return json_array_get(rows, i);
    return NULL;
}

static void print_outcome(const char *name, const json_t *doc)
{
    printf("  %-12s  %5lld of %lld  %12lld  %8.2f  %8.2f\n", name, integer_of(doc, "fixed"),
           integer_of(doc, "targets"), integer_of(doc, "newly_broken"),
           100.0 * json_number_value(json_object_get(doc, "accuracy_before")),
           100.0 * json_number_value(json_object_get(doc, "accuracy_after")));
}

static void print_account(const args *a, json_t *const docs[STEPS], double seconds)
{
    const json_t *explained = docs[3], *repaired = docs[4];
    const json_t *target = target_of(repaired, integer_of(explained, "sample"));
    printf(
        "\nIn short\n\n"
        "  Sample %lld is a %lld; the network read it as a %lld. Of the %zu training digits that\n"
        "  influence this most, %lld are labelled %lld and %lld are labelled %lld.\n",
        integer_of(explained, "sample"), integer_of(explained, "truth"),
        integer_of(explained, "prediction"),
        json_array_size(json_object_get(explained, "proponents")),
        integer_of(explained, "count_prediction"), integer_of(explained, "prediction"),
        integer_of(explained, "count_truth"), integer_of(explained, "truth"));
    if (target != NULL)
        printf("  After the repair with %lld new training digits it is read as a %lld.\n",
               integer_of(repaired, "kept"), integer_of(target, "after"));
    printf("\n  %-12s  %11s  %12s  %8s  %8s\n", "", "fixed", "newly broken", "before %", "after %");
    print_outcome("repaired", repaired);
    print_outcome("control", docs[5]);
    printf("\n  pictures      %s\n                %s\n",
           json_string_value(json_object_get(explained, "picture")),
           json_string_value(json_object_get(repaired, "picture")));
    printf("  %.0f seconds in all; everything lies in %s\n", seconds, a->dir);
}

static rr_status emit(const args *a, json_t *const docs[STEPS], double seconds, rr_error *err)
{
    static const char *const names[STEPS] = { "train",   "build",  "predict",
                                              "explain", "repair", "control" };
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "directory", cli_json_text(a->dir));
    for (size_t i = 0; i < STEPS; i++)
        cli_set(&doc, NULL, names[i], json_incref(docs[i]));
    cli_set(&doc, NULL, "seconds", cli_json_f64(seconds));
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

/* ---- the story ------------------------------------------------------------------------------ */

/* docs: train, build, predict, explain, repair, control. */
static int tell(const args *a, const char *run, const char *repaired, const char *control,
                const char *picture, json_t *docs[STEPS])
{
    char seed[32], sample[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)a->seed);
    int code =
        step(a, "1. Train an LSTM that reads 28x28 digits row by row.",
             (const char *const[]){ "train", run, "--data", "digits", "--hidden", "64", "--epochs",
                                    "12", "--batch", "64", "--optimizer", "adam", "--learning-rate",
                                    "0.002", "--clip-norm", "1", "--seed", seed, NULL },
             &docs[0]);
    if (code == CLI_DONE)
        code = step(a, "2. Abstract its hidden states and index which training step passed where.",
                    (const char *const[]){ "build", run, "--pca", "10", "--stability", "0.75",
                                           "--max-states", "40", "--seed", seed, NULL },
                    &docs[1]);
    if (code == CLI_DONE)
        code = step(a, "3. Where does it err?",
                    (const char *const[]){ "predict", run, "--errors", "10", NULL }, &docs[2]);
    if (code != CLI_DONE)
        return code;
    const long long id = surest_error(docs[2]);
    if (id < 0) {
        fprintf(stderr,
                "rnnrepair demo: the network made no error on the test split with seed "
                "%s; try another --seed\n",
                seed);
        return CLI_FAILED;
    }
    snprintf(sample, sizeof sample, "%lld", id);
    code = step(
        a, "4. Why was the error it is surest of made, and which training digits are behind it?",
        (const char *const[]){ "explain", run, "--sample", sample, "--show", "5", "--picture",
                               picture, NULL },
        &docs[3]);
    if (code == CLI_DONE)
        code = step(a, "5. Repair its errors: new samples near them, then a little more training.",
                    (const char *const[]){ "repair", run, "-o", repaired, "--level", "sample",
                                           "--seed", seed, NULL },
                    &docs[4]);
    /* More training alone repairs some errors; the repair is to be held against that. */
    if (code == CLI_DONE)
        code = step(a, "6. For comparison: as much more training without new samples.",
                    (const char *const[]){ "repair", run, "-o", control, "--strategy", "none",
                                           "--seed", seed, NULL },
                    &docs[5]);
    return code;
}

static int run_demo(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    json_t *docs[STEPS] = { NULL };
    char *run = NULL, *repaired = NULL, *control = NULL, *picture = NULL;
    int code = CLI_FAILED;
    rr_status st = RR_OK;

    const double start = rri_seconds();
    RRI_TRY(cli_demo_place(a->dir, &err));
    RRI_TRY(rri_format(&run, &err, "%s/run", a->dir));
    RRI_TRY(rri_format(&repaired, &err, "%s/repaired", a->dir));
    RRI_TRY(rri_format(&control, &err, "%s/control", a->dir));
    RRI_TRY(rri_format(&picture, &err, "%s/explained.png", a->dir));
    code = tell(a, run, repaired, control, picture, docs);
    if (code != CLI_DONE)
        goto done;
    if (!a->common.json)
        print_account(a, docs, rri_seconds() - start);
    RRI_TRY(emit(a, docs, rri_seconds() - start, &err));

done:
    for (size_t i = 0; i < STEPS; i++)
        json_decref(docs[i]);
    rri_free(picture);
    rri_free(control);
    rri_free(repaired);
    rri_free(run);
    return st != RR_OK ? cli_finish(&a->common, st, &err) : code;
}

const cli_command cli_command_demo = {
    .name = "demo",
    .summary = "train, explain and repair on digits drawn by the program, in about a minute",
    .about =
        "Trains a network, builds its influence model, picks the test error the network is\n"
        "surest of, explains it, repairs its errors, and holds the result against as much\n"
        "more training without new samples. Each step is an ordinary command, which is printed\n"
        "first. Needs no download. DIR is made; one that exists is replaced only if an earlier\n"
        "demo made it.\n",
    .members = "train, build, predict, explain, repair, control\n"
               "                    what the commands give with --json; control is a repair\n"
               "directory, seconds\n",
    .examples = "rnnrepair demo\n"
                "rnnrepair demo story --seed 2\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_demo,
};
