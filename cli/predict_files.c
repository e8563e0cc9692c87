/* SPDX-License-Identifier: MIT */
/* predict_files.c - see predict_files.h. */
#include "predict_files.h"
#include "io/io.h"
#include "io/npz.h"

#include "kit/paths.h"
#include "kit/progress.h"

#include <stdlib.h>
#include <string.h>

int cli_is_table(const char *path)
{
    return cli_ends_in(path, ".csv");
}

rr_status cli_check_predict_file(const char *path, rr_error *err)
{
    if (!cli_is_table(path) && !cli_ends_in(path, ".npz"))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "-o %s: expected FILE.csv, a row a sequence, or FILE.npz, "
                        "the arrays of every step",
                        path);
    return cli_check_file_place("-o", path, cli_is_table(path) ? ".csv" : ".npz", err);
}

/* ---- the table ------------------------------------------------------------------------------ */

/* A field in quotes where it needs them (RFC 4180). */
static void put_field(FILE *f, const char *text)
{
    const int quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        (void)fputc('"', f);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', f);
        (void)fputc(*text, f);
    }
    if (quoted)
        (void)fputc('"', f);
}

rr_status cli_write_predictions(const char *path, const rr_dataset *ds, const uint32_t *prediction,
                                const float *probability, rr_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    rr_status st = RR_OK;

    if (f == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory");
    (void)fprintf(f, "id,label,prediction,probability\n");
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        (void)fprintf(f, "%zu,", i);
        put_field(f, rr_dataset_class_name(ds, rr_dataset_at(ds, i).label));
        (void)fputc(',', f);
        put_field(f, rr_dataset_class_name(ds, prediction[i]));
        (void)fprintf(f, ",%.9g\n", (double)probability[i]);
    }
    const int failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed)
        st = rri_fail(err, RR_ERR_NOMEM, -1, "out of memory");
    else
        st = rri_file_write(path, text, bytes, err);
    free(text);
    return st;
}

/* ---- the arrays ----------------------------------------------------------------------------- */

/* Pass over the states once and append each batch to the arrays of the open file. */
static rr_status write_batches(const cli_common *common, rr_state_source *source, rri_npz_writer *w,
                               rr_error *err)
{
    const size_t N = source->sequences, R = source->steps, H = source->hidden, C = source->classes;
    size_t steps = 0, label = 0, prediction = 0, probability = 0, state = 0, seen = 0;
    rr_state_batch batch = { .count = 1 };
    rr_status st = RR_OK;

    cli_progress bar = cli_progress_begin(common, "states", "sequences", 0);
    RRI_TRY(rri_npz_writer_array(w, "steps", RRI_NPZ_U32, &N, 1, &steps, err));
    RRI_TRY(rri_npz_writer_array(w, "label", RRI_NPZ_U32, &N, 1, &label, err));
    RRI_TRY(rri_npz_writer_array(w, "prediction", RRI_NPZ_U32, &R, 1, &prediction, err));
    RRI_TRY(rri_npz_writer_array(w, "probability", RRI_NPZ_F32, (size_t[]){ R, C }, 2, &probability,
                                 err));
    RRI_TRY(rri_npz_writer_array(w, "state", RRI_NPZ_F32, (size_t[]){ R, H }, 2, &state, err));
    RRI_TRY(source->ops->rewind(source->self, err));
    while (batch.count > 0) {
        if (cli_interrupted())
            goto done;
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        RRI_TRY(rri_npz_writer_append(w, steps, batch.steps, batch.count, err));
        RRI_TRY(rri_npz_writer_append(w, label, batch.labels, batch.count, err));
        RRI_TRY(rri_npz_writer_append(w, prediction, batch.predictions, batch.rows, err));
        RRI_TRY(rri_npz_writer_append(w, probability, batch.probabilities, batch.rows * C, err));
        RRI_TRY(rri_npz_writer_append(w, state, batch.states, batch.rows * H, err));
        seen += batch.count;
        cli_progress_show(&bar, seen, N, "%s", "");
    }
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    cli_progress_clear(&bar);
    return st;
}

rr_status cli_write_steps(const cli_common *common, const char *path, const rr_network *net,
                          const rr_dataset *ds, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rri_npz_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_network_states(net, ds, common->threads, &source, err));
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(write_batches(common, &source, w, err));

done:
    rri_npz_writer_free(w);
    rr_state_source_close(&source);
    return st;
}
