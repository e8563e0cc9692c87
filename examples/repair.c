/* SPDX-License-Identifier: MIT */
/* repair.c - repair the errors of a run: search new training samples, and retrain with them.
 *
 *     repair RUN CHILD    RUN was made by explain.c; CHILD is a folder that is made here
 */
#include <rnnrepair/rnnrepair.h>

#include <stdio.h>

#define TRY(call)                                                                                  \
    if ((call) != RR_OK)                                                                           \
        goto done;

enum { MOST = 10 }; /* errors repaired */

static size_t first_errors(const rr_predictions *p, size_t *ids)
{
    size_t n = 0;

    for (size_t i = 0; i < rr_dataset_count(p->ds) && n < MOST; i++)
        if (p->prediction[i] != rr_dataset_at(p->ds, i).label)
            ids[n++] = i;
    return n;
}

int main(int argc, char **argv)
{
    rr_repair_config searching = rr_repair_config_default();
    rr_retrain_config training;
    rr_edits edits = { 0 };
    rr_session *parent = NULL;
    rr_session *child = NULL;
    const rr_network *network = NULL;
    const rr_influence *influence = NULL;
    const rr_dataset *train = NULL;
    rr_predictions before;
    rr_predictions after;
    rr_repair *repair = NULL;
    rr_dataset *additions = NULL;
    size_t errors[MOST];
    int done = 0;
    rr_error error = { RR_OK, -1, "" };

    if (argc != 3) {
        fprintf(stderr, "usage: repair RUN CHILD\n");
        return 2;
    }
    /* A session loads each part of the run when it is first asked for. */
    TRY(rr_session_open(argv[1], NULL, &parent, &error));
    TRY(rr_session_network(parent, &network, &error));
    TRY(rr_session_influence(parent, &influence, &error));
    TRY(rr_session_split(parent, RR_SPLIT_TRAIN, &train, &error));
    TRY(rr_session_predict(parent, RR_SPLIT_TEST, &before, &error));
    const size_t n = first_errors(&before, errors);

    /* For each error: vary training digits of its true class, keep the variants that influence it
     * more than any training digit of the wrong class. The error itself is never trained on. */
    searching.variants = 200;
    TRY(rr_repair_new(&searching, influence, network, train, before.ds, errors, n, &repair,
                      &error));
    while (!done)
        TRY(rr_repair_step(repair, &done, &error));
    TRY(rr_repair_additions(repair, &additions, &error));
    printf("%zu new samples for %zu errors\n", rr_dataset_count(additions), n);

    /* A child run has the parent's training set and the additions; it continues its training. */
    training = rr_retrain_config_default(parent);
    edits.additions = additions;
    TRY(rr_session_child(parent, argv[2], &edits, &training, &child, &error));

    TRY(rr_session_predict(child, RR_SPLIT_TEST, &after, &error));
    size_t fixed = 0;
    for (size_t i = 0; i < n; i++)
        fixed += after.prediction[errors[i]] == rr_dataset_at(after.ds, errors[i]).label;
    printf("%zu of them are fixed; accuracy %.3f before, %.3f after\n", fixed, before.accuracy,
           after.accuracy);

done:
    if (error.code != RR_OK)
        fprintf(stderr, "repair: %s\n", error.msg);
    rr_repair_free(repair);
    rr_dataset_free(additions);
    rr_session_close(child);
    rr_session_close(parent);
    return error.code == RR_OK ? 0 : 1;
}
