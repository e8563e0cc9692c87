/* SPDX-License-Identifier: MIT */
/* compiler.h - the only place where the compiler's own words are used. */
#ifndef RRI_COMPILER_H
#define RRI_COMPILER_H

#if defined(__GNUC__) || defined(__clang__)
#define RRI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RRI_ASSUME_ALIGNED(p) __builtin_assume_aligned((p), 64)
#else
#define RRI_PRINTF(fmt, args)
#define RRI_ASSUME_ALIGNED(p) (p)
#endif

/* Thread sanitizer does not see the barriers of libgomp; parallel.c tells it about them. */
#if defined(__SANITIZE_THREAD__)
#define RRI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RRI_TSAN 1
#endif
#endif
#ifndef RRI_TSAN
#define RRI_TSAN 0
#endif

/* For the one function whose frame libgomp's workers read before they can be told of the fork. */
#if RRI_TSAN
#define RRI_NO_TSAN __attribute__((no_sanitize_thread))
#else
#define RRI_NO_TSAN
#endif

#endif
