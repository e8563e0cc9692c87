// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { readUnits } from "../src/data/compare";
import { Run } from "../src/data/run";
import { influenceOf } from "../src/engine/influence";
import { trainedStates } from "../src/engine/states";
import { warm } from "../src/engine/warm";
import { ofKind } from "./kinds";
import { MemoryBlocks } from "./made";

const rest = () => Promise.resolve();

test("after warming the views find what they need", async () => {
  const all = ofKind("images");
  const blocks = new MemoryBlocks(all.blocks);
  const run = new Run(all.manifest, blocks);
  await warm(run, rest);
  const reads = blocks.reads;
  assert.ok(reads > 0);
  await Promise.all([influenceOf(run), trainedStates(run), readUnits(run, "test"), readUnits(run, "train"), run.tokens()]);
  assert.equal(blocks.reads, reads);
});

test("what cannot be read is left to the view that needs it", async () => {
  const all = ofKind("words");
  all.blocks.delete("train.states.0");
  const run = new Run(all.manifest, new MemoryBlocks(all.blocks));
  await warm(run, rest);
  await assert.rejects(influenceOf(run), /train.states/);
  assert.ok((await readUnits(run, "test")).before.length > 0);
});
