// SPDX-License-Identifier: MIT
// files.tsx - decisions as a file: saved for `rnnrepair audit --apply`, opened to go on.
import { useRef, useState } from "preact/hooks";
import type { Audit } from "../../data/audit";
import { message } from "../../data/use";
import { readDecisions, writeDecisions } from "../../engine/decisions";
import { plural, visible } from "../../ui/format";
import type { Deciding } from "./use";

const FILE = "decisions.csv";
const MOST_BYTES = 64 * 1024 * 1024;

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = FILE;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

export function Files({ audit, deciding }: { audit: Audit; deciding: Deciding }) {
  const [said, say] = useState<{ text: string; bad: boolean } | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const { now } = deciding.history;
  const guarded = (failed: string, work: () => string) => {
    try {
      say({ text: work(), bad: false });
    } catch (error) {
      say({ text: `${failed}: ${message(error)}`, bad: true });
    }
  };
  const open = async (field: HTMLInputElement) => {
    const chosen = field.files?.[0];
    if (chosen === undefined) return;
    const text = chosen.size > MOST_BYTES ? new Error(`${chosen.name} is too large for a file of decisions`) : await chosen.text().catch((error: unknown) => error);
    field.value = "";
    guarded("Nothing was taken", () => {
      if (typeof text !== "string") throw text;
      const list = readDecisions(text, audit.about);
      deciding.take(list);
      return `${plural(list.length, "decision")} taken from ${chosen.name}; undo takes them back.`;
    });
  };
  return (
    <>
      <button
        type="button"
        disabled={now.size === 0}
        title="As the CSV file that rnnrepair audit --apply takes"
        onClick={() =>
          guarded("Nothing was saved", () => {
            save(writeDecisions(now.values(), audit.about));
            return `${plural(now.size, "decision")} saved as ${FILE}.`;
          })
        }
      >
        Save as CSV
      </button>
      <button type="button" onClick={() => file.current?.click()}>
        Open a file ...
      </button>
      <input ref={file} type="file" class="hidden" tabIndex={-1} aria-hidden="true" accept=".csv,.tsv,.jsonl,text/csv" onChange={(e) => void open(e.currentTarget)} />
      {said !== null && (
        <p class={`said${said.bad ? " bad" : ""}`} role={said.bad ? "alert" : "status"}>
          {visible(said.text)}
        </p>
      )}
    </>
  );
}
