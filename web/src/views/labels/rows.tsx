// SPDX-License-Identifier: MIT
// rows.tsx - the table of suspects: which are listed, in what order, in what columns.
import type { Audit } from "../../data/audit";
import { nameOf } from "../../data/sequence";
import type { Run } from "../../data/run";
import { keyOf } from "../../engine/decisions";
import type { Decision, Decisions } from "../../engine/decisions";
import { floatKeys, orderBy } from "../../engine/order";
import { whole } from "../../state/number";
import { NONE, count, fraction, visible } from "../../ui/format";
import { ClassName } from "../../ui/parts";
import type { Column, Order } from "../../ui/table";
import { stepOf } from "./evidence";

export interface RowFilter {
  show: "all" | "undecided" | "decided" | "flagged";
  given: number | null;
  suggested: number | null;
}

export function parseRowFilter(more: Readonly<Record<string, string>>): RowFilter {
  const show = more.show;
  return {
    show: show === "undecided" || show === "decided" || show === "flagged" ? show : "all",
    given: whole(more.given),
    suggested: whole(more.suggested),
  };
}

export const decisionAt = (a: Audit, now: Decisions, row: number): Decision | undefined => now.get(keyOf(a.id[row], stepOf(a, row)));

export function rowsOf(a: Audit, f: RowFilter, now: Decisions): number[] {
  const rows: number[] = [];
  for (let r = 0; r < a.n; r++) {
    if (f.given !== null && a.given[r] !== f.given) continue;
    if (f.suggested !== null && a.suggested[r] !== f.suggested) continue;
    if (f.show === "flagged" && a.flagged[r] !== 1) continue;
    if (f.show === "decided" || f.show === "undecided") if ((decisionAt(a, now, r) !== undefined) !== (f.show === "decided")) continue;
    rows.push(r);
  }
  return rows;
}

export function sortRows(a: Audit, rows: number[], order: Order): number[] {
  const number = (of: ArrayLike<number>) => Uint32Array.from(rows, (r) => of[r]);
  const float = (of: Float32Array) => floatKeys(rows.map((r) => of[r]));
  const keys =
    order.key === "id" ? number(a.id)
    : order.key === "given" ? number(a.given)
    : order.key === "suggested" ? number(a.suggested)
    : order.key === "prediction" ? number(a.prediction)
    : order.key === "score" ? float(a.score)
    : order.key === "confidence" ? float(a.confidence)
    : order.key === "support" ? float(a.support)
    : Uint32Array.from(rows);
  return Array.from(orderBy(keys, order.down), (k) => rows[k]);
}

export const SORTS = ["rank", "id", "given", "suggested", "prediction", "score", "confidence", "support"];

function DecisionText({ run, decision: d }: { run: Run; decision: Decision | undefined }) {
  if (d === undefined) return <span class="quiet">{NONE}</span>;
  if (d.action !== "relabel") return <b>{d.action}</b>;
  return (
    <b>
      {"\u2192"} <ClassName run={run} label={d.label} />
    </b>
  );
}

export function columnsOf(run: Run, a: Audit, now: Decisions, at: (row: number) => number): Column[] {
  const step: Column[] =
    a.step === null
      ? []
      : [
          { key: "step", title: "Step", width: "4rem", number: true, cell: (r) => stepOf(a, at(r)) },
          ...(a.symbols === null
            ? []
            : [{ key: "word", title: "Word", width: "minmax(5rem, 1fr)", cell: (r: number) => <bdi>{visible(nameOf(a.symbols?.[a.offsets[a.id[at(r)]] + stepOf(a, at(r)) - 1] ?? 0, a.names))}</bdi> }]),
        ];
  return [
    { key: "rank", title: "Rank", width: "4.5rem", number: true, sort: true, cell: (r) => count(at(r) + 1) },
    { key: "id", title: "Sequence", width: "6.5rem", number: true, sort: true, cell: (r) => a.id[at(r)] },
    ...step,
    { key: "decision", title: "Decision", width: "minmax(6rem, 1fr)", cell: (r) => <DecisionText run={run} decision={decisionAt(a, now, at(r))} /> },
    { key: "given", title: "Given", width: "minmax(6.5rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={a.given[at(r)]} /> },
    { key: "suggested", title: "Suggested", width: "minmax(7.5rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={a.suggested[at(r)]} /> },
    { key: "prediction", title: "Prediction", width: "minmax(7rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={a.prediction[at(r)]} /> },
    { key: "score", title: "Score", hint: "Larger is more suspect", width: "5.5rem", number: true, sort: true, cell: (r) => fraction(a.score[at(r)]) },
    { key: "confidence", title: "Confidence", hint: "Probability that the network gives the given label", width: "8rem", number: true, sort: true, cell: (r) => (a.confidence[at(r)] < 0 ? NONE : fraction(a.confidence[at(r)])) },
  ];
}
