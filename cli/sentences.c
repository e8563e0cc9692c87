/* SPDX-License-Identifier: MIT */
/* sentences.c - see sentences.h. */
#include "sentences.h"

#include "training.h"

#include <stdlib.h>
#include <string.h>

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

rr_status cli_cut(const char *option, const char *text, rr_tokens **out, rr_error *err)
{
    rr_error why = { RR_OK, -1, "" };
    const rr_status st = rr_tokens_split(text, strlen(text), out, &why);
    if (st == RR_ERR_SHAPE)
        return rri_fail(err, RR_ERR_ARG, -1, "--%s: there is no word in it", option);
    return st == RR_OK ? RR_OK : rri_fail(err, st, -1, "--%s: %s", option, why.msg);
}

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
