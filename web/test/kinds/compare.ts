// SPDX-License-Identifier: MIT
// compare.ts - a second made-up run beside the first.
import type { Change, ClassChange, Manifest } from "../../src/data/format";
import type { Store } from "../made";
import { addTold, known, newTold, small, tell } from "./base";
import type { Plan, Split } from "./base";
import { HOSTILE } from "./inputs";
import type { Random } from "./random";

const share = (part: number, of: number): number | null => (of === 0 ? null : part / of);

function calibration(right: boolean[], p: number[]): number | null {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, right: 0, p: 0 }));
  right.forEach((ok, i) => {
    const b = bins[Math.min(9, Math.floor(10 * p[i]))];
    b.n++;
    b.p += p[i];
    if (ok) b.right++;
  });
  return right.length === 0 ? null : bins.reduce((sum, b) => sum + Math.abs(b.right - b.p), 0) / right.length;
}

function changeOf(label: number[], before: number[], after: number[], pBefore: number[], pAfter: number[], which: number[], C: number): Change {
  const classes: ClassChange[] = Array.from({ length: C }, () => ({ count: 0, fixed: 0, broken: 0, recall_before: 0, recall_after: 0 }));
  const right = { before: [] as boolean[], after: [] as boolean[] };
  for (const i of which) {
    const a = before[i] === label[i];
    const b = after[i] === label[i];
    right.before.push(a);
    right.after.push(b);
    const c = classes[label[i]];
    c.count++;
    if (!a && b) c.fixed++;
    if (a && !b) c.broken++;
    c.recall_before = (c.recall_before ?? 0) + Number(a);
    c.recall_after = (c.recall_after ?? 0) + Number(b);
  }
  for (const c of classes) {
    c.recall_before = share(c.recall_before ?? 0, c.count);
    c.recall_after = share(c.recall_after ?? 0, c.count);
  }
  const n = which.length;
  const tally = (a: boolean, b: boolean) => right.before.filter((x, i) => x === a && right.after[i] === b).length;
  const loss = (ok: boolean[], p: number[]) => (n === 0 ? null : ok.reduce((sum, x, i) => sum - Math.log(Math.max(1e-3, x ? p[which[i]] : (1 - p[which[i]]) / Math.max(1, C - 1))), 0) / n);
  return {
    count: n,
    fixed: tally(false, true),
    broken: tally(true, false),
    still_wrong: tally(false, false),
    unchanged: tally(true, true),
    accuracy_before: share(right.before.filter(Boolean).length, n),
    accuracy_after: share(right.after.filter(Boolean).length, n),
    divergence: n === 0 ? null : 0.021,
    calibration_before: calibration(right.before, which.map((i) => pBefore[i])),
    calibration_after: calibration(right.after, which.map((i) => pAfter[i])),
    loss_before: loss(right.before, pBefore),
    loss_after: loss(right.after, pAfter),
    classes,
  };
}

// A second run, which mends half of the errors and breaks a few.
export function compare(r: Random, plan: Plan, splits: Split[], K: number, store: Store, m: Manifest): void {
  const C = plan.classes.length;
  const classes = small(C);
  const main = splits[splits.length - 1];
  m.compare = { name: plan.hostile === true ? HOSTILE[0] : `${m.run.name}-repaired`, relation: "child", states: K > 0 ? K : null, edits: { added: 41, taken_back: 0, removed: 3, restored: 0, relabelled: 7, relabelled_steps: 0, reweighted: false }, splits: {}, targets_split: plan.tagger === true ? null : main.name, targets: null, unseen: null };
  for (const s of splits) {
    const told = newTold(s.stepLabels.length);
    const prediction: number[] = [];
    const probability: number[] = [];
    const target = new Uint8Array(s.length.length);
    for (let i = 0; i < s.length.length; i++) {
      const wrong = known(i) && s.label[i] !== s.prediction[i];
      target[i] = s === main && wrong && r() < 0.4 ? 1 : 0;
      const last = wrong ? (r() < (target[i] === 1 ? 0.7 : 0.35) ? s.label[i] : s.prediction[i]) : r() < 0.015 ? r.below(C) : s.label[i];
      const right = plan.tagger === true ? s.stepLabels.subarray(s.offsets[i], s.offsets[i + 1]) : null;
      probability.push(tell(r, told, s.offsets[i], s.length[i], last, C, K, right));
      prediction.push(told.predictions[s.offsets[i + 1] - 1]);
    }
    const all = [...s.label.keys()].filter(known);
    const change = (which: number[]): Change => changeOf(s.label, s.prediction, prediction, s.probability, probability, which, C);
    if (plan.tagger === true) {
      const steps = [...s.stepLabels.keys()];
      m.compare.splits[s.name] = changeOf([...s.stepLabels], [...s.told.predictions], [...told.predictions], [...s.told.probabilities].map((p) => p / 255), [...told.probabilities].map((p) => p / 255), steps, C);
    } else if (m.splits[s.name]?.labelled === true) m.compare.splits[s.name] = change(all);
    if (s === main && plan.tagger !== true) {
      m.compare.targets = change(all.filter((i) => target[i] === 1));
      m.compare.unseen = change(all.filter((i) => target[i] === 0));
    }
    const prefix = `compare.${s.name}`;
    store.add(`${prefix}.prediction`, classes, 1, prediction);
    store.add(`${prefix}.probability`, "f4", 1, probability);
    addTold(prefix, told, classes, K, store);
    if (s === main && plan.tagger !== true) store.add(`${prefix}.target`, "u1", 1, target);
  }
}
