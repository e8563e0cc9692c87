/* SPDX-License-Identifier: MIT */
/* values.h - values of options that name something of a dataset: a class, or words. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "kit/cli.h"

/* The number of a class given by its name, or by its number where no class has a number for a name.
 * ARG lists the names there are. */
rr_status cli_class_number(const rr_dataset *ds, const char *name, uint32_t *out, rr_error *err);

/* Cut the value of an option into words, released with rr_tokens_free(). What the cutter says of it
 * is said of the option; ARG where no word is in it. */
rr_status cli_cut(const char *option, const char *text, rr_tokens **out, rr_error *err);

#endif
