/* SPDX-License-Identifier: MIT */
/* output.h - values of the documents of --json, and the memory of this process. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "kit/cli.h"

/* Values that may fail to be made; NULL is noted by whoever stores them. */
json_t *cli_json_size(size_t v);
json_t *cli_json_u64(uint64_t v);     /* a text where it does not fit JSON's integers here */
json_t *cli_json_f64(double v);       /* null where v is not finite */
json_t *cli_json_share(double v);     /* null where v is negative: not measured */
json_t *cli_json_text(const char *s); /* null for NULL; bytes that are not UTF-8 become '?' */

/* The largest resident size of this process so far, in bytes. */
size_t cli_peak_rss(void);

#endif
