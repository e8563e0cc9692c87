// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { tally } from "../src/engine/changes";
import { parse } from "../src/state/cursor";
import { filterOf, orderOf } from "../src/views/repair/choice";
import { points } from "../src/views/repair/points";

test("the list stands in the address; without one it is the first that has rows", () => {
  const some = tally(Uint8Array.of(1, 3));
  assert.equal(filterOf(parse("#repair"), some).outcome, "broken");
  assert.equal(filterOf(parse("#repair"), tally(Uint8Array.of(5))).outcome, "same");
  assert.equal(filterOf(parse("#repair"), tally(new Uint8Array(0))).outcome, "fixed");
  assert.deepEqual(filterOf(parse("#repair?list=right&label=3&after=0&targets=none"), some), { outcome: "right", label: 3, before: null, after: 0, targets: false });
  assert.deepEqual(filterOf(parse("#repair?list=x&label=-1&before=1e2&targets=y"), some), { outcome: "broken", label: null, before: null, after: null, targets: null });
});

test("the order stands in the address", () => {
  assert.deepEqual(orderOf(parse("#repair?sort=-pafter")), { key: "pafter", down: true });
  assert.deepEqual(orderOf(parse("#repair?sort=nothing")), { key: "id", down: false });
});

test("how much a share has changed", () => {
  assert.equal(points(0.5, 0.5125), "+1.25");
  assert.equal(points(0.5, 0.25), "\u221225.00");
  assert.equal(points(0.5, 0.50001), "0.00");
  assert.equal(points(null, 0.5), "\u2013");
});
