// SPDX-License-Identifier: MIT
// scheme.ts - dark or light: as the system has it, or as chosen here and kept by the browser.
import { useEffect, useState } from "preact/hooks";
import { keep, readKept } from "../state/storage";

type Choice = "system" | "light" | "dark";

const KEY = "rnnrepair.scheme";
const CHOICES: readonly Choice[] = ["system", "light", "dark"];
const CHANGED = "rnnrepair-scheme";

// A browser may refuse to keep anything for a file; the choice then lasts as long as the page.
let chosen: Choice = "system";

function apply(choice: Choice): void {
  chosen = choice;
  document.documentElement.style.colorScheme = choice === "system" ? "" : choice;
  dispatchEvent(new Event(CHANGED));
}

// Before the first paint.
export function startScheme(): void {
  apply(CHOICES.find((c) => c === readKept(KEY)) ?? "system");
}

export function useChoice(): [Choice, () => void] {
  const [choice, set] = useState(chosen);
  const next = () => {
    const to = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    keep(KEY, to);
    apply(to);
    set(to);
  };
  return [choice, next];
}

// A number that grows whenever the colours of the page change: what is drawn on a canvas depends on it.
export function useColours(): number {
  const [changes, set] = useState(0);
  useEffect(() => {
    const more = () => set((n) => n + 1);
    const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"].map((q) => matchMedia(q));
    addEventListener(CHANGED, more);
    media.forEach((m) => m.addEventListener("change", more));
    return () => {
      removeEventListener(CHANGED, more);
      media.forEach((m) => m.removeEventListener("change", more));
    };
  }, []);
  return changes;
}

// The colour of a name of style.css as it is now, for a canvas: "--text".
export function colourOf(element: Element, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
