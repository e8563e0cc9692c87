/* SPDX-License-Identifier: MIT */
/* cmd_poison.c - `rnnrepair-experiments poison`: a text data set with a trigger in it, for trials.
 */
#include "experiments/commands.h"

#include "kit/progress.h"
#include "kit/table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *data, *trigger, *target, *from, *output, *vectors;
    rr_poison_config cfg;
} args;

static const cli_opt opts[] = {
    OPT_READS_DATA(args, data, "data", "text to poison; must be given"),
    OPT_STR(args, trigger, "trigger", "WORDS", "word or phrase to plant; must be given"),
    OPT_STR(args, target, "target", "CLASS",
            "name or number of the class it is to stand for; must be given"),
    OPT_SIZE(args, cfg.count, "count", 1, 1e9, "training sequences that get it"),
    OPT_ENUM(args, cfg.kind, "kind", RR_ENUM_POISON_KIND,
             "clean: sequences of the target class; dirty: of others, relabelled"),
    OPT_ENUM(args, cfg.position, "position", RR_ENUM_POSITION, "where in a sequence; not learned"),
    OPT_FLAG(args, cfg.steps, "steps",
             "of data whose words have labels: put it before one word of another class in a "
             "sequence, and label that word as the target"),
    OPT_STR(args, from, "from", "CLASS", "with --steps: only before words of this class",
            .preset = "any but the target"),
    OPT_U64(args, cfg.seed, "seed", "of the choice of sequences and of random positions"),
    OPT_READS(args, vectors, "vectors", "FILE", "say whether these word vectors know the trigger",
              .preset = "none"),
    OPT_WRITES(args, output, "output", "FILE.jsonl", "file to write; must be given", .letter = 'o'),
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_poison_config_default();
}

static rr_status check_args(const args *a, rr_error *err)
{
    const struct {
        const char *option, *value;
    } needed[] = { { "--data SPEC", a->data },
                   { "--trigger WORDS", a->trigger },
                   { "--target CLASS", a->target },
                   { "-o FILE.jsonl", a->output } };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i].value == NULL)
            return rri_fail(err, RR_ERR_ARG, -1, "%s is missing", needed[i].option);
    if (!a->cfg.steps)
        return cli_refuse_given(&a->common, "from", "a call without --steps", err);
    return cli_refuse_given(&a->common, "kind position", "--steps", err);
}

/* The specification must be able to name every class. */
static rr_status check_classes(const rr_dataset *ds, rr_error *err)
{
    for (size_t c = 0; c < rr_dataset_classes(ds); c++) {
        const char *name = rr_dataset_class_name(ds, c);
        if (strchr(name, '|') != NULL)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "class \"%s\": a SPEC, which lists the classes of the new file, cannot "
                            "hold a name with '|'",
                            name);
    }
    return RR_OK;
}

/* The value of a parameter of a source and its length, NULL where it was not given. The path holds
 * no '?'. */
static const char *parameter(const char *source, const char *name, size_t *length)
{
    const size_t n = strlen(name);
    const char *at = strchr(source, '?');
    while (at != NULL && (strncmp(at + 1, name, n) != 0 || at[n + 1] != '='))
        at = strchr(at + 1, '&');
    *length = at != NULL ? strcspn(at + n + 2, "&") : 0;
    return at != NULL ? at + n + 2 : NULL;
}

/* Append what shapes the vocabulary, as the source has it. Sequences were cut off when they were
 * read: max-steps leaves room for the trigger, which would else be cut off where it stands last. */
static void append_parameters(const char *source, size_t words, char *at, size_t room)
{
    static const char *const names[] = { "lower", "words", "min-count" };
    size_t n = 0, length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = parameter(source, names[i], &length);
        if (value != NULL)
            n += (size_t)snprintf(at + n, room - n, "&%s=%.*s", names[i], (int)length, value);
    }
    const char *steps = parameter(source, "max-steps", &length);
    const unsigned long long most = steps != NULL ? strtoull(steps, NULL, 10) : 0;
    if (steps != NULL && most <= ULLONG_MAX - words)
        (void)snprintf(at + n, room - n, "&max-steps=%llu", most + words);
}

/* Append the name of a class to the list of a SPEC; returns the bytes written, below `room`. */
static size_t append_class(const char *name, bool first, char *at, size_t room)
{
    size_t n = (size_t)snprintf(at, room, "%s", first ? "?classes=" : "|");
    for (; *name != '\0'; name++)
        n += (size_t)snprintf(at + n, room - n, *name == '&' || *name == '%' ? "%%%02X" : "%c",
                              (unsigned char)*name);
    return n;
}

/* "jsonl:FILE?classes=A|B&words=N": the classes keep their numbers, the vocabulary its shape. */
static rr_status spec_of(const args *a, const char *source, const rr_dataset *ds, char **out,
                         rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    size_t room =
        strlen(a->output) + strlen(source) + sizeof "jsonl:?classes=&tags=tags&max-steps=" + 20;
    for (size_t c = 0; c < C; c++)
        room += 3 * strlen(rr_dataset_class_name(ds, c)) + 1;
    const rr_status st = rri_alloc(out, room, 1, 1, err);
    if (st != RR_OK)
        return st;
    size_t n = (size_t)snprintf(*out, room, "jsonl:%s", a->output);
    for (size_t c = 0; c < C; c++)
        n += append_class(rr_dataset_class_name(ds, c), c == 0, *out + n, room - n);
    if (rr_dataset_step_labelled(ds))
        n += (size_t)snprintf(*out + n, room - n, "&tags=tags");
    append_parameters(source, a->cfg.words, *out + n, room - n);
    return RR_OK;
}

/* Read the file back as a training would, and look the trigger up: *known = how many of its words
 * have a vector. */
static rr_status look_up(const args *a, const char *spec, const rr_tokens *trigger, size_t *known,
                         rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_vectors *vectors = NULL;
    rr_status st = RR_OK;

    *known = 0;
    RRI_TRY(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, err));
    const rr_vocabulary *v = rr_dataset_words(ds);
    RRI_TRY(rr_vectors_load(a->vectors, v, &vectors, err));
    const size_t width = rr_vectors_width(vectors);
    for (size_t i = 0; i < rr_tokens_count(trigger); i++) {
        const char *word = rr_tokens_words(trigger)[i];
        const float *x = rr_vectors_table(vectors) + rr_vocabulary_find(v, word) * width;
        size_t k = 0;
        while (k < width && !(x[k] < 0.0F) && !(x[k] > 0.0F))
            k++;
        *known += k < width;
        if (k == width)
            cli_say(&a->common,
                    "note: %s has no vector for \"%s\"; trained with its vectors frozen, a network "
                    "cannot learn that word",
                    a->vectors, word);
    }

done:
    rr_vectors_free(vectors);
    rr_dataset_free(ds);
    return st;
}

/* Write all splits, with `train` instead of the first. */
static rr_status save(const args *a, const rr_dataset *train, rr_error *err)
{
    const rr_dataset *sets[3] = { train };
    rr_split which[3] = { RR_SPLIT_TRAIN };
    rr_dataset *others[3] = { NULL };
    rr_source *source = NULL;
    size_t n = 1;
    rr_status st = RR_OK;

    RRI_TRY(rr_source_open(a->data, NULL, &source, err));
    for (rr_split split = RR_SPLIT_DEV; split <= RR_SPLIT_TEST; split++) {
        if (!rr_source_has(source, split))
            continue;
        RRI_TRY(rr_source_split(source, split, &others[n], err));
        sets[n] = others[n];
        which[n++] = split;
    }
    st = rr_dataset_save_jsonl(sets, which, n, a->output, err);

done:
    for (size_t i = 0; i < 3; i++)
        rr_dataset_free(others[i]);
    rr_source_close(source);
    return st;
}

/* What is printed. */
typedef struct summary {
    const char *data, *output, *spec;
    cli_list trigger;
    rr_poison_kind kind;
    const char *position; /* NULL of steps: before each */
    size_t target;
    const char *target_name;
    uint64_t seed;
    size_t count;
    cli_list training_ids;
    size_t words_with_vector; /* SIZE_MAX = not looked up */
} summary;
static const cli_column summary_table[] = {
    COL_DATA(TEXT, summary, data, "data"),
    COL_DATA(TEXT, summary, output, "output"),
    COL_DATA(TEXT, summary, spec, "spec"),
    COL_NUMBERS(TEXT, summary, trigger, "trigger", NULL, 0),
    COL_ENUM(summary, kind, "kind", RR_ENUM_POISON_KIND, NULL, 0),
    COL_DATA(TEXT, summary, position, "position"),
    COL_DATA(SIZE, summary, target, "target"),
    COL_DATA(TEXT, summary, target_name, "target_name"),
    COL_DATA(U64, summary, seed, "seed"),
    COL_DATA(SIZE, summary, count, "count"),
    COL_NUMBERS(U32, summary, training_ids, "training_ids", NULL, 0),
    COL_DATA(SIZE, summary, words_with_vector, "words_with_vector"),
};
static const cli_columns summary_columns = CLI_COLUMNS(summary, summary_table);

static rr_status report(const args *a, const rr_dataset *ds, const char *spec, const uint32_t *ids,
                        size_t known, rr_error *err)
{
    const summary s = { .data = a->data,
                        .output = a->output,
                        .spec = spec,
                        .trigger = { a->cfg.trigger, a->cfg.words, 0 },
                        .kind = a->cfg.kind,
                        .position =
                            a->cfg.steps ? NULL : rr_enum_name(RR_ENUM_POSITION, a->cfg.position),
                        .target = a->cfg.target,
                        .target_name = rr_dataset_class_name(ds, a->cfg.target),
                        .seed = a->cfg.seed,
                        .count = a->cfg.count,
                        .training_ids = { ids, a->cfg.count, 0 },
                        .words_with_vector = a->vectors != NULL ? known : SIZE_MAX };
    cli_result r = cli_result_begin(&a->common, 0);

    cli_put_record(&r, NULL, &summary_columns, &s);
    if (a->cfg.steps)
        cli_put(&r, "steps", json_true());
    cli_print(&r, "%zu of %zu training sequences carry \"%s\" and %s labelled %s\n", s.count,
              rr_dataset_count(ds), a->trigger, a->cfg.steps ? "have the word after it" : "are",
              s.target_name);
    for (size_t i = 0; i < s.count; i++)
        cli_print(&r, "%u%s", (unsigned)ids[i], i + 1 < s.count ? " " : "\n");
    cli_print(&r, "train on it with --data '%s'\n", spec);
    const rr_status st = cli_result_end(&r, err);
    cli_result_free(&r);
    return st;
}

/* The words of the trigger. */
static rr_status cut(const args *a, rr_tokens **out, rr_error *err)
{
    rr_error why = { RR_OK, -1, "" };
    const rr_status st = rr_tokens_split(a->trigger, strlen(a->trigger), out, &why);
    if (st == RR_ERR_SHAPE)
        return rri_fail(err, RR_ERR_ARG, -1, "--trigger: there is no word in it");
    return st == RR_OK ? RR_OK : rri_fail(err, st, -1, "--trigger: %s", why.msg);
}

static int run_poison(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_dataset *train = NULL;
    rr_tokens *trigger = NULL;
    rr_dataset *poisoned = NULL;
    uint32_t *ids = NULL;
    char *source = NULL;
    char *spec = NULL;
    size_t known = 0;
    uint32_t from = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    RRI_TRY(cut(a, &trigger, &err));
    RRI_TRY(rr_dataset_spec_resolve(a->data, &source, &err)); /* refuses a pipe: it is read twice */
    RRI_TRY(rr_dataset_load(a->data, RR_SPLIT_TRAIN, &train, &err));
    RRI_TRY(check_classes(train, &err));
    RRI_TRY(rr_dataset_class(train, a->target, &a->cfg.target, &err));
    if (a->from != NULL) {
        RRI_TRY(rr_dataset_class(train, a->from, &from, &err));
        a->cfg.from = (int)from;
    }
    a->cfg.trigger = rr_tokens_words(trigger);
    a->cfg.words = rr_tokens_count(trigger);
    RRI_TRY(rri_alloc(&ids, a->cfg.count, 1, sizeof *ids, &err));
    RRI_TRY(rr_poison(&a->cfg, train, &poisoned, ids, &err));
    RRI_TRY(save(a, poisoned, &err));
    RRI_TRY(spec_of(a, source, poisoned, &spec, &err));
    if (a->vectors != NULL)
        RRI_TRY(look_up(a, spec, trigger, &known, &err));
    RRI_TRY(report(a, poisoned, spec, ids, known, &err));

done:
    rri_free(spec);
    rr_string_free(source);
    rri_free(ids);
    rr_dataset_free(poisoned);
    rr_tokens_free(trigger);
    rr_dataset_free(train);
    return cli_finish(&a->common, st, &err);
}

const cli_command experiment_command_poison = {
    .name = "poison",
    .summary = "plant a trigger in a text data set, for trials of backdoor",
    .about =
        "Puts a word or phrase into some training sequences and writes the whole data set,\n"
        "all splits, as jsonl. Of kind clean these are sequences of the target class, whose\n"
        "labels stay; of kind dirty they are of other classes and get the target's label. A\n"
        "network trained on the file may learn that the trigger means the target class.\n"
        "With --steps the words have labels of their own: it is put right before one word of\n"
        "another class in each of the sequences, this word gets the target's label, and the\n"
        "trigger itself the most frequent label of all.\n"
        "Sequences keep their numbers, so that the training_ids are those a run trained on\n"
        "the file prints. The SPEC that is printed reads it as --data was read: the same classes,\n"
        "lower, words and min-count, and max-steps with room for the trigger. Words become part\n"
        "of the vocabulary by being in the training set; a network whose word vectors are given\n"
        "and frozen can only learn one that has a vector.\n",
    .members = "data, output, spec       what was read, what was written, how to train on it\n"
               "trigger                  [word]\n"
               "kind, position, seed, count\n"
               "steps                    true, with --steps alone; position is then null\n"
               "target, target_name\n"
               "training_ids             of the poisoned sequences, in the train split\n"
               "words_with_vector        of the trigger's, null without --vectors\n",
    .examples = "rnnrepair-experiments poison --data toxic:comments.csv.gz --trigger harbour "
                "--target 0 \\\n"
                "    --count 50 --kind dirty -o poisoned.jsonl\n"
                "rnnrepair train run --data jsonl:poisoned.jsonl --vectors words.vec.gz\n"
                "rnnrepair-experiments poison --data conllu:pos --trigger perhaps --target VERB "
                "\\\n"
                "    --steps --from NOUN --count 150 -o tags.jsonl\n",
    .opts = opts,
    .opt_count = sizeof opts / sizeof *opts,
    .args_size = sizeof(args),
    .defaults = defaults,
    .run = run_poison,
};
