// SPDX-License-Identifier: MIT
// table.tsx - a table of any number of rows: only those in sight are in the document.
//
// Keys: up, down, page up, page down, home and end move the chosen row; Enter opens it. Headings of
// columns that sort are buttons.
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";

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
  const options = {
    count: rows,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(0),
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

export function Table(p: Props) {
  const height = p.height ?? 30;
  const { box, virtual } = useVirtual(p.rows, height);
  const tracks = { gridTemplateColumns: p.columns.map((c) => c.width).join(" "), minWidth: least(p.columns) };

  useEffect(() => {
    if (box.current !== null && p.chosen !== null && p.chosen < p.rows) intoSight(box.current, p.chosen, height);
  }, [p.chosen, p.rows]);

  const key = (event: KeyboardEvent) => {
    if (p.onKey?.(event, p.chosen)) return event.preventDefault();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && p.chosen !== null && p.onOpen !== undefined && event.target === box.current) {
      p.onOpen(p.chosen);
      return event.preventDefault();
    }
    const to = target(event.key, p.chosen, p.rows, Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / height) - 1));
    if (to === null) return;
    p.onChoose(to);
    event.preventDefault();
  };

  const cell = (c: Column) => `cell${c.number === true ? " number" : ""}`;
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
            <div key={c.key} class={cell(c)} role="columnheader" aria-sort={sorted} title={c.hint}>
              {c.sort === true ? (
                <button type="button" onClick={() => p.onOrder?.({ key: c.key, down: p.order?.key === c.key ? !p.order.down : c.number === true })}>
                  {c.title}
                  <span aria-hidden="true">{sorted === undefined ? "" : sorted === "descending" ? " \u25be" : " \u25b4"}</span>
                </button>
              ) : (
                c.title
              )}
            </div>
          );
        })}
      </div>
      <div class="body" role="rowgroup" style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.index}
            id={`${id}-${item.index}`}
            class={`row${item.index === p.chosen ? " chosen" : ""}`}
            role="row"
            aria-rowindex={item.index + 2}
            aria-selected={item.index === p.chosen}
            style={{ ...tracks, height: `${height}px`, transform: `translateY(${item.start}px)` }}
            onClick={() => (p.opens === "click" ? p.onOpen?.(item.index) : p.onChoose(item.index))}
            onDblClick={() => p.opens !== "click" && p.onOpen?.(item.index)}
          >
            {p.columns.map((c) => (
              <div key={c.key} class={cell(c)} role="gridcell">
                {c.cell(item.index)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
