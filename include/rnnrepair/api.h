/* SPDX-License-Identifier: MIT */
/* api.h - the marks every public header uses. Self-contained; valid C11 and C++11. */
#ifndef RNNREPAIR_API_H
#define RNNREPAIR_API_H

#include <stddef.h>
#include <stdint.h>

#define RR_VERSION_MAJOR 0
#define RR_VERSION_MINOR 2
#define RR_VERSION_PATCH 0
#define RR_VERSION_STRING "0.2.0-dev"

#ifdef __cplusplus
#define RR_BEGIN_DECLS extern "C" {
#define RR_END_DECLS }
#else
#define RR_BEGIN_DECLS
#define RR_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
#define RR_API __attribute__((visibility("default")))
#define RR_MUST_USE __attribute__((warn_unused_result))
#else
#define RR_API
#define RR_MUST_USE
#endif

#endif
