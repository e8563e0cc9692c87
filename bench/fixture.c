/* SPDX-License-Identifier: MIT */
/* fixture.c - real data, and runs made on it. */
#define _XOPEN_SOURCE 700

#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 512, RUN_PATH = PATH + 8 };

struct bench_fixture {
    char folder[PATH];                  /* of all that is made; "" before it is */
    char run[RUN_PATH], text[RUN_PATH]; /* run directories; "" before they are made */
};

/* ---- data ------------------------------------------------------------------------------------ */

static void data_place(const char *name, char *out, size_t size)
{
    const char *given = getenv("RNNREPAIR_DATA");

    snprintf(out, size, "%s/%s", given != NULL && given[0] != '\0' ? given : RR_BENCH_DATA, name);
}

void bench_fixture_spec(char *out, size_t size)
{
    char folder[PATH];

    data_place("mnist", folder, sizeof folder);
    snprintf(out, size, "mnist:%s", folder);
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

bool bench_fixture_has_text(const bench *b)
{
    char spec[PATH + 8];

    (void)b;
    text_spec(spec, sizeof spec);
    return has_train(spec);
}

bool bench_fixture_has_data(const bench *b)
{
    char spec[PATH + 8];

    (void)b;
    bench_fixture_spec(spec, sizeof spec);
    return has_train(spec);
}

rr_status bench_fixture_data(const bench *b, rr_split split, size_t limit, rr_dataset **out,
                             rr_error *err)
{
    char mnist[PATH + 8];
    char spec[PATH + 40];

    (void)b;
    bench_fixture_spec(mnist, sizeof mnist);
    snprintf(spec, sizeof spec, "%s?limit=%zu", mnist, limit);
    return rr_dataset_load(spec, split, out, err);
}

/* ---- folders --------------------------------------------------------------------------------- */

static rr_status open_folder(bench *b, rr_error *err)
{
    const char *parent = getenv("TMPDIR");

    if (b->fixture == NULL && rri_alloc(&b->fixture, 1, 1, sizeof *b->fixture, err) != RR_OK)
        return RR_ERR_NOMEM;
    if (b->fixture->folder[0] != '\0')
        return RR_OK;
    snprintf(b->fixture->folder, PATH, "%.400s/rnnrepair-bench-XXXXXX",
             parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    if (mkdtemp(b->fixture->folder) != NULL)
        return RR_OK;
    b->fixture->folder[0] = '\0';
    return rri_fail(err, RR_ERR_IO, -1, "no folder can be made for the runs: set TMPDIR");
}

rr_status bench_fixture_file(bench *b, const char *name, char *out, size_t size, rr_error *err)
{
    const rr_status st = open_folder(b, err);

    if (st == RR_OK)
        snprintf(out, size, "%s/%s", b->fixture->folder, name);
    return st;
}

rr_status bench_fixture_numbers(const char *prefix, const char *name, const void *data,
                                size_t bytes, rr_error *err)
{
    char path[RUN_PATH + 40];

    snprintf(path, sizeof path, "%s.%s", prefix, name);
    FILE *f = fopen(path, "wb");
    const bool written = f != NULL && fwrite(data, 1, bytes, f) == bytes;
    if (f != NULL && fclose(f) == 0 && written)
        return RR_OK;
    return rri_fail(err, RR_ERR_IO, -1, "%s: cannot write %zu bytes", path, bytes);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void bench_close_fixture(bench *b)
{
    if (b->fixture != NULL && b->fixture->folder[0] != '\0')
        nftw(b->fixture->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    rri_free(b->fixture);
    b->fixture = NULL;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* Train one epoch in a new directory, and build `states` states. */
static rr_status make_run(const bench *b, const rr_new_run_config *cfg, size_t states,
                          const char *dir, rr_error *err)
{
    rr_session_config where = rr_session_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_status st = RR_OK;

    where.threads = b->options.threads;
    influence.partition.states = states;
    fprintf(stderr, "bench: a run to measure on: training and building ...\n");
    RRI_TRY(rr_session_create(dir, cfg, &where, &s, err));
    RRI_TRY(rr_session_train(s, NULL, err));
    RRI_TRY(rr_session_build(s, &influence, err));

done:
    rr_session_close(s);
    return st;
}

/* The run --run names, or the one that is made the first time. */
static rr_status find_run(bench *b, const char *name, char *made, const rr_new_run_config *cfg,
                          size_t states, const char **dir, rr_error *err)
{
    rr_status st = RR_OK;

    *dir = b->options.run != NULL ? b->options.run : made;
    if (b->options.run != NULL || made[0] != '\0')
        return RR_OK;
    RRI_TRY(bench_fixture_file(b, name, made, RUN_PATH, err));
    RRI_TRY(make_run(b, cfg, states, made, err));

done:
    return st;
}

rr_status bench_fixture_run(bench *b, const char **dir, rr_error *err)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    char spec[PATH + 8];
    const rr_status st = open_folder(b, err);

    if (st != RR_OK)
        return st;
    bench_fixture_spec(spec, sizeof spec);
    cfg.data = spec;
    cfg.network.hidden = 128;
    cfg.train.batch = 128;
    cfg.train.epochs = 1;
    return find_run(b, "run", b->fixture->run, &cfg, 43, dir, err);
}

rr_status bench_fixture_text_run(bench *b, const char **dir, rr_error *err)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    char spec[PATH + 8];
    const rr_status st = open_folder(b, err);

    if (st != RR_OK)
        return st;
    text_spec(spec, sizeof spec);
    cfg.data = spec;
    cfg.network.cell = RR_CELL_GRU;
    cfg.network.hidden = 300;
    cfg.network.width = 300;
    cfg.network.embedding = RR_EMBEDDING_FROZEN;
    cfg.embedding_given = 1;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.epochs = 1;
    return find_run(b, "text", b->fixture->text, &cfg, 37, dir, err);
}
