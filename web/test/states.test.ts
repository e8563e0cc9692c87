// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { judged } from "../src/engine/judged";
import { edges, errorsIn, examplesOf, likeliest, mix, right, staying, trainedStates, visitsOf, waysIn, waysOut } from "../src/engine/states";
import { SENTENCES, madeRun } from "./made";
import type { MadeSequence } from "./made";

// Counted by hand from SENTENCES: train 1123, 1122, 12, 12; test 33, 112 (wrong).
test("who passes a state, and who ends there", async () => {
  const run = madeRun(SENTENCES);
  const { train } = await trainedStates(run);
  assert.deepEqual([...train.steps], [0, 6, 5, 1]);
  assert.deepEqual([...train.sequences], [0, 4, 4, 1]);
  assert.deepEqual([...train.ends], [0, 0, 3, 1]);
  assert.deepEqual([...train.errors], [0, 1, 1, 0]); // sequence 3
  const v = await visitsOf(run, "test");
  assert.deepEqual([...v.steps], [0, 2, 1, 2]);
  assert.deepEqual([...v.endErrors], [0, 0, 1, 0]);
  assert.equal(right(v.endErrors[2], v.ends[2], v.labelled), 0);
  assert.equal(right(v.endErrors[1], v.ends[1], v.labelled), null); // none ends there
  assert.deepEqual(errorsIn(await judged(run, "test"), 2, 9), [{ id: 1, step: 3 }]);
  assert.deepEqual(errorsIn(await judged(run, "test"), 1, 9), []);
  assert.deepEqual(examplesOf(v, 3), [{ id: 0, step: 1 }]);
  assert.deepEqual(examplesOf(train, 2).map((e) => [e.id, e.step]), [[0, 3], [1, 3], [2, 2], [3, 2]]);
});

test("ways in and out count every step once", async () => {
  const s = await trainedStates(madeRun(SENTENCES));
  assert.deepEqual(waysOut(s, 1), [{ state: 2, count: 4, share: 4 / 6 }, { state: 1, count: 2, share: 2 / 6 }]);
  assert.deepEqual(waysIn(s, 1), [{ state: 0, count: 4, share: 4 / 6 }, { state: 1, count: 2, share: 2 / 6 }]);
  assert.deepEqual(waysOut(s, 2).map((w) => [w.state, w.count]), [[0, 3], [2, 1], [3, 1]]);
  for (let q = 1; q <= 3; q++) {
    assert.equal(waysIn(s, q).reduce((n, w) => n + w.count, 0), s.train.steps[q]);
    assert.equal(waysOut(s, q).reduce((n, w) => n + w.count, 0), s.train.steps[q]);
  }
  assert.equal(staying(s, 1), 2 / 6);
  assert.deepEqual(edges(s).map((e) => [e.from, e.to, e.count, e.share]), [[0, 1, 4, 1], [1, 2, 4, 4 / 6], [2, 0, 3, 3 / 5], [2, 3, 1, 1 / 5], [3, 0, 1, 1]]);
});

test("labels of a state are those of its sequences, or of its steps", async () => {
  const s = await trainedStates(madeRun(SENTENCES));
  assert.deepEqual(mix(s.labels, 1 * s.C, s.C), [{ label: 0, share: 0.5 }, { label: 1, share: 0.5 }]);
  assert.deepEqual(mix(s.labels, 2 * s.C, s.C), [{ label: 0, share: 3 / 5 }, { label: 1, share: 2 / 5 }]);
  const steps: MadeSequence[] = [{ prediction: 0, states: [1, 2, 2], symbols: [0, 1, 1], predictions: [0, 1, 0], stepLabels: [0, 1, 255] }];
  const wrong: MadeSequence[] = [{ prediction: 0, states: [1, 1, 2], symbols: [0, 1, 1], predictions: [0, 1, 0], stepLabels: [0, 0, 0] }];
  const tagger = madeRun({ splits: { train: steps, test: wrong }, words: ["a", "b"], influence: { states: 2 } });
  tagger.manifest.run.output = "step";
  const t = await trainedStates(tagger);
  assert.deepEqual(mix(t.labels, 2 * t.C, t.C), [{ label: 1, share: 1 }]); // the step without a label does not count
  assert.deepEqual([...t.train.judgedSteps], [0, 1, 1]);
  assert.deepEqual([...t.train.stepErrors], [0, 0, 0]);
  const v = await visitsOf(tagger, "test");
  assert.deepEqual([[...v.judgedSteps], [...v.stepErrors], [...v.errors]], [[0, 2, 1], [0, 1, 0], [0, 1, 1]]);
  assert.deepEqual(errorsIn(await judged(tagger, "test"), 1, 9), [{ id: 0, step: 2 }]);
  assert.deepEqual(errorsIn(await judged(tagger, "test"), 2, 9), []);
});

test("typical words are the more frequent in a state than elsewhere, five steps at least", async () => {
  // State 1: a a a a a b; state 2: b b b b b b a c c c c: c is too rare.
  const sequence = (text: string, q: number): MadeSequence => ({
    label: 0,
    prediction: 0,
    symbols: [...text].map((c) => "abc".indexOf(c)),
    states: [...text].map(() => q),
  });
  const run = madeRun({ words: ["a", "b", "c"], influence: { states: 3 }, splits: { train: [sequence("aaaaab", 1), sequence("bbbbbbacccc", 2)] } });
  const s = await trainedStates(run);
  assert.deepEqual(s.words[1].map((w) => [w.symbol, w.count]), [[0, 5]]);
  assert.ok(Math.abs(s.words[1][0].lift - (5 / 6) * (17 / 6)) < 1e-12);
  assert.deepEqual(s.words[2].map((w) => w.symbol), [1]);
  assert.deepEqual(s.words[3], []); // a state that no step is in
  const read = madeRun({ words: ["a", "b", "c"], influence: { states: 3 }, splits: { train: [sequence("aaaaab", 1), sequence("cbbbbbb", 2)] }, manifest: { vocabulary: 2, unknown: 0 } });
  const words = (await trainedStates(read)).words;
  assert.deepEqual(words[1].map((w) => [w.symbol, w.count]), [[0, 5]]); // c is read as a
  assert.ok(Math.abs(words[1][0].lift - (5 / 6) * (13 / 6)) < 1e-12);
  assert.equal(staying(s, 3), 0);
});

test("the likeliest class of a state, of equal ones the lowest", () => {
  const { label, stability } = likeliest(Float32Array.of(0.5, 0.5, 0, 1, 0.25, 0.75), 3, 2);
  assert.deepEqual([...label], [0, 0, 1, 1]);
  assert.deepEqual([...stability], [0, 0.5, 1, 0.75]);
});

test("a page without the states says why", async () => {
  const run = madeRun({ ...SENTENCES, arrays: {} });
  delete run.manifest.arrays["train.states"];
  run.manifest.left_out["train.states"] = "too large";
  await assert.rejects(trainedStates(run), /too large/);
});
