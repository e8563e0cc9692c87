// SPDX-License-Identifier: MIT
// What the sequence view computes without a document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { greyOf, parseTable } from "../src/data/frames";
import type { FrameInputs, Steps } from "../src/data/sequence";
import { align, alongside } from "../src/engine/align";
import { tally } from "../src/views/sequence/behind";
import { unlike } from "../src/views/sequence/live/ask";
import { brush, rowsOf } from "../src/views/sequence/live/draw";
import { completions, dropped, inserted, replaced } from "../src/views/sequence/live/words";
import { around, nearestStep } from "../src/views/sequence/matches";
import { steps as stepPath } from "../src/views/sequence/ribbon";
import { bestClasses, spansOf, telling, wrongOf } from "../src/views/sequence/shown";
import { turnOf } from "../src/views/sequence/toolbar";
import { SENTENCES, madeRun } from "./made";

const pairs = (a: string, b: string) => align(a.split(" "), b.split(" ")).map((p) => `${p.before ?? "-"}${p.after ?? "-"}`).join(" ");

test("words that stay are paired, between them those that were exchanged", () => {
  assert.equal(pairs("a b c", "a b c"), "00 11 22");
  assert.equal(pairs("a b c", "a x c"), "00 11 22");
  assert.equal(pairs("a b c", "a c"), "00 1- 21");
  assert.equal(pairs("a c", "a b c"), "00 -1 12");
  assert.equal(pairs("the film is not good", "not the film was good"), "-0 01 12 23 3- 44");
  assert.deepEqual(alongside(2, 3), [{ before: 0, after: 0 }, { before: 1, after: 1 }, { before: null, after: 2 }]);
});

test("every step of both sequences is in exactly one pair, in order", () => {
  let x = 7;
  const draw = (n: number) => (x = (x * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 200; round++) {
    const words = () => Array.from({ length: draw(12) }, () => "abcd"[draw(4)]);
    const [a, b] = [words(), words()];
    const found = align(a, b);
    assert.deepEqual(found.flatMap((p) => (p.before === null ? [] : [p.before])), a.map((_, i) => i));
    assert.deepEqual(found.flatMap((p) => (p.after === null ? [] : [p.after])), b.map((_, i) => i));
  }
});

test("a table of frames, with or without names", () => {
  assert.deepEqual(parseTable("a,b\r\n1, 2\r\n\r\n3,-4e1\n", 2), [[1, 2], [3, -40]]);
  assert.deepEqual(parseTable("\ufeff1\t2\n3\t4", 2), [[1, 2], [3, 4]]);
  assert.throws(() => parseTable("1,2\n3,x", 2), /line 2, column 2: "x" is no number/);
  assert.throws(() => parseTable("1,2,3", 2), /line 1 has 3 numbers; a step of this run has 2/);
  assert.throws(() => parseTable("a,b\n", 2), /no row of numbers/);
  assert.throws(() => parseTable("1,\n", 2), /column 2/);
});

test("grey of pixels; what is transparent is white", () => {
  const pixels = Uint8ClampedArray.from([255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0]);
  assert.deepEqual([...greyOf(pixels, false)].map((v) => Math.round(v * 100)), [100, 0, 100]);
  assert.deepEqual([...greyOf(pixels, true)].map((v) => Math.round(v * 100)), [0, 100, 0]);
});

test("a brush stays on the paper and within 0..1", () => {
  const once = brush(new Float32Array(9), 3, 3, 0, 0);
  assert.deepEqual(rowsOf(once, 3), [[1, 0.5, 0], [0.5, 0.15, 0], [0, 0, 0]]);
  assert.equal(Math.max(...brush(once, 3, 3, 0, 0)), 1);
  assert.deepEqual([...brush(once, 3, 3, 0, 0, true)], new Array<number>(9).fill(0));
});

test("words are exchanged, dropped, inserted and completed", () => {
  const words = ["a", "b", "c"];
  assert.deepEqual([replaced(words, 1, "x"), dropped(words, 0), inserted(words, 3, "d")], [["a", "x", "c"], ["b", "c"], ["a", "b", "c", "d"]]);
  assert.deepEqual(completions(["<unk>", "the", "Then", "a"], "th"), ["the", "Then"]);
  assert.deepEqual(completions(["<unk>"], "<"), []);
  assert.deepEqual(completions(["a"], ""), []);
});

const steps: Steps = { count: 4, label: 1, prediction: 0, probability: null, states: null, predictions: Uint8Array.from([0, 1, 0, 0]), probabilities: null, labels: null };

test("the telling step is where it turned wrong, or the first wrong one, or the last", () => {
  assert.equal(telling(steps), 3);
  assert.equal(telling({ ...steps, label: 0 }), 4);
  assert.equal(telling({ ...steps, predictions: null }), 4);
  assert.equal(telling({ ...steps, labels: [0, null, 1, 0] }), 3);
});

test("spans of given labels, with the steps predicted otherwise", () => {
  assert.deepEqual(spansOf({ ...steps, labels: [1, 1, null, 0] }), [
    { first: 1, last: 2, label: 1, wrong: 1 },
    { first: 4, last: 4, label: 0, wrong: 0 },
  ]);
  assert.deepEqual(spansOf({ ...steps, labels: [1, null, 1, 1] }).map((s) => [s.first, s.last]), [[1, 1], [3, 4]]);
});

test("the likeliest classes of a state, without those of share 0", () => {
  const confidence = Float32Array.from([0.1, 0.6, 0, 0.3, 0, 0, 1, 0]);
  assert.deepEqual(bestClasses(confidence, 4, 1, 2).map(([c]) => c), [1, 3]);
  assert.deepEqual(bestClasses(confidence, 4, 2).map(([c]) => c), [2]);
});

test("errors of a split, and the way from one to the next", async () => {
  const errors = await wrongOf(madeRun(SENTENCES), "test");
  assert.deepEqual([...errors], [1]);
  assert.deepEqual([...(await wrongOf(madeRun(SENTENCES), "train"))], [3]);
  const words = { label: 0, prediction: 0, symbols: [0, 1], predictions: [1, 0] };
  const tagger = madeRun({ words: ["a", "b"], splits: { test: [{ ...words, stepLabels: [1, 0] }, { ...words, stepLabels: [0, 0] }] } });
  tagger.manifest.run.output = "step";
  assert.deepEqual([...(await wrongOf(tagger, "test"))], [1]);
  const some = Uint32Array.from([2, 5]);
  assert.deepEqual([turnOf("next-error", 2, 9, some), turnOf("error-before", 5, 9, some), turnOf("next-error", 5, 9, some), turnOf("error-before", 2, 9, some)], [5, 2, null, null]);
  assert.deepEqual([turnOf("next", 8, 9, null), turnOf("next", 7, 9, null), turnOf("before", 0, 9, null), turnOf("before", 99, 9, null)], [null, 8, null, 8]);
});

test("a series around a step, and which of several steps is meant", () => {
  const inputs: FrameInputs = { kind: "frames", steps: 10, width: 1, levels: Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), most: 255 };
  const cut = around(inputs, 2, 3);
  assert.deepEqual([[...cut.inputs.levels], cut.step], [[0, 1, 2, 3, 4], 2]);
  assert.equal(nearestStep([2, 9, 5], 6), 5);
});

test("the path of probabilities keeps the least of each stretch", () => {
  assert.equal(stepPath(Float32Array.from([1, 0.5])), "M0 0.000L1 0.000L1 0.500L2 0.500");
  assert.equal(stepPath(Float32Array.from([1, 0.25, 1, 1]), 2), "M0 0.750L2 0.750L2 0.000L4 0.000");
  assert.equal(stepPath(new Float32Array(0)), "");
});

test("labels of neighbours are counted, most frequent first", () => {
  const n = (label: number | null) => ({ id: 0, score: 1, label, prediction: 0 });
  assert.deepEqual(tally([n(2), n(1), n(2), n(null)]), [{ label: 2, count: 2 }, { label: 1, count: 1 }]);
});

test("an input unlike the training data is remarked upon, with what is most unlike in it", () => {
  const said = (part: "input" | "step" | "last", kind: "symbols" | "frames") => unlike({ value: 2.5, novel: true, part }, kind) ?? "";
  assert.match(said("last", "symbols"), /^Unlike the training data: novelty 2\.50, .* its last word is rare in the state/);
  assert.match(said("step", "frames"), /its inputs are rare in the states in which it has them/);
  assert.match(said("input", "frames"), /its inputs are far from those of the training data/);
  assert.equal(unlike({ value: 0.9, novel: false, part: "last" }, "symbols"), null);
  assert.equal(unlike(null, "frames"), null);
});
