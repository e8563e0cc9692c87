// SPDX-License-Identifier: MIT
// draw.tsx - an image drawn on a grid by pointer or keys, read from a picture, or a series from a table.
import { useRef, useState } from "preact/hooks";
import { parseTable, readPicture } from "../../../data/frames";
import { message } from "../../../data/use";
import { Ink } from "../../../ui/glimpse";

// A brush of a pixel and a half; ink adds up.
export function brush(values: Float32Array, rows: number, columns: number, row: number, column: number, rub = false): Float32Array {
  const out = values.slice();
  for (let r = row - 1; r <= row + 1; r++)
    for (let c = column - 1; c <= column + 1; c++) {
      if (r < 0 || r >= rows || c < 0 || c >= columns) continue;
      const ink = r === row && c === column ? 1 : r === row || c === column ? 0.5 : 0.15;
      const at = r * columns + c;
      out[at] = rub ? Math.max(0, out[at] - 2 * ink) : Math.min(1, out[at] + ink);
    }
  return out;
}

export function rowsOf(values: Float32Array, columns: number): number[][] {
  const out: number[][] = [];
  for (let at = 0; at < values.length; at += columns) out.push(Array.from(values.subarray(at, at + columns), (v) => Math.round(v * 1e4) / 1e4));
  return out;
}

interface DrawProps {
  rows: number;
  columns: number;
  values: Float32Array;
  onChange: (values: Float32Array) => void;
}

export function Draw({ rows, columns, values, onChange }: DrawProps) {
  const [cell, setCell] = useState({ row: rows >> 1, column: columns >> 1 });
  const [rub, setRub] = useState(false);
  const [inverted, setInverted] = useState(true);
  const [failed, setFailed] = useState("");
  const latest = useRef(values);
  latest.current = values;
  const put = (next: Float32Array) => {
    latest.current = next;
    setFailed("");
    onChange(next);
  };
  const point = (event: PointerEvent) => {
    if (event.type === "pointermove" && (event.buttons & 1) === 0) return;
    const target = event.currentTarget as HTMLElement;
    const box = target.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    if (event.type === "pointerdown") target.setPointerCapture(event.pointerId);
    put(brush(latest.current, rows, columns, row, column, rub));
  };
  const key = (event: KeyboardEvent) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (by !== undefined)
      setCell((c) => ({ row: Math.max(0, Math.min(rows - 1, c.row + by[0])), column: Math.max(0, Math.min(columns - 1, c.column + by[1])) }));
    else if (event.key === " ") {
      const next = values.slice();
      const at = cell.row * columns + cell.column;
      next[at] = next[at] > 0.5 ? 0 : 1;
      put(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const upload = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = "";
    if (file === undefined) return;
    try {
      put(await readPicture(file, columns, rows, inverted));
    } catch (error) {
      setFailed(message(error));
    }
  };
  const on = values[cell.row * columns + cell.column] > 0.5;
  const size = Math.min(280, Math.max(140, 10 * rows));
  return (
    <div class="draw">
      <div
        class="paper"
        role="application"
        tabIndex={0}
        aria-label={`Drawing of ${rows} rows and ${columns} columns: arrows move, space sets or clears a pixel`}
        style={{ height: `${size}px`, width: `${(size * columns) / rows}px` }}
        onPointerDown={point}
        onPointerMove={point}
        onKeyDown={key}
      >
        <Ink values={values} rows={rows} columns={columns} most={1} />
        <i class="cell" style={{ top: `${(100 * cell.row) / rows}%`, left: `${(100 * cell.column) / columns}%`, height: `${100 / rows}%`, width: `${100 / columns}%` }} aria-hidden="true" />
      </div>
      <div class="draw-tools">
        <p class="quiet">Draw with the pointer; or move with the arrow keys and set pixels with space.</p>
        <p class="hidden" role="status">
          row {cell.row + 1}, column {cell.column + 1}, {on ? "set" : "clear"}
        </p>
        <div class="tools">
          <button type="button" aria-pressed={rub} onClick={() => setRub(!rub)}>
            Rub out
          </button>
          <button type="button" onClick={() => put(new Float32Array(rows * columns))}>
            Clear
          </button>
          <button type="button" onClick={() => put(values.map((v) => 1 - v))}>
            Invert
          </button>
        </div>
        <div class="tools">
          <label>
            A picture <input type="file" accept="image/*" onChange={(e) => void upload(e.currentTarget)} />
          </label>
          <label>
            <input type="checkbox" checked={inverted} onChange={(e) => setInverted(e.currentTarget.checked)} /> dark on light: invert it
          </label>
        </div>
        {failed !== "" && (
          <p class="note failed" role="alert">
            The picture could not be read: {failed}.
          </p>
        )}
      </div>
    </div>
  );
}

// A series from a table of numbers.
export function TableField({ width, onFrames }: { width: number; onFrames: (frames: number[][]) => void }) {
  const [failed, setFailed] = useState("");
  const [text, setText] = useState("");
  const take = (table: string) => {
    try {
      onFrames(parseTable(table, width));
      setFailed("");
    } catch (error) {
      setFailed(message(error));
    }
  };
  const upload = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = "";
    if (file !== undefined) take(await file.text());
  };
  return (
    <>
      <p class="quiet">
        A table, a row for each step, {width === 1 ? "one number" : `${width} numbers`} in a row, in the units of the run&apos;s data; a line of names may stand above.
      </p>
      <div class="tools">
        <label>
          A CSV file <input type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" onChange={(e) => void upload(e.currentTarget)} />
        </label>
      </div>
      <label class="paste">
        Or pasted here
        <textarea rows={4} value={text} spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} />
      </label>
      <button type="button" disabled={text.trim() === ""} onClick={() => take(text)}>
        Trace it
      </button>
      {failed !== "" && (
        <p class="note failed" role="alert">
          The table could not be read: {failed}.
        </p>
      )}
    </>
  );
}
