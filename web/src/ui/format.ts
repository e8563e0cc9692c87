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

// Text of the data in one line: control characters, those that turn the writing direction, and other
// invisible ones are shown by their code, so that no text can look like another or move its neighbours.
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e007f}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

// At most so many characters, with an ellipsis.
export function short(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}\u2026`;
}
