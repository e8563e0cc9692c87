/* SPDX-License-Identifier: MIT */
/* callbacks.c - opens runs, with the callbacks that show progress, epochs and notes of library
 * calls on the terminal. */
#include "kit/cli.h"
#include "kit/epochs.h"
#include "kit/paths.h"

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
    const cli_common *common = self;
    return cli_interrupted() || (common->watch.until > 0 && rri_seconds() > common->watch.until);
}

rr_callbacks cli_callbacks(cli_common *common)
{
    return (rr_callbacks){ .self = common, .progress = show, .note = note, .cancelled = cancelled };
}

rr_status cli_open(cli_common *common, const char *dir, const char *data, const char *vectors,
                   rr_session **out, rr_error *err)
{
    rr_session_config cfg = rr_session_config_default();
    if (common->served)
        return RR_OK;
    cfg.data = data;
    cfg.vectors = vectors;
    cfg.threads = common->threads;
    cfg.callbacks = cli_callbacks(common);
    rr_status st = rr_session_open(dir, &cfg, out, err);
    if (st == RR_OK)
        st = cli_check_outputs(common, *out, err);
    return st;
}
