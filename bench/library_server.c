/* SPDX-License-Identifier: MIT */
/* library_server.c - other libraries as a coprocess: an OpenBLAS that is set up otherwise, and
 * oneDNN, whose threads would wait in the way of ours.
 *
 *     train CELL D H T B THREADS SLICE        ->  ok SECONDS-A-SEQUENCE remark
 *     infer CELL D H T B THREADS SLICE
 *     em P K THREADS SLICE                    ->  ok SECONDS-A-POINT remark
 *     tuned train CELL D H T B THREADS SLICE  ->  ok SECONDS-A-SEQUENCE remark
 *     tuned infer CELL D H T B THREADS SLICE
 *     own train ..., own infer ...            by oneDNN's own threads
 *
 * What a request sets up is kept for the next one of the same words. */
#include "coprocess.h"
#include "dnnl.h"
#include "products.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 256, WORDS = 9, KEPT = 32 };

typedef struct kept {
    char request[LINE];       /* without the slice */
    bench_products *products; /* one of these */
    bench_dnnl *layer;
} kept;

/* words[1..] of a request for a network. */
static bool read_shape(char *const *word, bench_shape *s, size_t *threads)
{
    unsigned cell = 0;

    if (rr_enum_parse(RR_ENUM_CELL, word[1], &cell, NULL) != RR_OK)
        return false;
    s->cell = (rr_cell)cell;
    return rri_parse_size(word[2], &s->D) && rri_parse_size(word[3], &s->H) &&
           rri_parse_size(word[4], &s->T) && rri_parse_size(word[5], &s->B) &&
           rri_parse_size(word[6], threads);
}

static rr_status make(char *const *word, size_t n, kept *out, rr_error *err)
{
    bench_shape s = { 0 };
    size_t P = 0;
    size_t K = 0;
    size_t threads = 0;

    if (n == 8 && read_shape(word + 1, &s, &threads) && s.T > 0)
        return bench_dnnl_new(&s, strcmp(word[1], "train") == 0, threads,
                              strcmp(word[0], "tuned") == 0, &out->layer, err);
    if (n == 7 && read_shape(word, &s, &threads) && s.T > 0)
        return bench_products_new(&s, strcmp(word[0], "train") == 0, threads, &out->products, err);
    if (n == 4 && rri_parse_size(word[1], &P) && rri_parse_size(word[2], &K) &&
        rri_parse_size(word[3], &threads))
        return bench_products_mixture(P, K, threads, &out->products, err);
    return rri_fail(err, RR_ERR_ARG, -1, "not a request: %s", word[0]);
}

/* What a request speaks of, kept from before or new. */
static rr_status find(kept *all, size_t *count, const char *request, const kept **out,
                      rr_error *err)
{
    char copy[LINE];
    char *word[WORDS];

    for (size_t i = 0; i < *count; i++)
        if (strcmp(all[i].request, request) == 0) {
            *out = &all[i];
            return RR_OK;
        }
    if (*count == KEPT)
        return rri_fail(err, RR_ERR_ARG, -1, "too many kinds of requests");
    snprintf(copy, sizeof copy, "%s", request);
    const size_t n = bench_words(copy, " ", word, WORDS);
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "an empty request");
    all[*count] = (kept){ .products = NULL };
    const rr_status st = make(word, n, &all[*count], err);
    if (st == RR_OK) {
        snprintf(all[*count].request, LINE, "%s", request);
        *out = &all[(*count)++];
    }
    return st;
}

static bool iterate(const kept *k, double slice, double *seconds, char note[BENCH_NOTE])
{
    return k->layer != NULL ? bench_dnnl_iteration(k->layer, slice, seconds, note)
                            : bench_products_iteration(k->products, slice, seconds, note);
}

int bench_serve_libraries(void)
{
    kept all[KEPT];
    size_t count = 0;
    char line[LINE];

    openblas_set_num_threads(1); /* of a product */
    while (fgets(line, sizeof line, stdin) != NULL) {
        const kept *k = NULL;
        char note[BENCH_NOTE] = "";
        rr_error err = { .msg = "a request must end with a slice in seconds" };
        double slice = 0.0;
        double seconds = 0.0;
        line[strcspn(line, "\n")] = '\0';
        char *last = strrchr(line, ' ');
        if (last != NULL)
            *last++ = '\0';
        if (last != NULL && rri_parse_f64(last, &slice) &&
            find(all, &count, line, &k, &err) == RR_OK && iterate(k, slice, &seconds, note))
            printf("ok %.9g %s\n", seconds, note);
        else
            printf("%s %s\n", err.code == RR_ERR_UNSUPPORTED ? "missing" : "error",
                   note[0] != '\0' ? note : err.msg);
        if (fflush(stdout) != 0)
            return 1;
    }
    for (size_t i = 0; i < count; i++) {
        bench_products_free(all[i].products);
        bench_dnnl_free(all[i].layer);
    }
    return 0;
}
