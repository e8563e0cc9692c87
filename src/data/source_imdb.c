/* SPDX-License-Identifier: MIT */
/* source_imdb.c - reads imdb:DIR, film reviews [Maas11], one a file: {train,test}/{neg,pos}/ *.txt.
 * They are ordered by the bytes of their names, the negative ones first. */
#include "data/source_text.h"

#include "io/folder.h"
#include "io/io.h"
#include "io/lines.h"

#include <string.h>

enum { MOST_BYTES = 1 << 26 }; /* of a review */

static const char *const split_names[3] = { "train", NULL, "test" };
static const char *const class_names[] = { "neg", "pos" };
enum { CLASSES = sizeof class_names / sizeof *class_names };

static rr_status look_for_splits(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rri_spec *spec = in->spec;
    char *folder = NULL;
    rr_status st = RR_OK;

    (void)state;
    for (int s = 0; s < 3; s++)
        if (split_names[s] != NULL) {
            RRI_TRY(rri_path_join(spec->path, split_names[s], &folder, err));
            has[s] = rri_is_folder(folder);
            rri_free(folder);
            folder = NULL;
        }
    if (!has[RR_SPLIT_TRAIN] && !has[RR_SPLIT_TEST])
        RRI_TRY(
            rri_fail(err, RR_ERR_IO, -1, "%s holds neither a folder train nor test", spec->path));

done:
    rri_free(folder);
    return st;
}

static rr_status read_review(rri_corpus *c, rri_text row, const char *path, rr_error *err)
{
    unsigned char *data = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(c, path, err));
    rri_source_reads++;
    RRI_TRY(rri_file_read(path, MOST_BYTES, &data, &bytes, err));
    RRI_TRY(rri_check_utf8(path, 1, (const char *)data, bytes, false, err));
    RRI_TRY(rri_corpus_add(c, row, (const char *)data, bytes, err));

done:
    rri_free(data);
    return st;
}

static rr_status read_folder(rri_corpus *c, rri_text row, const char *folder, rr_error *err)
{
    rri_names names = { .count = 0 };
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_folder_names(folder, ".txt", &names, err));
    for (size_t i = 0; i < names.count; i++) {
        RRI_TRY(rri_path_join(folder, names.name[i], &path, err));
        RRI_TRY(read_review(c, row, path, err));
        rri_free(path);
        path = NULL;
    }

done:
    rri_free(path);
    rri_names_clear(&names);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    char *folder = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_name_classes(out, "neg|pos", '|', err));
    RRI_TRY(rri_corpus_file(out, spec->path, err));
    for (int s = 0; s < 3; s++)
        for (uint32_t k = 0; k < CLASSES && wanted[s] && split_names[s] != NULL; k++) {
            const rri_text row = { .label = k, .split = (unsigned char)s };
            RRI_TRY(
                rri_format(&folder, err, "%s/%s/%s", spec->path, split_names[s], class_names[k]));
            RRI_TRY(read_folder(out, row, folder, err));
            rri_free(folder);
            folder = NULL;
        }

done:
    rri_free(folder);
    return st;
}

const rri_source_kind rri_source_imdb = {
    .kind = "imdb",
    .path = "DIR",
    .parameters = { RRI_TEXT_PARAMETERS, NULL },
    .open = look_for_splits,
    .read = read,
};
