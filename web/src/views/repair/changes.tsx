// SPDX-License-Identifier: MIT
// changes.tsx - the lists: fixed, broken, still wrong, and the others, with filters.
import { useMemo } from "preact/hooks";
import type { SplitName } from "../../data/format";
import type { Units } from "../../data/compare";
import type { Numbers, Run } from "../../data/run";
import { labelAt } from "../../data/run";
import { OUTCOMES, choose, outcomesOf, sequenceOf, tally } from "../../engine/changes";
import type { Outcome } from "../../engine/changes";
import { floatKeys, orderBy } from "../../engine/order";
import type { Cursor } from "../../state/cursor";
import { whole } from "../../state/number";
import { orderText } from "../../state/order";
import { ClassChoice } from "../../ui/choices";
import { count, fraction, plural } from "../../ui/format";
import { Glimpse } from "../../ui/glimpse";
import { ClassName, Empty, Panel } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column, Order } from "../../ui/table";
import type { ViewProps } from "../view";
import { filterOf, orderOf } from "./choice";

const TITLES: Record<Outcome, { title: string; hint: string }> = {
  fixed: { title: "Fixed", hint: "wrong before, right after" },
  broken: { title: "Broken", hint: "right before, wrong after" },
  wrong: { title: "Still wrong", hint: "wrong before and after" },
  right: { title: "Still right", hint: "right before and after" },
  other: { title: "Other prediction", hint: "without a label, and predicted otherwise than before" },
  same: { title: "Same prediction", hint: "without a label, and predicted as before" },
};

// Outcomes, and the rows of the list that the cursor asks for, in its order. Kept for the next call:
// the list and the panel beside it ask for the same.
interface List {
  units: Units;
  key: string;
  tally: Record<Outcome, number>;
  outcome: Outcome;
  rows: Uint32Array;
}

const known = new WeakMap<Units, { outcomes: Uint8Array; tally: Record<Outcome, number>; list: List | null }>();

function sorted(units: Units, rows: Uint32Array, order: Order): Uint32Array {
  const values: Record<string, Numbers | null> = {
    label: units.label,
    before: units.before,
    after: units.after,
    pbefore: units.probability.before,
    pafter: units.probability.after,
  };
  const by = values[order.key] ?? null;
  const of = new Float32Array(rows.length);
  if (by !== null) for (let k = 0; k < rows.length; k++) of[k] = by[rows[k]];
  return orderBy(by === null ? rows : floatKeys(of), order.down).map((k) => rows[k]);
}

function listOf(units: Units, cursor: Cursor): List {
  let of = known.get(units);
  if (of === undefined) {
    const outcomes = outcomesOf(units);
    of = { outcomes, tally: tally(outcomes), list: null };
    known.set(units, of);
  }
  const filter = filterOf(cursor, of.tally);
  const order = orderOf(cursor);
  const key = JSON.stringify([filter, order]);
  if (of.list?.key !== key) of.list = { units, key, tally: of.tally, outcome: filter.outcome, rows: sorted(units, choose(of.outcomes, units, units.target, filter), order) };
  return of.list;
}

// The sequence that is shown before one is chosen.
export function firstOf(units: Units, cursor: Cursor): number | null {
  const { rows } = listOf(units, cursor);
  if (rows.length === 0) return null;
  return units.steps ? sequenceOf(units.offsets, rows[0]) : rows[0];
}

function Filters({ run, cursor, set, units }: { run: Run; cursor: Cursor; set: (more: Record<string, string>) => void; units: Units }) {
  const field = (label: string, key: string) => (
    <ClassChoice run={run} label={label} none="any" value={whole(cursor.more[key])} onChange={(c) => set({ [key]: c === null ? "" : String(c) })} />
  );
  return (
    <div class="tools">
      {units.label !== null && field("Label", "label")}
      {field("Before", "before")}
      {field("After", "after")}
      {units.target !== null && (
        <label>
          Targets of the repair{" "}
          <select value={cursor.more["targets"] ?? ""} onChange={(e) => set({ targets: e.currentTarget.value })}>
            <option value="">and others</option>
            <option value="only">only</option>
            <option value="none">not</option>
          </select>
        </label>
      )}
    </div>
  );
}

// The label is a column of its own only where neither prediction has it.
function columnsOf(run: Run, split: SplitName, units: Units, { rows, outcome }: List): Column[] {
  const at = (row: number) => (units.steps ? sequenceOf(units.offsets, rows[row]) : rows[row]);
  const step = (row: number) => (units.steps ? rows[row] - units.offsets[at(row)] + 1 : null);
  const { label, probability } = units;
  const chance = (of: Numbers | null) => (row: number) => fraction(of === null ? null : of[rows[row]] / units.scale);
  const picture = run.manifest.kind === "frames";
  const columns: Column[] = [{ key: "id", title: "Sequence", width: "6.8rem", number: true, sort: true, cell: (row) => String(at(row)) }];
  const add = (key: string, title: string, width: string, cell: Column["cell"], more: Partial<Column> = {}) => columns.push({ key, title, width, cell, ...more });
  const input = (width: string) => add("input", picture ? "Input" : "Text", width, (row) => <Glimpse run={run} split={split} id={at(row)} step={step(row)} size={28} most={units.steps ? 5 : 14} />);
  const prediction = (key: "before" | "after", title: string) => {
    add(key, title, "minmax(6.2rem, 9rem)", (row) => <ClassName run={run} label={units[key][rows[row]]} />, { sort: true, hint: `prediction ${key}` });
    add(`p${key}`, "p", "4.3rem", chance(probability[key]), { sort: true, number: true, hint: `probability of the prediction ${key}` });
  };
  if (units.steps) add("t", "Step", "3.8rem", (row) => step(row), { number: true });
  if (picture) input(run.manifest.image ? "4rem" : "minmax(6rem, 2fr)");
  if (label !== null && outcome === "wrong") add("label", "Label", "minmax(6.2rem, 9rem)", (row) => <ClassName run={run} label={labelAt(label, rows[row])} />, { sort: true });
  prediction("before", "Before");
  prediction("after", "After");
  if (!picture) input("minmax(12rem, 3fr)");
  return columns;
}

export function Changes({ run, cursor, move, units, split }: ViewProps & { units: Units; split: SplitName }) {
  const list = listOf(units, cursor);
  const { rows } = list;
  const columns = useMemo(() => columnsOf(run, split, units, list), [list]);
  const set = (more: Record<string, string>) => move({ more: { ...cursor.more, ...more }, id: null, t: null });
  const go = (row: number) => {
    const id = units.steps ? sequenceOf(units.offsets, rows[row]) : rows[row];
    return { split, id, t: units.steps ? rows[row] - units.offsets[id] + 1 : null };
  };
  const unit = units.steps ? units.offsets[cursor.id ?? 0] + (cursor.t ?? 0) - 1 : cursor.id;
  const found = cursor.id === null ? 0 : rows.indexOf(unit ?? -1);
  const one = units.steps ? "step" : "sequence";
  return (
    <Panel title={`${TITLES[list.outcome].title}: ${plural(rows.length, one)}`}>
      <div class="tools" role="group" aria-label="List">
        {OUTCOMES.filter((o) => list.tally[o] > 0 || o === list.outcome).map((o) => (
          <button key={o} type="button" aria-pressed={o === list.outcome} title={TITLES[o].hint} onClick={() => set({ list: o })}>
            {TITLES[o].title} {count(list.tally[o])}
          </button>
        ))}
      </div>
      <Filters run={run} cursor={cursor} set={set} units={units} />
      {rows.length === 0 ? (
        <Empty>{list.tally[list.outcome] === 0 ? `No ${one} of this kind.` : "Nothing passes the filters."}</Empty>
      ) : (
        <Table
          label="Changes"
          columns={columns}
          rows={rows.length}
          height={run.manifest.kind === "frames" ? 36 : 30}
          chosen={found < 0 || found >= rows.length ? null : found}
          onChoose={(row) => move(go(row), "replace")}
          onOpen={(row) => move({ ...go(row), view: "sequence", more: {} })}
          order={orderOf(cursor)}
          onOrder={(o) => move({ more: { ...cursor.more, sort: orderText(o) } }, "replace")}
        />
      )}
    </Panel>
  );
}
