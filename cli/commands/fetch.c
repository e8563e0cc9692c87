/* SPDX-License-Identifier: MIT */
/* fetch.c - `rnnrepair fetch`: download a public dataset, checked by its SHA-256. */
#include "kit/options.h"
#include "kit/output.h"
#include "kit/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *set;
    const char *dir;
    const char *url;
} args;

static const cli_operand operands[] = {
    { "SET", offsetof(args, set), 0, "mnist or fashion-mnist" },
};

static const cli_opt opts[] = {
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, dir),
      .value = "DIR",
      .preset = "data/SET",
      .help = "folder for the files; made as needed" },
    { .name = "url",
      .kind = CLI_STR,
      .offset = offsetof(args, url),
      .value = "BASE",
      .preset = "the set's own",
      .help = "where the files lie: http, https or file" },
    OPT_SEED_UNUSED(args),
};

static rr_status find_set(const char *name, const rr_fetch_set **out, rr_error *err)
{
    size_t n = 0;
    const rr_fetch_set *sets = rr_fetch_sets(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(sets[i].name, name) == 0) {
            *out = &sets[i];
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_ARG, -1, "%s: no such set; mnist and fashion-mnist can be fetched",
                    name);
}

static rr_status fetch_file(const args *a, const rr_fetch_file *file, const char *dir,
                            rr_error *err)
{
    rr_fetch *f = NULL;
    uint64_t have = 0, total = file->bytes;
    int finished = 0;
    rr_status st = RR_OK;
    int first = 1;

    cli_progress bar = cli_progress_begin(&a->common, file->name, "bytes", 0);
    RRI_TRY(rr_fetch_begin(file, a->url, dir, &f, err));
    while (!finished && !cli_interrupted()) {
        RRI_TRY(rr_fetch_step(f, &finished, &have, &total, err));
        if (first)
            bar.first = (size_t)have; /* what an earlier try left does not count for the rate */
        first = 0;
        cli_progress_show(&bar, (size_t)have, (size_t)total, "%.1f MB", 1e-6 * (double)have);
    }
    cli_progress_clear(&bar);
    if (finished)
        cli_say(&a->common, "%s  %" PRIu64 " bytes, SHA-256 verified", file->name, file->bytes);

done:
    cli_progress_clear(&bar);
    rr_fetch_free(f);
    return st;
}

static rr_status emit(const args *a, const rr_fetch_set *set, const char *dir, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "set", cli_json_text(set->name));
    cli_set(&doc, NULL, "directory", cli_json_text(dir));
    json_t *files = cli_set_array(&doc, NULL, "files");
    for (size_t i = 0; i < set->count; i++)
        cli_append(&doc, files,
                   json_pack("{s:s,s:I,s:s}", "name", set->files[i].name, "bytes",
                             (json_int_t)set->files[i].bytes, "sha256", set->files[i].sha256));
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static int run_fetch(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    const rr_fetch_set *set = NULL;
    char *dir = NULL;
    rr_status st = RR_OK;

    RRI_TRY(find_set(a->set, &set, &err));
    if (a->dir != NULL)
        RRI_TRY(rri_format(&dir, &err, "%s", a->dir));
    else
        RRI_TRY(rri_format(&dir, &err, "data/%s", set->name));
    for (size_t i = 0; i < set->count && !cli_interrupted(); i++)
        RRI_TRY(fetch_file(a, &set->files[i], dir, &err));
    if (cli_interrupted()) {
        fprintf(stderr, "rnnrepair fetch: interrupted; the same command goes on where it ended\n");
        goto done;
    }
    if (!a->common.json)
        for (size_t i = 0; i < set->count; i++)
            printf("%s/%s\n", dir, set->files[i].name);
    RRI_TRY(emit(a, set, dir, &err));
    cli_say(&a->common, "use it with --data mnist:%s", dir);

done:
    rri_free(dir);
    return st == RR_OK && cli_interrupted() ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_fetch = {
    .name = "fetch",
    .summary = "download a public dataset",
    .about =
        "Downloads the files of a set, resumes what an earlier try left, verifies each file's\n"
        "SHA-256 and only then gives it its name. Files already there are kept. Without a\n"
        "network it says so and ends with status 1.\n",
    .members = "set, directory\n"
               "files  [{name, bytes, sha256}]\n",
    .examples = "rnnrepair fetch mnist\n"
                "rnnrepair fetch fashion-mnist -o data/fashion\n"
                "rnnrepair fetch mnist --url file:///srv/mirror/mnist/\n",
    CLI_TABLES(args, operands, opts),
    .run = run_fetch,
};
