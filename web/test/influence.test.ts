// SPDX-License-Identifier: MIT
// The engine against the definitions of docs/ALGORITHMS.md, computed as they are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Influence, highest } from "../src/engine/influence";
import { asRead, readTrace, traceOfTraining } from "../src/engine/training";
import type { Key, Measure, Trace, Training } from "../src/engine/training";
import { madeRun } from "./made";
import type { MadeSequence } from "./made";

const K = 4;
const C = 3;

// Numbers that look random and are the same each time.
function numbers(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x = (x * 1103515245 + 12345) % 2147483648;
    return Math.floor((x / 2147483648) * below);
  };
}

function sequences(n: number, seed: number): MadeSequence[] {
  const draw = numbers(seed);
  return Array.from({ length: n }, () => {
    const steps = 1 + draw(n > 20 ? 9 : 150); // several chunks of a sum
    const each = (below: number, first = 0) => Array.from({ length: steps }, () => first + draw(below));
    return { label: draw(C), prediction: draw(C), symbols: each(6), states: each(K, 1), predictions: each(C), stepLabels: each(C) };
  });
}

const run = madeRun({
  classes: ["a", "b", "c"],
  words: ["u", "v", "w", "x", "y", "z"],
  influence: { states: K, measure: "jaccard", key: "state-symbol" },
  splits: { train: [...sequences(40, 3), ...sequences(5, 8)], test: sequences(6, 5) },
});

const open = (key: Key, measure: Measure) => Influence.open(run, () => Promise.resolve(), key, measure);

function keyOf(key: Key, a: Trace, t: number): string {
  const [q, y] = t > 1 ? [a.states[t - 2], a.predictions[t - 2]] : [0, "none"];
  const symbol = a.symbols?.[t - 1];
  return key === "state-symbol" ? `${q} ${symbol}` : `${q} ${y} ${a.predictions[t - 1]} ${a.states[t - 1]}${key === "full" ? ` ${symbol}` : ""}`;
}

const keysOf = (key: Key, a: Trace) => Array.from({ length: a.steps }, (_, s) => keyOf(key, a, s + 1));
const times = (all: string[], k: string) => all.filter((other) => other === k).length;

function lp(t: Training, a: Trace, b: Trace): number {
  const feature = (x: Trace, s: number) => {
    if (s >= x.steps) return new Array<number>(C + 2).fill(0);
    const q = x.states[s];
    return [(q + 1) / (K + 2), (x.predictions[s] + 1) / (C + 1), ...t.confidence.subarray((q - 1) * C, q * C)];
  };
  const T = Math.max(a.steps, b.steps);
  let sum = 0;
  for (let s = 0; s < T; s++) {
    const [f, g] = [feature(a, s), feature(b, s)];
    for (let j = 0; j < C + 2; j++) sum += Math.abs(f[j] - g[j]);
  }
  return 1 - sum / (T * (C + 2));
}

function score(measure: Measure, key: Key, t: Training, a: Trace, b: Trace): number {
  if (measure === "lp") return lp(t, a, b);
  const A = keysOf(key, a);
  const B = keysOf(key, b);
  if (measure === "votes") return A.filter((k) => B.includes(k)).length / a.steps;
  const common = [...new Set(A)].filter((k) => B.includes(k));
  if (measure === "jaccard") return common.length / new Set([...A, ...B]).size;
  return common.reduce((sum, k) => sum + Math.min(times(A, k), times(B, k)), 0) / a.steps;
}

for (const key of ["state-symbol", "transition", "full"] as const)
  for (const measure of ["lp", "votes", "jaccard", "containment"] as const)
    test(`scores by ${measure} and ${key} are those of the definition`, async () => {
      const influence = await open(key, measure);
      for (let id = 0; id < 6; id++) {
        const trace = await readTrace(run, "test", id);
        const scores = influence.scores(trace);
        scores.forEach((s, other) => {
          const expected = score(measure, key, influence.training, trace, traceOfTraining(influence.training, other));
          assert.ok(Math.abs(s - expected) < 1e-5, `test ${id}, training ${other}: ${s} instead of ${expected}`);
        });
      }
    });

test("|I| and the matching steps are those of the keys", async () => {
  for (const key of ["state-symbol", "transition", "full"] as const) {
    const influence = await open(key, "jaccard");
    const t = influence.training;
    const trace = await readTrace(run, "test", 1);
    const scores = influence.scores(trace);
    const sizes = influence.influencers(trace);
    let found = 0;
    for (let step = 1; step <= trace.steps; step++) {
      const k = keyOf(key, trace, step);
      const expected = new Map<number, number[]>();
      for (let id = 0; id < t.count; id++) {
        const steps = keysOf(key, traceOfTraining(t, id)).flatMap((other, s) => (other === k ? [s + 1] : []));
        if (steps.length > 0) expected.set(id, steps);
      }
      const matches = influence.matches(trace, step, scores);
      assert.equal(sizes[step - 1], expected.size);
      assert.equal(matches.sequences, expected.size);
      const order = [...expected].sort(([a], [b]) => scores[b] - scores[a] || a - b);
      assert.deepEqual(matches.nearest.map((m) => [m.id, m.steps]), order);
      assert.deepEqual(influence.matches(trace, step, scores, 2).nearest.map((m) => m.id), order.slice(0, 2).map(([id]) => id));
      found += matches.steps;
    }
    assert.ok(found > 0);
  }
});

test("a training sequence is nearest to itself", async () => {
  for (const measure of ["lp", "jaccard"] as const) {
    const influence = await open("state-symbol", measure);
    const [first] = influence.nearest(influence.scores(traceOfTraining(influence.training, 17)), 3);
    assert.deepEqual([first.id, first.score], [17, 1]);
  }
});

test("the highest scores are kept, ties by lower number, none of 0", () => {
  const scores = Float32Array.from([0.5, 0, 0.9, 0.5, 0.9, 0.1, NaN]);
  assert.deepEqual(highest(scores, 3), [2, 4, 0]);
  assert.deepEqual(highest(scores, 100), [2, 4, 0, 3, 5]);
  assert.deepEqual(highest(scores, 0), []);
  const draw = numbers(1);
  const many = Float32Array.from({ length: 1000 }, () => draw(50) / 50);
  const expected = Array.from(many.keys()).filter((i) => many[i] > 0).sort((a, b) => many[b] - many[a] || a - b);
  assert.deepEqual(highest(many, 120), expected.slice(0, 120));
});

test("sequences as near as the last of the nearest are counted", async () => {
  const influence = await open("transition", "lp");
  const scores = new Float32Array(influence.training.count).fill(0.25);
  scores[5] = 0.5;
  assert.equal(influence.tied(scores, influence.nearest(scores, 3)), scores.length - 3);
  assert.equal(influence.tied(scores, influence.nearest(scores, 1)), 0);
  assert.equal(influence.tied(scores, influence.nearest(scores, scores.length)), 0);
  assert.equal(influence.tied(scores, []), 0);
});

test("a label's lift is its share of the nearest over its share of all, and a few of a small set are nearest", async () => {
  const influence = await open("transition", "lp");
  const { labels, count: N } = influence.training;
  assert.equal(influence.top, 10);
  const trace = await readTrace(run, "test", 1);
  const near = influence.nearest(influence.scores(trace), influence.top);
  for (let c = 0; c < C; c++) {
    const share = near.filter((n) => n.label === c).length / near.length;
    const usual = Array.from({ length: N }, (_, i) => i).filter((i) => labels?.[i] === c).length / N;
    assert.ok(Math.abs(influence.lift(near, c) - share / usual) < 1e-12);
  }
  assert.equal(influence.lift([], 0), 0);
});

test("labels behind a step, with their lift", async () => {
  const influence = await open("state-symbol", "jaccard");
  const trace = await readTrace(run, "test", 0);
  const behind = influence.labelsBehind(trace, 1);
  assert.ok(Math.abs(behind.reduce((a, b) => a + b.share, 0) - 1) < 1e-9);
  const base = influence.training.stepLabels ?? [];
  const all = Array.from(base).filter((y) => y === behind[0].label).length / base.length;
  assert.ok(Math.abs(behind[0].lift - behind[0].share / all) < 1e-9);
});

test("words beyond the vocabulary are one to the network", () => {
  assert.deepEqual([...asRead(Uint16Array.from([0, 5, 9, 12]), 9, 1)], [0, 5, 1, 1]);
  assert.deepEqual([...asRead(Uint16Array.from([0, 5, 9]), 0, null)], [0, 5, 9]);
});
