// SPDX-License-Identifier: MIT
// help.tsx - the dialog that lists all keys.
import { useEffect, useRef } from "preact/hooks";
import { PAGE_KEYS, TABLE_KEYS } from "./keys";
import type { KeyHelp } from "./keys";

export interface HelpPart {
  title: string;
  keys: readonly KeyHelp[];
}

function Keys({ title, keys }: HelpPart) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map((k) => (
          <div key={k.keys}>
            <dt>
              <kbd>{k.keys}</kbd>
            </dt>
            <dd>{k.does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Help({ open, onClose, views }: { open: boolean; onClose: () => void; views: readonly HelpPart[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
  }, [open]);
  const parts = [{ title: "Everywhere", keys: PAGE_KEYS }, { title: "Tables", keys: TABLE_KEYS }, ...views];
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose} onClick={(e) => e.target === dialog.current && dialog.current?.close()}>
      <div>
        <header>
          <h2 id="help-title">Keys</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {open && parts.filter((p) => p.keys.length > 0).map((p) => <Keys key={p.title} {...p} />)}
      </div>
    </dialog>
  );
}
