/* SPDX-License-Identifier: MIT */
/* struct_size.c - the sizes of the public structs, for callers that were not compiled with the
 * headers. */
#include "report/struct_list.h"

#include <string.h>

#define SIZE(name) { #name, sizeof(name) },
static const struct {
    const char *name;
    size_t size;
} sizes[] = { RRI_STRUCT_LIST(SIZE) };

size_t rr_struct_size(const char *name)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(sizes[i].name, name) == 0)
            return sizes[i].size;
    return 0;
}
