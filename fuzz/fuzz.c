/* SPDX-License-Identifier: MIT */
/* fuzz.c - runs a target on one input, within the limits of memory and time; see fuzz.h. */
#define _DEFAULT_SOURCE /* malloc_usable_size */

#include "fuzz.h"

#include "data/vocabulary.h"
#include "rnnrepair/hooks.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef RR_FUZZ
#include <sanitizer/asan_interface.h>
#endif
#include <zlib.h>

enum {
    FACTOR = 10,            /* bytes held for a byte of input */
    CONSTANT = 1 << 20,     /* bytes held whatever the input is: buffers */
    SEPARATOR = 8,          /* bytes a word, a field or a line stands for */
    MOST_UNPACKED = 1 << 24 /* bytes unpacked to count them */
};

/* Processor time of one input, in a build with sanitizers, which slow it down some 3 times. */
static const double most_seconds = 1.0;

/* ---- claims --------------------------------------------------------------------------------- */

void fuzz_require(bool holds, const char *format, ...)
{
    va_list list;

    if (holds)
        return;
    va_start(list, format);
    (void)fprintf(stderr, "fuzz: ");
    (void)vfprintf(stderr, format, list);
    (void)fprintf(stderr, "\n");
    va_end(list);
    abort();
}

static bool verbose; /* FUZZ_VERBOSE is set: print every message */

bool fuzz_ok(rr_status st, const rr_error *err)
{
    if (verbose)
        (void)fprintf(stderr, "fuzz: %s\n", st == RR_OK ? "ok" : err->msg);
    if (st == RR_OK)
        return true;
    fuzz_require(st != RR_ERR_NOMEM, "an input asks for too much: %s", err->msg);
    fuzz_require(st == err->code, "status %d, but the error says %d", (int)st, (int)err->code);
    fuzz_require(err->msg[0] != '\0' && strlen(err->msg) < sizeof err->msg, "no message");
    return false;
}

/* ---- memory --------------------------------------------------------------------------------- */

static size_t held;     /* bytes, by the library */
static size_t declared; /* bytes the input stands for */

#ifdef RR_FUZZ
/* Large blocks are kept for the next use of their size: mapping fresh pages took most of an input's
 * time. AddressSanitizer refuses access to a block while it is kept. */
enum { LARGE = 1 << 16, KEPT = 16 };
static struct {
    void *block;
    size_t bytes;
} kept[KEPT];

static bool take_kept(size_t bytes, void **block)
{
    for (size_t i = 0; bytes >= LARGE && i < KEPT; i++)
        if (kept[i].block != NULL && kept[i].bytes == bytes) {
            *block = kept[i].block;
            kept[i].block = NULL;
            __asan_unpoison_memory_region(*block, bytes);
            return true;
        }
    return false;
}

static bool keep(void *block, size_t bytes)
{
    for (size_t i = 0; bytes >= LARGE && i < KEPT; i++)
        if (kept[i].block == NULL) {
            kept[i].block = block;
            kept[i].bytes = bytes;
            __asan_poison_memory_region(block, bytes);
            return true;
        }
    return false;
}
#else
static bool take_kept(size_t bytes, void **block)
{
    (void)bytes;
    (void)block;
    return false;
}

static bool keep(void *block, size_t bytes)
{
    (void)block;
    (void)bytes;
    return false;
}
#endif

static void *count_alloc(void *self, size_t bytes, size_t alignment)
{
    void *p = NULL;

    (void)self;
    fuzz_require(bytes < SIZE_MAX / 2 && held + bytes <= CONSTANT + FACTOR * declared,
                 "%zu bytes are asked for while %zu are held, for an input that stands for %zu",
                 bytes, held, declared);
    if (!take_kept(bytes, &p) && posix_memalign(&p, alignment, bytes) != 0)
        return NULL;
    held += malloc_usable_size(p);
    return p;
}

static void count_free(void *self, void *block)
{
    const size_t bytes = malloc_usable_size(block);

    (void)self;
    held -= bytes;
    if (!keep(block, bytes))
        free(block);
}

void fuzz_declare(size_t bytes)
{
    declared += bytes;
}

/* Of words, fields and lines. */
static size_t separators(const uint8_t *data, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += data[i] != '\0' && strchr(" \t\n,;|[]{}()\"", data[i]) != NULL;
    return n;
}

void fuzz_declare_text(const uint8_t *data, size_t size)
{
    static uint8_t out[1 << 16];
    z_stream s = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size };
    size_t total = 0;
    int code = Z_OK;

    fuzz_declare(SEPARATOR * separators(data, size));
    if (size < 2 || data[0] != 0x1f || data[1] != 0x8b || inflateInit2(&s, 15 + 16) != Z_OK)
        return;
    while ((code == Z_OK || (code == Z_STREAM_END && inflateReset(&s) == Z_OK)) && s.avail_in > 0 &&
           total < MOST_UNPACKED) {
        s.next_out = out;
        s.avail_out = sizeof out;
        code = inflate(&s, Z_NO_FLUSH);
        const size_t n = sizeof out - s.avail_out;
        fuzz_declare(n + SEPARATOR * separators(out, n));
        total += n;
    }
    (void)inflateEnd(&s);
}

/* ---- files ---------------------------------------------------------------------------------- */

static char folder[64];

static void empty_folder(void)
{
    DIR *dir = opendir(folder);

    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
}

static void remove_folder(void)
{
    empty_folder();
    (void)rmdir(folder);
}

const char *fuzz_folder(void)
{
    return folder;
}

const char *fuzz_file(const char *name, const void *data, size_t size)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0,
                 "cannot write %s", path);
    return path;
}

/* ---- parts of an input ---------------------------------------------------------------------- */

bool fuzz_part(fuzz_input *in, unsigned *tag, fuzz_input *part)
{
    if (in->size < 3)
        return false;
    *tag = in->data[0];
    part->data = in->data + 3;
    part->size = rri_min((size_t)in->data[1] | (size_t)in->data[2] << 8, in->size - 3);
    in->data = part->data + part->size;
    in->size -= 3 + part->size;
    return true;
}

const char *fuzz_line(fuzz_input *in)
{
    static char line[200];
    size_t n = 0;

    while (n < in->size && in->data[n] != '\n' && in->data[n] != '\0')
        n++;
    if (n < sizeof line)
        memcpy(line, in->data, n);
    line[n < sizeof line ? n : 0] = '\0';
    n = rri_min(n + 1, in->size);
    in->data += n;
    in->size -= n;
    return line;
}

const char *fuzz_text_files(const fuzz_input *in)
{
    static char paths[260];
    const uint8_t *feed = in->size > 0 ? memchr(in->data, '\f', in->size) : NULL;
    const size_t first = feed != NULL ? (size_t)(feed - in->data) : in->size;

    fuzz_declare_text(in->data, first);
    (void)snprintf(paths, sizeof paths, "%s", fuzz_file("train", in->data, first));
    if (feed != NULL) {
        const size_t second = in->size - first - 1;
        const size_t n = strlen(paths);
        fuzz_declare_text(feed + 1, second);
        (void)snprintf(paths + n, sizeof paths - n, ",%s", fuzz_file("test", feed + 1, second));
    }
    return paths;
}

/* ---- use ------------------------------------------------------------------------------------ */

void fuzz_use(const void *data, size_t bytes)
{
    static volatile uint8_t sink;
    const uint8_t *p = data;
    uint8_t mix = 0;

    for (size_t i = 0; i < bytes; i++)
        mix ^= p[i];
    sink = mix;
    (void)sink;
}

void fuzz_use_text(const char *text)
{
    if (text != NULL)
        fuzz_use(text, strlen(text));
}

static void use_sequence(const rr_dataset *ds, size_t i)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    const size_t width = rr_dataset_width(ds);

    fuzz_require(s.steps >= 1 && s.steps <= rr_dataset_max_steps(ds), "%zu steps", s.steps);
    fuzz_require(s.label < (rr_dataset_labelled(ds) ? rr_dataset_classes(ds) : 1), "label %u",
                 (unsigned)s.label);
    fuzz_require((s.frames != NULL) == (width > 0), "frames of width %zu", width);
    for (size_t k = 0; s.frames != NULL && k < s.steps * width; k++)
        fuzz_require(isfinite(s.frames[k]), "value %zu is not finite", k);
    for (size_t t = 0; s.symbols != NULL && t < s.steps; t++)
        fuzz_require(s.symbols[t] < rr_dataset_vocabulary(ds), "symbol %u", (unsigned)s.symbols[t]);
    fuzz_require((s.step_labels != NULL) == (rr_dataset_step_labelled(ds) != 0), "labels of steps");
    for (size_t t = 0; s.step_labels != NULL && t < s.steps; t++)
        fuzz_require(s.step_labels[t] < rr_dataset_classes(ds) || s.step_labels[t] == RR_NO_LABEL,
                     "label %u of step %zu", (unsigned)s.step_labels[t], t);
    for (size_t t = 0; s.words != NULL && t < s.steps; t++)
        fuzz_require(*s.words[t] != '\0' && strlen(s.words[t]) > 0, "an empty word");
}

void fuzz_use_dataset(const rr_dataset *ds)
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    size_t steps = 0;

    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        use_sequence(ds, i);
        steps += rr_dataset_at(ds, i).steps;
    }
    fuzz_require(steps == rr_dataset_steps(ds), "%zu steps, not %zu", steps, rr_dataset_steps(ds));
    for (size_t c = 0; c < rr_dataset_classes(ds); c++)
        fuzz_use_text(rr_dataset_class_name(ds, c));
    for (uint32_t id = 0; words != NULL && id < rr_vocabulary_size(words); id++)
        fuzz_require(id <= RR_WORD_UNKNOWN ||
                         rr_vocabulary_find(words, rr_vocabulary_word(words, id)) == id,
                     "word %u is not found again", (unsigned)id);
    fuzz_require(strlen(rr_dataset_hash(ds)) == 64, "no hash");
    fuzz_use_text(rr_dataset_files_hash(ds));
}

static unsigned variant; /* of the options of a source, by the input */

/* Other options than the default: no labels, given classes, given words, a given scaling. */
static void choose_options(rr_source_options *options, const rr_vocabulary *words)
{
    static const char *const names[] = { "neg", "1", "pos" };
    static const double offset = 0.5;
    static const double divisor = 1e-30;
    static const rr_scaling scaling = { RR_SCALE_STANDARD, 1, &offset, &divisor };

    if (variant % 4 == 0)
        options->unlabelled = 1;
    if (variant % 4 == 1) {
        options->class_names = names;
        options->classes = sizeof names / sizeof *names;
    }
    if (variant % 4 == 2)
        options->words = words;
    if (variant % 4 == 3)
        options->scaling = &scaling;
}

/* Two datasets of the same sequences. */
static void compare(const rr_dataset *a, const rr_dataset *b)
{
    fuzz_require(rr_dataset_count(a) == rr_dataset_count(b), "%zu sequences, not %zu",
                 rr_dataset_count(b), rr_dataset_count(a));
    for (size_t i = 0; i < rr_dataset_count(a); i++) {
        const rr_sequence x = rr_dataset_at(a, i);
        const rr_sequence y = rr_dataset_at(b, i);
        fuzz_require(x.steps == y.steps, "sequence %zu: %zu steps, not %zu", i, y.steps, x.steps);
        fuzz_require(strcmp(rr_dataset_class_name(a, x.label), rr_dataset_class_name(b, y.label)) ==
                         0,
                     "sequence %zu is \"%s\", not \"%s\"", i, rr_dataset_class_name(b, y.label),
                     rr_dataset_class_name(a, x.label));
        for (size_t t = 0; x.words != NULL && t < x.steps; t++)
            fuzz_require(strcmp(x.words[t], y.words[t]) == 0, "word \"%s\", not \"%s\"", y.words[t],
                         x.words[t]);
    }
}

/* What is written is read as the same. The content hash of a states file also covers its states,
 * which a dataset does not have. */
static void write_again(const rr_dataset *ds, bool states)
{
    static const rr_split split = RR_SPLIT_TRAIN;
    const bool text = rr_dataset_words(ds) != NULL;
    char spec[160];
    rr_dataset *again = NULL;
    rr_error err = { .code = RR_OK };

    (void)snprintf(spec, sizeof spec, "%s:%s/again", text ? "jsonl" : "npz", folder);
    const char *path = strchr(spec, ':') + 1;
    fuzz_declare(CONSTANT); /* a second dataset */
    if (text ? !fuzz_ok(rr_dataset_save_jsonl(&ds, &split, 1, path, &err), &err)
             : !fuzz_ok(rr_dataset_save(ds, path, &err), &err))
        return;
    fuzz_require(rr_dataset_load(spec, split, &again, &err) == RR_OK, "not read again: %s",
                 err.msg);
    compare(ds, again);
    fuzz_require(text || states || strcmp(rr_dataset_hash(ds), rr_dataset_hash(again)) == 0,
                 "arrays are read as others");
    rr_dataset_free(again);
}

static void use_splits(const char *spec, const rr_source_options *options)
{
    rr_source *source = NULL;
    rr_error err = { .code = RR_OK };

    if (!fuzz_ok(rr_source_open(spec, options, &source, &err), &err))
        return;
    for (int split = 0; split < 3; split++) {
        rr_dataset *ds = NULL;
        if (fuzz_ok(rr_source_split(source, (rr_split)split, &ds, &err), &err)) {
            fuzz_require(rr_source_has(source, (rr_split)split), "a split that is not there");
            fuzz_use_dataset(ds);
            if (variant % 16 == 0 && rr_dataset_labelled(ds))
                write_again(ds, strncmp(spec, "states:", 7) == 0);
        }
        rr_dataset_free(ds);
    }
    fuzz_use(rr_source_scaling(source), rr_source_scaling(source) != NULL ? sizeof(rr_scaling) : 0);
    for (size_t i = 0; rr_source_note(source, i) != NULL; i++)
        fuzz_use_text(rr_source_note(source, i));
    rr_source_close(source);
}

void fuzz_use_source(const char *spec)
{
    static const char *const words[] = { "<pad>", "<unk>", "a", "film" };
    rr_source_options options = rr_source_options_default();
    rr_vocabulary *vocabulary = NULL;
    rr_error err = { .code = RR_OK };

    use_splits(spec, NULL);
    fuzz_require(rri_vocabulary_new(words, sizeof words / sizeof *words, 1, &vocabulary, &err) ==
                     RR_OK,
                 "%s", err.msg);
    choose_options(&options, vocabulary);
    use_splits(spec, &options);
    rri_vocabulary_free(vocabulary);
}

/* ---- mutation ------------------------------------------------------------------------------- */

#ifdef RR_FUZZ
size_t fuzz_mutate_safetensors(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    const size_t n = LLVMFuzzerMutate(data, size, most);
    uint64_t header = 0;

    if (n < 8 || seed % 4 == 0)
        return n;
    for (int i = 0; i < 8; i++)
        header |= (uint64_t)data[i] << 8 * i;
    header += n - size;
    if (header > n - 8 || seed % 4 == 1) /* the header ends behind the last bracket */
        for (header = n - 8; header > 0 && data[8 + header - 1] != '}'; header--)
            ;
    for (int i = 0; i < 8; i++)
        data[i] = (uint8_t)(header >> 8 * i);
    return n;
}
#endif

/* ---- one input ------------------------------------------------------------------------------ */

static void run_serial(void *self, size_t threads, size_t tasks, rr_task task, void *context)
{
    (void)self;
    (void)threads;
    for (size_t i = 0; i < tasks; i++)
        task(context, i, 0);
}

static void begin(void)
{
    static const rr_allocator allocator = { NULL, count_alloc, count_free };
    static const rr_executor executor = { NULL, run_serial };
    const char *parent = getenv("TMPDIR");

    verbose = getenv("FUZZ_VERBOSE") != NULL;
    if (parent == NULL)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, sizeof folder, "%s/rnnrepair-fuzz-XXXXXX", parent);
    fuzz_require(mkdtemp(folder) != NULL && atexit(remove_folder) == 0, "no folder in %s", parent);
    fuzz_require(rr_set_allocator(&allocator, NULL) == RR_OK &&
                     rr_set_executor(&executor, NULL) == RR_OK,
                 "no hooks");
}

static double processor_seconds(void)
{
    struct timespec t = { 0 };

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const double start = processor_seconds();

    if (*folder == '\0')
        begin();
    empty_folder();
    declared = size;
    variant = (unsigned)crc32(0, data, (uInt)size);
    fuzz_one(data, size);
    fuzz_require(held == 0, "%zu bytes are not freed", held);
#ifdef RR_FUZZ
    const double seconds = processor_seconds() - start;
    fuzz_require(seconds <= most_seconds, "an input took %.1f s", seconds);
#else
    (void)start;
    (void)most_seconds;
#endif
    return 0;
}
