// SPDX-License-Identifier: MIT
// main.tsx - the frame of the page: head, tabs, the view of the cursor.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { blocksOfPage } from "./data/load";
import { Run } from "./data/run";
import { message, useLoaded } from "./data/use";
import { VIEWS, href, useCursor } from "./state/cursor";
import type { ViewName } from "./state/cursor";
import { count, percent, visible } from "./ui/format";
import { Await } from "./ui/parts";
import { ErrorsView } from "./views/errors";
import { LabelsView } from "./views/labels";
import { RepairView } from "./views/repair";
import { SequenceView } from "./views/sequence";
import { StatesView } from "./views/states";
import { TriggersView } from "./views/triggers";
import { TrustView } from "./views/trust";
import type { ViewProps } from "./views/view";

const SHOWN: Record<ViewName, { title: string; asks: string; view: (p: ViewProps) => preact.JSX.Element }> = {
  errors: { title: "Errors", asks: "What does it get wrong?", view: ErrorsView },
  sequence: { title: "Sequence", asks: "Why, and which training data are behind it?", view: SequenceView },
  states: { title: "States", asks: "What do the abstract states stand for?", view: StatesView },
  labels: { title: "Labels", asks: "Which labels are likely wrong?", view: LabelsView },
  repair: { title: "Repair", asks: "What has changed between two runs?", view: RepairView },
  triggers: { title: "Triggers", asks: "Does anything in the training data act as a trigger?", view: TriggersView },
  trust: { title: "Trust", asks: "How far may this be believed?", view: TrustView },
};

function Head({ run }: { run: Run }) {
  const m = run.manifest;
  const main = m.splits[run.mainSplit];
  return (
    <header class="top">
      <h1>
        <bdi>{visible(m.run.name)}</bdi>
      </h1>
      <p>
        {m.run.cell === null ? "states of a network trained elsewhere" : m.run.cell.toUpperCase()}, {count(m.run.hidden)} wide
        {m.influence !== null && <>; {count(m.influence.states)} abstract states</>}
        {main?.accuracy != null && (
          <>
            ; {percent(main.accuracy)} of {run.mainSplit} right
          </>
        )}
      </p>
    </header>
  );
}

// Keys of the whole page: 1..7 choose a view, unless something is being typed.
function useViewKeys(go: (view: ViewName) => void) {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]") !== null;
      const at = Number(event.key) - 1;
      if (typing || event.altKey || event.ctrlKey || event.metaKey || !(at in VIEWS)) return;
      go(VIEWS[at]);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
}

function Page({ run }: { run: Run }) {
  const [cursor, move] = useCursor();
  const shown = SHOWN[cursor.view];
  const main = useRef<HTMLElement>(null);
  const [before, setBefore] = useState(cursor.view);
  useViewKeys((view) => move({ view, more: {} }));
  useEffect(() => {
    document.title = `${shown.title} \u2013 ${visible(run.manifest.run.name)} \u2013 rnnrepair`;
    if (before !== cursor.view) {
      main.current?.focus({ preventScroll: true });
      setBefore(cursor.view);
    }
  }, [cursor.view]);
  return (
    <>
      <a class="skip" href={href(cursor, {})} onClick={(e) => (e.preventDefault(), main.current?.focus())}>
        Skip to the view
      </a>
      <Head run={run} />
      <nav aria-label="Views">
        {VIEWS.map((v, i) => (
          <a key={v} href={href(cursor, { view: v, more: {} })} aria-current={v === cursor.view ? "page" : undefined} title={`${SHOWN[v].asks} (key ${i + 1})`}>
            {SHOWN[v].title}
          </a>
        ))}
      </nav>
      <main ref={main} tabIndex={-1} class={`view ${cursor.view}`} aria-label={shown.title}>
        <p class="asks">{shown.asks}</p>
        <shown.view key={cursor.view} run={run} cursor={cursor} move={move} />
      </main>
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
  try {
    render(<App />, root);
  } catch (error) {
    root.textContent = `The page could not start: ${message(error)}`;
  }
}
