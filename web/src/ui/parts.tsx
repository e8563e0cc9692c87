// SPDX-License-Identifier: MIT
// parts.tsx - small parts that all views use: the three states of data, panels, names of classes.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Loaded } from "../data/use";
import type { Run } from "../data/run";
import { classColour } from "./colour";
import { NONE, short, visible } from "./format";

export function Loading({ what = "Reading the data ..." }: { what?: string }) {
  return (
    <p class="note loading" role="status">
      {what}
    </p>
  );
}

export function Failed({ message }: { message: string }) {
  return (
    <p class="note failed" role="alert">
      This could not be shown: {message}
    </p>
  );
}

// A view, or a part of one, that has nothing to show, and why.
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="note empty">{children}</p>;
}

export function Await<T>({ of, what, children }: { of: Loaded<T>; what?: string; children: (value: T) => ComponentChildren }) {
  if (of.state === "loading") return <Loading {...(what === undefined ? {} : { what })} />;
  if (of.state === "failed") return <Failed message={of.message} />;
  return <>{children(of.value)}</>;
}

export function Panel({ title, aside, children, class: cls = "" }: { title: string; aside?: ComponentChildren; children: ComponentChildren; class?: string }) {
  const id = useId();
  return (
    <section class={`panel ${cls}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

// The name of a class with its colour; null = none.
export function ClassName({ run, label }: { run: Run; label: number | null }) {
  if (label === null) return <span class="class none">{NONE}</span>;
  return (
    <span class="class" title={short(visible(run.className(label)), 300)}>
      <i class="swatch" style={{ background: classColour(label) }} aria-hidden="true" />
      <bdi>{visible(run.className(label))}</bdi>
    </span>
  );
}

// A share 0..1 as a bar; its text stands beside it.
export function Bar({ of, colour }: { of: number; colour?: string }) {
  return (
    <span class="bar" aria-hidden="true">
      <i style={{ width: `${of > 0 ? Math.min(1, of) * 100 : 0}%`, ...(colour === undefined ? {} : { background: colour }) }} />
    </span>
  );
}
