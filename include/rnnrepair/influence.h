/* SPDX-License-Identifier: MIT */
/* influence.h - the influence model: which training sequences passed which abstract step.
 *
 * Built once from a state source over the training set, it holds the abstraction (abstraction.h),
 * the trace of every training sequence
 *
 *     (q_0 = 0, x_1, y_1, q_1, ..., x_T, y_T, q_T)
 *
 * and, for each kind of key, postings: key -> the training steps that have it. From these it
 * answers two questions about any other sequence: which training sequences are behind this
 * *step* (segment level: look a key up) and which are behind this *prediction* (sample level:
 * compare whole traces). Scores lie in 0..1; 1 is an identical trace, larger is more influential.
 * Definitions: docs/ALGORITHMS.md#influence. */
#ifndef RNNREPAIR_INFLUENCE_H
#define RNNREPAIR_INFLUENCE_H

#include "rnnrepair/abstraction.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/states.h"

RR_BEGIN_DECLS

/** An influence model. Opaque; immutable, so threads may share it. */
typedef struct rr_influence rr_influence;

/* ---- building ------------------------------------------------------------------------------- */

typedef struct rr_influence_config {
    size_t struct_size;            /**< set by the default */
    size_t components;             /**< P, principal components; at most H are used */
    rr_partition_config partition; /**< the mixture and the choice of K; its gmm.seed and
                                        gmm.threads are replaced by the two below */
    size_t symbols;                /**< size of the frame codebook, 1..2^24, 1 = off; symbol data
                                        keeps its own ids whatever this says */
    uint64_t seed;
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_influence_config;

/** P 10, partition defaults, 64 symbols, seed 1. */
RR_API rr_influence_config rr_influence_config_default(void);

/** Progress of a build. */
typedef struct rr_build_progress {
    rr_build_phase phase; /**< the phase the next step works on; DONE after the last */
    size_t done, total; /**< sequences (trace, project), K and its limit (cluster), keys (index) */
    double stability;   /**< mean stability of the present K, 0 before the first */
} rr_build_progress;

typedef struct rr_influence_builder rr_influence_builder;

/** Begin. The source is borrowed until the builder is freed.
 *  Memory   on RR_OK *out is owned by the caller: rr_influence_builder_free(). Else *out is NULL.
 *  Errors   ARG (cfg, no source), SHAPE (no sequence, fixed K above the number of steps, more than
 *           2^32 - 1 sequences, more than 65534 classes), NOMEM. */
RR_API RR_MUST_USE rr_status rr_influence_builder_new(const rr_influence_config *cfg,
                                                      rr_state_source *source,
                                                      rr_influence_builder **out, rr_error *err);

/** One piece of work: a batch of sequences, or one K.
 *  After a failure the builder can only be freed. progress may be NULL.
 *  Errors   those of the source; SHAPE, ARG or MISMATCH (a source that does not deliver what
 *           it announced), ARG (more than 32767 hidden units; a failed builder), SHAPE
 *           (a single step in all), NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_influence_builder_step(rr_influence_builder *b,
                                                       rr_build_progress *progress, rr_error *err);

/** Take the finished model.
 *  Memory   on RR_OK *out is owned by the caller: rr_influence_free(). Else *out is NULL.
 *  Errors   ARG (not done; already finished). */
RR_API RR_MUST_USE rr_status rr_influence_builder_finish(rr_influence_builder *b,
                                                         rr_influence **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_influence_builder_free(rr_influence_builder *b);

/** All of it in one call. callbacks may be NULL; the seconds of each phase are a note.
 *  Memory   on RR_OK *out is owned by the caller: rr_influence_free(). Else *out is NULL.
 *  Errors   as the three above, CANCELLED. */
RR_API RR_MUST_USE rr_status rr_influence_build(const rr_influence_config *cfg,
                                                rr_state_source *source,
                                                const rr_callbacks *callbacks, rr_influence **out,
                                                rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_influence_free(rr_influence *inf);

/* ---- files ---------------------------------------------------------------------------------- */

/** Write influence.safetensors, atomically: an existing file survives whole on failure.
 *  model_hash and data_hash identify what it was built from: rr_network_hash() (or any 64-digit
 *  name of a foreign model) and rr_dataset_hash() of the training split.
 *  Errors   ARG (a hash that is not 64 hexadecimal digits), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_influence_save(const rr_influence *inf, const char *path,
                                               const char *model_hash, const char *data_hash,
                                               rr_error *err);

/** Read a model and check everything in it. Arrays are used where the file was loaded: in memory,
 *  or above 256 MiB in a map of the file, which then must not change while the model lives.
 *  Memory   on RR_OK *out is owned by the caller: rr_influence_free(). Else *out is NULL.
 *  Errors   IO, FORMAT, SHAPE, NUMERIC, MISMATCH (model_hash or data_hash, where not NULL, is not
 *           the one the file names), UNSUPPORTED (another version of the format), NOMEM. */
RR_API RR_MUST_USE rr_status rr_influence_load(const char *path, const char *model_hash,
                                               const char *data_hash, rr_influence **out,
                                               rr_error *err);

/* ---- contents of a model -------------------------------------------------------------------- */

/** Sizes and figures of a model. */
typedef struct rr_influence_info {
    size_t sequences;          /**< N */
    size_t steps;              /**< sum of T_i */
    size_t hidden;             /**< H */
    size_t components;         /**< P */
    size_t states;             /**< K */
    size_t classes;            /**< C */
    size_t symbols;            /**< V of the codebook or of the symbol data; 1 = no symbols */
    double explained_variance; /**< fraction of the variance in the P components, 0..1 */
    double stability_mean, stability_min;
    double log_likelihood; /**< nats a row */
    double seconds[4];     /**< by phase: trace, project, cluster, index; 0 in a loaded model */
    uint64_t seed;
    size_t width;      /**< D of frame data, 0 for symbol data */
    size_t vocabulary; /**< V of symbol data, 0 for frame data */
} rr_influence_info;

/** Sizes and figures of a model. */
RR_API rr_influence_info rr_influence_info_of(const rr_influence *inf);

/** Where the states come from that it was built from: all zero for those of a built-in network.
 *  What may be concluded depends on it: rr_states_sentence().
 *  Memory   borrowed from inf. */
RR_API const rr_states_origin *rr_influence_origin(const rr_influence *inf);

/** The configuration it was built with (threads is 0 in a loaded model). */
RR_API rr_influence_config rr_influence_config_of(const rr_influence *inf);

/** How K came about. */
typedef struct rr_choice {
    rr_choice_end end;
    double agreement; /**< fraction of the training steps whose prediction is the most frequent one
                           of their state */
    double usual;     /**< fraction of the most frequent prediction: what one state agrees to */
    double gain; /**< (agreement - usual) / (1 - usual), 0..1: what states add, as a fraction of
                      what there is to add; 1 where there is one prediction alone */
    double aim;  /**< the gain or the mean stability to reach; 0 = K was given */
    size_t least, most; /**< the states allowed; K itself if it was given */
} rr_choice;

/** How K came about. Memory: borrowed from inf.
 *  Source   the gain is lambda of [GoodmanKruskal54]. */
RR_API const rr_choice *rr_influence_choice(const rr_influence *inf);

/** The curve recorded while K was chosen. Memory: borrowed from inf. */
RR_API const rr_curve_point *rr_influence_curve(const rr_influence *inf, size_t *points);

/** C_q, [C], for q in 1..K; the initial state q = 0 has all zeros.
 *  Memory   borrowed from inf; NULL for q > K. */
RR_API const float *rr_influence_confidence(const rr_influence *inf, size_t q);

/* ---- traces --------------------------------------------------------------------------------- */

/** The traces of a set of sequences. Opaque; immutable. */
typedef struct rr_traces rr_traces;

/** Borrowed view of one trace. Index t-1 holds step t; q_0 = 0 is not stored. */
typedef struct rr_trace {
    const uint16_t *states;      /**< [T] q_t, 1..K */
    const uint16_t *predictions; /**< [T] y_t, 0..C-1 */
    const uint32_t *symbols;     /**< [T] x_t; NULL where the model has no symbols */
    const float *probabilities;  /**< [T] probability of y_t; NULL where unknown */
    const uint16_t *step_labels; /**< [T] given labels of the steps, 65535 = none; NULL where only
                                      the sequence has a label */
    size_t steps;                /**< T */
    uint32_t label;              /**< given label */
    uint32_t prediction;         /**< y_T */
} rr_trace;

/** Trace other sequences through the model.
 *  Shapes   the source's hidden, classes and width (or vocabulary) must be the model's.
 *  Memory   on RR_OK *out is owned by the caller: rr_traces_free(). Else *out is NULL.
 *  Errors   ARG (no source), those of the source; SHAPE, ARG or MISMATCH (a source that
 *           does not deliver what it announced), NUMERIC (a state or frame that is not finite),
 *           NOMEM. */
RR_API RR_MUST_USE rr_status rr_influence_trace(const rr_influence *inf, rr_state_source *source,
                                                size_t threads, rr_traces **out, rr_error *err);

/** The traces of the training set, without probabilities. Memory: borrowed from inf. */
RR_API const rr_traces *rr_influence_training(const rr_influence *inf);

/** The number of traces. */
RR_API size_t rr_traces_count(const rr_traces *traces);
/** Trace i, 0 <= i < count (asserted). Memory: borrowed from traces. */
RR_API rr_trace rr_traces_at(const rr_traces *traces, size_t i);
/** Release; NULL is allowed. Not for rr_influence_training(). */
RR_API void rr_traces_free(rr_traces *traces);

/* ---- segment level -------------------------------------------------------------------------- */

/** One training step that matches. */
typedef struct rr_posting {
    uint32_t sequence; /**< training id */
    uint32_t step;     /**< t, 1..T */
} rr_posting;

/** Influential training steps of step t of a trace: I(key).
 *  Memory   *list is borrowed from inf, sorted by sequence, then step; [*count]. NULL and 0 where
 *           nothing matches. *sequences (may be NULL) is |I|, the number of distinct sequences.
 *  Errors   ARG (t is not in 1..T; a state-symbol key on a model without symbols, a full key on one
 *           that is not of symbol data), UNSUPPORTED (full keys that do not fit 64 bits).
 *  Cost     two loads where the keys that can occur are few (256 Ki), as with the usual numbers of
 *           states and classes; never more than O(log keys). */
RR_API RR_MUST_USE rr_status rr_influence_segment(const rr_influence *inf, rr_key key,
                                                  const rr_trace *trace, size_t t,
                                                  const rr_posting **list, size_t *count,
                                                  size_t *sequences, rr_error *err);

/** A key by its parts; those its kind does not use are ignored. */
typedef struct rr_key_value {
    uint16_t state_before; /**< q_{t-1}; 0 at the start of a sequence */
    uint16_t label_before; /**< y_{t-1}; 65535 at the start */
    uint32_t symbol;       /**< x_t */
    uint16_t label;        /**< y_t */
    uint16_t state;        /**< q_t */
} rr_key_value;

/** The training steps that have a key, without a trace.
 *  Memory   as of rr_influence_segment().
 *  Errors   ARG (a key as in rr_influence_segment()), UNSUPPORTED.
 *  Cost     as of rr_influence_segment(). */
RR_API RR_MUST_USE rr_status rr_influence_postings(const rr_influence *inf, rr_key key,
                                                   const rr_key_value *at, const rr_posting **list,
                                                   size_t *count, size_t *sequences, rr_error *err);

/** The reverse: which steps of a trace a training sequence influences. at[t-1] is the first step of
 *  training sequence `id` that has the key of step t of the trace, 0 where id is not in I(key).
 *  Shapes   at is [T]. *count (may be NULL) is the number of steps it influences.
 *  Errors   ARG (id is not below N; a key as in rr_influence_segment()), UNSUPPORTED.
 *  Cost     a look-up and a binary search in its list for each step; nothing is allocated. */
RR_API RR_MUST_USE rr_status rr_influence_touched(const rr_influence *inf, rr_key key, uint32_t id,
                                                  const rr_trace *trace, uint32_t *at,
                                                  size_t *count, rr_error *err);

/* ---- spans of steps ------------------------------------------------------------------------- */

/** A span: as many successive steps as possible of one sequence that have one label, such as a
 *  spoken word or a phrase. Steps without a label are in none. */
typedef struct rr_span {
    uint32_t sequence;    /**< training id; of a trace on its own 0 */
    uint32_t first, last; /**< steps, 1 <= first <= last <= T */
    uint32_t label;       /**< the given label of all its steps */
    uint32_t prediction;  /**< the most frequent one of its steps; of equally frequent ones the
                             lowest  class */
    uint32_t wrong;       /**< its steps predicted otherwise than labelled */
} rr_span;

/** The spans of a trace, in order.
 *  Shapes   out is [T]; *count <= T are written: none where the trace has no labels of steps.
 *  Errors   ARG (a label of a step or a prediction that is not below `classes`), NOMEM. */
RR_API RR_MUST_USE rr_status rr_trace_spans(const rr_trace *trace, size_t classes, rr_span *out,
                                            size_t *count, rr_error *err);

/** The spans of the training set, prepared for questions by one kind of key. Opaque; immutable, so
 *  threads may share it. */
typedef struct rr_spans rr_spans;

/** Find all spans of the training set. inf is borrowed until rr_spans_free().
 *  Memory   on RR_OK *out is owned by the caller: rr_spans_free(). Else *out is NULL.
 *  Errors   ARG (the steps of the training set have no labels; a key as in rr_influence_segment()),
 *           UNSUPPORTED, NOMEM.
 *  Cost     two passes over all steps; 4 bytes for each step and 36 for each span. */
RR_API RR_MUST_USE rr_status rr_spans_new(const rr_influence *inf, rr_key key, rr_spans **out,
                                          rr_error *err);

/** The number of spans. */
RR_API size_t rr_spans_count(const rr_spans *spans);
/** Span i, 0 <= i < count (asserted), by sequence, then first step. */
RR_API rr_span rr_spans_at(const rr_spans *spans, size_t i);
/** The span that step t of a training sequence is in: SIZE_MAX if the step has no label. Both must
 *  exist (asserted). */
RR_API size_t rr_spans_of_step(const rr_spans *spans, size_t sequence, size_t t);
/** Release; NULL is allowed. */
RR_API void rr_spans_free(rr_spans *spans);

typedef struct rr_span_query {
    size_t struct_size; /**< set by the default */
    rr_span_measure measure;
    double p;         /**< lp: the norm, 1..16 */
    int label;        /**< only spans with this label; -1 = any */
    int correct_only; /**< only spans whose prediction is their label */
} rr_span_query;

/** The measure that did best on speech (docs/ALGORITHMS.md#spans), p = 1, any label. */
RR_API rr_span_query rr_span_query_default(void);

/** One influential span. */
typedef struct rr_span_match {
    size_t number; /**< as for rr_spans_at() */
    rr_span span;
    float score; /**< above 0, at most 1 */
} rr_span_match;

/** The k spans of the training set that influence steps first..last of a trace most: highest score
 *  first, ties by lower number. Those that share no key with it are not listed.
 *  Shapes   out is [k]; *found <= k entries are written.
 *  Errors   ARG (q; steps that are not in 1..T), SHAPE (a trace that is not of this model), NOMEM;
 *           the key as in rr_influence_segment().
 *  Cost     votes, cosine: a look-up for each of the steps, their posting lists once, and a pass
 *           over all spans; lp: the shorter piece for every span, O(R) at most. */
RR_API RR_MUST_USE rr_status rr_spans_nearest(const rr_spans *spans, const rr_span_query *q,
                                              const rr_trace *trace, size_t first, size_t last,
                                              size_t k, rr_span_match *out, size_t *found,
                                              rr_error *err);

/* ---- sample level --------------------------------------------------------------------------- */

typedef struct rr_query {
    size_t struct_size; /**< set by the default */
    rr_measure measure;
    double p;         /**< lp: the norm, 1..16 */
    rr_key key;       /**< all but lp: the key */
    int label;        /**< only training sequences with this label; -1 = any */
    int correct_only; /**< only those predicted correctly */
    size_t threads;   /**< 0 = every core; the bits do not depend on it */
} rr_query;

/** lp with p = 1, key transition, any label, all sequences. */
RR_API rr_query rr_query_default(void);

/** One influential training sequence. */
typedef struct rr_neighbour {
    uint32_t id;         /**< training id */
    uint32_t label;      /**< its given label */
    uint32_t prediction; /**< predicted by the network */
    float score;         /**< 0..1 */
} rr_neighbour;

/** inflscore of every training sequence for one trace, regardless of q->label and q->correct_only.
 *  Shapes   scores is [N].
 *  Errors   ARG (q), SHAPE (trace with no steps, a state above K or a prediction outside 0..C-1),
 *           UNSUPPORTED (full keys that do not fit 64 bits), NOMEM.
 *  Cost     lp: O(sum of T_i); else O(N + T log T + length of the posting lists), and for jaccard
 *           on frames one pass over all postings of the key. */
RR_API RR_MUST_USE rr_status rr_influence_scores(const rr_influence *inf, const rr_query *q,
                                                 const rr_trace *trace, float *scores,
                                                 rr_error *err);

/** The k most influential training sequences, highest score first, ties by lower id.
 *  Shapes   out is [k]; *found <= k entries are written.
 *  Errors   as rr_influence_scores(). */
RR_API RR_MUST_USE rr_status rr_influence_nearest(const rr_influence *inf, const rr_query *q,
                                                  const rr_trace *trace, size_t k,
                                                  rr_neighbour *out, size_t *found, rr_error *err);

/** The same, and into *tied (may be NULL) the number of sequences left out of the list although
 *  they score as much as its last: which of them are listed is by id alone. 0 where all are listed.
 *  Errors   as rr_influence_scores(). */
RR_API RR_MUST_USE rr_status rr_influence_nearest_tied(const rr_influence *inf, const rr_query *q,
                                                       const rr_trace *trace, size_t k,
                                                       rr_neighbour *out, size_t *found,
                                                       size_t *tied, rr_error *err);

/** rr_influence_nearest() for many traces at a time.
 *  Shapes   which is [n], numbers of traces; out is [n][k]; found is [n].
 *  Errors   as rr_influence_scores(); ARG (a number out of range). */
RR_API RR_MUST_USE rr_status rr_influence_nearest_many(const rr_influence *inf, const rr_query *q,
                                                       const rr_traces *traces, const size_t *which,
                                                       size_t n, size_t k, rr_neighbour *out,
                                                       size_t *found, rr_error *err);

/** The same, with the number left out at the last score of each list.
 *  Shapes   as rr_influence_nearest_many(); tied is [n], or NULL.
 *  Errors   as rr_influence_nearest_many(). */
RR_API RR_MUST_USE rr_status rr_influence_nearest_many_tied(
    const rr_influence *inf, const rr_query *q, const rr_traces *traces, const size_t *which,
    size_t n, size_t k, rr_neighbour *out, size_t *found, size_t *tied, rr_error *err);

/** Similarity of two traces of the same model; a is the query, b the training
 *  sequence.
 *  Errors   as rr_influence_scores(). */
RR_API RR_MUST_USE rr_status rr_influence_similarity(const rr_influence *inf, const rr_query *q,
                                                     const rr_trace *a, const rr_trace *b,
                                                     float *score, rr_error *err);

/* ---- explanations --------------------------------------------------------------------------- */

typedef struct rr_explain_config {
    size_t struct_size; /**< set by the default */
    rr_query query;     /**< measure, p, key (also the key of the influencers); label is ignored */
    size_t top;         /**< proponents found, and counted by label; at most N are. 0 = as many as
                             rr_influence_top() gives */
} rr_explain_config;

/** Query defaults, top by the size of the training set. */
RR_API rr_explain_config rr_explain_config_default(void);

/** How many of N training sequences are taken as its most influential ones where no number is
 *  given: a twentieth, at least 10 and at most 100, and never more than N. Among most of a small
 *  training set the labels would be those of the set, whatever is asked. docs/ALGORITHMS.md. */
RR_API size_t rr_influence_top(size_t N);

/** One step of an explanation. */
typedef struct rr_explain_step {
    size_t t;                /**< 1..T */
    uint16_t state;          /**< q_t */
    uint16_t prediction;     /**< y_t */
    float probability;       /**< of y_t; negative where unknown */
    const float *confidence; /**< C_{q_t}, [C], borrowed from the model */
    size_t influencers;      /**< |I| under the query's key */
    uint32_t label;          /**< given label of the step; RR_NO_LABEL where it has none */
} rr_explain_step;

/** An explanation of one prediction. Plain data, read-only. */
typedef struct rr_explanation {
    uint32_t truth, prediction;
    size_t classes;           /**< C */
    size_t count_steps;       /**< T */
    rr_explain_step *steps;   /**< [T] */
    size_t count_proponents;  /**< min(top, N), or less where the query excludes sequences or fewer
                                   score above 0: who shares nothing is no proponent */
    rr_neighbour *proponents; /**< best first */
    size_t count_for_truth;   /**< top sequences labelled with the truth: T_t */
    rr_neighbour *for_truth;
    size_t count_for_prediction; /**< top sequences labelled with the prediction: T_m */
    rr_neighbour *for_prediction;
    size_t count_truth;      /**< of the proponents, how many carry the truth's label */
    size_t count_prediction; /**< and how many the prediction's */
    size_t tied; /**< training sequences beside the proponents that score as much as the last */
    size_t top;  /**< proponents looked for */
    double lift_truth;      /**< of the truth's label: its share of the proponents over its share of
                                 the training sequences they are drawn from. 1 = as common as
                                 everywhere; 0 where none of them carries it */
    double lift_prediction; /**< and of the prediction's */
    int fault; /**< 1: the prediction is not the truth, and lift_prediction is above lift_truth: the
                    fault pattern of the paper, less what common labels do to counts */
} rr_explanation;

/** Explain one trace.
 *  Memory   on RR_OK *out is owned by the caller: rr_explanation_free(). Else *out is NULL. The
 *           model must outlive it.
 *  Errors   as rr_influence_scores(); ARG (top is 0; a state-symbol key on a model without
 *           symbols).
 */
RR_API RR_MUST_USE rr_status rr_explain(const rr_influence *inf, const rr_explain_config *cfg,
                                        const rr_trace *trace, rr_explanation **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_explanation_free(rr_explanation *e);

RR_END_DECLS

#endif
