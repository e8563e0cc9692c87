// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../src/data/format";
import { comparedSplits, namesOf, readBoth, readUnits } from "../src/data/compare";
import { choose, outcomesOf, partingOf, sequenceOf, tally } from "../src/engine/changes";
import type { Filter } from "../src/engine/changes";
import { kindRun } from "./kinds";

const all: Filter = { outcome: "fixed", label: null, before: null, after: null, targets: null };
const sides = {
  label: Uint8Array.of(0, 0, 1, 1, 255, 255),
  before: Uint8Array.of(1, 0, 0, 1, 1, 1),
  after: Uint8Array.of(0, 1, 0, 1, 0, 1),
};

test("each unit has one outcome", () => {
  assert.deepEqual([...outcomesOf(sides)], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...outcomesOf({ ...sides, label: null })], [4, 4, 5, 5, 4, 5]);
  assert.deepEqual(tally(outcomesOf(sides)), { fixed: 1, broken: 1, wrong: 1, right: 1, other: 1, same: 1 });
});

test("a list is filtered by classes and by targets", () => {
  const outcomes = Uint8Array.of(0, 0, 0, 1);
  const s = { label: Uint8Array.of(0, 1, 1, 1), before: Uint8Array.of(1, 0, 2, 1), after: Uint8Array.of(0, 1, 1, 0) };
  const target = Uint8Array.of(1, 0, 1, 0);
  const ids = (f: Partial<Filter>, t: Uint8Array | null = target) => [...choose(outcomes, s, t, { ...all, ...f })];
  assert.deepEqual(ids({}), [0, 1, 2]);
  assert.deepEqual(ids({ label: 1 }), [1, 2]);
  assert.deepEqual(ids({ before: 2 }), [2]);
  assert.deepEqual(ids({ after: 0 }), [0]);
  assert.deepEqual(ids({ targets: true }), [0, 2]);
  assert.deepEqual(ids({ targets: false }), [1]);
  assert.deepEqual(ids({ targets: false }, null), [0, 1, 2]);
  assert.deepEqual(ids({ outcome: "broken" }), [3]);
});

test("the sequence of a row", () => {
  const offsets = Uint32Array.of(0, 3, 3, 4, 9);
  assert.deepEqual([0, 2, 3, 4, 8].map((row) => sequenceOf(offsets, row)), [0, 0, 2, 3, 3]);
});

test("where two runs part", () => {
  const part = (a: number[], b: number[]) => partingOf(Uint8Array.from(a), Uint8Array.from(b));
  assert.deepEqual(part([1, 1], [1, 1]), { differing: 0, first: null, lasting: null });
  assert.deepEqual(part([1, 2, 1, 1], [1, 1, 1, 2]), { differing: 2, first: 2, lasting: 4 });
  assert.deepEqual(part([1, 2, 1], [1, 1, 1]), { differing: 1, first: 2, lasting: null });
});

test("the arrays give the figures of the manifest", async () => {
  for (const kind of ["images", "tagger", "classes"] as const) {
    const run = kindRun(kind);
    const c = run.manifest.compare;
    assert.ok(c !== null);
    for (const split of comparedSplits(run)) {
      const n = tally(outcomesOf(await readUnits(run, split)));
      const change: Change | undefined = c.splits[split];
      assert.deepEqual([n.fixed, n.broken, n.wrong, n.right], [change?.fixed, change?.broken, change?.still_wrong, change?.unchanged], `${kind} ${split}`);
    }
  }
});

test("a sequence before and after", async () => {
  const run = kindRun("tagger");
  const both = await readBoth(run, "test", 3);
  const offsets = await run.offsets("test");
  const after = await run.array("compare.test.predictions");
  assert.equal(both.length, offsets[4] - offsets[3]);
  assert.deepEqual(both.after.predictions, after.slice(offsets[3], offsets[4]));
  assert.equal(both.before.prediction, (await run.array("test.prediction"))[3]);
  await assert.rejects(readBoth(run, "test", 150), /150 sequences/);
});

test("the run that this one was made from is before it", async () => {
  const [run, made] = [kindRun("images"), kindRun("images")];
  const c = made.manifest.compare;
  assert.ok(c !== null);
  made.manifest.compare = { ...c, relation: "parent" };
  const [a, b] = [await readUnits(run, "test"), await readUnits(made, "test")];
  assert.deepEqual([b.before, b.after], [a.after, a.before]);
  assert.deepEqual([b.probability.before, b.probability.after], [a.probability.after, a.probability.before]);
  const [x, y] = [await readBoth(run, "test", 3), await readBoth(made, "test", 3)];
  assert.deepEqual([y.before, y.after], [x.after, x.before]);
  assert.deepEqual(namesOf(made, c), { before: c.name, after: made.manifest.run.name });
});
