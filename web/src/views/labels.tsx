// SPDX-License-Identifier: MIT
// labels.tsx - the labels that are likely wrong: looked at one after another, decided, saved as a file.
import { useMemo } from "preact/hooks";
import { readAudit } from "../data/audit";
import type { Audit } from "../data/audit";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { tally } from "../engine/decisions";
import type { Action } from "../engine/decisions";
import { orderText, parseOrder } from "../state/order";
import { ClassChoice } from "../ui/choices";
import { count, percent, plural, visible } from "../ui/format";
import { useKeys } from "../ui/keys";
import type { KeyHelp } from "../ui/keys";
import { Await, Empty, Panel } from "../ui/parts";
import { Table } from "../ui/table";
import { Evidence, stepOf } from "./labels/evidence";
import { Files } from "./labels/files";
import { SORTS, columnsOf, decisionAt, parseRowFilter, rowsOf, sortRows } from "./labels/rows";
import type { RowFilter } from "./labels/rows";
import { useDecisions } from "./labels/use";
import type { Deciding } from "./labels/use";
import type { ViewProps } from "./view";

export const LABELS_KEYS: readonly KeyHelp[] = [
  { keys: "k", does: "keep the label" },
  { keys: "r", does: "relabel as suggested" },
  { keys: "c", does: "choose another class" },
  { keys: "d", does: "drop the sequence" },
  { keys: "x", does: "take the decision back" },
  { keys: "n, p", does: "the next row, the row before" },
  { keys: "u, Shift+u", does: "undo, redo (also Ctrl+z, Ctrl+y)" },
];

const SHOWS: Record<RowFilter["show"], string> = { all: "All", undecided: "Undecided", decided: "Decided", flagged: "Flagged" };

// ---- what was judged ------------------------------------------------------------------------------

function Summary({ run, audit: a }: { run: Run; audit: Audit }) {
  const i = a.info;
  const what = a.step === null ? "sequence" : "step";
  const left = run.manifest.left_out["audit"];
  return (
    <p>
      The {plural(a.n, `${i.split} ${what}`)} with the most suspect {a.n === 1 ? "label" : "labels"} of {count(i.sequences)}, by the method {visible(i.method)}.
      {i.flagged > 0 && ` Of ${count(i.flagged)} another label is likelier (${percent(i.flagged / Math.max(1, i.sequences), 1)}).`}
      {left !== undefined && ` ${visible(left)}`}
    </p>
  );
}

function Progress({ audit: a, deciding }: { audit: Audit; deciding: Deciding }) {
  const { now } = deciding.history;
  const t = tally(now.values());
  let here = 0;
  for (let r = 0; r < a.n; r++) if (decisionAt(a, now, r) !== undefined) here++;
  const elsewhere = now.size - here;
  return (
    <div class="progress">
      <progress max={Math.max(1, a.n)} value={here} aria-label="Decided" />
      <span role="status">
        {count(here)} of {count(a.n)} decided{elsewhere > 0 && ` and ${count(elsewhere)} that are not listed`}: {count(t.relabel)} relabelled, {count(t.drop)} dropped, {count(t.keep)} kept.
      </span>
    </div>
  );
}

// ---- keys -----------------------------------------------------------------------------------------

interface Acts {
  decide: (action: Action, label: number | null) => void;
  relabel: () => void;
  forget: () => void;
  go: (by: number) => void;
  undo: () => void;
  redo: () => void;
}

function keysOf(a: Acts): Record<string, () => void> {
  return {
    k: () => a.decide("keep", null),
    r: a.relabel,
    d: () => a.decide("drop", null),
    x: a.forget,
    n: () => a.go(1),
    p: () => a.go(-1),
    u: a.undo,
    U: a.redo,
    "Ctrl+z": a.undo,
    "Ctrl+y": a.redo,
    "Ctrl+Shift+z": a.redo,
    c: () => document.querySelector<HTMLElement>(".labels .other select, .labels .other input")?.focus(),
  };
}

// ---- the view -------------------------------------------------------------------------------------

function Review({ run, audit: a, cursor, move }: ViewProps & { audit: Audit }) {
  const deciding = useDecisions(run, a);
  const { now, past, future } = deciding.history;
  const filter = parseRowFilter(cursor.more);
  const order = parseOrder(cursor.more.sort, SORTS, { key: "rank", down: false });
  // What is listed depends on the decisions only where they are asked for.
  const decided = filter.show === "decided" || filter.show === "undecided" ? now : null;
  const rows = useMemo(() => sortRows(a, rowsOf(a, filter, now), order), [a, filter.show, filter.given, filter.suggested, order.key, order.down, decided]);
  const columns = useMemo(() => columnsOf(run, a, now, (r) => rows[r]), [run, a, rows, now]);
  const isRow = (row: number) => cursor.split === a.info.split && a.id[row] === cursor.id && (a.step === null || a.step[row] === cursor.t);
  const chosen = Math.max(0, rows.findIndex(isRow)); // the first, unless another is
  const row = rows[chosen];
  const choose = (r: number) => {
    if (r in rows) move({ split: a.info.split, id: a.id[rows[r]], t: a.step === null ? null : stepOf(a, rows[r]) }, "replace");
  };
  // The row of a decision, which may not be among those listed.
  const show = (key: string | undefined) => {
    if (key === undefined) return;
    const [id, step] = key.split(".").map(Number);
    move({ split: a.info.split, id, t: step > 0 ? step : null }, "replace");
  };
  const act: Acts = {
    decide: (action, label) => {
      if (row === undefined || (action === "drop" && a.step !== null)) return;
      act.go(1);
      deciding.decide({ id: a.id[row], step: stepOf(a, row), action, label });
    },
    relabel: () => {
      if (row !== undefined && a.suggested[row] !== a.given[row]) act.decide("relabel", a.suggested[row]);
    },
    forget: () => {
      if (row !== undefined) deciding.forget([{ id: a.id[row], step: stepOf(a, row) }]);
    },
    go: (by) => choose(Math.max(0, Math.min(rows.length - 1, chosen + by))),
    undo: () => {
      show(past[past.length - 1]?.[0]?.key);
      deciding.undo();
    },
    redo: () => {
      show(future[future.length - 1]?.[0]?.key);
      deciding.redo();
    },
  };
  useKeys(keysOf(act));
  const set = (change: Record<string, string>) => move({ more: { ...cursor.more, ...change } }, "replace");
  return (
    <>
      <Summary run={run} audit={a} />
      {deciding.fault !== null && <p class="note failed">The decisions kept from an earlier visit could not be read: {visible(deciding.fault)}</p>}
      {!deciding.kept && <p class="note">The browser does not keep these decisions, as in a private window: save them as a file before you leave.</p>}
      <Panel title="Review" aside={<Progress audit={a} deciding={deciding} />}>
        <div class="tools">
          <button type="button" disabled={past.length === 0} aria-keyshortcuts="u" onClick={act.undo}>
            Undo <kbd>u</kbd>
          </button>
          <button type="button" disabled={future.length === 0} aria-keyshortcuts="Shift+u" onClick={act.redo}>
            Redo <kbd>U</kbd>
          </button>
          <button type="button" disabled={now.size === 0} onClick={() => deciding.forget([...now.values()])}>
            Take all back
          </button>
          <Files audit={a} deciding={deciding} />
        </div>
        <div class="tools">
          <span class="shows" role="group" aria-label="Show">
            {(Object.keys(SHOWS) as RowFilter["show"][]).filter((show) => show !== "flagged" || a.info.flagged > 0).map((show) => (
              <button type="button" key={show} aria-pressed={filter.show === show} onClick={() => set({ show: show === "all" ? "" : show })}>
                {SHOWS[show]}
              </button>
            ))}
          </span>
          <ClassChoice run={run} label="Given" none="any" value={filter.given} onChange={(v) => set({ given: v === null ? "" : String(v) })} />
          <ClassChoice run={run} label="Suggested" none="any" value={filter.suggested} onChange={(v) => set({ suggested: v === null ? "" : String(v) })} />
          <span class="quiet">{count(rows.length)} listed</span>
        </div>
        {rows.length === 0 ? (
          <Empty>No label passes these filters.</Empty>
        ) : (
          <div class="review">
            <Table
              label="Suspect labels"
              columns={columns}
              rows={rows.length}
              chosen={chosen}
              onChoose={choose}
              onOpen={(r) => move({ view: "sequence", split: a.info.split, id: a.id[rows[r]], t: a.step === null ? null : stepOf(a, rows[r]), more: {} })}
              order={order}
              onOrder={(o) => set({ sort: orderText(o) })}
            />
            <Evidence run={run} audit={a} row={row} decision={decisionAt(a, now, row)} cursor={cursor} onDecide={act.decide} onForget={act.forget} />
          </div>
        )}
        {a.info.split === "train" ? (
          <p class="quiet">
            Then <code>rnnrepair audit RUN --apply decisions.csv -o NEWRUN</code> trains anew with the labels changed and the dropped ones left out.
          </p>
        ) : (
          <p class="quiet">Decisions about other labels than those of the training set can be saved, but not applied to a run.</p>
        )}
      </Panel>
    </>
  );
}

export function LabelsView(p: ViewProps) {
  const audit = useLoaded(() => readAudit(p.run), [p.run]);
  return (
    <Await of={audit} what="Reading the audit ...">
      {(a) =>
        a === null ? (
          <Empty>The labels were not audited. {visible(p.run.manifest.left_out["audit"] ?? "")}</Empty>
        ) : a.n === 0 ? (
          <Empty>The audit lists no label.</Empty>
        ) : (
          <Review {...p} audit={a} />
        )
      }
    </Await>
  );
}
