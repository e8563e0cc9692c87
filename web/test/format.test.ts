// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { count, percent, short, visible } from "../src/ui/format";

test("numbers are formatted alike", () => {
  assert.equal(count(60000), "60,000");
  assert.equal(count(null), "\u2013");
  assert.equal(percent(0.97432), "97.43 %");
  assert.equal(percent(NaN), "\u2013");
});

test("characters that cannot be seen are shown by their code", () => {
  assert.equal(visible("a\u202eb"), "a\\u202eb");
  assert.equal(visible("a\u001b[31m\n"), "a\\u001b[31m\\u000a");
  assert.equal(visible("<script>"), "<script>");
  assert.equal(visible("a\u061c\u3164\u{e0041}b"), "a\\u061c\\u3164\\ue0041b");
  assert.equal(visible("\u{1f600}\u00e9\u4e2d"), "\u{1f600}\u00e9\u4e2d");
});

test("a text is cut between characters, not within one", () => {
  assert.equal(short("\u{1f600}\u{1f600}\u{1f600}", 2), "\u{1f600}\u2026");
  assert.equal(short("abc", 3), "abc");
});
