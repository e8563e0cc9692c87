/* SPDX-License-Identifier: MIT */
/* inputs.c - opens a run with what a command reads beside it, and says what foreign states are. */
#include "kit/inputs.h"

#include <string.h>

/* Which data take the place of the run's own; NULL for none. */
static rr_status find_other(const cli_common *common, const cli_inputs *in, const char **out,
                            rr_error *err)
{
    rr_status st = RR_OK;

    *out = in->foreign ? in->data : NULL;
    if (in->states != NULL) {
        RRI_TRY(cli_refuse_given(common, "data foreign cases text", "--states", err));
        *out = in->states;
    } else if (in->cases != NULL) {
        RRI_TRY(cli_refuse_given(common, "foreign text", "--cases", err));
        *out = in->cases;
    } else if (in->foreign && in->data == NULL) {
        st = rri_fail(err, RR_ERR_ARG, -1, "--foreign needs --data SPEC: the other data");
    }

done:
    return st;
}

/* Other data are run through the network; of a run on states there are other states instead. */
static rr_status check_kind(const cli_common *common, const cli_inputs *in, const rr_session *s,
                            rr_error *err)
{
    static const char kind[] = "states:";
    const rr_run *run = rr_session_run(s);
    const bool on_states = rr_run_settings_of(run).states != NULL;

    if (in->states != NULL && !on_states)
        return rri_fail(err, RR_ERR_ARG, -1, "--states %s: %s has a network, and needs no states%s",
                        in->states, rr_run_dir(run),
                        cli_has_option(common, "foreign")
                            ? "; it runs other data itself: --foreign --data SPEC"
                            : "");
    if (in->foreign && on_states && strncmp(in->data, kind, sizeof kind - 1) != 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--foreign --data %s: other data are run through the network, of which %s "
                        "has only states; collect theirs, and name the file by --states FILE.npz",
                        in->data, rr_run_dir(run));
    return RR_OK;
}

/* Cases have the right answers with them. */
static rr_status check_labels(const cli_common *common, const cli_inputs *in, rr_session *s,
                              rr_error *err)
{
    const rr_output output = rr_run_settings_of(rr_session_run(s)).network.output;
    const rr_dataset *ds = NULL;
    const rr_status st = rr_session_split(s, RR_SPLIT_OTHER, &ds, err);

    if (st != RR_OK || in->cases == NULL)
        return st;
    if (output == RR_OUTPUT_STEP ? rr_dataset_step_labelled(ds) : rr_dataset_labelled(ds))
        return RR_OK;
    return rri_fail(
        err, RR_ERR_ARG, -1,
        "--cases %s: its %s have no labels, and cases are inputs with their right "
        "labels%s",
        in->cases, output == RR_OUTPUT_STEP ? "steps" : "inputs",
        cli_has_option(common, "foreign") ? "; --foreign --data SPEC looks at inputs without" : "");
}

rr_status cli_open_inputs(cli_common *common, const char *dir, cli_inputs *in, rr_split *split,
                          rr_session **out, rr_error *err)
{
    const int given = cli_given(common, "split") ? (int)*split : -1;
    rr_split taken = *split;
    rr_status st = RR_OK;

    RRI_TRY(find_other(common, in, &in->other, err));
    RRI_TRY(cli_open(common, dir, in->foreign ? NULL : in->data, in->vectors, out, err));
    if (in->other != NULL) {
        RRI_TRY(check_kind(common, in, *out, err));
        RRI_TRY(rr_session_other(*out, in->other, given, &taken, err));
        RRI_TRY(check_labels(common, in, *out, err));
        *split = RR_SPLIT_OTHER;
    }
    in->split = rr_enum_name(RR_ENUM_SPLIT, taken);

done:
    return st;
}

static rr_status open_parent(cli_common *common, const rr_session *s, const cli_beside *beside,
                             rr_session **out)
{
    const char *parent = rr_run_settings_of(rr_session_run(s)).parent;
    rr_error why = { RR_OK, -1, "" };

    if (parent == NULL)
        return RR_OK;
    if (cli_open(common, parent, beside->data, beside->vectors, out, &why) == RR_OK &&
        rr_run_has_model(rr_session_run(*out)))
        return RR_OK;
    cli_say(common, "not compared with the run it was retrained from: %s",
            why.code != RR_OK ? why.msg : "it has no model");
    rr_session_close(*out);
    *out = NULL;
    return RR_OK;
}

rr_status cli_open_beside(cli_common *common, const rr_session *s, const cli_beside *beside,
                          rr_session **out, rr_error *err)
{
    if (beside->alone && beside->with != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--alone: compare with %s, or with no run",
                        beside->with);
    if (beside->alone)
        return RR_OK;
    if (beside->with == NULL)
        return open_parent(common, s, beside, out);
    return cli_open(common, beside->with, beside->data, beside->vectors, out, err);
}

rr_status cli_put_origin(cli_result *r, const rr_session *s, rr_error *err)
{
    const rr_states_origin *o = rr_run_settings_of(rr_session_run(s)).states;
    char *sentence = NULL;
    const rr_status st = o != NULL ? rr_states_sentence(o, &sentence, err) : RR_OK;

    if (st != RR_OK || o == NULL)
        return st;
    json_t *back = cli_enter(r, "origin");
    cli_put(r, "kind", cli_json_text(rr_enum_name(RR_ENUM_STATES_KIND, o->kind)));
    cli_put(r, "compared", cli_json_u64(o->compared));
    cli_put(r, "disagreements", o->compared > 0 ? cli_json_u64(o->disagreements) : json_null());
    cli_put(r, "difference", cli_json_fraction(o->difference));
    cli_put(r, "model", cli_json_text(o->model[0] != '\0' ? o->model : NULL));
    cli_put(r, "sentence", cli_json_text(sentence));
    cli_leave(r, back);
    cli_print(r, "\n%s\n", sentence);
    rr_string_free(sentence);
    return RR_OK;
}
