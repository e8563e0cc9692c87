/* SPDX-License-Identifier: MIT */
/* core.h - the base of every module: errors, the allocation gate, random numbers, parallel loops,
 * strings. Internal; includes nothing of the library but its public status header. */
#ifndef RRI_CORE_H
#define RRI_CORE_H

#include "rnnrepair/hooks.h"
#include "rnnrepair/status.h"

#include "core/compiler.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- errors --------------------------------------------------------------------------------- */

/* Fill *err unless it is NULL; returns the code. */
rr_status rri_fail(rr_error *err, rr_status code, int64_t where, const char *fmt, ...)
    RRI_PRINTF(4, 5);
#ifdef __clang_analyzer__ /* it cannot see that a failure never returns RR_OK */
#define rri_fail(err, code, ...) ((rri_fail)((err), (code), __VA_ARGS__), (code))
#endif

/* Prefix the message of an error from a lower level with "what: " and change its code. Returns the
 * code. */
rr_status rri_prefix(rr_error *err, rr_status code, const char *fmt, ...) RRI_PRINTF(3, 4);

/* The only hidden jump in the code base: needs `st` and a `done:` label in scope. */
#define RRI_TRY(call)                                                                              \
    do {                                                                                           \
        st = (call);                                                                               \
        if (st != RR_OK)                                                                           \
            goto done;                                                                             \
    } while (0)

/* ---- memory --------------------------------------------------------------------------------- */

/* The only allocator: n*m items (m 1 for a vector) of `size` bytes, zeroed, 64-byte aligned. Both
 * products are overflow-checked. `out` is the address of a pointer of any type; on failure *out is
 * NULL. Zero items give a valid pointer. */
rr_status rri_alloc(void *out, size_t n, size_t m, size_t size, rr_error *err);

/* The same with any content, for an array that is filled at once: setting a large one to zero takes
 * longer than reading it from a cached file. */
rr_status rri_alloc_raw(void *out, size_t n, size_t m, size_t size, rr_error *err);

/* Change the length of an array from rri_alloc; new items are zero. On failure *array is as it
 * was. *array may be NULL when old_n is 0. */
rr_status rri_grow(void *array, size_t old_n, size_t new_n, size_t size, rr_error *err);

void rri_free(void *p); /* NULL is allowed */

/* Whether the program has installed an allocator of its own (hooks.h). */
bool rri_own_allocator(void);

/* Tests only: allocations left before one fails; negative = never. */
extern long rri_alloc_fail_at;

/* ---- strings -------------------------------------------------------------------------------- */

/* Owned copies, released with rri_free() (rr_string_free() outside). */
rr_status rri_strdup(const char *s, char **out, rr_error *err);
rr_status rri_format(char **out, rr_error *err, const char *fmt, ...) RRI_PRINTF(3, 4);
rr_status rri_format_list(char **out, rr_error *err, const char *fmt, va_list ap) RRI_PRINTF(3, 0);

/* Does s end in `ending`, with more before it? */
bool rri_ends_in(const char *s, const char *ending);

/* ---- numbers as text, the same under every locale ------------------------------------------- */

/* As snprintf(), vsnprintf() and strtod() in the C locale. */
int rri_snprintf(char *out, size_t capacity, const char *fmt, ...) RRI_PRINTF(3, 4);
int rri_vsnprintf(char *out, size_t capacity, const char *fmt, va_list ap) RRI_PRINTF(3, 0);
double rri_strtod(const char *s, char **end);

/* Round calls of another library that prints or parses numbers: this thread is in the C locale
 * until rri_c_locale_end() gets what rri_c_locale_begin() returned. */
void *rri_c_locale_begin(void);
void rri_c_locale_end(void *before);

/* Strict numbers: the whole string must be one; no leading blanks or '+'. False otherwise. */
bool rri_parse_size(const char *s, size_t *out);
bool rri_parse_u64(const char *s, uint64_t *out);
bool rri_parse_f64(const char *s, double *out); /* finite only */

/* ---- configuration structs
 * ------------------------------------------------------------------------------- */

/* Copy a caller's configuration, a struct that begins with its struct_size, to `own`, which holds
 * the defaults: members beyond struct_size keep them. ARG where struct_size is 0, or where a member
 * unknown to this version is not 0. `name` is the type's name. */
rr_status rri_config_take(void *own, size_t size, const void *config, const char *name,
                          rr_error *err);

/* The same for a nested configuration, whose size must not differ: ARG unless it is that of this
 * version. */
rr_status rri_config_same(const void *config, size_t size, const char *name, rr_error *err);

/* ---- random numbers ------------------------------------------------------------------------- */

/* Counter-based (Philox 4x32-10 [Salmon11], by Random123): the numbers are a function of the
 * address (seed, purpose, a, b), so they are the same at any thread count and in any order of
 * use. */
typedef enum rri_purpose {
    RRI_RANDOM_WEIGHTS = 1, /* a: tensor, b: element block */
    RRI_RANDOM_SHUFFLE = 2, /* a: epoch */
    RRI_RANDOM_MIXTURE = 3, /* a: what, b: which */
    RRI_RANDOM_CODEBOOK = 4,
    RRI_RANDOM_SAMPLE = 5,
    RRI_RANDOM_AUGMENT = 6,
    RRI_RANDOM_DIGITS = 7,
    RRI_RANDOM_HOLDOUT = 8,
    RRI_RANDOM_PARITY = 9,
    RRI_RANDOM_REPAIR = 10,
    RRI_RANDOM_DROPOUT = 11,     /* a: update and position in the batch */
    RRI_RANDOM_BALANCE = 12,     /* a: class */
    RRI_RANDOM_INSERTION = 13,   /* a: sequence and step */
    RRI_RANDOM_BACKDOOR = 14,    /* a: what, then which */
    RRI_RANDOM_EMBEDDING = 15,   /* a: symbol */
    RRI_RANDOM_ATTRIBUTION = 16, /* a: what, then which */
    RRI_RANDOM_FLIP = 17,        /* a: 0 for the choice, 1 + sequence for its label */
    RRI_RANDOM_FOLDS = 18,       /* a: class */
    RRI_RANDOM_VARIATION = 20,   /* a: variant; channels and factors */
    RRI_RANDOM_NOISE = 21,       /* a: variant, b: channel and step */
    RRI_RANDOM_GUARD = 22,       /* a: class */
    RRI_RANDOM_REWORDING = 23,   /* a: variant */
    RRI_RANDOM_EXPERIMENT = 19   /* of the program rnnrepair-experiments; a: what, then which */
} rri_purpose;

/* Four 32-bit words of one address. */
void rri_random_block(uint64_t seed, rri_purpose purpose, uint64_t a, uint32_t b, uint32_t out[4]);

/* A stream of numbers from one address on. Plain data, cheap to create. */
typedef struct rri_random {
    uint64_t seed, a;
    rri_purpose purpose;
    uint32_t b, word[4];
    unsigned left;
} rri_random;

rri_random rri_random_at(uint64_t seed, rri_purpose purpose, uint64_t a);
uint32_t rri_random_u32(rri_random *r);
double rri_random_uniform(rri_random *r);             /* [0, 1), 53 bits */
double rri_random_normal(rri_random *r);              /* mean 0, variance 1 */
uint64_t rri_random_below(rri_random *r, uint64_t n); /* 0..n-1 without bias; n >= 1 */

/* A seeded permutation of 0..n-1 (Fisher-Yates). */
void rri_random_permutation(rri_random *r, uint32_t *perm, size_t n);

/* Shuffle list[size] so that its first n <= size items are a sample without repetition. */
void rri_random_choose(rri_random *stream, uint32_t *list, size_t size, size_t n);

/* ---- order ---------------------------------------------------------------------------------- */

/* For qsort() of uint32_t, and of size_t, ascending. */
int rri_by_u32(const void *a, const void *b);
int rri_by_size(const void *a, const void *b);

/* The index of value in an ascending list of n numbers without repetition; n where it is absent. */
size_t rri_find_u32(const uint32_t *list, size_t n, uint32_t value);

/* ---- parallel loops ------------------------------------------------------------------------- */

/* 0 -> number of usable cores, else n. */
size_t rri_threads(size_t n);

/* Run body(ctx, task, worker) for task 0..tasks-1 on at most `threads` threads (0 = all cores).
 * worker is below rri_threads(threads): it names a workspace. Tasks are assigned as workers become
 * free, so results must be stored by task, never by worker. Loops do not
 * nest. */
void rri_parallel(size_t threads, size_t tasks, rr_task body, void *ctx);

/* The slice [*begin, *end) of n items that block `i` of size `block` covers. */
static inline void rri_block(size_t n, size_t block, size_t i, size_t *begin, size_t *end)
{
    *begin = i * block < n ? i * block : n;
    *end = n - *begin < block ? n : *begin + block;
}

/* The slice [*begin, *end) that is the i-th of `parts` parts of n items, as equal as they can be;
 * parts is below 2^32. No product in it overflows. */
static inline void rri_part(size_t n, size_t parts, size_t i, size_t *begin, size_t *end)
{
    const size_t whole = n / parts;
    const size_t rest = n % parts;

    *begin = i * whole + i * rest / parts;
    *end = (i + 1) * whole + (i + 1) * rest / parts;
}

static inline size_t rri_blocks(size_t n, size_t block)
{
    return n / block + (n % block != 0);
}

static inline size_t rri_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t rri_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- finite check and clock
 * ------------------------------------------------------------------------------- */

/* The row of the first value that is not finite, or n when all are. */
size_t rri_first_nonfinite(const float *x, size_t n, size_t d, size_t stride);

/* Seconds on a clock that never goes back; only differences mean something. */
double rri_seconds(void);

#endif
