/* SPDX-License-Identifier: MIT */
/* samples.c - finds sequences by the source's own ids. */
#include "kit/table.h"

#include <string.h>

rr_status cli_find_sample(const char *option, const char *text, rr_session *s, rr_split split,
                          size_t *out, rr_error *err)
{
    const rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (rri_parse_size(text, out))
        return RR_OK;
    RRI_TRY(rr_session_split(s, split, &ds, err));
    st = rr_dataset_find_id(ds, strncmp(text, "id=", 3) == 0 ? text + 3 : text, out, err);

done:
    return st == RR_OK ? st : rri_prefix(err, st, "--%s %s", option, text);
}

rr_status cli_result_samples(cli_result *r, const char *option, const char *list, rr_session *s,
                             rr_split split, const size_t **out, size_t *n, rr_error *err)
{
    char *copy = NULL;
    size_t *ids = NULL;
    size_t items = 1;
    rr_status st = RR_OK;

    *out = NULL;
    *n = 0;
    if (list == NULL)
        return RR_OK;
    for (const char *c = list; *c != '\0'; c++)
        items += *c == ',';
    RRI_TRY(rri_strdup(list, &copy, err));
    RRI_TRY(cli_result_alloc(r, &ids, items, sizeof *ids, err));
    for (char *at = copy, *next = NULL; at != NULL; at = next) {
        next = strchr(at, ',');
        if (next != NULL)
            *next++ = '\0';
        if (*at == '\0')
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "--%s %s: not a list of numbers or ids such as 3,17,44", option,
                             list));
        RRI_TRY(cli_find_sample(option, at, s, split, &ids[*n], err));
        for (size_t j = 0; j < *n; j++)
            if (ids[j] == ids[*n])
                RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--%s names %zu twice", option, ids[j]));
        ++*n;
    }
    *out = ids;

done:
    rri_free(copy);
    return st;
}
