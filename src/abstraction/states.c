/* SPDX-License-Identifier: MIT */
/* states.c - releases a state source of any kind. */
#include "rnnrepair/states.h"

#include <string.h>

void rr_state_source_close(rr_state_source *source)
{
    if (source == NULL)
        return;
    if (source->ops != NULL && source->ops->release != NULL)
        source->ops->release(source->self);
    memset(source, 0, sizeof *source);
}
