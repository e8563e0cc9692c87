/* SPDX-License-Identifier: MIT */
/* cmd_list.c - `rnnrepair-experiments list`: what each experiment is. */
#include "experiments/commands.h"
#include "experiments/experiment.h"

#include "kit/table.h"

static const cli_column table[] = {
    COL_DATA(TEXT, experiment, id, "id"),
    COL_DATA(TEXT, experiment, also, "also"),
    COL_DATA(TEXT, experiment, summary, "summary"),
    COL_DATA(TEXT, experiment, about, "about"),
    COL_DATA(SIZE, experiment, seeds, "seeds"),
    COL_DATA(SIZE, experiment, quick_seeds, "quick_seeds"),
};
static const cli_columns columns = CLI_COLUMNS(experiment, table);

static int run_list(void *p)
{
    const cli_common *common = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(common, 0);
    experiment *rows = NULL;
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(&r, &rows, n, sizeof *rows, &err));
    for (size_t i = 0; i < n; i++) {
        rows[i] = *all[i];
        cli_print(&r, "%s%s%s - %s\n\n%s\n", all[i]->id, all[i]->also != NULL ? ", " : "",
                  all[i]->also != NULL ? all[i]->also : "", all[i]->summary, all[i]->about);
    }
    cli_put_rows(&r, "experiments", &columns, rows, n);
    RRI_TRY(cli_result_end(&r, &err));

done:
    cli_result_free(&r);
    return cli_finish(common, st, &err);
}

const cli_command experiment_command_list = {
    .name = "list",
    .summary = "name the experiments, and say what each does",
    .about =
        "Prints each experiment's name, what it measures, which data it needs and what --quick\n"
        "leaves out.\n",
    .members = "experiments  [{id, also, summary, about, seeds, quick_seeds}]; also is another\n"
               "             name or null\n",
    .list = "experiments",
    .examples = "rnnrepair-experiments list\n"
                "rnnrepair-experiments list --json\n",
    .args_size = sizeof(cli_common),
    .run = run_list,
};
