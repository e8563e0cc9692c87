/* SPDX-License-Identifier: MIT */
/* enum.c - string names of the enums: one table each, from the lists of enums.h. */
#include "core/core.h"

#include "rnnrepair/enums.h"

#include <string.h>

typedef struct entry {
    unsigned value;
    const char *word;
} entry;

#define ENTRY(constant, value, word) { value, word },
#define ENTRIES(kind, number, what, list) static const entry kind##_entries[] = { list(ENTRY) };
RR_ENUM_LIST(ENTRIES)

/* "|lstm|gru|tanh|relu" */
#define JOINED(constant, value, word) "|" word

static const struct table {
    const char *what;
    const char *joined;
    const entry *entries;
    size_t count;
} tables[] = {
#define TABLE(kind, number, what, list)                                                            \
    [number] = { what, list(JOINED), kind##_entries, sizeof kind##_entries / sizeof(entry) },
    RR_ENUM_LIST(TABLE)
};

static const struct table none = { "word", "|", NULL, 0 };

static const struct table *table_of(rr_enum kind)
{
    const size_t i = (size_t)kind;

    return i < sizeof tables / sizeof *tables ? &tables[i] : &none;
}

const char *rr_enum_name(rr_enum kind, unsigned value)
{
    const struct table *t = table_of(kind);

    for (size_t i = 0; i < t->count; i++)
        if (t->entries[i].value == value)
            return t->entries[i].word;
    return "unknown";
}

const char *rr_enum_words(rr_enum kind)
{
    return table_of(kind)->joined + 1;
}

/* "a, b or c" */
static void list_words(const struct table *t, char *out, size_t capacity)
{
    size_t at = 0;

    *out = '\0';
    for (size_t i = 0; i < t->count && at < capacity; i++) {
        const char *const before = i == 0 ? "" : i + 1 < t->count ? ", " : " or ";
        const int wrote = rri_snprintf(out + at, capacity - at, "%s%s", before, t->entries[i].word);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

rr_status rr_enum_parse(rr_enum kind, const char *text, unsigned *value, rr_error *err)
{
    const struct table *t = table_of(kind);
    char list[256];

    for (size_t i = 0; i < t->count; i++)
        if (text != NULL && strcmp(t->entries[i].word, text) == 0) {
            *value = t->entries[i].value;
            return RR_OK;
        }
    list_words(t, list, sizeof list);
    return rri_fail(err, RR_ERR_ARG, -1, "unknown %s '%.60s': expected %s", t->what,
                    text != NULL ? text : "", list);
}
