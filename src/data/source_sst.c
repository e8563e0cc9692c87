/* SPDX-License-Identifier: MIT */
/* source_sst.c - reads sst:DIR, sentences as phrase trees, a tree a line [Socher13]. The root's
 * label is the sentence's: 0 and 1 are negative, 3 and 4 positive; the neutral ones, 2, are
 * dropped. */
#include "data/source_text.h"

#include "data/treebank.h"
#include "io/lines.h"

static const char *const names[3] = { "train.txt", "dev.txt", "test.txt" };
enum { NEUTRAL = 2 };

static rr_status look_for_splits(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rri_spec *spec = in->spec;
    char *path[3] = { NULL };
    const rr_status st = rri_split_files(spec->path, names, path, err);

    (void)state;
    for (int s = 0; s < 3; s++)
        has[s] = path[s] != NULL;
    rri_split_files_clear(path);
    return st;
}

/* Add the sentence of one line; *words has *capacity bytes and grows. */
static rr_status add_tree(rri_corpus *c, rr_split split, size_t line, const char *text,
                          size_t bytes, char **words, size_t *capacity, rr_error *err)
{
    unsigned label = 0;
    size_t used = 0;
    rr_status st = RR_OK;

    if (bytes == 0)
        return RR_OK;
    RRI_TRY(rri_check_utf8(rri_corpus_path(c), line, text, bytes, false, err));
    if (bytes > *capacity) {
        RRI_TRY(rri_grow(words, 0, 2 * bytes, 1, err));
        *capacity = 2 * bytes;
    }
    RRI_TRY(rri_tree_read(rri_corpus_path(c), line, text, bytes, *words, &used, &label, err));
    if (label == NEUTRAL)
        return RR_OK;
    const rri_text row = {
        .line = line, .label = label > NEUTRAL ? 1 : 0, .split = (unsigned char)split, .cut = true
    };
    RRI_TRY(rri_corpus_add(c, row, *words, used, err));

done:
    return st;
}

static rr_status read_file(rri_corpus *c, rr_split split, const char *path, rr_error *err)
{
    rri_lines *lines = NULL;
    char *words = NULL;
    char *text = NULL;
    size_t bytes = 0;
    size_t capacity = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(c, path, err));
    rri_source_reads++;
    RRI_TRY(rri_lines_open(path, NULL, &lines, err));
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        RRI_TRY(add_tree(c, split, rri_lines_number(lines), text, bytes, &words, &capacity, err));
    }

done:
    rri_free(words);
    rri_lines_close(lines);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    char *path[3] = { NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_labels_name(&out->labels, "negative|positive", '|', err));
    RRI_TRY(rri_split_files(spec->path, names, path, err));
    for (int s = 0; s < 3; s++)
        if (wanted[s] && path[s] != NULL)
            RRI_TRY(read_file(out, (rr_split)s, path[s], err));

done:
    rri_split_files_clear(path);
    return st;
}

const rri_source_kind rri_source_sst = {
    .kind = "sst",
    .path = "DIR",
    .parameters = { RRI_TEXT_PARAMETERS, NULL },
    .part = ".txt",
    .open = look_for_splits,
    .read = read,
};
