/* SPDX-License-Identifier: MIT */
/* given.c - reads a sequence of frames from a table. */
#include "kit/given.h"

#include "io/csv.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The number of field i, rounded to 32 bits; false where it is none. */
static bool number_of(const rri_csv *c, size_t i, float *out)
{
    size_t bytes = 0;
    double v = 0;

    if (!rri_parse_f64(rri_csv_field(c, i, &bytes), &v) || fabs(v) > (double)FLT_MAX)
        return false;
    *out = (float)v;
    return true;
}

/* The last record read as a step of D numbers; false where a field is none, *field. */
static bool step_of(const rri_csv *c, size_t D, float *out, size_t *field)
{
    for (*field = 0; *field < D; (*field)++)
        if (!number_of(c, *field, &out[*field]))
            return false;
    return true;
}

rr_status cli_read_frames(cli_result *r, const char *path, rr_given *out, rr_error *err)
{
    const rri_csv_options options = { .headerless = true };
    rri_csv *c = NULL;
    float *frames = NULL, *kept = NULL;
    size_t steps = 0, capacity = 0, field = 0, bytes = 0;
    bool more = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_open(path, &options, &c, err));
    const size_t D = rri_csv_columns(c);
    for (bool first = true;; first = false) {
        RRI_TRY(rri_csv_next(c, &more, err));
        if (!more)
            break;
        if (steps == capacity) {
            const size_t larger = capacity < 64 ? 64 : 2 * capacity;
            RRI_TRY(rri_grow(&frames, capacity * D, larger * D, sizeof *frames, err));
            capacity = larger;
        }
        if (step_of(c, D, frames + steps * D, &field))
            steps++;
        else if (!first)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)rri_csv_line(c),
                             "%s, line %zu, column %zu: \"%s\" is no finite number of 32 bits",
                             path, rri_csv_line(c), field + 1, rri_csv_field(c, field, &bytes)));
    }
    if (steps == 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: there is no row of numbers in it", path));
    RRI_TRY(cli_result_alloc(r, &kept, steps * D, sizeof *kept, err));
    memcpy(kept, frames, steps * D * sizeof *kept);
    *out = (rr_given){ .frames = kept, .steps = steps, .width = D };

done:
    rri_free(frames);
    rri_csv_close(c);
    return st;
}
