// SPDX-License-Identifier: MIT
// random.ts - numbers that are the same each time: mulberry32.

export interface Random {
  (): number; // 0..1, 1 excluded
  below(n: number): number;
  between(least: number, most: number): number; // a whole number, both included
}

export function random(seed: number): Random {
  let a = seed >>> 0;
  const next = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Object.assign(next, {
    below: (n: number) => Math.floor(next() * n),
    between: (least: number, most: number) => least + Math.floor(next() * (most - least + 1)),
  });
}
