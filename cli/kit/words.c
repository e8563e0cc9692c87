/* SPDX-License-Identifier: MIT */
/* words.c - prints words, sequences of words, and text with names and paths in it; control
 * characters never reach the terminal. */
#include "kit/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LONG_SENTENCE = 60, /* words; a longer one is not printed whole */
    NEAR = 12           /* words printed before and after a marked one */
};

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
    if (net == NULL)
        return 1;
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

/* Returns the characters that were printed. Ends of lines in `keep` stay. */
static size_t put_safe(FILE *f, const char *text, size_t bytes, const char *keep)
{
    const char *const end = text + bytes;
    size_t printed = 0;
    int control = 0;
    for (; text < end; printed++) {
        const size_t n = character(text, &control);
        if (control && strchr(keep, *text) == NULL)
            fputc('?', f);
        else
            fwrite(text, 1, n, f);
        text += n;
    }
    return printed;
}

void cli_put_word(FILE *f, const char *word, size_t width)
{
    for (size_t printed = put_safe(f, word, strlen(word), ""); printed < width; printed++)
        fputc(' ', f);
}

void cli_put_characters(FILE *f, const char *word, size_t characters)
{
    const char *end = word;
    int control = 0;
    for (; characters > 0 && *end != '\0'; characters--)
        end += character(end, &control);
    (void)put_safe(f, word, (size_t)(end - word), "");
}

void cli_put_part(FILE *f, const char *text, size_t bytes)
{
    (void)put_safe(f, text, bytes, "");
}

void cli_put_text(FILE *f, const char *fmt, va_list ap)
{
    char small[1024];
    char *large = NULL;
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= (int)sizeof small && rri_alloc(&large, (size_t)n + 1, 1, 1, NULL) == RR_OK)
        (void)vsnprintf(large, (size_t)n + 1, fmt, again);
    va_end(again);
    const char *text = large != NULL ? large : small;
    (void)put_safe(f, text, strlen(text), "\n");
    rri_free(large);
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

void cli_put_sentence(FILE *f, const rr_dataset *ds, const rr_sequence *s,
                      const unsigned char *marked)
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
        fprintf(f, "%s%s%s", t > 1 ? " " : "", left_out ? "... " : "",
                mark ? bold ? "\033[1m[[" : "[[" : "");
        cli_put_word(f, cli_token(ds, s, t, number), 0);
        fprintf(f, "%s", mark ? bold ? "]]\033[0m" : "]]" : "");
        left_out = 0;
    }
    fprintf(f, "%s", left_out ? " ..." : "");
}

void cli_put_glimpse(FILE *f, const rr_dataset *ds, const rr_sequence *s, size_t columns)
{
    size_t used = 0;
    for (size_t t = 1; t <= s->steps; t++) {
        char number[CLI_TOKEN];
        const char *word = cli_token(ds, s, t, number);
        const size_t width = cli_word_width(word);
        if (t > 1 && used + width > columns) {
            fputs(" ...", f);
            break;
        }
        fputs(t > 1 ? " " : "", f);
        cli_put_word(f, word, 0);
        used += width + 1;
    }
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
