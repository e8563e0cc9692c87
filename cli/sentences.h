/* SPDX-License-Identifier: MIT */
/* sentences.h - sequences of words as a reader sees them. */
#ifndef CLI_SENTENCES_H
#define CLI_SENTENCES_H

#include "kit/words.h"

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

/* Cut the value of an option into words, released with rr_tokens_free(). What the cutter says of it
 * is said of the option; ARG where no word is in it. */
rr_status cli_cut(const char *option, const char *text, rr_tokens **out, rr_error *err);

/* A dataset of one sequence: text cut into words and looked up in the run's vocabulary. ARG where
 * the run has none, or no word is in the text. */
rr_status cli_typed_text(const rr_run *run, const rr_network *net, const char *text, uint32_t label,
                         rr_dataset **out, rr_error *err);

#endif
