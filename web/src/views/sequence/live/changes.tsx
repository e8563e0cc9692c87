// SPDX-License-Identifier: MIT
// changes.tsx - a changed sequence beside the original, step by step.
import { useMemo } from "preact/hooks";
import type { Run } from "../../../data/run";
import { namesOf } from "../../../data/sequence";
import type { Steps } from "../../../data/sequence";
import { align, alongside } from "../../../engine/align";
import type { Pair } from "../../../engine/align";
import { stateColour } from "../../../ui/colour";
import { NONE, fraction, plural, short, visible } from "../../../ui/format";
import { ClassName } from "../../../ui/parts";
import { Table } from "../../../ui/table";
import type { Column } from "../../../ui/table";
import type { Shown } from "../shown";

function wordsOf({ inputs }: Shown): string[] | null {
  return inputs?.kind === "symbols" ? namesOf(inputs) : null;
}

// A vocabulary of small letters alone makes small letters of words.
export function pairsOf(before: Shown, after: Shown): Pair[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const small = (words: string[]) => words.map((w) => w.toLowerCase());
  return a !== null && b !== null ? align(small(a), small(b)) : alongside(before.steps.count, after.steps.count);
}

// What differs in a pair of steps.
export function differs(pair: Pair, before: Shown, after: Shown, a: string[] | null, b: string[] | null): { input: boolean; prediction: boolean; state: boolean } {
  if (pair.before === null || pair.after === null) return { input: true, prediction: true, state: true };
  const unlike = (x: ArrayLike<number> | null, y: ArrayLike<number> | null) => x !== null && y !== null && x[pair.before as number] !== y[pair.after as number];
  return {
    input: a !== null && b !== null && a[pair.before].toLowerCase() !== b[pair.after].toLowerCase(),
    prediction: unlike(before.steps.predictions, after.steps.predictions),
    state: unlike(before.steps.states, after.steps.states),
  };
}

const State = ({ steps, t }: { steps: Steps; t: number | null }) =>
  t === null || steps.states === null ? (
    <>{NONE}</>
  ) : (
    <>
      <i class="swatch round" style={{ background: stateColour(steps.states[t]) }} aria-hidden="true" />
      {steps.states[t]}
    </>
  );

const Prediction = ({ run, steps, t }: { run: Run; steps: Steps; t: number | null }) =>
  t === null || steps.predictions === null ? (
    <>{NONE}</>
  ) : (
    <>
      <ClassName run={run} label={steps.predictions[t]} /> <span class="quiet">{steps.probabilities === null ? "" : fraction(steps.probabilities[t], 2)}</span>
    </>
  );

interface Props {
  run: Run;
  before: Shown;
  after: Shown;
  at: number; // of the changed sequence, from 1
  onChoose: (t: number) => void;
}

export function Changes({ run, before, after, at, onChoose }: Props) {
  const made = useMemo(() => {
    const pairs = pairsOf(before, after);
    const [a, b] = [wordsOf(before), wordsOf(after)];
    const unlike = pairs.map((p) => differs(p, before, after, a, b));
    const mark = (yes: boolean) => (yes ? "differs" : "same");
    const columns: Column[] = [{ key: "t", title: "Step", width: "3.6rem", number: true, cell: (r) => (pairs[r].after === null ? NONE : (pairs[r].after as number) + 1) }];
    if (a !== null && b !== null) {
      columns.push({ key: "before", title: "Before", width: "minmax(6rem, 1fr)", cell: (r) => <bdi class={mark(unlike[r].input)}>{pairs[r].before === null ? NONE : visible(a[pairs[r].before as number])}</bdi> });
      columns.push({ key: "after", title: "After", width: "minmax(6rem, 1fr)", cell: (r) => <bdi class={mark(unlike[r].input)}>{pairs[r].after === null ? "dropped" : visible(b[pairs[r].after as number])}</bdi> });
    }
    columns.push({ key: "y", title: "Prediction before", width: "minmax(9rem, 1fr)", cell: (r) => <Prediction run={run} steps={before.steps} t={pairs[r].before} /> });
    columns.push({
      key: "y2",
      title: "Prediction after",
      width: "minmax(9rem, 1fr)",
      cell: (r) => (
        <span class={mark(unlike[r].prediction)}>
          <Prediction run={run} steps={after.steps} t={pairs[r].after} />
          {unlike[r].prediction && pairs[r].after !== null && " ≠"}
        </span>
      ),
    });
    if (before.steps.states !== null && after.steps.states !== null) {
      columns.push({ key: "q", title: "State before", width: "7.6rem", cell: (r) => <State steps={before.steps} t={pairs[r].before} /> });
      columns.push({
        key: "q2",
        title: "State after",
        width: "7rem",
        cell: (r) => (
          <span class={mark(unlike[r].state)}>
            <State steps={after.steps} t={pairs[r].after} />
            {unlike[r].state && pairs[r].after !== null && " ≠"}
          </span>
        ),
      });
    }
    const count = (key: "prediction" | "state") => unlike.filter((u, i) => u[key] && pairs[i].before !== null && pairs[i].after !== null).length;
    return { pairs, columns, predictions: count("prediction"), states: count("state"), first: unlike.findIndex((u) => u.input || u.state || u.prediction) };
  }, [run, before, after]);
  const row = made.pairs.findIndex((p) => p.after === at - 1);
  const [from, to] = [before.steps, after.steps];
  return (
    <>
      <p>
        {run.manifest.run.output === "last" && (
          <>
            <ClassName run={run} label={from.prediction} /> {from.probability !== null && fraction(from.probability, 3)} → <ClassName run={run} label={to.prediction} /> {to.probability !== null && fraction(to.probability, 3)}:{" "}
            <strong class={from.prediction === to.prediction ? "" : "bad"}>{from.prediction === to.prediction ? "the same label" : `now ${short(visible(run.className(to.prediction)), 40)}`}</strong>.{" "}
          </>
        )}
        {plural(made.predictions, "step")} predicted otherwise
        {from.states !== null && <>, {plural(made.states, "step")} in another state</>}
        {made.first >= 0 && <>; the first difference is in row {made.first + 1}</>}.
      </p>
      <Table label="Before and after, step by step" columns={made.columns} rows={made.pairs.length} chosen={row < 0 ? null : row} onChoose={(r) => made.pairs[r].after !== null && onChoose((made.pairs[r].after as number) + 1)} />
    </>
  );
}
