/* SPDX-License-Identifier: MIT */
/* backdoor_patterns.c - `rnnrepair backdoor --scan traces`: training sequences that share a pattern
 * which gives their label away, and a run trained without them. */
#include "commands/backdoor.h"
#include "io/file.h"
#include "io/io.h"
#include "kit/paths.h"

enum { WORDS = 12 }; /* of a text, in the table */

static const cli_column class_table[] = {
    COL_CLASS(rr_pattern_class, label, "class", "class", -12),
    COL_ENUM(rr_pattern_class, pattern, "pattern", RR_ENUM_PATTERN, "pattern", -8),
    COL_SIZE(rr_pattern_class, sequences, "sequences", "sequences", 9),
    COL_SIZE(rr_pattern_class, certain, "certain", "certain", 7),
    COL_SIZE(rr_pattern_class, excess, "excess", "excess", 7),
    COL_PERCENT(rr_pattern_class, expected, "expected", "expected %", 10, .digits = 1),
    COL_FLAG(rr_pattern_class, stands_out, "stands_out", "stands out", 10),
};
static const cli_columns class_columns = CLI_COLUMNS(rr_pattern_class, class_table);

typedef struct suspect {
    size_t rank;
    rr_pattern_suspect of;
    cli_source from;
    cli_words words; /* the first ones of a text */
} suspect;

static const cli_column suspect_table[] = {
    COL_SIZE(suspect, rank, NULL, "rank", 5),
    COL_U32(suspect, of.id, "id", "id", 8),
    COL_SOURCE(suspect, from, 0),
    COL_CLASS(suspect, of.label, "label", "label", -12),
    COL_ENUM(suspect, of.pattern, "pattern", RR_ENUM_PATTERN, "pattern", -8),
    COL_F64(suspect, of.score, "score", "score", 6, .digits = 2),
    COL_F64(suspect, of.own[0], "own_first", "own first", 9, .digits = 2),
    COL_F64(suspect, of.own[1], "own_last", "own last", 8, .digits = 2),
    COL_F64(suspect, of.other, "other", "other", 5, .digits = 2),
    COL_FLAG(suspect, of.flagged, "flagged", "flagged", 7),
};
static const cli_columns suspect_columns = CLI_COLUMNS(suspect, suspect_table);

static const cli_column words_table[] = {
    COL_SIZE(suspect, rank, NULL, "rank", 5),
    COL_U32(suspect, of.id, NULL, "id", 8),
    COL_SOURCE(suspect, from, 0),
    COL_CLASS(suspect, of.label, NULL, "label", -12),
    COL_ENUM(suspect, of.pattern, NULL, RR_ENUM_PATTERN, "pattern", -8),
    COL_F64(suspect, of.score, NULL, "score", 6, .digits = 2),
    COL_WORDS(suspect, words, NULL, "text", -50),
};
static const cli_columns words_columns = CLI_COLUMNS(suspect, words_table);

static rr_status put_scan(const backdoor_args *a, const rr_pattern_scan *scan, cli_result *r,
                          rr_error *err)
{
    size_t classes = 0, n = 0, flagged = 0;
    const rr_pattern_class *of = rr_pattern_classes(scan, &classes);
    const rr_pattern_suspect *list = rr_pattern_suspects(scan, &n);
    const int text = rr_dataset_vocabulary(r->names) > 0;
    const size_t shown = n < a->top ? n : a->top;
    suspect *rows = NULL;
    rr_status st = RR_OK;

    (void)rr_pattern_flagged(scan, &flagged);
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (suspect){ .rank = i + 1,
                       .of = list[i],
                       .from = { r->names, list[i].id },
                       .words = { .ds = r->names, .s = rr_dataset_at(r->names, list[i].id) } };
    cli_put_rows(r, "patterns", &class_columns, of, classes);
    cli_put_rows(r, "candidates", &suspect_columns, rows, n);
    cli_put(r, "flagged", cli_json_u64(flagged));
    cli_print_rows(r, &class_columns, of, classes, classes, "");
    cli_print(
        r, "certain: sequences of which the other classes lead to expect hardly any; excess: those "
           "above the\ncut, and how many of them these lead to expect. A class stands out "
           "by the certain ones alone.\n\n");
    cli_print_rows(r, text ? &words_columns : &suspect_columns, rows, shown, n, "");
    if (flagged > 0)
        cli_print(
            r,
            "\n%zu training sequences are flagged. Data have such patterns of their own: read "
            "some, before\nany are removed.\n",
            flagged);
    else
        cli_print(r, "\nnothing stands out: no class has more such sequences than the others let "
                     "expect\n");

done:
    return st;
}

static rr_status save_review(const backdoor_args *a, const rr_pattern_scan *scan,
                             const cli_result *r, rr_error *err)
{
    size_t n = 0;
    const uint32_t *ids = rr_pattern_flagged(scan, &n);
    rr_decision *decisions = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&decisions, n, 1, sizeof *decisions, err));
    for (size_t i = 0; i < n; i++)
        decisions[i] = (rr_decision){ .id = ids[i], .action = RR_ACTION_DROP, .truth = -1 };
    RRI_TRY(rr_decisions_save(decisions, n, r->names, a->review, err));
    cli_say(&a->common,
            "written to %s: %zu sequences to drop. Review each (action keep, or delete the line); "
            "then audit %s --apply %s -o NEWRUN",
            a->review, n, a->dir, a->review);

done:
    rri_free(decisions);
    return st;
}

/* ---- a removal ------------------------------------------------------------------------------- */

typedef struct removal {
    const char *dir;
    rr_pattern_removal r;
    cli_list removed, random;
} removal;

static const cli_column removal_table[] = {
    COL_DATA(TEXT, removal, dir, "removed_run"),
    COL_DATA(TEXT, removal, r.random_dir, "random_run"),
    COL_DATA(SIZE, removal, r.count, "removed"),
    COL_NUMBERS(U32, removal, removed, "removed_ids", NULL, 0),
    COL_NUMBERS(U32, removal, random, "random_ids", NULL, 0),
    COL_DATA(F64, removal, r.accuracy_before, "accuracy_before"),
    COL_DATA(F64, removal, r.accuracy_after, "accuracy_after"),
    COL_DATA(F64, removal, r.accuracy_random, "accuracy_random"),
};
static const cli_columns removal_columns = CLI_COLUMNS(removal, removal_table);

static void put_removal(const backdoor_args *a, const rr_pattern_removal *x, cli_result *r)
{
    const removal row = { .dir = a->output,
                          .r = *x,
                          .removed = { x->removed, x->count, 0 },
                          .random = { x->random, x->count, 0 } };

    cli_put_record(r, NULL, &removal_columns, &row);
    cli_print(r,
              "\naccuracy (%s)  before %.4f, without the %zu flagged %.4f, without as many random "
              "ones of the same labels %.4f\n",
              a->in.split, x->accuracy_before, x->count, x->accuracy_after, x->accuracy_random);
    cli_print(r, "attacked inputs: rnnrepair predict %s --foreign --data SPEC\n", a->output);
}

rr_status backdoor_patterns(backdoor_args *a, rr_session *s, cli_result *r, rr_error *err)
{
    rr_pattern_removal *removed = NULL;
    rr_pattern_scan *scan = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &r->names, err));
    a->patterns.seed = a->cfg.attack.seed;
    RRI_TRY(rr_session_scan_patterns(s, &a->patterns, &scan, err));
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "split", cli_json_text(a->remove ? a->in.split : NULL));
    cli_put(r, "seed", cli_json_u64(a->patterns.seed));
    RRI_TRY(put_scan(a, scan, r, err));
    if (a->review != NULL)
        RRI_TRY(save_review(a, scan, r, err));
    if (!a->remove)
        goto done;
    RRI_TRY(rr_session_remove_patterns(s, scan, a->count, a->cfg.split, a->patterns.seed, a->output,
                                       &a->how, &removed, err));
    put_removal(a, removed, r);

done:
    rr_pattern_removal_free(removed);
    rr_pattern_scan_free(scan);
    return st;
}
