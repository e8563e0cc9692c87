/* SPDX-License-Identifier: MIT */
/* cmd_list.c - `rnnrepair-experiments list`: what each experiment is. */
#include "experiments/commands.h"
#include "experiments/experiment.h"

#include "kit/options.h"
#include "kit/output.h"

/* The experiments as a table, and in the document. */
static void list(const cli_common *common, cli_doc *doc)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    json_t *rows = cli_set_array(doc, NULL, "experiments");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        cli_append(doc, rows, row);
        cli_set(doc, row, "id", cli_json_text(all[i]->id));
        if (all[i]->also != NULL)
            cli_set(doc, row, "also", cli_json_text(all[i]->also));
        cli_set(doc, row, "summary", cli_json_text(all[i]->summary));
        cli_set(doc, row, "about", cli_json_text(all[i]->about));
        cli_set(doc, row, "seeds", cli_json_size(all[i]->seeds));
        cli_set(doc, row, "quick_seeds", cli_json_size(all[i]->quick_seeds));
        if (!common->json && common->capture == NULL)
            printf("%s%s%s - %s\n\n%s\n", all[i]->id, all[i]->also != NULL ? ", " : "",
                   all[i]->also != NULL ? all[i]->also : "", all[i]->summary, all[i]->about);
    }
}

static int run_list(void *p)
{
    cli_common *common = p;
    rr_error err = { RR_OK, -1, "" };
    cli_doc doc = cli_doc_new();

    list(common, &doc);
    const rr_status st = cli_emit(common, &doc, &err);
    cli_doc_free(&doc);
    return cli_finish(common, st, &err);
}

const cli_verb experiment_command_list = {
    .name = "list",
    .summary = "name the experiments, and say what each does",
    .about =
        "Prints each experiment's name, what it measures, which data it needs and what --quick\n"
        "leaves out.\n",
    .members = "experiments  [{id, also, summary, about, seeds, quick_seeds}]\n",
    .examples = "rnnrepair-experiments list\n"
                "rnnrepair-experiments list --json\n",
    .args_size = sizeof(cli_common),
    .run = run_list,
};
