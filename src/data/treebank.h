/* SPDX-License-Identifier: MIT */
/* treebank.h - phrase trees as the Stanford Sentiment Treebank writes them:
 *
 *     tree = "(" label blanks ( word | tree { blanks tree } ) ")"
 *
 * label is one digit 0..4; a word has neither blanks nor brackets. */
#ifndef RRI_TREEBANK_H
#define RRI_TREEBANK_H

#include "core/core.h"

/* Read the one tree of a line. The words go to `words`, each closed by NUL, *bytes of them
 * together; as many bytes as the line has are enough. *label is the root's. Errors FORMAT
 * (broken tree, a label outside 0..4; file, line and column are named). */
rr_status rri_tree_read(const char *path, size_t line, const char *text, size_t text_bytes,
                        char *words, size_t *bytes, unsigned *label, rr_error *err);

#endif
