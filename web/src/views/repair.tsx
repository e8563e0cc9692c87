// SPDX-License-Identifier: MIT
// repair.tsx - a second run beside this one: what is fixed and broken, and each sequence before and after.
import type { CompareInfo, SplitName } from "../data/format";
import { comparedSplits, inSteps, namesOf, readUnits } from "../data/compare";
import type { Names, Units } from "../data/compare";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { plural, visible } from "../ui/format";
import { Await, Empty, Panel } from "../ui/parts";
import { Both } from "./repair/both";
import { Changes, firstOf } from "./repair/changes";
import { Classes } from "./repair/classes";
import { HowTo } from "./repair/howto";
import { Outcome } from "./repair/outcome";
import type { ViewProps } from "./view";

export { REPAIR_KEYS } from "./repair/changes";

const RELATIONS: Record<CompareInfo["relation"], string> = {
  repaired: "The second run was made from the first.",
  parent: "The second run is the one that the first was made from.",
  other: "Neither run was made from the other; before is the first.",
};

function edits(c: CompareInfo): string {
  const parts = [
    c.added > 0 ? `${plural(c.added, "sequence")} added` : "",
    c.removed > 0 ? `${plural(c.removed, "sequence")} removed` : "",
    c.relabelled > 0 ? `${plural(c.relabelled, "label")} changed` : "",
  ].filter((p) => p !== "");
  return parts.length === 0 ? "Its training set was left as it was." : `In its training set: ${parts.join(", ")}.`;
}

function Runs({ run, compare: c, names }: { run: Run; compare: CompareInfo; names: Names }) {
  return (
    <div class="runs">
      <p>
        <span class="quiet">Before:</span> <bdi class="name">{visible(names.before)}</bdi> <span aria-hidden="true">{"\u2192"}</span>{" "}
        <span class="quiet">after:</span> <bdi class="name">{visible(names.after)}</bdi>
      </p>
      <p class="quiet">
        {RELATIONS[c.relation]} {c.relation === "other" ? "" : edits(c)}
        {run.manifest.left_out["compare"] !== undefined && <> {visible(run.manifest.left_out["compare"])}</>}
      </p>
    </div>
  );
}

interface SplitProps extends ViewProps {
  compare: CompareInfo;
  names: Names;
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
  const units = useLoaded(() => readUnits(p.run, p.compare, p.split), [p.split]);
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
  const names = namesOf(run, compare);
  const splits = comparedSplits(run);
  const split = splits.find((s) => s === cursor.split) ?? splits.find((s) => s === run.mainSplit) ?? splits[splits.length - 1];
  return (
    <>
      <Runs run={run} compare={compare} names={names} />
      <Panel title="Outcome">
        <Outcome run={run} compare={compare} split={split ?? null} />
      </Panel>
      {split === undefined ? (
        <Empty>The page has no predictions of both runs, so there are no lists to show.</Empty>
      ) : (
        <>
          {splits.length > 1 && (
            <div class="tools" role="group" aria-label="Split">
              {splits.map((s) => (
                <button key={s} type="button" aria-pressed={s === split} onClick={() => move({ split: s, id: null, t: null })}>
                  {s}
                </button>
              ))}
            </div>
          )}
          <Split key={split} {...p} names={names} split={split} />
        </>
      )}
    </>
  );
}

export function RepairView(p: ViewProps) {
  const { compare } = p.run.manifest;
  return compare === null ? <HowTo run={p.run} /> : <Compared {...p} compare={compare} />;
}
