/* SPDX-License-Identifier: MIT */
/* ceiling_server.c - the ceilings as a coprocess, for an OpenBLAS that is set up otherwise.
 *
 *     train CELL D H T B THREADS SLICE   ->  ok SECONDS-A-SEQUENCE remark
 *     infer CELL D H T B THREADS SLICE
 *     em P K THREADS SLICE               ->  ok SECONDS-A-POINT remark
 *
 * What a request sets up is kept for the next one of the same words. */
#include "coprocess.h"
#include "products.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 256, WORDS = 8, KEPT = 16 };

typedef struct kept {
    char request[LINE]; /* without the slice */
    bench_products *products;
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

static rr_status make(char *const *word, size_t n, bench_products **out, rr_error *err)
{
    bench_shape s = { 0 };
    size_t P = 0;
    size_t K = 0;
    size_t threads = 0;

    if (n == 7 && read_shape(word, &s, &threads) && s.T > 0)
        return bench_products_new(&s, strcmp(word[0], "train") == 0, threads, out, err);
    if (n == 4 && rri_parse_size(word[1], &P) && rri_parse_size(word[2], &K) &&
        rri_parse_size(word[3], &threads))
        return bench_products_mixture(P, K, threads, out, err);
    return rri_fail(err, RR_ERR_ARG, -1, "not a request: %s", word[0]);
}

/* The products a request speaks of, kept from before or new. */
static rr_status find(kept *all, size_t *count, const char *request, bench_products **out,
                      rr_error *err)
{
    char copy[LINE];
    char *word[WORDS];

    for (size_t i = 0; i < *count; i++)
        if (strcmp(all[i].request, request) == 0) {
            *out = all[i].products;
            return RR_OK;
        }
    if (*count == KEPT)
        return rri_fail(err, RR_ERR_ARG, -1, "too many kinds of requests");
    snprintf(copy, sizeof copy, "%s", request);
    const size_t n = bench_words(copy, " ", word, WORDS);
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "an empty request");
    const rr_status st = make(word, n, out, err);
    if (st == RR_OK) {
        snprintf(all[*count].request, LINE, "%s", request);
        all[(*count)++].products = *out;
    }
    return st;
}

int bench_serve_ceilings(void)
{
    kept all[KEPT];
    size_t count = 0;
    char line[LINE];

    openblas_set_num_threads(1); /* of a product */
    while (fgets(line, sizeof line, stdin) != NULL) {
        bench_products *p = NULL;
        char note[BENCH_NOTE] = "";
        rr_error err = { .msg = "a request must end with a slice in seconds" };
        double slice = 0.0;
        double seconds = 0.0;
        line[strcspn(line, "\n")] = '\0';
        char *last = strrchr(line, ' ');
        if (last != NULL)
            *last++ = '\0';
        if (last != NULL && rri_parse_f64(last, &slice) &&
            find(all, &count, line, &p, &err) == RR_OK &&
            bench_products_iteration(p, slice, &seconds, note))
            printf("ok %.9g %s\n", seconds, note);
        else
            printf("error %s\n", err.msg);
        if (fflush(stdout) != 0)
            return 1;
    }
    for (size_t i = 0; i < count; i++)
        bench_products_free(all[i].products);
    return 0;
}
