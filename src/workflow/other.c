/* SPDX-License-Identifier: MIT */
/* other.c - opens other data than the run's as its network needs them: the run's vocabulary, its
 * classes by name and scaling, no labels if there are none. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/io.h"
#include "network/network_internal.h"

#include <string.h>

rr_status rri_session_class_names(rr_session *s, const char ***out, rr_dataset **from,
                                  rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    const size_t first = 0;
    rr_status st = RR_OK;

    *out = NULL;
    *from = NULL;
    if (run.class_names == NULL) /* any sequence of the data has them */
        RRI_TRY(rr_session_sequences(s, RR_SPLIT_TRAIN, &first, 1, from, err));
    RRI_TRY(rri_alloc(out, run.network.classes, 1, sizeof **out, err));
    for (size_t c = 0; c < run.network.classes; c++)
        (*out)[c] = run.class_names != NULL ? run.class_names[c] : rr_dataset_class_name(*from, c);

done:
    return st;
}

/* The split of a source of which none was named. */
static rr_status choose_split(const rr_session *s, const rr_source *source, rr_split *out,
                              rr_error *err)
{
    const char *const spec = rr_source_spec(source);
    const int train = rr_source_has(source, RR_SPLIT_TRAIN);
    const int dev = rr_source_has(source, RR_SPLIT_DEV);

    *out = RR_SPLIT_TEST;
    if (rr_source_has(source, RR_SPLIT_TEST) || (!train && !dev))
        return RR_OK;
    if (train && dev)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s has a train and a dev split, but no test split: name one of them",
                        spec);
    *out = train ? RR_SPLIT_TRAIN : RR_SPLIT_DEV;
    rri_note(&s->callbacks, "%s has no test split: its %s split is taken", spec,
             rr_enum_name(RR_ENUM_SPLIT, *out));
    return RR_OK;
}

static rr_status load(rr_session *s, rr_source *source, int split, rr_split *taken,
                      rr_dataset **out, rr_error *err)
{
    rr_status st = RR_OK;

    *taken = (rr_split)split;
    if (split < 0)
        RRI_TRY(choose_split(s, source, taken, err));
    RRI_TRY(rr_source_split(source, *taken, out, err));
    for (size_t i = 0; rr_source_note(source, i) != NULL; i++)
        rri_note(&s->callbacks, "%s", rr_source_note(source, i));

done:
    return st;
}

/* Release the other data opened before. */
static void forget(rr_session *s)
{
    rri_numbers_clear(&s->numbers);
    rri_session_forget_predictions(s, RR_SPLIT_OTHER);
    rr_dataset_free(s->splits[RR_SPLIT_OTHER]);
    rri_free(s->other);
    s->splits[RR_SPLIT_OTHER] = NULL;
    s->other = NULL;
}

/* States of the run's network, which is not here. */
static rr_status open_states(rr_session *s, const char *spec, int split, rr_split *taken,
                             rr_error *err)
{
    rr_source_options options = rr_source_options_default();
    rri_numbers numbers = { NULL, NULL };
    rr_state_source states = { .ops = NULL };
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    char *path = NULL, *kept = NULL;
    rr_split which = RR_SPLIT_TEST;
    rr_status st = RR_OK;

    RRI_TRY(rri_states_spec(spec, &kept, err));
    RRI_TRY(rri_source_file(kept, &path, err));
    options.unlabelled = 1;
    RRI_TRY(rr_source_open(kept, &options, &source, err));
    const bool whole = split < 0 && !rr_source_has(source, RR_SPLIT_TEST) &&
                       !rr_source_has(source, RR_SPLIT_DEV); /* a file without splits */
    RRI_TRY(load(s, source, whole ? RR_SPLIT_TRAIN : split, &which, &ds, err));
    RRI_TRY(rri_session_fit_states(s, path, &ds, &numbers, err));
    forget(s);
    s->other = kept;
    s->other_split = which;
    s->splits[RR_SPLIT_OTHER] = ds;
    s->numbers = numbers;
    kept = NULL;
    ds = NULL;
    numbers = (rri_numbers){ NULL, NULL };
    st = rri_session_states(s, RR_SPLIT_OTHER, NULL, 0, &states, err); /* whether they fit */
    if (st != RR_OK)
        forget(s);
    else if (taken != NULL)
        *taken = which;

done:
    rr_state_source_close(&states);
    rri_numbers_clear(&numbers);
    rr_dataset_free(ds);
    rr_source_close(source);
    rri_free(kept);
    rri_free(path);
    return st;
}

rr_status rr_session_other(rr_session *s, const char *spec, int split, rr_split *taken,
                           rr_error *err)
{
    rr_source_options options = rr_run_source_options(s->run);
    const rr_network *net = NULL;
    const char **names = NULL;
    rr_dataset *named = NULL;
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    char *kept = NULL;
    rr_split which = RR_SPLIT_TEST;
    rr_status st = RR_OK;

    if (rri_session_foreign(s))
        return open_states(s, spec, split, taken, err);
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rri_session_class_names(s, &names, &named, err));
    options.class_names = names;
    options.classes = rr_network_config_of(net).classes;
    options.unlabelled = 1;
    options.vocabulary = rr_network_config_of(net).vocabulary;
    RRI_TRY(rr_source_open(spec, &options, &source, err));
    RRI_TRY(load(s, source, split, &which, &ds, err));
    if (options.scaling == NULL && rr_source_scaling(source) != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: %s was trained on data that are not scaled; leave out scale=", spec,
                         rr_run_dir(s->run)));
    st = rri_network_fits(net, ds, err);
    if (st != RR_OK)
        RRI_TRY(rri_prefix(err, st, "%s does not fit %s", spec, rr_run_dir(s->run)));
    RRI_TRY(rri_strdup(spec, &kept, err));
    forget(s);
    s->other = kept;
    s->splits[RR_SPLIT_OTHER] = ds;
    ds = NULL;
    if (taken != NULL)
        *taken = which;

done:
    rr_dataset_free(ds);
    rr_source_close(source);
    rr_dataset_free(named);
    rri_free(names);
    return st;
}
