// SPDX-License-Identifier: MIT
// choices.tsx - fields to choose a class, a split, a number or a range of numbers.
import type { SplitName } from "../data/format";
import type { Run } from "../data/run";
import { useEffect, useRef, useState } from "preact/hooks";
import { memo } from "./memo";
import { short, visible } from "./format";

const MOST_OPTIONS = 2000; // more classes are chosen by number

interface ClassProps {
  run: Run;
  label: string;
  value: number | null;
  none: string; // what no choice is called
  onChange: (value: number | null) => void;
}

// Many classes make long lists: they are made once.
const ClassOptions = memo(function ClassOptions({ classes }: { classes: readonly string[] }) {
  return (
    <>
      {classes.map((name, c) => (
        <option key={c} value={String(c)}>
          {short(visible(name), 60)}
        </option>
      ))}
    </>
  );
});

export function ClassChoice({ run, label, value, none, onChange }: ClassProps) {
  const classes = run.manifest.classes;
  if (classes.length > MOST_OPTIONS) return <NumberField label={`${label} (number of the class)`} value={value} least={0} most={classes.length - 1} onChange={onChange} />;
  return (
    <label>
      {label}{" "}
      <select class="of-class" value={value === null ? "" : String(value)} onChange={(e) => onChange(e.currentTarget.value === "" ? null : Number(e.currentTarget.value))}>
        <option value="">{none}</option>
        <ClassOptions classes={classes} />
      </select>
    </label>
  );
}

interface SplitProps {
  label?: string;
  splits: readonly SplitName[];
  value: SplitName;
  onChange: (split: SplitName) => void;
}

export function SplitChoice({ label = "Split", splits, value, onChange }: SplitProps) {
  if (splits.length === 1)
    return (
      <span>
        {label} {value}
      </span>
    );
  return (
    <label>
      {label}{" "}
      <select value={value} onChange={(e) => onChange(splits[e.currentTarget.selectedIndex])}>
        {splits.map((s) => (
          <option key={s} value={s}>
            {s}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NumberProps {
  label: string;
  value: number | null;
  least: number;
  most: number;
  step?: number; // 1
  onChange: (value: number | null) => void;
}

// An empty field is no choice. A number out of range is none, either, and the field says so.
export function NumberField({ label, value, least, most, step = 1, onChange }: NumberProps) {
  return (
    <label>
      {label}{" "}
      <input
        type="number"
        class="of-number"
        min={least}
        max={most}
        step={step}
        value={value === null || !Number.isFinite(value) ? "" : String(value)}
        onChange={(e) => {
          const field = e.currentTarget;
          if (field.value === "") onChange(null);
          else if (field.reportValidity()) onChange(Number(field.value));
        }}
      />
    </label>
  );
}

const WAIT_MS = 150;

// A text that takes effect when typing pauses.
export function TextField({ label, value, hint, onChange }: { label: string; value: string; hint?: string; onChange: (value: string) => void }) {
  const [typed, type] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // The value was changed elsewhere.
    if (value !== sent.current) type(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = (text: string) => {
    sent.current = text;
    onChange(text);
  };
  return (
    <label>
      {label}{" "}
      <input
        type="search"
        class="of-text"
        value={typed}
        title={hint}
        spellcheck={false}
        autocomplete="off"
        onInput={(e) => {
          const text = e.currentTarget.value;
          type(text);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => send(text), WAIT_MS);
        }}
      />
    </label>
  );
}
