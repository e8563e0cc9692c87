/* SPDX-License-Identifier: MIT */
/* review_write.c - writes the file in which a reviewer decides about sequences. */
#include "audit/audit_internal.h"
#include "audit/review_file.h"
#include "core/utf8.h"
#include "data/data_internal.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/io.h"

#include <inttypes.h>
#include <string.h>

enum { ACTIONS = 3 };

/* Would a spreadsheet calculate it? */
static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

/* How a class is written so that it is read back as itself: its name, else its number. Errors ARG.
 */
static rr_status spell(const rr_dataset *ds, int64_t class, size_t i, char number[24],
                       const char **out, rr_error *err)
{
    if (class < 0 || (uint64_t) class >= rr_dataset_classes(ds))
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "decision %zu names class %" PRId64 ", which is outside 0..%zu", i, class,
                        rr_dataset_classes(ds) - 1);
    *out = rr_dataset_class_name(ds, (size_t) class);
    const bool is_back = rri_review_class(ds, *out) == (size_t) class;
    if (**out != '\0' && rri_is_utf8(*out) && is_back && !is_formula(*out))
        return RR_OK;
    (void)rri_snprintf(number, 24, "%" PRId64, class);
    if (rri_review_class(ds, number) != (size_t) class && is_back) /* not by a number either */
        return RR_OK;
    if (rri_review_class(ds, number) != (size_t) class)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "class %" PRId64 ", \"%.40s\", cannot be told from others by its name",
                        class, *out);
    *out = number;
    return RR_OK;
}

/* What a file of decisions has columns for. */
typedef struct columns {
    bool step, truth, token, text, origin;
    const char *split; /* of all decisions; NULL: it is not written */
} columns;

static rr_status put_token(rri_writer *w, const rr_decision *d, const rr_dataset *ds, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, d->id);
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_write(w, ",", 1, err));
    if (d->step > 0)
        RRI_TRY(rri_csv_put(w, s.words[d->step - 1], err));

done:
    return st;
}

/* The words of a sequence with blanks between; one that a spreadsheet would calculate after an
 * apostrophe. */
static rr_status put_text(rri_writer *w, uint32_t id, const rr_dataset *ds, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, id);
    const bool formula = is_formula(s.words[0]);
    size_t room = 2, n = 0;
    char *text = NULL;
    rr_status st = RR_OK;

    for (size_t t = 0; t < s.steps; t++)
        room += strlen(s.words[t]) + 1;
    RRI_TRY(rri_alloc(&text, room, 1, 1, err));
    n += (size_t)rri_snprintf(text, room, "%s", formula ? "'" : "");
    for (size_t t = 0; t < s.steps; t++)
        n += (size_t)rri_snprintf(text + n, room - n, "%s%s", t > 0 ? " " : "", s.words[t]);
    RRI_TRY(rri_csv_put(w, text, err));

done:
    rri_free(text);
    return st;
}

static rr_status put_suggestion(rri_writer *w, const rri_suggestion *x, size_t i, uint32_t id,
                                const rr_dataset *ds, columns with, rr_error *err)
{
    char number[24];
    const char *name = "";
    rr_status st = RR_OK;

    RRI_TRY(spell(ds, x->label, i, number, &name, err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    RRI_TRY(rri_csv_put(w, name, err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    RRI_TRY(rri_csv_put(w, x->evidence, err));
    if (with.text) {
        RRI_TRY(rri_writer_write(w, ",", 1, err));
        RRI_TRY(put_text(w, id, ds, err));
    }
    if (with.origin) {
        RRI_TRY(rri_writer_write(w, ",", 1, err));
        RRI_TRY(rri_origin_put_csv(w, ds, id, err));
    }

done:
    return st;
}

static rr_status put_decision(rri_writer *w, const rr_decision *d, const rri_suggestion *x,
                              size_t i, const rr_dataset *ds, columns with, rr_error *err)
{
    char head[96];
    char step[24] = "";
    char number[24];
    const char *name = "";
    const bool open = x != NULL && x->open;
    rr_status st = RR_OK;

    if (d->id >= rr_dataset_count(ds) || (size_t)d->action >= ACTIONS)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "decision %zu is about sequence %u, action %d; there are %zu sequences and "
                        "%d actions",
                        i, (unsigned)d->id, (int)d->action, rr_dataset_count(ds), (int)ACTIONS);
    const rr_sequence s = rr_dataset_at(ds, d->id);
    if (d->step > s.steps || (d->step > 0 && s.step_labels == NULL))
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "decision %zu is about step %u of sequence %u, which has no such label", i,
                        (unsigned)d->step, (unsigned)d->id);
    if (with.step && d->step > 0)
        (void)rri_snprintf(step, sizeof step, "%u,", (unsigned)d->step);
    else if (with.step)
        (void)rri_snprintf(step, sizeof step, ",");
    const int n = rri_snprintf(head, sizeof head, "%u,%s%s,", (unsigned)d->id, step,
                               open ? "" : rr_enum_name(RR_ENUM_ACTION, d->action));
    RRI_TRY(rri_writer_write(w, head, (size_t)n, err));
    if (d->action == RR_ACTION_RELABEL && !open) {
        RRI_TRY(spell(ds, d->label, i, number, &name, err));
        RRI_TRY(rri_csv_put(w, name, err));
    }
    const uint32_t label = rri_review_label(ds, d->id, d->step);
    const int64_t given = label != RR_NO_LABEL ? (int64_t)label : -1;
    const int64_t last = with.truth ? d->truth : given;
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    if (last >= 0) {
        RRI_TRY(spell(ds, last, i, number, &name, err));
        RRI_TRY(rri_csv_put(w, name, err));
    }
    if (with.token)
        RRI_TRY(put_token(w, d, ds, err));
    if (with.split != NULL) {
        RRI_TRY(rri_writer_write(w, ",", 1, err));
        RRI_TRY(rri_csv_put(w, with.split, err));
    }
    if (x != NULL)
        RRI_TRY(put_suggestion(w, x, i, d->id, ds, with, err));
    RRI_TRY(rri_writer_write(w, "\n", 1, err));

done:
    return st;
}

rr_status rri_decisions_save(const rr_decision *decisions, size_t n, const rr_dataset *ds,
                             const char *split, const rri_suggestion *suggestions, const char *path,
                             rr_error *err)
{
    rri_writer *w = NULL;
    columns with = { .split = split };
    char head[160];
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++) {
        with.truth = with.truth || decisions[i].truth >= 0;
        with.step = with.step || decisions[i].step > 0;
    }
    with.token = with.step && rr_dataset_words(ds) != NULL;
    with.origin = rr_dataset_origins(ds).shifted != 0;
    with.text = rr_dataset_count(ds) > 0 && rr_dataset_at(ds, 0).words != NULL;
    (void)rri_snprintf(head, sizeof head, "id,%saction,label,%s%s%s%s%s%s\n",
                       with.step ? "step," : "", with.truth ? "truth" : "given",
                       with.token ? ",token" : "", with.split != NULL ? ",split" : "",
                       suggestions != NULL ? ",suggested,evidence" : "",
                       suggestions != NULL && with.text ? ",text" : "",
                       suggestions != NULL && with.origin ? "," RRI_ORIGIN_COLUMNS : "");
    RRI_TRY(rri_writer_open(path, &w, err));
    RRI_TRY(rri_writer_write(w, head, strlen(head), err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(put_decision(w, &decisions[i], suggestions != NULL ? &suggestions[i] : NULL, i, ds,
                             with, err));
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

rr_status rr_decisions_save(const rr_decision *decisions, size_t n, const rr_dataset *ds,
                            const char *path, rr_error *err)
{
    return rri_decisions_save(decisions, n, ds, NULL, NULL, path, err);
}
