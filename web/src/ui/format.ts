// SPDX-License-Identifier: MIT
// format.ts - numbers and names, formatted alike in all views.
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const NONE = "\u2013"; // what stands where nothing is known

// A count: 60,000.
export function count(n: number | null | undefined): string {
  return n === null || n === undefined || !Number.isFinite(n) ? NONE : WHOLE.format(n);
}

// A fraction 0..1 as a percentage: 97.43 %.
export function percent(f: number | null | undefined, digits = 2): string {
  return f === null || f === undefined || !Number.isFinite(f) ? NONE : `${(100 * f).toFixed(digits)} %`;
}

// A probability or another number with a fraction: 0.974.
export function fraction(f: number | null | undefined, digits = 3): string {
  return f === null || f === undefined || !Number.isFinite(f) ? NONE : f.toFixed(digits);
}

// "1 sequence", "2 sequences".
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

// Invisible characters that belong where they stand: the tags of a flag, joiners within an emoji (a
// family) and between letters of scripts that need them, selectors of a shape.
const JOINED = "[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}]";
const BELONGS = [
  "\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]+\\u{e007f}",
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})",
  `(?<=${JOINED})[\\u200c\\u200d](?=${JOINED})`,
  "(?<=\\p{Emoji})[\\ufe0e\\ufe0f]",
  "(?<=\\p{Script=Han})[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]",
];
const UNSEEN = new RegExp(`${BELONGS.join("|")}|([\\p{Cc}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\ufff9-\\ufffb])`, "gu");

function code(c: string): string {
  const hex = (c.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

// Text of the data in one line: control characters, those that turn the writing direction, and other
// invisible ones are shown by their code, so that no text can look like another or move its neighbours.
export function visible(text: string): string {
  return text.replace(UNSEEN, (whole, unseen: string | undefined) => (unseen === undefined ? whole : code(unseen)));
}

// At most so many characters, with an ellipsis.
export function short(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}\u2026`;
}
