// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOf, readInputs, readSteps } from "../src/data/sequence";
import type { FrameInputs, WordInputs } from "../src/data/sequence";
import { curve, stretch } from "../src/ui/glimpse";
import { MemoryBlocks, SENTENCES, madeBlocks } from "./made";
import { Run } from "../src/data/run";

test("only the pieces that hold a sequence are read", async () => {
  const { manifest, blocks } = madeBlocks(SENTENCES, 3);
  const memory = new MemoryBlocks(blocks);
  const run = new Run(manifest, memory);
  await run.offsets("train");
  await run.tokens();
  const before = memory.reads;
  const inputs = (await readInputs(run, "train", 2)) as WordInputs; // steps 9, 10 of 12
  assert.deepEqual(namesOf(inputs), ["a", "bore"]);
  assert.equal(memory.reads - before, 2);
});

test("an array that was read whole is not read again", async () => {
  const { manifest, blocks } = madeBlocks(SENTENCES, 3);
  const memory = new MemoryBlocks(blocks);
  const run = new Run(manifest, memory);
  const all = await run.array("train.symbols");
  const before = memory.reads;
  assert.deepEqual(await run.rows("train.symbols", 2, 9), all.slice(2, 9));
  assert.equal(memory.reads, before);
});

test("steps bring what there is", async () => {
  const { manifest, blocks } = madeBlocks(SENTENCES);
  const run = new Run(manifest, new MemoryBlocks(blocks));
  const steps = await readSteps(run, "test", 1);
  assert.equal(steps.count, 3);
  assert.deepEqual([steps.label, steps.prediction, steps.labels], [1, 0, null]);
  assert.deepEqual([...(steps.states ?? [])], [1, 1, 2]);
  await assert.rejects(readSteps(run, "test", 2), /has 2 sequences/);
});

test("a curve of many steps keeps its extremes", () => {
  const levels = new Uint8Array(1000).fill(10);
  levels[501] = 255;
  levels[502] = 0;
  const inputs: FrameInputs = { kind: "frames", steps: 1000, width: 1, levels, most: 255 };
  const path = curve(inputs, 0, 100);
  assert.match(path, /501 0L502 255/);
  assert.ok(path.split("L").length < 210);
  assert.equal(curve({ ...inputs, steps: 0 }, 0), "");
});

test("words around a step stand within the sentence", () => {
  assert.deepEqual(stretch(10, 5, 30), [0, 10]);
  assert.deepEqual(stretch(100, 1, 10), [0, 10]);
  assert.deepEqual(stretch(100, 50, 10), [44, 54]);
  assert.deepEqual(stretch(100, 100, 10), [90, 100]);
});
