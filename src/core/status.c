/* SPDX-License-Identifier: MIT */
/* status.c - status texts and the two functions that fill an rr_error. */
#include "core/core.h"

#include <stdarg.h>
#include <string.h>

const char *rr_status_text(rr_status status)
{
    switch (status) {
#define TEXT(name, value, text)                                                                    \
    case name:                                                                                     \
        return text;
        RR_STATUS_LIST(TEXT)
#undef TEXT
    }
    return "unknown status";
}

const char *rr_version(void)
{
    return RR_VERSION_STRING;
}

/* Keep messages on one line: a name from a file may hold any byte. */
static void make_one_line(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20)
            *s = ' ';
}

rr_status(rri_fail)(rr_error *err, rr_status code, int64_t where, const char *fmt, ...)
{
    if (err != NULL) {
        va_list ap;
        err->code = code;
        err->where = where;
        va_start(ap, fmt);
        (void)rri_vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        make_one_line(err->msg);
    }
    return code;
}

rr_status rri_prefix(rr_error *err, rr_status code, const char *fmt, ...)
{
    if (err != NULL) {
        char old[sizeof err->msg];
        va_list ap;
        memcpy(old, err->msg, sizeof old);
        err->code = code;
        va_start(ap, fmt);
        (void)rri_vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        const size_t n = strlen(err->msg);
        (void)rri_snprintf(err->msg + n, sizeof err->msg - n, ": %s", old);
        make_one_line(err->msg);
    }
    return code;
}
