/* SPDX-License-Identifier: MIT */
/* fetch.c - `rnnrepair fetch`: download a public dataset, checked by its SHA-256. */
#include "download.h"
#include "kit/table.h"

#include <inttypes.h>
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
    OPT_STR(args, dir, "output", "DIR", "folder for the files; created if missing", .letter = 'o',
            .preset = "data/SET"),
    OPT_STR(args, url, "url", "BASE", "base address of the files: http, https or file",
            .preset = "the set's own"),
    OPT_SEED_UNUSED(args),
};

static const cli_column file_table[] = {
    COL_DATA(TEXT, download_file, name, "name"),
    COL_DATA(U64, download_file, bytes, "bytes"),
    COL_DATA(TEXT, download_file, sha256, "sha256"),
};
static const cli_columns file_columns = CLI_COLUMNS(download_file, file_table);

static rr_status find_set(const char *name, const download_set **out, rr_error *err)
{
    size_t n = 0;
    const download_set *sets = download_sets(&n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(sets[i].name, name) == 0) {
            *out = &sets[i];
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_ARG, -1, "%s: no such set; mnist and fashion-mnist can be fetched",
                    name);
}

/* ---- one file ------------------------------------------------------------------------------- */

typedef struct watch {
    cli_progress bar;
    int begun;
} watch;

static int show(void *self, uint64_t have, uint64_t total)
{
    watch *w = self;

    if (!w->begun)
        w->bar.first = (size_t)have; /* what an earlier try left does not count for the rate */
    w->begun = 1;
    cli_progress_show(&w->bar, (size_t)have, (size_t)total, "%.1f MB", 1e-6 * (double)have);
    return cli_interrupted();
}

static rr_status fetch_file(const args *a, const download_file *file, const char *base,
                            const char *dir, rr_error *err)
{
    watch w = { .bar = cli_progress_begin(&a->common, file->name, "bytes", 0) };
    const rr_status st = download(file, base, dir, show, &w, err);

    cli_progress_clear(&w.bar);
    if (st == RR_OK)
        cli_say(&a->common, "%s  %" PRIu64 " bytes, SHA-256 verified", file->name, file->bytes);
    return st;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void put_all(cli_result *r, const download_set *set, const char *dir)
{
    for (size_t i = 0; i < set->count; i++)
        cli_print(r, "%s/%s\n", dir, set->files[i].name);
    cli_put(r, "set", cli_json_text(set->name));
    cli_put(r, "directory", cli_json_text(dir));
    cli_put_rows(r, "files", &file_columns, set->files, set->count);
}

static int run_fetch(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    const download_set *set = NULL;
    char *dir = NULL;
    rr_status st = RR_OK;

    RRI_TRY(find_set(a->set, &set, &err));
    if (a->dir != NULL)
        RRI_TRY(rri_format(&dir, &err, "%s", a->dir));
    else
        RRI_TRY(rri_format(&dir, &err, "data/%s", set->name));
    for (size_t i = 0; i < set->count; i++) /* before the first byte: sets are not to be mixed */
        RRI_TRY(download_check(&set->files[i], dir, &err));
    for (size_t i = 0; i < set->count; i++) {
        if (cli_interrupted())
            RRI_TRY(RR_ERR_CANCELLED);
        RRI_TRY(fetch_file(a, &set->files[i], a->url != NULL ? a->url : set->base_url, dir, &err));
    }
    put_all(&r, set, dir);
    RRI_TRY(cli_result_end(&r, &err));
    cli_say(&a->common, "use it with --data mnist:%s", dir);

done:
    rri_free(dir);
    cli_result_free(&r);
    if (st == RR_ERR_CANCELLED)
        fprintf(stderr, "rnnrepair fetch: interrupted; the same command resumes\n");
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_fetch = {
    .name = "fetch",
    .summary = "download a public dataset",
    .about =
        "Downloads the files of a set and checks the SHA-256 of each before it gets its final\n"
        "name. An interrupted download is resumed; finished files are kept. A file under a name "
        "of\n"
        "the set that is not the set's is kept as well, and the command refused. Without a "
        "network\n"
        "it fails with status 1.\n",
    .members = "set, directory\n"
               "files  [{name, bytes, sha256}]\n",
    .list = "files",
    .examples = "rnnrepair fetch mnist\n"
                "rnnrepair fetch fashion-mnist -o data/fashion\n"
                "rnnrepair fetch mnist --url file:///srv/mirror/mnist/\n",
    CLI_TABLES(args, operands, opts),
    .run = run_fetch,
};
