// SPDX-License-Identifier: MIT
// number.ts - whole numbers as they stand in the address and in files.

// Null where there is none, or one below `least`.
export function whole(text: string | null | undefined, least = 0): number | null {
  const value = typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value >= least ? value : null;
}
