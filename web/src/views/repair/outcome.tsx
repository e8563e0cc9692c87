// SPDX-License-Identifier: MIT
// outcome.tsx - the outcome in one sentence and one table: each split, the targets, the other errors.
import type { Change, CompareInfo, SplitName } from "../../data/format";
import { inSteps } from "../../data/compare";
import type { Run } from "../../data/run";
import { NONE, count, fraction, percent, plural } from "../../ui/format";
import { points } from "./points";

interface Row {
  name: string;
  change: Change;
}

function rowsOf(c: CompareInfo, run: Run): Row[] {
  const rows: Row[] = run.splits.flatMap((s) => {
    const change = c.splits[s];
    return change === undefined ? [] : [{ name: s, change }];
  });
  if (c.targets !== null && c.targets.count > 0) rows.push({ name: `targets of the repair, in ${c.targets_split ?? "the data"}`, change: c.targets });
  if (c.unseen !== null && c.unseen.count > 0) rows.push({ name: "all others there, which it did not see", change: c.unseen });
  return rows;
}

function Sentence({ change, split, unit, unseen }: { change: Change; split: SplitName; unit: string; unseen: Change | null }) {
  const errors = change.fixed + change.still_wrong;
  const missed = unseen === null ? 0 : unseen.fixed + unseen.still_wrong;
  return (
    <p>
      Of {plural(change.count, unit)} of {split}, {count(errors)} {errors === 1 ? "was" : "were"} wrong before.{" "}
      <strong class="good">{count(change.fixed)} fixed</strong>, <strong class="warn">{count(change.still_wrong)} still wrong</strong>, and{" "}
      <strong class="bad">{count(change.broken)} broken</strong> that {change.broken === 1 ? "was" : "were"} right before.
      {missed > 0 && (
        <>
          {" "}
          Of {plural(missed, "error")} outside the targets of the repair, {count(unseen?.fixed)} {unseen?.fixed === 1 ? "is" : "are"} fixed.
        </>
      )}
    </p>
  );
}

// "0.912 -> 0.934"
function Pair({ before, after, show }: { before: number | null; after: number | null; show: (f: number | null) => string }) {
  if (before === null && after === null) return <>{NONE}</>;
  return (
    <>
      {show(before)} <span aria-hidden="true">{"\u2192"}</span>
      <span class="hidden"> to </span> {show(after)}
    </>
  );
}

const HEADS: readonly { title: string; hint: string }[] = [
  { title: "Count", hint: "sequences, or steps where steps have labels" },
  { title: "Fixed", hint: "wrong before, right after" },
  { title: "Broken", hint: "right before, wrong after" },
  { title: "Still wrong", hint: "wrong before and after" },
  { title: "Accuracy", hint: "share of right predictions, before and after" },
  { title: "Points", hint: "change of the accuracy in percentage points" },
  { title: "ECE", hint: "expected calibration error, before and after: how far probabilities are from the share that is right" },
  { title: "NLL", hint: "mean negative log-likelihood of the labels in nats, before and after" },
  { title: "KL", hint: "mean divergence of the predictions after from those before, in nats: how much else has changed" },
];

function cells({ change: c }: Row) {
  const three = (f: number | null) => fraction(f);
  return [
    count(c.count),
    count(c.fixed),
    count(c.broken),
    count(c.still_wrong),
    <Pair before={c.accuracy_before} after={c.accuracy_after} show={(f) => percent(f)} />,
    points(c.accuracy_before, c.accuracy_after),
    <Pair before={c.calibration_before} after={c.calibration_after} show={three} />,
    <Pair before={c.loss_before} after={c.loss_after} show={three} />,
    fraction(c.divergence, 4),
  ];
}

export function Outcome({ run, compare, split }: { run: Run; compare: CompareInfo; split: SplitName | null }) {
  const rows = rowsOf(compare, run);
  const change = split === null ? undefined : compare.splits[split];
  return (
    <>
      {split !== null && change !== undefined ? (
        <Sentence change={change} split={split} unit={inSteps(run, split) ? "labelled step" : "sequence"} unseen={split === compare.targets_split ? compare.unseen : null} />
      ) : (
        <p>Without labels nobody can say which predictions are right; the lists show where the two runs differ.</p>
      )}
      {rows.length > 0 && (
        <div class="wide" role="region" aria-label="Outcome by split" tabIndex={0}>
          <table class="effects">
            <thead>
              <tr>
                <th scope="col">Of</th>
                {HEADS.map((h) => (
                  <th key={h.title} scope="col" class="number" title={h.hint}>
                    {h.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  {cells(row).map((cell, i) => (
                    <td key={i} class="number">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
