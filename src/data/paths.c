/* SPDX-License-Identifier: MIT */
/* paths.c - divides the path of a source into the files of its splits. */
#include "data/paths.h"

#include "io/io.h"

#include <string.h>

enum { MOST_COMMAS = 32 }; /* beyond which no names with commas are searched for */

static size_t count_commas(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == ',';
    return n;
}

/* Cut text, at its first commas but the last `most` - 1 parts at most, so that every part exists;
 * the commas that divide become NUL. */
static bool cut_existing(char *text, size_t most)
{
    if (rri_file_exists(text))
        return true;
    for (char *comma = strchr(text, ','); most > 1 && comma != NULL;
         comma = strchr(comma + 1, ',')) {
        *comma = '\0';
        if (rri_file_exists(text) && cut_existing(comma + 1, most - 1))
            return true;
        *comma = ',';
    }
    return false;
}

static void cut_all(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == ',')
            *text = '\0';
}

rr_status rri_paths_read(const char *text, size_t most, rri_paths *out, rr_error *err)
{
    const size_t bytes = strlen(text);
    const size_t commas = count_commas(text);
    char *parts = NULL;
    rr_status st = RR_OK;

    *out = (rri_paths){ .count = 0 };
    RRI_TRY(rri_strdup(text, &parts, err));
    if (most > 1 && (commas > MOST_COMMAS || !cut_existing(parts, most)))
        cut_all(parts);
    for (const char *at = parts; at <= parts + bytes; at += strlen(at) + 1) {
        if (out->count == most)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "%s names %zu files; there can be one, TRAIN,TEST or TRAIN,DEV,TEST",
                             text, commas + 1));
        if (*at == '\0')
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: an empty name beside a comma", text));
        RRI_TRY(rri_strdup(at, &out->path[out->count], err));
        out->count++;
    }

done:
    rri_free(parts);
    if (st != RR_OK)
        rri_paths_clear(out);
    return st;
}

rr_split rri_paths_split(const rri_paths *p, size_t i)
{
    if (i == 0)
        return RR_SPLIT_TRAIN;
    return i + 1 < p->count ? RR_SPLIT_DEV : RR_SPLIT_TEST;
}

rr_status rri_paths_absolute(const rri_paths *p, char **out, rr_error *err)
{
    char *list = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t i = 0; i < p->count; i++) {
        char *path = NULL;
        char *longer = NULL;
        st = rri_path_absolute(p->path[i], &path, err);
        if (st == RR_OK)
            st = i == 0 ? rri_strdup(path, &longer, err)
                        : rri_format(&longer, err, "%s,%s", list, path);
        rri_free(path);
        rri_free(list);
        list = longer;
        if (st != RR_OK)
            return st; /* list is NULL */
    }
    *out = list;
    return RR_OK;
}

void rri_paths_clear(rri_paths *p)
{
    for (size_t i = 0; i < p->count; i++)
        rri_free(p->path[i]);
    *p = (rri_paths){ .count = 0 };
}
