/* SPDX-License-Identifier: MIT */
/* on_demand.c - loads shared libraries by dlopen(). */
#include "kit/on_demand.h"

#include "core/core.h"

#include <dlfcn.h>
#include <string.h>

static rr_status not_loaded(const char *library, const char *what, rr_error *err)
{
    const char *reason = dlerror();

    return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s needs %s, which cannot be loaded: %s", what,
                    library, reason != NULL ? reason : "unknown reason");
}

rr_status cli_load_functions(const char *library, const char *what, const char *const names[],
                             size_t n, void *table, rr_error *err)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL)
        return not_loaded(library, what, err);
    for (size_t i = 0; i < n; i++)
        if (dlsym(handle, names[i]) == NULL) {
            const rr_status st = not_loaded(library, what, err);
            (void)dlclose(handle);
            return st;
        }
    /* POSIX gives pointers to functions and to objects one representation. */
    for (size_t i = 0; i < n; i++) {
        void *const function = dlsym(handle, names[i]);
        memcpy((char *)table + i * sizeof function, &function, sizeof function);
    }
    return RR_OK;
}
