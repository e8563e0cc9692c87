/* SPDX-License-Identifier: MIT */
/* only.h - only=A|B|...: restricts a source of images to some of its labels. */
#ifndef RRI_ONLY_H
#define RRI_ONLY_H

#include "data/dataset_internal.h"
#include "data/spec.h"

enum { RRI_ONLY_LABELS = 256 }; /* labels are bytes */

/* Plain data; count 0 keeps every label as it is. */
typedef struct rri_only {
    size_t count;                         /* labels that are kept: C */
    unsigned char label[RRI_ONLY_LABELS]; /* [count] by class */
    short class_of[RRI_ONLY_LABELS];      /* by label; -1 = not kept */
    char text[RRI_ONLY_LABELS][4];        /* [count] decimal numbers */
    const char *name[RRI_ONLY_LABELS];    /* [count] into text */
} rri_only;

/* The parameter of a source with the labels 0..labels-1 (at most 256). The struct must not be moved
 * afterwards. Errors ARG (no label of the source, fewer than two, one twice). */
rr_status rri_only_read(const rri_spec *spec, size_t labels, rri_only *out, rr_error *err);

/* Whether a label is kept. */
static inline bool rri_only_keeps(const rri_only *only, size_t label)
{
    return only->count == 0 || only->class_of[label] >= 0;
}

/* The class it becomes. */
static inline uint32_t rri_only_class(const rri_only *only, size_t label)
{
    return only->count == 0 ? (uint32_t)label : (uint32_t)only->class_of[label];
}

/* A shape of `classes` classes, or of those that are kept; names are borrowed from `only`. */
static inline rr_dataset_shape rri_only_shape(const rri_only *only, size_t width, size_t classes)
{
    return (rr_dataset_shape){ .width = width,
                               .classes = only->count > 0 ? only->count : classes,
                               .class_names = only->count > 0 ? only->name : NULL,
                               .image = 1 };
}

#endif
