// SPDX-License-Identifier: MIT
// patterns.tsx - training sequences flagged because a pattern of their states gives their label away.
import { useMemo } from "preact/hooks";
import type { TriggersInfo } from "../../data/format";
import type { Run } from "../../data/run";
import { floatKeys, orderBy } from "../../engine/order";
import { href } from "../../state/cursor";
import { whole } from "../../state/number";
import { orderText, parseOrder } from "../../state/order";
import { ClassChoice } from "../../ui/choices";
import { count, fraction, plural } from "../../ui/format";
import { Glimpse } from "../../ui/glimpse";
import { ClassName, Empty, Panel } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column, Order } from "../../ui/table";
import type { ViewProps } from "../view";

const MEANS: Record<string, string> = {
  opening: "its first states tell the label before the content can",
  turn: "its states are another class's until late",
};

const KEYS = ["rank", "sequence", "label", "pattern", "score"];
const RANK: Order = { key: "rank", down: false };

function rowsOf(info: TriggersInfo, label: number | null, order: Order): number[] {
  const rows = info.flagged.flatMap((f, i) => (label === null || f.label === label ? [i] : []));
  const number = (of: (f: TriggersInfo["flagged"][number]) => number) => Uint32Array.from(rows, (i) => of(info.flagged[i]));
  const keys =
    order.key === "sequence" ? number((f) => f.sequence)
    : order.key === "label" ? number((f) => f.label)
    : order.key === "pattern" ? number((f) => (f.pattern === "turn" ? 1 : 0))
    : order.key === "score" ? floatKeys(rows.map((i) => info.flagged[i].score))
    : Uint32Array.from(rows);
  return Array.from(orderBy(keys, order.down), (k) => rows[k]);
}

function columnsOf(run: Run, info: TriggersInfo, rows: number[]): Column[] {
  const at = (r: number) => info.flagged[rows[r]];
  return [
    { key: "rank", title: "Rank", width: "4.5rem", number: true, sort: true, cell: (r) => count(rows[r] + 1) },
    { key: "sequence", title: "Sequence", width: "6.5rem", number: true, sort: true, cell: (r) => at(r).sequence },
    { key: "label", title: "Label", width: "minmax(6rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={at(r).label} /> },
    { key: "pattern", title: "Pattern", width: "6rem", sort: true, cell: (r) => at(r).pattern },
    { key: "score", title: "Score", width: "6rem", number: true, sort: true, cell: (r) => fraction(at(r).score) },
  ];
}

export function PatternTriggers({ run, info, cursor, move }: ViewProps & { info: TriggersInfo }) {
  const order = parseOrder(cursor.more.sort, KEYS, RANK);
  const label = whole(cursor.more.label);
  const rows = useMemo(() => rowsOf(info, label, order), [info, label, order.key, order.down]);
  const columns = useMemo(() => columnsOf(run, info, rows), [run, info, rows]);
  const set = (change: Record<string, string>) => move({ more: { ...cursor.more, ...change } }, "replace");
  if (info.flagged_count === 0) return <Empty>No class stands out: no training sequence is flagged.</Empty>;
  const chosen = Math.max(0, rows.findIndex((i) => info.flagged[i].sequence === cursor.id));
  const row = info.flagged[rows[chosen]];
  const open = { view: "sequence" as const, split: "train" as const, t: null, more: {} };
  return (
    <>
      <p>
        {plural(info.flagged_count, "training sequence")} {info.flagged_count === 1 ? "is" : "are"} flagged: many more of their class than of the others have states that give the label away. Many of them are
        clean all the same; the most suspicious come first.
        {info.flagged_count > info.flagged.length && ` The first ${count(info.flagged.length)} are listed.`}
      </p>
      <Panel title="Flagged training sequences" aside={<span role="status">{plural(rows.length, "sequence")} listed</span>}>
        <div class="tools">
          <ClassChoice run={run} label="Label" none="any" value={label} onChange={(v) => set({ label: v === null ? "" : String(v) })} />
        </div>
        {row === undefined ? (
          <Empty>No flagged sequence has this label.</Empty>
        ) : (
          <div class="found">
            <Table
              label="Flagged"
              columns={columns}
              rows={rows.length}
              chosen={chosen}
              onChoose={(r) => move({ split: "train", id: info.flagged[rows[r]].sequence, t: null }, "replace")}
              onOpen={(r) => move({ ...open, id: info.flagged[rows[r]].sequence })}
              order={order}
              onOrder={(o) => set({ sort: orderText(o) })}
            />
            <aside class="candidate" aria-label="The chosen sequence">
              <h3>
                <a href={href(cursor, { ...open, id: row.sequence })}>train {row.sequence}</a>
              </h3>
              <Glimpse run={run} split="train" id={row.sequence} size={160} most={80} />
              <p>
                Labelled <ClassName run={run} label={row.label} />; flagged as {row.pattern}: {MEANS[row.pattern]}.
              </p>
            </aside>
          </div>
        )}
      </Panel>
    </>
  );
}
