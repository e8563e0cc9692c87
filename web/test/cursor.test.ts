// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { fragment, parse } from "../src/state/cursor";

test("a cursor survives the address", () => {
  const c = parse("#sequence?split=test&id=3&t=5&sort=probability");
  assert.equal(c.view, "sequence");
  assert.equal(c.id, 3);
  assert.deepEqual(c.more, { sort: "probability" });
  assert.deepEqual(parse(fragment(c)), c);
});

test("a broken address shows the errors", () => {
  const c = parse("#nothing?split=x&id=-1&t=0&state=1e3");
  assert.deepEqual([c.view, c.split, c.id, c.t, c.state], ["errors", null, null, null, null]);
});
