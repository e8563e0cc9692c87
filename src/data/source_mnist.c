/* SPDX-License-Identifier: MIT */
/* source_mnist.c - reads mnist:DIR, image sets in the four IDX files of MNIST.
 *
 * An image of R rows and W columns is a sequence of R frames of width W, pixel / 255. The number of
 * classes comes from the labels of both splits, so that it is the same for both. With `only` the
 * images of other labels do not exist: neither numbers nor `limit` count them. */
#include "data/only.h"
#include "data/origins.h"
#include "data/source.h"

#include "data/idx.h"
#include "io/folder.h"
#include "io/io.h"

#include <string.h>

/* The spellings in use, behind the prefix; each may also end in .gz. */
enum { SPELLINGS = 4, TASK = 1024 /* images a thread converts at once */ };
static const char *const image_files[3][SPELLINGS] = {
    [RR_SPLIT_TRAIN] = { "train-images-idx3-ubyte", "train-images.idx3-ubyte" },
    [RR_SPLIT_TEST] = { "t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte",
                        "test-images-idx3-ubyte", "test-images.idx3-ubyte" },
};
static const char *const label_files[3][SPELLINGS] = {
    [RR_SPLIT_TRAIN] = { "train-labels-idx1-ubyte", "train-labels.idx1-ubyte" },
    [RR_SPLIT_TEST] = { "t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte",
                        "test-labels-idx1-ubyte", "test-labels.idx1-ubyte" },
};
static const char *const whole[2] = { "", ".gz" };
static const char *const unfinished[2] = { ".part", ".gz.part" };

static const char *prefix_of(const rri_spec *spec)
{
    const char *prefix = rri_spec_value(spec, "prefix");

    return prefix != NULL ? prefix : "";
}

/* Whether the file PATH with one of the endings exists. */
static rr_status exists(const char *path, const char *const endings[2], bool *there, rr_error *err)
{
    char *name = NULL;
    rr_status st = RR_OK;

    *there = false;
    for (int i = 0; i < 2 && !*there; i++) {
        RRI_TRY(rri_format(&name, err, "%s%s", path, endings[i]));
        *there = rri_file_exists(name);
        rri_free(name);
        name = NULL;
    }

done:
    return st;
}

/* The path of a file, without its ending, owned; NULL where no spelling of it is in the folder. */
static rr_status find(const rri_spec *spec, const char *const names[SPELLINGS],
                      const char *const endings[2], char **out, rr_error *err)
{
    char *name = NULL;
    char *path = NULL;
    bool there = false;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t i = 0; i < SPELLINGS && names[i] != NULL && !there; i++) {
        rri_free(name);
        rri_free(path);
        name = path = NULL;
        RRI_TRY(rri_format(&name, err, "%s%s", prefix_of(spec), names[i]));
        RRI_TRY(rri_path_join(spec->path, name, &path, err));
        RRI_TRY(exists(path, endings, &there, err));
    }
    if (there) {
        *out = path;
        path = NULL;
    }

done:
    rri_free(name);
    rri_free(path);
    return st;
}

/* The label files, each read once. */
typedef struct folder {
    const rri_spec *spec;
    rri_idx labels[3]; /* by rr_split; data is NULL until they are read */
} folder;

static void close_folder(void *state)
{
    folder *f = state;

    for (int s = 0; f != NULL && s < 3; s++)
        rri_free(f->labels[s].data);
    rri_free(f);
}

/* The labels of a split. Where the file is not there: an error when it is needed, else no labels.
 */
static rr_status read_labels(folder *f, rr_split split, bool needed, const rri_idx **out,
                             rr_error *err)
{
    const rri_spec *spec = f->spec;
    char *path = NULL;
    rr_status st = RR_OK;

    *out = &f->labels[split];
    if ((*out)->data != NULL)
        return RR_OK;
    RRI_TRY(find(spec, label_files[split], whole, &path, err));
    if (path != NULL) {
        rri_source_reads++;
        RRI_TRY(rri_idx_read(path, 1, &f->labels[split], err));
    } else if (needed) {
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s holds no %s%s, plain or .gz", spec->path,
                         prefix_of(spec), label_files[split][0]));
    }

done:
    rri_free(path);
    return st;
}

static size_t largest_of(const rri_idx *labels)
{
    size_t largest = 0;

    for (size_t i = 0; labels->data != NULL && i < labels->shape[0]; i++)
        largest = rri_max(largest, labels->data[i]);
    return largest;
}

/* A label far above the others is a damaged byte rather than a class: without `classes` every label
 * from 0 to the largest must occur in one of the splits (MNIST's ten excepted). */
static rr_status check_gaps(const rri_spec *spec, const rri_idx *a, const rri_idx *b,
                            size_t largest, rr_error *err)
{
    bool seen[256] = { false };

    for (size_t i = 0; i < a->shape[0]; i++)
        seen[a->data[i]] = true;
    for (size_t i = 0; b->data != NULL && i < b->shape[0]; i++)
        seen[b->data[i]] = true;
    for (size_t c = 10; c < largest; c++)
        if (!seen[c])
            return rri_fail(err, RR_ERR_FORMAT, -1,
                            "%s: a row has the label %zu, but none has %zu: a damaged label file? "
                            "If the labels are correct, give ?classes=%zu",
                            spec->path, largest, c, largest + 1);
    return RR_OK;
}

/* What is known before the images are read: the labels, and C from those of both splits. */
typedef struct labels {
    const rri_idx *own;   /* borrowed from the folder */
    const rri_idx *other; /* of the other split; NULL: not needed; data NULL: no file */
    size_t classes;       /* of the source */
    rri_only only;
    size_t *row; /* [count] the images in use, by their row in the file */
    size_t count;
} labels;

static void clear_labels(labels *l)
{
    rri_free(l->row);
}

/* The rows of the first `limit` images in use. */
static rr_status keep_rows(labels *l, size_t limit, rr_error *err)
{
    const size_t count = l->own->shape[0];
    const rr_status st = rri_alloc(&l->row, rri_min(count, limit), 1, sizeof *l->row, err);

    for (size_t i = 0; st == RR_OK && i < count && l->count < limit; i++)
        if (rri_only_keeps(&l->only, l->own->data[i]))
            l->row[l->count++] = i;
    return st;
}

/* C: as given, else the largest label of either split + 1, but 10 at least. */
static rr_status open_labels(folder *f, rr_split split, size_t limit, labels *l, rr_error *err)
{
    const rri_spec *spec = f->spec;
    const rr_split other = split == RR_SPLIT_TRAIN ? RR_SPLIT_TEST : RR_SPLIT_TRAIN;
    rr_status st = RR_OK;

    if (rri_spec_value(spec, "only") != NULL && rri_spec_value(spec, "classes") != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "only=%s of mnist cannot be combined with classes=%s: the labels "
                         "of only= are the classes",
                         rri_spec_value(spec, "only"), rri_spec_value(spec, "classes")));
    RRI_TRY(read_labels(f, split, true, &l->own, err));
    RRI_TRY(rri_spec_size(spec, "classes", 1, RRI_MAX_CLASSES, &l->classes, err));
    if (l->classes == 0) {
        RRI_TRY(read_labels(f, other, false, &l->other, err));
        const size_t largest = rri_max(largest_of(l->own), largest_of(l->other));
        RRI_TRY(check_gaps(spec, l->own, l->other, largest, err));
        l->classes = rri_max(largest + 1, 10);
    }
    RRI_TRY(rri_only_read(spec, rri_min(l->classes, RRI_ONLY_LABELS), &l->only, err));
    RRI_TRY(keep_rows(l, limit, err));

done:
    return st;
}

/* A split without images: it must not have other files, as after a download that broke off. */
static rr_status check_absent(const rri_spec *spec, rr_split split, rr_error *err)
{
    char *part = NULL;
    char *own = NULL;
    rr_status st = RR_OK;

    RRI_TRY(find(spec, image_files[split], unfinished, &part, err));
    RRI_TRY(find(spec, label_files[split], whole, &own, err));
    if (part != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s has not been downloaded wholly: there is only its .part", part));
    if (own != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s holds no %s%s, plain or .gz, but its labels",
                         spec->path, prefix_of(spec), image_files[split][0]));

done:
    rri_free(part);
    rri_free(own);
    return st;
}

/* A split exists if its images do, with `only` if one of them is in use; *files becomes true if
 * there are images. */
static rr_status has_images(folder *f, rr_split split, bool *has, bool *files, rr_error *err)
{
    const rri_spec *spec = f->spec;
    char *path = NULL;
    labels l = { .classes = 0 };
    rr_status st = RR_OK;

    RRI_TRY(find(spec, image_files[split], whole, &path, err));
    *has = path != NULL;
    *files = *files || *has;
    if (!*has)
        RRI_TRY(check_absent(spec, split, err));
    if (*has && rri_spec_value(spec, "only") != NULL) {
        RRI_TRY(open_labels(f, split, 1, &l, err));
        *has = l.count > 0;
    }

done:
    clear_labels(&l);
    rri_free(path);
    return st;
}

/* There are no images: name the prefixes with which there would be some. */
static rr_status no_images(const rri_spec *spec, rr_error *err)
{
    static const char *const endings[] = { "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
                                           "train-images.idx3-ubyte",
                                           "train-images.idx3-ubyte.gz" };
    char list[200] = "";
    size_t n = 0;

    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        rri_names names = { .count = 0 };
        if (rri_folder_names(spec->path, endings[e], &names, NULL) != RR_OK)
            break; /* no folder: the message says the rest */
        for (size_t i = 0; i < names.count && n < sizeof list; i++)
            n += (size_t)rri_snprintf(
                list + n, sizeof list - n, "%sprefix=%.*s", n > 0 ? ", " : "; there are some with ",
                (int)(strlen(names.name[i]) - strlen(endings[e])), names.name[i]);
        rri_names_clear(&names);
    }
    return rri_fail(err, RR_ERR_IO, -1, "%s holds neither %s%s nor %s%s, plain or .gz%s",
                    spec->path, prefix_of(spec), image_files[RR_SPLIT_TRAIN][0], prefix_of(spec),
                    image_files[RR_SPLIT_TEST][0], list);
}

static rr_status open_folder(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rri_spec *spec = in->spec;
    bool any = false;
    folder *f = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    f->spec = spec;
    RRI_TRY(has_images(f, RR_SPLIT_TRAIN, &has[RR_SPLIT_TRAIN], &any, err));
    RRI_TRY(has_images(f, RR_SPLIT_TEST, &has[RR_SPLIT_TEST], &any, err));
    if (!any)
        RRI_TRY(no_images(spec, err));
    *state = f;
    f = NULL;

done:
    close_folder(f);
    return st;
}

static rr_status check(const rri_idx *images, const rri_idx *own, size_t classes,
                       const rri_spec *spec, rr_split split, rr_error *err)
{
    const char *prefix = prefix_of(spec);

    if (images->shape[0] != own->shape[0])
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %zu images in %s%s, but %zu labels in %s%s",
                        spec->path, images->shape[0], prefix, image_files[split][0], own->shape[0],
                        prefix, label_files[split][0]);
    if (images->shape[0] == 0 || images->shape[1] == 0 || images->shape[2] == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s/%s%s: %zu images of %zu rows and %zu columns",
                        spec->path, prefix, image_files[split][0], images->shape[0],
                        images->shape[1], images->shape[2]);
    for (size_t i = 0; i < own->shape[0]; i++)
        if (own->data[i] >= classes)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s/%s%s: label %d of row %zu is outside 0..%zu", spec->path, prefix,
                            label_files[split][0], own->data[i], i, classes - 1);
    return RR_OK;
}

/* The files hash (docs/FORMAT.md#files-hash). */
static rr_status hash_files(const rri_spec *spec, const labels *l, const rri_idx *images,
                            char out[65], rr_error *err)
{
    const char *const files[] = { l->own->hash,
                                  l->other != NULL && l->other->data != NULL ? l->other->hash
                                                                             : "none",
                                  images->hash };
    char *text = NULL;
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, "rnnrepair mnist files 1\n", 24, err));
    for (size_t i = 0; i < spec->count; i++) {
        rri_free(text);
        RRI_TRY(
            rri_format(&text, err, "%s=%s\n", spec->parameter[i].name, spec->parameter[i].value));
        RRI_TRY(rri_sha256_add(h, text, strlen(text), err));
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        RRI_TRY(rri_sha256_add(h, files[i], strlen(files[i]), err));
        RRI_TRY(rri_sha256_add(h, "\n", 1, err));
    }
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_free(text);
    rri_sha256_free(h);
    return st;
}

typedef struct filling {
    rr_dataset *ds;
    const rri_idx *images;
    const size_t *row;
    float level[256]; /* of a pixel */
} filling;

static void fill_some(void *ctx, size_t task, size_t worker)
{
    const filling *f = ctx;
    const size_t pixels = f->images->shape[1] * f->ds->width;
    const size_t end = rri_min((task + 1) * TASK, f->ds->count);

    (void)worker;
    for (size_t i = task * TASK; i < end; i++) {
        const unsigned char *image = f->images->data + (f->row != NULL ? f->row[i] : i) * pixels;
        float *to = f->ds->frames + i * pixels;
        for (size_t j = 0; j < pixels; j++)
            to[j] = f->level[image[j]];
    }
}

/* Frames from pixels, by all cores; the labels are set already. row: [N] where the images of the
 * sequences lie, NULL = one after another. */
static void fill(rr_dataset *ds, const rri_idx *images, const size_t *row)
{
    filling f = { .ds = ds, .images = images, .row = row };

    for (int v = 0; v < 256; v++)
        f.level[v] = (float)v / 255.0f;
    for (size_t i = 0; i < ds->count; i++)
        ds->offset[i + 1] = (i + 1) * images->shape[1];
    rri_parallel(0, rri_blocks(ds->count, TASK), fill_some, &f);
}

/* Which images of the file the sequences are, by their rows. */
static rr_status put_origins(rr_dataset *ds, const char *path, const size_t *row, const labels *l,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_origins_begin(ds, false, err));
    RRI_TRY(rri_origins_file(ds, path, false, err));
    for (size_t i = 0; i < ds->count; i++)
        RRI_TRY(rri_origins_put(ds, i, row[i], NULL, 0, err));
    ds->shifted = l->only.count > 0; /* of the whole split, also where some are selected */

done:
    return st;
}

/* The path of the images of an existing split; owned. */
static rr_status find_images(const rri_spec *spec, rr_split split, char **path, rr_error *err)
{
    const rr_status st = find(spec, image_files[split], whole, path, err);

    if (st == RR_OK && *path == NULL) /* it existed a moment ago */
        return rri_fail(err, RR_ERR_IO, -1, "%s holds no %s%s", spec->path, prefix_of(spec),
                        image_files[split][0]);
    return st;
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    folder *f = state;
    char *path = NULL;
    rri_idx images = { .data = NULL };
    labels l = { .classes = 0 };
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_labels(f, split, limit, &l, err));
    RRI_TRY(find_images(spec, split, &path, err));
    rri_source_reads++;
    RRI_TRY(rri_idx_read(path, 3, &images, err));
    RRI_TRY(check(&images, l.own, l.classes, spec, split, err));

    const rr_dataset_shape shape = rri_only_shape(&l.only, images.shape[2], l.classes);
    RRI_TRY(rri_dataset_new_raw(&shape, l.count, l.count * images.shape[1], &ds, err));
    for (size_t i = 0; i < l.count; i++)
        ds->label[i] = rri_only_class(&l.only, l.own->data[l.row[i]]);
    fill(ds, &images, l.row);
    RRI_TRY(put_origins(ds, path, l.row, &l, err));
    RRI_TRY(hash_files(spec, &l, &images, ds->files, err));
    rri_free(images.data); /* 47 MB for MNIST; the hash need not wait for it */
    images.data = NULL;
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    clear_labels(&l);
    rri_free(images.data);
    rri_free(path);
    return st;
}

/* The rows of the images of those numbers. Errors ARG, NOMEM. */
static rr_status rows_of(const rri_spec *spec, const labels *l, const size_t *which, size_t n,
                         size_t **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, n, 1, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < n; i++) {
        if (which[i] >= l->count)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "%s: there are %zu sequences, numbered from 0, and none of number %zu",
                            spec->path, l->count, which[i]);
        (*out)[i] = l->row[which[i]];
    }
    return st;
}

static rr_status select_images(const rri_request *in, void *state, rr_split split, size_t limit,
                               const char *files_hash, const size_t *which, size_t n,
                               rr_dataset **out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    folder *f = state;
    char *path = NULL;
    char hash[65];
    rri_idx images = { .data = NULL };
    labels l = { .classes = 0 };
    size_t *rows = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_labels(f, split, limit, &l, err));
    RRI_TRY(rows_of(spec, &l, which, n, &rows, err));
    RRI_TRY(find_images(spec, split, &path, err));
    rri_source_reads++;
    RRI_TRY(rri_idx_read_rows(path, 3, rows, n, &images, err));
    RRI_TRY(check(&images, l.own, l.classes, spec, split, err));
    RRI_TRY(hash_files(spec, &l, &images, hash, err));
    if (strcmp(hash, files_hash) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: the files of the %s split, or the parameters, have changed (hash "
                         "%.12s..., expected %.12s...)",
                         spec->path, rr_enum_name(RR_ENUM_SPLIT, split), hash, files_hash));

    const rr_dataset_shape shape = rri_only_shape(&l.only, images.shape[2], l.classes);
    RRI_TRY(rri_dataset_new_raw(&shape, n, n * images.shape[1], &ds, err));
    for (size_t i = 0; i < n; i++)
        ds->label[i] = rri_only_class(&l.only, l.own->data[rows[i]]);
    fill(ds, &images, NULL);
    RRI_TRY(put_origins(ds, path, rows, &l, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    rri_free(rows);
    clear_labels(&l);
    rri_free(images.data);
    rri_free(path);
    return st;
}

/* Without `only` the numbers of the sequences are the rows of the file. */
static rr_status place_images(const rri_request *in, rr_split split, const size_t *which, size_t n,
                              rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = { .width = 1, .classes = 1 };
    const labels none = { .classes = 0 };
    char *path = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (rri_spec_value(in->spec, "only") != NULL)
        return RR_OK;
    RRI_TRY(find_images(in->spec, split, &path, err));
    RRI_TRY(rri_dataset_new(&shape, n, n, &ds, err));
    for (size_t i = 0; i < n; i++)
        ds->offset[i + 1] = i + 1;
    RRI_TRY(put_origins(ds, path, which, &none, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    rri_free(path);
    return st;
}

const rri_source_kind rri_source_mnist = {
    .kind = "mnist",
    .path = "DIR",
    .parameters = { "limit", "classes", "only", "prefix", NULL },
    .part = "ubyte",
    .open = open_folder,
    .load = load,
    .select = select_images,
    .place = place_images,
    .close = close_folder,
};
