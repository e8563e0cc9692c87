/* SPDX-License-Identifier: MIT */
/* place.c - real data, and runs made on it by the tool. */
#define _XOPEN_SOURCE 700

#include "place.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 512, FRESH = 4, WORDS = 32 };

struct bench_place {
    char folder[PATH];           /* of all that is made; "" before it is */
    char fresh[FRESH][PATH + 8]; /* run directories */
    size_t count;
    const char *run;     /* the one that is measured on */
    char text[PATH + 8]; /* the one of text; "" before it is made */
};

/* ---- data ------------------------------------------------------------------------------------ */

static void data_place(const char *name, char *out, size_t size)
{
    const char *given = getenv("RNNREPAIR_DATA");

    snprintf(out, size, "%s/%s", given != NULL && given[0] != '\0' ? given : RR_BENCH_DATA, name);
}

static void data_folder(char *out, size_t size)
{
    data_place("mnist", out, size);
}

static void text_spec(char *out, size_t size)
{
    char file[PATH];

    data_place("toxic/comments.csv.gz", file, sizeof file);
    snprintf(out, size, "toxic:%s", file);
}

static bool has_train(const char *spec)
{
    rr_source *source = NULL;
    const bool has = rr_source_open(spec, NULL, &source, NULL) == RR_OK &&
                     rr_source_has(source, RR_SPLIT_TRAIN) == 1;

    rr_source_close(source);
    return has;
}

bool bench_place_has_text(const bench *b)
{
    char spec[PATH + 8];

    (void)b;
    text_spec(spec, sizeof spec);
    return has_train(spec);
}

bool bench_place_has_data(const bench *b)
{
    char folder[PATH];
    char spec[PATH + 8];

    (void)b;
    data_folder(folder, sizeof folder);
    snprintf(spec, sizeof spec, "mnist:%s", folder);
    return has_train(spec);
}

rr_status bench_place_data(const bench *b, rr_split split, size_t limit, rr_dataset **out,
                           rr_error *err)
{
    char folder[PATH];
    char spec[PATH + 40];

    (void)b;
    data_folder(folder, sizeof folder);
    snprintf(spec, sizeof spec, "mnist:%s?limit=%zu", folder, limit);
    return rr_dataset_load(spec, split, out, err);
}

/* ---- the tool -------------------------------------------------------------------------------- */

rr_status bench_place_tool(bench *b, const char *const *words, bench_launched *out, rr_error *err)
{
    const char *argv[WORDS + 4] = { RR_BENCH_TOOL };
    char threads[32];
    char note[BENCH_NOTE] = "";
    size_t n = 1;

    snprintf(threads, sizeof threads, "%zu", rri_threads(b->options.threads));
    while (words[n - 1] != NULL && n < WORDS) {
        argv[n] = words[n - 1];
        n++;
    }
    argv[n++] = "--quiet";
    argv[n++] = "--threads";
    argv[n++] = threads;
    argv[n] = NULL;
    if (bench_launch(b, argv, out, note))
        return RR_OK;
    return rri_fail(err, RR_ERR_IO, -1, "rnnrepair %s: %s", words[0], note);
}

/* ---- folders --------------------------------------------------------------------------------- */

static rr_status open_folder(bench *b, rr_error *err)
{
    const char *parent = getenv("TMPDIR");

    if (b->place == NULL && rri_alloc(&b->place, 1, 1, sizeof *b->place, err) != RR_OK)
        return RR_ERR_NOMEM;
    if (b->place->folder[0] != '\0')
        return RR_OK;
    snprintf(b->place->folder, PATH, "%.400s/rnnrepair-bench-XXXXXX",
             parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    if (mkdtemp(b->place->folder) != NULL)
        return RR_OK;
    b->place->folder[0] = '\0';
    return rri_fail(err, RR_ERR_IO, -1, "no folder can be made for the runs: set TMPDIR");
}

rr_status bench_place_file(bench *b, const char *name, char *out, size_t size, rr_error *err)
{
    const rr_status st = open_folder(b, err);

    if (st == RR_OK)
        snprintf(out, size, "%s/%s", b->place->folder, name);
    return st;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void bench_close_place(bench *b)
{
    if (b->place != NULL && b->place->folder[0] != '\0')
        nftw(b->place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    rri_free(b->place);
    b->place = NULL;
}

/* ---- runs ------------------------------------------------------------------------------------ */

rr_status bench_place_fresh(bench *b, const char **dir, bench_launched *train,
                            bench_launched *build, rr_error *err)
{
    char folder[PATH];
    char spec[PATH + 40];
    rr_status st = RR_OK;

    RRI_TRY(open_folder(b, err));
    if (b->place->count == FRESH)
        return rri_fail(err, RR_ERR_ARG, -1, "too many runs");
    char *run = b->place->fresh[b->place->count];
    snprintf(folder, sizeof folder, "%s", b->place->folder);
    snprintf(run, PATH + 8, "%s/run%u", folder, (unsigned)b->place->count++ % FRESH);
    data_folder(folder, sizeof folder);
    snprintf(spec, sizeof spec, "mnist:%s", folder);
    const char *const train_words[] = { "train",    run,        "--data", spec,      "--cell",
                                        "lstm",     "--hidden", "128",    "--batch", "128",
                                        "--epochs", "1",        "--seed", "1",       NULL };
    const char *const build_words[] = { "build", run,      "--pca", "10", "--states",
                                        "43",    "--seed", "1",     NULL };
    fprintf(stderr, "bench: a run to measure on: training and building ...\n");
    RRI_TRY(bench_place_tool(b, train_words, train, err));
    RRI_TRY(bench_place_tool(b, build_words, build, err));
    *dir = run;

done:
    return st;
}

rr_status bench_place_text_run(bench *b, const char **dir, rr_error *err)
{
    bench_launched train;
    bench_launched build;
    char spec[PATH + 8];
    rr_status st = RR_OK;

    if (b->options.run != NULL) {
        *dir = b->options.run;
        return RR_OK;
    }
    RRI_TRY(open_folder(b, err));
    char *run = b->place->text;
    *dir = run;
    if (run[0] != '\0')
        return RR_OK;
    snprintf(run, PATH + 8, "%.500s/text", b->place->folder);
    text_spec(spec, sizeof spec);
    const char *const train_words[] = { "train",       run,    "--data",      spec,
                                        "--cell",      "gru",  "--hidden",    "300",
                                        "--width",     "300",  "--embedding", "frozen",
                                        "--optimizer", "adam", "--epochs",    "1",
                                        "--seed",      "1",    NULL };
    const char *const build_words[] = { "build", run,      "--pca", "10", "--states",
                                        "37",    "--seed", "1",     NULL };
    fprintf(stderr, "bench: a run on text to measure on: training and building ...\n");
    RRI_TRY(bench_place_tool(b, train_words, &train, err));
    RRI_TRY(bench_place_tool(b, build_words, &build, err));

done:
    return st;
}

rr_status bench_place_run(bench *b, const char **dir, rr_error *err)
{
    bench_launched train;
    bench_launched build;
    rr_status st = RR_OK;

    if (b->options.run != NULL) {
        *dir = b->options.run;
        return RR_OK;
    }
    RRI_TRY(open_folder(b, err));
    if (b->place->run == NULL)
        RRI_TRY(bench_place_fresh(b, &b->place->run, &train, &build, err));
    *dir = b->place->run;

done:
    return st;
}
