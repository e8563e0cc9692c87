/* SPDX-License-Identifier: MIT */
/* explain.c - train a network, build its influence model, and ask why one input was misclassified.
 *
 *     explain RUN        RUN is a folder that is made here
 *
 * The data are images of digits that the library draws itself; each is read row by row, as a
 * sequence of 28 frames. */
#include <rnnrepair/rnnrepair.h>

#include <stdio.h>

/* Every call that can fail returns a status; the error says what went wrong. */
#define TRY(call)                                                                                  \
    if ((call) != RR_OK)                                                                           \
        goto done;

/* The first sequence of the test split that is predicted otherwise than labelled. */
static size_t first_error(const rr_predictions *p)
{
    size_t i = 0;
    const size_t n = rr_dataset_count(p->ds);

    while (i < n && p->prediction[i] == rr_dataset_at(p->ds, i).label)
        i++;
    return i;
}

int main(int argc, char **argv)
{
    rr_new_run_config run = rr_new_run_config_default();
    const rr_influence_config building = rr_influence_config_default();
    const rr_explain_config asking = rr_explain_config_default();
    rr_session *session = NULL;
    const rr_network *network = NULL;
    const rr_influence *influence = NULL;
    rr_predictions test;
    rr_state_source states = { 0 };
    rr_traces *traces = NULL;
    rr_explanation *why = NULL;
    rr_error error = { RR_OK, -1, "" };

    if (argc != 2) {
        fprintf(stderr, "usage: explain RUN\n");
        return 2;
    }
    /* A new run: its data, its network, how it is trained. The rest are defaults. */
    run.data = "digits?train=1000&test=200";
    run.network.hidden = 64;
    run.train.epochs = 10;
    run.train.batch = 32;
    run.train.optimizer = RR_OPT_ADAM;
    run.train.learning_rate = 0.003;
    TRY(rr_session_create(argv[1], &run, NULL, &session, &error));
    TRY(rr_session_train(session, NULL, &error));

    /* The influence model: hidden states become a few abstract states, and every training sequence
     * is filed under the steps it takes. */
    TRY(rr_session_build(session, &building, &error));
    TRY(rr_session_influence(session, &influence, &error));
    printf("%zu abstract states\n", rr_influence_info_of(influence).states);

    TRY(rr_session_predict(session, RR_SPLIT_TEST, &test, &error));
    const size_t id = first_error(&test);
    printf("%zu of %zu test digits are misclassified\n", test.errors, rr_dataset_count(test.ds));
    if (test.errors == 0)
        goto done;

    /* Trace the test split through the model, and ask about the first error. */
    TRY(rr_session_network(session, &network, &error));
    TRY(rr_network_states(network, test.ds, 0, &states, &error));
    TRY(rr_influence_trace(influence, &states, 0, &traces, &error));
    const rr_trace trace = rr_traces_at(traces, id);
    TRY(rr_explain(influence, &asking, &trace, &why, &error));

    /* Classes are numbers; the data have their names. */
    const char *truth = rr_dataset_class_name(test.ds, why->truth);
    const char *prediction = rr_dataset_class_name(test.ds, why->prediction);
    printf("digit %zu is a %s, predicted as %s\n", id, truth, prediction);
    printf(
        "of the %zu most influential training digits %zu are labelled %s (lift %.2f), and %zu %s "
        "(lift %.2f):\n",
        why->count_proponents, why->count_truth, truth, why->lift_truth, why->count_prediction,
        prediction, why->lift_prediction);
    for (size_t i = 0; i < 5 && i < why->count_proponents; i++)
        printf("    training digit %u, a %s, influence %.3f\n", why->proponents[i].id,
               rr_dataset_class_name(test.ds, why->proponents[i].label),
               (double)why->proponents[i].score);

done:
    if (error.code != RR_OK)
        fprintf(stderr, "explain: %s\n", error.msg);
    rr_explanation_free(why);
    rr_traces_free(traces);
    rr_state_source_close(&states);
    rr_session_close(session);
    return error.code == RR_OK ? 0 : 1;
}
