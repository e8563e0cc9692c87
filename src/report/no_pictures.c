/* SPDX-License-Identifier: MIT */
/* no_pictures.c - in the place of the others where the library is built without cairo. */
#include "core/core.h"
#include "rnnrepair/picture.h"

static rr_status refuse(const char *path, rr_error *err)
{
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "%s: this library was built without cairo (RR_PICTURES is OFF) and draws no "
                    "pictures",
                    path);
}

rr_status rr_picture_explanation(const rr_explanation *e, const rr_dataset *test, size_t id,
                                 const rr_dataset *train, const char *path, rr_error *err)
{
    (void)e;
    (void)test;
    (void)id;
    (void)train;
    return refuse(path, err);
}

rr_status rr_picture_answer(rr_session *session, const rr_answer *x, const char *path,
                            rr_error *err)
{
    (void)session;
    (void)x;
    return refuse(path, err);
}

rr_status rr_picture_repair(const rr_repair *r, const rr_dataset *test, const rr_dataset *train,
                            const rr_dataset *additions, const uint32_t *after, const char *path,
                            rr_error *err)
{
    (void)r;
    (void)test;
    (void)train;
    (void)additions;
    (void)after;
    return refuse(path, err);
}

rr_status rr_picture_grid(const rr_grid *grid, const char *path, rr_error *err)
{
    (void)grid;
    return refuse(path, err);
}
