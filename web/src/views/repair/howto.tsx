// SPDX-License-Identifier: MIT
// howto.tsx - what to do where there is no second run.
import type { Run } from "../../data/run";
import { visible } from "../../ui/format";
import { Empty, Panel } from "../../ui/parts";

function Way({ says, command }: { says: string; command: string }) {
  return (
    <li>
      {says}
      <pre tabIndex={0}>{command}</pre>
    </li>
  );
}

// A parent is a run to compare with that is there already.
function Parent({ run }: { run: Run }) {
  const { parent } = run.manifest.run;
  if (parent === null) return null;
  return (
    <p>
      This run was made from <bdi class="name">{visible(parent)}</bdi>, which is the natural second run.
    </p>
  );
}

export function HowTo({ run }: { run: Run }) {
  const why = run.manifest.left_out["compare"];
  return (
    <>
      <Empty>{why === undefined ? "This page holds one run alone, so there is nothing to compare it with." : visible(why)}</Empty>
      <Panel title="How to see what a repair changes">
        <Parent run={run} />
        <ol class="ways">
          <Way
            says="Make a second run. A repair adds training samples for errors and retrains; it writes a run of its own and leaves this one as it is."
            command="rnnrepair repair RUN -o REPAIRED"
          />
          <Way says="Put both into one page. Any two runs on the same data can be compared, also two that were only trained in another way." command="rnnrepair report RUN --with REPAIRED -o report.html" />
          <Way says="Or look at both live." command="rnnrepair serve RUN REPAIRED" />
        </ol>
        <p class="quiet">This view then lists what is fixed, what is broken and what is still wrong, and shows each sequence before and after, step by step.</p>
      </Panel>
    </>
  );
}
