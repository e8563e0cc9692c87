// SPDX-License-Identifier: MIT
// choice.ts - what is chosen in the list of changes, as it stands in the address.
import { OUTCOMES } from "../../engine/changes";
import type { Filter, Outcome } from "../../engine/changes";
import type { Cursor } from "../../state/cursor";
import { whole } from "../../state/number";
import { parseOrder } from "../../state/order";
import type { Order } from "../../ui/table";

// The list: the first kind that has rows, unless one is chosen.
export function filterOf(cursor: Cursor, tally: Record<Outcome, number>): Filter {
  const wanted = OUTCOMES.find((o) => o === cursor.more["list"]);
  const first = OUTCOMES.find((o) => tally[o] > 0);
  const targets = cursor.more["targets"];
  return {
    outcome: wanted ?? first ?? "fixed",
    label: whole(cursor.more["label"]),
    before: whole(cursor.more["before"]),
    after: whole(cursor.more["after"]),
    targets: targets === "only" ? true : targets === "none" ? false : null,
  };
}

const SORTS = ["id", "label", "before", "after", "pbefore", "pafter"];

export function orderOf(cursor: Cursor): Order {
  return parseOrder(cursor.more["sort"], SORTS, { key: "id", down: false });
}
