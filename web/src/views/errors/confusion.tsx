// SPDX-License-Identifier: MIT
// confusion.tsx - which class is taken for which. A cell selects; of many classes the pairs are a list.
import { memo } from "../../ui/memo";
import { useMemo, useRef, useState } from "preact/hooks";
import { matrix } from "../../engine/confusion";
import type { Confusion } from "../../engine/confusion";
import type { Filter } from "../../engine/filter";
import type { Run } from "../../data/run";
import { count, percent, visible } from "../../ui/format";
import { Bar, ClassName, Empty } from "../../ui/parts";
import { Table } from "../../ui/table";

export const MOST_CELLS = 30; // classes of a matrix
const HEAD = -1; // the row or column of names

interface Props {
  run: Run;
  confusion: Confusion;
  truth: number | null; // of the filter
  prediction: number | null;
  onFilter: (change: Partial<Filter>) => void;
}

// The filter a cell stands for: a class that was given, one that was predicted, or both.
function filterOf(row: number, column: number): Partial<Filter> {
  const of = (k: number) => (k === HEAD ? null : k);
  return { truth: of(row), prediction: of(column), show: row === column && row !== HEAD ? "right" : "errors" };
}

function describe(run: Run, c: Confusion, counts: Uint32Array, row: number, column: number): string {
  const name = (k: number) => visible(run.className(k));
  if (row === HEAD && column === HEAD) return `All: ${count(c.errors)} errors of ${count(c.judged)}`;
  if (column === HEAD) return `Labelled ${name(row)}: ${count(c.right[row])} of ${count(c.truths[row])} right`;
  if (row === HEAD) return `Predicted ${name(column)}: ${count(c.right[column])} of ${count(c.predictions[column])} right`;
  return `Labelled ${name(row)}, predicted ${name(column)}: ${count(counts[row * c.truths.length + column])}`;
}

// Ink of a cell by its share of the row, errors in one colour and right ones in another. It stays
// pale enough to read the number on it.
function tint(share: number, right: boolean): string {
  const strength = share <= 0 ? 0 : Math.round(6 + 29 * Math.sqrt(share));
  return `color-mix(in srgb, var(${right ? "--good" : "--bad"}) ${strength}%, transparent)`;
}

function Matrix({ run, confusion: c, truth, prediction, onFilter }: Props) {
  const C = c.truths.length;
  const counts = useMemo(() => matrix(c), [c]);
  const [at, setAt] = useState<[number, number]>([HEAD, HEAD]);
  const table = useRef<HTMLTableElement>(null);
  const lines = Array.from({ length: C + 1 }, (_, k) => k - 1);

  const select = (row: number, column: number) => {
    setAt([row, column]);
    onFilter(filterOf(row, column));
  };
  const key = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const clamp = (k: number) => Math.max(HEAD, Math.min(C - 1, k));
    const moves: Record<string, [number, number]> = {
      ArrowUp: [clamp(at[0] - 1), at[1]],
      ArrowDown: [clamp(at[0] + 1), at[1]],
      ArrowLeft: [at[0], clamp(at[1] - 1)],
      ArrowRight: [at[0], clamp(at[1] + 1)],
      Home: [at[0], HEAD],
      End: [at[0], C - 1],
    };
    if (event.key === "Enter" || event.key === " ") select(...at);
    else if (event.key in moves) {
      setAt(moves[event.key]);
      const [row, column] = moves[event.key];
      table.current?.querySelector<HTMLElement>(`[data-at="${row}.${column}"]`)?.focus();
    } else return;
    event.preventDefault();
  };

  const cell = (row: number, column: number) => {
    const head = row === HEAD || column === HEAD;
    const value = head ? 0 : counts[row * C + column];
    const selected = (truth ?? HEAD) === row && (prediction ?? HEAD) === column;
    const text =
      row === HEAD && column === HEAD ? <>{"label \u2193"}<br />{"prediction \u2192"}</>
      : row === HEAD ? <ClassName run={run} label={column} />
      : column === HEAD ? <ClassName run={run} label={row} />
      : value > 0 ? count(value)
      : "";
    const label = describe(run, c, counts, row, column);
    const role: "columnheader" | "rowheader" | "gridcell" = row === HEAD ? "columnheader" : column === HEAD ? "rowheader" : "gridcell";
    const attributes = {
      role,
      "data-at": `${row}.${column}`,
      tabIndex: at[0] === row && at[1] === column ? 0 : -1,
      "aria-label": label,
      "aria-selected": selected,
      title: label,
      onClick: () => select(row, column),
      onFocus: () => (at[0] !== row || at[1] !== column) && setAt([row, column]),
    };
    if (head) return <th key={column} {...attributes} class={row === HEAD && column !== HEAD ? "turned" : undefined}>{text}</th>;
    return (
      <td key={column} {...attributes} style={{ background: tint(c.truths[row] === 0 ? 0 : value / c.truths[row], row === column) }}>
        {text}
      </td>
    );
  };

  return (
    <div class="matrix">
      <table role="grid" aria-label="Confusion matrix" ref={table} onKeyDown={key}>
        <tbody role="presentation">
          {lines.map((row) => (
            <tr key={row} role="row">
              {lines.map((column) => cell(row, column))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pairs({ run, confusion: c, truth, prediction, onFilter }: Props) {
  const chosen = c.pairs.findIndex((p) => p.truth === truth && p.prediction === prediction);
  const share = (r: number) => c.pairs[r].count / c.truths[c.pairs[r].truth];
  return (
    <>
      <p class="quiet">The run has {count(c.truths.length)} classes: its {count(c.pairs.length)} pairs that were confused, most frequent first.</p>
      <Table
        label="Confused classes"
        rows={c.pairs.length}
        chosen={chosen < 0 ? null : chosen}
        onChoose={(r) => onFilter(filterOf(c.pairs[r].truth, c.pairs[r].prediction))}
        columns={[
          { key: "truth", title: "Label", width: "minmax(6rem, 1fr)", cell: (r) => <ClassName run={run} label={c.pairs[r].truth} /> },
          { key: "prediction", title: "Prediction", width: "minmax(6rem, 1fr)", cell: (r) => <ClassName run={run} label={c.pairs[r].prediction} /> },
          { key: "count", title: "Errors", width: "5rem", number: true, cell: (r) => count(c.pairs[r].count) },
          { key: "share", title: "Of the class", width: "7rem", number: true, cell: (r) => percent(share(r), 1) },
          { key: "bar", title: "", width: "6rem", cell: (r) => <Bar of={share(r)} colour="var(--bad)" /> },
        ]}
      />
    </>
  );
}

export const ConfusionPart = memo(function ConfusionPart(p: Props) {
  if (p.confusion.errors === 0) return <Empty>Nothing is confused: no error.</Empty>;
  return p.confusion.truths.length <= MOST_CELLS ? <Matrix {...p} /> : <Pairs {...p} />;
});
