/* SPDX-License-Identifier: MIT */
/* table3.h - the paper's Table 3: whole images that are misclassified, repaired by new training
 * images.
 *
 * One training gives seven models, at epochs 5, 8, 10, 12, 15, 18 and 20; the test images all seven
 * misclassified are the errors to repair. They, their models and the abstraction of each model make
 * a case; there is one for each order of training, the same for every trial. A trial trains another
 * network, by its own seed, with or without new images, and asks at each of the last epochs which
 * errors are gone. */
#ifndef EXPERIMENTS_TABLE3_H
#define EXPERIMENTS_TABLE3_H

#include "experiments/elastic.h"
#include "experiments/experiment.h"

#include "rnnrepair/experimental/augment.h"

enum { TABLE3_MODELS = 7, TABLE3_BINS = 7, TABLE3_EPOCHS = 10 };

/* The case of an order. Begin with zeros; all is owned: table3_case_clear(). */
typedef struct table3_case {
    rr_dataset *train, *test;
    size_t first_epoch,
        last_epoch; /* at which a retrained network is asked; TABLE3_EPOCHS at most */

    int ready; /* what follows is there */
    rr_order order;
    rr_network *nets[TABLE3_MODELS];
    size_t models;
    size_t *errors; /* [n] test numbers: misclassified by all models */
    size_t n;
    unsigned char *solid; /* [test] 1 = all models predict it correctly */

    rr_influence *infs[TABLE3_MODELS]; /* by table3_abstract() */
    rr_traces *traces[TABLE3_MODELS];  /* of the errors, [n] each */
} table3_case;

/* Load the data, which are the same for every trial, and name them. */
rr_status table3_load(experiment_context *ctx, table3_case *c, rr_error *err);
/* Train the models of an order, or take them from the output folder where they were trained before,
 * and find the errors. Nothing to do where it is ready; not ready where ctx->stopped is 1. */
rr_status table3_prepare(experiment_context *ctx, table3_case *c, rr_order order, rr_error *err);
/* Build the influence model of each, unless they are there; incomplete where ctx->stopped is 1. */
rr_status table3_abstract(experiment_context *ctx, table3_case *c, rr_error *err);
void table3_case_clear(table3_case *c);

/* The network and the training of the paper: LSTM 28-128, batch 128, RMSprop 0.001. */
rr_network_config table3_network(const table3_case *c, uint64_t seed);
rr_train_config table3_training(const experiment_context *ctx, size_t epochs, rr_order order,
                                uint64_t seed);

/* ---- table3_trial.c: a network trained again ------------------------------------------------- */

/* What retrained models give. Plain data. */
typedef struct table3_outcome {
    size_t models;                     /* counted so far */
    size_t epochs[TABLE3_EPOCHS];      /* [models] */
    size_t fixed_at[TABLE3_EPOCHS];    /* [models] errors predicted correctly */
    double accuracy_at[TABLE3_EPOCHS]; /* [models] */
    size_t broken; /* over the models: test images all of the case's models predict correctly,
                    * misclassified now
                    */
    size_t *fixed; /* [n] models that predict an error correctly; owned */
} table3_outcome;

void table3_outcome_clear(table3_outcome *o);

/* Train net on a dataset and ask it after each epoch from `first` on; at most TABLE3_EPOCHS times.
 * Incomplete where ctx->stopped is 1. Memory *o is cleared with table3_outcome_clear(). */
rr_status table3_train(experiment_context *ctx, const table3_case *c, const rr_train_config *cfg,
                       rr_network *net, const rr_dataset *train, size_t first, table3_outcome *o,
                       rr_error *err);

/* Record it: errors, fixed (a model), share, accuracy, broken; fixed and accuracy at each epoch;
 * for each error ("error@NUMBER") the share of the models that predict it correctly; images added.
 */
rr_status table3_record(experiment_context *ctx, const table3_case *c, const char *setting,
                        uint64_t seed, const table3_outcome *o, size_t images, rr_error *err);

/* In which of the bins 0, (0,.1], (.1,.2], (.2,.5], (.5,.7], (.7,1), 1 a share is. */
size_t table3_bin(double share);

/* ---- table3_images.c: the paper's images ----------------------------------------------------- */

/* Candidates of an error under a model: the training image of its true label that influences it
 * most, among those predicted correctly, turned by -180..179 degrees and moved along the diagonal
 * by -3..2 pixels. */
typedef struct table3_pair {
    size_t error, model;
    uint32_t source; /* training number */
    size_t best;     /* candidate of the largest inflscore */
    float score;
} table3_pair;

size_t table3_candidates(const experiment_context *ctx);
rr_affine table3_candidate(const experiment_context *ctx, size_t number);

/* The pairs, error by error; one without a training image predicted correctly of that label is left
 * out. Incomplete where ctx->stopped is 1. Memory *out is released with rri_free(). */
rr_status table3_pairs(experiment_context *ctx, table3_case *c, table3_pair **out, size_t *n,
                       rr_error *err);

/* The images of the pairs: the best of each, or one drawn by the seed. Memory *out is
 * rr_dataset_free()d. */
rr_status table3_images(const experiment_context *ctx, const table3_case *c,
                        const table3_pair *pairs, size_t n, int random, uint64_t seed,
                        rr_dataset **out, rr_error *err);

/* inflscore of every image for an error, under a model. score is [images]. */
rr_status table3_score(const experiment_context *ctx, const table3_case *c, size_t model,
                       size_t error, const rr_dataset *images, float *score, rr_error *err);

/* ---- table3_search.c: images that influence an error under all models ----------------------- */

/* The variants of an error, best first, and how each source is deformed before it is transformed.
 * Begin with zeros; all is owned: table3_variants_clear(). */
typedef struct table3_variants {
    rr_variant *list;            /* [n] */
    experiment_elastic *elastic; /* by number of the variant */
    size_t n;
} table3_variants;

void table3_variants_clear(table3_variants *v);

/* What makes a variant better than another: the larger score. */
typedef enum table3_merit {
    TABLE3_BY_INFLUENCE = 0, /* 2 for each model under which it influences the error more than any
                                training image of the label the model predicts; plus its inflscore
                                for the error, mean over the models: the method's */
    TABLE3_BY_GRADIENT = 1,  /* its table3_alignment() */
} table3_merit;

/* What is sampled, and how much of it. */
typedef struct table3_search {
    size_t sources, variants, rounds; /* as of rr_variant_search */
    rr_affine_range range;
    double amplitude; /* elastic.h, at most */
    table3_merit merit;
} table3_search;
table3_search table3_search_default(const experiment_context *ctx);

/* The variants sampled for an error. None where no training image of its label is predicted
 * correctly by any model. */
rr_status table3_search_error(experiment_context *ctx, const table3_case *c,
                              const table3_search *search, size_t error, table3_variants *out,
                              rr_error *err);

/* `n` variants of random training images of the error's label that some model predicts correctly,
 * as wide as the search's first round samples them; the first of a seed are the same for any n.
 * None where there are no such images. */
rr_status table3_random(const table3_case *c, const table3_search *search, size_t error,
                        uint64_t seed, size_t n, table3_variants *out, rr_error *err);

/* How far a small step of training on an image, with its label, would lower the loss of an error:
 * the cosine of the angle between the gradients of the two, mean over the models. alignment is
 * [images]. */
rr_status table3_alignment(const experiment_context *ctx, const table3_case *c, size_t error,
                           const rr_dataset *images, double *alignment, rr_error *err);

/* Append the images of the first n variants to a dataset of training images. */
rr_status table3_add_variants(const table3_case *c, const table3_variants *v, size_t n,
                              rr_dataset_builder *b, rr_error *err);

#endif
