/* SPDX-License-Identifier: MIT */
/* given.c - a sequence that a question brings with it, a text, its words or frames, as a dataset of
 * this one sequence, read as the run reads its own data. */
#include "workflow/workflow_internal.h"

#include "core/utf8.h"
#include "data/data_internal.h"

#include <string.h>

/* ---- words ---------------------------------------------------------------------------------- */

/* Append the words with their ids in the run's vocabulary. */
static rr_status add_words(const rr_dataset_shape *shape, const char *const *words, size_t n,
                           uint32_t label, rr_dataset_builder *b, rr_error *err)
{
    uint32_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, n, 1, sizeof *ids, err));
    for (size_t i = 0; i < n; i++) {
        if (!rri_is_utf8(words[i]))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i, "words: word %zu, from 1, is not UTF-8",
                             i + 1));
        ids[i] = rr_vocabulary_find(shape->words, words[i]);
    }
    const rr_sequence sequence = { .symbols = ids, .steps = n, .label = label, .words = words };
    st = rr_dataset_builder_add(b, sequence, err);
    if (st != RR_OK)
        (void)rri_prefix(err, st, "words");

done:
    rri_free(ids);
    return st;
}

/* Append the words of a text. */
static rr_status add_text(const rr_dataset_shape *shape, const char *text, uint32_t label,
                          rr_dataset_builder *b, rr_error *err)
{
    rr_error why = { RR_OK, -1, "" };
    rr_tokens *tokens = NULL;
    rr_status st = rr_tokens_split(text, strlen(text), &tokens, &why);

    if (st == RR_ERR_SHAPE)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "text: there is no word in it"));
    if (st != RR_OK)
        RRI_TRY(rri_fail(err, st, -1, "text: %s", why.msg));
    RRI_TRY(add_words(shape, rr_tokens_words(tokens), rr_tokens_count(tokens), label, b, err));

done:
    rr_tokens_free(tokens);
    return st;
}

/* ---- frames --------------------------------------------------------------------------------- */

/* Append the frames, scaled as the run's data are. */
static rr_status add_frames(const rr_given *given, const rr_scaling *scaling, uint32_t label,
                            rr_dataset_builder *b, rr_error *err)
{
    const size_t D = given->width;
    float *frames = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&frames, given->steps, D, sizeof *frames, err));
    memcpy(frames, given->frames, given->steps * D * sizeof *frames);
    if (scaling != NULL)
        rri_scale(scaling, frames, given->steps);
    const size_t bad = rri_first_nonfinite(frames, given->steps, D, D);
    if (bad < given->steps)
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                         "frames: step %zu, from 1, holds a value that is not finite%s", bad + 1,
                         scaling != NULL ? " when scaled" : ""));
    const rr_sequence sequence = { .frames = frames, .steps = given->steps, .label = label };
    RRI_TRY(rr_dataset_builder_add(b, sequence, err));

done:
    rri_free(frames);
    return st;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* The number of a class of datasets of this shape. */
static rr_status find_class(const rr_dataset_shape *shape, const char *name, uint32_t *out,
                            rr_error *err)
{
    rr_dataset_builder *b = NULL;
    rr_dataset *empty = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(shape, &b, err));
    RRI_TRY(rr_dataset_builder_finish(b, &empty, err));
    RRI_TRY(rr_dataset_class(empty, name, out, err));

done:
    rr_dataset_free(empty);
    rr_dataset_builder_free(b);
    return st;
}

/* Whether the run can read what is given. */
static rr_status check_kind(const rr_session *s, const rr_question *q, rr_error *err)
{
    const rr_network_config network = rr_run_settings_of(s->run).network;
    const char *dir = rr_run_dir(s->run);
    const rr_given *given = &q->given;
    const bool framed = given->steps > 0 && given->frames != NULL;
    rr_status st = RR_OK;

    if (given->steps > 0 &&
        (q->text != NULL) + (given->words != NULL) + (given->frames != NULL) != 1)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "a question is of one of a text, words and frames alone"));
    RRI_TRY(rri_session_needs_network(
        s, framed ? "a new sequence" : "a new text",
        "run it there, collect its states, and explain them by --states FILE", err));
    if (!framed && rr_run_vocabulary(s->run) == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: %s is not a run on text; it has no vocabulary to look words up in",
                         q->text != NULL ? "text" : "words", dir));
    if (framed && network.vocabulary > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "frames: %s is a run on symbols", dir));
    if (framed && given->width != network.width)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "frames: %zu values a step, and the data of %s have %zu", given->width,
                         dir, network.width));

done:
    return st;
}

rr_status rri_take_given(rr_session *s, const rr_question *q, rr_answer *x, rr_error *err)
{
    const rr_run_settings settings = rr_run_settings_of(s->run);
    const rr_given *given = &q->given;
    rr_dataset_shape shape = { .classes = settings.network.classes,
                               .words = rr_run_vocabulary(s->run),
                               .unlabelled = q->label == NULL };
    const char **names = NULL;
    rr_dataset *named = NULL;
    rr_dataset_builder *b = NULL;
    uint32_t label = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_kind(s, q, err));
    RRI_TRY(rri_session_class_names(s, &names, &named, err));
    shape.class_names = names;
    if (given->frames != NULL)
        shape.width = given->width;
    else
        shape.vocabulary = rr_vocabulary_size(shape.words);
    x->sample = SIZE_MAX;
    x->truth_known = q->label != NULL;
    if (q->label != NULL)
        RRI_TRY(find_class(&shape, q->label, &label, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    RRI_TRY(given->frames != NULL  ? add_frames(given, settings.scaling, label, b, err)
            : given->words != NULL ? add_words(&shape, given->words, given->steps, label, b, err)
                                   : add_text(&shape, q->text, label, b, err));
    RRI_TRY(rr_dataset_builder_finish(b, &x->owned, err));
    x->ds = x->owned;

done:
    rr_dataset_builder_free(b);
    rr_dataset_free(named);
    rri_free(names);
    return st;
}
