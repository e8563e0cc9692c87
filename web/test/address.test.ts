// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { Address } from "../src/state/address";

test("of very many changes the last one is written", () => {
  const written: string[] = [];
  let now = 0;
  const a = new Address((how, text) => written.push(`${how} ${text}`), () => now);
  for (let i = 0; i < 500; i++) a.set(String(i), "replace");
  assert.ok(written.length >= 20 && written.length < 100, `${written.length} writes`);
  assert.equal(written[0], "replace 0");
  a.flush();
  assert.equal(written[written.length - 1], "replace 499");
  a.flush();
  assert.equal(written.filter((w) => w === "replace 499").length, 1);

  a.set("500", "replace");
  a.set("next", "push"); // the step before it is complete
  assert.deepEqual(written.slice(-2), ["replace 500", "push next"]);

  a.set("501", "replace");
  a.forget(); // the user went elsewhere
  a.flush();
  assert.equal(written[written.length - 1], "push next");
  now = 60_000;
  a.set("502", "replace");
  assert.equal(written[written.length - 1], "replace 502");
});
