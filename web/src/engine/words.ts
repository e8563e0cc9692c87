// SPDX-License-Identifier: MIT
// words.ts - what was typed as words, as symbols of the data.

// Which of the typed words a symbol is: bit w of mask[symbol] for word w.
export interface WordQuery {
  mask: Uint32Array; // by symbol
  all: number; // the bits of all words
  unknown: string[]; // words that no symbol has
}

const MOST = 31; // words: bits of a mask

// One word: itself; where there is none, in whatever case; "good*" all that begin so. Symbols without
// names are typed as numbers.
function symbolsOf(word: string, names: readonly string[], count: number): number[] {
  if (names.length === 0) return /^\d+$/.test(word) && Number(word) < count ? [Number(word)] : [];
  const exact = names.indexOf(word);
  if (exact >= 0) return [exact];
  const low = word.toLowerCase();
  const prefix = low.length > 1 && low.endsWith("*") ? low.slice(0, -1) : null;
  const found: number[] = [];
  names.forEach((name, s) => {
    const other = name.toLowerCase();
    if (prefix === null ? other === low : other.startsWith(prefix)) found.push(s);
  });
  return found;
}

// A text that is itself a symbol's name is this one; else its words, between blanks.
export function wordQuery(text: string, names: readonly string[], count: number): WordQuery {
  const mask = new Uint32Array(Math.max(names.length, count));
  const words = names.includes(text) ? [text] : text.split(/\s+/).filter((w) => w !== "").slice(0, MOST);
  const unknown: string[] = [];
  words.forEach((word, w) => {
    const symbols = symbolsOf(word, names, count);
    if (symbols.length === 0) unknown.push(word);
    for (const s of symbols) mask[s] |= 1 << w;
  });
  return { mask, all: words.length === 0 ? 0 : 2 ** words.length - 1, unknown };
}
