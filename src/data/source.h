/* SPDX-License-Identifier: MIT */
/* source.h - the functions of one kind of data source; the kinds are listed in source.c. */
#ifndef RRI_SOURCE_H
#define RRI_SOURCE_H

#include "core/notes.h"
#include "data/corpus.h"
#include "data/dataset_internal.h"
#include "data/paths.h"
#include "data/scaling.h"
#include "data/spec.h"

/* What a source is asked for. */
typedef struct rri_request {
    const rri_spec *spec;
    const rri_paths *paths; /* the files spec->path names: one, unless the kind has `files` */
    bool unlabelled;    /* rows need no labels: a source without any loads with labels 0, and marks
                           the dataset (rr_dataset_shape.unlabelled) */
    bool standardise;   /* frames whose spec has no scale: scale=standard */
    size_t vocabulary;  /* V of symbols whose source does not say it, 0: by the largest */
    rri_notes *notes;   /* what the user is to be told */
    rri_scaler *scaler; /* how frames are scaled: given, else computed by the first that needs it */
} rri_request;

typedef struct rri_source_kind {
    const char *kind;
    const char *path;  /* what follows the colon, for messages; NULL for a kind without a path */
    size_t files;      /* the most files the path may name, 0 as 1 */
    const char *needs; /* of two kinds of one name, the one meant where this parameter is given;
                          NULL: the other */
    const char *parameters[20]; /* their names, closed by NULL */
    const char *folders[6];     /* of a kind of folder: the folders in it that hold files, closed by
                                   NULL; none: itself */
    const char *part;           /* of the names of its files; NULL: any */
    /* Find which splits exist, by rr_split; *state, NULL at first, is passed to the calls below
     * (kinds of text have none). NULL for a kind of text that must be read first. */
    rr_status (*open)(const rri_request *in, bool has[3], void **state, rr_error *err);
    /* One existing split, its first `limit` sequences. NULL for a kind of text. */
    rr_status (*load)(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err);
    /* Some sequences of it, ids below N and `limit`, if the files have that hash, else
     * MISMATCH. NULL where single sequences cannot be loaded. */
    rr_status (*select)(const rri_request *in, void *state, rr_split split, size_t limit,
                        const char *files_hash, const size_t *which, size_t n, rr_dataset **out,
                        rr_error *err);
    /* Where some sequences stand, without what is in them: one step of zero each; *out NULL where
     * that cannot be told. NULL where it never can. */
    rr_status (*place)(const rri_request *in, rr_split split, const size_t *which, size_t n,
                       rr_dataset **out, rr_error *err);
    void (*forget)(void *state); /* release what only loading needs; NULL: nothing */
    void (*close)(void *state);  /* NULL is allowed as state; NULL for a kind without one */
    /* All texts of the wanted splits, and maybe others. NULL but for kinds of text. */
    rr_status (*read)(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err);
} rri_source_kind;

/* ARG: the source lacks this split; the message lists those it has. */
rr_status rri_no_such_split(const rri_spec *spec, rr_split split, const bool has[3], rr_error *err);

extern const rri_source_kind rri_source_mnist;
extern const rri_source_kind rri_source_npz;
extern const rri_source_kind rri_source_conllu;
extern const rri_source_kind rri_source_states;
extern const rri_source_kind rri_source_digits;
extern const rri_source_kind rri_source_sst;
extern const rri_source_kind rri_source_toxic;
extern const rri_source_kind rri_source_csv;
extern const rri_source_kind rri_source_csv_frames;
extern const rri_source_kind rri_source_tsv_frames;
extern const rri_source_kind rri_source_ts;
extern const rri_source_kind rri_source_tsv;
extern const rri_source_kind rri_source_jsonl;
extern const rri_source_kind rri_source_json;
extern const rri_source_kind rri_source_imdb;
extern const rri_source_kind rri_source_trec;

#endif
