// SPDX-License-Identifier: MIT
// keys.ts - keys of the page: what the help lists, and when a key is one.

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

// Is the event a key of the page? Not while something is typed, nor with a modifier that the browser
// or the system takes, nor in a dialog.
export function isPageKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return false;
  return !(event.target instanceof HTMLElement && event.target.closest("input, textarea, select, dialog, [contenteditable]") !== null);
}
