/* SPDX-License-Identifier: MIT */
/* report.c - `rnnrepair report`: a run as one page, to be opened in a browser. */
#include "kit/inputs.h"
#include "kit/paths.h"

#include "io/io.h"

typedef struct args {
    cli_common common;
    const char *dir, *with, *output;
    const char *data, *vectors;
    int alone, no_triggers;
    double size; /* millions of bytes */
    size_t audit;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    OPT_WRITES(args, output, "output", "FILE.html", "the page", .letter = 'o'),
    OPT_STR(args, with, "with", "RUN2", "compare with this run on the same data",
            .preset = "the run it was retrained from, if it is still there"),
    OPT_ALONE(args, alone),
    OPT_F64(args, size, "size", 0, 1e9,
            "megabytes of the file at most, 0 = no limit; inputs that do not fit are left out",
            .value = "MB"),
    OPT_AUDITED(args, audit),
    OPT_NO_TRIGGERS(args, no_triggers),
    OPT_DATA(args, data),
    OPT_VECTORS(args, vectors),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    const rr_page_config cfg = rr_page_config_default();
    a->size = (double)cfg.most / 1e6;
    a->audit = cfg.audit;
}

/* ---- the result ----------------------------------------------------------------------------- */

typedef struct row {
    const char *about, *why;
} row;

static const cli_column row_table[] = {
    COL_TEXT(row, about, "about", "left out", 0, .fit = 24),
    COL_TEXT(row, why, "why", "because", 0),
};
static const cli_columns row_columns = CLI_COLUMNS(row, row_table);

static rr_status put_page(const args *a, const rr_session *with, const rr_page *page, cli_result *r,
                          rr_error *err)
{
    const rr_page_summary x = rr_page_summary_of(page);
    row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, x.left_out, sizeof *rows, err));
    for (size_t i = 0; i < x.left_out; i++)
        rows[i].why = rr_page_left_out(page, i, &rows[i].about);
    r->list = "left_out";
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "with", cli_json_text(with != NULL ? rr_run_dir(rr_session_run(with)) : NULL));
    cli_put(r, "output", cli_json_text(a->output));
    cli_put(r, "bytes", cli_json_size(x.bytes));
    cli_put(r, "blocks", cli_json_size(x.blocks));
    cli_put(r, "raw_bytes", cli_json_size(x.raw));
    cli_print(r, "%s: %.1f MB in %zu blocks, %.1f MB unpacked\n", a->output, (double)x.bytes / 1e6,
              x.blocks, (double)x.raw / 1e6);
    if (x.left_out > 0) {
        cli_print(r, "\n");
        cli_print_rows(r, &row_columns, rows, x.left_out, x.left_out, "");
    }
    cli_put_rows(r, "left_out", &row_columns, rows, x.left_out);

done:
    return st;
}

static int run_report(void *q)
{
    args *a = q;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_page_config cfg = rr_page_config_default();
    const cli_beside beside = { a->with, a->alone, a->data, a->vectors };
    rr_session *s = NULL, *with = NULL;
    rr_page *page = NULL;
    rr_status st = RR_OK;

    if (a->output == NULL)
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "-o FILE.html is missing: the page to write"));
    RRI_TRY(cli_check_output_file("-o", a->output, ".html", &err));
    RRI_TRY(cli_open(&a->common, a->dir, a->data, a->vectors, &s, &err));
    RRI_TRY(cli_open_beside(&a->common, s, &beside, &with, &err));
    cfg.with = with;
    cfg.most = a->size > 0.0 ? rri_max((size_t)(a->size * 1e6), 1) : 0;
    cfg.audit = a->audit;
    cfg.triggers = !a->no_triggers;
    RRI_TRY(rr_page_new(s, &cfg, &page, &err));
    RRI_TRY(rr_page_write(page, a->output, &err));
    RRI_TRY(put_page(a, with, page, &r, &err));
    RRI_TRY(cli_result_end(&r, &err));

done:
    cli_result_free(&r);
    rr_page_free(page);
    rr_session_close(with);
    rr_session_close(s);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_report = {
    .name = "report",
    .summary = "write a run as one page, to be opened in a browser",
    .about =
        "Writes one HTML file with the run's errors, their steps, states and training sequences,\n"
        "the audit of its labels, candidates for triggers, and what may be trusted. It holds its\n"
        "data and asks no network for anything. What is not in it, and why, stands in the page\n"
        "and in the output.\n"
        "\n"
        "A run that was retrained from another, by repair or audit --apply, is compared with it:\n"
        "what was fixed and what broke. --with names any other run on the same data.\n"
        "\n"
        "A file is at most 20 MB (--size): where the inputs of the training set do not fit,\n"
        "frames are stored in 16 levels, then left out.\n",
    .members = "bytes      of the file\n"
               "blocks     pieces of data in it, raw_bytes unpacked\n"
               "left_out   [{about, why}]\n"
               "run, with, output\n",
    .list = "left_out",
    .examples = "rnnrepair report run -o report.html\n"
                "rnnrepair report repaired -o report.html\n"
                "rnnrepair report run --with other -o report.html --size 50\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_report,
};
