/* SPDX-License-Identifier: MIT */
/* compiler.h - all compiler extensions in use, and the processors. */
#ifndef RRI_COMPILER_H
#define RRI_COMPILER_H

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "rnnrepair is for little-endian processors: its files are, and are read in place"
#endif
#if __SIZEOF_POINTER__ != 8
#error "rnnrepair is for processors with 64-bit addresses: sizes of its files are size_t"
#endif

#if defined(__GNUC__) || defined(__clang__)
#define RRI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RRI_ASSUME_ALIGNED(p) __builtin_assume_aligned((p), 64)
#define RRI_TYPEOF(x) __typeof__(x)
#else
#define RRI_PRINTF(fmt, args)
#define RRI_ASSUME_ALIGNED(p) (p)
#endif

/* Where AddressSanitizer watches: nobody may touch these bytes of a block. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RRI_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define RRI_ADDRESS_SANITIZER
#endif
#ifdef RRI_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define RRI_FORBID(p, bytes) __asan_poison_memory_region((p), (bytes))
#else
#define RRI_FORBID(p, bytes) ((void)0)
#endif

/* The bytes of a file become the constants NAME, and NAME_end behind the last. */
#define RRI_EMBED(name, file)                                                                      \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden " #name "\n.hidden " #name "_end\n"                                           \
            ".global " #name "\n.global " #name "_end\n" #name ":\n.incbin \"" file "\"\n" #name   \
            "_end:\n.byte 0\n"                                                                     \
            ".popsection\n")

/* Pause in a loop that polls a value of another thread. */
#if defined(__x86_64__)
#define RRI_PAUSE() __builtin_ia32_pause()
#else
#define RRI_PAUSE() ((void)0)
#endif

#endif
