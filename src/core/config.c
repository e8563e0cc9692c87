/* SPDX-License-Identifier: MIT */
/* config.c - reads configuration structs of programs that may be built against another version.
 *
 * Every configuration struct begins with its size in the program's version. Members are only added
 * at the end, so that a shorter struct is a prefix of a longer one. */
#include "core/core.h"

#include <string.h>

static size_t size_of(const void *config)
{
    size_t size = 0;

    memcpy(&size, config, sizeof size);
    return size;
}

enum { MOST_BYTES = 1 << 16 }; /* no struct of settings comes near it */

/* A size that was never set. */
static bool is_no_size(size_t given)
{
    return given == 0 || given > MOST_BYTES;
}

static rr_status refuse_size(const char *name, size_t given, rr_error *err)
{
    return rri_fail(err, RR_ERR_ARG, -1, "%s: struct_size is %zu: begin with %s_default()", name,
                    given, name);
}

rr_status rri_config_take(void *own, size_t size, const void *config, const char *name,
                          rr_error *err)
{
    const size_t given = size_of(config);

    if (is_no_size(given))
        return refuse_size(name, given, err);
    for (size_t i = size; i < given; i++)
        if (((const unsigned char *)config)[i] != 0)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "%s: the program was built against a later version, and uses a setting "
                            "that this one (%s) lacks",
                            name, RR_VERSION_STRING);
    memcpy(own, config, rri_min(size, given));
    memcpy(own, &size, sizeof size);
    return RR_OK;
}

rr_status rri_config_same(const void *config, size_t size, const char *name, rr_error *err)
{
    const size_t given = size_of(config);

    if (is_no_size(given))
        return refuse_size(name, given, err);
    if (given != size)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s: %zu bytes, but %zu in this version (%s): the program was built "
                        "against another",
                        name, given, size, RR_VERSION_STRING);
    return RR_OK;
}
