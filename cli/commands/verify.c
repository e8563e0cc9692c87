/* SPDX-License-Identifier: MIT */
/* verify.c - `rnnrepair verify`: checks a run against its record. */
#include "kit/table.h"

#include <stdlib.h>

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
    OPT_FLAG(args, quick, "quick", "do not rebuild the influence model"),
    OPT_FLAG(args, train, "train", "also train again, and compare the model"),
    OPT_DATA(args, data),
    OPT_VECTORS(args, vectors),
    OPT_SEED_UNUSED(args),
};

/* ---- output --------------------------------------------------------------------------------- */

/* A check as it is printed. */
typedef struct outcome {
    const char *check, *word, *detail;
    int ok;
} outcome;

static const cli_column outcome_table[] = {
    COL_TEXT(outcome, check, "check", "", -10),
    COL_TEXT(outcome, word, NULL, "", -7),
    COL_DATA(FLAG, outcome, ok, "ok"),
    COL_TEXT(outcome, detail, "detail", "", 0),
};
static const cli_columns outcome_columns = CLI_COLUMNS(outcome, outcome_table);

/* A difference takes precedence; else the first check that failed. */
static int exit_code(const rr_verification *v)
{
    int code = CLI_DONE;

    for (size_t i = 0; i < v->count; i++) {
        if (v->checks[i].status == RR_ERR_MISMATCH)
            return CLI_DIFFERS;
        if (code == CLI_DONE)
            code = cli_exit_code(v->checks[i].status);
    }
    return code;
}

static void put_all(cli_result *r, const char *dir, const rr_verification *v)
{
    outcome rows[RR_MAX_CHECKS];
    json_t *differences = json_array();

    for (size_t i = 0; i < v->count; i++) {
        const rr_check *c = &v->checks[i];
        const char *word = c->status == RR_OK             ? "ok"
                           : c->status == RR_ERR_MISMATCH ? "differs"
                                                          : "failed";
        rows[i] = (outcome){ c->name, word, c->detail, c->status == RR_OK };
        if (c->status != RR_OK) {
            fprintf(stderr, "rnnrepair verify: %s %s: %s\n", c->name, word, c->detail);
            (void)json_array_append_new(differences, cli_json_text(c->name));
        }
    }
    if (r->text)
        cli_text_table(stdout, &outcome_columns, rows, v->count, 0, NULL);
    cli_put(r, "run", cli_json_text(dir));
    cli_put(r, "ok", json_boolean(exit_code(v) == CLI_DONE));
    cli_put_rows(r, "checks", &outcome_columns, rows, v->count);
    cli_put(r, "differences", differences);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int run_verify(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_verify_options options = { .rebuild = !a->quick, .retrain = a->train };
    rr_verification v = { .count = 0 };
    rr_session *s = NULL;
    const char *const folder = getenv("TMPDIR");
    int code = CLI_DONE;
    rr_status st = RR_OK;

    a->common.watch.epochs = a->common.quiet ? NULL : stderr;
    options.temporary = folder != NULL && folder[0] != '\0' ? folder : NULL;
    RRI_TRY(cli_open(&a->common, a->dir, a->data, a->vectors, &s, &err));
    const rr_status verified = rr_session_verify(s, &options, &v, &err);
    if (verified != RR_ERR_CANCELLED) /* then what was checked before it is printed */
        RRI_TRY(verified);
    put_all(&r, a->dir, &v);
    if (rr_run_has_model(rr_session_run(s)) && !rr_session_has_influence(s))
        cli_say(&a->common,
                "note: there is no influence model to check; rnnrepair build %s creates one",
                a->dir);
    RRI_TRY(cli_result_end(&r, &err));
    code = verified == RR_OK ? exit_code(&v) : CLI_INTERRUPTED;

done:
    rr_session_close(s);
    cli_result_free(&r);
    return st == RR_OK ? code : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_verify = {
    .name = "verify",
    .summary = "check a run against its record",
    .about =
        "Reads run.json, compares the content hashes of the data, loads the model (and checks its\n"
        "parity vector) and the influence model, then rebuilds the influence model with the\n"
        "recorded options and compares the files byte by byte. --train also trains again and\n"
        "compares the model. Of a run whose output layer was repaired, the networks before and "
        "after\n"
        "are run on the whole training set and the targets, and compared with certificate.json\n"
        "(proof); --train solves its program again. Nothing in RUN is\n"
        "changed. Status 4: something differs. A run that another version of the program made\n"
        "may differ in the last bits: rebuild and training then say so.\n",
    .members =
        "ok           true or false\n"
        "checks       [{check, ok, detail}]: data, model, proof, influence, rebuild, training\n"
        "differences  names of the checks that are not ok\n"
        "run\n",
    .list = "checks",
    .examples = "rnnrepair verify run\n"
                "rnnrepair verify run --quick\n"
                "rnnrepair verify run --train\n",
    CLI_TABLES(args, operands, opts),
    .run = run_verify,
};
