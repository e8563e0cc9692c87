/* SPDX-License-Identifier: MIT */
/* values.c - values of options that name something of a dataset: a class, or words. */
#include "kit/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_number(const char *name)
{
    return name[strspn(name, "+-.0123456789")] == '\0' && strpbrk(name, "0123456789") != NULL;
}

rr_status cli_class_number(const rr_dataset *ds, const char *name, uint32_t *out, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    char list[160] = "";
    size_t n = 0;
    int by_number = '0' <= name[0] && name[0] <= '9';
    for (size_t c = 0; c < C; c++) {
        const char *is = rr_dataset_class_name(ds, c);
        if (strcmp(is, name) == 0) {
            *out = (uint32_t)c;
            return RR_OK;
        }
        by_number &= !is_number(is);
        if (n < sizeof list)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", c > 0 ? ", " : "", is);
    }
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(name, &end, 10);
    if (!by_number || *end != '\0' || errno != 0 || number >= C)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no class \"%s\"; there are %s", name, list);
    *out = (uint32_t)number;
    return RR_OK;
}

rr_status cli_cut(const char *option, const char *text, rr_tokens **out, rr_error *err)
{
    rr_error why = { RR_OK, -1, "" };
    const rr_status st = rr_tokens_split(text, strlen(text), out, &why);
    if (st == RR_ERR_SHAPE)
        return rri_fail(err, RR_ERR_ARG, -1, "--%s: there is no word in it", option);
    return st == RR_OK ? RR_OK : rri_fail(err, st, -1, "--%s: %s", option, why.msg);
}
