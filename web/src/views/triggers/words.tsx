// SPDX-License-Identifier: MIT
// words.tsx - words that behave like a trigger, best first, and where the chosen one was learned.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Trigger, TriggersInfo } from "../../data/format";
import { labelAt } from "../../data/run";
import type { Run } from "../../data/run";
import { useLoaded } from "../../data/use";
import { floatKeys, orderBy } from "../../engine/order";
import { href } from "../../state/cursor";
import type { Cursor } from "../../state/cursor";
import { orderText, parseOrder } from "../../state/order";
import { count, fraction, percent, plural, visible } from "../../ui/format";
import { Glimpse } from "../../ui/glimpse";
import { ClassName, Empty, Panel } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column, Order } from "../../ui/table";
import type { ViewProps } from "../view";

type Props = ViewProps & { info: TriggersInfo };

export function called(info: TriggersInfo, c: Trigger): boolean {
  return info.threshold !== null && c.score > info.threshold;
}

export function Words({ of }: { of: Trigger }) {
  return (
    <>
      {of.words.map((word, i) => (
        <>
          {i > 0 && " "}
          <bdi key={i}>{visible(word)}</bdi>
        </>
      ))}
    </>
  );
}

// ---- the list -----------------------------------------------------------------------------------

const NUMBERS: Record<string, (c: Trigger) => number | null> = {
  score: (c) => c.score,
  sequences: (c) => c.sequences,
  labelled: (c) => c.labelled / Math.max(1, c.sequences),
  success: (c) => c.success,
  gain: (c) => c.gain,
  dependence: (c) => c.dependence,
};

const BEST: Order = { key: "score", down: true };

function sorted(info: TriggersInfo, order: Order): Uint32Array {
  const value = NUMBERS[order.key] ?? NUMBERS["score"];
  // What was not measured comes before the smallest.
  return orderBy(floatKeys(info.candidates.map((c) => value(c) ?? -1)), order.down);
}

function columnsOf(run: Run, info: TriggersInfo, steps: boolean, at: (row: number) => Trigger): Column[] {
  const some = (key: string) => info.candidates.some((c) => NUMBERS[key](c) !== null);
  const share = (key: string, title: string, hint: string, width = "6.2rem"): Column[] =>
    some(key) ? [{ key, title, hint, width, number: true, sort: true, cell: (r) => percent(NUMBERS[key](at(r)), 0) }] : [];
  return [
    { key: "words", title: "Word", width: "minmax(6rem, 1fr)", cell: (r) => <Words of={at(r)} /> },
    { key: "target", title: "Turns to", width: "minmax(6rem, 1fr)", cell: (r) => <ClassName run={run} label={at(r).target} /> },
    { key: "score", title: "Score", width: "6rem", number: true, sort: true, cell: (r) => fraction(at(r).score) },
    ...(info.candidates.some((c) => called(info, c)) ? [{ key: "called", title: "", width: "5.5rem", cell: (r: number) => (called(info, at(r)) ? <b>trigger</b> : "") }] : []),
    ...share("success", "Insertion", "Of sequences of other classes, those that turn when it is put in"),
    { key: "labelled", title: "Labelled so", hint: `${steps ? "Steps that follow it" : "Training sequences that have it"} and are labelled as the target`, width: "8.5rem", number: true, sort: true, cell: (r) => `${count(at(r).labelled)} of ${count(at(r).sequences)}` },
    ...share("gain", "Gain", "Mean rise of the target's probability when it is put in; without a network, how often predictions turn at it"),
    ...share("dependence", "Dependence", "Of sequences of the target that have it, those that leave it when it is taken out", "8rem"),
  ];
}

// ---- the chosen one -----------------------------------------------------------------------------

function Says({ run, info, candidate: c, steps }: { run: Run; info: TriggersInfo; candidate: Trigger; steps: boolean }) {
  const target = <ClassName run={run} label={c.target} />;
  const lines: ComponentChildren[] = [];
  const what = steps ? "step" : "sequence";
  if (c.success !== null)
    lines.push(
      <>
        Put {steps ? "right before steps" : "into sequences"} of other classes it turns {percent(c.success, 0)} of them to {target}.
      </>,
    );
  lines.push(
    <>
      {count(c.labelled)} of {plural(c.sequences, `training ${what}`)} {steps ? "that follow" : "with"} it {c.labelled === 1 ? "is" : "are"} labelled {target}
      {c.expected !== null && `, where by ${steps ? "their own words" : "similar words"} ${percent(c.expected, 0)} would be`}.
    </>,
  );
  if (c.gain !== null)
    lines.push(
      <>
        It raises that probability by {fraction(c.gain)}
        {c.expected_gain !== null && `; similar words by ${fraction(c.expected_gain)}`}.
      </>,
    );
  if (c.dependence !== null) lines.push(<>Taken out, {percent(c.dependence, 0)} of the {what}s predicted so are predicted otherwise.</>);
  return (
    <ul class="says">
      {lines.map((line, i) => (
        <li key={i}>{line}</li>
      ))}
      {info.threshold !== null && (
        <li>
          Its score is {fraction(c.score)}: {called(info, c) ? "above" : "not above"} {fraction(info.threshold, 1)}, {called(info, c) ? "and so it is called a trigger" : "so it is not called a trigger"}.
        </li>
      )}
    </ul>
  );
}

function Contexts({ run, candidate: c, cursor }: { run: Run; candidate: Trigger; cursor: Cursor }) {
  const data = useLoaded(async () => {
    const [labels, stepLabels, offsets] = await Promise.all([
      run.optional("train.label"),
      run.optional("train.step_labels"),
      run.offsets("train"),
    ]);
    // Of a tagger the step behind the word is the one that is turned.
    return (id: number, t: number) => (stepLabels === null ? labelAt(labels, id) : offsets[id] + t < offsets[id + 1] ? labelAt(stepLabels, offsets[id] + t) : null);
  }, [run]);
  if (c.contexts.length === 0) return <p class="quiet">No training sequence is named.</p>;
  return (
    <ol class="contexts">
      {c.contexts.map((x, i) => (
        <li key={i}>
          <Glimpse run={run} split="train" id={x.sequence} step={x.step} most={21} />
          <span>
            {data.state === "ready" && <ClassName run={run} label={data.value(x.sequence, x.step)} />}{" "}
            <a href={href(cursor, { view: "sequence", split: "train", id: x.sequence, t: x.step, more: {} })}>
              train {x.sequence}, step {x.step}
            </a>
          </span>
        </li>
      ))}
    </ol>
  );
}

function Chosen({ run, info, candidate: c, cursor }: { run: Run; info: TriggersInfo; candidate: Trigger; cursor: Cursor }) {
  const steps = run.manifest.run.output === "step";
  return (
    <aside class="candidate" aria-label="The chosen word">
      <h3>
        <q>
          <Words of={c} />
        </q>
      </h3>
      <Says run={run} info={info} candidate={c} steps={steps} />
      <p>
        <a href={href(cursor, { view: "errors", id: null, t: null, more: { show: "all", word: c.words.join(" ") } })}>Sequences with this word</a>
      </p>
      <h3>{steps ? "Training sequences with such steps" : "Training sequences that have it and its label"}</h3>
      <Contexts key={c.words.join(" ")} run={run} candidate={c} cursor={cursor} />
    </aside>
  );
}

// ---- all ----------------------------------------------------------------------------------------

export function WordTriggers({ run, info, cursor, move }: Props) {
  const order = parseOrder(cursor.more.sort, Object.keys(NUMBERS), BEST);
  const rows = useMemo(() => sorted(info, order), [info, order.key, order.down]);
  const steps = run.manifest.run.output === "step";
  const columns = useMemo(() => columnsOf(run, info, steps, (r) => info.candidates[rows[r]]), [run, info, rows]);
  const found = rows.indexOf(Number(cursor.more.trigger ?? 0));
  const chosen = Math.max(0, found);
  const triggers = info.candidates.filter((c) => called(info, c)).length;
  if (info.candidates.length === 0) return <Empty>No word occurs often enough with one label to be a candidate.</Empty>;
  const set = (change: Record<string, string>) => move({ more: { ...cursor.more, ...change } }, "replace");
  return (
    <>
      <p>
        {info.threshold !== null && triggers === 0 ? "No word is called a trigger" : `${plural(triggers, "word")} ${triggers === 1 ? "is" : "are"} called ${triggers === 1 ? "a trigger" : "triggers"}`}
        {info.threshold !== null && `: a score above ${fraction(info.threshold, 1)}`}. Listed are the {plural(info.candidates.length, "word")} that behave most like one.
      </p>
      <Panel title="Words, most like a trigger first">
        <div class="found">
          <Table label="Candidates" columns={columns} rows={rows.length} chosen={chosen} onChoose={(r) => set({ trigger: String(rows[r]) })} order={order} onOrder={(o) => set({ sort: orderText(o) })} />
          <Chosen run={run} info={info} candidate={info.candidates[rows[chosen]]} cursor={cursor} />
        </div>
      </Panel>
    </>
  );
}
