// SPDX-License-Identifier: MIT
// keys.ts - keys of the page: what the help lists, and what they do.
import { useEffect, useRef } from "preact/hooks";

export interface KeyHelp {
  keys: string; // "Left, Right"
  does: string;
}

export const PAGE_KEYS: readonly KeyHelp[] = [
  { keys: "1 \u2026 7", does: "choose a view" },
  { keys: "?", does: "this list" },
  { keys: "Tab, Shift+Tab", does: "to the next or the previous part" },
  { keys: "Escape", does: "close what is open" },
];

export const TABLE_KEYS: readonly KeyHelp[] = [
  { keys: "Up, Down, Page Up, Page Down, Home, End", does: "choose a row" },
  { keys: "Enter", does: "open the chosen row" },
];

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
}

// "e", "E", "[", "Ctrl+z". Some keyboards have brackets on AltGr, which some systems tell as Ctrl+Alt.
function nameOf(event: KeyboardEvent): string {
  if (event.getModifierState("AltGraph")) return event.key;
  if (event.altKey) return "";
  return event.ctrlKey || event.metaKey ? `Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}` : event.key;
}

// What keys do while a part of the page is shown, but not while something is typed, nor in a dialog.
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const name = nameOf(event);
      if (event.defaultPrevented || isTyping(event) || !Object.hasOwn(latest.current, name)) return;
      latest.current[name]();
      event.preventDefault();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
}
