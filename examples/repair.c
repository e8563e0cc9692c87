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

int main(int argc, char **argv)
{
    rr_repair_request request;
    rr_session *parent = NULL;
    rr_repair_result *result = NULL;
    rr_error error = { RR_OK, -1, "" };

    if (argc != 3) {
        fprintf(stderr, "usage: repair RUN CHILD\n");
        return 2;
    }
    TRY(rr_session_open(argv[1], NULL, &parent, &error));

    /* For each of the most confident errors: vary training digits of its true class, keep the
     * variants that influence it more than any training digit of the wrong class. The error itself
     * is never trained on. A child run has the parent's training set and these additions; it
     * continues its training. */
    request = rr_repair_request_default(parent);
    request.most = MOST;
    request.search.sample.variants = 200;
    TRY(rr_session_repair(parent, &request, argv[2], &result, &error));

    printf("%zu new samples for %zu errors\n", rr_dataset_count(result->additions), result->count);
    printf("%zu of them are fixed; accuracy %.3f before, %.3f after\n", result->of_targets.fixed,
           result->all.accuracy_before, result->all.accuracy_after);
    if (result->child == NULL)
        printf("nothing is kept: it breaks more of what was held out than it fixes\n");

done:
    if (error.code != RR_OK)
        fprintf(stderr, "repair: %s\n", error.msg);
    rr_repair_result_free(result);
    rr_session_close(parent);
    return error.code == RR_OK ? 0 : 1;
}
