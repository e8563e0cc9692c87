/* SPDX-License-Identifier: MIT */
/* trust.c - `rnnrepair trust`: whether the influence model is to be trusted, in figures and plain
 * sentences. */
#include "kit/inputs.h"

#include <math.h>

typedef struct args {
    cli_common common;
    const char *dir, *data;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_DATA(args, data),
    OPT_SEED_UNUSED(args),
};

static const cli_column finding_table[] = {
    COL_DATA(TEXT, rr_finding, name, "name"),
    COL_DATA(F64, rr_finding, value, "value"),
    COL_ENUM(rr_finding, level, "level", RR_ENUM_TRUST_LEVEL, NULL, 0),
    COL_DATA(TEXT, rr_finding, sentence, "sentence"),
};
static const cli_columns finding_columns = CLI_COLUMNS(rr_finding, finding_table);

static void print_findings(const cli_result *r, const rr_trust *x)
{
    for (size_t i = 0; i < x->count; i++) {
        const rr_finding *f = &x->findings[i];
        char value[16] = "-";
        if (isfinite(f->value))
            (void)snprintf(value, sizeof value, "%.4g", f->value);
        cli_print(r, "%-12s  %-22s %8s\n    %s\n", rr_enum_name(RR_ENUM_TRUST_LEVEL, f->level),
                  f->name, value, f->sentence);
    }
    cli_print(r, "\n%s\n", x->sentence);
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open(&a->common, a->dir, a->data, NULL, s, err);
}

static rr_status answer_trust(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    const args *a = p;
    rr_trust *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_trust(s, &x, err));
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "level", cli_json_text(rr_enum_name(RR_ENUM_TRUST_LEVEL, x->level)));
    cli_put(r, "sentence", cli_json_text(x->sentence));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, x->key)));
    cli_put_rows(r, "findings", &finding_columns, x->findings, x->count);
    print_findings(r, x);

done:
    rr_trust_free(x);
    return st;
}

const cli_command cli_command_trust = {
    .name = "trust",
    .summary = "say whether the influence model is to be trusted",
    .about =
        "Explanations, audits and repairs rest on the influence model. This measures whether it\n"
        "stands for the network: how stable its states are, what of the hidden states they\n"
        "keep, how often the likeliest class of a state is what the network predicts, in the\n"
        "training set and in test (else dev), how many steps there no training step is like\n"
        "(unseen), whether the network errs more there, whether errors come from unstable\n"
        "states; and of states of a network trained elsewhere, whether they are its own.\n"
        "\n"
        "Each finding has a level: good; look-closer: what it is used for may suffer;\n"
        "do-not-rely: what rests on it is likely wrong; or not-measured, and then why. The\n"
        "limits, and what sound and bad models have: docs/ALGORITHMS.md#trust.\n",
    .members = "run\n"
               "level        the worst of all findings that were measured\n"
               "sentence     the conclusion\n"
               "key          by which steps count as seen\n"
               "findings     [{name, value (null: not measured), level, sentence}], always the\n"
               "             same ones in the same order\n",
    .list = "findings",
    .examples = "rnnrepair trust run\n"
                "rnnrepair trust run --json\n",
    CLI_TABLES(args, operands, opts),
    .open = open_run,
    .answer = answer_trust,
};
