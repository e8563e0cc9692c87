/* SPDX-License-Identifier: MIT */
/* network_file.h - a network inside a safetensors file, shared by model and trainer files. */
#ifndef RRI_NETWORK_FILE_H
#define RRI_NETWORK_FILE_H

#include "io/safetensors.h"
#include "network/model.h"

/* Add the architecture as metadata and the weights as arrays, borrowed from net until the write.
 * vectors: include the embedding. NUMERIC where a weight is not finite. */
rr_status rri_network_put(rri_safetensors_writer *w, const rr_network *net, bool vectors,
                          rr_error *err);

/* The inverse; without vectors it has no embedding. Memory: *out is owned, rr_network_free(). */
rr_status rri_network_get(const rri_safetensors *f, const char *path, bool vectors,
                          rr_network **out, rr_error *err);

#endif
