/* SPDX-License-Identifier: MIT */
/* npz_entry.h - the bytes of one array in a .npz, for the readers of whole arrays and of parts. */
#ifndef RRI_NPZ_ENTRY_H
#define RRI_NPZ_ENTRY_H

#include "io/npy.h"
#include "io/npy_header.h"

struct zip_file;

/* One entry being read. All zero is closed. */
typedef struct rri_npz_entry {
    const char *path, *name; /* borrowed from the archive, and from the caller */
    struct zip_file *file;
    uint64_t left; /* bytes not read yet, where it is read from front to back */
    uint64_t most; /* bytes an array may have */
    bool stored;   /* not compressed */
} rri_npz_entry;

/* Open "NAME.npy" of at most `most` bytes; to be closed also on failure. Errors FORMAT, IO, NOMEM.
 */
rr_status rri_npz_entry_open(rri_npz *z, const char *name, uint64_t most, rri_npz_entry *s,
                             rr_error *err);

/* Exactly n more bytes. */
rr_status rri_npz_entry_read(rri_npz_entry *s, void *out, size_t n, rr_error *err);

/* The entry must end here; one more read also makes libzip compare the CRC. */
rr_status rri_npz_entry_end(rri_npz_entry *s, rr_error *err);

/* Go to byte `at` of an entry that is stored. The CRC is compared only where each byte has been
 * read. */
rr_status rri_npz_entry_seek(rri_npz_entry *s, uint64_t at, rr_error *err);

/* Its header. */
rr_status rri_npz_entry_header(rri_npz_entry *s, rri_npy_header *h, rr_error *err);

/* Items of the array, once the header is read; the entry must hold exactly them. */
rr_status rri_npz_entry_items(const rri_npz_entry *s, const rri_npy_header *h, size_t *items,
                              rr_error *err);

void rri_npz_entry_close(rri_npz_entry *s);

/* All but the elements, from a header: kind, type, rank, shape (npz_read.c). */
void rri_npy_describe(const rri_npy_header *h, rri_npy *out);

#endif
