// SPDX-License-Identifier: MIT
// storage.ts - what the browser keeps for the next visit. It may refuse, in a private window for instance:
// then nothing is kept, and who asks is told.

export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// Whether it is kept; null forgets.
export function keep(key: string, text: string | null): boolean {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

// Calls back when another window of this page keeps something else under the key.
export function followKept(key: string, changed: (text: string | null) => void): () => void {
  const listen = (event: StorageEvent) => {
    if (event.key === key) changed(event.newValue);
  };
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}
