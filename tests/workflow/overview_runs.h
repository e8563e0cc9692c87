/* SPDX-License-Identifier: MIT */
/* overview_runs.h - small runs that err, for the tests of what looks at a run as a whole: of
 * sentences, of words with a label each, of series. */
#ifndef RR_TESTS_WORKFLOW_OVERVIEW_RUNS_H
#define RR_TESTS_WORKFLOW_OVERVIEW_RUNS_H

#include "core/core.h"
#include "scratch_folder.h"

#include "rnnrepair/rnnrepair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* texts.jsonl: sentences with the label of most of their telling words, some of it wrong, and for
 * each word a tag: its kind, or that of the word before. Test has words that train does not have.
 */
static inline void write_texts(void)
{
    FILE *f = fopen("texts.jsonl", "w");
    rri_random r = rri_random_at(3, RRI_RANDOM_PARITY, 0);

    assert_non_null(f);
    for (int i = 0; i < 140; i++) {
        const bool test = i >= 90;
        const int T = 3 + (int)rri_random_below(&r, 5);
        char words[200] = "", tags[200] = "";
        int sum = 0, before = 2;
        for (int t = 0; t < T; t++) {
            const int kind = (int)rri_random_below(&r, 3);
            const int n = (int)rri_random_below(&r, test ? 9 : 6);
            sum += kind == 0 ? 1 : kind == 1 ? -1 : 0;
            (void)snprintf(words + strlen(words), sizeof words - strlen(words), "%s\"%c%d\"",
                           t > 0 ? "," : "", "ABC"[kind], n);
            (void)snprintf(tags + strlen(tags), sizeof tags - strlen(tags), "%s\"%c\"",
                           t > 0 ? "," : "", "ABC"[n == 0 ? before : kind]);
            before = kind;
        }
        fprintf(f, "{\"split\":\"%s\",\"label\":\"%s\",\"tokens\":[%s],\"tags\":[%s]}\n",
                test ? "test" : "train", (sum > 0) != (i % 11 == 0) ? "up" : "down", words, tags);
    }
    assert_int_equal(fclose(f), 0);
}

static inline rr_session *make_run(const char *dir, const char *data, size_t states)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.data = data;
    cfg.network.hidden = 8;
    if (strncmp(data, "jsonl", 5) == 0)
        cfg.network.width = 6;
    cfg.train.epochs = 6;
    cfg.train.batch = 10;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.02;
    influence.partition.states = states;
    influence.components = 3;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    return s;
}

#define SENTENCES "jsonl:texts.jsonl?tokens=tokens&label=label"
#define WORDS "jsonl:texts.jsonl?tokens=tokens&tags=tags"
#define DIGITS "digits?train=90&test=60"
#define FEW_DIGITS "digits?train=90&test=8"

#endif
