/* SPDX-License-Identifier: MIT */
/* main.c - rnnrepair_bench: options, and the paths in order. stdout is the table, stderr is talk.
 *
 * Exit: 0 done, whether or not every wanted ratio was met; 1 a check failed or a path broke; 2 the
 * command line was wrong. */
#define _DEFAULT_SOURCE

#include "coprocess.h"
#include "fixture.h"

#include <cblas.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct path {
    const char *name;
    void (*run)(bench *b);
    const char *help;
} path;

static const path paths[] = {
    { "limits", bench_limits, "what the processor and its memory can do at most" },
    { "train", bench_train, "training steps of five networks" },
    { "infer", bench_infer, "prediction by the same networks" },
    { "derivatives", bench_derivatives, "products with the Hessian, and slopes" },
    { "states", bench_states, "all hidden states of MNIST, projected" },
    { "em", bench_em, "one iteration of expectation-maximisation" },
    { "build", bench_build, "influence models of MNIST" },
    { "query", bench_query, "sample queries, one and many" },
    { "segment", bench_segment, "segment look-ups" },
    { "text", bench_text, "segment look-ups and explanations of sentences" },
    { "explain", bench_explain, "rnnrepair explain and its start, as whole processes" },
    { "mnist", bench_mnist, "97 % on MNIST from a cold process" },
    { "scaling", bench_scaling, "build and query as N, T, K, H double" },
    { "threads", bench_threads, "one thread against several" },
    { "memory", bench_memory, "peak memory of rnnrepair train, build and explain" },
};
enum { PATHS = sizeof paths / sizeof *paths };

static const char ISA[] = "RNNREPAIR_ISA";

static void usage(void)
{
    printf("usage: rnnrepair_bench [options]\n\n"
           "  --only PATH[,PATH]  these paths alone; --list names them\n"
           "  --quick             few rounds and less work: whether it runs, not how fast\n"
           "  --threads N         worker threads (2, or 1 on a machine of one core)\n"
           "  --seconds S         budget of one comparison (20)\n"
           "  --isa NAME          keep ours, the bounds and the peers to plain, avx2 or avx512\n"
           "  --run DIR           measure on this run directory instead of making one\n"
           "  --json FILE         write the rows as JSON too\n"
           "  --markdown          print a short Markdown table instead of the rows\n"
           "  --list              list the paths\n"
           "  --help              print this page\n\n"
           "bench/README.md tells how to read a row.\n");
}

static void list(void)
{
    for (size_t i = 0; i < PATHS; i++)
        printf("%-12s%s\n", paths[i].name, paths[i].help);
}

/* Whether a comma-separated list holds a word. */
static bool listed(const char *names, const char *word)
{
    const size_t n = strlen(word);

    while (names != NULL && *names != '\0') {
        const size_t here = strcspn(names, ",");
        if (here == n && strncmp(names, word, n) == 0)
            return true;
        names += here + (names[here] == ',');
    }
    return false;
}

/* Every name of the list must be a path's. */
static bool known(const char *names)
{
    while (*names != '\0') {
        const size_t here = strcspn(names, ",");
        bool found = false;
        for (size_t i = 0; i < PATHS; i++)
            found = found ||
                    (strlen(paths[i].name) == here && strncmp(paths[i].name, names, here) == 0);
        if (!found) {
            fprintf(stderr, "bench: no path '%.*s': see --list\n", (int)here, names);
            return false;
        }
        names += here + (names[here] == ',');
    }
    return true;
}

/* ---- options --------------------------------------------------------------------------------- */

enum { OPT_LIBRARIES = 256, OPT_LAUNCHES };

static const struct option options[] = {
    { "only", required_argument, NULL, 'o' },
    { "quick", no_argument, NULL, 'q' },
    { "threads", required_argument, NULL, 't' },
    { "seconds", required_argument, NULL, 's' },
    { "isa", required_argument, NULL, 'i' },
    { "run", required_argument, NULL, 'r' },
    { "json", required_argument, NULL, 'j' },
    { "markdown", no_argument, NULL, 'm' },
    { "list", no_argument, NULL, 'l' },
    { "help", no_argument, NULL, 'h' },
    { "library-server", no_argument, NULL, OPT_LIBRARIES }, /* not for people */
    { "launch-server", no_argument, NULL, OPT_LAUNCHES },
    { NULL, 0, NULL, 0 },
};

static int misused(const char *what, const char *value)
{
    fprintf(stderr, "bench: %s '%s'; see --help\n", what, value);
    return 2;
}

/* One option. Returns the exit status, or -1 to go on. */
static int take(bench_options *o, int option)
{
    switch (option) {
    case 'o':
        o->only = optarg;
        return known(optarg) ? -1 : 2;
    case 'q':
        o->quick = true;
        return -1;
    case 't':
        return rri_parse_size(optarg, &o->threads) && o->threads >= 1 && o->threads <= 256
                   ? -1
                   : misused("--threads wants 1 to 256, not", optarg);
    case 's':
        return rri_parse_f64(optarg, &o->seconds) && o->seconds >= 0.0
                   ? -1
                   : misused("--seconds wants a number, not", optarg);
    case 'i':
        o->isa = optarg;
        return -1;
    case 'r':
        o->run = optarg;
        return -1;
    case 'j':
        o->json = optarg;
        return -1;
    case 'm':
        o->markdown = true;
        return -1;
    case 'l':
        list();
        return 0;
    case 'h':
        usage();
        return 0;
    case OPT_LIBRARIES:
        return bench_serve_libraries();
    case OPT_LAUNCHES:
        return bench_serve_launches();
    default:
        return 2; /* getopt has said why */
    }
}

static int parse(bench_options *o, int argc, char **argv)
{
    int option = 0;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        const int status = take(o, option);
        if (status >= 0)
            return status;
    }
    return optind < argc ? misused("unexpected argument", argv[optind]) : -1;
}

/* ---- running --------------------------------------------------------------------------------- */

/* The path of this program, for the coprocesses that are this program too. */
static const char *own_path(const char *called, char *buffer, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", buffer, size - 1);

    if (n <= 0)
        return called;
    buffer[n] = '\0';
    return buffer;
}

/* What keeps other programs to AVX2. A library may read its variable before main() begins, so this
 * program starts once more. */
static void limit_others(const char *isa, char **argv)
{
    static const char *const avx2[][2] = {
        { "OPENBLAS_CORETYPE", "Haswell" }, { "ONEDNN_MAX_CPU_ISA", "AVX2" },
        { "DNNL_MAX_CPU_ISA", "AVX2" },     { "LIBXSMM_TARGET", "hsw" },
        { "ATEN_CPU_CAPABILITY", "avx2" },  { "FAISS_OPT_LEVEL", "avx2" }
    };
    const char *before = getenv(ISA);

    if (before != NULL && strcmp(before, isa) == 0)
        return;
    setenv(ISA, isa, 1); /* the tools read it */
    for (size_t i = 0; strcmp(isa, "avx2") == 0 && i < sizeof avx2 / sizeof *avx2; i++)
        setenv(avx2[i][0], avx2[i][1], 1);
    execv("/proc/self/exe", argv);
    fprintf(stderr, "bench: cannot start again; the peers may use more than %s\n", isa);
}

static bool choose_isa(const bench_options *o, char **argv)
{
    rr_error err = { .code = RR_OK };
    const char *isa = o->isa;

    if (isa == NULL)
        isa = getenv(ISA);
    if (isa == NULL || isa[0] == '\0')
        return true;
    if (rr_set_instruction_set(isa, &err) != RR_OK) {
        fprintf(stderr, "bench: %s\n", err.msg);
        return false;
    }
    limit_others(isa, argv);
    return true;
}

static void run_paths(bench *b)
{
    fprintf(stderr, "bench: rnnrepair %s, %s, %zu threads, OpenBLAS kernels %s\n", rr_version(),
            rr_instruction_set(), b->options.threads, openblas_get_corename());
    bench_print_head(b);
    for (size_t i = 0; i < PATHS; i++)
        if (b->options.only == NULL || listed(b->options.only, paths[i].name))
            paths[i].run(b);
    if (b->options.markdown)
        bench_print_markdown(b);
}

int main(int argc, char **argv)
{
    char buffer[4096];
    bench b = { .options = { .threads = rri_min(2, rri_threads(0)), .seconds = 20.0 } };
    rr_error err = { .code = RR_OK };
    const int status = parse(&b.options, argc, argv);

    if (status >= 0)
        return status;
    if (!choose_isa(&b.options, argv))
        return 2;
    b.program = own_path(argv[0], buffer, sizeof buffer);
    openblas_set_num_threads(1); /* of a product */
    signal(SIGPIPE, SIG_IGN);    /* a coprocess that ends shows in what is read from it */
    run_paths(&b);
    if (b.options.json != NULL && bench_write_json(&b, b.options.json, &err) != RR_OK) {
        fprintf(stderr, "bench: %s\n", err.msg);
        b.broken = true;
    }
    bench_close_servers(&b);
    bench_close_fixture(&b);
    rri_free(b.rows);
    return b.broken || fflush(stdout) != 0 ? 1 : 0;
}
