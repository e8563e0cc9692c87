/* SPDX-License-Identifier: MIT */
/* IDX image sets: small synthetic ones, broken ones, and the real MNIST if present. */
#include "scratch.h"

#include "data/data_internal.h"
#include "data/dataset_internal.h"
#include "make.h"

/* An IDX file of the given shape, its bytes 0, 1, 2, ... or those given. */
static void write_idx(const char *name, size_t rank, const size_t *shape, const unsigned char *data)
{
    FILE *f = fopen(in_scratch("", name), "wb");
    size_t items = 1;

    assert_non_null(f);
    const unsigned char magic[4] = { 0, 0, 8, (unsigned char)rank };
    assert_int_equal(fwrite(magic, 1, 4, f), 4);
    for (size_t i = 0; i < rank; i++) {
        const unsigned char n[4] = { 0, 0, (unsigned char)(shape[i] >> 8),
                                     (unsigned char)shape[i] };
        assert_int_equal(fwrite(n, 1, 4, f), 4);
        items *= shape[i];
    }
    for (size_t i = 0; i < items; i++)
        assert_int_equal(fputc(data != NULL ? data[i] : (int)(i % 256), f) == EOF, 0);
    assert_int_equal(fclose(f), 0);
}

static void write_images(const char *name, size_t n, size_t rows, size_t columns)
{
    const size_t shape[3] = { n, rows, columns };

    write_idx(name, 3, shape, NULL);
}

static void write_labels(const char *name, size_t n, const unsigned char *labels)
{
    write_idx(name, 1, &n, labels);
}

static void forget(const char *name)
{
    (void)unlink(in_scratch("", name));
}

/* A valid set: four training images of 2 x 3 and two test images. */
static void write_set(void)
{
    write_images("train-images-idx3-ubyte", 4, 2, 3);
    write_labels("train-labels-idx1-ubyte", 4, (const unsigned char[]){ 3, 0, 1, 9 });
    write_images("t10k-images-idx3-ubyte", 2, 2, 3);
    write_labels("t10k-labels-idx1-ubyte", 2, (const unsigned char[]){ 7, 2 });
}

static void refused(const char *spec, rr_split split, rr_status code, const char *part)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_FAILS(rr_dataset_load(spec, split, &ds, &err), code, err, part);
    assert_null(ds);
}

static void images_are_rows_of_pixels_over_255(void **state)
{
    (void)state;
    write_set();
    rr_dataset *ds = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 4);
    assert_int_equal(rr_dataset_width(ds), 3);
    assert_int_equal(rr_dataset_max_steps(ds), 2);
    assert_int_equal(rr_dataset_classes(ds), 10);
    const rr_sequence s = rr_dataset_at(ds, 3);
    assert_int_equal(s.steps, 2);
    assert_int_equal(s.label, 9);
    for (size_t i = 0; i < 6; i++)
        assert_true(s.frames[i] == (float)(18 + i) / 255.0f);
    rr_dataset_free(ds);
}

static void limit_keeps_the_first(void **state)
{
    char spec[300];

    (void)state;
    write_set();
    (void)snprintf(spec, sizeof spec, "%s?limit=2", in_scratch("mnist:", ""));
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 1).label, 0);
    rr_dataset_free(ds);
    (void)snprintf(spec, sizeof spec, "%s?limit=3", in_scratch("mnist:", ""));
    ds = load_dataset(spec, RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 2);
    rr_dataset_free(ds);
}

static void names_with_a_dot_are_found_too(void **state)
{
    int has = 0;
    rr_error err = { .msg = "" };

    (void)state;
    write_set();
    forget("train-images-idx3-ubyte");
    forget("train-labels-idx1-ubyte");
    CHECK_OK(has_split(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, &has, &err), err);
    assert_int_equal(has, 0);
    write_images("train-images.idx3-ubyte", 1, 2, 3);
    write_labels("train-labels.idx1-ubyte", 1, (const unsigned char[]){ 4 });
    CHECK_OK(has_split(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, &has, &err), err);
    assert_int_equal(has, 1);
    rr_dataset *ds = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).label, 4);
    rr_dataset_free(ds);
    forget("train-images.idx3-ubyte");
    forget("train-labels.idx1-ubyte");
}

/* EMNIST: a prefix before every name, and a test split that is called so. */
static void a_prefix_selects_a_set(void **state)
{
    (void)state;
    write_set();
    forget("train-images-idx3-ubyte");
    forget("train-labels-idx1-ubyte");
    forget("t10k-images-idx3-ubyte");
    forget("t10k-labels-idx1-ubyte");
    write_images("emnist-letters-train-images-idx3-ubyte", 2, 2, 3);
    write_labels("emnist-letters-train-labels-idx1-ubyte", 2, (const unsigned char[]){ 4, 1 });
    write_images("emnist-letters-test-images-idx3-ubyte", 1, 2, 3);
    write_labels("emnist-letters-test-labels-idx1-ubyte", 1, (const unsigned char[]){ 2 });
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_IO,
            "plain or .gz; there are some with prefix=emnist-letters-");
    refused(in_scratch("mnist:", "?prefix=emnist-"), RR_SPLIT_TRAIN, RR_ERR_IO,
            "neither emnist-train-images-idx3-ubyte nor emnist-t10k-images-idx3-ubyte");
    rr_dataset *ds = load_dataset(in_scratch("mnist:", "?prefix=emnist-letters-"), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 0).label, 4);
    assert_true(rr_dataset_at(ds, 1).frames[5] == 11.0f / 255.0f);
    rr_dataset_free(ds);
    ds = load_dataset(in_scratch("mnist:", "?prefix=emnist-letters-"), RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_at(ds, 0).label, 2);
    rr_dataset_free(ds);
    forget("emnist-letters-test-labels-idx1-ubyte");
    refused(in_scratch("mnist:", "?prefix=emnist-letters-"), RR_SPLIT_TEST, RR_ERR_IO,
            "holds no emnist-letters-t10k-labels-idx1-ubyte");
    forget("emnist-letters-train-images-idx3-ubyte");
    forget("emnist-letters-train-labels-idx1-ubyte");
    forget("emnist-letters-test-images-idx3-ubyte");
}

static void both_splits_have_the_same_classes(void **state)
{
    (void)state;
    write_set();
    write_labels("t10k-labels-idx1-ubyte", 2, (const unsigned char[]){ 10, 2 });
    rr_dataset *train = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_classes(train), 11);
    assert_int_equal(rr_dataset_classes(test), 11);
    rr_dataset_free(train);
    rr_dataset_free(test);
    write_labels("t10k-labels-idx1-ubyte", 2, (const unsigned char[]){ 25, 2 });
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_FORMAT, "give ?classes=26");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TEST, RR_ERR_FORMAT, "give ?classes=26");
}

static void missing_splits_and_files_are_told_apart(void **state)
{
    int has = 5;
    rr_error err = { .msg = "" };

    (void)state;
    write_set();
    refused(in_scratch("mnist:", ""), RR_SPLIT_DEV, RR_ERR_ARG, "no dev split; it has train, test");
    forget("t10k-images-idx3-ubyte");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_IO,
            "holds no t10k-images-idx3-ubyte, plain or .gz, but its labels");
    write_scratch("t10k-images-idx3-ubyte.gz.part", "");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_IO,
            "t10k-images-idx3-ubyte has not been downloaded wholly");
    forget("t10k-images-idx3-ubyte.gz.part");
    forget("t10k-labels-idx1-ubyte");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TEST, RR_ERR_ARG, "has no test split");
    forget("train-labels-idx1-ubyte");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_IO, "train-labels-idx1-ubyte");
    forget("train-images-idx3-ubyte");
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_IO, "train-images-idx3-ubyte");
    refused(in_scratch("mnist:", "nowhere"), RR_SPLIT_TRAIN, RR_ERR_IO, "nowhere");
    CHECK_FAILS(has_split(in_scratch("mnist:", ""), RR_SPLIT_TEST, &has, &err), RR_ERR_IO, err,
                "t10k-images-idx3-ubyte");
    assert_int_equal(has, 5);
}

static void broken_sets_are_refused_with_file_and_row(void **state)
{
    const size_t shape[2] = { 4, 1 };
    char spec[300];
    FILE *f = NULL;

    (void)state;
    write_set();
    write_labels("train-labels-idx1-ubyte", 3, NULL);
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_SHAPE,
            "4 images in train-images-idx3-ubyte, but 3 labels");
    write_set();
    (void)snprintf(spec, sizeof spec, "%s?classes=9", in_scratch("mnist:", ""));
    refused(spec, RR_SPLIT_TRAIN, RR_ERR_FORMAT,
            "train-labels-idx1-ubyte: label 9 of row 3 is outside 0..8");
    (void)snprintf(spec, sizeof spec, "%s?classes=0", in_scratch("mnist:", ""));
    refused(spec, RR_SPLIT_TRAIN, RR_ERR_ARG, "classes=0");
    write_images("train-images-idx3-ubyte", 4, 2, 0);
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_SHAPE, "0 columns");
    write_idx("train-labels-idx1-ubyte", 2, shape, NULL);
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_SHAPE, "train-labels-idx1-ubyte");
    write_set();
    f = fopen(in_scratch("", "train-images-idx3-ubyte"), "r+b");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 30), 0);
    assert_int_equal(fclose(f), 0);
    refused(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, RR_ERR_FORMAT, "train-images-idx3-ubyte");
}

/* Sequences of the split by number are those of the whole split. */
static void check_some(const char *spec, rr_split split, const size_t *which, size_t n)
{
    rr_dataset *all = load_dataset(spec, split);
    rr_dataset *some = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(load_some(spec, split, rr_dataset_files_hash(all), which, n, &some, &err), err);
    assert_int_equal(rr_dataset_count(some), n);
    assert_int_equal(rr_dataset_classes(some), rr_dataset_classes(all));
    assert_string_equal(rr_dataset_files_hash(some), "");
    for (size_t i = 0; i < n; i++) {
        const rr_sequence a = rr_dataset_at(all, which[i]);
        const rr_sequence b = rr_dataset_at(some, i);
        assert_int_equal(a.label, b.label);
        assert_int_equal(a.steps, b.steps);
        assert_memory_equal(a.frames, b.frames, a.steps * rr_dataset_width(all) * sizeof *a.frames);
    }
    rr_dataset_free(all);
    rr_dataset_free(some);
}

static void single_sequences_are_those_of_the_split(void **state)
{
    static const size_t which[] = { 3, 0, 3, 2 };
    char spec[300];

    (void)state;
    write_set();
    check_some(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, which, 4);
    check_some(in_scratch("mnist:", ""), RR_SPLIT_TEST, which + 1, 1);
    check_some(in_scratch("mnist:", ""), RR_SPLIT_TRAIN, which, 0);
    (void)snprintf(spec, sizeof spec, "%s?limit=3&classes=10", in_scratch("mnist:", ""));
    check_some(spec, RR_SPLIT_TRAIN, which + 3, 1);
}

/* Labels 3 0 1 9 3 0 in train, 0 7 in test. */
static void write_six(void)
{
    write_set();
    write_images("train-images-idx3-ubyte", 6, 2, 3);
    write_labels("train-labels-idx1-ubyte", 6, (const unsigned char[]){ 3, 0, 1, 9, 3, 0 });
    write_labels("t10k-labels-idx1-ubyte", 2, (const unsigned char[]){ 0, 7 });
}

/* Spec of the scratch folder with parameters. Valid until the next call. */
static const char *with(const char *parameters)
{
    static char spec[400];

    (void)snprintf(spec, sizeof spec, "%s?%s", in_scratch("mnist:", ""), parameters);
    return spec;
}

static void only_keeps_labels_as_classes_in_the_order_given(void **state)
{
    static const size_t rows[] = { 0, 1, 4, 5 };
    static const uint32_t want[] = { 1, 0, 1, 0 };
    static const size_t which[] = { 3, 0, 2 };

    (void)state;
    write_six();
    rr_dataset *all = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    rr_dataset *two = load_dataset(with("only=0|3"), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(two), 4);
    assert_int_equal(rr_dataset_classes(two), 2);
    assert_string_equal(rr_dataset_class_name(two, 0), "0");
    assert_string_equal(rr_dataset_class_name(two, 1), "3");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rr_dataset_at(two, i).label, want[i]);
        assert_memory_equal(rr_dataset_at(two, i).frames, rr_dataset_at(all, rows[i]).frames,
                            6 * sizeof(float));
    }
    rr_dataset *test = load_dataset(with("only=0|3"), RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(test), 1);
    assert_int_equal(rr_dataset_classes(test), 2);
    rr_dataset *first =
        load_dataset(with("only=0|3&limit=3"), RR_SPLIT_TRAIN); /* three of those kept */
    assert_int_equal(rr_dataset_count(first), 3);
    assert_int_equal(rr_dataset_at(first, 2).label, 1);
    rr_dataset *other = load_dataset(with("only=3|0"), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(other, 0).label, 0);
    assert_string_not_equal(rr_dataset_files_hash(other), rr_dataset_files_hash(two));
    assert_string_not_equal(rr_dataset_hash(other), rr_dataset_hash(two));
    check_some(with("only=0|3"), RR_SPLIT_TRAIN, which, 3);
    check_some(with("limit=3&only=3|0"), RR_SPLIT_TRAIN, which + 1, 2);
    rr_dataset_free(all);
    rr_dataset_free(two);
    rr_dataset_free(test);
    rr_dataset_free(first);
    rr_dataset_free(other);
}

static void some_refused(const char *spec, const char *files_hash, size_t which, rr_status code,
                         const char *part);

static void a_wrong_only_is_refused(void **state)
{
    static const struct {
        const char *parameters, *part;
    } cases[] = {
        { "only=3", "single label" },
        { "only=3|3", "names label 3 twice" },
        { "only=3|10", "there is no label \"10\"; labels are 0..9" },
        { "only=3|x", "there is no label \"x\"" },
        { "only=", "there is no label \"\"" },
        { "only=3|", "there is no label \"\"" },
        { "only=3|99999999999999999999999999", "there is no label" },
        { "only=3|0&classes=10", "cannot be combined with classes=10" },
        { "only=4|5", "has no train split; it has none" },
    };
    int has = 0;
    rr_error err = { .msg = "" };

    (void)state;
    write_six();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(with(cases[i].parameters), RR_SPLIT_TRAIN, RR_ERR_ARG, cases[i].part);
    CHECK_OK(has_split(with("only=7|8"), RR_SPLIT_TRAIN, &has, &err), err);
    assert_int_equal(has, 0);
    CHECK_OK(has_split(with("only=7|8"), RR_SPLIT_TEST, &has, &err), err);
    assert_int_equal(has, 1);
    rr_dataset *ds = load_dataset(with("only=0|3"), RR_SPLIT_TRAIN);
    some_refused(with("only=0|3"), rr_dataset_files_hash(ds), 4, RR_ERR_ARG, "there are 4");
    some_refused(with("only=3|0"), rr_dataset_files_hash(ds), 0, RR_ERR_MISMATCH, "have changed");
    rr_dataset_free(ds);
}

/* Load sequence `which` of the training split, which must fail. */
static void some_refused(const char *spec, const char *files_hash, size_t which, rr_status code,
                         const char *part)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_FAILS(load_some(spec, RR_SPLIT_TRAIN, files_hash, &which, 1, &ds, &err), code, err, part);
    assert_null(ds);
}

/* Whatever the content depends on: each file, and each parameter. */
static void single_sequences_need_the_same_files(void **state)
{
    char spec[200];
    char other[300];
    char hash[65];

    (void)state;
    (void)snprintf(spec, sizeof spec, "%s", in_scratch("mnist:", ""));
    write_set();
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    (void)snprintf(hash, sizeof hash, "%s", rr_dataset_files_hash(ds));
    rr_dataset_free(ds);
    some_refused(spec, hash, 4, RR_ERR_ARG, "none of number 4");
    some_refused(spec, "", 0, RR_ERR_MISMATCH, "single sequences");
    some_refused("digits", hash, 0, RR_ERR_MISMATCH, "single sequences");
    (void)snprintf(other, sizeof other, "%s?limit=4", spec);
    some_refused(other, hash, 0, RR_ERR_MISMATCH, "have changed");
    write_labels("train-labels-idx1-ubyte", 4, (const unsigned char[]){ 3, 0, 1, 8 });
    some_refused(spec, hash, 0, RR_ERR_MISMATCH, "have changed");
    write_set();
    write_labels("t10k-labels-idx1-ubyte", 2, (const unsigned char[]){ 7, 3 });
    some_refused(spec, hash, 0, RR_ERR_MISMATCH, "have changed");
    write_set();
    FILE *f = fopen(in_scratch("", "train-images-idx3-ubyte"), "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, -1, SEEK_END), 0); /* far behind the image that is asked for */
    assert_int_equal(fputc(255, f), 255);
    assert_int_equal(fclose(f), 0);
    some_refused(spec, hash, 0, RR_ERR_MISMATCH, "have changed");
    write_set();
    const size_t first = 0;
    CHECK_OK(load_some(spec, RR_SPLIT_TRAIN, hash, &first, 1, &ds, NULL),
             (rr_error){ .msg = "the set of before" });
    rr_dataset_free(ds);
}

static void every_failed_allocation_of_single_sequences_is_clean(void **state)
{
    static const size_t which[] = { 2, 1 };
    char spec[200];

    (void)state;
    (void)snprintf(spec, sizeof spec, "%s", in_scratch("mnist:", ""));
    write_set();
    rr_dataset *all = load_dataset(spec, RR_SPLIT_TRAIN);
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        rr_dataset *ds = NULL;
        at.st = load_some(spec, RR_SPLIT_TRAIN, rr_dataset_files_hash(all), which, 2, &ds, NULL);
        assert_true((at.st == RR_OK) == (ds != NULL));
        rr_dataset_free(ds);
    }
    rr_dataset_free(all);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    write_set();
    check_load_survives_no_memory(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    write_six();
    check_load_survives_no_memory(with("only=0|3"), RR_SPLIT_TRAIN);
}

static void real_mnist_is_read_whole(void **state)
{
    const char *data = getenv("RNNREPAIR_DATA");
    char spec[512];
    char file[600];
    double sum = 0.0;

    (void)state;
    (void)snprintf(spec, sizeof spec, "mnist:%s/mnist", data != NULL ? data : ".");
    (void)snprintf(file, sizeof file, "%s/train-images-idx3-ubyte.gz", spec + 6);
    if (access(file, R_OK) != 0) {
        print_message("no %s: set RNNREPAIR_DATA to check the real MNIST\n", file);
        skip();
    }
    rr_dataset *train = load_dataset(spec, RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset(spec, RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(train), 60000);
    assert_int_equal(rr_dataset_count(test), 10000);
    assert_int_equal(rr_dataset_steps(train), 60000 * 28);
    assert_int_equal(rr_dataset_width(train), 28);
    assert_int_equal(rr_dataset_classes(train), 10);
    assert_int_equal(rr_dataset_at(train, 0).label, 5);
    assert_int_equal(rr_dataset_at(test, 0).label, 7);
    for (size_t i = 0; i < 60000; i++) {
        const float *x = rr_dataset_at(train, i).frames;
        for (size_t p = 0; p < 784; p++)
            sum += (double)x[p];
    }
    CHECK_NEAR(sum / (60000.0 * 784.0), 0.1306604762738429, 1e-7, 0); /* the well-known mean */
    assert_string_equal(rr_dataset_hash(train),
                        "eb258a50d9297f95512a902ea667c83e53bd9237a891c5ed7f2f807bcd26d5c5");
    assert_string_equal(rr_dataset_hash(test),
                        "d9a9b160ee2dd9b11fe92f315b2075e5575912a28559a813be1b3d73a4e38726");
    rr_dataset_free(train);
    rr_dataset_free(test);
}

/* Of both splits: two files each, of which the labels also tell the number of classes. */
static void each_file_is_read_once(void **state)
{
    const size_t before = rri_source_reads;
    rr_source *source = NULL;
    rr_dataset *train = NULL;
    rr_dataset *test = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_set();
    CHECK_OK(rr_source_open(in_scratch("mnist:", ""), NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &train, &err), err);
    assert_int_equal(rri_source_reads - before, 3);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &test, &err), err);
    assert_int_equal(rri_source_reads - before, 4);
    rr_source_close(source);
    rr_dataset_free(train);
    rr_dataset_free(test);
}

/* Where sequences stand, without the images; of some labels alone their rows must be read. */
static void places_are_told_unread(void **state)
{
    const size_t which[] = { 0, 2 };
    rr_source *source = NULL;
    rr_dataset *places = NULL;
    rr_dataset *read = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_set();
    CHECK_OK(rr_source_open(in_scratch("mnist:", ""), NULL, &source, &err), err);
    const size_t before = rri_source_reads;
    CHECK_OK(rri_source_places(source, RR_SPLIT_TRAIN, which, 2, &places, &err), err);
    assert_int_equal(rri_source_reads, before);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &read, &err), err);
    assert_int_equal(rr_dataset_count(places), 2);
    for (size_t i = 0; i < 2; i++) {
        const rr_origin o = rr_dataset_origin(places, i);
        const rr_origin want = rr_dataset_origin(read, which[i]);
        assert_int_equal(o.row, which[i]);
        assert_int_equal(o.row, want.row);
        assert_string_equal(o.file, want.file);
        assert_int_equal(o.line, want.line);
        assert_null(o.id);
    }
    assert_false(rr_dataset_origins(places).shifted);
    rr_dataset_free(places);
    rr_dataset_free(read);
    rr_source_close(source);

    CHECK_OK(rr_source_open(with("only=0|3"), NULL, &source, &err), err);
    CHECK_OK(rri_source_places(source, RR_SPLIT_TRAIN, which, 2, &places, &err), err);
    assert_null(places);
    rr_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_rows_of_pixels_over_255),
        cmocka_unit_test(limit_keeps_the_first),
        cmocka_unit_test(names_with_a_dot_are_found_too),
        cmocka_unit_test(a_prefix_selects_a_set),
        cmocka_unit_test(both_splits_have_the_same_classes),
        cmocka_unit_test(missing_splits_and_files_are_told_apart),
        cmocka_unit_test(broken_sets_are_refused_with_file_and_row),
        cmocka_unit_test(single_sequences_are_those_of_the_split),
        cmocka_unit_test(only_keeps_labels_as_classes_in_the_order_given),
        cmocka_unit_test(a_wrong_only_is_refused),
        cmocka_unit_test(single_sequences_need_the_same_files),
        cmocka_unit_test(every_failed_allocation_of_single_sequences_is_clean),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(real_mnist_is_read_whole),
        cmocka_unit_test(each_file_is_read_once),
        cmocka_unit_test(places_are_told_unread),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
