/* SPDX-License-Identifier: MIT */
/* on_demand.h - shared libraries that one command needs, loaded when it runs: the start of every
 * other command is spared them and all they depend on. */
#ifndef KIT_ON_DEMAND_H
#define KIT_ON_DEMAND_H

#include "rnnrepair/status.h"

#include <stddef.h>

/* Load a library by the name the dynamic loader knows, and find n functions in it. It stays loaded.
 * what: who needs it, for the message.
 * Shapes   table is a struct of n pointers to functions, in the order of names.
 * Errors   UNSUPPORTED (the library cannot be loaded, or lacks a function: the message names it);
 *          the table is untouched. */
RR_MUST_USE rr_status cli_load_functions(const char *library, const char *what,
                                         const char *const names[], size_t n, void *table,
                                         rr_error *err);

#endif
