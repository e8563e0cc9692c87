/* SPDX-License-Identifier: MIT */
/* source_imdb.c - reads imdb:DIR, film reviews [Maas11], one a file: {train,test}/{neg,pos}/ *.txt;
 * or, where texts need no labels, DIR/ *.txt. They are ordered by the bytes of their names, the
 * negative ones first. */
#include "data/source_text.h"

#include "io/folder.h"
#include "io/io.h"
#include "io/lines.h"

#include <string.h>

enum { MOST_BYTES = 1 << 26 }; /* of a review */

static const char *const split_names[3] = { "train", NULL, "test" };
static const char *const class_names[] = { "neg", "pos" };
enum { CLASSES = sizeof class_names / sizeof *class_names };

/* Which folders of splits there are. */
static rr_status find_folders(const rri_spec *spec, bool has[3], rr_error *err)
{
    char *folder = NULL;
    rr_status st = RR_OK;

    for (int s = 0; s < 3; s++)
        if (split_names[s] != NULL) {
            RRI_TRY(rri_path_join(spec->path, split_names[s], &folder, err));
            has[s] = rri_is_folder(folder);
            rri_free(folder);
            folder = NULL;
        }

done:
    return st;
}

/* Reviews without labels are one split. */
static rr_status look_for_splits(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rr_status st = find_folders(in->spec, has, err);

    (void)state;
    if (st != RR_OK || has[RR_SPLIT_TRAIN] || has[RR_SPLIT_TEST])
        return st;
    has[RR_SPLIT_TRAIN] = in->unlabelled;
    return in->unlabelled ? RR_OK
                          : rri_fail(err, RR_ERR_IO, -1, "%s holds neither a folder train nor test",
                                     in->spec->path);
}

static rr_status read_review(rri_corpus *c, rri_text row, const char *path, rr_error *err)
{
    unsigned char *data = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(c, path, err));
    rri_source_reads++;
    RRI_TRY(rri_file_read(path, MOST_BYTES, &data, &bytes, err));
    if (memchr(data, '\0', bytes) != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s holds a NUL byte: it is no text", path));
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
        if (*names.name[i] == '.') /* hidden, as the ._ files of macOS */
            continue;
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

static rr_status read_splits(rri_corpus *c, const rri_spec *spec, const bool wanted[3],
                             rr_error *err)
{
    char *folder = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_labels_name(&c->labels, "neg|pos", '|', err));
    for (int s = 0; s < 3; s++)
        for (uint32_t k = 0; k < CLASSES && wanted[s] && split_names[s] != NULL; k++) {
            const rri_text row = { .label = k, .split = (unsigned char)s };
            RRI_TRY(
                rri_format(&folder, err, "%s/%s/%s", spec->path, split_names[s], class_names[k]));
            RRI_TRY(read_folder(c, row, folder, err));
            rri_free(folder);
            folder = NULL;
        }

done:
    rri_free(folder);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    rri_text row = { .split = RR_SPLIT_TRAIN };
    bool has[3] = { false };
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(out, in->spec->path, err));
    RRI_TRY(find_folders(in->spec, has, err));
    if (has[RR_SPLIT_TRAIN] || has[RR_SPLIT_TEST])
        return read_splits(out, in->spec, wanted, err);
    RRI_TRY(rri_corpus_label(out, 0, NULL, 0, &row.label, err));
    RRI_TRY(read_folder(out, row, in->spec->path, err));

done:
    return st;
}

const rri_source_kind rri_source_imdb = {
    .kind = "imdb",
    .path = "DIR",
    .parameters = { RRI_TEXT_PARAMETERS, NULL },
    .folders = { ".", "train/neg", "train/pos", "test/neg", "test/pos", NULL },
    .part = ".txt",
    .open = look_for_splits,
    .read = read,
};
