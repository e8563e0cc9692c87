// SPDX-License-Identifier: MIT
// errors.tsx - what the network gets wrong: the list, slices with many errors, classes confused.
import { useCallback, useMemo, useRef } from "preact/hooks";
import { confusion } from "../engine/confusion";
import { applyFilter, filterTexts, parseFilter } from "../engine/filter";
import type { Filter, Found } from "../engine/filter";
import { judged } from "../engine/judged";
import type { Judged } from "../engine/judged";
import { slices } from "../engine/slices";
import { wordQuery } from "../engine/words";
import type { SplitName } from "../data/format";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { count, percent, plural, visible } from "../ui/format";
import type { KeyHelp } from "../ui/keys";
import { Await, Empty, Panel } from "../ui/parts";
import { ConfusionPart, MOST_CELLS } from "./errors/confusion";
import { Filters } from "./errors/filters";
import { List } from "./errors/list";
import { SlicesPart } from "./errors/slices";
import type { ViewProps } from "./view";

export const ERRORS_KEYS: readonly KeyHelp[] = [
  { keys: "Up, Down", does: "in the list of slices: list the sequences of one" },
  { keys: "Arrows, Enter", does: "in the matrix: choose a cell, list its sequences" },
];

const WIDE = 12; // classes of a matrix that takes the whole width

// How many symbols there may be.
function symbolsOf(run: Run): number {
  return Math.max(run.manifest.tokens, run.manifest.vocabulary);
}

function summary(j: Judged): string {
  const errors = j.wrong.reduce((a, b) => a + b, 0);
  const all = j.judgedSteps.reduce((a, b) => a + b, 0);
  if (!j.labelled || all === 0) return `The ${j.split} split has no labels: what of its ${plural(j.N, "sequence")} is right is not known.`;
  const what = `${count(all)} ${j.split} ${j.steps ? "step" : "sequence"}${all === 1 ? "" : "s"}`;
  const unlabelled = (j.steps ? j.R : j.N) - all;
  return `${count(errors)} of ${what} ${errors === 1 ? "is" : "are"} wrong (${percent(errors / all)}).${unlabelled > 0 ? ` ${count(unlabelled)} more have no label.` : ""}`;
}

function listed(j: Judged, found: Found): string {
  const sequences = plural(found.ids.length, "sequence");
  return j.steps ? `${plural(found.total, "step")} of ${sequences} listed` : `${sequences} listed`;
}

interface Ready {
  run: Run;
  j: Judged;
  names: readonly string[];
}

function Errors({ run, j, names, cursor, move }: ViewProps & Ready) {
  const latest = useRef(cursor);
  latest.current = cursor;
  const texts = JSON.stringify(filterTexts(parseFilter(cursor.more)));
  const filter = useMemo(() => parseFilter(cursor.more), [texts]);
  const words = useMemo(() => (filter.word.trim() === "" || j.symbols === null ? null : wordQuery(filter.word, names, symbolsOf(run))), [filter.word, j, names]);
  const found = useMemo(() => applyFilter(j, filter, words), [j, filter, words]);
  const onFilter = useCallback((change: Partial<Filter>, how: "push" | "replace" = "push") => {
    const more = latest.current.more;
    move({ more: { ...more, ...filterTexts({ ...parseFilter(more), ...change }) } }, how);
  }, []);
  const onSplit = useCallback((name: SplitName) => move({ split: name, id: null, t: null }), []);
  const onSlice = useCallback((change: Partial<Filter>) => onFilter(change, "replace"), []);
  const counted = useLoaded(() => confusion(j), [j]);
  const sliced = useLoaded(() => slices(j, symbolsOf(run)), [j]);
  return (
    <>
      <p>{summary(j)}</p>
      <Filters run={run} j={j} filter={filter} onFilter={onFilter} onSplit={onSplit} />
      {words !== null && words.unknown.length > 0 && (
        <p class="note">
          No sequence of the run has{" "}
          {words.unknown.map((w, i) => (
            <>
              {i > 0 && ", "}
              <q>
                <bdi>{visible(w)}</bdi>
              </q>
            </>
          ))}
          .
        </p>
      )}
      <Panel title="Sequences" aside={<span role="status">{listed(j, found)}</span>}>
        <List run={run} j={j} found={found} cursor={cursor} move={move} />
      </Panel>
      {j.labelled && (
        <div class={j.C > WIDE && j.C <= MOST_CELLS ? "" : "columns"}>
          <Panel title="Slices, worst first">
            <Await of={sliced} what="Comparing slices ...">
              {(s) => (s.count === 0 ? <Empty>Nothing has a label.</Empty> : <SlicesPart run={run} j={j} slices={s} names={names} filter={filter} onFilter={onSlice} />)}
            </Await>
          </Panel>
          <Panel title="Classes confused">
            <Await of={counted} what="Counting ...">
              {(c) => (c === null || c.judged === 0 ? <Empty>Nothing has a label.</Empty> : <ConfusionPart run={run} confusion={c} truth={filter.truth} prediction={filter.prediction} onFilter={onSlice} />)}
            </Await>
          </Panel>
        </div>
      )}
    </>
  );
}

export function ErrorsView({ run, cursor, move }: ViewProps) {
  const name = cursor.split !== null && run.splits.includes(cursor.split) ? cursor.split : run.mainSplit;
  const data = useLoaded(async () => {
    if (run.splits.length === 0) throw new Error("the run has no data");
    const [j, names] = await Promise.all([judged(run, name), run.tokens()]);
    return { j, names };
  }, [run, name]);
  return (
    <Await of={data}>
      {({ j, names }) => <Errors run={run} j={j} names={names} cursor={cursor} move={move} />}
    </Await>
  );
}
