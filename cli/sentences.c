/* SPDX-License-Identifier: MIT */
/* sentences.c - see sentences.h. */
#include "sentences.h"

#include "kit/values.h"
#include "training.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LONG_SENTENCE = 60, /* words; a longer one is not printed whole */
    NEAR = 12           /* words printed before and after a marked one */
};

/* ---- words ---------------------------------------------------------------------------------- */

const char *cli_token(const rr_dataset *ds, const rr_sequence *s, size_t t, char number[CLI_TOKEN])
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    if (s->words != NULL)
        return s->words[t - 1];
    if (words != NULL)
        return rr_vocabulary_word(words, s->symbols[t - 1]);
    snprintf(number, CLI_TOKEN, "%u", s->symbols[t - 1]);
    return number;
}

int cli_token_known(const rr_network *net, const rr_dataset *ds, const rr_sequence *s, size_t t)
{
    const uint32_t id = s->symbols[t - 1];
    if (rr_dataset_words(ds) != NULL && id == RR_WORD_UNKNOWN)
        return 0;
    return rr_network_knows(net, id);
}

/* The bytes of the character at s, one where it is not UTF-8; *control: it steers a terminal. */
static size_t character(const char *s, int *control)
{
    const unsigned char c = (unsigned char)s[0];
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s[i] & 0xC0) != 0x80)
            n = i; /* cut short: the rest begins anew */
    *control = c < 0x20 || c == 0x7F || (n == 1 && c >= 0x80) ||
               (n == 2 && c == 0xC2 && (unsigned char)s[1] < 0xA0);
    return n;
}

size_t cli_word_width(const char *word)
{
    size_t width = 0;
    int control = 0;
    for (; *word != '\0'; width++)
        word += character(word, &control);
    return width;
}

void cli_print_word(const char *word, size_t width)
{
    size_t printed = 0;
    int control = 0;
    for (; *word != '\0'; printed++) {
        const size_t n = character(word, &control);
        if (control)
            putchar('?');
        else
            fwrite(word, 1, n, stdout);
        word += n;
    }
    for (; printed < width; printed++)
        putchar(' ');
}

static int is_bold(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

/* Is a word near step t marked? Without marks, is t near the beginning? */
static int is_near(const unsigned char *marked, size_t steps, size_t t)
{
    if (marked == NULL)
        return t <= 2 * NEAR;
    for (size_t i = t > NEAR ? t - NEAR : 1; i <= t + NEAR && i <= steps; i++)
        if (marked[i - 1])
            return 1;
    return 0;
}

void cli_print_sentence(const rr_dataset *ds, const rr_sequence *s, const unsigned char *marked)
{
    const int bold = is_bold();
    int left_out = 0;
    for (size_t t = 1; t <= s->steps; t++) {
        char number[CLI_TOKEN];
        const int mark = marked != NULL && marked[t - 1];
        if (s->steps > LONG_SENTENCE && !is_near(marked, s->steps, t)) {
            left_out = 1;
            continue;
        }
        printf("%s%s%s", t > 1 ? " " : "", left_out ? "... " : "",
               mark ? bold ? "\033[1m[[" : "[[" : "");
        cli_print_word(cli_token(ds, s, t, number), 0);
        printf("%s", mark ? bold ? "]]\033[0m" : "]]" : "");
        left_out = 0;
    }
    printf("%s", left_out ? " ..." : "");
}

rr_status cli_sentence_text(const rr_dataset *ds, const rr_sequence *s, char **out, rr_error *err)
{
    char number[CLI_TOKEN];
    size_t bytes = 1;
    for (size_t t = 1; t <= s->steps; t++)
        bytes += strlen(cli_token(ds, s, t, number)) + 1;
    const rr_status st = rri_alloc(out, bytes, 1, 1, err);
    if (st != RR_OK)
        return st;
    char *end = *out;
    for (size_t t = 1; t <= s->steps; t++) {
        if (t > 1)
            *end++ = ' ';
        for (const char *c = cli_token(ds, s, t, number); *c != '\0'; c++)
            *end++ = *c;
    }
    *end = '\0';
    return RR_OK;
}

/* ---- training sequences by number ----------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

rr_status cli_sentences_load(const rr_run *run, const char *data, const size_t *ids, size_t n,
                             cli_sentences *out, rr_error *err)
{
    cli_sentences s = { NULL, 0, NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s.ids, n, 1, sizeof *s.ids, err));
    memcpy(s.ids, ids, n * sizeof *s.ids);
    qsort(s.ids, n, sizeof *s.ids, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || s.ids[i] != s.ids[s.count - 1])
            s.ids[s.count++] = s.ids[i];
    RRI_TRY(cli_run_sequences(run, RR_SPLIT_TRAIN, data, s.ids, s.count, &s.ds, err));
    *out = s;
    s = (cli_sentences){ NULL, 0, NULL };

done:
    cli_sentences_free(&s);
    return st;
}

void cli_sentences_free(cli_sentences *s)
{
    rr_dataset_free(s->ds);
    rri_free(s->ids);
    *s = (cli_sentences){ NULL, 0, NULL };
}

rr_sequence cli_sentence(const cli_sentences *s, size_t id)
{
    const size_t *at = bsearch(&id, s->ids, s->count, sizeof *s->ids, by_number);
    return rr_dataset_at(s->ds, (size_t)(at - s->ids));
}

/* ---- text typed on the command line --------------------------------------------------------- */

rr_status cli_typed_text(const rr_run *run, const rr_network *net, const char *text, uint32_t label,
                         rr_dataset **out, rr_error *err)
{
    rr_dataset_shape shape = { .classes = rr_network_config_of(net).classes };
    const rr_vocabulary *words = rr_run_vocabulary(run);
    rr_tokens *tokens = NULL;
    rr_dataset_builder *b = NULL;
    uint32_t *ids = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (words == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--text: %s is not a run on text; it has no vocabulary to look words up "
                         "in",
                         rr_run_dir(run)));
    RRI_TRY(cli_cut("text", text, &tokens, err));
    const size_t n = rr_tokens_count(tokens);
    const char *const *cut_words = rr_tokens_words(tokens);
    RRI_TRY(rri_alloc(&ids, n, 1, sizeof *ids, err));
    for (size_t i = 0; i < n; i++)
        ids[i] = rr_vocabulary_find(words, cut_words[i]);
    shape.vocabulary = rr_vocabulary_size(words);
    shape.words = words;
    const rr_sequence s = { .symbols = ids, .steps = n, .label = label, .words = cut_words };
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    RRI_TRY(rr_dataset_builder_add(b, s, err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_free(ids);
    rr_tokens_free(tokens);
    return st;
}
