// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { Run } from "../src/data/run";
import { MemoryBlocks, SENTENCES, madeBlocks, madeRun } from "./made";

test("arrays in pieces read like arrays in one", async () => {
  const one = madeRun(SENTENCES);
  const many = madeRun(SENTENCES, 3);
  for (const name of Object.keys(one.manifest.arrays)) {
    assert.deepEqual(await many.array(name), await one.array(name), name);
    const { rows } = one.manifest.arrays[name];
    assert.deepEqual(await many.rows(name, 1, rows), await one.rows(name, 1, rows), name);
  }
});

test("what could not be read is asked for again", async () => {
  const { manifest, blocks } = madeBlocks(SENTENCES, 3);
  const memory = new MemoryBlocks(new Map());
  const run = new Run(manifest, memory);
  await assert.rejects(run.tokens());
  await assert.rejects(run.offsets("train"));
  await assert.rejects(run.rows("train.symbols", 0, 2));
  blocks.forEach((bytes, name) => memory.blocks.set(name, bytes));
  assert.equal((await run.tokens())[1], "film");
  assert.deepEqual(await run.bounds("train", 1), [4, 8]);
  await assert.rejects(run.bounds("train", 4), /4 sequences, numbered from 0/);
  assert.deepEqual([...(await run.rows("train.symbols", 0, 2))], [0, 1]);
});

test("offsets and words of a run", async () => {
  const run = madeRun(SENTENCES);
  assert.deepEqual([...(await run.offsets("train"))], [0, 4, 8, 10, 12]);
  assert.equal((await run.tokens())[5], "not");
  assert.equal(run.split("test").errors, 1);
  await assert.rejects(run.array("dev.length"), /no data/);
});
