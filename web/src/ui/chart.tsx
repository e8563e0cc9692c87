// SPDX-License-Identifier: MIT
// chart.tsx - a small drawing of lines over a number, with the same figures as a table beneath.
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { useRef } from "preact/hooks";
import { classColour } from "./colour";
import { useWidth } from "./size";

export interface Series {
  name: string;
  values: readonly (number | null)[]; // of each x; null = not known
}

interface Props {
  label: string; // for a screen reader
  x: { title: string; values: readonly number[] };
  y: { title: string; from?: number; to?: number; text: (v: number) => string };
  series: readonly Series[];
  mark?: { x: number; text: string } | null; // one x that matters
  more?: readonly { title: string; text: (row: number) => string }[]; // further columns of the table
}

const HEIGHT = 210;
const MARGIN = { left: 62, right: 14, top: 12, bottom: 40 };
const DASHES = ["", "7 4", "2 3", "9 3 2 3"]; // with the colour, so that none stands alone

function extent(values: readonly number[], from?: number, to?: number): [number, number] {
  const low = from ?? Math.min(...values);
  const high = to ?? Math.max(...values);
  return low < high ? [low, high] : [low - Math.max(1e-3, Math.abs(low) / 10), high + Math.max(1e-3, Math.abs(high) / 10)];
}

function Drawing(p: Props & { width: number }) {
  const known = p.series.flatMap((s) => s.values.filter((v) => v !== null));
  const wide = p.width - MARGIN.left - MARGIN.right;
  const x = scaleLinear(extent(p.x.values), [MARGIN.left, MARGIN.left + wide]);
  const y = scaleLinear(extent(known, p.y.from, p.y.to), [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const points = (s: Series) => s.values.flatMap((v, i): [number, number][] => (v === null ? [] : [[x(p.x.values[i]), y(v)]]));
  const ticks = x.ticks(Math.max(2, Math.min(8, Math.floor(wide / 70)))).filter((t) => Number.isInteger(t));
  return (
    <svg width={p.width} height={HEIGHT} role="img" aria-label={p.label}>
      {y.ticks(4).map((t) => (
        <g key={t}>
          <line class="grid" x1={MARGIN.left} x2={MARGIN.left + wide} y1={y(t)} y2={y(t)} />
          <text class="left" x={MARGIN.left - 9} y={y(t)}>
            {p.y.text(t)}
          </text>
        </g>
      ))}
      {ticks.map((t) => (
        <text key={t} x={x(t)} y={HEIGHT - MARGIN.bottom + 14}>
          {t}
        </text>
      ))}
      <text x={MARGIN.left + wide / 2} y={HEIGHT - 8}>
        {p.x.title}
      </text>
      {p.series.map((s, i) => (
        <g key={s.name} style={{ stroke: classColour(i), fill: classColour(i) }}>
          <path class="line" d={line()(points(s)) ?? ""} stroke-dasharray={DASHES[i % DASHES.length]} />
          {points(s).length <= 60 && points(s).map(([px, py], k) => <circle key={k} cx={px} cy={py} r={2.6} />)}
        </g>
      ))}
      {p.mark != null && (
        <g class="chosen">
          <line x1={x(p.mark.x)} x2={x(p.mark.x)} y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} />
          <text class={x(p.mark.x) > p.width / 2 ? "left" : "right"} x={x(p.mark.x) + (x(p.mark.x) > p.width / 2 ? -5 : 5)} y={HEIGHT - MARGIN.bottom - 9}>
            {p.mark.text}
          </text>
        </g>
      )}
    </svg>
  );
}

function Names({ series }: { series: readonly Series[] }) {
  if (series.length < 2) return null;
  return (
    <ul class="names">
      {series.map((s, i) => (
        <li key={s.name}>
          <svg width="26" height="10" aria-hidden="true">
            <line x1="0" x2="26" y1="5" y2="5" style={{ stroke: classColour(i) }} stroke-width="2" stroke-dasharray={DASHES[i % DASHES.length]} />
          </svg>{" "}
          {s.name}
        </li>
      ))}
    </ul>
  );
}

function Figures(p: Props) {
  return (
    <details>
      <summary>Figures</summary>
      <div class="figures" tabIndex={0} role="group" aria-label={`Figures: ${p.label}`}>
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                {p.x.title}
              </th>
              {p.series.map((s) => (
                <th key={s.name} scope="col" class="number">
                  {s.name}
                </th>
              ))}
              {p.more?.map((m) => (
                <th key={m.title} scope="col" class="number">
                  {m.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {p.x.values.map((v, row) => (
              <tr key={row}>
                <th scope="row" class="number">
                  {v}
                </th>
                {p.series.map((s) => {
                  const value = s.values[row];
                  return (
                    <td key={s.name} class="number">
                      {value === null ? "\u2013" : p.y.text(value)}
                    </td>
                  );
                })}
                {p.more?.map((m) => (
                  <td key={m.title} class="number">
                    {m.text(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function LineChart(p: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  return (
    <div class="chart" ref={frame}>
      <p class="quiet small">{p.y.title}</p>
      {width > 0 && <Drawing {...p} width={width} />}
      <Names series={p.series} />
      <Figures {...p} />
    </div>
  );
}
