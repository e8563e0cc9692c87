/* SPDX-License-Identifier: MIT */
/* words.h - words, sequences of words, and names from data in tables and text. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "kit/cli.h"

#include <stdarg.h>

enum { CLI_TOKEN = 16 }; /* bytes of a number that stands for a word */

/* Step t, 1..T, of a sequence of symbols: the word as it stands in the source, else that of its id,
 * else the id, written into `number`. */
const char *cli_token(const rr_dataset *ds, const rr_sequence *s, size_t t, char number[CLI_TOKEN]);

/* Whether a network has a vector for step t, and the vocabulary the word; 1 without a network. */
int cli_token_known(const rr_network *net, const rr_dataset *ds, const rr_sequence *s, size_t t);

/* The characters of a word; and the word in print, filled up with blanks to `width` of them.
 * Control characters become '?', so that no data can steer a terminal. */
size_t cli_word_width(const char *word);
void cli_put_word(FILE *f, const char *word, size_t width);

/* The first `characters` of a word. */
void cli_put_characters(FILE *f, const char *word, size_t characters);

/* The first bytes of a text, made harmless in the same way. */
void cli_put_part(FILE *f, const char *text, size_t bytes);

/* Text with names of classes, paths and what else comes from data: the same, but ends of lines
 * stay. */
void cli_put_text(FILE *f, const char *fmt, va_list ap);

/* The whole sequence, without a line's end. marked is [T] or NULL: words that are marked
 * stand in [[double brackets]], bold on a terminal. Of a long sequence only what is near a marked
 * word is printed, or the beginning. */
void cli_put_sentence(FILE *f, const rr_dataset *ds, const rr_sequence *s,
                      const unsigned char *marked);

/* As many of its words as fit `columns`. */
void cli_put_glimpse(FILE *f, const rr_dataset *ds, const rr_sequence *s, size_t columns);

/* All words with blanks between, released with rri_free(). */
rr_status cli_sentence_text(const rr_dataset *ds, const rr_sequence *s, char **out, rr_error *err);

#endif
