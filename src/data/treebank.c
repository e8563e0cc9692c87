/* SPDX-License-Identifier: MIT */
/* treebank.c - parses one phrase tree from left to right. Brackets are counted, not stacked: a
 * parent needs to know only that a node was closed, so depth costs no memory. */

#include "data/treebank.h"

#include <string.h>

/* Content of the innermost open node so far. */
typedef enum content { NOTHING, WORD, TREES } content;

typedef struct reader {
    const char *at, *end;
    size_t depth; /* open nodes */
    content node;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

/* Behind an opening bracket: the label. NULL, or what is wrong. */
static const char *open_node(reader *r, unsigned *label)
{
    if (r->depth > 0 && r->node == WORD)
        return "a tree beside a word";
    skip_blanks(r);
    if (r->at == r->end || *r->at < '0' || *r->at > '4' || r->at + 1 == r->end ||
        !is_blank(r->at[1]))
        return "a label 0..4 and a blank must follow the bracket";
    *label = (unsigned)(*r->at++ - '0');
    r->depth++;
    r->node = NOTHING;
    return NULL;
}

static const char *close_node(reader *r)
{
    if (r->depth == 0)
        return "a closing bracket too many";
    if (r->node == NOTHING)
        return "a node without a word";
    r->depth--;
    r->node = TREES;
    return NULL;
}

static const char *take_word(reader *r, char *words, size_t *bytes)
{
    const char *begin = r->at;

    if (r->depth == 0)
        return "a word outside brackets";
    if (r->node != NOTHING)
        return "a second word, or a word beside a tree";
    while (r->at < r->end && !is_blank(*r->at) && *r->at != '(' && *r->at != ')')
        r->at++;
    const size_t n = (size_t)(r->at - begin);
    memcpy(words + *bytes, begin, n);
    words[*bytes + n] = '\0';
    *bytes += n + 1;
    r->node = WORD;
    return NULL;
}

rr_status rri_tree_read(const char *path, size_t line, const char *text, size_t text_bytes,
                        char *words, size_t *bytes, unsigned *label, rr_error *err)
{
    reader r = { .at = text, .end = text + text_bytes };
    const char *wrong = NULL;
    const char *at = text; /* of the current bracket or word */
    bool rooted = false;
    unsigned inner = 0;

    *bytes = 0;
    for (skip_blanks(&r); r.at < r.end && wrong == NULL; skip_blanks(&r)) {
        at = r.at;
        if (rooted && r.depth == 0) {
            wrong = "text behind the tree";
        } else if (*r.at == '(') {
            r.at++;
            wrong = open_node(&r, rooted ? &inner : label);
            rooted = true;
        } else if (*r.at == ')') {
            r.at++;
            wrong = close_node(&r);
        } else {
            wrong = take_word(&r, words, bytes);
        }
    }
    if (wrong == NULL && (!rooted || r.depth > 0)) {
        at = r.at;
        wrong = rooted ? "the tree is not closed" : "there is no tree";
    }
    if (wrong == NULL)
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu, column %zu: %s", path, line,
                    (size_t)(at - text) + 1, wrong);
}
