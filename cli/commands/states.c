/* SPDX-License-Identifier: MIT */
/* states.c - `rnnrepair states`: what each abstract state stands for. */
#include "kit/inputs.h"
#include "kit/words.h"

#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir, *data;
    rr_split split;
    size_t state; /* 0 = all */
    size_t shown;
    rr_state_summary_config cfg;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_SIZE(args, state, "state", 1, 65534, "this state alone, with all there is to say of it",
             .value = "Q", .preset = "all"),
    OPT_SPLIT(args, "split whose errors are counted and listed", .preset = "test, else dev"),
    OPT_SIZE(args, cfg.words, "words", 0, 1e6, "typical words of a state, at most",
             .most = CLI_MOST_ROWS),
    OPT_SIZE(args, cfg.ways, "ways", 0, 65535, "ways into a state, and out of it, at most",
             .most = CLI_MOST_ROWS),
    OPT_SIZE(args, cfg.errors, "errors", 0, 1e9, "errors listed by --json, of each state",
             .preset = "all"),
    OPT_SIZE(args, cfg.least, "least", 1, 1e9,
             "a word is listed if so many training steps in the state have it"),
    OPT_SIZE(args, shown, "show", 0, 0, "states listed in the table; --json lists all", .local = 1),
    OPT_DATA(args, data),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_state_summary_config_default();
    a->shown = 40;
}

/* ---- columns -------------------------------------------------------------------------------- */

typedef struct state_row {
    rr_state_card of;
    cli_list confidence, labels, mean, errors;
    const char *typical; /* the first words, with blanks between */
    double right;        /* of the split: in the table, of what the run answers */
    size_t wrong;
} state_row;

#define STATE_COLUMNS                                                                              \
    COL_SIZE(state_row, of.state, "state", "state", 5),                                            \
        COL_SIZE(state_row, of.train.steps, "steps", "steps", 8),                                  \
        COL_PERCENT(state_row, of.share, "share", "%", 5, .digits = 1),                            \
        COL_F64(state_row, of.stability, "stability", "stability", 9, .digits = 3),                \
        COL_DATA(CLASS, state_row, of.likeliest, "likeliest"),                                     \
        COL_NUMBERS(F32, state_row, confidence, "confidence", "predicted", 24, .largest = 2,       \
                    .fit = 40),                                                                    \
        COL_NUMBERS(F64, state_row, labels, "labels", NULL, 0),                                    \
        COL_DATA(SIZE, state_row, of.train.sequences, "sequences"),                                \
        COL_DATA(SIZE, state_row, of.train.ends, "ends"),                                          \
        COL_DATA(SIZE, state_row, of.train.errors, "train_errors"),                                \
        COL_DATA(FRACTION, state_row, of.train.accuracy, "train_accuracy"),                        \
        COL_DATA(SIZE, state_row, of.train.end_errors, "train_end_errors"),                        \
        COL_DATA(FRACTION, state_row, of.train.end_accuracy, "train_end_accuracy"),                \
        COL_DATA(SIZE, state_row, of.train.labelled_steps, "train_labelled_steps"),                \
        COL_DATA(FRACTION, state_row, of.train.step_accuracy, "train_step_accuracy"),              \
        COL_DATA(SIZE, state_row, of.split.steps, "split_steps"),                                  \
        COL_DATA(SIZE, state_row, of.split.sequences, "split_sequences"),                          \
        COL_DATA(FRACTION, state_row, of.split.accuracy, "split_accuracy"),                        \
        COL_DATA(SIZE, state_row, of.split.ends, "split_ends"),                                    \
        COL_DATA(SIZE, state_row, of.split.end_errors, "split_end_errors"),                        \
        COL_DATA(FRACTION, state_row, of.split.end_accuracy, "split_end_accuracy"),                \
        COL_DATA(SIZE, state_row, of.split.labelled_steps, "split_labelled_steps"),                \
        COL_DATA(SIZE, state_row, of.split.step_errors, "split_step_errors"),                      \
        COL_DATA(FRACTION, state_row, of.split.step_accuracy, "split_step_accuracy"),              \
        COL_PERCENT(state_row, right, NULL, "right %", 7, .digits = 1),                            \
        COL_SIZE(state_row, wrong, NULL, "errors", 7),                                             \
        COL_DATA(SIZE, state_row, of.all_in, "ways_in"),                                           \
        COL_DATA(SIZE, state_row, of.all_out, "ways_out"),                                         \
        COL_NUMBERS(SIZE, state_row, errors, "errors", NULL, 0)

static const cli_column word_state_table[] = { STATE_COLUMNS,
                                               COL_TEXT(state_row, typical, NULL, "words", 0) };
static const cli_columns word_state_columns = CLI_COLUMNS(state_row, word_state_table);
static const cli_column frame_state_table[] = { STATE_COLUMNS, COL_NUMBERS(F32, state_row, mean,
                                                                           "mean", NULL, 0) };
static const cli_columns frame_state_columns = CLI_COLUMNS(state_row, frame_state_table);

typedef struct word_row {
    size_t state;
    rr_state_word of;
    char number[CLI_TOKEN];
    const char *token;
} word_row;

static const cli_column word_table[] = {
    COL_DATA(SIZE, word_row, state, "state"),
    COL_DATA(U32, word_row, of.symbol, "symbol"),
    COL_SIZE(word_row, of.count, "count", "steps", 8),
    COL_PERCENT(word_row, of.share, "share", "%", 6, .digits = 2),
    COL_F64(word_row, of.lift, "lift", "lift", 8, .digits = 1),
    COL_TEXT(word_row, token, "token", "word", 0),
};
static const cli_columns word_columns = CLI_COLUMNS(word_row, word_table);

typedef struct way_row {
    size_t state;
    const char *way;   /* "in" or "out" */
    size_t other;      /* SIZE_MAX: the start or the end of the sequence */
    const char *named; /* in text */
    char number[CLI_TOKEN];
    rr_state_way of;
} way_row;

static const cli_column way_table[] = {
    COL_DATA(SIZE, way_row, state, "state"),
    COL_TEXT(way_row, way, "way", "way", -4),
    COL_DATA(SIZE, way_row, other, "other"),
    COL_TEXT(way_row, named, NULL, "state", -6),
    COL_SIZE(way_row, of.count, "count", "steps", 8),
    COL_PERCENT(way_row, of.share, "share", "%", 6, .digits = 1),
};
static const cli_columns way_columns = CLI_COLUMNS(way_row, way_table);

/* ---- rows ----------------------------------------------------------------------------------- */

/* All rows of the states asked about. */
typedef struct listing {
    const rr_state_summary *x;
    size_t first, last; /* indices of states */
    state_row *states;
    word_row *words;
    size_t count_words;
    way_row *ways;
    size_t count_ways;
} listing;

static void list_words(const rr_state_card *card, const rr_vocabulary *names, listing *to)
{
    for (size_t i = 0; i < card->count_words; i++) {
        word_row *row = &to->words[to->count_words++];
        *row = (word_row){ .state = card->state, .of = card->words[i] };
        (void)snprintf(row->number, sizeof row->number, "%u", (unsigned)row->of.symbol);
        row->token = names != NULL ? rr_vocabulary_word(names, row->of.symbol) : row->number;
    }
}

static void list_ways(const rr_state_card *card, int out, listing *to)
{
    const rr_state_way *list = out ? card->out : card->in;
    const size_t n = out ? card->count_out : card->count_in;

    for (size_t i = 0; i < n; i++) {
        way_row *row = &to->ways[to->count_ways++];
        *row = (way_row){ .state = card->state,
                          .way = out ? "out" : "in",
                          .other = list[i].state > 0 ? list[i].state : SIZE_MAX,
                          .of = list[i] };
        (void)snprintf(row->number, sizeof row->number, "%zu", list[i].state);
        row->named = list[i].state > 0 ? row->number : out ? "end" : "start";
    }
}

/* "film movie plot", of the last words listed. */
static rr_status join(cli_result *r, const word_row *words, size_t n, const char **out,
                      rr_error *err)
{
    size_t bytes = 1;
    char *text = NULL;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++)
        bytes += strlen(words[i].token) + 1;
    RRI_TRY(cli_result_alloc(r, &text, bytes, 1, err));
    *out = text;
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(words[i].token);
        if (i > 0)
            *text++ = ' ';
        memcpy(text, words[i].token, length);
        text += length;
    }

done:
    return st;
}

static rr_status list_state(const rr_state_card *card, cli_result *r, listing *to, state_row *row,
                            rr_error *err)
{
    const rr_state_summary *x = to->x;
    const size_t before = to->count_words;

    *row =
        (state_row){ .of = *card,
                     .confidence = { card->confidence, x->classes, 0 },
                     .labels = { card->labels, x->classes, 0 },
                     .mean = { card->mean, card->mean != NULL ? rr_dataset_width(x->train) : 0, 0 },
                     .errors = { card->errors, card->count_errors, 0 },
                     .right = x->by_steps ? card->split.step_accuracy : card->split.end_accuracy,
                     .wrong = x->by_steps ? card->split.step_errors : card->split.end_errors };
    list_words(card, rr_dataset_words(x->train), to);
    list_ways(card, 0, to);
    list_ways(card, 1, to);
    return join(r, to->words + before, to->count_words - before, &row->typical, err);
}

static rr_status list_all(cli_result *r, listing *to, rr_error *err)
{
    size_t words = 0, ways = 0;
    rr_status st = RR_OK;

    for (size_t i = to->first; i < to->last; i++) {
        words += to->x->states[i].count_words;
        ways += to->x->states[i].count_in + to->x->states[i].count_out;
    }
    RRI_TRY(cli_result_alloc(r, &to->states, to->last - to->first, sizeof *to->states, err));
    RRI_TRY(cli_result_alloc(r, &to->words, words, sizeof *to->words, err));
    RRI_TRY(cli_result_alloc(r, &to->ways, ways, sizeof *to->ways, err));
    for (size_t i = to->first; i < to->last; i++)
        RRI_TRY(list_state(&to->x->states[i], r, to, &to->states[i - to->first], err));

done:
    return st;
}

/* ---- text ----------------------------------------------------------------------------------- */

/* "96.1 % of 120 sequences that pass it", of what is labelled. */
static void print_visits(const cli_result *r, const char *name, const rr_state_visits *v,
                         int by_steps)
{
    cli_print(r, "%-11s %zu steps of %zu sequences, %zu of which end in it", name, v->steps,
              v->sequences, v->ends);
    if (by_steps && v->labelled_steps > 0)
        cli_print(r, "; right: %.1f %% of %zu labelled steps", 100.0 * v->step_accuracy,
                  v->labelled_steps);
    if (!by_steps && v->accuracy >= 0.0)
        cli_print(r, "; right: %.1f %%", 100.0 * v->accuracy);
    if (!by_steps && v->end_accuracy >= 0.0)
        cli_print(r, ", and %.1f %% of those that end in it", 100.0 * v->end_accuracy);
    cli_print(r, "\n");
}

static void print_classes(const cli_result *r, const rr_state_card *card, int labelled,
                          const rr_state_summary *x)
{
    cli_print(r, "%-11s", labelled ? "labelled" : "predicted");
    for (size_t n = 0, c = 0; c < x->classes && n < 8; c++) {
        const double share = labelled ? card->labels[c] : (double)card->confidence[c];
        if (share < 0.005)
            continue;
        cli_print(r, " %s:%.2f", rr_dataset_class_name(x->train, c), share);
        n++;
    }
    cli_print(r, "\n");
}

static void print_errors(const cli_result *r, const rr_state_card *card, const rr_state_summary *x)
{
    enum { SHOWN = 20 };
    if (card->all_errors == 0)
        return;
    cli_print(r, "\n%s sequences %s:", rr_enum_name(RR_ENUM_SPLIT, x->split),
              x->by_steps ? "with a wrong step in it" : "misclassified that end in it");
    for (size_t i = 0; i < card->count_errors && i < SHOWN; i++) {
        const cli_source from = { x->ds, card->errors[i] };
        char row[CLI_REMARK];
        cli_print(r, " %zu%s", card->errors[i], cli_source_remark(&from, row));
    }
    if (card->all_errors > SHOWN || card->all_errors > card->count_errors)
        cli_print(r, " ... (%zu)", card->all_errors);
    cli_print(r, "\n");
}

static void print_mean(const cli_result *r, const rr_state_card *card, size_t D)
{
    enum { SHOWN = 40 };
    if (card->mean == NULL)
        return;
    cli_print(r, "\nmean frame ");
    for (size_t d = 0; d < D && d < SHOWN; d++)
        cli_print(r, " %.3g", (double)card->mean[d]);
    cli_print(r, "%s\n", D > SHOWN ? " ..." : "");
}

static void print_card(const cli_result *r, const listing *l)
{
    const rr_state_summary *x = l->x;
    const rr_state_card *card = &x->states[l->first];

    cli_print(r, "state %zu of %zu: %.1f %% of the %zu training steps, stability %.3f\n\n",
              card->state, x->count, 100.0 * card->share, x->steps, card->stability);
    print_classes(r, card, 0, x);
    print_classes(r, card, 1, x);
    print_visits(r, "train", &card->train, x->by_steps);
    if (x->split != RR_SPLIT_TRAIN)
        print_visits(r, rr_enum_name(RR_ENUM_SPLIT, x->split), &card->split, x->by_steps);
    cli_print(r, "\n");
    cli_print_rows(r, &way_columns, l->ways, l->count_ways, l->count_ways, "");
    if (l->count_words > 0)
        cli_print(r, "\n");
    if (l->count_words > 0)
        cli_print_rows(r, &word_columns, l->words, l->count_words, l->count_words, "");
    print_mean(r, card, rr_dataset_width(x->train));
    print_errors(r, card, x);
}

static void print_table(const args *a, const cli_result *r, const listing *l,
                        const cli_columns *columns)
{
    const rr_state_summary *x = l->x;

    cli_print_rows(r, columns, l->states, x->count, a->shown, "; --show, or --json lists all");
    cli_print(r,
              "\nright %% and errors are of %s %s. rnnrepair states %s --state Q tells more of "
              "one.\n",
              rr_enum_name(RR_ENUM_SPLIT, x->split),
              x->by_steps ? "steps in the state" : "sequences that end in the state", a->dir);
}

/* ---- the command ---------------------------------------------------------------------------- */

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open(&a->common, a->dir, a->data, NULL, s, err);
}

static rr_status choose_states(const args *a, listing *l, rr_error *err)
{
    if (a->state > l->x->count)
        return rri_fail(err, RR_ERR_ARG, -1, "--state %zu: the influence model has %zu states",
                        a->state, l->x->count);
    l->first = a->state > 0 ? a->state - 1 : 0;
    l->last = a->state > 0 ? a->state : l->x->count;
    return RR_OK;
}

static rr_status answer_states(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    args *a = p;
    rr_state_summary *x = NULL;
    rr_status st = RR_OK;

    a->cfg.split = cli_given(&a->common, "split") ? (int)a->split : -1;
    RRI_TRY(rr_session_state_summary(s, &a->cfg, &x, err));
    listing l = { .x = x };
    RRI_TRY(choose_states(a, &l, err));
    RRI_TRY(list_all(r, &l, err));
    const cli_columns *columns =
        rr_dataset_width(x->train) > 0 ? &frame_state_columns : &word_state_columns;
    r->names = x->train;
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, x->split)));
    cli_put(r, "count", cli_json_size(x->count));
    cli_put(r, "steps", cli_json_size(x->steps));
    cli_put_class_names(r);
    cli_put_rows(r, "states", columns, l.states, l.last - l.first);
    cli_put_rows(r, "words", &word_columns, l.words, l.count_words);
    cli_put_rows(r, "ways", &way_columns, l.ways, l.count_ways);
    if (a->state > 0)
        print_card(r, &l);
    else
        print_table(a, r, &l, columns);
    RRI_TRY(cli_put_origin(r, s, err));

done:
    r->names = NULL;
    rr_state_summary_free(x);
    return st;
}

const cli_command cli_command_states = {
    .name = "states",
    .summary = "show what each abstract state stands for",
    .about =
        "Lists the abstract states of the influence model: the training steps in each, the share\n"
        "of its steps that is predicted as each class so far (C_q; the largest is its\n"
        "stability), typical words or the mean frame, and the errors of a split that end in it.\n"
        "Where every step has an output, right and wrong are those of the labelled steps.\n"
        "\n"
        "A word is typical by its lift: its share of the training steps in the state, divided by\n"
        "its share of all training steps. It is listed if at least --least training steps in\n"
        "the state, and 0.2 % of them, have it, and its lift is above 1.\n"
        "\n"
        "--state Q shows one state: labels and predictions in it, accuracy of the sequences\n"
        "that pass it and of those that end in it, ways in and out, words, errors.\n",
    .members = "run, split\n"
               "count        K, states of the model\n"
               "steps        training steps\n"
               "class_names  names of the classes\n"
               "states       [{state, steps, share, stability, likeliest (class), confidence [C],\n"
               "             labels [C] (fractions of the labelled training steps in it),\n"
               "             sequences, ends, train_*, split_*, ways_in, ways_out (how many\n"
               "             there are), errors [number], mean [D] (of frames)}]; of train and of\n"
               "             the split: accuracy of the sequences that pass it, end_accuracy of\n"
               "             those that end in it, step_accuracy of its labelled steps; null\n"
               "             without\n"
               "words        [{state, symbol, count, share, lift, token}]\n"
               "ways         [{state, way (in or out), other (state; null: the start or the\n"
               "             end), count, share}]\n" CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "states",
    .examples = "rnnrepair states run\n"
                "rnnrepair states run --state 7\n"
                "rnnrepair states run --words 20 --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .open = open_run,
    .answer = answer_states,
};
