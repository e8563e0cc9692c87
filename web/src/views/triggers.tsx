// SPDX-License-Identifier: MIT
// triggers.tsx - what in the training data acts as a trigger, and what the search cannot see.
import type { TriggersInfo } from "../data/format";
import type { Run } from "../data/run";
import { visible } from "../ui/format";
import { Empty, Panel } from "../ui/parts";
import { PatternTriggers } from "./triggers/patterns";
import { WordTriggers } from "./triggers/words";
import type { ViewProps } from "./view";

const OF_WORDS = [
  "Only single words are searched for. Of an inserted phrase the most telling word is found.",
  "A trigger put only into sequences of its own class, with no label changed, looks like one more word of that class: it may stay below the threshold. Read the whole list.",
  "Words in few training sequences are no candidates.",
];

const OF_PATTERNS = [
  "Poison whose label can be told neither from the first steps nor against another class shows in no pattern.",
  "Where the content itself tells the label in the first steps, openings of poison do not differ from it.",
  "A network that has memorised a small training set can raise false alarms.",
];

function Limits({ run, info }: { run: Run; info: TriggersInfo }) {
  const words = info.kind === "words";
  const elsewhere = words && info.candidates.length > 0 && info.candidates.every((c) => c.success === null);
  const left = run.manifest.left_out["triggers"];
  return (
    <Panel title="What the search cannot see">
      <ul>
        {(words ? OF_WORDS : OF_PATTERNS).map((line) => (
          <li key={line}>{line}</li>
        ))}
        {elsewhere && <li>The network is elsewhere, so nothing could be put in: words are ranked by their labels and by the predictions at the steps that read them.</li>}
        {left !== undefined && <li>{visible(left)}</li>}
      </ul>
      <p class="quiet">
        <code>{words ? "rnnrepair backdoor RUN --trigger WORD" : "rnnrepair backdoor RUN --scan traces"}</code>{" "}
        {words ? "traces a word to its training sequences and attacks the network with it" : "names the classes that stand out"}; with <code>--remove</code> it trains anew without the sequences.
      </p>
    </Panel>
  );
}

export function TriggersView(p: ViewProps) {
  const info = p.run.manifest.triggers;
  if (info === null) return <Empty>No triggers were searched for. {visible(p.run.manifest.left_out["triggers"] ?? "")}</Empty>;
  return (
    <>
      {info.kind === "words" ? <WordTriggers {...p} info={info} /> : <PatternTriggers {...p} info={info} />}
      <Limits run={p.run} info={info} />
    </>
  );
}
