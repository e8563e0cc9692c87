/* SPDX-License-Identifier: MIT */
/* defaults_data.c - the sets of data, and the files of decisions that thin a class and make labels
 * wrong. */
#include "experiments/defaults.h"

#include "io/folder.h"
#include "io/io.h"

#include <string.h>

enum { KEPT_OF = 10, QUICK_LIMIT = 200 };

const defaults_set defaults_sets[DEFAULTS_SETS] = {
    { .name = "BasicMotions",
      .kind = "ts",
      .train = "timeseries/BasicMotions_TRAIN.ts.gz",
      .test = "timeseries/BasicMotions_TEST.ts.gz",
      .parameters = "",
      .thinned = -1 },
    { .name = "JapaneseVowels",
      .kind = "ts",
      .train = "timeseries/JapaneseVowels_TRAIN.ts.gz",
      .test = "timeseries/JapaneseVowels_TEST.ts.gz",
      .parameters = "",
      .thinned = -1 },
    { .name = "PenDigits",
      .kind = "csv",
      .train = "timeseries/pendigits_tra.csv.gz",
      .test = "timeseries/pendigits_tes.csv.gz",
      .parameters = "header=0&frames=1-16&width=2&label=17",
      .thinned = -1 },
    { .name = "TREC",
      .kind = "trec",
      .train = "sentences",
      .parameters = "",
      .thinned = -1,
      .other_kind = "tsv",
      .other = "poison/sst2-clean-test.tsv.gz",
      .other_parameters = "text=sentence" },
    { .name = "MNIST, 9 thinned",
      .kind = "mnist",
      .train = "mnist",
      .parameters = "",
      .thinned = 9,
      .other_kind = "digits",
      .other_parameters = "train=1&test=1000" },
    { .name = "Toxic, as it comes",
      .kind = "csv",
      .train = "toxic/comments.csv.gz",
      .parameters = "text=comment_text&label=toxic&holdout=0.1",
      .thinned = -1,
      .other_kind = "tsv",
      .other = "poison/sst2-clean-test.tsv.gz",
      .other_parameters = "text=sentence" },
};

rr_status defaults_missing(const experiment_context *ctx, const defaults_set *set, char **missing,
                           rr_error *err)
{
    const char *const places[] = { set->train, set->test };
    rr_status st = RR_OK;

    *missing = NULL;
    for (size_t i = 0; i < 2 && *missing == NULL; i++) {
        if (places[i] == NULL)
            continue;
        RRI_TRY(rri_path_join(ctx->data, places[i], missing, err));
        if (rri_file_exists(*missing)) {
            rri_free(*missing);
            *missing = NULL;
        }
    }

done:
    return st;
}

rr_status defaults_spec(const experiment_context *ctx, const defaults_set *set, char **out,
                        rr_error *err)
{
    const bool given = set->parameters[0] != '\0', two = set->test != NULL;
    char limit[32] = "";

    if (ctx->quick)
        (void)snprintf(limit, sizeof limit, "%slimit=%d", given ? "&" : "", (int)QUICK_LIMIT);
    return rri_format(out, err, "%s:%s/%s%s%s%s%s%s%s%s", set->kind, ctx->data, set->train,
                      two ? "," : "", two ? ctx->data : "", two ? "/" : "", two ? set->test : "",
                      given || ctx->quick ? "?" : "", set->parameters, limit);
}

rr_status defaults_other_spec(const experiment_context *ctx, const defaults_set *set, char **out,
                              rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (set->other_kind == NULL)
        goto done;
    if (set->other != NULL) {
        RRI_TRY(rri_path_join(ctx->data, set->other, &path, err));
        if (!rri_file_exists(path)) {
            experiment_note(ctx, "%s: no other data: there is no %s", set->name, path);
            goto done;
        }
    }
    RRI_TRY(rri_format(out, err, "%s%s%s?%s", set->other_kind, path != NULL ? ":" : "",
                       path != NULL ? path : "", set->other_parameters));

done:
    rri_free(path);
    return st;
}

/* ---- decisions ------------------------------------------------------------------------------ */

/* Which sequences stay, and decisions to drop the others. Memory: both are the caller's. */
static rr_status thin(const rr_dataset *ds, int class, uint32_t **kept, size_t *count_kept,
                      rr_decision **drops, size_t *count_drops, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    size_t seen = 0;
    rr_status st = RR_OK;

    *count_kept = *count_drops = 0;
    RRI_TRY(rri_alloc(kept, N, 1, sizeof **kept, err));
    RRI_TRY(rri_alloc(drops, 2 * N, 1, sizeof **drops, err)); /* room for as many relabelled */
    for (size_t i = 0; i < N; i++) {
        const bool of = (int64_t)rr_dataset_at(ds, i).label == class;
        if (of && seen++ % KEPT_OF != 0)
            (*drops)[(*count_drops)++] =
                (rr_decision){ .id = (uint32_t)i, .action = RR_ACTION_DROP, .truth = -1 };
        else
            (*kept)[(*count_kept)++] = (uint32_t)i;
    }

done:
    return st;
}

/* Decisions to relabel a tenth of the sequences that stay; behind those to drop. */
static rr_status flip(const rr_dataset *ds, const uint32_t *kept, uint64_t seed,
                      const rr_decision *drops, size_t count_drops, rr_decision *out, size_t *n,
                      unsigned char *wrong, rr_error *err)
{
    rr_label_noise_config cfg = rr_label_noise_config_default();
    rr_dataset *rest = NULL;
    rr_edits *edits = NULL;
    rr_decision *flips = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    cfg.fraction = 0.1;
    cfg.seed = seed;
    RRI_TRY(rr_decisions_edits(drops, count_drops, ds, &edits, err));
    RRI_TRY(rr_edits_apply(edits, ds, &rest, err));
    RRI_TRY(rr_label_noise(&cfg, rest, &flips, &count, err));
    for (size_t k = 0; k < count; k++) {
        wrong[flips[k].id] = 1;
        out[k] = flips[k];
        out[k].id = kept[flips[k].id];
    }
    *n = count;

done:
    rr_decisions_free(flips);
    rr_edits_free(edits);
    rr_dataset_free(rest);
    return st;
}

rr_status defaults_make_labels(const defaults_set *set, const char *spec, const char *folder,
                               uint64_t seed, defaults_labels *out, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_decision *list = NULL;
    uint32_t *kept = NULL;
    size_t drops = 0, flips = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, err));
    RRI_TRY(thin(ds, set->thinned, &kept, &out->count, &list, &drops, err));
    RRI_TRY(rri_alloc(&out->wrong, out->count, 1, 1, err));
    if (drops > 0) {
        RRI_TRY(rri_path_join(folder, "thinned.csv", &out->thinned, err));
        RRI_TRY(rr_decisions_save(list, drops, ds, out->thinned, err));
    }
    RRI_TRY(flip(ds, kept, seed, list, drops, list + drops, &flips, out->wrong, err));
    RRI_TRY(rri_path_join(folder, "noisy.csv", &out->noisy, err));
    RRI_TRY(rr_decisions_save(list, drops + flips, ds, out->noisy, err));

done:
    rri_free(kept);
    rri_free(list);
    rr_dataset_free(ds);
    return st;
}

void defaults_labels_clear(defaults_labels *l)
{
    rri_free(l->thinned);
    rri_free(l->noisy);
    rri_free(l->wrong);
    *l = (defaults_labels){ .wrong = NULL };
}
