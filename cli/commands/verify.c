/* SPDX-License-Identifier: MIT */
/* verify.c - `rnnrepair verify`: is a run what it says it is?
 *
 * Each check compares what is recorded with what can be derived again; a check that finds a
 * difference does not keep the others from being made. Nothing in the run is changed. */
#include "kit/options.h"
#include "kit/output.h"
#include "kit/progress.h"
#include "training.h"
#include "verifying.h"

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    const char *vectors;
    int quick;
    int train;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    { .name = "quick",
      .kind = CLI_FLAG,
      .offset = offsetof(args, quick),
      .help = "do not build the influence model again" },
    { .name = "train",
      .kind = CLI_FLAG,
      .offset = offsetof(args, train),
      .help = "train again as well, and compare the model" },
    OPT_DATA(args),
    OPT_VECTORS(args, vectors),
    OPT_SEED_UNUSED(args),
};

/* ---- the command -------------------------------------------------------------------------------
 */

/* Differences come first; else the first check that could not be made speaks. */
static int exit_code(const cli_verification *v)
{
    int code = CLI_DONE;
    for (size_t i = 0; i < v->n; i++) {
        if (v->checks[i].status == RR_ERR_MISMATCH)
            return CLI_DIFFERS;
        if (code == CLI_DONE)
            code = cli_exit_code(v->checks[i].status);
    }
    return code;
}

static rr_status emit(const args *a, const cli_verification *v, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "ok", json_boolean(exit_code(v) == CLI_DONE));
    json_t *checks = cli_set_array(&doc, NULL, "checks");
    json_t *differs = cli_set_array(&doc, NULL, "differences");
    for (size_t i = 0; i < v->n; i++) {
        const cli_check *c = &v->checks[i];
        json_t *row = json_object();
        cli_set(&doc, row, "check", cli_json_text(c->name));
        cli_set(&doc, row, "ok", json_boolean(c->status == RR_OK));
        cli_set(&doc, row, "detail", cli_json_text(c->detail));
        cli_append(&doc, checks, row);
        if (c->status != RR_OK)
            cli_append(&doc, differs, cli_json_text(c->name));
    }
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static int run_verify(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_verification v = { .common = &a->common, .data = a->data, .vectors = a->vectors };
    int code = CLI_DONE;

    rr_status st = cli_open_run(a->dir, &v.run, &err);
    if (st != RR_OK)
        return cli_finish(&a->common, st, &err);
    cli_check_data(&v);
    cli_check_model(&v);
    cli_check_influence(&v);
    if (!a->quick)
        cli_check_rebuild(&v);
    if (a->train && !v.interrupted)
        cli_check_training(&v);
    st = emit(a, &v, &err);
    if (v.net != NULL && cli_run_has(v.run, RR_RUN_INFLUENCE) == 0)
        cli_say(&a->common,
                "note: there is no influence model to check; rnnrepair build %s makes one", a->dir);
    code = st != RR_OK ? cli_finish(&a->common, st, &err) : exit_code(&v);
    for (size_t i = 0; i < v.n; i++)
        if (v.checks[i].status != RR_OK)
            fprintf(stderr, "rnnrepair verify: %s %s: %s\n", v.checks[i].name,
                    cli_check_word(v.checks[i].status), v.checks[i].detail);
    rr_dataset_free(v.train);
    rr_influence_free(v.inf);
    rr_network_free(v.net);
    rr_run_free(v.run);
    return v.interrupted ? CLI_INTERRUPTED : code;
}

const cli_command cli_command_verify = {
    .name = "verify",
    .summary = "check that a run is what it says it is",
    .about = "Reads run.json, compares the data's content hashes, loads the model (which runs its\n"
             "parity vector) and the influence model, then builds the influence model again with\n"
             "the recorded options and compares the files byte by byte. --train also trains again\n"
             "and compares the model. Nothing in RUN is changed. Status 4: something differs.\n",
    .members = "ok           true or false\n"
               "checks       [{check, ok, detail}]: data, model, influence, rebuild, training\n"
               "differences  names of the checks that are not ok\n"
               "run\n",
    .examples = "rnnrepair verify run\n"
                "rnnrepair verify run --quick\n"
                "rnnrepair verify run --train\n",
    CLI_TABLES(args, operands, opts),
    .run = run_verify,
};
