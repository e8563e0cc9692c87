// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { SENTENCES, madeRun } from "./made";

test("arrays in pieces read like arrays in one", async () => {
  const one = madeRun(SENTENCES);
  const many = madeRun(SENTENCES, 3);
  for (const name of Object.keys(one.manifest.arrays)) {
    assert.deepEqual(await many.array(name), await one.array(name), name);
    const { rows } = one.manifest.arrays[name];
    assert.deepEqual(await many.rows(name, 1, rows), await one.rows(name, 1, rows), name);
  }
});

test("offsets and words of a run", async () => {
  const run = madeRun(SENTENCES);
  assert.deepEqual([...(await run.offsets("train"))], [0, 4, 8, 10, 12]);
  assert.equal((await run.tokens())[5], "not");
  assert.equal(run.split("test").errors, 1);
  await assert.rejects(run.array("dev.length"), /no data/);
});
