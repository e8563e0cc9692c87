// SPDX-License-Identifier: MIT
// points.ts - how much a share has changed, in percentage points: +1.25.
import { NONE } from "../../ui/format";

export function points(before: number | null, after: number | null): string {
  if (before === null || after === null) return NONE;
  const n = 100 * (after - before);
  const text = Math.abs(n).toFixed(2);
  return text === "0.00" ? text : `${n > 0 ? "+" : "\u2212"}${text}`;
}
