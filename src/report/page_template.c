/* SPDX-License-Identifier: MIT */
/* page_template.c - web/dist/page.html as bytes of the library, with the words in it that depend on
 * where the page is. */
#include "report/page_template.h"

#include "core/compiler.h"

#include <string.h>

/* RR_PAGE_FILE is the path of the file, set by the build. */
RRI_EMBED(rri_page_file, RR_PAGE_FILE);
extern const char rri_page_file[], rri_page_file_end[];

/* Words of the template, and what stands for them in a file and on a server. */
static const struct word {
    const char *word, *file, *served;
    rri_page_mark mark;
} words[] = {
    { "RNNREPAIR_MODE", "report", "served", RRI_PAGE_TEXT },
    { "RNNREPAIR_CONNECT", "'none'", "'self'", RRI_PAGE_TEXT },
    { "<!-- rnnrepair:manifest -->\n", "", "", RRI_PAGE_MANIFEST },
    { "<!-- rnnrepair:blocks -->\n", "", "", RRI_PAGE_BLOCKS },
};

enum { WORDS = sizeof words / sizeof *words };

/* The word that text begins with, or NULL. */
static const struct word *word_at(const char *text, size_t bytes)
{
    for (size_t k = 0; k < WORDS; k++) {
        const size_t n = strlen(words[k].word);
        if (*text == *words[k].word && n <= bytes && memcmp(text, words[k].word, n) == 0)
            return &words[k];
    }
    return NULL;
}

bool rri_page_template_next(rri_page_piece *piece, bool served)
{
    const size_t all = (size_t)(rri_page_file_end - rri_page_file);
    const char *text = rri_page_file + piece->next;
    const struct word *word = NULL;
    size_t n = 0;

    if (piece->next == all)
        return false;
    word = word_at(text, all - piece->next);
    if (word != NULL) {
        piece->text = served ? word->served : word->file;
        piece->bytes = strlen(piece->text);
        piece->mark = word->mark;
        piece->next += strlen(word->word);
        return true;
    }
    do
        n++;
    while (n < all - piece->next && word_at(text + n, all - piece->next - n) == NULL);
    *piece = (rri_page_piece){ text, n, RRI_PAGE_TEXT, piece->next + n };
    return true;
}

size_t rri_page_template_bytes(bool served)
{
    rri_page_piece piece = { .text = NULL };
    size_t n = 0;

    while (rri_page_template_next(&piece, served))
        n += piece.bytes;
    return n;
}
