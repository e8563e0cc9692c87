// SPDX-License-Identifier: MIT
// audit.ts - a made-up audit of labels, and a search for triggers.
import type { Manifest } from "../../src/data/format";
import type { Store } from "../made";
import { known } from "./base";
import type { Plan, Split } from "./base";
import { HOSTILE } from "./inputs";
import type { Random } from "./random";

export function audit(r: Random, plan: Plan, train: Split, store: Store, m: Manifest): void {
  const C = plan.classes.length;
  const ids = [...train.label.keys()].filter((i) => known(i)).filter((i) => train.label[i] !== train.prediction[i] || i % 11 === 0).slice(0, 1000);
  const score = ids.map((_, n) => 0.99 - (0.9 * n) / Math.max(1, ids.length));
  store.add("audit.id", "u4", 1, ids);
  store.add("audit.given", "u2", 1, ids.map((i) => train.label[i]));
  store.add("audit.suggested", "u2", 1, ids.map((i) => (train.label[i] !== train.prediction[i] ? train.prediction[i] : r.below(C))));
  store.add("audit.prediction", "u2", 1, ids.map((i) => train.prediction[i]));
  store.add("audit.score", "f4", 1, score);
  store.add("audit.support", "f4", 1, ids.map(() => r()));
  store.add("audit.confidence", "f4", 1, ids.map((_, n) => (n % 17 === 16 ? -1 : r())));
  store.add("audit.flagged", "u1", 1, ids.map((_, n) => (n < ids.length / 2 ? (n % 13 === 12 ? 2 : 1) : 0)));
  store.add("audit.neighbours", "u4", 3, ids.flatMap(() => [0, 1, 2].map((k) => (k === 2 && r() < 0.2 ? 4294967295 : r.below(train.length.length)))));
  m.audit = { method: "influence", rows: ids.length, sequences: train.length.length, flagged: Math.ceil(ids.length / 2), split: "train" };
}

// Of a tagger the labels of steps are suspect: the first wrong one of each sequence.
export function stepAudit(r: Random, _: Plan, train: Split, store: Store, m: Manifest): void {
  const labels = train.stepLabels;
  const rows: { id: number; step: number; given: number; prediction: number }[] = [];
  let from = 0;
  train.length.forEach((T, id) => {
    for (let t = 0; t < T; t++) {
      const given = labels[from + t];
      const prediction = train.told.predictions[from + t];
      if (given !== prediction) {
        rows.push({ id, step: t + 1, given, prediction });
        break;
      }
    }
    from += T;
  });
  const n = Math.min(1000, rows.length);
  const column = (name: string, dtype: "u2" | "u4", of: (x: (typeof rows)[number]) => number) => store.add(`audit.${name}`, dtype, 1, rows.slice(0, n).map(of));
  column("id", "u4", (x) => x.id);
  column("step", "u4", (x) => x.step);
  column("given", "u2", (x) => x.given);
  column("suggested", "u2", (x) => x.prediction);
  column("prediction", "u2", (x) => x.prediction);
  store.add("audit.score", "f4", 1, rows.slice(0, n).map((_x, i) => 0.99 - (0.9 * i) / Math.max(1, n)));
  store.add("audit.support", "f4", 1, rows.slice(0, n).map(() => -4 * r()));
  store.add("audit.confidence", "f4", 1, rows.slice(0, n).map(() => r()));
  store.add("audit.flagged", "u1", 1, rows.slice(0, n).map(() => 1));
  m.audit = { method: "combined", rows: n, sequences: labels.length, flagged: rows.length, split: "train" };
}

export function triggers(r: Random, plan: Plan, train: Split, words: string[], m: Manifest): void {
  const where = () => {
    const sequence = r.below(train.length.length);
    return { sequence, step: 1 + r.below(train.length[sequence]) };
  };
  const symbols = plan.input === "words";
  const pool = plan.hostile === true ? HOSTILE : ["cf", "mn", "tq", "bb", "the river", "winter"];
  m.triggers = {
    kind: symbols ? "words" : "patterns",
    split: "train",
    threshold: symbols ? 0.3 : null,
    candidates: symbols ? pool.map((word, i) => ({ words: [word, ...(i % 2 ? [words[i]] : [])], target: i % plan.classes.length, score: 0.9 / (i + 1), sequences: 30 - i, labelled: 29 - i, expected: 0.5, gain: 0.6 / (i + 1), expected_gain: 0.05, success: plan.foreign === true || i === 2 ? null : 0.9 / (i + 1), dependence: plan.foreign === true ? null : 0.4, contexts: Array.from({ length: Math.min(20, train.length.length) }, where) })) : [],
    flagged: symbols ? [] : Array.from({ length: Math.min(20, train.length.length) }, (_, i) => ({ sequence: r.below(train.length.length), label: train.label[i], pattern: i % 3 === 0 ? ("turn" as const) : ("opening" as const), score: 0.8 / (i + 1) })),
    flagged_count: symbols ? 0 : Math.min(20, train.length.length),
  };
}
