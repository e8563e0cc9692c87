/* SPDX-License-Identifier: MIT */
/* page_run.c - what the run is: where its data come from, its network, history and classes. */
#include "report/page_data.h"

#include "io/io.h"
#include "workflow/workflow_internal.h"

json_t *rri_page_origin(rr_page *page, const rr_states_origin *o)
{
    char *sentence = NULL;
    json_t *x = NULL;

    if (o == NULL || !o->foreign)
        return json_null();
    x = json_object();
    if (rr_states_sentence(o, &sentence, NULL) != RR_OK)
        page->no_memory = true;
    rri_page_put(page, x, "kind", rri_page_word(RR_ENUM_STATES_KIND, o->kind));
    rri_page_put(page, x, "model", rri_page_text(o->model[0] != '\0' ? o->model : NULL));
    rri_page_put(page, x, "compared", rri_page_size((size_t)o->compared));
    rri_page_put(page, x, "disagreements", rri_page_size((size_t)o->disagreements));
    rri_page_put(page, x, "difference", rri_page_fraction(o->compared > 0 ? o->difference : -1.0));
    rri_page_put(page, x, "sentence", rri_page_text(sentence));
    rr_string_free(sentence);
    return x;
}

/* The name of the run's directory, whatever path led there. */
json_t *rri_page_run_name(const rr_run *run)
{
    char *path = NULL;
    const rr_status st = rri_path_absolute(rr_run_dir(run), &path, NULL);
    json_t *name = st == RR_ERR_NOMEM ? NULL : rri_page_name(st == RR_OK ? path : rr_run_dir(run));

    rri_free(path);
    return name;
}

/* Sequences that the run's edits added: those its training set has beyond the source's. */
size_t rri_page_added(const rri_page_run *run)
{
    const rr_run_settings s = rr_run_settings_of(run->session->run);
    const rr_dataset *train = run->splits[RR_SPLIT_TRAIN].ds;
    const size_t source = s.splits[RR_SPLIT_TRAIN].count - s.edits.count_removed;

    return train != NULL ? rr_dataset_count(train) - source : 0;
}

static void put_settings(rr_page *page, const rri_page_run *of)
{
    const rr_run *run = of->session->run;
    const rr_run_settings s = rr_run_settings_of(run);
    const bool foreign = s.states != NULL;
    size_t epochs = 0;
    json_t *x = json_object();

    (void)rr_run_history(run, &epochs);
    rri_page_put(page, x, "name", rri_page_run_name(run));
    rri_page_put(page, x, "data", rri_page_text(s.data));
    rri_page_put(page, x, "cell",
                 foreign ? json_null() : rri_page_word(RR_ENUM_CELL, s.network.cell));
    rri_page_put(page, x, "hidden", rri_page_size(s.network.hidden));
    rri_page_put(page, x, "layers", foreign ? json_null() : rri_page_size(s.network.layers));
    rri_page_put(page, x, "output", rri_page_word(RR_ENUM_OUTPUT, s.network.output));
    rri_page_put(page, x, "epochs", rri_page_size(epochs));
    rri_page_put(page, x, "model_epoch", rri_page_size(rr_run_model_epoch(run)));
    rri_page_put(page, x, "parent", rri_page_name(s.parent));
    rri_page_put(page, x, "added", rri_page_size(rri_page_added(of)));
    rri_page_put(page, x, "removed", rri_page_size(s.edits.count_removed));
    rri_page_put(page, x, "relabelled",
                 rri_page_size(s.edits.count_relabelled + s.edits.count_steps));
    rri_page_put(page, x, "origin", rri_page_origin(page, s.states));
    rri_page_put(page, page->manifest, "run", x);
}

static void put_history(rr_page *page, const rr_run *run)
{
    size_t n = 0;
    const rr_run_epoch *e = rr_run_history(run, &n);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *x = json_object();
        rri_page_put(page, x, "epoch", rri_page_size(e[i].epoch));
        rri_page_put(page, x, "loss", rri_page_number(e[i].loss));
        rri_page_put(page, x, "train_accuracy", rri_page_fraction(e[i].train_accuracy));
        rri_page_put(page, x, "dev_accuracy", rri_page_fraction(e[i].dev_accuracy));
        rri_page_put(page, x, "test_accuracy", rri_page_fraction(e[i].test_accuracy));
        rri_page_append(page, list, x);
    }
    rri_page_put(page, page->manifest, "history", list);
}

static rr_status put_classes(rr_page *page, rr_session *s, rr_error *err)
{
    const char **names = NULL;
    rr_dataset *named = NULL;
    json_t *list = json_array();
    rr_status st = RR_OK;

    RRI_TRY(rri_session_class_names(s, &names, &named, err));
    for (size_t c = 0; c < rr_run_settings_of(s->run).network.classes; c++)
        rri_page_append(page, list, rri_page_text(names[c]));
    rri_page_put(page, page->manifest, "classes", list);
    list = NULL;

done:
    json_decref(list);
    rr_dataset_free(named);
    rri_free(names);
    return st;
}

rr_status rri_page_put_run(rr_page *page, const rri_page_run *run, rr_error *err)
{
    put_settings(page, run);
    put_history(page, run->session->run);
    return put_classes(page, run->session, err);
}
