// SPDX-License-Identifier: MIT
// slices.tsx - the slices with the highest error rates; choosing one filters the list by it.
import { memo } from "../../ui/memo";
import { NO_FILTER, filterTexts } from "../../engine/filter";
import type { Filter } from "../../engine/filter";
import type { Judged } from "../../engine/judged";
import { LEAST, sliceFilter } from "../../engine/slices";
import type { Slice, Slices } from "../../engine/slices";
import { nameOf } from "../../data/sequence";
import type { Run } from "../../data/run";
import { count, percent, plural, visible } from "../../ui/format";
import { Bar, ClassName, Empty } from "../../ui/parts";
import { Table } from "../../ui/table";

interface Props {
  run: Run;
  j: Judged;
  slices: Slices;
  names: readonly string[];
  filter: Filter;
  onFilter: (change: Partial<Filter>) => void;
}

function Condition({ run, slice: s, steps, names }: { run: Run; slice: Slice; steps: boolean; names: readonly string[] }) {
  switch (s.kind) {
    case "truth":
      return <>labelled <ClassName run={run} label={s.value} /></>;
    case "prediction":
      return <>predicted <ClassName run={run} label={s.value} /></>;
    case "length":
      return <>{s.value === s.to ? count(s.value) : `${count(s.value)} to ${count(s.to)}`} steps long</>;
    case "last":
      return <>ends in state {s.value}</>;
    case "passed":
      return <>{steps ? "in" : "passes"} state {s.value}</>;
    case "word":
      return <>{steps ? "word" : "holds"} <q><bdi>{visible(nameOf(s.value, names))}</bdi></q></>;
  }
}

export const SlicesPart = memo(
  function SlicesPart({ run, j, slices: s, names, filter, onFilter }: Props) {
    const enough = `${plural(LEAST, j.steps ? "labelled step" : "sequence")} or more`;
    if (s.list.length === 0)
      return <Empty>None of the {count(s.compared)} conditions with {enough} has clearly more errors than the whole split.</Empty>;
    const filterAt = (r: number): Filter => ({ ...NO_FILTER, ...sliceFilter(s.list[r], (symbol) => nameOf(symbol, names)) });
    const current = JSON.stringify(filterTexts({ ...filter, show: "errors" }));
    const chosen = s.list.findIndex((_, r) => JSON.stringify(filterTexts(filterAt(r))) === current);
    const rate = (r: number) => s.list[r].errors / s.list[r].count;
    return (
      <>
        <p class="quiet">
          {count(s.compared)} conditions with {enough} were compared with the whole split, {percent(s.errors / s.count)} wrong; {plural(s.above, "is", "are")} above it with the
          whole interval (95 %){s.above > s.list.length && `, the first ${count(s.list.length)} of them listed`}. Some are by chance; those marked sure, which come first, hardly.
        </p>
        <Table
          label="Slices"
          rows={s.list.length}
          chosen={chosen < 0 ? null : chosen}
          onChoose={(r) => onFilter({ ...filterAt(r), show: filter.show })}
          columns={[
            { key: "condition", title: "Condition", width: "minmax(8rem, 1fr)", cell: (r) => <Condition run={run} slice={s.list[r]} steps={j.steps} names={names} /> },
            { key: "sure", title: "Sure", hint: "Unlikely by chance even among so many conditions: less than 5 % for any of them (binomial, Bonferroni)", width: "3.5rem", cell: (r) => (s.list[r].sure ? "sure" : "") },
            { key: "rate", title: "Wrong", width: "4.8rem", number: true, cell: (r) => percent(rate(r), 1) },
            { key: "bar", title: "", width: "4.5rem", cell: (r) => <Bar of={rate(r)} colour="var(--bad)" /> },
            { key: "interval", title: "Interval", width: "8rem", number: true, cell: (r) => `${(100 * s.list[r].low).toFixed(1)} \u2013 ${percent(s.list[r].high, 1)}` },
            { key: "errors", title: j.steps ? "Wrong steps" : "Errors", width: "8.5rem", number: true, cell: (r) => `${count(s.list[r].errors)} of ${count(s.list[r].count)}` },
          ]}
        />
      </>
    );
  },
  (a, b) => a.slices === b.slices && a.names === b.names && JSON.stringify(filterTexts(a.filter)) === JSON.stringify(filterTexts(b.filter)),
);
