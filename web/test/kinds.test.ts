// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { noLabel } from "../src/data/run";
import { KINDS, kindRun, ofKind } from "./kinds";

const small = KINDS.filter((k) => k !== "large");

test("made-up data agree with what their manifest says", async () => {
  for (const kind of small) {
    const run = kindRun(kind);
    for (const name of Object.keys(run.manifest.arrays)) await run.array(name);
    for (const split of run.splits) {
      const info = run.split(split);
      const offsets = await run.offsets(split);
      assert.equal(offsets.length, info.count + 1, kind);
      assert.equal(offsets[info.count], info.steps, kind);
      if (!info.labelled) continue;
      const label = await run.array(`${split}.label`);
      const prediction = await run.array(`${split}.prediction`);
      assert.equal(label.filter((c, i) => c !== noLabel(label) && c !== prediction[i]).length, info.errors, kind);
    }
    assert.equal((await run.tokens()).length, run.manifest.tokens, kind);
  }
});

test("made-up data are the same each time, and others with another seed", () => {
  const text = (seed: number) => JSON.stringify([...ofKind("words", seed).blocks].map(([name, bytes]) => [name, [...bytes]]));
  assert.equal(text(1), text(1));
  assert.notEqual(text(1), text(2));
});
