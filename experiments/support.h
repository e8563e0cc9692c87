/* SPDX-License-Identifier: MIT */
/* support.h - what every file of the experiments shares: errors, memory, growing text.
 *
 * Experiments see the public headers of the library and these ones, nothing else; so the few words
 * the library keeps to itself are said again here. err is never NULL. */
#ifndef EXPERIMENTS_SUPPORT_H
#define EXPERIMENTS_SUPPORT_H

#include "rnnrepair/rnnrepair.h"

#if defined(__GNUC__) || defined(__clang__)
#define EXPERIMENT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define EXPERIMENT_PRINTF(fmt, args)
#endif

/* Needs `st` and a `done:` label in scope. */
#define EXPERIMENT_TRY(call)                                                                       \
    do {                                                                                           \
        st = (call);                                                                               \
        if (st != RR_OK)                                                                           \
            goto done;                                                                             \
    } while (0)

/* Fill *err and hand back the code. */
rr_status experiment_error(rr_error *err, rr_status code, const char *fmt, ...)
    EXPERIMENT_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* it cannot see that an error never hands back RR_OK */
#define experiment_error(err, code, ...) ((experiment_error)((err), (code), __VA_ARGS__), (code))
#endif

/* Zeroed memory for n items, checked; *out is NULL on failure. Released with free(). */
rr_status experiment_alloc(void *out, size_t n, size_t size, rr_error *err);

/* A formatted string, released with free(); *out is NULL on failure. */
rr_status experiment_format(char **out, rr_error *err, const char *fmt, ...)
    EXPERIMENT_PRINTF(3, 4);

/* Bits `index` of the random stream `seed`, by address: SplitMix64. */
uint64_t experiment_bits(uint64_t seed, uint64_t index);

/* Seconds of a clock that only moves forward. */
double experiment_now(void);

/* Text that grows at its end. Plain data, zeroed at the start; a failed allocation is noted, so
 * that a whole text is made first and checked once. */
typedef struct experiment_text {
    char *data; /* NUL-terminated; NULL while empty */
    size_t n, room;
    int failed;
} experiment_text;

void experiment_add(experiment_text *t, const char *fmt, ...) EXPERIMENT_PRINTF(2, 3);
void experiment_add_char(experiment_text *t, char c);
/* Write it to a file, atomically. Errors NOMEM (it could not be made), IO. */
rr_status experiment_text_save(const experiment_text *t, const char *path, rr_error *err);
void experiment_text_clear(experiment_text *t);

/* The length in bytes of the UTF-8 character at s, 0 where there is none: a broken one, or one that
 * XML forbids. */
size_t experiment_character(const char *s);

#endif
