/* SPDX-License-Identifier: MIT */
/* states.c - the option --states, and what is said of the states of a network trained elsewhere. */
#include "kit/states.h"

#include <string.h>

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

rr_status cli_check_other(const cli_common *common, int foreign, const char *data,
                          const rr_session *s, rr_error *err)
{
    static const char kind[] = "states:";
    const rr_run *run = rr_session_run(s);
    const bool on_states = rr_run_settings_of(run).states != NULL;

    if (foreign == CLI_STATES && !on_states)
        return rri_fail(err, RR_ERR_ARG, -1, "--states %s: %s has a network, and needs no states%s",
                        data, rr_run_dir(run),
                        cli_has_option(common, "foreign")
                            ? "; it runs other data itself: --foreign --data SPEC"
                            : "");
    if (foreign != CLI_STATES && on_states && strncmp(data, kind, sizeof kind - 1) != 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--foreign --data %s: other data are run through the network, of which %s "
                        "has only states; collect theirs, and name the file by --states FILE.npz",
                        data, rr_run_dir(run));
    return RR_OK;
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
