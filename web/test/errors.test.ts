// SPDX-License-Identifier: MIT
// errors.test.ts - filters, order, confusion and slices of what is judged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { confusion, matrix } from "../src/engine/confusion";
import { NO_FILTER, applyFilter, filterTexts, parseFilter, parseRange, rangeText } from "../src/engine/filter";
import type { Filter } from "../src/engine/filter";
import { judged } from "../src/engine/judged";
import type { Judged } from "../src/engine/judged";
import { floatKeys, orderBy } from "../src/engine/order";
import { chance, lengthRanges, sliceFilter, slices, wilson } from "../src/engine/slices";
import { wordQuery } from "../src/engine/words";
import { SENTENCES, madeRun } from "./made";
import type { MadeSequence } from "./made";

const find = (j: Judged, change: Partial<Filter>, words: readonly string[] = []) => {
  const f = { ...NO_FILTER, ...change };
  return applyFilter(j, f, f.word === "" ? null : wordQuery(f.word, words, 8));
};

// A tagger: words 0..3, classes 0..2, 9 labelled steps, of which 4 are wrong.
const TAGGED: MadeSequence[] = [
  { prediction: 0, symbols: [0, 1, 2], states: [1, 2, 1], predictions: [0, 1, 0], stepLabels: [0, 1, 2] },
  { prediction: 1, symbols: [2, 2], states: [2, 2], predictions: [0, 1], stepLabels: [2, 255] },
  { prediction: 2, symbols: [3, 2, 1, 0, 3], states: [3, 1, 2, 1, 3], predictions: [0, 0, 1, 1, 2], stepLabels: [1, 2, 1, 1, 2] },
];
const tagger = () =>
  madeRun({
    classes: ["a", "b", "c"],
    words: ["the", "The", "bank", "."],
    influence: { states: 3 },
    splits: { train: TAGGED, test: TAGGED },
  });
const asTagger = async () => {
  const run = tagger();
  run.manifest.run.output = "step";
  return judged(run, "test");
};

test("a filter survives the address", () => {
  const f: Filter = { show: "all", truth: 3, prediction: 0, length: { from: 3, to: 10 }, probability: { from: 0.5, to: Infinity }, passed: 7, last: 2, word: "not good" };
  assert.deepEqual(parseFilter(filterTexts(f)), f);
  assert.deepEqual(parseFilter(filterTexts(NO_FILTER)), NO_FILTER);
  assert.deepEqual(parseFilter({ truth: "x", len: "-", p: "1-2-3", show: "none" }), NO_FILTER);
});

test("ranges may be open at one end", () => {
  assert.deepEqual(parseRange("3-"), { from: 3, to: Infinity });
  assert.deepEqual(parseRange("-0.5"), { from: 0, to: 0.5 });
  assert.equal(parseRange("."), null);
  assert.equal(parseRange(".-1"), null);
  assert.equal(rangeText({ from: 0, to: 0.5 }), "-0.5");
});

test("errors of sequences by class, length, state and word", async () => {
  const j = await judged(madeRun(SENTENCES), "train");
  const words = SENTENCES.words ?? [];
  assert.deepEqual([...find(j, {}).ids], [3]);
  assert.deepEqual([...find(j, { show: "right" }).ids], [0, 1, 2]);
  assert.deepEqual([...find(j, { show: "all", truth: 1 }).ids], [0, 3]);
  assert.deepEqual([...find(j, { show: "all", prediction: 0 }).ids], [1, 2, 3]);
  assert.deepEqual([...find(j, { show: "all", length: { from: 2, to: 2 } }).ids], [2, 3]);
  assert.deepEqual([...find(j, { show: "all", last: 3 }).ids], [0]);
  const passed = find(j, { show: "all", passed: 3 });
  assert.deepEqual([[...passed.ids], [...passed.at]], [[0], [4]]);
  assert.deepEqual([...find(j, { show: "all", word: "bad" }, words).ids], [1, 3]);
  assert.deepEqual([...find(j, { show: "all", word: "film BAD" }, words).ids], [1]);
  assert.deepEqual([...find(j, { show: "all", word: "b*" }, words).ids], [1, 2, 3]);
  assert.deepEqual([...find(j, { show: "all", word: "bad nowhere" }, words).ids], []);
  assert.deepEqual([...find(j, { show: "all", probability: { from: 0.75, to: 0.75 } }).ids], [0, 1, 2, 3]);
  assert.deepEqual([...find(j, { show: "all", probability: { from: 0.8, to: 1 } }).ids], []);
});

test("errors of steps: all conditions are about one step", async () => {
  const j = await asTagger();
  assert.ok(j.steps);
  assert.deepEqual([...j.wrong], [1, 1, 2]);
  assert.deepEqual([...j.judgedSteps], [3, 1, 5]);
  const errors = find(j, {});
  assert.deepEqual([[...errors.ids], [...errors.at], [...errors.steps], errors.total], [[0, 1, 2], [3, 1, 1], [1, 1, 2], 4]);
  const taken = find(j, { truth: 2, prediction: 0, passed: 1 });
  assert.deepEqual([[...taken.ids], [...taken.at]], [[0, 2], [3, 2]]);
  const words = ["the", "The", "bank", "."];
  assert.deepEqual([...find(j, { word: "bank" }, words).at], [3, 1, 2]);
  assert.deepEqual([...find(j, { show: "all", word: "The bank" }, words).steps], [2, 2, 2]);
});

test("without labels everything is listed, and nothing is an error", async () => {
  const run = madeRun({ splits: { test: [{ prediction: 0, symbols: [1] }, { prediction: 1, symbols: [0] }] }, words: ["a", "b"] });
  const j = await judged(run, "test");
  assert.equal(j.labelled, false);
  assert.deepEqual([...find(j, {}).ids], [0, 1]);
  assert.deepEqual([...find(j, { prediction: 1 }).ids], [1]);
  assert.equal(await confusion(j), null);
  assert.deepEqual((await slices(j, 2)).list, []);
});

test("rows are sorted by numbers, ties by their place", () => {
  const keys = Uint32Array.from([70000, 1, 4294967295, 1, 65536]);
  assert.deepEqual([...orderBy(keys, false)], [1, 3, 4, 0, 2]);
  assert.deepEqual([...orderBy(keys, true)], [2, 0, 4, 1, 3]);
  assert.deepEqual([...orderBy(floatKeys([0.5, -1, 1, -0.25, NaN]), false)], [1, 3, 0, 2, 4]);
});

test("the confusion of classes", async () => {
  const c = await confusion(await asTagger());
  assert.ok(c !== null);
  assert.deepEqual([c.judged, c.errors], [9, 4]);
  assert.deepEqual([...matrix(c)], [1, 0, 0, 1, 3, 0, 3, 0, 1]);
  assert.deepEqual(c.pairs[0], { truth: 2, prediction: 0, count: 3 });
});

test("the interval of a rate", () => {
  const { low, high } = wilson(8, 10);
  assert.ok(Math.abs(low - 0.4901625) < 1e-6 && Math.abs(high - 0.9433178) < 1e-6);
  assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  assert.equal(wilson(0, 5).low, 0);
  assert.equal(wilson(5, 5).high, 1);
});

test("how likely so many errors are by chance", () => {
  const near = (a: number, b: number) => assert.ok(Math.abs(a / b - 1) < 1e-9, `${a} is not ${b}`);
  near(chance(3, 3, 0.1), 0.001);
  near(chance(2, 3, 0.5), 0.5);
  near(chance(9, 10, 0.25), 31 / 4 ** 10);
  assert.equal(chance(900000, 1000000, 0.1), 0);
});

test("many errors among many lead, few among few do not", async () => {
  // 400 sequences, 10 % wrong; of the 100 with word 1 half; a single one with word 2 is wrong, too.
  const all: MadeSequence[] = Array.from({ length: 400 }, (_, i) => {
    const wrong = i < 50 || i === 399;
    return { label: 0, prediction: wrong ? 1 : 0, symbols: i < 100 ? [0, 1, 1] : i === 399 ? [0, 2] : [0, 0, 0, 0], states: i < 100 ? [1, 2, 2] : i === 399 ? [1, 1] : [1, 1, 1, 1] };
  });
  const run = madeRun({ words: ["a", "b", "c"], influence: { states: 2 }, splits: { train: all, test: all } });
  const s = await slices(await judged(run, "test"), 3);
  assert.deepEqual([s.count, s.errors], [400, 51]);
  const word = s.list.find((x) => x.kind === "word");
  assert.deepEqual([word?.value, word?.count, word?.errors, word?.sure], [1, 100, 50, true]);
  assert.equal(s.list.filter((x) => x.kind === "word").length, 1);
  assert.ok(s.list.some((x) => x.kind === "passed" && x.value === 2 && x.count === 100));
  assert.ok(s.list.every((x, i) => i === 0 || s.list[i - 1].low >= x.low));
  assert.deepEqual(sliceFilter(word ?? s.list[0], (n) => ["a", "b", "c"][n]), { word: "b" });
});

test("every slice of steps lists its errors", async () => {
  const many = Array.from({ length: 20 }, (_, i) => TAGGED[i % 3]).concat(Array.from({ length: 40 }, () => ({ ...TAGGED[0], stepLabels: [0, 1, 0] })));
  const run = madeRun({ classes: ["a", "b", "c"], words: ["the", "The", "bank", "."], influence: { states: 3 }, splits: { train: many, test: many } });
  run.manifest.run.output = "step";
  const j = await judged(run, "test");
  const words = ["the", "The", "bank", "."];
  const s = await slices(j, words.length);
  assert.ok(s.list.length > 0);
  for (const slice of s.list) {
    const found = find(j, sliceFilter(slice, (n) => words[n]), words);
    assert.equal(found.total, slice.errors, JSON.stringify(slice));
    const all = find(j, { ...sliceFilter(slice, (n) => words[n]), show: "right" }, words);
    assert.equal(all.total + found.total, slice.count);
  }
});

test("ranges of lengths cover all, with equal lengths together", async () => {
  const of = async (lengths: number[]) =>
    lengthRanges(await judged(madeRun({ words: ["a"], splits: { test: lengths.map((n) => ({ label: 0, prediction: 0, symbols: new Array<number>(n).fill(0) })) } }), "test"));
  assert.deepEqual(await of([5, 5, 5, 5]), [5]);
  assert.deepEqual(await of([1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await of([2, 2, 2, 2, 9, 9]), [2, 9]);
});
