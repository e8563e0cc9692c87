// SPDX-License-Identifier: MIT
// format.ts - the data of a page, as the library writes them (docs/FORMAT.md#page).
//
// A page has a manifest, a JSON document, and blocks of bytes. A block is a gzip member of a piece of
// an array. In a file each block is an element <script type="application/octet-stream" id="NAME">
// with base64 text; a server delivers it under /data/NAME. The manifest is the block "manifest".
//
// N sequences of a split, R their steps in all, one sequence after another; D values a frame;
// K states, C classes. Numbers are little-endian.

export const FORMAT = "rnnrepair-page";
export const VERSION = 1;

export type Dtype = "u1" | "u2" | "u4" | "i4" | "f4";

// A piece of an array: the values of rows from..to, exclusive.
export interface Piece {
  block: string;
  from: number;
  to: number;
}

// An array of `rows` rows of `width` values. Pieces follow each other without a gap.
export interface ArrayInfo {
  dtype: Dtype;
  rows: number;
  width: number;
  pieces: Piece[];
}

export type SplitName = "train" | "dev" | "test";

// A split. Its arrays are named SPLIT.NAME; those marked ? may be missing, and then are not known.
//
//   length          [N]    u2, u4   T, steps of each sequence
//   label         ? [N]    u1, u2   class; 255 or 65535 (the largest value) = none
//   prediction      [N]    u1, u2   class after the last step
//   probability   ? [N]    f4       of the prediction
//   states        ? [R]    u1, u2   q_t, 1..K; without an influence model there are none
//   predictions   ? [R]    u1, u2   y_t
//   probabilities ? [R]    u1       of y_t, times 255
//   step_labels   ? [R]    u1, u2   given labels of steps; the largest value = none
//   symbols       ? [R]    u2, u4   of symbol data: a number of `tokens`
//   frames        ? [R][D] u1       of frame data: level; value = minimum[d] + level / levels *
//                                   (maximum[d] - minimum[d])
export interface SplitInfo {
  count: number; // N
  steps: number; // R
  longest: number; // largest T
  labelled: boolean;
  errors: number | null; // sequences misclassified; null without labels
  accuracy: number | null;
  labelled_steps: number; // 0 unless steps have labels of their own
  step_errors: number;
  step_accuracy: number | null;
  macro_f1: number | null; // of the labelled sequences, or steps
}

export interface Origin {
  // of a run on the states of a network trained elsewhere
  kind: string;
  model: string | null;
  compared: number;
  disagreements: number;
  difference: number | null;
  sentence: string; // what may be concluded
}

export interface RunInfo {
  name: string; // of the directory
  data: string; // spec
  cell: string | null; // null of a run on states
  hidden: number;
  layers: number | null;
  output: "last" | "step";
  epochs: number;
  model_epoch: number;
  parent: string | null; // name of its directory
  added: number; // by its edits
  removed: number;
  relabelled: number;
  origin: Origin | null;
}

export interface Epoch {
  epoch: number;
  loss: number | null;
  train_accuracy: number | null;
  dev_accuracy: number | null;
  test_accuracy: number | null;
}

export interface CurvePoint {
  states: number; // K
  stability: number;
  score: number | null;
}

// The influence model. Its arrays are named influence.NAME:
//
//   confidence     [K][C] f4   C_q, of q = 1..K
//   means          [K][2] f4   of the mixture, in the plane of the first two components
//   covariances    [K][3] f4   xx, xy, yy there
//   points       ? [P][2] f4   training steps in that plane, evenly chosen
//   points_at    ? [P][2] u4   their sequence and step, from 1
//   mean_frames  ? [K][D] f4   of frame data: mean input of the training steps in each state
export interface InfluenceInfo {
  states: number; // K
  components: number;
  explained_variance: number; // 0..1 of all components
  plane_variance: number | null; // 0..1 of the first two
  stability_mean: number;
  stability_min: number;
  log_likelihood: number;
  curve: CurvePoint[];
  measure: "lp" | "votes" | "jaccard" | "containment"; // the default for these data
  key: "transition" | "state-symbol" | "full";
}

export type TrustLevel = "good" | "look-closer" | "do-not-rely" | "not-measured";

// One thing that was measured, or could not be; docs/ALGORITHMS.md#trust.
export interface Finding {
  name: string;
  value: number | null; // in the unit its name has there
  level: TrustLevel;
  sentence: string; // what it says, or why it was not measured
}

// How far the influence model is to be trusted.
export interface Trust {
  level: TrustLevel; // the worst of those measured
  sentence: string; // the conclusion
  key: "transition" | "state-symbol" | "full"; // by which steps count as seen
  findings: Finding[]; // always the same ones in the same order
}

// The audit of the training labels. Arrays audit.NAME, rows most suspect first:
//
//   id u4 [n], given, suggested, prediction u2 [n], score f4 [n], support f4 [n],
//   confidence f4 [n] (negative = unknown), flagged u1 [n] (2 = the method knows no other label),
//   neighbours u4 [n][3] (4294967295 = none), the nearest training sequences predicted as labelled
//
// Of a run with an output at every step a row is a labelled step: step u4 [n], from 1, and there are
// no neighbours.
export interface AuditInfo {
  method: string;
  rows: number;
  sequences: number; // judged; of a run with an output at every step, labelled steps
  flagged: number; // of all these
  split: SplitName;
}

// A candidate of the scan for triggers of words. Fractions are 0..1; null = not measured, as of a network
// trained elsewhere. Where every step has a label, the labelled steps that follow the word take the place of
// the sequences that have it.
export interface Trigger {
  words: string[];
  target: number; // class
  score: number;
  sequences: number; // training sequences that have it
  labelled: number; // of these labelled as the target
  expected: number | null; // that share of the most similar words
  gain: number | null; // mean rise of the target's probability when it is put in
  expected_gain: number | null; // the same of the most similar words
  success: number | null; // of sequences of other classes that turn to the target when it is put in
  dependence: number | null; // of sequences of the target that leave it when it is taken out
  contexts: { sequence: number; step: number }[]; // training sequences behind it, at most 20: where they read it
}

export interface TriggersInfo {
  kind: "words" | "patterns";
  split: SplitName | null;
  threshold: number | null; // score above which a word is called a trigger
  candidates: Trigger[]; // best first
  // of patterns: flagged training sequences, most suspect first, at most 1,000
  flagged: { sequence: number; label: number; pattern: "opening" | "turn"; score: number }[];
  flagged_count: number; // of all
}

export interface ClassChange {
  count: number;
  fixed: number;
  broken: number;
  recall_before: number | null;
  recall_after: number | null;
}

// The comparison with a second run on the same data, split by split: before is this run, after the second,
// whichever was made from the other. Its inputs are sequences, or steps where these have labels of their own.
// Arrays, of split S:
//
//   compare.S.prediction    [N]   as of the run
//   compare.S.probability ? [N]
//   compare.S.predictions ? [R]
//   compare.S.probabilities ? [R]
//   compare.S.states      ? [R]   states of the second run's own influence model
//   compare.S.target      ? [N] u1  1 = a target of the repair; [R] where steps have labels of their own
export interface Change {
  count: number;
  fixed: number;
  broken: number;
  still_wrong: number;
  unchanged: number;
  accuracy_before: number | null;
  accuracy_after: number | null;
  divergence: number | null; // nats
  calibration_before: number | null; // expected calibration error, 0..1
  calibration_after: number | null;
  loss_before: number | null; // nats
  loss_after: number | null;
  classes: ClassChange[];
}

// What the training set of the second run has that that of this one has not, as numbers of sequences.
export interface Edits {
  added: number; // in the second alone
  taken_back: number; // added in this one alone
  removed: number; // in the second alone
  restored: number; // removed in this one alone
  relabelled: number;
  relabelled_steps: number;
  reweighted: boolean; // their loss weights differ
}

// Before is this run, after the second; where relation is "parent" before is the second, after this run.
export interface CompareInfo {
  name: string; // of the second run
  relation: "child" | "parent" | "sibling" | "copy" | "other"; // of the second run to this one
  states: number | null; // K of its influence model
  edits: Edits | null; // of the one after; null where they were trained on different sources, or one is on states
  splits: Partial<Record<SplitName, Change>>; // of splits with labels
  targets_split: SplitName | null; // of which the errors were that a repair was made for
  targets: Change | null; // the targets of the repair alone
  unseen: Change | null; // all other inputs of that split
}

export interface Manifest {
  format: typeof FORMAT;
  version: number;
  program: string; // "rnnrepair 0.1.0"
  run: RunInfo;
  history: Epoch[];
  kind: "symbols" | "frames";
  image: boolean; // frames are the rows of images
  width: number; // D; 0 of symbols
  levels: number; // of quantised frames: 255 or 15
  minimum: number[]; // [D]
  maximum: number[]; // [D]
  classes: string[]; // [C] names
  tokens: number; // the array `tokens.text` [bytes] u1: UTF-8, one token a line, line number = symbol;
  //                 0 where symbols have no names. Beyond the vocabulary stand other words of the data
  vocabulary: number; // symbols the network knows; those from here on it reads as `unknown`
  unknown: number | null;
  splits: Partial<Record<SplitName, SplitInfo>>;
  influence: InfluenceInfo | null;
  trust: Trust | null; // null: left_out.trust says why
  audit: AuditInfo | null;
  triggers: TriggersInfo | null;
  compare: CompareInfo | null;
  // What was left out and why, plain sentences by the name of an array or a view.
  left_out: Record<string, string>;
  arrays: Record<string, ArrayInfo>;
}
