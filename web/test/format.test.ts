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
  assert.equal(visible("a\u061cb\u180ec\u3164d\u{e0061}e\ufff9"), "a\\u061cb\\u180ec\\u3164d\\u{e0061}e\\ufff9");
  assert.equal(visible("a\u200db\u200cc\ufe0fd"), "a\\u200db\\u200cc\\ufe0fd");
});

test("invisible characters that shape what is seen stay", () => {
  const family = "\u{1f469}\u200d\u{1f469}\u{1f3fd}\u200d\u{1f467}";
  const flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
  for (const text of [family, flag, "\u2764\ufe0f", "1\ufe0f\u20e3", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937", "\u845b\u{e0100}"])
    assert.equal(visible(text), text);
  assert.equal(visible(`${family}\u200d`), `${family}\\u200d`); // joins nothing
});

test("a text is cut between characters, not within one", () => {
  assert.equal(short("\u{1f600}\u{1f600}\u{1f600}", 2), "\u{1f600}\u2026");
  assert.equal(short("abc", 3), "abc");
});
