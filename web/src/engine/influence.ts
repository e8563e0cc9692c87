// SPDX-License-Identifier: MIT
// influence.ts - which training data are behind a sequence, and behind one of its steps: what
// `rnnrepair explain` says, from the arrays of the page (docs/ALGORITHMS.md#influence).
import { bisectLeft } from "d3-array";
import { keptBy } from "../data/kept";
import { labelAt } from "../data/run";
import type { Run } from "../data/run";
import { Distance } from "./distance";
import { pausing } from "./pause";
import type { Pause } from "./pause";
import { Postings } from "./postings";
import { readTraining } from "./training";
import type { Key, Measure, Trace, Training } from "./training";

export interface Neighbour {
  id: number; // of the training sequence
  score: number; // 0..1
  label: number | null;
  prediction: number;
}

export interface StepMatch extends Neighbour {
  steps: number[]; // of the training sequence, from 1
}

// How the labels of the matching training steps are shared out.
export interface LabelShare {
  label: number;
  count: number;
  share: number; // of the matching steps that have a label
  lift: number; // share over the label's share of all labelled training steps
}

// The training sequences that passed a step.
export interface Matches {
  sequences: number; // |I|
  steps: number;
  nearest: StepMatch[]; // at most as many as were asked for, highest score first
}

// Of the sequences `among`, or of all, the `k` of the highest scores, highest first, ties by lower number;
// without `among` only those above 0.
export function highest(scores: Float32Array, k: number, among?: Uint32Array): number[] {
  const before = (a: number, b: number) => scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
  const heap: number[] = []; // the worst first
  const down = (i: number) => {
    for (;;) {
      let worst = i;
      for (let child = 2 * i + 1; child <= 2 * i + 2 && child < heap.length; child++) if (before(heap[worst], heap[child])) worst = child;
      if (worst === i) return;
      [heap[i], heap[worst]] = [heap[worst], heap[i]];
      i = worst;
    }
  };
  const all = among === undefined ? scores.length : among.length;
  for (let i = 0; i < all && k > 0; i++) {
    const id = among === undefined ? i : among[i];
    if (among === undefined && !(scores[id] > 0)) continue;
    if (heap.length < k) {
      heap.push(id);
      if (heap.length === k) for (let at = k >> 1; at >= 0; at--) down(at);
    } else if (scores[id] > scores[heap[0]]) {
      heap[0] = id;
      down(0);
    }
  }
  return heap.sort((a, b) => (before(a, b) ? -1 : 1));
}

export class Influence {
  private constructor(
    readonly training: Training,
    readonly key: Key,
    readonly measure: Measure,
    private readonly postings: Postings,
    private readonly distance: Distance | null,
  ) {}

  // With the manifest's key and measure, unless others are named.
  static async open(run: Run, pause: Pause = pausing(), key?: Key, measure?: Measure): Promise<Influence> {
    const training = await readTraining(run);
    const info = run.manifest.influence;
    if (info === null) throw new Error("the run has no influence model");
    const postings = await Postings.build(training, key ?? info.key, pause);
    const by = measure ?? info.measure;
    return new Influence(training, key ?? info.key, by, postings, by === "lp" ? new Distance(training) : null);
  }

  // |I| of every step.
  influencers(trace: Trace): Uint32Array {
    return Uint32Array.from({ length: trace.steps }, (_, s) => this.postings.sequences(this.postings.at(trace, s + 1)));
  }

  // The score of every training sequence, [N].
  scores(trace: Trace): Float32Array {
    return this.distance !== null ? this.distance.scores(trace) : this.byKeys(trace);
  }

  private byKeys(trace: Trace): Float32Array {
    const { postings, training } = this;
    const common = new Float32Array(training.count);
    const keys = postings.distinctKeys(trace);
    for (const { number, times } of keys) {
      const most = this.measure === "containment" ? times : 1;
      const more = this.measure === "votes" ? times : 1;
      let last = -1;
      let left = 0;
      for (const r of postings.rows(number)) {
        const id = postings.sequence[r];
        if (id !== last) left = most;
        last = id;
        if (left-- > 0) common[id] += more;
      }
    }
    const sizes = this.measure === "jaccard" ? postings.sizes : null;
    for (let id = 0; id < common.length; id++) common[id] /= sizes === null ? trace.steps : keys.length + sizes[id] - common[id];
    return common;
  }

  private neighbour(id: number, scores: Float32Array): Neighbour {
    const { labels, prediction } = this.training;
    return { id, score: scores[id], label: labelAt(labels, id), prediction: prediction[id] };
  }

  // The most influential training sequences; those that share nothing are none.
  nearest(scores: Float32Array, k: number): Neighbour[] {
    return highest(scores, k).map((id) => this.neighbour(id, scores));
  }

  // How many are taken as most influential, as rr_influence_top() does: a twentieth, from 10 to 100.
  get top(): number {
    const n = this.training.count;
    return Math.min(n, 100, Math.max(10, Math.ceil(n / 20)));
  }

  // The lift of a label: its share of some training sequences over its share of all.
  lift(of: readonly Neighbour[], label: number): number {
    const { labels, count } = this.training;
    const among = of.filter((n) => n.label === label).length;
    if (among === 0) return 0;
    let all = 0;
    for (let i = 0; i < count; i++) if (labelAt(labels, i) === label) all++;
    return (among * count) / (of.length * all);
  }

  // How many training sequences beside the nearest score as much as the last of them: which are named is by number.
  tied(scores: Float32Array, nearest: readonly Neighbour[]): number {
    if (nearest.length === 0) return 0;
    const least = nearest[nearest.length - 1].score;
    let as = 0;
    for (const score of scores) if (score === least) as++;
    return as - nearest.filter((n) => n.score === least).length;
  }

  // The training sequences that passed step t, from 1.
  matches(trace: Trace, t: number, scores: Float32Array, most = 1000): Matches {
    const { postings, training } = this;
    const rows = postings.rows(postings.at(trace, t));
    const ids = new Uint32Array(postings.sequences(postings.at(trace, t)));
    let n = 0;
    for (let i = 0, last = -1; i < rows.length; i++) {
      const id = postings.sequence[rows[i]];
      if (id !== last) ids[n++] = last = id;
    }
    const nearest = highest(scores, most, ids).map((id) => {
      const steps: number[] = [];
      for (let i = bisectLeft(rows, training.offsets[id]); i < rows.length && rows[i] < training.offsets[id + 1]; i++) steps.push(rows[i] - training.offsets[id] + 1);
      return { ...this.neighbour(id, scores), steps };
    });
    return { sequences: n, steps: rows.length, nearest };
  }

  // Of training steps with labels of their own: those of the steps that match step t, most first.
  labelsBehind(trace: Trace, t: number): LabelShare[] {
    const { stepLabels, classes } = this.training;
    if (stepLabels === null) return [];
    const counts = new Uint32Array(classes);
    for (const r of this.postings.rows(this.postings.at(trace, t))) if (stepLabels[r] < classes) counts[stepLabels[r]]++;
    const of = counts.reduce((a, b) => a + b, 0);
    const base = this.base();
    return Array.from(counts, (count, label) => ({ label, count, share: count / of, lift: count / of / base[label] }))
      .filter((s) => s.count > 0)
      .sort((a, b) => b.count - a.count || a.label - b.label);
  }

  private shares: Float64Array | null = null;

  // The share of each label among the labelled training steps.
  private base(): Float64Array {
    if (this.shares !== null) return this.shares;
    const { stepLabels, classes } = this.training;
    const out = new Float64Array(classes);
    for (const y of stepLabels ?? []) if (y < classes) out[y]++;
    const of = out.reduce((a, b) => a + b, 0);
    return (this.shares = out.map((n) => n / of));
  }
}

// The influence of a run's training data, made once.
export const influenceOf = keptBy((run: Run) => Influence.open(run));
