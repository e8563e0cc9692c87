# SPDX-License-Identifier: MIT
"""The C interface of librnnrepair as ctypes know it: constants, structs, prototypes.

Written by tools/make_bindings.py from include/rnnrepair/*.h; not to be edited. What a name means is
told by the header it is declared in. A struct is its caller's, and pointers in it are borrowed or
owned as the header says: nothing here releases anything."""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int64,
    c_size_t,
    c_ubyte,
    c_uint,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)

# ---- constants -----------------------------------------------------------------------------------

RR_BACKDOOR_THRESHOLD = 0.3
RR_FIRST_ERROR = c_size_t(-1).value
RR_NO_LABEL = 0xFFFFFFFF
RR_RUN_ADDITIONS = "additions.npz"
RR_RUN_CERTIFICATE = "certificate.json"
RR_RUN_INFLUENCE = "influence.safetensors"
RR_RUN_MODEL = "model.safetensors"
RR_RUN_START = "start.safetensors"
RR_RUN_TARGETS = "targets.npz"
RR_RUN_TRAINER = "trainer.safetensors"
RR_RUN_VOCABULARY = "vocabulary.txt"
RR_RUN_WEIGHTS = "weights.npz"
RR_SPLIT_OTHER = 3
RR_VERSION_MAJOR = 0
RR_VERSION_MINOR = 2
RR_VERSION_PATCH = 0
RR_VERSION_STRING = "0.2.0-dev"

rr_status = c_uint
RR_OK = 0
RR_ERR_ARG = 1
RR_ERR_NOMEM = 2
RR_ERR_IO = 3
RR_ERR_FORMAT = 4
RR_ERR_SHAPE = 5
RR_ERR_NUMERIC = 6
RR_ERR_MISMATCH = 7
RR_ERR_UNSUPPORTED = 8
RR_ERR_NETWORK = 9
RR_ERR_CANCELLED = 10

rr_split = c_uint
RR_SPLIT_TRAIN = 0
RR_SPLIT_DEV = 1
RR_SPLIT_TEST = 2

rr_scale = c_uint
RR_SCALE_NONE = 0
RR_SCALE_STANDARD = 1
RR_SCALE_MINMAX = 2

rr_cell = c_uint
RR_CELL_LSTM = 0
RR_CELL_GRU = 1
RR_CELL_TANH = 2
RR_CELL_RELU = 3

rr_embedding = c_uint
RR_EMBEDDING_FROZEN = 0
RR_EMBEDDING_TRAINED = 1

rr_head = c_uint
RR_HEAD_SOFTMAX = 0
RR_HEAD_LOGISTIC = 1

rr_output = c_uint
RR_OUTPUT_LAST = 0
RR_OUTPUT_STEP = 1

rr_states_kind = c_uint
RR_STATES_ONE_PASS = 0
RR_STATES_POOLED = 1
RR_STATES_PREFIX = 2
RR_STATES_TWO_SIDED = 3
RR_STATES_PARTIAL = 4

rr_novelty_part = c_uint
RR_NOVELTY_INPUT = 0
RR_NOVELTY_STATE = 1
RR_NOVELTY_STEP = 2
RR_NOVELTY_LAST = 3

rr_span_measure = c_uint
RR_SPAN_VOTES = 0
RR_SPAN_COSINE = 1
RR_SPAN_LP = 2

rr_optimizer = c_uint
RR_OPT_SGD = 0
RR_OPT_RMSPROP = 1
RR_OPT_ADAM = 2

rr_order = c_uint
RR_ORDER_SHUFFLE = 0
RR_ORDER_FILE = 1

rr_keep = c_uint
RR_KEEP_LAST = 0
RR_KEEP_BEST = 1

rr_retrain = c_uint
RR_RETRAIN_SCRATCH = 0
RR_RETRAIN_CONTINUE = 1

rr_recipe = c_uint
RR_RECIPE_NONE = 0
RR_RECIPE_PAPER_MNIST = 1
RR_RECIPE_PAPER_SST = 2
RR_RECIPE_PAPER_TOXIC = 3

rr_search = c_uint
RR_SEARCH_SPLIT = 0
RR_SEARCH_RESTART = 1

rr_choice_end = c_uint
RR_CHOICE_GIVEN = 0
RR_CHOICE_REACHED = 1
RR_CHOICE_LEAST = 2
RR_CHOICE_MOST = 3
RR_CHOICE_SPLIT = 4

rr_build_phase = c_uint
RR_BUILD_TRACE = 0
RR_BUILD_PROJECT = 1
RR_BUILD_CLUSTER = 2
RR_BUILD_INDEX = 3
RR_BUILD_DONE = 4

rr_key = c_uint
RR_KEY_STATE_SYMBOL = 0
RR_KEY_TRANSITION = 1
RR_KEY_FULL = 2

rr_measure = c_uint
RR_MEASURE_LP = 0
RR_MEASURE_VOTES = 1
RR_MEASURE_JACCARD = 2
RR_MEASURE_CONTAINMENT = 3

rr_rule = c_uint
RR_RULE_RARE = 1
RR_RULE_FLIP = 2
RR_RULE_BOTH = 3

rr_curvature = c_uint
RR_CURVATURE_HESSIAN = 0
RR_CURVATURE_GAUSS_NEWTON = 1

rr_attribution_method = c_uint
RR_ATTRIBUTION_KOH_LIANG = 0
RR_ATTRIBUTION_SGD = 1
RR_ATTRIBUTION_TRACIN = 2
RR_ATTRIBUTION_RANDOM = 3
RR_ATTRIBUTION_REPLAY = 4
RR_ATTRIBUTION_OUTPUT_LAYER = 5

rr_solver = c_uint
RR_SOLVER_CG = 0
RR_SOLVER_STOCHASTIC = 1

rr_weighting = c_uint
RR_WEIGHTING_CONTRAST = 0
RR_WEIGHTING_PAPER = 1

rr_audit_about = c_uint
RR_AUDIT_ABOUT_LABELS = 0
RR_AUDIT_ABOUT_ERRORS = 1
RR_AUDIT_ABOUT_DUPLICATES = 2

rr_audit_method = c_uint
RR_AUDIT_COMBINED = 0
RR_AUDIT_INFLUENCE = 1
RR_AUDIT_PAPER = 2
RR_AUDIT_KOH_LIANG = 3
RR_AUDIT_SGD = 4
RR_AUDIT_TRACIN = 5
RR_AUDIT_SELF_CONFIDENCE = 6
RR_AUDIT_RANDOM = 7
RR_AUDIT_REPLAY = 8
RR_AUDIT_DYNAMICS = 9
RR_AUDIT_OUTPUT_LAYER = 10
RR_AUDIT_NEAREST = 11

rr_action = c_uint
RR_ACTION_KEEP = 0
RR_ACTION_RELABEL = 1
RR_ACTION_DROP = 2

rr_strategy = c_uint
RR_STRATEGY_INFLUENCE = 0
RR_STRATEGY_RANDOM = 1
RR_STRATEGY_NONE = 2
RR_STRATEGY_PAPER = 3
RR_STRATEGY_GRADIENT = 4
RR_STRATEGY_DIRECT = 5
RR_STRATEGY_MIXED = 6
RR_STRATEGY_SHIFT = 7

rr_variants = c_uint
RR_VARIANTS_AUTO = 0
RR_VARIANTS_IMAGE = 1
RR_VARIANTS_SERIES = 2
RR_VARIANTS_WORDS = 3

rr_level = c_uint
RR_LEVEL_AUTO = 0
RR_LEVEL_SAMPLE = 1
RR_LEVEL_SEGMENT = 2
RR_LEVEL_OUTPUT = 3

rr_addition_kind = c_uint
RR_ADDITION_REPEAT = 0
RR_ADDITION_INSERT = 1
RR_ADDITION_BALANCE = 2

rr_trigger_position = c_uint
RR_POSITION_START = 0
RR_POSITION_END = 1
RR_POSITION_RANDOM = 2
RR_POSITION_LEARNED = 3

rr_poison_kind = c_uint
RR_POISON_CLEAN = 0
RR_POISON_DIRTY = 1

rr_pattern = c_uint
RR_PATTERN_OPENING = 0
RR_PATTERN_TURN = 1

rr_backdoor_scan_kind = c_uint
RR_BACKDOOR_SCAN_WORDS = 0
RR_BACKDOOR_SCAN_TRACES = 1

rr_trust_level = c_uint
RR_TRUST_GOOD = 0
RR_TRUST_LOOK = 1
RR_TRUST_NOT = 2
RR_TRUST_UNKNOWN = 3

rr_relation = c_uint
RR_RELATION_OTHER = 0
RR_RELATION_CHILD = 1
RR_RELATION_PARENT = 2
RR_RELATION_SIBLING = 3
RR_RELATION_COPY = 4

rr_change = c_uint
RR_CHANGE_FIXED = 0
RR_CHANGE_BROKEN = 1
RR_CHANGE_STILL_WRONG = 2
RR_CHANGE_OTHER = 3

rr_enum = c_uint
RR_ENUM_SPLIT = 0
RR_ENUM_CELL = 1
RR_ENUM_EMBEDDING = 2
RR_ENUM_HEAD = 3
RR_ENUM_OPTIMIZER = 4
RR_ENUM_ORDER = 5
RR_ENUM_KEEP = 6
RR_ENUM_RETRAIN = 7
RR_ENUM_RECIPE = 8
RR_ENUM_SEARCH = 9
RR_ENUM_BUILD_PHASE = 10
RR_ENUM_KEY = 11
RR_ENUM_MEASURE = 12
RR_ENUM_RULE = 13
RR_ENUM_CURVATURE = 14
RR_ENUM_ATTRIBUTION_METHOD = 15
RR_ENUM_SOLVER = 16
RR_ENUM_WEIGHTING = 17
RR_ENUM_AUDIT_ABOUT = 18
RR_ENUM_AUDIT_METHOD = 19
RR_ENUM_ACTION = 20
RR_ENUM_STRATEGY = 21
RR_ENUM_POSITION = 22
RR_ENUM_POISON_KIND = 23
RR_ENUM_LEVEL = 24
RR_ENUM_SCALE = 25
RR_ENUM_OUTPUT = 26
RR_ENUM_STATES_KIND = 27
RR_ENUM_SPAN_MEASURE = 28
RR_ENUM_VARIANTS = 29
RR_ENUM_ADDITION = 30
RR_ENUM_PATTERN = 31
RR_ENUM_BACKDOOR_SCAN = 32
RR_ENUM_TRUST_LEVEL = 33
RR_ENUM_RELATION = 34
RR_ENUM_CHANGE = 35
RR_ENUM_CHOICE = 36
RR_ENUM_NOVELTY_PART = 37

RR_WORD_PAD = 0
RR_WORD_UNKNOWN = 1

RR_AUDIT_DRIVEN = 10
RR_AUDIT_NEIGHBOURS = 3

RR_AUDIT_INPUTS = 5

RR_AUDIT_FOUND = 16
RR_AUDIT_NEEDED = 5

RR_WARP_TERMS = 4

RR_DUPLICATES_SETS = 3

RR_MAX_CHECKS = 6

# ---- structs -------------------------------------------------------------------------------------


class rr_error(Structure):
    pass


class rr_gmm_config(Structure):
    pass


class rr_partition_config(Structure):
    pass


class rr_curve_point(Structure):
    pass


class rr_run_epoch(Structure):
    pass


class rr_progress(Structure):
    pass


class rr_callbacks(Structure):
    pass


class rr_allocator(Structure):
    pass


class rr_executor(Structure):
    pass


class rr_states_origin(Structure):
    pass


class rr_state_batch(Structure):
    pass


class rr_state_ops(Structure):
    pass


class rr_state_source(Structure):
    pass


class rr_state_arrays(Structure):
    pass


class rr_influence(Structure):
    pass


class rr_influence_config(Structure):
    pass


class rr_build_progress(Structure):
    pass


class rr_influence_builder(Structure):
    pass


class rr_influence_info(Structure):
    pass


class rr_choice(Structure):
    pass


class rr_traces(Structure):
    pass


class rr_trace(Structure):
    pass


class rr_posting(Structure):
    pass


class rr_key_value(Structure):
    pass


class rr_span(Structure):
    pass


class rr_spans(Structure):
    pass


class rr_span_query(Structure):
    pass


class rr_span_match(Structure):
    pass


class rr_query(Structure):
    pass


class rr_neighbour(Structure):
    pass


class rr_explain_config(Structure):
    pass


class rr_explain_step(Structure):
    pass


class rr_explanation(Structure):
    pass


class rr_tokens(Structure):
    pass


class rr_vocabulary(Structure):
    pass


class rr_vectors(Structure):
    pass


class rr_dataset(Structure):
    pass


class rr_sequence(Structure):
    pass


class rr_source(Structure):
    pass


class rr_scaling(Structure):
    pass


class rr_source_options(Structure):
    pass


class rr_unknown_words(Structure):
    pass


class rr_origin(Structure):
    pass


class rr_origins(Structure):
    pass


class rr_dataset_shape(Structure):
    pass


class rr_dataset_builder(Structure):
    pass


class rr_network_config(Structure):
    pass


class rr_network(Structure):
    pass


class rr_localize_config(Structure):
    pass


class rr_segment(Structure):
    pass


class rr_segments(Structure):
    pass


class rr_additions_config(Structure):
    pass


class rr_addition(Structure):
    pass


class rr_additions(Structure):
    pass


class rr_train_config(Structure):
    pass


class rr_train_progress(Structure):
    pass


class rr_trainer(Structure):
    pass


class rr_attribution_config(Structure):
    pass


class rr_targets(Structure):
    pass


class rr_attribution_progress(Structure):
    pass


class rr_attribution(Structure):
    pass


class rr_driven(Structure):
    pass


class rr_audit_config(Structure):
    pass


class rr_audit_data(Structure):
    pass


class rr_audit_row(Structure):
    pass


class rr_audit_reason(Structure):
    pass


class rr_audit_opponent(Structure):
    pass


class rr_audit_found(Structure):
    pass


class rr_audit_needed(Structure):
    pass


class rr_audit_result(Structure):
    pass


class rr_audit(Structure):
    pass


class rr_step_audit_config(Structure):
    pass


class rr_step_audit_row(Structure):
    pass


class rr_step_audit_result(Structure):
    pass


class rr_step_audit(Structure):
    pass


class rr_poison_config(Structure):
    pass


class rr_trigger(Structure):
    pass


class rr_attack_config(Structure):
    pass


class rr_learned_context(Structure):
    pass


class rr_carrier(Structure):
    pass


class rr_backdoor(Structure):
    pass


class rr_attack_result(Structure):
    pass


class rr_scan_config(Structure):
    pass


class rr_candidate(Structure):
    pass


class rr_scan(Structure):
    pass


class rr_pattern_config(Structure):
    pass


class rr_pattern_class(Structure):
    pass


class rr_pattern_suspect(Structure):
    pass


class rr_pattern_scan(Structure):
    pass


class rr_crossvalidation(Structure):
    pass


class rr_crossvalidation_progress(Structure):
    pass


class rr_step_edit(Structure):
    pass


class rr_edits(Structure):
    pass


class rr_decision(Structure):
    pass


class rr_label_noise_config(Structure):
    pass


class rr_duplicates_config(Structure):
    pass


class rr_duplicate(Structure):
    pass


class rr_duplicate_group(Structure):
    pass


class rr_duplicates_result(Structure):
    pass


class rr_duplicates(Structure):
    pass


class rr_output_repair(Structure):
    pass


class rr_hotfix_problem(Structure):
    pass


class rr_hotfix(Structure):
    pass


class rr_novelty(Structure):
    pass


class rr_outcome(Structure):
    pass


class rr_predicted(Structure):
    pass


class rr_calibration(Structure):
    pass


class rr_class_outcome(Structure):
    pass


class rr_effect(Structure):
    pass


class rr_class_quality(Structure):
    pass


class rr_quality(Structure):
    pass


class rr_affine(Structure):
    pass


class rr_affine_range(Structure):
    pass


class rr_variation(Structure):
    pass


class rr_variation_range(Structure):
    pass


class rr_sample_repair(Structure):
    pass


class rr_segment_repair(Structure):
    pass


class rr_mixed_repair(Structure):
    pass


class rr_repair_config(Structure):
    pass


class rr_repair_sample(Structure):
    pass


class rr_insertion(Structure):
    pass


class rr_sample_target(Structure):
    pass


class rr_segment_target(Structure):
    pass


class rr_repair_target(Structure):
    pass


class rr_repair(Structure):
    pass


class rr_run_split(Structure):
    pass


class rr_guard(Structure):
    pass


class rr_guarded(Structure):
    pass


class rr_run_target(Structure):
    pass


class rr_run_targets(Structure):
    pass


class rr_run_hotfix(Structure):
    pass


class rr_run_settings(Structure):
    pass


class rr_run(Structure):
    pass


class rr_reservation(Structure):
    pass


class rr_session(Structure):
    pass


class rr_session_config(Structure):
    pass


class rr_predictions(Structure):
    pass


class rr_new_run_config(Structure):
    pass


class rr_train_options(Structure):
    pass


class rr_retrain_config(Structure):
    pass


class rr_session_audit_config(Structure):
    pass


class rr_session_step_audit_config(Structure):
    pass


class rr_decisions_result(Structure):
    pass


class rr_trace_config(Structure):
    pass


class rr_attack_summary(Structure):
    pass


class rr_traced_trigger(Structure):
    pass


class rr_removal(Structure):
    pass


class rr_pattern_removal(Structure):
    pass


class rr_check(Structure):
    pass


class rr_verification(Structure):
    pass


class rr_verify_options(Structure):
    pass


class rr_page(Structure):
    pass


class rr_page_config(Structure):
    pass


class rr_page_summary(Structure):
    pass


class rr_split_novelty(Structure):
    pass


class rr_error_filter(Structure):
    pass


class rr_ids(Structure):
    pass


class rr_localized_error(Structure):
    pass


class rr_localization(Structure):
    pass


class rr_localized_span(Structure):
    pass


class rr_span_localization(Structure):
    pass


class rr_given(Structure):
    pass


class rr_question(Structure):
    pass


class rr_step_match(Structure):
    pass


class rr_label_lift(Structure):
    pass


class rr_answer(Structure):
    pass


class rr_touched_step(Structure):
    pass


class rr_touched_error(Structure):
    pass


class rr_touching_step(Structure):
    pass


class rr_reach(Structure):
    pass


class rr_grid(Structure):
    pass


class rr_compare_config(Structure):
    pass


class rr_edit_difference(Structure):
    pass


class rr_changed(Structure):
    pass


class rr_comparison(Structure):
    pass


class rr_state_summary_config(Structure):
    pass


class rr_state_word(Structure):
    pass


class rr_state_way(Structure):
    pass


class rr_state_visits(Structure):
    pass


class rr_state_card(Structure):
    pass


class rr_state_summary(Structure):
    pass


class rr_finding(Structure):
    pass


class rr_trust(Structure):
    pass


class rr_repair_request(Structure):
    pass


class rr_retraining(Structure):
    pass


class rr_repair_quality(Structure):
    pass


class rr_logit_shift(Structure):
    pass


class rr_repair_result(Structure):
    pass


class rr_repair_seed(Structure):
    pass


class rr_interval(Structure):
    pass


class rr_series_retraining(Structure):
    pass


class rr_series_quality(Structure):
    pass


class rr_series_target(Structure):
    pass


class rr_repair_series(Structure):
    pass


class rr_export_request(Structure):
    pass


class rr_export(Structure):
    pass


rr_task = CFUNCTYPE(None, c_void_p, c_size_t, c_size_t)

rr_repair_report = CFUNCTYPE(rr_status, c_void_p, POINTER(rr_repair_request), c_char_p, POINTER(rr_repair_result), POINTER(rr_error))

rr_error._fields_ = [
    ("code", rr_status),
    ("where", c_int64),
    ("msg", c_char * 512),
]

rr_gmm_config._fields_ = [
    ("struct_size", c_size_t),
    ("components", c_size_t),
    ("max_iter", c_size_t),
    ("tol", c_double),
    ("floor", c_double),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_partition_config._fields_ = [
    ("struct_size", c_size_t),
    ("states", c_size_t),
    ("max_states", c_size_t),
    ("stability", c_double),
    ("search", rr_search),
    ("gmm", rr_gmm_config),
]

rr_curve_point._fields_ = [
    ("states", c_size_t),
    ("stability_mean", c_double),
    ("stability_min", c_double),
    ("log_likelihood", c_double),
    ("bic", c_double),
    ("seconds", c_double),
]

rr_progress._fields_ = [
    ("phase", c_char_p),
    ("unit", c_char_p),
    ("done", c_size_t),
    ("total", c_size_t),
    ("remark", c_char_p),
    ("epoch", POINTER(rr_run_epoch)),
]

rr_callbacks._fields_ = [
    ("self", c_void_p),
    ("progress", CFUNCTYPE(None, c_void_p, POINTER(rr_progress))),
    ("note", CFUNCTYPE(None, c_void_p, c_char_p)),
    ("cancelled", CFUNCTYPE(c_int, c_void_p)),
]

rr_allocator._fields_ = [
    ("self", c_void_p),
    ("alloc", CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)),
    ("free", CFUNCTYPE(None, c_void_p, c_void_p)),
]

rr_executor._fields_ = [
    ("self", c_void_p),
    ("run", CFUNCTYPE(None, c_void_p, c_size_t, c_size_t, rr_task, c_void_p)),
]

rr_states_origin._fields_ = [
    ("foreign", c_int),
    ("kind", rr_states_kind),
    ("compared", c_uint64),
    ("disagreements", c_uint64),
    ("difference", c_double),
    ("model", c_char * 65),
]

rr_state_batch._fields_ = [
    ("count", c_size_t),
    ("rows", c_size_t),
    ("steps", POINTER(c_uint32)),
    ("labels", POINTER(c_uint32)),
    ("states", POINTER(c_float)),
    ("predictions", POINTER(c_uint32)),
    ("probabilities", POINTER(c_float)),
    ("frames", POINTER(c_float)),
    ("symbols", POINTER(c_uint32)),
    ("step_labels", POINTER(c_uint32)),
]

rr_state_ops._fields_ = [
    ("rewind", CFUNCTYPE(rr_status, c_void_p, POINTER(rr_error))),
    ("next", CFUNCTYPE(rr_status, c_void_p, POINTER(rr_state_batch), POINTER(rr_error))),
    ("release", CFUNCTYPE(None, c_void_p)),
]

rr_state_source._fields_ = [
    ("ops", POINTER(rr_state_ops)),
    ("self", c_void_p),
    ("sequences", c_size_t),
    ("steps", c_size_t),
    ("hidden", c_size_t),
    ("classes", c_size_t),
    ("width", c_size_t),
    ("vocabulary", c_size_t),
    ("origin", rr_states_origin),
    ("unlabelled", c_int),
]

rr_state_arrays._fields_ = [
    ("sequences", c_size_t),
    ("hidden", c_size_t),
    ("classes", c_size_t),
    ("width", c_size_t),
    ("vocabulary", c_size_t),
    ("steps", POINTER(c_uint32)),
    ("labels", POINTER(c_uint32)),
    ("states", POINTER(c_float)),
    ("predictions", POINTER(c_uint32)),
    ("probabilities", POINTER(c_float)),
    ("frames", POINTER(c_float)),
    ("symbols", POINTER(c_uint32)),
    ("step_labels", POINTER(c_uint32)),
    ("origin", rr_states_origin),
    ("batch", c_size_t),
]

rr_influence_config._fields_ = [
    ("struct_size", c_size_t),
    ("components", c_size_t),
    ("partition", rr_partition_config),
    ("symbols", c_size_t),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_build_progress._fields_ = [
    ("phase", rr_build_phase),
    ("done", c_size_t),
    ("total", c_size_t),
    ("stability", c_double),
]

rr_influence_info._fields_ = [
    ("sequences", c_size_t),
    ("steps", c_size_t),
    ("hidden", c_size_t),
    ("components", c_size_t),
    ("states", c_size_t),
    ("classes", c_size_t),
    ("symbols", c_size_t),
    ("explained_variance", c_double),
    ("stability_mean", c_double),
    ("stability_min", c_double),
    ("log_likelihood", c_double),
    ("seconds", c_double * 4),
    ("seed", c_uint64),
    ("width", c_size_t),
    ("vocabulary", c_size_t),
]

rr_choice._fields_ = [
    ("end", rr_choice_end),
    ("agreement", c_double),
    ("usual", c_double),
    ("gain", c_double),
    ("aim", c_double),
    ("least", c_size_t),
    ("most", c_size_t),
]

rr_trace._fields_ = [
    ("states", POINTER(c_uint16)),
    ("predictions", POINTER(c_uint16)),
    ("symbols", POINTER(c_uint32)),
    ("probabilities", POINTER(c_float)),
    ("step_labels", POINTER(c_uint16)),
    ("steps", c_size_t),
    ("label", c_uint32),
    ("prediction", c_uint32),
]

rr_posting._fields_ = [
    ("sequence", c_uint32),
    ("step", c_uint32),
]

rr_key_value._fields_ = [
    ("state_before", c_uint16),
    ("label_before", c_uint16),
    ("symbol", c_uint32),
    ("label", c_uint16),
    ("state", c_uint16),
]

rr_span._fields_ = [
    ("sequence", c_uint32),
    ("first", c_uint32),
    ("last", c_uint32),
    ("label", c_uint32),
    ("prediction", c_uint32),
    ("wrong", c_uint32),
]

rr_span_query._fields_ = [
    ("struct_size", c_size_t),
    ("measure", rr_span_measure),
    ("p", c_double),
    ("label", c_int),
    ("correct_only", c_int),
]

rr_span_match._fields_ = [
    ("number", c_size_t),
    ("span", rr_span),
    ("score", c_float),
]

rr_query._fields_ = [
    ("struct_size", c_size_t),
    ("measure", rr_measure),
    ("p", c_double),
    ("key", rr_key),
    ("label", c_int),
    ("correct_only", c_int),
    ("threads", c_size_t),
]

rr_neighbour._fields_ = [
    ("id", c_uint32),
    ("label", c_uint32),
    ("prediction", c_uint32),
    ("score", c_float),
]

rr_explain_config._fields_ = [
    ("struct_size", c_size_t),
    ("query", rr_query),
    ("top", c_size_t),
]

rr_explain_step._fields_ = [
    ("t", c_size_t),
    ("state", c_uint16),
    ("prediction", c_uint16),
    ("probability", c_float),
    ("confidence", POINTER(c_float)),
    ("influencers", c_size_t),
    ("label", c_uint32),
]

rr_explanation._fields_ = [
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("classes", c_size_t),
    ("count_steps", c_size_t),
    ("steps", POINTER(rr_explain_step)),
    ("count_proponents", c_size_t),
    ("proponents", POINTER(rr_neighbour)),
    ("count_for_truth", c_size_t),
    ("for_truth", POINTER(rr_neighbour)),
    ("count_for_prediction", c_size_t),
    ("for_prediction", POINTER(rr_neighbour)),
    ("count_truth", c_size_t),
    ("count_prediction", c_size_t),
    ("tied", c_size_t),
    ("top", c_size_t),
    ("lift_truth", c_double),
    ("lift_prediction", c_double),
    ("fault", c_int),
]

rr_sequence._fields_ = [
    ("frames", POINTER(c_float)),
    ("symbols", POINTER(c_uint32)),
    ("steps", c_size_t),
    ("label", c_uint32),
    ("step_labels", POINTER(c_uint32)),
    ("parts", POINTER(c_int64)),
    ("words", POINTER(c_char_p)),
]

rr_scaling._fields_ = [
    ("kind", rr_scale),
    ("width", c_size_t),
    ("offset", POINTER(c_double)),
    ("divisor", POINTER(c_double)),
]

rr_source_options._fields_ = [
    ("struct_size", c_size_t),
    ("words", POINTER(rr_vocabulary)),
    ("class_names", POINTER(c_char_p)),
    ("classes", c_size_t),
    ("unlabelled", c_int),
    ("scaling", POINTER(rr_scaling)),
    ("vocabulary", c_size_t),
    ("standardise", c_int),
]

rr_unknown_words._fields_ = [
    ("steps", c_size_t),
    ("words", c_size_t),
]

rr_origin._fields_ = [
    ("file", c_char_p),
    ("name", c_char_p),
    ("row", c_uint64),
    ("line", c_int),
    ("id", c_char_p),
]

rr_origins._fields_ = [
    ("files", c_size_t),
    ("known", c_int),
    ("ids", c_int),
    ("shifted", c_int),
]

rr_dataset_shape._fields_ = [
    ("width", c_size_t),
    ("vocabulary", c_size_t),
    ("classes", c_size_t),
    ("class_names", POINTER(c_char_p)),
    ("words", POINTER(rr_vocabulary)),
    ("unlabelled", c_int),
    ("step_labelled", c_int),
    ("parts", c_int),
    ("image", c_int),
]

rr_network_config._fields_ = [
    ("struct_size", c_size_t),
    ("cell", rr_cell),
    ("width", c_size_t),
    ("hidden", c_size_t),
    ("layers", c_size_t),
    ("classes", c_size_t),
    ("seed", c_uint64),
    ("vocabulary", c_size_t),
    ("embedding", rr_embedding),
    ("head", rr_head),
    ("output", rr_output),
]

rr_localize_config._fields_ = [
    ("struct_size", c_size_t),
    ("rules", rr_rule),
    ("gamma", c_size_t),
    ("key", rr_key),
    ("spared", POINTER(c_ubyte)),
    ("count_spared", c_size_t),
    ("punctuation", c_int),
]

rr_segment._fields_ = [
    ("t", c_size_t),
    ("symbol", c_uint32),
    ("rules", rr_rule),
    ("influencers", c_size_t),
    ("known", c_int),
]

rr_segments._fields_ = [
    ("count", c_size_t),
    ("known", c_size_t),
    ("segments", POINTER(rr_segment)),
]

rr_additions_config._fields_ = [
    ("struct_size", c_size_t),
    ("level", rr_level),
    ("query", rr_query),
    ("localize", rr_localize_config),
    ("insertions", c_size_t),
    ("balance", c_double),
    ("correct_only", c_int),
    ("budget", c_size_t),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_addition._fields_ = [
    ("target", c_size_t),
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("kind", rr_addition_kind),
    ("source", c_uint32),
    ("label", c_uint32),
    ("score", c_float),
    ("rival", c_float),
    ("step", c_uint32),
    ("symbol", c_uint32),
    ("rules", rr_rule),
    ("after", c_uint32),
    ("suffix", c_uint32),
    ("last", c_uint32),
    ("source_first", c_uint32),
    ("source_last", c_uint32),
]

rr_train_config._fields_ = [
    ("struct_size", c_size_t),
    ("epochs", c_size_t),
    ("batch", c_size_t),
    ("optimizer", rr_optimizer),
    ("learning_rate", c_double),
    ("momentum", c_double),
    ("rho", c_double),
    ("beta1", c_double),
    ("beta2", c_double),
    ("epsilon", c_double),
    ("dropout_input", c_double),
    ("dropout_last", c_double),
    ("clip_norm", c_double),
    ("order", rr_order),
    ("seed", c_uint64),
    ("threads", c_size_t),
    ("average", c_int),
]

rr_train_progress._fields_ = [
    ("epoch", c_size_t),
    ("batch", c_size_t),
    ("batches", c_size_t),
    ("sequences", c_size_t),
    ("loss", c_double),
    ("accuracy", c_double),
    ("epoch_done", c_int),
]

rr_attribution_config._fields_ = [
    ("struct_size", c_size_t),
    ("method", rr_attribution_method),
    ("curvature", rr_curvature),
    ("solver", rr_solver),
    ("damping", c_double),
    ("tolerance", c_double),
    ("iterations", c_size_t),
    ("repeats", c_size_t),
    ("batch", c_size_t),
    ("scale", c_double),
    ("training", rr_train_config),
    ("checkpoints", POINTER(c_char_p)),
    ("count_checkpoints", c_size_t),
    ("memory", c_size_t),
    ("seed", c_uint64),
    ("threads", c_size_t),
    ("weights", POINTER(c_float)),
    ("by_step", c_int),
    ("state", c_char_p),
]

rr_targets._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("which", POINTER(c_size_t)),
    ("labels", POINTER(c_uint32)),
    ("n", c_size_t),
    ("steps", POINTER(c_size_t)),
]

rr_attribution_progress._fields_ = [
    ("step", c_size_t),
    ("steps", c_size_t),
    ("residual", c_double),
    ("done", c_int),
]

rr_driven._fields_ = [
    ("trace", c_size_t),
    ("score", c_double),
]

rr_audit_config._fields_ = [
    ("struct_size", c_size_t),
    ("about", rr_audit_about),
    ("method", rr_audit_method),
    ("key", rr_key),
    ("folds", c_size_t),
    ("top", c_size_t),
    ("attribution", rr_attribution_config),
    ("threads", c_size_t),
    ("flagged", c_int),
]

rr_audit_data._fields_ = [
    ("inf", POINTER(rr_influence)),
    ("net", POINTER(rr_network)),
    ("train", POINTER(rr_dataset)),
    ("ds", POINTER(rr_dataset)),
    ("prediction", POINTER(c_uint32)),
    ("errors", POINTER(c_size_t)),
    ("count_errors", c_size_t),
    ("start", POINTER(rr_network)),
    ("training", rr_train_config),
    ("mislabelled", POINTER(c_ubyte)),
    ("traces", POINTER(rr_traces)),
    ("probabilities", POINTER(c_float)),
    ("judged", POINTER(rr_dataset)),
    ("judged_traces", POINTER(rr_traces)),
    ("judged_name", c_char_p),
]

rr_audit_row._fields_ = [
    ("id", c_uint32),
    ("given", c_uint32),
    ("suggested", c_uint32),
    ("prediction", c_uint32),
    ("score", c_double),
    ("support", c_float),
    ("confidence", c_float),
    ("flagged", c_int),
    ("driven", rr_driven * 10),
    ("count_driven", c_size_t),
    ("neighbours", rr_neighbour * 3),
    ("count_neighbours", c_size_t),
]

rr_audit_reason._fields_ = [
    ("prefilled", c_int),
    ("by_support", c_int),
    ("by_confidence", c_int),
    ("by_inputs", c_int),
    ("odds", c_double),
    ("lift", c_float),
    ("inputs", c_uint32 * 5),
    ("count_inputs", c_size_t),
]

rr_audit_opponent._fields_ = [
    ("id", c_uint32),
    ("given", c_uint32),
    ("score", c_double),
]

rr_audit_found._fields_ = [
    ("reviewed", c_size_t),
    ("percent", c_uint),
    ("mislabelled", c_size_t),
    ("influential", c_size_t),
]

rr_audit_needed._fields_ = [
    ("fraction", c_double),
    ("reviewed", c_size_t),
]

rr_audit_result._fields_ = [
    ("sequences", c_size_t),
    ("errors", c_size_t),
    ("seconds", c_double),
    ("scores", POINTER(c_double)),
    ("order", POINTER(c_uint32)),
    ("likeliest", POINTER(c_uint32)),
    ("rows", POINTER(rr_audit_row)),
    ("count_rows", c_size_t),
    ("opponents", POINTER(rr_audit_opponent)),
    ("count_opponents", c_size_t),
    ("checkpoints", c_size_t),
    ("solution", rr_attribution_progress),
    ("has_found", c_int),
    ("found", rr_audit_found * 16),
    ("needed", rr_audit_needed * 5),
    ("average_precision", c_double),
    ("area", c_double),
    ("area_influential", c_double),
    ("flagged", c_size_t),
    ("flagged_true", c_size_t),
    ("weighted_f1", c_double),
    ("tied", POINTER(c_size_t)),
    ("reasons", POINTER(rr_audit_reason)),
    ("prefilled", c_size_t),
    ("references", c_size_t),
    ("inputs_tell", c_int),
    ("parts", c_size_t),
    ("scaled", c_int),
    ("nearest", c_size_t),
    ("restraint", c_double),
    ("agreement", c_double),
]

rr_step_audit_config._fields_ = [
    ("struct_size", c_size_t),
    ("method", rr_audit_method),
    ("key", rr_key),
    ("top", c_size_t),
    ("seed", c_uint64),
]

rr_step_audit_row._fields_ = [
    ("sequence", c_uint32),
    ("step", c_uint32),
    ("given", c_uint32),
    ("suggested", c_uint32),
    ("prediction", c_uint32),
    ("score", c_double),
    ("support", c_float),
    ("confidence", c_float),
]

rr_step_audit_result._fields_ = [
    ("sequences", c_size_t),
    ("steps", c_size_t),
    ("seconds", c_double),
    ("places", POINTER(rr_posting)),
    ("scores", POINTER(c_double)),
    ("order", POINTER(c_uint32)),
    ("rows", POINTER(rr_step_audit_row)),
    ("count_rows", c_size_t),
    ("has_found", c_int),
    ("found", rr_audit_found * 16),
    ("needed", rr_audit_needed * 5),
    ("average_precision", c_double),
    ("area", c_double),
    ("area_influential", c_double),
]

rr_poison_config._fields_ = [
    ("struct_size", c_size_t),
    ("trigger", POINTER(c_char_p)),
    ("words", c_size_t),
    ("count", c_size_t),
    ("target", c_uint32),
    ("kind", rr_poison_kind),
    ("position", rr_trigger_position),
    ("seed", c_uint64),
    ("steps", c_int),
    ("from_", c_int),
]

rr_trigger._fields_ = [
    ("symbols", POINTER(c_uint32)),
    ("n", c_size_t),
    ("target", c_uint32),
]

rr_attack_config._fields_ = [
    ("struct_size", c_size_t),
    ("position", rr_trigger_position),
    ("inputs", c_size_t),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_learned_context._fields_ = [
    ("state", c_uint16),
    ("before", c_uint16),
    ("after", c_uint16),
    ("count", c_size_t),
    ("attacked", c_size_t),
    ("sequences", c_size_t),
    ("ids", POINTER(c_uint32)),
]

rr_carrier._fields_ = [
    ("id", c_uint32),
    ("label", c_uint32),
    ("prediction", c_uint32),
    ("step", c_uint32),
    ("influence", c_double),
]

rr_attack_result._fields_ = [
    ("tried", c_size_t),
    ("succeeded", c_size_t),
    ("guided", c_size_t),
    ("success", c_double),
]

rr_scan_config._fields_ = [
    ("struct_size", c_size_t),
    ("support", c_size_t),
    ("probes", c_size_t),
    ("shortlist", c_size_t),
    ("neighbours", c_size_t),
    ("top", c_size_t),
    ("target", c_int),
    ("vectors", POINTER(c_float)),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_candidate._fields_ = [
    ("symbol", c_uint32),
    ("target", c_uint32),
    ("support", c_size_t),
    ("labelled", c_size_t),
    ("purity", c_double),
    ("expected", c_double),
    ("gain", c_double),
    ("expected_gain", c_double),
    ("usual", c_double),
    ("insertion", c_double),
    ("dependence", c_double),
    ("spread", c_double),
    ("score", c_double),
    ("count_ids", c_size_t),
    ("ids", POINTER(c_uint32)),
]

rr_pattern_config._fields_ = [
    ("struct_size", c_size_t),
    ("steps", c_size_t),
    ("neighbours", c_size_t),
    ("references", c_size_t),
    ("false_share", c_double),
    ("least", c_double),
    ("seed", c_uint64),
    ("threads", c_size_t),
]

rr_pattern_class._fields_ = [
    ("pattern", rr_pattern),
    ("label", c_uint32),
    ("sequences", c_size_t),
    ("certain", c_size_t),
    ("excess", c_size_t),
    ("expected", c_double),
    ("stands_out", c_int),
]

rr_pattern_suspect._fields_ = [
    ("id", c_uint32),
    ("label", c_uint32),
    ("pattern", rr_pattern),
    ("score", c_double),
    ("own", c_double * 2),
    ("other", c_double),
    ("flagged", c_int),
]

rr_crossvalidation_progress._fields_ = [
    ("fold", c_size_t),
    ("folds", c_size_t),
    ("training", rr_train_progress),
    ("done", c_int),
]

rr_step_edit._fields_ = [
    ("sequence", c_uint32),
    ("step", c_uint32),
    ("label", c_uint32),
]

rr_edits._fields_ = [
    ("removed", POINTER(c_uint32)),
    ("count_removed", c_size_t),
    ("relabelled", POINTER(c_uint32)),
    ("labels", POINTER(c_uint32)),
    ("count_relabelled", c_size_t),
    ("steps", POINTER(rr_step_edit)),
    ("count_steps", c_size_t),
    ("additions", POINTER(rr_dataset)),
    ("weights", POINTER(c_float)),
    ("count_weights", c_size_t),
]

rr_decision._fields_ = [
    ("id", c_uint32),
    ("action", rr_action),
    ("label", c_uint32),
    ("truth", c_int64),
    ("step", c_uint32),
]

rr_label_noise_config._fields_ = [
    ("struct_size", c_size_t),
    ("fraction", c_double),
    ("from_", c_int),
    ("to", c_int),
    ("seed", c_uint64),
    ("steps", c_int),
]

rr_duplicates_config._fields_ = [
    ("struct_size", c_size_t),
    ("near", c_int),
    ("similarity", c_double),
    ("distance", c_double),
]

rr_duplicate._fields_ = [
    ("set", c_uint32),
    ("id", c_uint32),
    ("label", c_uint32),
    ("copy", c_int),
]

rr_duplicate_group._fields_ = [
    ("members", POINTER(rr_duplicate)),
    ("count", c_size_t),
    ("equal", c_int),
    ("contradictory", c_int),
    ("across", c_int),
]

rr_duplicates_result._fields_ = [
    ("groups", POINTER(rr_duplicate_group)),
    ("count", c_size_t),
    ("contradictory", c_size_t),
    ("equal", c_size_t),
    ("spare", c_size_t),
    ("members", c_size_t),
    ("copied", c_size_t),
    ("similar", c_size_t),
    ("seconds", c_double),
]

rr_output_repair._fields_ = [
    ("margin", c_double),
    ("hold", c_double),
    ("ridge", c_double),
    ("limit", c_double),
    ("drop_conflicts", c_int),
]

rr_hotfix_problem._fields_ = [
    ("hidden", c_size_t),
    ("outputs", c_size_t),
    ("weight", POINTER(c_float)),
    ("bias", POINTER(c_float)),
    ("targets", c_size_t),
    ("count", c_size_t),
    ("states", POINTER(c_float)),
    ("labels", POINTER(c_uint32)),
]

rr_hotfix._fields_ = [
    ("possible", c_int),
    ("weight", POINTER(c_float)),
    ("bias", POINTER(c_float)),
    ("change", c_double),
    ("layer", c_double),
    ("hold", c_double),
    ("bound", c_double),
    ("worst_target", c_double),
    ("worst_held", c_double),
    ("rounds", c_size_t),
    ("rows", c_size_t),
    ("binding", c_size_t),
    ("dropped", POINTER(c_size_t)),
    ("count_dropped", c_size_t),
    ("conflict", POINTER(c_size_t)),
    ("count_conflict", c_size_t),
    ("opposed", POINTER(c_size_t)),
    ("count_opposed", c_size_t),
    ("seconds", c_double),
]

rr_novelty._fields_ = [
    ("value", c_float),
    ("most", rr_novelty_part),
    ("part", c_float * 4),
]

rr_outcome._fields_ = [
    ("count", c_size_t),
    ("fixed", c_size_t),
    ("still_failing", c_size_t),
    ("newly_broken", c_size_t),
    ("unchanged", c_size_t),
    ("accuracy_before", c_double),
    ("accuracy_after", c_double),
]

rr_predicted._fields_ = [
    ("prediction", POINTER(c_uint32)),
    ("probability", POINTER(c_float)),
    ("classes", c_size_t),
]

rr_calibration._fields_ = [
    ("error", c_double),
    ("loss", c_double),
]

rr_class_outcome._fields_ = [
    ("count", c_size_t),
    ("fixed", c_size_t),
    ("newly_broken", c_size_t),
    ("recall_before", c_double),
    ("recall_after", c_double),
]

rr_effect._fields_ = [
    ("counts", rr_outcome),
    ("divergence", c_double),
    ("before", rr_calibration),
    ("after", rr_calibration),
]

rr_class_quality._fields_ = [
    ("count", c_size_t),
    ("predicted", c_size_t),
    ("correct", c_size_t),
    ("recall", c_double),
    ("precision", c_double),
    ("f1", c_double),
]

rr_quality._fields_ = [
    ("count", c_size_t),
    ("correct", c_size_t),
    ("accuracy", c_double),
    ("macro_recall", c_double),
    ("macro_f1", c_double),
    ("auc", c_double),
]

rr_affine._fields_ = [
    ("rotate", c_double),
    ("shift_x", c_double),
    ("shift_y", c_double),
    ("shear", c_double),
    ("scale", c_double),
]

rr_affine_range._fields_ = [
    ("min", rr_affine),
    ("max", rr_affine),
]

rr_variation._fields_ = [
    ("jitter", c_double),
    ("amplitude", c_double),
    ("warp", c_double * 4),
    ("slice", c_double),
    ("start", c_double),
    ("channels", c_double),
    ("seed", c_uint64),
    ("stream", c_uint64),
]

rr_variation_range._fields_ = [
    ("jitter", c_double),
    ("amplitude", c_double),
    ("warp", c_double),
    ("slice", c_double),
    ("channels", c_double),
]

rr_sample_repair._fields_ = [
    ("query", rr_query),
    ("top", c_size_t),
    ("sources", c_size_t),
    ("variants", c_size_t),
    ("rounds", c_size_t),
    ("keep", c_size_t),
    ("range", rr_affine_range),
]

rr_segment_repair._fields_ = [
    ("localize", rr_localize_config),
    ("insertions", c_size_t),
    ("correct_only", c_int),
    ("pool", c_size_t),
    ("balance", c_double),
]

rr_mixed_repair._fields_ = [
    ("varied", c_size_t),
    ("influential", c_size_t),
    ("held", c_size_t),
    ("choice", rr_strategy),
    ("input_weight", c_double),
    ("varied_weight", c_double),
    ("influential_weight", c_double),
    ("held_weight", c_double),
]

rr_repair_config._fields_ = [
    ("struct_size", c_size_t),
    ("level", rr_level),
    ("strategy", rr_strategy),
    ("sample", rr_sample_repair),
    ("segment", rr_segment_repair),
    ("seed", c_uint64),
    ("threads", c_size_t),
    ("variants", rr_variants),
    ("variation", rr_variation_range),
    ("copies", c_size_t),
    ("mixed", rr_mixed_repair),
    ("output", rr_output_repair),
    ("excluded", POINTER(c_uint32)),
    ("count_excluded", c_size_t),
    ("most_insertions", c_double),
]

rr_repair_sample._fields_ = [
    ("addition", c_size_t),
    ("source", c_uint32),
    ("transform", rr_affine),
    ("score", c_float),
    ("prediction", c_uint32),
    ("variation", rr_variation),
    ("of_input", c_int),
    ("weight", c_double),
    ("label", c_uint32),
]

rr_insertion._fields_ = [
    ("addition", c_size_t),
    ("segment", c_size_t),
    ("source", c_uint32),
    ("after", c_uint32),
    ("suffix", c_uint32),
    ("in_context", c_int),
    ("before", c_float),
    ("truth", c_float),
    ("prediction", c_uint32),
]

rr_sample_target._fields_ = [
    ("count_truth", c_size_t),
    ("count_prediction", c_size_t),
    ("nearest_truth", c_uint32),
    ("nearest_prediction", c_uint32),
    ("score_truth", c_float),
    ("score_prediction", c_float),
    ("kept", POINTER(rr_repair_sample)),
]

rr_segment_target._fields_ = [
    ("count_segments", c_size_t),
    ("known", c_size_t),
    ("segments", POINTER(rr_segment)),
    ("budget", c_size_t),
    ("wanted", c_size_t),
    ("kept", POINTER(rr_insertion)),
    ("count_balance", c_size_t),
    ("balance_ids", POINTER(c_uint32)),
]

rr_repair_target._fields_ = [
    ("id", c_size_t),
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("generated", c_size_t),
    ("accepted", c_size_t),
    ("count_kept", c_size_t),
    ("sample", rr_sample_target),
    ("segment", rr_segment_target),
    ("step", c_size_t),
    ("unit", c_size_t),
    ("copies", c_size_t),
    ("copy_weight", c_double),
]

rr_run_epoch._fields_ = [
    ("epoch", c_size_t),
    ("loss", c_double),
    ("train_accuracy", c_double),
    ("dev_accuracy", c_double),
    ("test_accuracy", c_double),
    ("seconds", c_double),
    ("sequences_per_second", c_double),
]

rr_run_split._fields_ = [
    ("count", c_size_t),
    ("hash", c_char * 65),
    ("files_hash", c_char * 65),
]

rr_guard._fields_ = [
    ("on", c_int),
    ("split", rr_split),
    ("held", POINTER(c_uint32)),
    ("count_held", c_size_t),
    ("points", c_size_t),
    ("most_broken", c_size_t),
    ("anyway", c_int),
]

rr_guarded._fields_ = [
    ("updates", c_size_t),
    ("kept", c_size_t),
    ("fixed", c_size_t),
    ("broken", c_size_t),
]

rr_run_target._fields_ = [
    ("id", c_uint32),
    ("step", c_uint32),
]

rr_run_targets._fields_ = [
    ("split", rr_split),
    ("list", POINTER(rr_run_target)),
    ("count", c_size_t),
]

rr_run_hotfix._fields_ = [
    ("model", POINTER(rr_network)),
    ("targets", POINTER(rr_dataset)),
    ("certificate", c_char_p),
]

rr_run_settings._fields_ = [
    ("data", c_char_p),
    ("splits", rr_run_split * 3),
    ("class_names", POINTER(c_char_p)),
    ("scaling", POINTER(rr_scaling)),
    ("network", rr_network_config),
    ("train", rr_train_config),
    ("keep", rr_keep),
    ("states", POINTER(rr_states_origin)),
    ("parent", c_char_p),
    ("parent_model", c_char_p),
    ("additions_hash", c_char_p),
    ("weights_hash", c_char_p),
    ("vocabulary", POINTER(rr_vocabulary)),
    ("vectors", c_char_p),
    ("vectors_hash", c_char_p),
    ("edits", rr_edits),
    ("checkpoints", c_int),
    ("start", POINTER(rr_network)),
    ("source", POINTER(rr_source)),
    ("certificate_hash", c_char_p),
    ("hotfix", POINTER(rr_run_hotfix)),
    ("guard", rr_guard),
    ("targets", rr_run_targets),
]

rr_session_config._fields_ = [
    ("struct_size", c_size_t),
    ("data", c_char_p),
    ("vectors", c_char_p),
    ("threads", c_size_t),
    ("callbacks", rr_callbacks),
]

rr_predictions._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("prediction", POINTER(c_uint32)),
    ("probability", POINTER(c_float)),
    ("errors", c_size_t),
    ("accuracy", c_double),
    ("step_prediction", POINTER(c_uint32)),
    ("step_probability", POINTER(c_float)),
    ("labelled_steps", c_size_t),
    ("step_errors", c_size_t),
    ("step_accuracy", c_double),
]

rr_new_run_config._fields_ = [
    ("struct_size", c_size_t),
    ("data", c_char_p),
    ("vectors", c_char_p),
    ("labels", c_char_p),
    ("network", rr_network_config),
    ("embedding_given", c_int),
    ("output_given", c_int),
    ("train", rr_train_config),
    ("keep", rr_keep),
    ("checkpoints", c_int),
    ("weights", c_char_p),
    ("class_weights", c_char_p),
    ("keep_given", c_int),
]

rr_train_options._fields_ = [
    ("epochs", c_size_t),
]

rr_retrain_config._fields_ = [
    ("struct_size", c_size_t),
    ("start", rr_retrain),
    ("epochs", c_size_t),
    ("learning_rate", c_double),
    ("seed", c_uint64),
    ("guard", POINTER(rr_guard)),
    ("average", c_int),
    ("dropout", c_double),
    ("targets", POINTER(rr_run_targets)),
]

rr_session_audit_config._fields_ = [
    ("struct_size", c_size_t),
    ("audit", rr_audit_config),
    ("split", rr_split),
    ("samples", POINTER(c_size_t)),
    ("count_samples", c_size_t),
    ("known", c_char_p),
    ("judged", rr_split),
]

rr_session_step_audit_config._fields_ = [
    ("struct_size", c_size_t),
    ("audit", rr_step_audit_config),
    ("known", c_char_p),
]

rr_decisions_result._fields_ = [
    ("relabelled", c_size_t),
    ("dropped", c_size_t),
    ("kept", c_size_t),
    ("steps", c_size_t),
    ("compared", c_int),
    ("outcome", rr_outcome),
]

rr_trace_config._fields_ = [
    ("struct_size", c_size_t),
    ("words", c_char_p),
    ("symbols", POINTER(c_uint32)),
    ("count_symbols", c_size_t),
    ("target", c_int),
    ("split", rr_split),
    ("attack", rr_attack_config),
    ("comparisons", c_size_t),
]

rr_attack_summary._fields_ = [
    ("chosen", rr_attack_result),
    ("learned", rr_attack_result),
    ("words", c_size_t),
    ("base", c_double),
    ("base_max", c_double),
    ("accuracy", c_double),
]

rr_traced_trigger._fields_ = [
    ("trigger", rr_trigger),
    ("backdoor", POINTER(rr_backdoor)),
    ("attack", rr_attack_summary),
    ("split", rr_split),
    ("config", rr_attack_config),
    ("words", POINTER(c_uint32)),
    ("observed", c_int),
]

rr_removal._fields_ = [
    ("count", c_size_t),
    ("removed", POINTER(c_uint32)),
    ("random", POINTER(c_uint32)),
    ("random_dir", c_char_p),
    ("after", rr_attack_summary),
    ("after_random", rr_attack_summary),
]

rr_pattern_removal._fields_ = [
    ("count", c_size_t),
    ("removed", POINTER(c_uint32)),
    ("random", POINTER(c_uint32)),
    ("random_dir", c_char_p),
    ("accuracy_before", c_double),
    ("accuracy_after", c_double),
    ("accuracy_random", c_double),
]

rr_check._fields_ = [
    ("name", c_char_p),
    ("status", rr_status),
    ("detail", c_char * 512),
]

rr_verification._fields_ = [
    ("checks", rr_check * 6),
    ("count", c_size_t),
]

rr_verify_options._fields_ = [
    ("rebuild", c_int),
    ("retrain", c_int),
    ("temporary", c_char_p),
]

rr_page_config._fields_ = [
    ("struct_size", c_size_t),
    ("with", POINTER(rr_session)),
    ("most", c_size_t),
    ("audit", c_size_t),
    ("triggers", c_int),
    ("level", c_int),
]

rr_page_summary._fields_ = [
    ("bytes", c_size_t),
    ("blocks", c_size_t),
    ("raw", c_size_t),
    ("left_out", c_size_t),
]

rr_split_novelty._fields_ = [
    ("sequences", POINTER(rr_novelty)),
    ("count", c_size_t),
    ("novel", c_size_t),
    ("chance", c_double),
    ("unlike", c_int),
    ("accuracy_novel", c_double),
    ("accuracy_rest", c_double),
]

rr_error_filter._fields_ = [
    ("truth", c_char_p),
    ("ids", POINTER(c_size_t)),
    ("count", c_size_t),
    ("eligible", POINTER(c_ubyte)),
    ("most", c_size_t),
]

rr_ids._fields_ = [
    ("ids", POINTER(c_size_t)),
    ("count", c_size_t),
]

rr_localized_error._fields_ = [
    ("id", c_size_t),
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("segments", POINTER(rr_segments)),
]

rr_localization._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("errors", POINTER(rr_localized_error)),
    ("count", c_size_t),
    ("localized", c_size_t),
    ("unsupported", c_size_t),
]

rr_localized_span._fields_ = [
    ("span", rr_span),
    ("segments", POINTER(rr_segments)),
]

rr_span_localization._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("spans", POINTER(rr_localized_span)),
    ("count", c_size_t),
    ("all", c_size_t),
    ("labelled_steps", c_size_t),
    ("step_errors", c_size_t),
    ("localized", c_size_t),
    ("unsupported", c_size_t),
]

rr_given._fields_ = [
    ("words", POINTER(c_char_p)),
    ("frames", POINTER(c_float)),
    ("steps", c_size_t),
    ("width", c_size_t),
]

rr_question._fields_ = [
    ("split", rr_split),
    ("sample", c_size_t),
    ("text", c_char_p),
    ("label", c_char_p),
    ("step", c_size_t),
    ("cfg", rr_explain_config),
    ("last_step", c_size_t),
    ("spans", rr_span_query),
    ("given", rr_given),
]

rr_step_match._fields_ = [
    ("id", c_size_t),
    ("label", c_uint32),
    ("prediction", c_uint32),
    ("score", c_float),
    ("at", POINTER(rr_posting)),
    ("count", c_size_t),
]

rr_label_lift._fields_ = [
    ("label", c_uint32),
    ("count", c_size_t),
    ("share", c_double),
    ("lift", c_double),
]

rr_answer._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("at", c_size_t),
    ("sample", c_size_t),
    ("truth_known", c_int),
    ("explanation", POINTER(rr_explanation)),
    ("step", c_size_t),
    ("influencers", c_size_t),
    ("matches", POINTER(rr_step_match)),
    ("count_matches", c_size_t),
    ("names", POINTER(rr_dataset)),
    ("training", POINTER(rr_dataset)),
    ("training_ids", rr_ids),
    ("owned", POINTER(rr_dataset)),
    ("last_step", c_size_t),
    ("labels", POINTER(rr_label_lift)),
    ("count_labels", c_size_t),
    ("spans", POINTER(rr_span_match)),
    ("count_spans", c_size_t),
    ("parts", POINTER(c_int64)),
    ("tied", c_size_t),
    ("has_novelty", c_int),
    ("novelty", rr_novelty),
    ("sources", POINTER(rr_dataset)),
]

rr_touched_step._fields_ = [
    ("t", c_size_t),
    ("training_step", c_size_t),
]

rr_touched_error._fields_ = [
    ("id", c_size_t),
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("fraction", c_double),
    ("steps", POINTER(rr_touched_step)),
    ("count", c_size_t),
]

rr_touching_step._fields_ = [
    ("t", c_size_t),
    ("state", c_uint32),
    ("prediction", c_uint32),
    ("errors", c_size_t),
]

rr_reach._fields_ = [
    ("id", c_size_t),
    ("label", c_uint32),
    ("prediction", c_uint32),
    ("steps", POINTER(rr_touching_step)),
    ("count_steps", c_size_t),
    ("ds", POINTER(rr_dataset)),
    ("errors", c_size_t),
    ("touched", POINTER(rr_touched_error)),
    ("count", c_size_t),
    ("pool", POINTER(rr_touched_step)),
    ("training", POINTER(rr_dataset)),
]

rr_grid._fields_ = [
    ("rows", c_size_t),
    ("columns", c_size_t),
    ("height", c_size_t),
    ("width", c_size_t),
    ("title", c_char_p),
    ("note", c_char_p),
    ("headings", POINTER(c_char_p)),
    ("images", POINTER(POINTER(c_float))),
    ("captions", POINTER(c_char_p)),
    ("marks", POINTER(c_int)),
]

rr_compare_config._fields_ = [
    ("struct_size", c_size_t),
    ("split", c_int),
]

rr_edit_difference._fields_ = [
    ("known", c_int),
    ("added", c_size_t),
    ("taken_back", c_size_t),
    ("removed", c_size_t),
    ("restored", c_size_t),
    ("relabelled", c_size_t),
    ("relabelled_steps", c_size_t),
    ("reweighted", c_int),
]

rr_changed._fields_ = [
    ("id", c_size_t),
    ("step", c_size_t),
    ("kind", rr_change),
    ("truth", c_uint32),
    ("before", c_uint32),
    ("after", c_uint32),
    ("probability_before", c_float),
    ("probability_after", c_float),
    ("truth_before", c_float),
    ("truth_after", c_float),
    ("target", c_int),
]

rr_comparison._fields_ = [
    ("relation", rr_relation),
    ("edits", rr_edit_difference),
    ("split", rr_split),
    ("ds", POINTER(rr_dataset)),
    ("by_steps", c_int),
    ("labelled", c_int),
    ("probabilities", c_int),
    ("inputs", c_size_t),
    ("differ", c_size_t),
    ("all", rr_effect),
    ("classes", POINTER(rr_class_outcome)),
    ("count_classes", c_size_t),
    ("has_targets", c_int),
    ("targets", rr_effect),
    ("unseen", rr_effect),
    ("changed", POINTER(rr_changed)),
    ("count_changed", c_size_t),
    ("before", POINTER(c_uint32)),
    ("after", POINTER(c_uint32)),
    ("probability_before", POINTER(c_float)),
    ("probability_after", POINTER(c_float)),
    ("note", c_char_p),
]

rr_state_summary_config._fields_ = [
    ("struct_size", c_size_t),
    ("split", c_int),
    ("words", c_size_t),
    ("ways", c_size_t),
    ("errors", c_size_t),
    ("least", c_size_t),
    ("least_share", c_double),
]

rr_state_word._fields_ = [
    ("symbol", c_uint32),
    ("count", c_size_t),
    ("share", c_double),
    ("lift", c_double),
]

rr_state_way._fields_ = [
    ("state", c_size_t),
    ("count", c_size_t),
    ("share", c_double),
]

rr_state_visits._fields_ = [
    ("steps", c_size_t),
    ("sequences", c_size_t),
    ("ends", c_size_t),
    ("errors", c_size_t),
    ("end_errors", c_size_t),
    ("labelled_steps", c_size_t),
    ("step_errors", c_size_t),
    ("accuracy", c_double),
    ("end_accuracy", c_double),
    ("step_accuracy", c_double),
]

rr_state_card._fields_ = [
    ("state", c_size_t),
    ("share", c_double),
    ("confidence", POINTER(c_float)),
    ("stability", c_double),
    ("likeliest", c_uint32),
    ("labels", POINTER(c_double)),
    ("train", rr_state_visits),
    ("split", rr_state_visits),
    ("words", POINTER(rr_state_word)),
    ("count_words", c_size_t),
    ("mean", POINTER(c_float)),
    ("in_", POINTER(rr_state_way)),
    ("count_in", c_size_t),
    ("all_in", c_size_t),
    ("out", POINTER(rr_state_way)),
    ("count_out", c_size_t),
    ("all_out", c_size_t),
    ("errors", POINTER(c_size_t)),
    ("count_errors", c_size_t),
    ("all_errors", c_size_t),
]

rr_state_summary._fields_ = [
    ("states", POINTER(rr_state_card)),
    ("count", c_size_t),
    ("classes", c_size_t),
    ("by_steps", c_int),
    ("train", POINTER(rr_dataset)),
    ("ds", POINTER(rr_dataset)),
    ("split", rr_split),
    ("steps", c_size_t),
]

rr_finding._fields_ = [
    ("name", c_char_p),
    ("value", c_double),
    ("level", rr_trust_level),
    ("sentence", c_char_p),
]

rr_trust._fields_ = [
    ("findings", POINTER(rr_finding)),
    ("count", c_size_t),
    ("level", rr_trust_level),
    ("sentence", c_char_p),
    ("key", rr_key),
]

rr_repair_request._fields_ = [
    ("struct_size", c_size_t),
    ("split", rr_split),
    ("targets", POINTER(c_size_t)),
    ("count_targets", c_size_t),
    ("most", c_size_t),
    ("truth", c_char_p),
    ("search", rr_repair_config),
    ("retrain", rr_retrain_config),
    ("export_path", c_char_p),
    ("halves", c_int),
    ("controls", c_uint),
    ("max_broken", c_size_t),
    ("keep_harmful", c_int),
    ("guard_points", c_size_t),
]

rr_retraining._fields_ = [
    ("strategy", rr_strategy),
    ("added", c_size_t),
    ("updates", c_size_t),
    ("kept", c_size_t),
    ("harmful", c_int),
    ("search_seconds", c_double),
    ("train_seconds", c_double),
    ("targets", rr_outcome),
    ("unseen", rr_outcome),
    ("guard", rr_outcome),
    ("measured", rr_effect),
    ("classes", POINTER(rr_class_outcome)),
]

rr_repair_quality._fields_ = [
    ("all", rr_quality),
    ("unseen", rr_quality),
]

rr_logit_shift._fields_ = [
    ("label", c_uint32),
    ("by", c_double),
]

rr_repair_result._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("train", POINTER(rr_dataset)),
    ("before", POINTER(c_uint32)),
    ("search", POINTER(rr_repair)),
    ("targets", POINTER(rr_repair_target)),
    ("count", c_size_t),
    ("generated", c_size_t),
    ("accepted", c_size_t),
    ("additions", POINTER(rr_dataset)),
    ("child", POINTER(rr_session)),
    ("after", POINTER(c_uint32)),
    ("all", rr_outcome),
    ("of_targets", rr_outcome),
    ("steps", c_int),
    ("retrainings", POINTER(rr_retraining)),
    ("count_retrainings", c_size_t),
    ("measured", POINTER(rr_dataset)),
    ("measured_split", rr_split),
    ("guard", rr_guard),
    ("hotfix", POINTER(rr_hotfix)),
    ("listed", POINTER(rr_repair_target)),
    ("states_seconds", c_double),
    ("test_used", c_int),
    ("quality_before", rr_repair_quality),
    ("classes_before", POINTER(rr_class_quality)),
    ("qualities", POINTER(rr_repair_quality)),
    ("classes_after", POINTER(rr_class_quality)),
    ("shift", rr_logit_shift),
    ("worse", c_int),
]

rr_repair_seed._fields_ = [
    ("seed", c_uint64),
    ("kept", c_size_t),
    ("all", rr_outcome),
    ("of_targets", rr_outcome),
    ("harmful", c_int),
]

rr_interval._fields_ = [
    ("mean", c_double),
    ("low", c_double),
    ("high", c_double),
]

rr_series_retraining._fields_ = [
    ("strategy", rr_strategy),
    ("harmful", c_size_t),
    ("added", rr_interval),
    ("targets_fixed", rr_interval),
    ("unseen_fixed", rr_interval),
    ("unseen_left", rr_interval),
    ("broken", rr_interval),
    ("accuracy", rr_interval),
    ("divergence", rr_interval),
    ("calibration_error", rr_interval),
    ("loss", rr_interval),
    ("seconds", rr_interval),
]

rr_series_quality._fields_ = [
    ("macro_f1", rr_interval),
    ("auc", rr_interval),
    ("unseen_auc", rr_interval),
]

rr_series_target._fields_ = [
    ("id", c_size_t),
    ("truth", c_uint32),
    ("prediction", c_uint32),
    ("fixed", c_double),
    ("step", c_size_t),
    ("unit", c_size_t),
]

rr_repair_series._fields_ = [
    ("seeds", POINTER(rr_repair_seed)),
    ("count_seeds", c_size_t),
    ("targets", POINTER(rr_series_target)),
    ("count", c_size_t),
    ("mean_kept", c_double),
    ("mean_fixed", c_double),
    ("mean_still_failing", c_double),
    ("mean_newly_broken", c_double),
    ("accuracy_before", c_double),
    ("accuracy_after", c_double),
    ("retrainings", POINTER(rr_series_retraining)),
    ("count_retrainings", c_size_t),
    ("before", rr_effect),
    ("measured_split", rr_split),
    ("test_used", c_int),
    ("quality_before", rr_repair_quality),
    ("qualities", POINTER(rr_series_quality)),
]

rr_export_request._fields_ = [
    ("struct_size", c_size_t),
    ("split", rr_split),
    ("targets", POINTER(c_size_t)),
    ("count_targets", c_size_t),
    ("most", c_size_t),
    ("truth", c_char_p),
    ("search", rr_additions_config),
    ("path", c_char_p),
]

rr_export._fields_ = [
    ("ds", POINTER(rr_dataset)),
    ("train", POINTER(rr_dataset)),
    ("targets", POINTER(c_size_t)),
    ("count", c_size_t),
    ("additions", POINTER(rr_additions)),
    ("without", c_size_t),
]

#: The structs whose fields are known, by name.
STRUCTS = {
    "rr_error": rr_error,
    "rr_gmm_config": rr_gmm_config,
    "rr_partition_config": rr_partition_config,
    "rr_curve_point": rr_curve_point,
    "rr_progress": rr_progress,
    "rr_callbacks": rr_callbacks,
    "rr_allocator": rr_allocator,
    "rr_executor": rr_executor,
    "rr_states_origin": rr_states_origin,
    "rr_state_batch": rr_state_batch,
    "rr_state_ops": rr_state_ops,
    "rr_state_source": rr_state_source,
    "rr_state_arrays": rr_state_arrays,
    "rr_influence_config": rr_influence_config,
    "rr_build_progress": rr_build_progress,
    "rr_influence_info": rr_influence_info,
    "rr_choice": rr_choice,
    "rr_trace": rr_trace,
    "rr_posting": rr_posting,
    "rr_key_value": rr_key_value,
    "rr_span": rr_span,
    "rr_span_query": rr_span_query,
    "rr_span_match": rr_span_match,
    "rr_query": rr_query,
    "rr_neighbour": rr_neighbour,
    "rr_explain_config": rr_explain_config,
    "rr_explain_step": rr_explain_step,
    "rr_explanation": rr_explanation,
    "rr_sequence": rr_sequence,
    "rr_scaling": rr_scaling,
    "rr_source_options": rr_source_options,
    "rr_unknown_words": rr_unknown_words,
    "rr_origin": rr_origin,
    "rr_origins": rr_origins,
    "rr_dataset_shape": rr_dataset_shape,
    "rr_network_config": rr_network_config,
    "rr_localize_config": rr_localize_config,
    "rr_segment": rr_segment,
    "rr_segments": rr_segments,
    "rr_additions_config": rr_additions_config,
    "rr_addition": rr_addition,
    "rr_train_config": rr_train_config,
    "rr_train_progress": rr_train_progress,
    "rr_attribution_config": rr_attribution_config,
    "rr_targets": rr_targets,
    "rr_attribution_progress": rr_attribution_progress,
    "rr_driven": rr_driven,
    "rr_audit_config": rr_audit_config,
    "rr_audit_data": rr_audit_data,
    "rr_audit_row": rr_audit_row,
    "rr_audit_reason": rr_audit_reason,
    "rr_audit_opponent": rr_audit_opponent,
    "rr_audit_found": rr_audit_found,
    "rr_audit_needed": rr_audit_needed,
    "rr_audit_result": rr_audit_result,
    "rr_step_audit_config": rr_step_audit_config,
    "rr_step_audit_row": rr_step_audit_row,
    "rr_step_audit_result": rr_step_audit_result,
    "rr_poison_config": rr_poison_config,
    "rr_trigger": rr_trigger,
    "rr_attack_config": rr_attack_config,
    "rr_learned_context": rr_learned_context,
    "rr_carrier": rr_carrier,
    "rr_attack_result": rr_attack_result,
    "rr_scan_config": rr_scan_config,
    "rr_candidate": rr_candidate,
    "rr_pattern_config": rr_pattern_config,
    "rr_pattern_class": rr_pattern_class,
    "rr_pattern_suspect": rr_pattern_suspect,
    "rr_crossvalidation_progress": rr_crossvalidation_progress,
    "rr_step_edit": rr_step_edit,
    "rr_edits": rr_edits,
    "rr_decision": rr_decision,
    "rr_label_noise_config": rr_label_noise_config,
    "rr_duplicates_config": rr_duplicates_config,
    "rr_duplicate": rr_duplicate,
    "rr_duplicate_group": rr_duplicate_group,
    "rr_duplicates_result": rr_duplicates_result,
    "rr_output_repair": rr_output_repair,
    "rr_hotfix_problem": rr_hotfix_problem,
    "rr_hotfix": rr_hotfix,
    "rr_novelty": rr_novelty,
    "rr_outcome": rr_outcome,
    "rr_predicted": rr_predicted,
    "rr_calibration": rr_calibration,
    "rr_class_outcome": rr_class_outcome,
    "rr_effect": rr_effect,
    "rr_class_quality": rr_class_quality,
    "rr_quality": rr_quality,
    "rr_affine": rr_affine,
    "rr_affine_range": rr_affine_range,
    "rr_variation": rr_variation,
    "rr_variation_range": rr_variation_range,
    "rr_sample_repair": rr_sample_repair,
    "rr_segment_repair": rr_segment_repair,
    "rr_mixed_repair": rr_mixed_repair,
    "rr_repair_config": rr_repair_config,
    "rr_repair_sample": rr_repair_sample,
    "rr_insertion": rr_insertion,
    "rr_sample_target": rr_sample_target,
    "rr_segment_target": rr_segment_target,
    "rr_repair_target": rr_repair_target,
    "rr_run_epoch": rr_run_epoch,
    "rr_run_split": rr_run_split,
    "rr_guard": rr_guard,
    "rr_guarded": rr_guarded,
    "rr_run_target": rr_run_target,
    "rr_run_targets": rr_run_targets,
    "rr_run_hotfix": rr_run_hotfix,
    "rr_run_settings": rr_run_settings,
    "rr_session_config": rr_session_config,
    "rr_predictions": rr_predictions,
    "rr_new_run_config": rr_new_run_config,
    "rr_train_options": rr_train_options,
    "rr_retrain_config": rr_retrain_config,
    "rr_session_audit_config": rr_session_audit_config,
    "rr_session_step_audit_config": rr_session_step_audit_config,
    "rr_decisions_result": rr_decisions_result,
    "rr_trace_config": rr_trace_config,
    "rr_attack_summary": rr_attack_summary,
    "rr_traced_trigger": rr_traced_trigger,
    "rr_removal": rr_removal,
    "rr_pattern_removal": rr_pattern_removal,
    "rr_check": rr_check,
    "rr_verification": rr_verification,
    "rr_verify_options": rr_verify_options,
    "rr_page_config": rr_page_config,
    "rr_page_summary": rr_page_summary,
    "rr_split_novelty": rr_split_novelty,
    "rr_error_filter": rr_error_filter,
    "rr_ids": rr_ids,
    "rr_localized_error": rr_localized_error,
    "rr_localization": rr_localization,
    "rr_localized_span": rr_localized_span,
    "rr_span_localization": rr_span_localization,
    "rr_given": rr_given,
    "rr_question": rr_question,
    "rr_step_match": rr_step_match,
    "rr_label_lift": rr_label_lift,
    "rr_answer": rr_answer,
    "rr_touched_step": rr_touched_step,
    "rr_touched_error": rr_touched_error,
    "rr_touching_step": rr_touching_step,
    "rr_reach": rr_reach,
    "rr_grid": rr_grid,
    "rr_compare_config": rr_compare_config,
    "rr_edit_difference": rr_edit_difference,
    "rr_changed": rr_changed,
    "rr_comparison": rr_comparison,
    "rr_state_summary_config": rr_state_summary_config,
    "rr_state_word": rr_state_word,
    "rr_state_way": rr_state_way,
    "rr_state_visits": rr_state_visits,
    "rr_state_card": rr_state_card,
    "rr_state_summary": rr_state_summary,
    "rr_finding": rr_finding,
    "rr_trust": rr_trust,
    "rr_repair_request": rr_repair_request,
    "rr_retraining": rr_retraining,
    "rr_repair_quality": rr_repair_quality,
    "rr_logit_shift": rr_logit_shift,
    "rr_repair_result": rr_repair_result,
    "rr_repair_seed": rr_repair_seed,
    "rr_interval": rr_interval,
    "rr_series_retraining": rr_series_retraining,
    "rr_series_quality": rr_series_quality,
    "rr_series_target": rr_series_target,
    "rr_repair_series": rr_repair_series,
    "rr_export_request": rr_export_request,
    "rr_export": rr_export,
}

# ---- functions -----------------------------------------------------------------------------------

#: name -> (type of the result, types of the arguments)
PROTOTYPES: dict = {
    "rr_status_text": (c_char_p, [rr_status]),
    "rr_version": (c_char_p, []),
    "rr_struct_size": (c_size_t, [c_char_p]),
    "rr_string_free": (None, [POINTER(c_char)]),
    "rr_enum_name": (c_char_p, [rr_enum, c_uint]),
    "rr_enum_parse": (rr_status, [rr_enum, c_char_p, POINTER(c_uint), POINTER(rr_error)]),
    "rr_enum_words": (c_char_p, [rr_enum]),
    "rr_set_allocator": (rr_status, [POINTER(rr_allocator), POINTER(rr_error)]),
    "rr_set_scratch": (rr_status, [c_char_p, c_size_t, POINTER(rr_error)]),
    "rr_set_executor": (rr_status, [POINTER(rr_executor), POINTER(rr_error)]),
    "rr_set_instruction_set": (rr_status, [c_char_p, POINTER(rr_error)]),
    "rr_instruction_set": (c_char_p, []),
    "rr_state_source_close": (None, [POINTER(rr_state_source)]),
    "rr_states_from_arrays": (rr_status, [
        POINTER(rr_state_arrays), POINTER(rr_state_source), POINTER(rr_error)
    ]),
    "rr_states_open": (rr_status, [
        c_char_p, c_int, POINTER(c_size_t), c_size_t, POINTER(rr_state_source), POINTER(rr_error)
    ]),
    "rr_states_sentence": (rr_status, [
        POINTER(rr_states_origin), POINTER(POINTER(c_char)), POINTER(rr_error)
    ]),
    "rr_influence_config_default": (rr_influence_config, []),
    "rr_influence_builder_new": (rr_status, [
        POINTER(rr_influence_config), POINTER(rr_state_source),
        POINTER(POINTER(rr_influence_builder)), POINTER(rr_error)
    ]),
    "rr_influence_builder_step": (rr_status, [
        POINTER(rr_influence_builder), POINTER(rr_build_progress), POINTER(rr_error)
    ]),
    "rr_influence_builder_finish": (rr_status, [
        POINTER(rr_influence_builder), POINTER(POINTER(rr_influence)), POINTER(rr_error)
    ]),
    "rr_influence_builder_free": (None, [POINTER(rr_influence_builder)]),
    "rr_influence_build": (rr_status, [
        POINTER(rr_influence_config), POINTER(rr_state_source), POINTER(rr_callbacks),
        POINTER(POINTER(rr_influence)), POINTER(rr_error)
    ]),
    "rr_influence_free": (None, [POINTER(rr_influence)]),
    "rr_influence_save": (rr_status, [
        POINTER(rr_influence), c_char_p, c_char_p, c_char_p, POINTER(rr_error)
    ]),
    "rr_influence_load": (rr_status, [
        c_char_p, c_char_p, c_char_p, POINTER(POINTER(rr_influence)), POINTER(rr_error)
    ]),
    "rr_influence_info_of": (rr_influence_info, [POINTER(rr_influence)]),
    "rr_influence_origin": (POINTER(rr_states_origin), [POINTER(rr_influence)]),
    "rr_influence_config_of": (rr_influence_config, [POINTER(rr_influence)]),
    "rr_influence_choice": (POINTER(rr_choice), [POINTER(rr_influence)]),
    "rr_influence_curve": (POINTER(rr_curve_point), [POINTER(rr_influence), POINTER(c_size_t)]),
    "rr_influence_confidence": (POINTER(c_float), [POINTER(rr_influence), c_size_t]),
    "rr_influence_trace": (rr_status, [
        POINTER(rr_influence), POINTER(rr_state_source), c_size_t, POINTER(POINTER(rr_traces)),
        POINTER(rr_error)
    ]),
    "rr_influence_training": (POINTER(rr_traces), [POINTER(rr_influence)]),
    "rr_traces_count": (c_size_t, [POINTER(rr_traces)]),
    "rr_traces_at": (rr_trace, [POINTER(rr_traces), c_size_t]),
    "rr_traces_free": (None, [POINTER(rr_traces)]),
    "rr_influence_segment": (rr_status, [
        POINTER(rr_influence), rr_key, POINTER(rr_trace), c_size_t, POINTER(POINTER(rr_posting)),
        POINTER(c_size_t), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_postings": (rr_status, [
        POINTER(rr_influence), rr_key, POINTER(rr_key_value), POINTER(POINTER(rr_posting)),
        POINTER(c_size_t), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_touched": (rr_status, [
        POINTER(rr_influence), rr_key, c_uint32, POINTER(rr_trace), POINTER(c_uint32),
        POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_trace_spans": (rr_status, [
        POINTER(rr_trace), c_size_t, POINTER(rr_span), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_spans_new": (rr_status, [
        POINTER(rr_influence), rr_key, POINTER(POINTER(rr_spans)), POINTER(rr_error)
    ]),
    "rr_spans_count": (c_size_t, [POINTER(rr_spans)]),
    "rr_spans_at": (rr_span, [POINTER(rr_spans), c_size_t]),
    "rr_spans_of_step": (c_size_t, [POINTER(rr_spans), c_size_t, c_size_t]),
    "rr_spans_free": (None, [POINTER(rr_spans)]),
    "rr_span_query_default": (rr_span_query, []),
    "rr_spans_nearest": (rr_status, [
        POINTER(rr_spans), POINTER(rr_span_query), POINTER(rr_trace), c_size_t, c_size_t, c_size_t,
        POINTER(rr_span_match), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_query_default": (rr_query, []),
    "rr_influence_scores": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_trace), POINTER(c_float),
        POINTER(rr_error)
    ]),
    "rr_influence_nearest": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_trace), c_size_t,
        POINTER(rr_neighbour), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_nearest_tied": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_trace), c_size_t,
        POINTER(rr_neighbour), POINTER(c_size_t), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_nearest_many": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_traces), POINTER(c_size_t), c_size_t,
        c_size_t, POINTER(rr_neighbour), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_nearest_many_tied": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_traces), POINTER(c_size_t), c_size_t,
        c_size_t, POINTER(rr_neighbour), POINTER(c_size_t), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_influence_similarity": (rr_status, [
        POINTER(rr_influence), POINTER(rr_query), POINTER(rr_trace), POINTER(rr_trace),
        POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_explain_config_default": (rr_explain_config, []),
    "rr_influence_top": (c_size_t, [c_size_t]),
    "rr_explain": (rr_status, [
        POINTER(rr_influence), POINTER(rr_explain_config), POINTER(rr_trace),
        POINTER(POINTER(rr_explanation)), POINTER(rr_error)
    ]),
    "rr_explanation_free": (None, [POINTER(rr_explanation)]),
    "rr_tokens_split": (rr_status, [
        c_char_p, c_size_t, POINTER(POINTER(rr_tokens)), POINTER(rr_error)
    ]),
    "rr_tokens_count": (c_size_t, [POINTER(rr_tokens)]),
    "rr_tokens_words": (POINTER(c_char_p), [POINTER(rr_tokens)]),
    "rr_tokens_free": (None, [POINTER(rr_tokens)]),
    "rr_vocabulary_size": (c_size_t, [POINTER(rr_vocabulary)]),
    "rr_vocabulary_folds_case": (c_int, [POINTER(rr_vocabulary)]),
    "rr_vocabulary_word": (c_char_p, [POINTER(rr_vocabulary), c_uint32]),
    "rr_vocabulary_find": (c_uint32, [POINTER(rr_vocabulary), c_char_p]),
    "rr_vocabulary_hash": (c_char_p, [POINTER(rr_vocabulary)]),
    "rr_vectors_load": (rr_status, [
        c_char_p, POINTER(rr_vocabulary), POINTER(POINTER(rr_vectors)), POINTER(rr_error)
    ]),
    "rr_vectors_free": (None, [POINTER(rr_vectors)]),
    "rr_vectors_width": (c_size_t, [POINTER(rr_vectors)]),
    "rr_vectors_covered": (c_size_t, [POINTER(rr_vectors)]),
    "rr_vectors_table": (POINTER(c_float), [POINTER(rr_vectors)]),
    "rr_vectors_note": (c_char_p, [POINTER(rr_vectors), c_size_t]),
    "rr_vectors_hash": (c_char_p, [POINTER(rr_vectors)]),
    "rr_source_options_default": (rr_source_options, []),
    "rr_source_open": (rr_status, [
        c_char_p, POINTER(rr_source_options), POINTER(POINTER(rr_source)), POINTER(rr_error)
    ]),
    "rr_source_share": (POINTER(rr_source), [POINTER(rr_source)]),
    "rr_source_close": (None, [POINTER(rr_source)]),
    "rr_source_note": (c_char_p, [POINTER(rr_source), c_size_t]),
    "rr_source_scaling": (POINTER(rr_scaling), [POINTER(rr_source)]),
    "rr_source_spec": (c_char_p, [POINTER(rr_source)]),
    "rr_source_has": (c_int, [POINTER(rr_source), rr_split]),
    "rr_source_split": (rr_status, [
        POINTER(rr_source), rr_split, POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_source_select": (rr_status, [
        POINTER(rr_source), rr_split, c_char_p, POINTER(c_size_t), c_size_t,
        POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_load": (rr_status, [
        c_char_p, rr_split, POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_spec_resolve": (rr_status, [c_char_p, POINTER(POINTER(c_char)), POINTER(rr_error)]),
    "rr_dataset_spec_check_output": (rr_status, [c_char_p, c_char_p, POINTER(rr_error)]),
    "rr_dataset_share": (POINTER(rr_dataset), [POINTER(rr_dataset)]),
    "rr_dataset_free": (None, [POINTER(rr_dataset)]),
    "rr_dataset_count": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_steps": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_max_steps": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_width": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_vocabulary": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_words": (POINTER(rr_vocabulary), [POINTER(rr_dataset)]),
    "rr_dataset_unknown": (rr_status, [
        POINTER(rr_dataset), POINTER(rr_unknown_words), POINTER(rr_error)
    ]),
    "rr_dataset_labelled": (c_int, [POINTER(rr_dataset)]),
    "rr_dataset_is_image": (c_int, [POINTER(rr_dataset)]),
    "rr_dataset_step_labelled": (c_int, [POINTER(rr_dataset)]),
    "rr_dataset_labelled_steps": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_classes": (c_size_t, [POINTER(rr_dataset)]),
    "rr_dataset_class_name": (c_char_p, [POINTER(rr_dataset), c_size_t]),
    "rr_dataset_at": (rr_sequence, [POINTER(rr_dataset), c_size_t]),
    "rr_dataset_origin": (rr_origin, [POINTER(rr_dataset), c_size_t]),
    "rr_dataset_find_id": (rr_status, [
        POINTER(rr_dataset), c_char_p, POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_dataset_rows": (None, [POINTER(rr_dataset), POINTER(c_uint64)]),
    "rr_dataset_origins": (rr_origins, [POINTER(rr_dataset)]),
    "rr_dataset_hash": (c_char_p, [POINTER(rr_dataset)]),
    "rr_dataset_files_hash": (c_char_p, [POINTER(rr_dataset)]),
    "rr_dataset_shape_of": (rr_dataset_shape, [POINTER(rr_dataset)]),
    "rr_dataset_builder_new": (rr_status, [
        POINTER(rr_dataset_shape), POINTER(POINTER(rr_dataset_builder)), POINTER(rr_error)
    ]),
    "rr_dataset_builder_add": (rr_status, [
        POINTER(rr_dataset_builder), rr_sequence, POINTER(rr_error)
    ]),
    "rr_dataset_builder_finish": (rr_status, [
        POINTER(rr_dataset_builder), POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_builder_free": (None, [POINTER(rr_dataset_builder)]),
    "rr_dataset_select": (rr_status, [
        POINTER(rr_dataset), POINTER(c_size_t), c_size_t, POINTER(POINTER(rr_dataset)),
        POINTER(rr_error)
    ]),
    "rr_dataset_relabel": (rr_status, [
        POINTER(rr_dataset), POINTER(c_uint32), POINTER(c_uint32), c_size_t,
        POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_relabel_steps": (rr_status, [
        POINTER(rr_dataset), POINTER(c_uint64), POINTER(c_uint32), c_size_t,
        POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_concat": (rr_status, [
        POINTER(rr_dataset), POINTER(rr_dataset), POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_dataset_save_jsonl": (rr_status, [
        POINTER(POINTER(rr_dataset)), POINTER(rr_split), c_size_t, c_char_p, POINTER(rr_error)
    ]),
    "rr_dataset_save": (rr_status, [POINTER(rr_dataset), c_char_p, POINTER(rr_error)]),
    "rr_network_config_default": (rr_network_config, []),
    "rr_network_new": (rr_status, [
        POINTER(rr_network_config), POINTER(POINTER(rr_network)), POINTER(rr_error)
    ]),
    "rr_network_copy": (rr_status, [
        POINTER(rr_network), POINTER(POINTER(rr_network)), POINTER(rr_error)
    ]),
    "rr_network_load": (rr_status, [c_char_p, POINTER(POINTER(rr_network)), POINTER(rr_error)]),
    "rr_network_save": (rr_status, [POINTER(rr_network), c_char_p, POINTER(rr_error)]),
    "rr_network_free": (None, [POINTER(rr_network)]),
    "rr_network_set_embedding": (rr_status, [
        POINTER(rr_network), POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_network_embedding": (POINTER(c_float), [POINTER(rr_network)]),
    "rr_network_knows": (c_int, [POINTER(rr_network), c_uint32]),
    "rr_network_set_vocabulary": (rr_status, [POINTER(rr_network), c_char_p, POINTER(rr_error)]),
    "rr_network_vocabulary": (c_char_p, [POINTER(rr_network)]),
    "rr_network_config_of": (rr_network_config, [POINTER(rr_network)]),
    "rr_network_parameters": (c_size_t, [POINTER(rr_network)]),
    "rr_network_hash": (rr_status, [POINTER(rr_network), POINTER(c_char), POINTER(rr_error)]),
    "rr_network_states": (rr_status, [
        POINTER(rr_network), POINTER(rr_dataset), c_size_t, POINTER(rr_state_source),
        POINTER(rr_error)
    ]),
    "rr_network_predict": (rr_status, [
        POINTER(rr_network), POINTER(rr_dataset), c_size_t, POINTER(c_uint32), POINTER(c_float),
        POINTER(rr_error)
    ]),
    "rr_network_probabilities": (rr_status, [
        POINTER(rr_network), POINTER(rr_dataset), c_size_t, POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_localize_config_default": (rr_localize_config, []),
    "rr_localize": (rr_status, [
        POINTER(rr_influence), POINTER(rr_network), POINTER(rr_localize_config), POINTER(rr_trace),
        POINTER(POINTER(rr_segments)), POINTER(rr_error)
    ]),
    "rr_segments_free": (None, [POINTER(rr_segments)]),
    "rr_additions_config_default": (rr_additions_config, []),
    "rr_additions_find": (rr_status, [
        POINTER(rr_additions_config), POINTER(rr_influence), POINTER(rr_traces), POINTER(c_size_t),
        c_size_t, POINTER(rr_callbacks), POINTER(POINTER(rr_additions)), POINTER(rr_error)
    ]),
    "rr_additions_list": (POINTER(rr_addition), [POINTER(rr_additions), POINTER(c_size_t)]),
    "rr_additions_without": (c_size_t, [POINTER(rr_additions)]),
    "rr_additions_free": (None, [POINTER(rr_additions)]),
    "rr_addition_reason": (rr_status, [
        POINTER(rr_addition), c_size_t, c_char_p, c_char_p, c_char_p, POINTER(POINTER(c_char)),
        POINTER(rr_error)
    ]),
    "rr_train_config_default": (rr_train_config, []),
    "rr_trainer_new": (rr_status, [
        POINTER(rr_train_config), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(POINTER(rr_trainer)), POINTER(rr_error)
    ]),
    "rr_trainer_set_weights": (rr_status, [
        POINTER(rr_trainer), POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_trainer_set_class_weights": (rr_status, [
        POINTER(rr_trainer), POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_trainer_step": (rr_status, [
        POINTER(rr_trainer), POINTER(rr_train_progress), POINTER(rr_error)
    ]),
    "rr_trainer_run_epoch": (rr_status, [
        POINTER(rr_trainer), POINTER(rr_callbacks), POINTER(rr_train_progress), POINTER(rr_error)
    ]),
    "rr_trainer_finished": (c_int, [POINTER(rr_trainer)]),
    "rr_trainer_epoch": (c_size_t, [POINTER(rr_trainer)]),
    "rr_trainer_save": (rr_status, [POINTER(rr_trainer), c_char_p, POINTER(rr_error)]),
    "rr_trainer_restore": (rr_status, [POINTER(rr_trainer), c_char_p, POINTER(rr_error)]),
    "rr_trainer_free": (None, [POINTER(rr_trainer)]),
    "rr_network_gradient": (rr_status, [
        POINTER(rr_network), POINTER(rr_dataset), c_size_t, POINTER(c_double), POINTER(c_float),
        POINTER(rr_error)
    ]),
    "rr_attribution_config_default": (rr_attribution_config, []),
    "rr_attribution_new": (rr_status, [
        POINTER(rr_attribution_config), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(rr_targets), POINTER(POINTER(rr_attribution)), POINTER(rr_error)
    ]),
    "rr_attribution_new_queries": (rr_status, [
        POINTER(rr_attribution_config), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(rr_targets), c_size_t, POINTER(POINTER(rr_attribution)), POINTER(rr_error)
    ]),
    "rr_attribution_step": (rr_status, [
        POINTER(rr_attribution), POINTER(rr_attribution_progress), POINTER(rr_error)
    ]),
    "rr_attribution_scores": (POINTER(c_double), [POINTER(rr_attribution)]),
    "rr_attribution_query_scores": (POINTER(c_double), [POINTER(rr_attribution), c_size_t]),
    "rr_attribution_step_scores": (POINTER(c_double), [POINTER(rr_attribution), c_size_t]),
    "rr_attribution_free": (None, [POINTER(rr_attribution)]),
    "rr_attribution_self": (rr_status, [
        POINTER(rr_attribution_config), POINTER(rr_network), POINTER(rr_dataset), POINTER(c_uint32),
        c_size_t, POINTER(rr_callbacks), POINTER(c_double), POINTER(rr_error)
    ]),
    "rr_drivers": (rr_status, [
        POINTER(rr_influence), rr_key, rr_weighting, POINTER(rr_traces), POINTER(c_size_t),
        c_size_t, POINTER(c_double), POINTER(rr_error)
    ]),
    "rr_label_support": (rr_status, [
        POINTER(rr_influence), c_size_t, POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_label_support_of": (rr_status, [
        POINTER(rr_influence), POINTER(rr_traces), c_size_t, POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_driven_errors": (rr_status, [
        POINTER(rr_influence), rr_key, POINTER(rr_traces), POINTER(c_size_t), c_size_t,
        POINTER(c_uint32), c_size_t, c_size_t, POINTER(rr_driven), POINTER(c_size_t),
        POINTER(rr_error)
    ]),
    "rr_audit_config_default": (rr_audit_config, [rr_audit_about]),
    "rr_audit_check": (rr_status, [POINTER(rr_audit_config), POINTER(rr_error)]),
    "rr_audit_run": (rr_status, [
        POINTER(rr_audit_config), POINTER(rr_audit_data), POINTER(rr_callbacks),
        POINTER(POINTER(rr_audit)), POINTER(rr_error)
    ]),
    "rr_audit_result_of": (POINTER(rr_audit_result), [POINTER(rr_audit)]),
    "rr_audit_save_review": (rr_status, [
        POINTER(rr_audit), POINTER(rr_dataset), c_char_p, POINTER(rr_error)
    ]),
    "rr_audit_free": (None, [POINTER(rr_audit)]),
    "rr_step_support": (rr_status, [
        POINTER(rr_influence), rr_key, POINTER(c_float), POINTER(c_uint32), POINTER(rr_error)
    ]),
    "rr_step_audit_config_default": (rr_step_audit_config, []),
    "rr_step_audit_run": (rr_status, [
        POINTER(rr_step_audit_config), POINTER(rr_influence), POINTER(rr_state_source),
        POINTER(c_ubyte), POINTER(rr_callbacks), POINTER(POINTER(rr_step_audit)), POINTER(rr_error)
    ]),
    "rr_step_audit_result_of": (POINTER(rr_step_audit_result), [POINTER(rr_step_audit)]),
    "rr_step_audit_save_review": (rr_status, [
        POINTER(rr_step_audit), POINTER(rr_dataset), c_char_p, POINTER(rr_error)
    ]),
    "rr_step_audit_free": (None, [POINTER(rr_step_audit)]),
    "rr_poison_config_default": (rr_poison_config, []),
    "rr_poison": (rr_status, [
        POINTER(rr_poison_config), POINTER(rr_dataset), POINTER(POINTER(rr_dataset)),
        POINTER(c_uint32), POINTER(rr_error)
    ]),
    "rr_attack_config_default": (rr_attack_config, []),
    "rr_backdoor_new": (rr_status, [
        POINTER(rr_attack_config), POINTER(rr_influence), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(rr_dataset), POINTER(rr_trigger), POINTER(POINTER(rr_backdoor)), POINTER(rr_error)
    ]),
    "rr_backdoor_contexts": (POINTER(rr_learned_context), [
        POINTER(rr_backdoor), POINTER(c_size_t)
    ]),
    "rr_backdoor_carriers": (POINTER(rr_carrier), [POINTER(rr_backdoor), POINTER(c_size_t)]),
    "rr_backdoor_named": (c_size_t, [POINTER(rr_backdoor), c_size_t, POINTER(c_uint32)]),
    "rr_backdoor_random": (rr_status, [
        POINTER(rr_backdoor), c_uint64, c_size_t, POINTER(c_uint32), POINTER(rr_error)
    ]),
    "rr_backdoor_free": (None, [POINTER(rr_backdoor)]),
    "rr_attack": (rr_status, [
        POINTER(rr_attack_config), POINTER(rr_network), POINTER(rr_dataset), POINTER(rr_trigger),
        POINTER(rr_backdoor), POINTER(rr_attack_result), POINTER(rr_error)
    ]),
    "rr_backdoor_observe": (rr_status, [
        POINTER(rr_influence), POINTER(rr_dataset), POINTER(rr_dataset), POINTER(rr_traces),
        POINTER(rr_trigger), POINTER(rr_attack_result), POINTER(POINTER(rr_backdoor)),
        POINTER(rr_error)
    ]),
    "rr_attack_inputs": (rr_status, [
        POINTER(rr_attack_config), POINTER(rr_network), POINTER(rr_dataset), POINTER(rr_trigger),
        POINTER(rr_backdoor), POINTER(POINTER(rr_dataset)), POINTER(c_uint32), POINTER(c_size_t),
        POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_attack_words": (rr_status, [
        POINTER(rr_network), POINTER(rr_dataset), POINTER(rr_trigger), c_uint64, c_size_t,
        POINTER(c_uint32), POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_scan_config_default": (rr_scan_config, []),
    "rr_backdoor_scan": (rr_status, [
        POINTER(rr_scan_config), POINTER(rr_influence), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(rr_callbacks), POINTER(POINTER(rr_scan)), POINTER(rr_error)
    ]),
    "rr_scan_candidates": (POINTER(rr_candidate), [POINTER(rr_scan), POINTER(c_size_t)]),
    "rr_scan_free": (None, [POINTER(rr_scan)]),
    "rr_pattern_config_default": (rr_pattern_config, []),
    "rr_backdoor_scan_patterns": (rr_status, [
        POINTER(rr_pattern_config), POINTER(rr_influence), POINTER(rr_state_source),
        POINTER(rr_callbacks), POINTER(POINTER(rr_pattern_scan)), POINTER(rr_error)
    ]),
    "rr_pattern_classes": (POINTER(rr_pattern_class), [
        POINTER(rr_pattern_scan), POINTER(c_size_t)
    ]),
    "rr_pattern_suspects": (POINTER(rr_pattern_suspect), [
        POINTER(rr_pattern_scan), POINTER(c_size_t)
    ]),
    "rr_pattern_flagged": (POINTER(c_uint32), [POINTER(rr_pattern_scan), POINTER(c_size_t)]),
    "rr_pattern_scan_free": (None, [POINTER(rr_pattern_scan)]),
    "rr_crossvalidation_new": (rr_status, [
        POINTER(rr_train_config), POINTER(rr_network), POINTER(rr_dataset), c_size_t,
        POINTER(POINTER(rr_crossvalidation)), POINTER(rr_error)
    ]),
    "rr_crossvalidation_step": (rr_status, [
        POINTER(rr_crossvalidation), POINTER(rr_crossvalidation_progress), POINTER(rr_error)
    ]),
    "rr_crossvalidation_probabilities": (POINTER(c_float), [POINTER(rr_crossvalidation)]),
    "rr_crossvalidation_free": (None, [POINTER(rr_crossvalidation)]),
    "rr_edits_check": (rr_status, [POINTER(rr_edits), c_size_t, c_size_t, POINTER(rr_error)]),
    "rr_edits_copy": (rr_status, [
        POINTER(rr_edits), POINTER(POINTER(rr_edits)), POINTER(rr_error)
    ]),
    "rr_edits_free": (None, [POINTER(rr_edits)]),
    "rr_edits_apply": (rr_status, [
        POINTER(rr_edits), POINTER(rr_dataset), POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_edits_compose": (rr_status, [
        POINTER(rr_edits), c_size_t, POINTER(rr_dataset), POINTER(rr_edits),
        POINTER(POINTER(rr_edits)), POINTER(rr_error)
    ]),
    "rr_weights_load": (rr_status, [
        c_char_p, c_size_t, POINTER(POINTER(rr_edits)), POINTER(rr_error)
    ]),
    "rr_decisions_load": (rr_status, [
        c_char_p, POINTER(rr_dataset), POINTER(POINTER(rr_decision)), POINTER(c_size_t),
        POINTER(rr_error)
    ]),
    "rr_decisions_save": (rr_status, [
        POINTER(rr_decision), c_size_t, POINTER(rr_dataset), c_char_p, POINTER(rr_error)
    ]),
    "rr_decisions_edits": (rr_status, [
        POINTER(rr_decision), c_size_t, POINTER(rr_dataset), POINTER(POINTER(rr_edits)),
        POINTER(rr_error)
    ]),
    "rr_decisions_free": (None, [POINTER(rr_decision)]),
    "rr_label_noise_config_default": (rr_label_noise_config, []),
    "rr_label_noise": (rr_status, [
        POINTER(rr_label_noise_config), POINTER(rr_dataset), POINTER(POINTER(rr_decision)),
        POINTER(c_size_t), POINTER(rr_error)
    ]),
    "rr_duplicates_config_default": (rr_duplicates_config, []),
    "rr_duplicates_find": (rr_status, [
        POINTER(rr_duplicates_config), POINTER(POINTER(rr_dataset)), c_size_t,
        POINTER(POINTER(rr_duplicates)), POINTER(rr_error)
    ]),
    "rr_duplicates_result_of": (POINTER(rr_duplicates_result), [POINTER(rr_duplicates)]),
    "rr_duplicates_save_review": (rr_status, [
        POINTER(rr_duplicates), POINTER(rr_dataset), c_char_p, POINTER(rr_error)
    ]),
    "rr_duplicates_free": (None, [POINTER(rr_duplicates)]),
    "rr_output_repair_default": (rr_output_repair, []),
    "rr_hotfix_solve": (rr_status, [
        POINTER(rr_output_repair), POINTER(rr_hotfix_problem), c_size_t, POINTER(rr_callbacks),
        POINTER(POINTER(rr_hotfix)), POINTER(rr_error)
    ]),
    "rr_hotfix_margins": (rr_status, [
        POINTER(rr_hotfix_problem), c_size_t, POINTER(c_double), POINTER(rr_error)
    ]),
    "rr_hotfix_free": (None, [POINTER(rr_hotfix)]),
    "rr_influence_has_novelty": (c_int, [POINTER(rr_influence)]),
    "rr_influence_novelty": (rr_status, [
        POINTER(rr_influence), POINTER(rr_state_source), c_size_t, POINTER(rr_novelty),
        POINTER(rr_error)
    ]),
    "rr_outcome_compare_steps": (rr_status, [
        POINTER(rr_dataset), POINTER(c_uint32), POINTER(c_uint32), POINTER(c_size_t), c_size_t,
        POINTER(rr_outcome), POINTER(rr_error)
    ]),
    "rr_outcome_compare": (rr_status, [
        POINTER(rr_dataset), POINTER(c_uint32), POINTER(c_uint32), POINTER(c_size_t), c_size_t,
        POINTER(rr_outcome), POINTER(rr_error)
    ]),
    "rr_effect_measure": (rr_status, [
        POINTER(rr_dataset), c_int, POINTER(rr_predicted), POINTER(rr_predicted), POINTER(c_size_t),
        c_size_t, POINTER(rr_effect), POINTER(rr_class_outcome), POINTER(rr_error)
    ]),
    "rr_quality_measure": (rr_status, [
        POINTER(c_uint32), POINTER(c_uint32), POINTER(c_double), c_size_t, c_size_t,
        POINTER(rr_quality), POINTER(rr_class_quality), POINTER(rr_error)
    ]),
    "rr_mixed_repair_default": (rr_mixed_repair, [c_int]),
    "rr_repair_config_default": (rr_repair_config, []),
    "rr_repair_new": (rr_status, [
        POINTER(rr_repair_config), POINTER(rr_influence), POINTER(rr_network), POINTER(rr_dataset),
        POINTER(rr_dataset), POINTER(c_size_t), c_size_t, POINTER(POINTER(rr_repair)),
        POINTER(rr_error)
    ]),
    "rr_repair_step": (rr_status, [POINTER(rr_repair), POINTER(c_int), POINTER(rr_error)]),
    "rr_repair_targets": (POINTER(rr_repair_target), [POINTER(rr_repair), POINTER(c_size_t)]),
    "rr_repair_tied": (c_size_t, [POINTER(rr_repair), c_size_t]),
    "rr_repair_lift_truth": (c_double, [POINTER(rr_repair), c_size_t]),
    "rr_repair_lift_prediction": (c_double, [POINTER(rr_repair), c_size_t]),
    "rr_repair_config_of": (rr_repair_config, [POINTER(rr_repair)]),
    "rr_repair_additions": (rr_status, [
        POINTER(rr_repair), POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_repair_weights": (c_int, [POINTER(rr_repair), POINTER(c_float)]),
    "rr_repair_free": (None, [POINTER(rr_repair)]),
    "rr_run_create": (rr_status, [
        c_char_p, POINTER(rr_run_settings), POINTER(POINTER(rr_run)), POINTER(rr_error)
    ]),
    "rr_run_reserve": (rr_status, [c_char_p, POINTER(POINTER(rr_reservation)), POINTER(rr_error)]),
    "rr_reservation_end": (None, [POINTER(rr_reservation)]),
    "rr_run_open": (rr_status, [c_char_p, POINTER(POINTER(rr_run)), POINTER(rr_error)]),
    "rr_run_free": (None, [POINTER(rr_run)]),
    "rr_run_dir": (c_char_p, [POINTER(rr_run)]),
    "rr_run_settings_of": (rr_run_settings, [POINTER(rr_run)]),
    "rr_run_history": (POINTER(rr_run_epoch), [POINTER(rr_run), POINTER(c_size_t)]),
    "rr_run_model_epoch": (c_size_t, [POINTER(rr_run)]),
    "rr_run_has_model": (c_int, [POINTER(rr_run)]),
    "rr_run_class_weights": (POINTER(c_float), [POINTER(rr_run)]),
    "rr_run_guarded": (rr_guarded, [POINTER(rr_run)]),
    "rr_run_path": (rr_status, [
        POINTER(rr_run), c_char_p, POINTER(POINTER(c_char)), POINTER(rr_error)
    ]),
    "rr_run_extend": (rr_status, [POINTER(rr_run), c_size_t, POINTER(rr_error)]),
    "rr_run_record": (rr_status, [
        POINTER(rr_run), POINTER(rr_run_epoch), POINTER(rr_network), POINTER(rr_trainer),
        POINTER(rr_error)
    ]),
    "rr_run_resume": (rr_status, [POINTER(rr_run), POINTER(rr_trainer), POINTER(rr_error)]),
    "rr_run_checkpoint": (rr_status, [POINTER(rr_run), POINTER(rr_trainer), POINTER(rr_error)]),
    "rr_run_checkpoint_path": (rr_status, [
        POINTER(rr_run), c_size_t, POINTER(POINTER(c_char)), POINTER(rr_error)
    ]),
    "rr_run_vocabulary": (POINTER(rr_vocabulary), [POINTER(rr_run)]),
    "rr_run_source_options": (rr_source_options, [POINTER(rr_run)]),
    "rr_run_is_warm_started": (rr_status, [POINTER(rr_run), POINTER(c_int), POINTER(rr_error)]),
    "rr_run_begin": (rr_status, [
        POINTER(rr_run), c_char_p, POINTER(POINTER(rr_network)), POINTER(rr_error)
    ]),
    "rr_run_dataset": (rr_status, [
        POINTER(rr_run), rr_split, c_char_p, POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_run_sequences": (rr_status, [
        POINTER(rr_run), rr_split, c_char_p, POINTER(c_size_t), c_size_t,
        POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_run_network": (rr_status, [
        POINTER(rr_run), POINTER(POINTER(rr_network)), POINTER(rr_error)
    ]),
    "rr_run_influence": (rr_status, [
        POINTER(rr_run), POINTER(rr_network), POINTER(POINTER(rr_influence)), POINTER(rr_error)
    ]),
    "rr_run_data_hash": (rr_status, [POINTER(rr_run), POINTER(c_char), POINTER(rr_error)]),
    "rr_session_config_default": (rr_session_config, []),
    "rr_session_open": (rr_status, [
        c_char_p, POINTER(rr_session_config), POINTER(POINTER(rr_session)), POINTER(rr_error)
    ]),
    "rr_session_close": (None, [POINTER(rr_session)]),
    "rr_session_run": (POINTER(rr_run), [POINTER(rr_session)]),
    "rr_session_threads": (c_size_t, [POINTER(rr_session)]),
    "rr_session_network": (rr_status, [
        POINTER(rr_session), POINTER(POINTER(rr_network)), POINTER(rr_error)
    ]),
    "rr_session_check_output": (rr_status, [POINTER(rr_session), c_char_p, POINTER(rr_error)]),
    "rr_session_has_influence": (c_int, [POINTER(rr_session)]),
    "rr_session_influence": (rr_status, [
        POINTER(rr_session), POINTER(POINTER(rr_influence)), POINTER(rr_error)
    ]),
    "rr_session_has_split": (c_int, [POINTER(rr_session), rr_split]),
    "rr_session_split": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(POINTER(rr_dataset)), POINTER(rr_error)
    ]),
    "rr_session_sequences": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(c_size_t), c_size_t, POINTER(POINTER(rr_dataset)),
        POINTER(rr_error)
    ]),
    "rr_session_predict": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_predictions), POINTER(rr_error)
    ]),
    "rr_session_quality": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_quality), POINTER(rr_class_quality),
        POINTER(rr_error)
    ]),
    "rr_session_other": (rr_status, [
        POINTER(rr_session), c_char_p, c_int, POINTER(rr_split), POINTER(rr_error)
    ]),
    "rr_dataset_class": (rr_status, [
        POINTER(rr_dataset), c_char_p, POINTER(c_uint32), POINTER(rr_error)
    ]),
    "rr_new_run_config_default": (rr_new_run_config, []),
    "rr_new_run_recipe": (None, [rr_recipe, POINTER(rr_new_run_config)]),
    "rr_session_create": (rr_status, [
        c_char_p, POINTER(rr_new_run_config), POINTER(rr_session_config),
        POINTER(POINTER(rr_session)), POINTER(rr_error)
    ]),
    "rr_session_create_states": (rr_status, [
        c_char_p, c_char_p, POINTER(rr_session_config), POINTER(POINTER(rr_session)),
        POINTER(rr_error)
    ]),
    "rr_session_train": (rr_status, [
        POINTER(rr_session), POINTER(rr_train_options), POINTER(rr_error)
    ]),
    "rr_session_build": (rr_status, [
        POINTER(rr_session), POINTER(rr_influence_config), POINTER(rr_error)
    ]),
    "rr_retrain_config_default": (rr_retrain_config, [POINTER(rr_session)]),
    "rr_session_child": (rr_status, [
        POINTER(rr_session), c_char_p, POINTER(rr_edits), POINTER(rr_retrain_config),
        POINTER(POINTER(rr_session)), POINTER(rr_error)
    ]),
    "rr_session_audit_config_default": (rr_session_audit_config, []),
    "rr_session_audit": (rr_status, [
        POINTER(rr_session), POINTER(rr_session_audit_config), POINTER(POINTER(rr_audit)),
        POINTER(rr_error)
    ]),
    "rr_session_duplicates": (rr_status, [
        POINTER(rr_session), POINTER(rr_duplicates_config), POINTER(POINTER(rr_duplicates)),
        POINTER(rr_error)
    ]),
    "rr_session_step_audit_question": (rr_status, [
        POINTER(rr_session), POINTER(rr_session_step_audit_config), POINTER(rr_error)
    ]),
    "rr_session_audit_steps": (rr_status, [
        POINTER(rr_session), POINTER(rr_session_step_audit_config), POINTER(POINTER(rr_step_audit)),
        POINTER(rr_error)
    ]),
    "rr_session_apply_decisions": (rr_status, [
        POINTER(rr_session), c_char_p, c_char_p, rr_split, POINTER(rr_retrain_config),
        POINTER(POINTER(rr_session)), POINTER(rr_decisions_result), POINTER(rr_error)
    ]),
    "rr_session_scan": (rr_status, [
        POINTER(rr_session), POINTER(rr_scan_config), POINTER(POINTER(rr_scan)), POINTER(rr_error)
    ]),
    "rr_trace_config_default": (rr_trace_config, []),
    "rr_session_trace_trigger": (rr_status, [
        POINTER(rr_session), POINTER(rr_trace_config), POINTER(POINTER(rr_traced_trigger)),
        POINTER(rr_error)
    ]),
    "rr_traced_trigger_free": (None, [POINTER(rr_traced_trigger)]),
    "rr_session_remove_trigger": (rr_status, [
        POINTER(rr_session), POINTER(rr_traced_trigger), c_size_t, c_char_p,
        POINTER(rr_retrain_config), POINTER(POINTER(rr_removal)), POINTER(rr_error)
    ]),
    "rr_removal_free": (None, [POINTER(rr_removal)]),
    "rr_session_scan_patterns": (rr_status, [
        POINTER(rr_session), POINTER(rr_pattern_config), POINTER(POINTER(rr_pattern_scan)),
        POINTER(rr_error)
    ]),
    "rr_session_remove_patterns": (rr_status, [
        POINTER(rr_session), POINTER(rr_pattern_scan), c_size_t, rr_split, c_uint64, c_char_p,
        POINTER(rr_retrain_config), POINTER(POINTER(rr_pattern_removal)), POINTER(rr_error)
    ]),
    "rr_pattern_removal_free": (None, [POINTER(rr_pattern_removal)]),
    "rr_session_verify": (rr_status, [
        POINTER(rr_session), POINTER(rr_verify_options), POINTER(rr_verification),
        POINTER(rr_error)
    ]),
    "rr_page_config_default": (rr_page_config, []),
    "rr_page_new": (rr_status, [
        POINTER(rr_session), POINTER(rr_page_config), POINTER(POINTER(rr_page)), POINTER(rr_error)
    ]),
    "rr_page_write": (rr_status, [POINTER(rr_page), c_char_p, POINTER(rr_error)]),
    "rr_page_block": (POINTER(c_ubyte), [POINTER(rr_page), c_char_p, POINTER(c_size_t)]),
    "rr_page_summary_of": (rr_page_summary, [POINTER(rr_page)]),
    "rr_page_left_out": (c_char_p, [POINTER(rr_page), c_size_t, POINTER(c_char_p)]),
    "rr_page_free": (None, [POINTER(rr_page)]),
    "rr_page_html": (rr_status, [POINTER(POINTER(c_char)), POINTER(c_size_t), POINTER(rr_error)]),
    "rr_predictions_save": (rr_status, [POINTER(rr_predictions), c_char_p, POINTER(rr_error)]),
    "rr_session_probabilities": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(c_float), POINTER(rr_error)
    ]),
    "rr_session_save_predictions": (rr_status, [
        POINTER(rr_session), rr_split, c_char_p, POINTER(rr_error)
    ]),
    "rr_session_save_trace": (rr_status, [
        POINTER(rr_session), rr_split, c_char_p, POINTER(rr_error)
    ]),
    "rr_session_save_steps": (rr_status, [
        POINTER(rr_session), POINTER(rr_dataset), c_char_p, POINTER(rr_error)
    ]),
    "rr_session_novelty": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_split_novelty), POINTER(rr_error)
    ]),
    "rr_session_errors": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_error_filter), POINTER(rr_ids), POINTER(rr_error)
    ]),
    "rr_ids_free": (None, [POINTER(rr_ids)]),
    "rr_session_localize": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_localize_config), POINTER(rr_error_filter),
        POINTER(POINTER(rr_localization)), POINTER(rr_error)
    ]),
    "rr_localization_free": (None, [POINTER(rr_localization)]),
    "rr_session_localize_spans": (rr_status, [
        POINTER(rr_session), rr_split, POINTER(rr_localize_config), POINTER(rr_error_filter),
        POINTER(POINTER(rr_span_localization)), POINTER(rr_error)
    ]),
    "rr_span_localization_free": (None, [POINTER(rr_span_localization)]),
    "rr_session_question": (rr_status, [
        POINTER(rr_session), POINTER(rr_question), POINTER(rr_error)
    ]),
    "rr_session_explain": (rr_status, [
        POINTER(rr_session), POINTER(rr_question), POINTER(POINTER(rr_answer)), POINTER(rr_error)
    ]),
    "rr_answer_free": (None, [POINTER(rr_answer)]),
    "rr_answer_place": (c_size_t, [POINTER(rr_answer), c_size_t]),
    "rr_answer_training": (rr_sequence, [POINTER(rr_answer), c_size_t]),
    "rr_session_touched": (rr_status, [
        POINTER(rr_session), rr_split, c_size_t, rr_key, POINTER(POINTER(rr_reach)),
        POINTER(rr_error)
    ]),
    "rr_reach_free": (None, [POINTER(rr_reach)]),
    "rr_picture_explanation": (rr_status, [
        POINTER(rr_explanation), POINTER(rr_dataset), c_size_t, POINTER(rr_dataset), c_char_p,
        POINTER(rr_error)
    ]),
    "rr_picture_answer": (rr_status, [
        POINTER(rr_session), POINTER(rr_answer), c_char_p, POINTER(rr_error)
    ]),
    "rr_picture_repair": (rr_status, [
        POINTER(rr_repair), POINTER(rr_dataset), POINTER(rr_dataset), POINTER(rr_dataset),
        POINTER(c_uint32), c_char_p, POINTER(rr_error)
    ]),
    "rr_picture_grid": (rr_status, [POINTER(rr_grid), c_char_p, POINTER(rr_error)]),
    "rr_compare_config_default": (rr_compare_config, []),
    "rr_session_compare": (rr_status, [
        POINTER(rr_session), POINTER(rr_session), POINTER(rr_compare_config),
        POINTER(POINTER(rr_comparison)), POINTER(rr_error)
    ]),
    "rr_comparison_free": (None, [POINTER(rr_comparison)]),
    "rr_state_summary_config_default": (rr_state_summary_config, []),
    "rr_session_state_summary": (rr_status, [
        POINTER(rr_session), POINTER(rr_state_summary_config), POINTER(POINTER(rr_state_summary)),
        POINTER(rr_error)
    ]),
    "rr_state_summary_free": (None, [POINTER(rr_state_summary)]),
    "rr_session_trust": (rr_status, [
        POINTER(rr_session), POINTER(POINTER(rr_trust)), POINTER(rr_error)
    ]),
    "rr_trust_free": (None, [POINTER(rr_trust)]),
    "rr_repair_request_default": (rr_repair_request, [POINTER(rr_session)]),
    "rr_session_repair": (rr_status, [
        POINTER(rr_session), POINTER(rr_repair_request), c_char_p,
        POINTER(POINTER(rr_repair_result)), POINTER(rr_error)
    ]),
    "rr_repair_result_free": (None, [POINTER(rr_repair_result)]),
    "rr_session_repair_seeds": (rr_status, [
        POINTER(rr_session), POINTER(rr_repair_request), c_char_p, POINTER(c_uint64), c_size_t,
        rr_repair_report, c_void_p, POINTER(POINTER(rr_repair_series)), POINTER(rr_error)
    ]),
    "rr_repair_series_free": (None, [POINTER(rr_repair_series)]),
    "rr_export_request_default": (rr_export_request, [POINTER(rr_session)]),
    "rr_session_export": (rr_status, [
        POINTER(rr_session), POINTER(rr_export_request), POINTER(POINTER(rr_export)),
        POINTER(rr_error)
    ]),
    "rr_export_free": (None, [POINTER(rr_export)]),
}


def declare(library: ctypes.CDLL) -> None:
    """Set the types of all functions; AttributeError where the library lacks one."""
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
