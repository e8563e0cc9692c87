/* SPDX-License-Identifier: MIT */
/* npy_header.c - parses the header of a .npy array [NumPy, numpy.lib.format].
 *
 *     \x93 N U M P Y | major, minor | length: u16 (version 1) or u32 (2, 3), little-endian | text
 *
 * The text is a Python dictionary of exactly three members, in any order:
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 *
 * Only this much of Python is understood, character by character; nothing is evaluated. */
#include "io/npy_header.h"

#include <string.h>

/* The rest of the text. */
typedef struct cursor {
    const char *p;
} cursor;

enum { SEEN_DESCR = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

bool rri_npy_lengths(const unsigned char fixed[12], size_t *fixed_bytes, size_t *text_bytes)
{
    if (memcmp(fixed, "\x93NUMPY", 6) != 0 || fixed[6] < 1 || fixed[6] > 3 || fixed[7] != 0)
        return false;
    *fixed_bytes = fixed[6] == 1 ? 10 : 12;
    *text_bytes = (size_t)fixed[8] | (size_t)fixed[9] << 8;
    if (fixed[6] > 1)
        *text_bytes |= (size_t)fixed[10] << 16 | (size_t)fixed[11] << 24;
    return *text_bytes <= RRI_NPY_MOST_HEADER;
}

static void skip_blanks(cursor *c)
{
    while (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r')
        c->p++;
}

/* Consume the word if it is next. */
static bool take(cursor *c, const char *word)
{
    const size_t n = strlen(word);

    skip_blanks(c);
    if (strncmp(c->p, word, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* A quoted text without escapes, of less than `capacity` bytes. */
static bool take_string(cursor *c, char *out, size_t capacity)
{
    skip_blanks(c);
    const char quote = *c->p;
    if (quote != '\'' && quote != '"')
        return false;
    const char *end = strchr(c->p + 1, quote);
    if (end == NULL || (size_t)(end - c->p) > capacity)
        return false;
    const size_t n = (size_t)(end - c->p) - 1;
    memcpy(out, c->p + 1, n);
    out[n] = '\0';
    c->p = end + 1;
    return strchr(out, '\\') == NULL;
}

static bool take_size(cursor *c, size_t *out)
{
    char digits[24];
    size_t n = 0;

    skip_blanks(c);
    while (n < sizeof digits - 1 && c->p[n] >= '0' && c->p[n] <= '9') {
        digits[n] = c->p[n];
        n++;
    }
    digits[n] = '\0';
    c->p += n;
    return rri_parse_size(digits, out);
}

/* "(3, 4)", "(3,)", "()". */
static bool take_shape(cursor *c, rri_npy_header *h)
{
    bool comma = true; /* a further extent may follow */

    if (!take(c, "("))
        return false;
    h->rank = 0;
    while (!take(c, ")")) {
        if (!comma || h->rank == RRI_NPY_MOST_RANK || !take_size(c, &h->shape[h->rank]))
            return false;
        h->rank++;
        comma = take(c, ",");
    }
    /* Without the comma "(3)" is a number, not a tuple; NumPy never writes it. */
    return h->rank != 1 || comma;
}

static rr_status bad(const char *name, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, -1, "array \"%s\": %s", name, what);
}

/* "<U5", "|S5": texts of so many characters or bytes. */
static bool read_text_type(const char *text, rri_npy_header *h)
{
    size_t n = 0;

    if (strchr("<>|", text[0]) == NULL || (text[1] != 'U' && text[1] != 'S') ||
        !rri_parse_size(text + 2, &n) || n == 0 || n > RRI_NPY_MOST_TEXT)
        return false;
    h->big = text[0] == '>';
    h->type = text[1];
    h->width = text[1] == 'U' ? 4 * n : n;
    return true;
}

/* "<f4": byte order, kind, width. */
static rr_status read_descr(cursor *c, const char *name, rri_npy_header *h, rr_error *err)
{
    static const char *const known[] = { "f2", "f4", "f8", "b1", "i1", "i2",
                                         "i4", "i8", "u1", "u2", "u4", "u8" };
    char text[32];

    skip_blanks(c);
    if (*c->p == '[')
        return bad(name, "records of several members are not supported", err);
    if (!take_string(c, text, sizeof text))
        return bad(name, "its element type is not a short text", err);
    if (strcmp(text, "|O") == 0 || strcmp(text, "O") == 0)
        return bad(name,
                   "it holds Python objects (dtype object), which are never unpickled; save texts "
                   "by astype(str), rows of different lengths one after another with \"lengths\"",
                   err);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const bool order_fits =
            text[0] == '<' || text[0] == '>' || (text[0] == '|' && known[i][1] == '1');
        if (!order_fits || strcmp(text + 1, known[i]) != 0)
            continue;
        h->big = text[0] == '>';
        h->type = known[i][0];
        h->width = (size_t)(known[i][1] - '0');
        return RR_OK;
    }
    if (text[0] != '\0' && read_text_type(text, h))
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, -1,
                    "array \"%s\" has the element type \"%s\"; supported are floats of 2, 4 or 8 "
                    "bytes, integers, booleans and texts",
                    name, text);
}

/* Parse the value of one member; `seen` collects the members found. */
static rr_status read_member(cursor *c, const char *key, const char *name, unsigned *seen,
                             rri_npy_header *h, rr_error *err)
{
    unsigned which = 0;
    rr_status st = RR_OK;

    if (strcmp(key, "descr") == 0) {
        which = SEEN_DESCR;
        st = read_descr(c, name, h, err);
    } else if (strcmp(key, "fortran_order") == 0) {
        which = SEEN_ORDER;
        h->order = take(c, "True");
        if (!h->order && !take(c, "False"))
            st = bad(name, "'fortran_order' is neither True nor False", err);
    } else if (strcmp(key, "shape") == 0) {
        which = SEEN_SHAPE;
        if (!take_shape(c, h))
            st = bad(name, "'shape' is not a tuple of at most 8 sizes", err);
    } else {
        return rri_fail(err, RR_ERR_FORMAT, -1, "array \"%s\": unknown header member '%s'", name,
                        key);
    }
    if (st == RR_OK && (*seen & which) != 0)
        st = rri_fail(err, RR_ERR_FORMAT, -1, "array \"%s\": header member '%s' is there twice",
                      name, key);
    *seen |= which;
    return st;
}

rr_status rri_npy_parse(const char *text, const char *name, rri_npy_header *out, rr_error *err)
{
    cursor c = { text };
    rri_npy_header h = { 0 };
    unsigned seen = 0;
    bool comma = true;
    rr_status st = RR_OK;

    if (!take(&c, "{"))
        return bad(name, "its header is not a dictionary", err);
    while (!take(&c, "}")) {
        char key[32];
        if (!comma || !take_string(&c, key, sizeof key) || !take(&c, ":"))
            return bad(name, "its header is not a dictionary of named members", err);
        RRI_TRY(read_member(&c, key, name, &seen, &h, err));
        comma = take(&c, ",");
    }
    skip_blanks(&c);
    if (*c.p != '\0' || seen != SEEN_ALL)
        return bad(name, "its header does not hold exactly descr, fortran_order and shape", err);
    *out = h;

done:
    return st;
}
