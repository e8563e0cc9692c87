/* SPDX-License-Identifier: MIT */
/* safetensors.c - the container of our files, and the network in it. The input is the file. */
#include "fuzz.h"

#include "io/json.h"
#include "io/safetensors_common.h"

/* The names of the arrays stand in the header, which is known to be correct. */
static void use_arrays(const rri_safetensors *f, const uint8_t *data)
{
    rr_error err = { .code = RR_OK };
    json_t *header = NULL;
    json_t *value = NULL;
    const char *name = NULL;
    size_t bytes = 0;
    size_t found = 0;

    for (size_t i = 0; i < RRI_SAFETENSORS_PREFIX; i++)
        bytes |= (size_t)data[i] << 8 * i;
    fuzz_require(rri_json_parse_bytes((const char *)data + RRI_SAFETENSORS_PREFIX, bytes, "header",
                                      &header, &err) == RR_OK,
                 "the header is no JSON: %s", err.msg);
    json_object_foreach(header, name, value)
    {
        const rri_array *a = rri_safetensors_find(f, name);
        if (strcmp(name, RRI_SAFETENSORS_METADATA) == 0)
            continue;
        fuzz_require(a != NULL, "array \"%s\" is not found", name);
        fuzz_use(a->data, a->items * rri_dtype_width(a->dtype));
        found++;
    }
    fuzz_require(found == rri_safetensors_count(f), "%zu arrays, not %zu", rri_safetensors_count(f),
                 found);
    json_decref(header);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("model.safetensors", data, size);
    rri_safetensors *f = NULL;
    rr_network *net = NULL;
    char hash[65];
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_safetensors_open(path, &f, &err), &err)) {
        use_arrays(f, data);
        fuzz_use_text(rri_safetensors_metadata(f, "format"));
    }
    rri_safetensors_close(f);
    if (fuzz_ok(rr_network_load(path, &net, &err), &err))
        fuzz_require(rr_network_hash(net, hash, &err) == RR_OK, "no hash: %s", err.msg);
    rr_network_free(net);
}

#ifdef RR_FUZZ
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return fuzz_mutate_safetensors(data, size, most, seed);
}
#endif
