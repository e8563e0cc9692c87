// SPDX-License-Identifier: MIT
// choice.ts - what is chosen in the list of changes, as it stands in the address.
import { OUTCOMES } from "../../engine/changes";
import type { Filter, Outcome } from "../../engine/changes";
import type { Cursor } from "../../state/cursor";
import type { Order } from "../../ui/table";

export type ClassKey = "label" | "before" | "after";

// A class number of the address.
export function labelOf(cursor: Cursor, key: ClassKey): number | null {
  const text = cursor.more[key];
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : null;
}

// The list: the first kind that has rows, unless one is chosen.
export function filterOf(cursor: Cursor, tally: Record<Outcome, number>): Filter {
  const wanted = OUTCOMES.find((o) => o === cursor.more["list"]);
  const first = OUTCOMES.find((o) => tally[o] > 0);
  const targets = cursor.more["targets"];
  return {
    outcome: wanted ?? first ?? "fixed",
    label: labelOf(cursor, "label"),
    before: labelOf(cursor, "before"),
    after: labelOf(cursor, "after"),
    targets: targets === "only" ? true : targets === "none" ? false : null,
  };
}

export const SORTS = ["id", "label", "before", "after", "pbefore", "pafter"] as const;
export type Sort = (typeof SORTS)[number];

export function orderOf(cursor: Cursor): Order & { key: Sort } {
  const text = cursor.more["sort"] ?? "";
  const down = text.startsWith("-");
  const key = SORTS.find((s) => s === (down ? text.slice(1) : text));
  return key === undefined ? { key: "id", down: false } : { key, down };
}
