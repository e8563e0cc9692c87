/* SPDX-License-Identifier: MIT */
/* sentences.h - sequences of words as a reader sees them. */
#ifndef CLI_SENTENCES_H
#define CLI_SENTENCES_H

#include "kit/cli.h"

enum { CLI_TOKEN = 16 }; /* bytes of a number in the place of a word */

/* Step t, 1..T, of a sequence of symbols: the word as it stands in the source, else that of its id,
 * else the id, written into `number`. */
const char *cli_token(const rr_dataset *ds, const rr_sequence *s, size_t t, char number[CLI_TOKEN]);

/* Whether a network has a vector for step t, and the vocabulary the word. */
int cli_token_known(const rr_network *net, const rr_dataset *ds, const rr_sequence *s, size_t t);

/* The characters of a word; and the word on stdout, filled up with blanks to `width` of them.
 * Control characters become '?', so that no data can steer a terminal. */
size_t cli_word_width(const char *word);
void cli_print_word(const char *word, size_t width);

/* The whole sequence on stdout, without a line's end. marked is [T] or NULL: words that are marked
 * stand in [[double brackets]], bold on a terminal. Of a long sequence only what is near a marked
 * word is printed, or the beginning. */
void cli_print_sentence(const rr_dataset *ds, const rr_sequence *s, const unsigned char *marked);

/* All words with blanks between, released with rri_free(). */
rr_status cli_sentence_text(const rr_dataset *ds, const rr_sequence *s, char **out, rr_error *err);

/* ---- training sequences by number ----------------------------------------------------------- */

/* Some of the training sequences of a run. Begin with zeros; end with cli_sentences_free(). */
typedef struct cli_sentences {
    size_t *ids; /* [count] rising */
    size_t count;
    rr_dataset *ds; /* sequence i is training sequence ids[i] */
} cli_sentences;

/* ids is [n], n >= 1, in any order and with repetitions. data as for cli_run_dataset(). */
rr_status cli_sentences_load(const rr_run *run, const char *data, const size_t *ids, size_t n,
                             cli_sentences *out, rr_error *err);
void cli_sentences_free(cli_sentences *s);

/* A training sequence, which must be one of them. */
rr_sequence cli_sentence(const cli_sentences *s, size_t id);

/* ---- text typed on the command line --------------------------------------------------------- */

/* A dataset of one sequence: text cut into words and looked up in the run's vocabulary. ARG where
 * the run has none, or no word is in the text. */
rr_status cli_typed_text(const rr_run *run, const rr_network *net, const char *text, uint32_t label,
                         rr_dataset **out, rr_error *err);

#endif
