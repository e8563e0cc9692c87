// SPDX-License-Identifier: MIT
// repair.tsx - a second run beside this one: what is fixed and broken, and each sequence before and after.
import type { CompareInfo, Edits, SplitName } from "../data/format";
import { comparedSplits, inSteps, namesOf, readUnits } from "../data/compare";
import type { Units } from "../data/compare";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { SplitChoice } from "../ui/choices";
import { plural, visible } from "../ui/format";
import { Await, Empty, Panel } from "../ui/parts";
import { Both } from "./repair/both";
import { Changes, firstOf } from "./repair/changes";
import { Classes } from "./repair/classes";
import { HowTo } from "./repair/howto";
import { Outcome } from "./repair/outcome";
import type { ViewProps } from "./view";

const RELATIONS: Record<CompareInfo["relation"], string> = {
  child: "The one after was made from the one before.",
  parent: "The one after was made from the one before.",
  sibling: "Both runs were made from the same run.",
  copy: "One is a copy of the other.",
  other: "Neither run was made from the other.",
};

function edits(e: Edits): string {
  const parts = [
    e.added > 0 ? `${plural(e.added, "sequence")} added` : "",
    e.taken_back > 0 ? `${plural(e.taken_back, "added sequence")} taken back` : "",
    e.removed > 0 ? `${plural(e.removed, "sequence")} removed` : "",
    e.restored > 0 ? `${plural(e.restored, "removed sequence")} put back` : "",
    e.relabelled > 0 ? `${plural(e.relabelled, "label")} changed` : "",
    e.relabelled_steps > 0 ? `${plural(e.relabelled_steps, "label")} of steps changed` : "",
    e.reweighted ? "other weights of the loss" : "",
  ].filter((p) => p !== "");
  return parts.length === 0 ? "Both were trained on the same samples." : `In the training set of the one after: ${parts.join(", ")}.`;
}

function Runs({ run, compare: c }: { run: Run; compare: CompareInfo }) {
  const why = run.manifest.left_out["compare"];
  const { before, after } = namesOf(run, c);
  return (
    <div class="runs">
      <p>
        <span class="quiet">Before:</span> <bdi class="name">{visible(before)}</bdi> <span aria-hidden="true">{"\u2192"}</span>{" "}
        <span class="quiet">after:</span> <bdi class="name">{visible(after)}</bdi>
      </p>
      <p class="quiet">
        {RELATIONS[c.relation]} {c.edits !== null && edits(c.edits)} {why !== undefined && visible(why)}
      </p>
    </div>
  );
}

interface SplitProps extends ViewProps {
  compare: CompareInfo;
  split: SplitName;
}

function Lists(p: SplitProps & { units: Units }) {
  const id = p.cursor.id ?? firstOf(p.units, p.cursor);
  return (
    <div class="beside">
      <Changes {...p} />
      {id === null ? null : <Both {...p} id={id} />}
    </div>
  );
}

function Split(p: SplitProps) {
  const units = useLoaded(() => readUnits(p.run, p.split), [p.split]);
  return (
    <>
      <Await of={units} what="Reading both runs ...">
        {(value) => <Lists {...p} units={value} />}
      </Await>
      <Classes {...p} steps={inSteps(p.run, p.split)} />
    </>
  );
}

function Compared(p: ViewProps & { compare: CompareInfo }) {
  const { run, cursor, move, compare } = p;
  const splits = comparedSplits(run);
  const split = splits.find((s) => s === cursor.split) ?? splits.find((s) => s === run.mainSplit) ?? splits[splits.length - 1];
  return (
    <>
      <Runs run={run} compare={compare} />
      <Panel title="Outcome">
        <Outcome run={run} compare={compare} split={split ?? null} />
      </Panel>
      {split === undefined ? (
        <Empty>The page has no predictions of both runs, so there are no lists to show.</Empty>
      ) : (
        <>
          {splits.length > 1 && (
            <div class="tools">
              <SplitChoice splits={splits} value={split} onChange={(to) => move({ split: to, id: null, t: null })} />
            </div>
          )}
          <Split key={split} {...p} split={split} />
        </>
      )}
    </>
  );
}

export function RepairView(p: ViewProps) {
  const { compare } = p.run.manifest;
  return compare === null ? <HowTo run={p.run} /> : <Compared {...p} compare={compare} />;
}
