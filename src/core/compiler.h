/* SPDX-License-Identifier: MIT */
/* compiler.h - all compiler extensions in use. */
#ifndef RRI_COMPILER_H
#define RRI_COMPILER_H

#if defined(__GNUC__) || defined(__clang__)
#define RRI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RRI_ASSUME_ALIGNED(p) __builtin_assume_aligned((p), 64)
#else
#define RRI_PRINTF(fmt, args)
#define RRI_ASSUME_ALIGNED(p) (p)
#endif

/* Pause in a loop that polls a value of another thread. */
#if defined(__x86_64__)
#define RRI_PAUSE() __builtin_ia32_pause()
#else
#define RRI_PAUSE() ((void)0)
#endif

#endif
