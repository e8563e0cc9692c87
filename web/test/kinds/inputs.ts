// SPDX-License-Identifier: MIT
// inputs.ts - made-up inputs: digits of seven segments, waves, words.
import type { Random } from "./random";

export const SIDE = 28;

// Segments of a digit: top, upper left, upper right, middle, lower left, lower right, bottom.
const DIGITS = [0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010, 0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011];
const SEGMENTS: readonly (readonly [number, number, number, number])[] = [
  [8, 4, 19, 6],
  [8, 4, 10, 13],
  [17, 4, 19, 13],
  [8, 13, 19, 15],
  [8, 14, 10, 23],
  [17, 14, 19, 23],
  [8, 21, 19, 23],
];

// An image [28][28] of levels 0..255.
export function digit(r: Random, label: number, out: Uint8Array, at: number): void {
  const dx = r.between(-4, 4);
  const dy = r.between(-3, 3);
  const bits = DIGITS[label % DIGITS.length];
  for (let s = 0; s < SEGMENTS.length; s++) {
    if ((bits & (64 >> s)) === 0) continue;
    const [x0, y0, x1, y1] = SEGMENTS[s];
    for (let y = y0; y <= y1; y++)
      for (let x = x0; x <= x1; x++) out[at + (y + dy) * SIDE + x + dx] = r.between(120, 255);
  }
}

// A frame of D waves at step t of T; each class has its own rhythm.
export function wave(r: Random, label: number, t: number, T: number, width: number, out: Uint8Array, at: number): void {
  for (let d = 0; d < width; d++) {
    const turn = (2 * Math.PI * (t / T) * (1 + (label % 4)) + d * 0.7 + label) % (2 * Math.PI);
    out[at + d] = Math.round(128 + 90 * Math.sin(turn) + 30 * (r() - 0.5));
  }
}

const PLAIN = (
  "the a of and to in that it is was for on with as at by from this film book day man woman child story scene road house river water light " +
  "night morning winter summer old new long short small large first last other same next under over between again here there when where who " +
  "they we she he you one two three some many most few all every never always often said made came went took saw heard found left gave told " +
  "asked turned looked began kept held brought thought knew felt seemed became"
).split(" ");

// Words: plain ones, then `each` words of each class, so that a class can be told by its words.
export function vocabulary(classes: number, each: number): { words: string[]; plain: number; each: number } {
  const words = [...PLAIN];
  const ends = ["ly", "ful", "ing", "ish", "ous", "en"];
  for (let c = 0; c < classes; c++)
    for (let i = 0; i < each; i++) words.push(`${"bcdfglmnprstvw"[(c + i) % 14]}${"aeiou"[c % 5]}${"lmnrst"[i % 6]}${ends[(c + i) % 6]}${c > 5 ? c : ""}`);
  return { words, plain: PLAIN.length, each };
}

// Text that must show as it is and run nothing.
export const HOSTILE = [
  "<img src=x onerror=\"document.title='broken'\">",
  "</script><script>document.title='broken'</script>",
  "<!-- rnnrepair:blocks -->",
  "\u001b[31mred\u001b[0m",
  "\u202egnirts desrever\u202c",
  "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{1f600}",
  "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308",
  "javascript:document.title='broken'",
  "'\"`${document.title='broken'}",
  "&lt;b&gt;&amp;",
  "\u0000\u0007\u007f",
  "verylongword".repeat(400),
  "__proto__",
  "constructor",
  " ",
];
