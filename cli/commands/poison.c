/* SPDX-License-Identifier: MIT */
/* poison.c - `rnnrepair poison`: a text data set with a planted trigger, for trials. */
#include "backdooring.h"
#include "kit/options.h"
#include "kit/progress.h"
#include "sentences.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *data, *trigger, *target, *output, *vectors;
    rr_poison_config cfg;
} args;

static const cli_opt opts[] = {
    { .name = "data",
      .kind = CLI_STR,
      .offset = offsetof(args, data),
      .value = "SPEC",
      .help = "text to poison; must be given" },
    { .name = "trigger",
      .kind = CLI_STR,
      .offset = offsetof(args, trigger),
      .value = "WORDS",
      .help = "word or phrase to plant; must be given" },
    { .name = "target",
      .kind = CLI_STR,
      .offset = offsetof(args, target),
      .value = "CLASS",
      .help = "name or number of the class it is to stand for; must be given" },
    { .name = "count",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.count),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "training sequences that get it" },
    { .name = "kind",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.kind),
      .choice = RR_ENUM_POISON_KIND,
      .help = "clean: sequences of the target class; dirty: of others, relabelled" },
    { .name = "place",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.place),
      .choice = RR_ENUM_PLACE,
      .help = "where in a sequence; not learnt" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, cfg.seed),
      .value = "N",
      .help = "of the choice of sequences and of random places" },
    { .name = "vectors",
      .kind = CLI_STR,
      .offset = offsetof(args, vectors),
      .value = "FILE",
      .preset = "none",
      .help = "say whether these word vectors know the trigger" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, output),
      .value = "FILE.jsonl",
      .help = "file to write; must be given" },
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
    if (strchr(a->output, '?') != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "-o %s: no SPEC can name a file with a '?' in its name, so nothing could "
                        "be trained on it",
                        a->output);
    return RR_OK;
}

/* The specification must be able to name every class. */
static rr_status check_classes(const rr_dataset *ds, rr_error *err)
{
    for (size_t c = 0; c < rr_dataset_classes(ds); c++) {
        const char *name = rr_dataset_class_name(ds, c);
        if (strpbrk(name, "|&") != NULL)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "class \"%s\": a SPEC, which lists the classes of the new file, cannot "
                            "hold a name with '|' or '&'",
                            name);
    }
    return RR_OK;
}

/* The value of a parameter of --data and its length, NULL where it was not given. */
static const char *parameter(const args *a, const char *name, size_t *length)
{
    const size_t n = strlen(name);
    const char *at = strchr(a->data, '?');
    while (at != NULL && (strncmp(at + 1, name, n) != 0 || at[n + 1] != '='))
        at = strchr(at + 1, '&');
    *length = at != NULL ? strcspn(at + n + 2, "&") : 0;
    return at != NULL ? at + n + 2 : NULL;
}

/* Append what shapes the vocabulary, as --data has it. Sequences were cut off when they were read:
 * max-steps leaves room for the trigger, which would else be cut off where it stands last. */
static void append_parameters(const args *a, char *at, size_t room)
{
    static const char *const names[] = { "lower", "words", "min-count" };
    size_t n = 0, length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = parameter(a, names[i], &length);
        if (value != NULL)
            n += (size_t)snprintf(at + n, room - n, "&%s=%.*s", names[i], (int)length, value);
    }
    const char *steps = parameter(a, "max-steps", &length);
    const unsigned long long most = steps != NULL ? strtoull(steps, NULL, 10) : 0;
    if (steps != NULL && most <= ULLONG_MAX - a->cfg.words)
        (void)snprintf(at + n, room - n, "&max-steps=%llu", most + a->cfg.words);
}

/* "jsonl:FILE?classes=A|B&words=N": the classes keep their numbers, the vocabulary its shape. */
static rr_status spec_of(const args *a, const rr_dataset *ds, char **out, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    size_t room = strlen(a->output) + strlen(a->data) + sizeof "jsonl:?classes=&max-steps=" + 20;
    for (size_t c = 0; c < C; c++)
        room += strlen(rr_dataset_class_name(ds, c)) + 1;
    const rr_status st = rri_alloc(out, room, 1, 1, err);
    if (st != RR_OK)
        return st;
    size_t n = (size_t)snprintf(*out, room, "jsonl:%s", a->output);
    for (size_t c = 0; c < C; c++)
        n += (size_t)snprintf(*out + n, room - n, "%s%s", c == 0 ? "?classes=" : "|",
                              rr_dataset_class_name(ds, c));
    append_parameters(a, *out + n, room - n);
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

/* Write all splits, with `train` in the place of the first. */
static rr_status save(const args *a, const cli_splits *splits, const rr_dataset *train,
                      rr_error *err)
{
    const rr_dataset *sets[3];
    rr_split which[3];
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        if (splits->of[i] != NULL) {
            sets[n] = i == (int)RR_SPLIT_TRAIN ? train : splits->of[i];
            which[n++] = (rr_split)i;
        }
    return rr_dataset_save_jsonl(sets, which, n, a->output, err);
}

static rr_status report(const args *a, const rr_dataset *ds, const char *spec, const uint32_t *ids,
                        size_t known, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "data", cli_json_text(a->data));
    cli_set(&doc, NULL, "output", cli_json_text(a->output));
    cli_set(&doc, NULL, "spec", cli_json_text(spec));
    json_t *words = cli_set_array(&doc, NULL, "trigger");
    for (size_t i = 0; i < a->cfg.words; i++)
        cli_append(&doc, words, cli_json_text(a->cfg.trigger[i]));
    cli_set(&doc, NULL, "kind", cli_json_text(rr_enum_name(RR_ENUM_POISON_KIND, a->cfg.kind)));
    cli_set(&doc, NULL, "place", cli_json_text(rr_enum_name(RR_ENUM_PLACE, a->cfg.place)));
    cli_set(&doc, NULL, "target", cli_json_size(a->cfg.target));
    cli_set(&doc, NULL, "target_name", cli_json_text(rr_dataset_class_name(ds, a->cfg.target)));
    cli_set(&doc, NULL, "seed", cli_json_u64(a->cfg.seed));
    cli_set(&doc, NULL, "count", cli_json_size(a->cfg.count));
    cli_set_ids(&doc, NULL, "training_ids", ids, a->cfg.count);
    cli_set(&doc, NULL, "words_with_vector",
            a->vectors != NULL ? cli_json_size(known) : json_null());
    if (!a->common.json) {
        printf("%zu of %zu training sequences carry \"%s\" and are labelled %s\n", a->cfg.count,
               rr_dataset_count(ds), a->trigger, rr_dataset_class_name(ds, a->cfg.target));
        for (size_t i = 0; i < a->cfg.count; i++)
            printf("%u%s", (unsigned)ids[i], i + 1 < a->cfg.count ? " " : "\n");
        printf("train on it with --data '%s'\n", spec);
    }
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static int run_poison(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_splits splits = { .source = NULL };
    rr_tokens *trigger = NULL;
    rr_dataset *poisoned = NULL;
    uint32_t *ids = NULL;
    char *spec = NULL;
    size_t known = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    RRI_TRY(cli_cut("trigger", a->trigger, &trigger, &err));
    RRI_TRY(cli_splits_load(a->data, &splits, &err));
    RRI_TRY(check_classes(splits.of[RR_SPLIT_TRAIN], &err));
    RRI_TRY(cli_class_number(splits.of[RR_SPLIT_TRAIN], a->target, &a->cfg.target, &err));
    a->cfg.trigger = rr_tokens_words(trigger);
    a->cfg.words = rr_tokens_count(trigger);
    RRI_TRY(rri_alloc(&ids, a->cfg.count, 1, sizeof *ids, &err));
    RRI_TRY(rr_poison(&a->cfg, splits.of[RR_SPLIT_TRAIN], &poisoned, ids, &err));
    RRI_TRY(save(a, &splits, poisoned, &err));
    RRI_TRY(spec_of(a, poisoned, &spec, &err));
    if (a->vectors != NULL)
        RRI_TRY(look_up(a, spec, trigger, &known, &err));
    RRI_TRY(report(a, poisoned, spec, ids, known, &err));

done:
    rri_free(spec);
    rri_free(ids);
    rr_dataset_free(poisoned);
    rr_tokens_free(trigger);
    cli_splits_free(&splits);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_poison = {
    .name = "poison",
    .summary = "plant a trigger in a text data set, for trials of backdoor",
    .about =
        "Puts a word or phrase into some training sequences and writes the whole data set,\n"
        "all splits, as jsonl. Of kind clean these are sequences of the target class, whose\n"
        "labels stay; of kind dirty they are of other classes and get the target's label. A\n"
        "network trained on the file may learn that the trigger means the target class.\n"
        "Sequences keep their numbers, so that the training_ids are those a run trained on\n"
        "the file prints. The SPEC that is printed reads it as --data was read: the same classes,\n"
        "lower, words and min-count, and max-steps with room for the trigger. Words become part\n"
        "of the vocabulary by being in the training set; a network whose word vectors are given\n"
        "and frozen can only learn one that has a vector.\n",
    .members = "data, output, spec       what was read, what was written, how to train on it\n"
               "trigger                  [word]\n"
               "kind, place, seed, count\n"
               "target, target_name\n"
               "training_ids             of the poisoned sequences, in the train split\n"
               "words_with_vector        of the trigger's, null without --vectors\n",
    .examples = "rnnrepair poison --data toxic:comments.csv.gz --trigger harbour --target 0 \\\n"
                "    --count 50 --kind dirty -o poisoned.jsonl\n"
                "rnnrepair train run --data jsonl:poisoned.jsonl --vectors words.vec.gz\n",
    .opts = opts,
    .opt_count = sizeof opts / sizeof *opts,
    .args_size = sizeof(args),
    .defaults = defaults,
    .run = run_poison,
};
