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

/* In a loop that looks at another thread's value again and again. */
#if defined(__x86_64__)
#define RRI_PAUSE() __builtin_ia32_pause()
#else
#define RRI_PAUSE() ((void)0)
#endif

#endif
