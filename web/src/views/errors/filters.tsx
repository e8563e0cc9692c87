// SPDX-License-Identifier: MIT
// filters.tsx - the fields that choose which sequences are listed.
import { memo } from "../../ui/memo";
import { NO_FILTER, filterTexts } from "../../engine/filter";
import type { Filter, Range } from "../../engine/filter";
import type { Judged } from "../../engine/judged";
import type { SplitName } from "../../data/format";
import type { Run } from "../../data/run";
import { ClassChoice, NumberField, SplitChoice, TextField } from "../../ui/choices";

interface Props {
  run: Run;
  j: Judged;
  filter: Filter;
  onFilter: (change: Partial<Filter>, how?: "push" | "replace") => void;
  onSplit: (split: SplitName) => void;
}

const SHOWS: Record<Filter["show"], string> = { errors: "Errors", right: "Right", all: "All" };

function RangeFields(p: { name: string; value: Range | null; most: number; step: number; onChange: (value: Range | null) => void }) {
  const { name, value, most, step } = p;
  const change = (from: number | null, to: number | null) => p.onChange(from === null && to === null ? null : { from: from ?? 0, to: to ?? Infinity });
  const from = value === null || value.from === 0 ? null : value.from;
  const to = value === null || value.to === Infinity ? null : value.to;
  return (
    <span class="range">
      <NumberField label={`${name} from`} value={from} least={0} most={most} step={step} onChange={(v) => change(v, to)} />
      <NumberField label="to" value={to} least={0} most={most} step={step} onChange={(v) => change(from, v)} />
    </span>
  );
}

// Is any choice made that stands in the folded part?
function folded(f: Filter): boolean {
  return f.truth !== null || f.prediction !== null || f.length !== null || f.probability !== null || f.passed !== null || f.last !== null;
}

function Fields({ run, j, filter: f, onFilter, onSplit }: Props) {
  const filtered = folded(f) || f.word !== "";
  return (
    <div class="filters" role="search" aria-label="Filters">
      <div class="tools">
        <SplitChoice splits={run.splits} value={j.split} onChange={onSplit} />
        {j.labelled && (
          <span class="shows" role="group" aria-label="Show">
            {(Object.keys(SHOWS) as Filter["show"][]).map((show) => (
              <button type="button" key={show} aria-pressed={f.show === show} onClick={() => onFilter({ show })}>
                {SHOWS[show]}
              </button>
            ))}
          </span>
        )}
        {j.symbols !== null && (
          <TextField
            label="Word"
            value={f.word}
            hint={j.steps ? "One of these words; good* = all that begin so" : "All of these words; good* = all that begin so"}
            onChange={(word) => onFilter({ word }, "replace")}
          />
        )}
        <button type="button" disabled={!filtered} onClick={() => onFilter({ ...NO_FILTER, show: f.show })}>
          Clear filters
        </button>
      </div>
      <details open={folded(f)}>
        <summary>More filters</summary>
        <div class="tools">
          {j.labelled && <ClassChoice run={run} label="Label" none="any" value={f.truth} onChange={(truth) => onFilter({ truth })} />}
          <ClassChoice run={run} label="Prediction" none="any" value={f.prediction} onChange={(prediction) => onFilter({ prediction })} />
          {j.probability !== null && <RangeFields name="Probability" value={f.probability} most={1} step={0.001} onChange={(probability) => onFilter({ probability })} />}
          <RangeFields name="Length" value={f.length} most={run.split(j.split).longest} step={1} onChange={(length) => onFilter({ length })} />
          {j.states !== null && <NumberField label={j.steps ? "In state" : "Passes state"} value={f.passed} least={1} most={j.K} onChange={(passed) => onFilter({ passed })} />}
          {j.states !== null && <NumberField label="Last state" value={f.last} least={1} most={j.K} onChange={(last) => onFilter({ last })} />}
        </div>
      </details>
    </div>
  );
}

// Lists of many classes are long: they are made anew only for another filter.
export const Filters = memo(Fields, (a, b) => a.j === b.j && JSON.stringify(filterTexts(a.filter)) === JSON.stringify(filterTexts(b.filter)));
