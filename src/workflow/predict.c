/* SPDX-License-Identifier: MIT */
/* predict.c - predicts a dataset, and writes predictions and states to files. */
#include "rnnrepair/workflow_explain.h"

#include "data/data_internal.h"
#include "io/csv.h"
#include "io/io.h"
#include "io/npz.h"
#include "run/run_internal.h"
#include "workflow/npz_names.h"
#include "workflow/workflow_internal.h"

#include <string.h>

/* ---- the table ------------------------------------------------------------------------------ */

/* ",p", or "," where it is unknown. */
static rr_status put_probability(rri_writer *w, float p, rr_error *err)
{
    char text[32];
    const int n = p >= 0.0F ? rri_snprintf(text, sizeof text, ",%.9g", (double)p)
                            : rri_snprintf(text, sizeof text, ",");

    return rri_writer_write(w, text, (size_t)n, err);
}

/* Further columns, each NULL where there are none: of the novelty [N], and of all probabilities
 * [U][C]. */
typedef struct columns {
    const rr_novelty *novelty;
    const float *all;
    size_t C;
} columns;

static rr_status put_text(rri_writer *w, const char *text, rr_error *err)
{
    return rri_writer_write(w, text, strlen(text), err);
}

/* The names of the further columns, and the end of the line. */
static rr_status put_names(rri_writer *w, const rr_predictions *p, const columns *more,
                           rr_error *err)
{
    char *name = NULL;
    rr_status st = RR_OK;

    if (more->novelty != NULL)
        RRI_TRY(put_text(w, ",novelty,novel", err));
    for (size_t c = 0; more->all != NULL && c < more->C; c++) {
        const char *class = rr_dataset_class_name(p->ds, c);
        const size_t n = strlen(class) + sizeof "p()";
        rri_free(name);
        RRI_TRY(rri_alloc(&name, n, 1, sizeof *name, err));
        (void)rri_snprintf(name, n, "p(%s)", class);
        RRI_TRY(put_text(w, ",", err));
        RRI_TRY(rri_csv_put(w, name, err));
    }
    RRI_TRY(put_text(w, "," RRI_ORIGIN_COLUMNS "\n", err));

done:
    rri_free(name);
    return st;
}

/* Those of unit u of sequence i, and the end of the line. */
static rr_status put_more(rri_writer *w, const rr_predictions *p, const columns *more, size_t i,
                          size_t u, rr_error *err)
{
    char text[64];
    rr_status st = RR_OK;

    if (more->novelty != NULL) {
        const double value = (double)more->novelty[i].value;
        (void)rri_snprintf(text, sizeof text, ",%.6g,%d", value, value > 1.0);
        RRI_TRY(put_text(w, text, err));
    }
    for (size_t c = 0; more->all != NULL && c < more->C; c++)
        RRI_TRY(put_probability(w, more->all[u * more->C + c], err));
    RRI_TRY(put_text(w, ",", err));
    RRI_TRY(rri_origin_put_csv(w, p->ds, i, err));
    RRI_TRY(put_text(w, "\n", err));

done:
    return st;
}

static rr_status put_row(rri_writer *w, const rr_predictions *p, const columns *more, size_t i,
                         rr_error *err)
{
    char number[40];
    rr_status st = RR_OK;

    const int n = rri_snprintf(number, sizeof number, "%zu,", i);
    RRI_TRY(rri_writer_write(w, number, (size_t)n, err));
    if (rr_dataset_labelled(p->ds))
        RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, rr_dataset_at(p->ds, i).label), err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, p->prediction[i]), err));
    RRI_TRY(put_probability(w, p->probability[i], err));
    RRI_TRY(put_more(w, p, more, i, i, err));

done:
    return st;
}

/* A row for each step of sequence i, whose first is row `first` of the predictions. */
static rr_status put_steps(rri_writer *w, const rr_predictions *p, const columns *more, size_t i,
                           size_t first, rr_error *err)
{
    const rr_sequence q = rr_dataset_at(p->ds, i);
    char number[64];
    rr_status st = RR_OK;

    for (size_t t = 0; t < q.steps; t++) {
        int n = rri_snprintf(number, sizeof number, "%zu,%zu,", i, t + 1);
        RRI_TRY(rri_writer_write(w, number, (size_t)n, err));
        if (q.step_labels != NULL && q.step_labels[t] != RR_NO_LABEL)
            RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, q.step_labels[t]), err));
        RRI_TRY(rri_writer_write(w, ",", 1, err));
        RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, p->step_prediction[first + t]), err));
        RRI_TRY(put_probability(w, p->step_probability[first + t], err));
        if (q.words != NULL) {
            RRI_TRY(rri_writer_write(w, ",", 1, err));
            RRI_TRY(rri_csv_put(w, q.words[t], err));
        } else if (q.parts != NULL) {
            n = rri_snprintf(number, sizeof number, ",%lld", (long long)q.parts[t]);
            RRI_TRY(rri_writer_write(w, number, q.parts[t] < 0 ? 1 : (size_t)n, err));
        }
        RRI_TRY(put_more(w, p, more, i, first + t, err));
    }

done:
    return st;
}

static rr_status save_steps(const rr_predictions *p, const columns *more, rri_writer *w,
                            rr_error *err)
{
    size_t first = 0;
    rr_status st = RR_OK;

    RRI_TRY(put_text(w, "id,t,label,prediction,probability", err));
    RRI_TRY(put_text(w,
                     rr_dataset_words(p->ds) != NULL         ? ",word"
                     : rr_dataset_shape_of(p->ds).parts != 0 ? ",part"
                                                             : "",
                     err));
    RRI_TRY(put_names(w, p, more, err));
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        RRI_TRY(put_steps(w, p, more, i, first, err));
        first += rr_dataset_at(p->ds, i).steps;
    }

done:
    return st;
}

static rr_status save_sequences(const rr_predictions *p, const columns *more, rri_writer *w,
                                rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(put_text(w, "id,label,prediction,probability", err));
    RRI_TRY(put_names(w, p, more, err));
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        RRI_TRY(put_row(w, p, more, i, err));

done:
    return st;
}

static rr_status save(const rr_predictions *p, const columns *more, const char *path, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_open(path, &w, err));
    RRI_TRY(p->step_prediction != NULL ? save_steps(p, more, w, err)
                                       : save_sequences(p, more, w, err));
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

rr_status rr_predictions_save(const rr_predictions *p, const char *path, rr_error *err)
{
    return save(p, &(columns){ .novelty = NULL }, path, err);
}

rr_status rr_session_save_predictions(rr_session *s, rr_split split, const char *path,
                                      rr_error *err)
{
    columns more = { .C = rr_run_settings_of(s->run).network.classes };
    rr_split_novelty novelty = { .sequences = NULL };
    rr_predictions p = { .ds = NULL };
    float *all = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_check_output(s, path, err));
    RRI_TRY(rr_session_novelty(s, split, &novelty, err));
    RRI_TRY(rr_session_predict(s, split, &p, err));
    const size_t U = p.step_prediction != NULL ? rr_dataset_steps(p.ds) : rr_dataset_count(p.ds);
    RRI_TRY(rri_alloc(&all, U, more.C, sizeof *all, err));
    st = rr_session_probabilities(s, split, all, err);
    more.all = st == RR_OK ? all : NULL;
    if (st == RR_ERR_UNSUPPORTED) { /* they are unknown, which is no error here */
        st = RR_OK;
        if (err != NULL)
            *err = (rr_error){ .code = RR_OK };
    }
    RRI_TRY(st);
    more.novelty = novelty.sequences;
    RRI_TRY(save(&p, &more, path, err));

done:
    rri_free(all);
    return st;
}

/* ---- the arrays of every step --------------------------------------------------------------- */

/* The arrays of a states file (docs/FORMAT.md#states), by their numbers in the open file. */
typedef struct arrays {
    size_t steps, label, prediction, probability, state, input, step_label, batch;
} arrays;

/* What of them there is. */
typedef struct layout {
    const rr_dataset *ds;
    size_t R, H, C, D;
    bool labels, probabilities, symbols, step_labels;
} layout;

/* Names and what the states are, which are known before they are read. */
static rr_status write_names(rr_session *s, const layout *l, rri_npz_writer *w, rr_error *err)
{
    const rr_states_origin *o = rr_run_settings_of(s->run).states;
    const int64_t vocabulary = (int64_t)rr_dataset_vocabulary(l->ds);
    const char *kind = rr_enum_name(RR_ENUM_STATES_KIND, o != NULL ? o->kind : RR_STATES_ONE_PASS);
    char hash[65] = "";
    const char *const model = hash;
    /* A run's own network predicts in the pass that gives the states: they agree. */
    const double parity[3] = { (double)(o != NULL ? o->compared : rr_dataset_count(l->ds)),
                               o != NULL ? (double)o->disagreements : 0.0,
                               o != NULL ? o->difference : 0.0 };
    const size_t three = 3;
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_names(w, l->ds, err));
    if (vocabulary > 0 && rr_dataset_words(l->ds) == NULL) {
        RRI_TRY(rri_npz_writer_array(w, "vocabulary", RRI_NPZ_I64, NULL, 0, &at, err));
        RRI_TRY(rri_npz_writer_append(w, at, &vocabulary, 1, err));
    }
    RRI_TRY(rri_npz_writer_texts(w, "kind", &kind, 1, 0, err));
    RRI_TRY(rri_run_model_name(s->run, s->net, hash, err));
    if (o == NULL || o->model[0] != '\0')
        RRI_TRY(rri_npz_writer_texts(w, "model", &model, 1, 0, err));
    if (parity[0] > 0.0) {
        RRI_TRY(rri_npz_writer_array(w, "parity", RRI_NPZ_F64, &three, 1, &at, err));
        RRI_TRY(rri_npz_writer_append(w, at, parity, 3, err));
    }

done:
    return st;
}

static rr_status declare(const layout *l, size_t N, rri_npz_writer *w, arrays *a, rr_error *err)
{
    const size_t R = l->R;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_array(w, "steps", RRI_NPZ_U32, &N, 1, &a->steps, err));
    if (l->labels)
        RRI_TRY(rri_npz_writer_array(w, "label", RRI_NPZ_U32, &N, 1, &a->label, err));
    RRI_TRY(rri_npz_writer_array(w, "prediction", RRI_NPZ_U32, &R, 1, &a->prediction, err));
    if (l->probabilities)
        RRI_TRY(rri_npz_writer_array(w, "probability", RRI_NPZ_F32, (size_t[]){ R, l->C }, 2,
                                     &a->probability, err));
    RRI_TRY(
        rri_npz_writer_array(w, "state", RRI_NPZ_F32, (size_t[]){ R, l->H }, 2, &a->state, err));
    if (l->symbols)
        RRI_TRY(rri_npz_writer_array(w, "symbol", RRI_NPZ_U32, &R, 1, &a->input, err));
    else
        RRI_TRY(rri_npz_writer_array(w, "frame", RRI_NPZ_F32, (size_t[]){ R, l->D }, 2, &a->input,
                                     err));
    if (l->step_labels)
        RRI_TRY(rri_npz_writer_array(w, "step_label", RRI_NPZ_I64, &R, 1, &a->step_label, err));
    RRI_TRY(rri_npz_writer_array(w, "batch", RRI_NPZ_I64, NULL, 0, &a->batch, err));

done:
    return st;
}

static rr_status append(const layout *l, const rr_state_batch *b, rri_npz_writer *w,
                        const arrays *a, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_append(w, a->steps, b->steps, b->count, err));
    if (l->labels)
        RRI_TRY(rri_npz_writer_append(w, a->label, b->labels, b->count, err));
    RRI_TRY(rri_npz_writer_append(w, a->prediction, b->predictions, b->rows, err));
    if (l->probabilities)
        RRI_TRY(rri_npz_writer_append(w, a->probability, b->probabilities, b->rows * l->C, err));
    RRI_TRY(rri_npz_writer_append(w, a->state, b->states, b->rows * l->H, err));
    if (l->symbols)
        RRI_TRY(rri_npz_writer_append(w, a->input, b->symbols, b->rows, err));
    else
        RRI_TRY(rri_npz_writer_append(w, a->input, b->frames, b->rows * l->D, err));
    if (l->step_labels)
        RRI_TRY(rri_npz_writer_labels(w, a->step_label, b->step_labels, b->rows, err));

done:
    return st;
}

/* Where it is known of a split. */
static rr_status write_novelty(const rr_session *s, const rr_dataset *ds, rri_npz_writer *w,
                               rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    size_t at = 0;
    rr_status st = RR_OK;

    for (int i = 0; i < RRI_SESSION_SPLITS; i++) {
        if (s->splits[i] != ds || s->novelty[i] == NULL)
            continue;
        RRI_TRY(rri_npz_writer_array(w, "novelty", RRI_NPZ_F32, &N, 1, &at, err));
        for (size_t k = 0; k < N; k++)
            RRI_TRY(rri_npz_writer_append(w, at, &s->novelty[i][k].value, 1, err));
        return RR_OK;
    }

done:
    return st;
}

/* Read the states once and append each batch to the arrays of the open file. */
static rr_status write_batches(rr_session *s, const rr_dataset *ds, rr_state_source *source,
                               rri_npz_writer *w, rr_error *err)
{
    const rr_callbacks *cb = &s->callbacks;
    layout l = { .ds = ds,
                 .R = source->steps,
                 .H = source->hidden,
                 .C = source->classes,
                 .D = source->width,
                 .labels = rr_dataset_labelled(ds),
                 .symbols = source->width == 0 };
    arrays a = { 0 };
    rr_state_batch batch = { .count = 0 };
    size_t seen = 0;
    rr_status st = RR_OK;

    RRI_TRY(source->ops->rewind(source->self, err));
    RRI_TRY(source->ops->next(source->self, &batch, err));
    const int64_t first = (int64_t)batch.count; /* the same batches give the same bits */
    l.probabilities = batch.probabilities != NULL;
    l.step_labels = batch.step_labels != NULL;
    RRI_TRY(declare(&l, source->sequences, w, &a, err));
    RRI_TRY(rri_npz_writer_append(w, a.batch, &first, 1, err));
    RRI_TRY(write_names(s, &l, w, err));
    RRI_TRY(write_novelty(s, ds, w, err));
    while (batch.count > 0) {
        if (rri_cancelled(cb))
            RRI_TRY(rri_fail_cancelled(err));
        RRI_TRY(append(&l, &batch, w, &a, err));
        seen += batch.count;
        rri_show(cb, "states", "sequences", seen, source->sequences, "%s", "");
        RRI_TRY(source->ops->next(source->self, &batch, err));
    }
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_show_end(cb);
    return st;
}

/* ds is a split of a run on states. */
static rr_status open_file(rr_session *s, const rr_dataset *ds, rr_state_source *out, rr_error *err)
{
    for (int i = 0; i < RRI_SESSION_SPLITS; i++)
        if (s->splits[i] == ds)
            return rri_session_states(s, (rr_split)i, NULL, 0, out, err);
    return rri_session_needs_network(
        s, "prediction of other data",
        "collect their states there, and name the file by --states FILE", err);
}

rr_status rr_session_save_steps(rr_session *s, const rr_dataset *ds, const char *path,
                                rr_error *err)
{
    const rr_network *net = NULL;
    rr_state_source source = { .ops = NULL };
    rri_npz_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_check_output(s, path, err));
    if (rri_session_foreign(s)) {
        RRI_TRY(open_file(s, ds, &source, err));
    } else {
        RRI_TRY(rr_session_network(s, &net, err));
        RRI_TRY(rr_network_states(net, ds, s->threads, &source, err));
    }
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(write_batches(s, ds, &source, w, err));

done:
    rri_npz_writer_free(w);
    rr_state_source_close(&source);
    return st;
}
