/* SPDX-License-Identifier: MIT */
/* audit_found.c - how many known wrong labels a reviewer of a ranking finds. */
#include "commands/audit_found.h"

static const cli_column found_table[] = {
    COL_DATA(SIZE, rr_audit_found, reviewed, "reviewed"),
    COL_DATA(SIZE, rr_audit_found, mislabelled, "flips"),
    COL_DATA(SIZE, rr_audit_found, influential, "influential_flips"),
};
static const cli_columns found_columns = CLI_COLUMNS(rr_audit_found, found_table);

static const cli_column needed_table[] = {
    COL_DATA(F64, rr_audit_needed, fraction, "fraction"),
    COL_DATA(SIZE, rr_audit_needed, reviewed, "reviewed"),
};
static const cli_columns needed_columns = CLI_COLUMNS(rr_audit_needed, needed_table);

static const cli_column quality_table[] = {
    COL_DATA(F64, cli_found, average_precision, "average_precision"),
    COL_DATA(F64, cli_found, area, "area"),
    COL_DATA(F64, cli_found, area_influential, "area_influential"),
};
static const cli_columns quality_columns = CLI_COLUMNS(cli_found, quality_table);

void cli_put_found(const cli_found *x, cli_result *r)
{
    const rr_audit_found *all = &x->found[RR_AUDIT_FOUND - 1];
    cli_print(r, "\n%9s  %9s  %14s  %14s\n", "reviewed", "", "flips", "influential");
    for (size_t k = 0; k < RR_AUDIT_FOUND; k++)
        cli_print(r, "%9zu  %7u %%  %6zu of %-6zu %6zu of %-6zu\n", x->found[k].reviewed,
                  x->found[k].percent, x->found[k].mislabelled, all->mislabelled,
                  x->found[k].influential, all->influential);
    cli_print(r, "average precision %.4f; 95 %% of the flips within the first %zu\n",
              x->average_precision, x->needed[3].reviewed);
    cli_put_rows(r, "found", &found_columns, x->found, RR_AUDIT_FOUND);
    cli_put_rows(r, "needed", &needed_columns, x->needed, RR_AUDIT_NEEDED);
    cli_put_record(r, NULL, &quality_columns, x);
}
