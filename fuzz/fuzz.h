/* SPDX-License-Identifier: MIT */
/* fuzz.h - what the fuzz targets share: an input as files, parts of an input, use of what was read.
 *
 * A target is a file NAME.c that defines fuzz_one(): it gives one input to a reader as a program
 * would, and uses what was read. fuzz.c calls it and holds the limits: the library's memory is at
 * most 10 times what the input declares and a constant, an input takes at most a second. What
 * breaks a limit or a claim of fuzz_require() ends the process. */
#ifndef RR_FUZZ_H
#define RR_FUZZ_H

#include "rnnrepair/rnnrepair.h"

#include "core/core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Defined by the target. */
void fuzz_one(const uint8_t *data, size_t size);

/* Called by libFuzzer, and by replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- claims and limits ---------------------------------------------------------------------- */

/* End the process with this message unless `holds`. */
void fuzz_require(bool holds, const char *format, ...) RRI_PRINTF(2, 3);

/* A failed call has said why, and not that memory is short; a successful one is RR_OK. Returns
 * whether it is. */
bool fuzz_ok(rr_status st, const rr_error *err);

/* The input stands for this many bytes more: what a compressed part declares, or a parameter. */
void fuzz_declare(size_t bytes);

/* What a number that states C may declare: the names of 65536 classes. */
enum { FUZZ_CLASSES = 1 << 17 };

/* The same for a text, plain or gzip: what it unpacks to, and 8 bytes for each word, field and
 * line, since a table of those is made, however short they are. */
void fuzz_declare_text(const uint8_t *data, size_t size);

/* ---- an input as files ---------------------------------------------------------------------- */

/* The folder of this process, in memory where the system has such a one. It is empty at the start
 * of each input. */
const char *fuzz_folder(void);

/* Write a file in it; returns the path, valid until the eighth next call. */
const char *fuzz_file(const char *name, const void *data, size_t size);

/* ---- parts of an input ---------------------------------------------------------------------- */

typedef struct fuzz_input {
    const uint8_t *data;
    size_t size; /* bytes that are left */
} fuzz_input;

/* The next part: a byte `tag`, the number of its bytes as a little-endian u16, those bytes. A
 * number larger than what is left stands for the rest. False at the end. */
bool fuzz_part(fuzz_input *in, unsigned *tag, fuzz_input *part);

/* The first line, without its end, as a string in memory that the next call reuses; "" where it is
 * long. What is behind it is left. */
const char *fuzz_line(fuzz_input *in);

/* The files of a text source: what is left of an input, or two files where a form feed divides it,
 * for train and test. Declares them; returns "PATH" or "PATH,PATH", valid until the next call. */
const char *fuzz_text_files(const fuzz_input *in);

/* ---- use of what was read ------------------------------------------------------------------- */

/* Read every byte. NULL is allowed where bytes is 0. */
void fuzz_use(const void *data, size_t bytes);
void fuzz_use_text(const char *text); /* NULL is allowed */

/* Read all of a dataset and check that every value is within its range. */
void fuzz_use_dataset(const rr_dataset *ds);

/* Open a source, load and use all its splits; then once more with other options, which depend on
 * the input. */
void fuzz_use_source(const char *spec);

/* ---- mutation ------------------------------------------------------------------------------- */

#ifdef RR_FUZZ
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/* Mutate a safetensors file and, in most cases, set the length of its header anew: most changes of
 * its length would go no further than that check. */
size_t fuzz_mutate_safetensors(uint8_t *data, size_t size, size_t most, unsigned seed);
#endif

#endif
