/* SPDX-License-Identifier: MIT */
/* labels.h - the labels of a corpus: which of them are one class, and the order of the classes.
 *
 * Labels are one class if their plain forms are equal: without the blanks around it, a whole number
 * without a fraction of zeros (1.0 is 1), true and false in lower case. A class is called as its
 * label is written in the source, or by the plain form if it is written in more than one way. */
#ifndef RRI_LABELS_H
#define RRI_LABELS_H

#include "core/notes.h"
#include "data/words.h"

/* Plain data; all zero is an empty list. Classes are numbered as they are found. */
typedef struct rri_labels {
    rri_words spelling; /* labels as they are written */
    uint32_t *class_of; /* [room] by spelling */
    uint32_t *shown;    /* [room] by class: the spelling it is called by, RRI_NO_WORD: plain form */
    size_t room;
    rri_words plain; /* the classes */
    bool closed;     /* other labels are an error */
    bool rows;       /* messages count rows, not lines */
    size_t folded;   /* spellings of a class that was written in another way before */
    char *example;   /* the first of them, as a remark; owned */
} rri_labels;

/* The plain form of a label; it lies in `label`, or is a constant. */
const char *rri_label_plain(const char *label, size_t bytes, size_t *n);

/* Set the classes: names separated by `separator`. Errors ARG (an empty or repeated name), NOMEM.
 */
rr_status rri_labels_name(rri_labels *l, const char *names, char separator, rr_error *err);

/* The class of a label found on a line, or in a row; its plain form is not empty. Errors FORMAT
 * (not among the classes where they are given; too many of them), NOMEM. */
rr_status rri_labels_find(rri_labels *l, const char *path, size_t line, const char *label,
                          size_t bytes, uint32_t *number, rr_error *err);

/* The names of the classes in order, and by class its place in it: as given, else by number where
 * all are numbers, else by their bytes. What is said of labels written in different ways, and of
 * those that differ in case only, goes to `notes`. name and place are [plain.count]. Errors NOMEM.
 */
rr_status rri_labels_order(const rri_labels *l, const char **name, uint32_t *place,
                           rri_notes *notes, rr_error *err);

void rri_labels_clear(rri_labels *l);

#endif
