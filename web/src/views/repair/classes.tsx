// SPDX-License-Identifier: MIT
// classes.tsx - the outcome by class; a class chosen here filters the list.
import { useMemo } from "preact/hooks";
import type { ClassChange, CompareInfo, SplitName } from "../../data/format";
import type { Run } from "../../data/run";
import { whole } from "../../state/number";
import { orderText, parseOrder } from "../../state/order";
import { count, percent } from "../../ui/format";
import { ClassName, Panel } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column } from "../../ui/table";
import type { ViewProps } from "../view";
import { points } from "./points";

const gain = (c: ClassChange): number => (c.recall_after ?? 0) - (c.recall_before ?? 0);

const KEYS: Record<string, (c: ClassChange, label: number) => number> = {
  class: (_, label) => label,
  count: (c) => c.count,
  fixed: (c) => c.fixed,
  broken: (c) => c.broken,
  before: (c) => c.recall_before ?? -1,
  after: (c) => c.recall_after ?? -1,
  gain,
};

function columnsOf(run: Run, classes: readonly ClassChange[], rows: readonly number[], steps: boolean): Column[] {
  const of = (row: number) => classes[rows[row]];
  const number = (key: string, title: string, width: string, cell: (c: ClassChange) => string, hint?: string): Column => ({
    key,
    title,
    width,
    number: true,
    sort: true,
    ...(hint === undefined ? {} : { hint }),
    cell: (row) => cell(of(row)),
  });
  return [
    { key: "class", title: "Class", width: "minmax(7rem, 1fr)", sort: true, cell: (row) => <ClassName run={run} label={rows[row]} /> },
    number("count", steps ? "Steps" : "Sequences", "7rem", (c) => count(c.count)),
    number("fixed", "Fixed", "5rem", (c) => count(c.fixed)),
    number("broken", "Broken", "5.5rem", (c) => count(c.broken)),
    number("before", "Recall before", "8.5rem", (c) => percent(c.recall_before), "share of the class that was predicted right before"),
    number("after", "Recall after", "8.5rem", (c) => percent(c.recall_after), "share of the class that is predicted right after"),
    number("gain", "Points", "6rem", (c) => points(c.recall_before, c.recall_after), "change of the recall in percentage points"),
  ];
}

export function Classes({ run, cursor, move, compare, split, steps }: ViewProps & { compare: CompareInfo; split: SplitName; steps: boolean }) {
  const classes = compare.splits[split]?.classes;
  const order = parseOrder(cursor.more["byclass"], Object.keys(KEYS), { key: "class", down: false });
  const rows = useMemo(() => {
    const labels = [...(classes ?? []).keys()];
    const key = KEYS[order.key];
    return classes === undefined ? [] : labels.sort((a, b) => (order.down ? -1 : 1) * (key(classes[a], a) - key(classes[b], b)) || a - b);
  }, [classes, order.key, order.down]);
  const columns = useMemo(() => columnsOf(run, classes ?? [], rows, steps), [rows]);
  if (classes === undefined) return null;
  const chosen = whole(cursor.more["label"]);
  const found = chosen === null ? -1 : rows.indexOf(chosen);
  const choose = (row: number) => move({ more: { ...cursor.more, label: chosen === rows[row] ? "" : String(rows[row]) }, id: null, t: null }, "replace");
  return (
    <Panel title="By class" aside={<span class="quiet">choose a class to see its rows alone; choose it again to see all</span>}>
      <Table
        label="Outcome by class"
        columns={columns}
        rows={rows.length}
        chosen={found < 0 ? null : found}
        onChoose={choose}
        order={order}
        onOrder={(o) => move({ more: { ...cursor.more, byclass: orderText(o) } }, "replace")}
      />
    </Panel>
  );
}
