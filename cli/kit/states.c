/* SPDX-License-Identifier: MIT */
/* states.c - the option --states, and what is said of the states of a network trained elsewhere. */
#include "kit/states.h"

rr_status cli_take_states(const cli_common *common, const char *states, const char **data,
                          int *foreign, rr_error *err)
{
    rr_status st = RR_OK;

    if (states == NULL)
        return RR_OK;
    RRI_TRY(cli_refuse_given(common, "data foreign text", "--states", err));
    *data = states;
    *foreign = CLI_STATES;

done:
    return st;
}

rr_status cli_check_states(const char *states, const rr_session *s, rr_error *err)
{
    const rr_run *run = rr_session_run(s);

    if (states == NULL || rr_run_settings_of(run).states != NULL)
        return RR_OK;
    return rri_fail(err, RR_ERR_ARG, -1,
                    "--states %s: %s has a network, which runs other data itself: --foreign --data "
                    "SPEC",
                    states, rr_run_dir(run));
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
