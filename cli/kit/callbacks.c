/* SPDX-License-Identifier: MIT */
/* callbacks.c - opens runs, with the callbacks that show progress, epochs and notes of library
 * calls on the terminal. */
#include "kit/cli.h"
#include "kit/epochs.h"
#include "kit/paths.h"
#include "kit/states.h"

#include <string.h>

static void show(void *self, const rr_progress *at)
{
    cli_common *common = self;
    cli_watch *w = &common->watch;
    if (at->phase == NULL || strcmp(at->phase, w->phase) != 0) {
        if (w->phase[0] != '\0')
            cli_progress_clear(&w->bar);
        snprintf(w->phase, sizeof w->phase, "%s", at->phase != NULL ? at->phase : "");
        w->bar = cli_progress_begin(common, w->phase, at->unit, 0);
    }
    if (at->epoch != NULL && w->epochs != NULL) {
        cli_print_epoch(w->epochs, at->epoch, !w->headed);
        w->headed = 1;
    }
    if (at->phase != NULL)
        cli_progress_show(&w->bar, at->done, at->total, "%s", at->remark);
}

static void note(void *self, const char *text)
{
    cli_common *common = self;
    cli_progress_clear(&common->watch.bar);
    common->watch.headed = 0; /* it may stand between two trainings */
    cli_say(common, "%s", text);
}

static int cancelled(void *self)
{
    (void)self;
    return cli_interrupted();
}

rr_callbacks cli_callbacks(cli_common *common)
{
    return (rr_callbacks){ .self = common, .progress = show, .note = note, .cancelled = cancelled };
}

rr_status cli_open(cli_common *common, const char *dir, const char *data, const char *vectors,
                   rr_session **out, rr_error *err)
{
    rr_session_config cfg = rr_session_config_default();
    cfg.data = data;
    cfg.vectors = vectors;
    cfg.threads = common->threads;
    cfg.callbacks = cli_callbacks(common);
    rr_status st = rr_session_open(dir, &cfg, out, err);
    if (st == RR_OK)
        st = cli_check_outputs(common, *out, err);
    return st;
}

rr_status cli_open_foreign(cli_common *common, const char *dir, const char *data, int foreign,
                           rr_split *split, const char **name, rr_session **out, rr_error *err)
{
    const int given = cli_given(common, "split") ? (int)*split : -1;
    rr_split taken = *split;
    rr_status st = RR_OK;

    if (foreign && data == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--foreign needs --data SPEC: the other data"));
    RRI_TRY(cli_open(common, dir, foreign ? NULL : data, NULL, out, err));
    if (foreign) {
        RRI_TRY(cli_check_other(common, foreign, data, *out, err));
        RRI_TRY(rr_session_other(*out, data, given, &taken, err));
        *split = RR_SPLIT_OTHER;
    }
    *name = rr_enum_name(RR_ENUM_SPLIT, taken);

done:
    return st;
}
