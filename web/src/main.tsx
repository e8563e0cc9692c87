// SPDX-License-Identifier: MIT
// main.tsx - the frame of the page: head, tabs, the view of the cursor.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { blocksOfPage } from "./data/load";
import { Run } from "./data/run";
import { message, useLoaded } from "./data/use";
import { warm } from "./engine/warm";
import { VIEWS, href, useCursor } from "./state/cursor";
import type { Cursor, ViewName } from "./state/cursor";
import { Boundary } from "./ui/boundary";
import { count, fraction, percent, visible } from "./ui/format";
import { Help } from "./ui/help";
import { useKeys } from "./ui/keys";
import type { KeyHelp } from "./ui/keys";
import { Await } from "./ui/parts";
import { startScheme, useChoice } from "./ui/scheme";
import { ERRORS_KEYS, ErrorsView } from "./views/errors";
import { LABELS_KEYS, LabelsView } from "./views/labels";
import { RepairView } from "./views/repair";
import { SEQUENCE_KEYS, SequenceView } from "./views/sequence";
import { STATES_KEYS, StatesView } from "./views/states";
import { TriggersView } from "./views/triggers";
import { TrustView } from "./views/trust";
import type { ViewProps } from "./views/view";

interface Shown {
  title: string;
  asks: string;
  view: (p: ViewProps) => preact.JSX.Element;
  keys?: readonly KeyHelp[]; // its own, for the help
  keeps?: boolean; // its filters and order are as they were left when its tab is chosen again
}

const SHOWN: Record<ViewName, Shown> = {
  errors: { title: "Errors", asks: "What does it get wrong?", view: ErrorsView, keys: ERRORS_KEYS, keeps: true },
  sequence: { title: "Sequence", asks: "Why, and which training data are behind it?", view: SequenceView, keys: SEQUENCE_KEYS },
  states: { title: "States", asks: "What do the abstract states stand for?", view: StatesView, keys: STATES_KEYS },
  labels: { title: "Labels", asks: "Which labels are likely wrong?", view: LabelsView, keys: LABELS_KEYS, keeps: true },
  repair: { title: "Repair", asks: "What has changed between two runs?", view: RepairView },
  triggers: { title: "Triggers", asks: "Does anything in the training data act as a trigger?", view: TriggersView, keeps: true },
  trust: { title: "Trust", asks: "How far may this be believed?", view: TrustView },
};

const SCHEMES = { system: "as the system", light: "light", dark: "dark" };

function Head({ run, help, skip }: { run: Run; help: () => void; skip: () => void }) {
  const m = run.manifest;
  const main = m.splits[run.mainSplit];
  const steps = (main?.labelled_steps ?? 0) > 0;
  const right = (steps ? main?.step_accuracy : main?.accuracy) ?? null;
  const [scheme, nextScheme] = useChoice();
  return (
    <header class="top">
      <button type="button" class="skip" onClick={skip}>
        Skip to the view
      </button>
      <h1>
        <bdi>{visible(m.run.name)}</bdi>
      </h1>
      <p>
        {m.run.cell === null ? "states of a network trained elsewhere" : m.run.cell.toUpperCase()}, {count(m.run.hidden)} wide
        {m.influence !== null && <>; {count(m.influence.states)} abstract states</>}
        {right !== null && (
          <>
            ; {percent(right)} of {steps ? "the steps of " : ""}
            {run.mainSplit} right
            {main !== undefined && main.macro_f1 !== null && <span title="Mean F1 of the classes: rare ones count as much as frequent ones">, macro-F1 {fraction(main.macro_f1)}</span>}
          </>
        )}
      </p>
      <div class="tools">
        <button type="button" onClick={nextScheme} title="Colours: as the system has them, light, or dark">
          Colours: {SCHEMES[scheme]}
        </button>
        <button type="button" onClick={help} aria-keyshortcuts="?" title="All keys (key ?)">
          Keys
        </button>
      </div>
    </header>
  );
}

type Kept = (view: ViewName) => Cursor["more"];

// What a view kept when it was left. Choosing the view that is shown clears it.
function useKept(cursor: Cursor): Kept {
  const kept = useRef<Partial<Record<ViewName, Cursor["more"]>>>({});
  kept.current[cursor.view] = cursor.more;
  return (view) => (SHOWN[view].keeps === true && view !== cursor.view ? (kept.current[view] ?? {}) : {});
}

function Tabs({ cursor, kept }: { cursor: Cursor; kept: Kept }) {
  return (
    <nav aria-label="Views">
      {VIEWS.map((v, i) => (
        <a
          key={v}
          href={href(cursor, { view: v, more: kept(v) })}
          aria-current={v === cursor.view ? "page" : undefined}
          aria-keyshortcuts={String(i + 1)}
          title={`${SHOWN[v].asks} (key ${i + 1})`}
        >
          {SHOWN[v].title}
        </a>
      ))}
    </nav>
  );
}

function Page({ run }: { run: Run }) {
  const [cursor, move] = useCursor();
  const [help, setHelp] = useState(false);
  const shown = SHOWN[cursor.view];
  const main = useRef<HTMLElement>(null);
  const before = useRef(cursor.view);
  useEffect(() => void warm(run), [run]);
  const kept = useKept(cursor);
  useKeys({ "?": () => setHelp(true), ...Object.fromEntries(VIEWS.map((view, i) => [String(i + 1), () => move({ view, more: kept(view) })])) });
  useEffect(() => {
    document.title = `${shown.title} \u2013 ${visible(run.manifest.run.name)} \u2013 rnnrepair`;
    if (before.current === cursor.view) return;
    before.current = cursor.view;
    main.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [cursor.view]);
  return (
    <>
      <Head run={run} help={() => setHelp(true)} skip={() => main.current?.focus()} />
      <Tabs cursor={cursor} kept={kept} />
      <main ref={main} tabIndex={-1} class={`view ${cursor.view}`} aria-label={shown.title}>
        <p class="asks">{shown.asks}</p>
        <Boundary key={cursor.view}>
          <shown.view run={run} cursor={cursor} move={move} />
        </Boundary>
      </main>
      <Help open={help} onClose={() => setHelp(false)} views={VIEWS.map((v) => ({ title: SHOWN[v].title, keys: SHOWN[v].keys ?? [] }))} />
    </>
  );
}

function App() {
  const run = useLoaded(() => Run.open(blocksOfPage()), []);
  return (
    <Await of={run} what="Reading the run ...">
      {(value) => <Page run={value} />}
    </Await>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  startScheme();
  try {
    render(<App />, root);
  } catch (error) {
    root.textContent = `The page could not start: ${message(error)}`;
  }
}
