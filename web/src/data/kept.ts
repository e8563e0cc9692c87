// SPDX-License-Identifier: MIT
// kept.ts - what is read or counted once and used by several views: the same object each time.
import type { SplitName } from "./format";
import type { Run } from "./run";

// What `make` gives of an object, made at the first call. What failed may be tried again.
export function keptBy<K extends object, T>(make: (of: K) => Promise<T>): (of: K) => Promise<T> {
  const kept = new WeakMap<K, Promise<T>>();
  return (of) => {
    let found = kept.get(of);
    if (found === undefined) {
      found = make(of);
      kept.set(of, found);
      found.catch(() => kept.delete(of));
    }
    return found;
  };
}

export function keptBySplit<T>(make: (run: Run, split: SplitName) => Promise<T>): (run: Run, split: SplitName) => Promise<T> {
  const splits = new Map<SplitName, (run: Run) => Promise<T>>();
  return (run, split) => {
    let of = splits.get(split);
    if (of === undefined) splits.set(split, (of = keptBy((r: Run) => make(r, split))));
    return of(run);
  };
}
