// SPDX-License-Identifier: MIT
// table.tsx - a table of any number of rows: only those in sight are in the document.
//
// Keys: up, down, page up, page down, home and end move the chosen row; Enter opens it. Headings of
// columns that sort are buttons. A row is drawn anew when `columns` are new ones or it is chosen or left:
// a view that keeps its columns (useMemo) redraws two rows at a key, not all in sight.
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import type { ComponentChildren, RefObject } from "preact";
import { memo } from "./memo";
import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { count } from "./format";

export interface Column {
  key: string;
  title: string;
  width: string; // of a grid track: "6rem", "minmax(8rem, 1fr)"
  number?: boolean; // to the right
  sort?: boolean;
  hint?: string; // says more than the title
  cell: (row: number) => ComponentChildren;
}

export interface Order {
  key: string;
  down: boolean;
}

interface Props {
  label: string; // of the whole table, for a screen reader
  columns: readonly Column[];
  rows: number;
  height?: number; // of a row, in pixels
  chosen: number | null; // row
  onChoose: (row: number) => void;
  onOpen?: (row: number) => void;
  opens?: "click" | "double"; // which click opens a row; double
  onKey?: (event: KeyboardEvent, row: number | null) => boolean; // true: done with
  order?: Order | null;
  onOrder?: (order: Order) => void;
}

function useVirtual(rows: number, height: number) {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const box = useRef<HTMLDivElement>(null);
  const virtual = useRef<Virtualizer<HTMLDivElement, HTMLDivElement> | null>(null);
  const drawn = useRef("");
  // The end of a scroll is told as well, a moment later, when the rows in sight are drawn already.
  const changed = (v: Virtualizer<HTMLDivElement, HTMLDivElement>) => {
    const sight = v.range === null ? "" : `${v.range.startIndex}-${v.range.endIndex}`;
    if (sight !== drawn.current) redraw(0);
    drawn.current = sight;
  };
  const options = {
    count: rows,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 4,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: changed,
  };
  virtual.current ??= new Virtualizer(options);
  virtual.current.setOptions(options);
  useEffect(() => virtual.current?._didMount(), []);
  useEffect(() => virtual.current?._willUpdate());
  return { box, virtual: virtual.current };
}

function target(key: string, row: number | null, rows: number, page: number): number | null {
  const at = row ?? -1;
  const to =
    key === "ArrowDown" ? at + 1
    : key === "ArrowUp" ? at - 1
    : key === "PageDown" ? at + page
    : key === "PageUp" ? at - page
    : key === "Home" ? 0
    : key === "End" ? rows - 1
    : null;
  return to === null || rows === 0 ? null : Math.max(0, Math.min(rows - 1, to));
}

// Scrolls as little as needed; the head covers the first rows.
function intoSight(box: HTMLElement, row: number, height: number): void {
  const head = box.querySelector<HTMLElement>(".head")?.offsetHeight ?? 0;
  const last = (row + 1) * height + head - box.clientHeight;
  if (box.scrollTop > row * height) box.scrollTop = row * height;
  else if (box.scrollTop < last) box.scrollTop = last;
}

// The least width of all columns, so that rows of any content are equally wide.
function least(columns: readonly Column[]): string {
  return `calc(${columns.map((c) => /^minmax\(([^,]+),/.exec(c.width)?.[1] ?? c.width).join(" + ")})`;
}

const cellClass = (c: Column): string => `cell${c.number === true ? " number" : ""}`;

interface RowProps {
  id: string;
  index: number;
  start: number; // from the top, in pixels
  height: number;
  chosen: boolean;
  columns: readonly Column[];
  tracks: { gridTemplateColumns: string; minWidth: string };
  table: RefObject<Props>; // as it is when a row is clicked
}

const Row = memo(function Row(p: RowProps) {
  return (
    <div
      id={p.id}
      class={`row${p.chosen ? " chosen" : ""}`}
      role="row"
      aria-rowindex={p.index + 2}
      aria-selected={p.chosen}
      style={{ ...p.tracks, height: `${p.height}px`, top: `${p.start}px` }}
      onClick={() => (p.table.current?.opens === "click" ? p.table.current.onOpen?.(p.index) : p.table.current?.onChoose(p.index))}
      onDblClick={() => p.table.current?.opens !== "click" && p.table.current?.onOpen?.(p.index)}
    >
      {p.columns.map((c) => (
        <div key={c.key} class={cellClass(c)} role="gridcell">
          {c.cell(p.index)}
        </div>
      ))}
    </div>
  );
});

const MOST_PIXELS = 12_000_000; // browsers draw nothing that lies farther down

export function Table(p: Props) {
  const height = p.height ?? 30;
  const rows = Math.min(p.rows, Math.floor(MOST_PIXELS / height));
  const { box, virtual } = useVirtual(rows, height);
  const table = useRef(p);
  table.current = p;
  const tracks = useMemo(() => ({ gridTemplateColumns: p.columns.map((c) => c.width).join(" "), minWidth: least(p.columns) }), [p.columns]);

  useEffect(() => {
    if (box.current !== null && p.chosen !== null && p.chosen < rows) intoSight(box.current, p.chosen, height);
  }, [p.chosen, rows]);

  const key = (event: KeyboardEvent) => {
    if (p.onKey?.(event, p.chosen)) return event.preventDefault();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && p.chosen !== null && p.onOpen !== undefined && event.target === box.current) {
      p.onOpen(p.chosen);
      return event.preventDefault();
    }
    const to = target(event.key, p.chosen, rows, Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / height) - 1));
    if (to === null) return;
    p.onChoose(to);
    event.preventDefault();
  };

  const active = p.chosen !== null && virtual.getVirtualItems().some((i) => i.index === p.chosen);
  const id = p.label.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return (
    <div
      class="table"
      role="grid"
      aria-label={p.label}
      aria-rowcount={p.rows + 1}
      aria-colcount={p.columns.length}
      aria-activedescendant={active ? `${id}-${p.chosen}` : undefined}
      tabIndex={0}
      ref={box}
      onKeyDown={key}
    >
      <div class="row head" role="row" aria-rowindex={1} style={tracks}>
        {p.columns.map((c) => {
          const sorted = p.order?.key === c.key ? (p.order.down ? "descending" : "ascending") : undefined;
          return (
            <div key={c.key} class={cellClass(c)} role="columnheader" aria-sort={sorted} title={c.hint}>
              {c.sort === true ? (
                <button type="button" onClick={() => p.onOrder?.({ key: c.key, down: p.order?.key === c.key ? !p.order.down : c.number === true })}>
                  {c.title}
                  <span aria-hidden="true">{sorted === undefined ? "" : sorted === "descending" ? " \u25be" : " \u25b4"}</span>
                </button>
              ) : c.title === "" ? (
                <span class="hidden">{c.hint ?? c.key}</span>
              ) : (
                c.title
              )}
            </div>
          );
        })}
      </div>
      <div class="body" role="rowgroup" style={{ height: `${virtual.getTotalSize() + (rows < p.rows ? height : 0)}px` }}>
        {virtual.getVirtualItems().map((item) => (
          <Row
            key={item.index}
            id={`${id}-${item.index}`}
            index={item.index}
            start={item.start}
            height={height}
            chosen={item.index === p.chosen}
            columns={p.columns}
            tracks={tracks}
            table={table}
          />
        ))}
        {rows < p.rows && (
          <div class="row" role="row" aria-rowindex={rows + 2} style={{ top: `${virtual.getTotalSize()}px`, height: `${height}px` }}>
            <div class="cell" role="gridcell">
              The first {count(rows)} of {count(p.rows)} rows: sort or filter to see others.
            </div>
          </div>
        )}
      </div>
    </div>
  );
}
