/* SPDX-License-Identifier: MIT */
/* spec.c - specs of sources. The input is a spec; its path is replaced by that of small files of
 * its kind, so that no other file is opened. */
#include "fuzz.h"

#include "data/spec.h"

#include <stdio.h>

/* The path for a kind; NULL for one that has none, "" for one that is not known here. */
static const char *path_of(const char *kind)
{
    static const char table[] = "text,label,split,comment_text,toxic\n"
                                "a film,neg,train,a,0\nb,pos,train,b,1\nc d,pos,test,c,0\n";
    static const char rows[] = "{\"text\": \"a film\", \"label\": 1}\n"
                               "{\"tokens\": [\"b\"], \"label\": \"x\"}\n";
    static const char trees[] = "(3 (2 a) (4 film))\n(1 b)\n";
    static const char lines[] = "DESC:manner How ?\nHUM:ind Who ?\n";
    static const char images[] = "\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                                 "abcd";
    static const char labels[] = "\0\0\x08\x01\0\0\0\x02\x00\x03";

    if (strcmp(kind, "csv") == 0 || strcmp(kind, "tsv") == 0 || strcmp(kind, "toxic") == 0)
        return fuzz_file("table.csv", table, sizeof table - 1);
    if (strcmp(kind, "jsonl") == 0 || strcmp(kind, "json") == 0)
        return fuzz_file("rows.jsonl", rows, sizeof rows - 1);
    if (strcmp(kind, "trec") == 0)
        return fuzz_file("trec.txt", lines, sizeof lines - 1);
    if (strcmp(kind, "sst") == 0) {
        (void)fuzz_file("train.txt", trees, sizeof trees - 1);
        return fuzz_folder();
    }
    if (strcmp(kind, "mnist") == 0) {
        (void)fuzz_file("train-images-idx3-ubyte", images, sizeof images - 1);
        (void)fuzz_file("train-labels-idx1-ubyte", labels, sizeof labels - 1);
        return fuzz_folder();
    }
    return strcmp(kind, "digits") == 0 ? NULL : "";
}

/* Digits are drawn: so many of them are declared. */
static bool few_digits(const rri_spec *spec)
{
    size_t train = 6000;
    size_t test = 1000;
    rr_error err = { .code = RR_OK };

    return rri_spec_size(spec, "train", 1, 2, &train, &err) == RR_OK &&
           rri_spec_size(spec, "test", 1, 2, &test, &err) == RR_OK && train <= 2 && test <= 2;
}

static void open_source(const rri_spec *spec, const char *parameters)
{
    const char *path = path_of(spec->kind);
    char text[700];
    char *resolved = NULL;
    rr_error err = { .code = RR_OK };

    (void)snprintf(text, sizeof text, "%s%s%s%s", spec->kind, path != NULL ? ":" : "",
                   path != NULL ? path : "", parameters);
    if (fuzz_ok(rr_dataset_spec_resolve(text, &resolved, &err), &err))
        fuzz_require(strlen(resolved) >= strlen(spec->kind), "the spec became \"%s\"", resolved);
    rr_string_free(resolved);
    if (path == NULL ? few_digits(spec) : *path != '\0')
        fuzz_use_source(text);
}

/* A path that is escaped is read as itself. */
static void check_escape(const rri_spec *spec)
{
    char text[1300];
    char *path = NULL;
    rri_spec again = { .text = NULL };
    rr_error err = { .code = RR_OK };

    fuzz_require(rri_spec_escape(spec->path, &path, &err) == RR_OK, "%s", err.msg);
    (void)snprintf(text, sizeof text, "csv:%s", path);
    fuzz_require(rri_spec_parse(text, &again, &err) == RR_OK, "%s: %s", text, err.msg);
    fuzz_require(strcmp(again.path, spec->path) == 0 && again.count == 0,
                 "\"%s\", escaped \"%s\", is read as \"%s\"", spec->path, path, again.path);
    rri_spec_clear(&again);
    rri_free(path);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char text[400] = "";
    rri_spec spec = { .text = NULL };
    rr_error err = { .code = RR_OK };

    if (size >= sizeof text)
        return;
    memcpy(text, data, size);
    fuzz_declare(FUZZ_CLASSES); /* which is more than the small files and two digits take */
    if (fuzz_ok(rri_spec_parse(text, &spec, &err), &err)) {
        check_escape(&spec);
        open_source(&spec, text + spec.rest);
    }
    rri_spec_clear(&spec);
}
