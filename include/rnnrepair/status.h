/* SPDX-License-Identifier: MIT */
/* status.h - how calls report failure.
 *
 * Every function that can fail returns an rr_status and takes a nullable rr_error as its last
 * argument. On failure its outputs are NULL or untouched and the error describes what was wrong:
 * the thing, the value and its position. The library never prints, exits or stores a last error. */
#ifndef RNNREPAIR_STATUS_H
#define RNNREPAIR_STATUS_H

#include "rnnrepair/api.h"

RR_BEGIN_DECLS

/* Name, value, text. One list feeds the enum and rr_status_text(). Values are frozen once
 * released; new codes go at the end. */
#define RR_STATUS_LIST(X)                                                                          \
    X(RR_OK, 0, "success")                                                                         \
    X(RR_ERR_ARG, 1, "argument outside its documented range")                                      \
    X(RR_ERR_NOMEM, 2, "allocation failed")                                                        \
    X(RR_ERR_IO, 3, "the operating system refused a read or a write")                              \
    X(RR_ERR_FORMAT, 4, "a file does not follow its format")                                       \
    X(RR_ERR_SHAPE, 5, "sizes do not fit together")                                                \
    X(RR_ERR_NUMERIC, 6, "a value is not finite, or a computation diverged")                       \
    X(RR_ERR_MISMATCH, 7, "two things that belong together differ")                                \
    X(RR_ERR_UNSUPPORTED, 8, "valid, but not something this version handles")                      \
    X(RR_ERR_NETWORK, 9, "a download could not be carried out")                                    \
    X(RR_ERR_CANCELLED, 10, "cancelled by the caller")

typedef enum rr_status {
#define RR_STATUS_ENUM(name, value, text) name = value,
    RR_STATUS_LIST(RR_STATUS_ENUM)
#undef RR_STATUS_ENUM
} rr_status;

/** Where and why a call failed. Caller-owned, no heap inside; every function takes NULL. */
typedef struct rr_error {
    rr_status code;
    int64_t where; /**< byte offset, row or step the message speaks of; -1 when none applies */
    char msg[512]; /**< one sentence, NUL-terminated, no newline */
} rr_error;

/** The general meaning of a status, for example "allocation failed".
 *  Memory   a constant string; "unknown status" for a value outside the list. */
RR_API const char *rr_status_text(rr_status status);

/** The version of the library the program runs with, "MAJOR.MINOR.PATCH"; then "-dev" where it is
 *  not released.
 *  Memory   a constant string. */
RR_API const char *rr_version(void);

/** The size of a public struct in this library. Callers that were not compiled with its headers
 *  compare it with theirs before they pass one. name is the type's, for example "rr_trace"; 0 =
 *  there is no such struct. */
RR_API size_t rr_struct_size(const char *name);

/** Release a string the library handed out; NULL is allowed. */
RR_API void rr_string_free(char *s);

RR_END_DECLS

#endif
