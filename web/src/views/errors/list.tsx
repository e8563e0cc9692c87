// SPDX-License-Identifier: MIT
// list.tsx - the list of sequences, its order, and the chosen one beside it.
import { useMemo } from "preact/hooks";
import type { Found } from "../../engine/filter";
import type { Judged } from "../../engine/judged";
import { floatKeys, orderBy } from "../../engine/order";
import { labelAt } from "../../data/run";
import type { Run } from "../../data/run";
import { href } from "../../state/cursor";
import type { Cursor, Move } from "../../state/cursor";
import { orderText, parseOrder } from "../../state/order";
import { NONE, count, fraction, percent } from "../../ui/format";
import { Glimpse } from "../../ui/glimpse";
import { ClassName, Empty } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column, Order } from "../../ui/table";

interface Props {
  run: Run;
  j: Judged;
  found: Found;
  cursor: Cursor;
  move: Move;
}

// What a row shows: a sequence, or of a tagger the first step of it that is meant.
interface Row {
  id: number;
  t: number | null;
  item: number; // row of the arrays of what is judged
  steps: number; // steps meant
}

function rowAt(j: Judged, found: Found, k: number): Row {
  const id = found.ids[k];
  const t = found.at[k] > 0 ? found.at[k] : null;
  return { id, t, item: j.steps ? j.offsets[id] + (t ?? 1) - 1 : id, steps: found.steps[k] };
}

const probabilityOf = (j: Judged, item: number) => (j.probability === null ? null : j.probability[item] / j.certain);

// The place of each class among the names in order.
function ranks(names: readonly string[]): Uint32Array {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const out = new Uint32Array(names.length);
  names
    .map((name, c) => ({ name, c }))
    .sort((a, b) => compare(a.name, b.name))
    .forEach((x, i) => (out[x.c] = i));
  return out;
}

function keysOf(run: Run, j: Judged, found: Found, key: string): Uint32Array {
  const each = (value: (row: Row) => number) => Uint32Array.from(found.ids, (_, k) => value(rowAt(j, found, k)));
  const share = (value: (row: Row) => number) => floatKeys(Float32Array.from(found.ids, (_, k) => value(rowAt(j, found, k))));
  if (key === "truth" || key === "prediction") {
    const rank = ranks(run.manifest.classes);
    return key === "truth" ? each((r) => rank[labelAt(j.truth, r.item) ?? -1] ?? rank.length) : each((r) => rank[j.prediction[r.item]]);
  }
  switch (key) {
    case "length":
      return each((r) => j.length[r.id]);
    case "probability":
      return share((r) => probabilityOf(j, r.item) ?? 0);
    case "last":
      return each((r) => j.last[r.id]);
    case "steps":
      return each((r) => r.steps);
    case "wrong":
      return share((r) => j.wrong[r.id] / Math.max(1, j.judgedSteps[r.id]));
    default:
      return found.ids;
  }
}

function columnsOf(run: Run, j: Judged, at: (row: number) => Row): Column[] {
  const columns: Column[] = [{ key: "id", title: "Sequence", width: "7rem", number: true, sort: true, cell: (r) => at(r).id }];
  if (j.steps) {
    if (j.labelled)
      columns.push({
        key: "wrong",
        title: "Wrong",
        hint: "Share of the labelled steps of the sequence that are wrong",
        width: "8rem",
        number: true,
        sort: true,
        cell: (r) => `${count(j.wrong[at(r).id])} of ${count(j.judgedSteps[at(r).id])}, ${percent(j.wrong[at(r).id] / j.judgedSteps[at(r).id], 0)}`,
      });
    columns.push(
      { key: "steps", title: "Listed", hint: "Steps of the sequence that pass the filter", width: "5rem", number: true, sort: true, cell: (r) => count(at(r).steps) },
      { key: "step", title: "Step", hint: "The first of them", width: "4rem", number: true, cell: (r) => at(r).t ?? NONE },
    );
  }
  if (j.labelled) columns.push({ key: "truth", title: "Label", width: "minmax(6rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={labelAt(j.truth, at(r).item)} /> });
  columns.push({ key: "prediction", title: "Prediction", width: "minmax(7.8rem, 1fr)", sort: true, cell: (r) => <ClassName run={run} label={j.prediction[at(r).item]} /> });
  if (j.probability !== null)
    columns.push({ key: "probability", title: "Probability", hint: "That the network gives its prediction", width: "9rem", number: true, sort: true, cell: (r) => fraction(probabilityOf(j, at(r).item)) });
  columns.push({ key: "length", title: "Length", hint: "Steps", width: "6rem", number: true, sort: true, cell: (r) => count(j.length[at(r).id]) });
  if (j.states !== null)
    columns.push({ key: "last", title: "Last state", width: "7rem", number: true, sort: true, cell: (r) => (j.last[at(r).id] === 0 ? NONE : j.last[at(r).id]) });
  return columns;
}

function Chosen({ run, j, row, cursor }: { run: Run; j: Judged; row: Row | null; cursor: Cursor }) {
  if (row === null)
    return (
      <aside class="chosen-one" aria-label="The chosen sequence">
        <p class="quiet">Choose a row to see it here; Enter or a double click opens it.</p>
      </aside>
    );
  const probability = probabilityOf(j, row.item);
  return (
    <aside class="chosen-one" aria-label="The chosen sequence">
      <h3>
        {j.split} {row.id}
        {row.t !== null && `, step ${row.t}`}
      </h3>
      <Glimpse run={run} split={j.split} id={row.id} step={row.t} size={140} most={60} />
      <dl class="facts">
        {j.labelled && (
          <div>
            <dt>Label</dt>
            <dd>
              <ClassName run={run} label={labelAt(j.truth, row.item)} />
            </dd>
          </div>
        )}
        <div>
          <dt>Prediction</dt>
          <dd>
            <ClassName run={run} label={j.prediction[row.item]} />
            {probability !== null && ` ${fraction(probability)}`}
          </dd>
        </div>
        <div>
          <dt>Length</dt>
          <dd>{count(j.length[row.id])}</dd>
        </div>
        {j.last[row.id] > 0 && (
          <div>
            <dt>Last state</dt>
            <dd>
              <a href={href(cursor, { view: "states", state: j.last[row.id], more: {} })}>{j.last[row.id]}</a>
            </dd>
          </div>
        )}
      </dl>
      <p>
        <a href={href(cursor, { view: "sequence", split: j.split, id: row.id, t: row.t, more: {} })}>Open the sequence</a>
      </p>
    </aside>
  );
}

export function List({ run, j, found, cursor, move }: Props) {
  const otherwise: Order = j.steps ? { key: "steps", down: true } : { key: j.probability === null ? "id" : "probability", down: j.probability !== null };
  const keys = columnsOf(run, j, (k) => rowAt(j, found, k)).filter((c) => c.sort === true).map((c) => c.key);
  const order = parseOrder(cursor.more.sort, keys, otherwise);
  const rows = useMemo(() => orderBy(keysOf(run, j, found, order.key), order.down), [run, j, found, order.key, order.down]);
  const chosen = useMemo(() => {
    const r = cursor.id === null || (cursor.split ?? run.mainSplit) !== j.split ? -1 : rows.findIndex((k) => found.ids[k] === cursor.id);
    return r < 0 ? null : r;
  }, [rows, found, cursor.id, cursor.split]);
  const at = (r: number) => rowAt(j, found, rows[r]);
  const columns = useMemo(() => columnsOf(run, j, at), [run, j, found, rows]);
  if (rows.length === 0) return <Empty>No sequence passes these filters.</Empty>;
  return (
    <div class="list">
      <Table
        label="Sequences"
        columns={columns}
        rows={rows.length}
        chosen={chosen}
        onChoose={(r) => move({ split: j.split, id: at(r).id, t: at(r).t }, "replace")}
        onOpen={(r) => move({ view: "sequence", split: j.split, id: at(r).id, t: at(r).t, more: {} })}
        order={order}
        onOrder={(o) => move({ more: { ...cursor.more, sort: orderText(o) } }, "replace")}
      />
      <Chosen run={run} j={j} row={chosen === null ? null : at(chosen)} cursor={cursor} />
    </div>
  );
}
