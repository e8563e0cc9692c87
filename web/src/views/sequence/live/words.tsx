// SPDX-License-Identifier: MIT
// words.tsx - a sentence to be changed: words exchanged, dropped and inserted, or typed anew.
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { short, visible } from "../../../ui/format";
import { stretch } from "../../../ui/glimpse";

const MOST_WORDS = 200;
const MOST_OFFERED = 12;

// Words of the vocabulary that begin so, the most frequent first.
export function completions(vocabulary: readonly string[], start: string, most = MOST_OFFERED): string[] {
  const out: string[] = [];
  const wanted = start.toLowerCase();
  if (wanted === "") return out;
  for (const word of vocabulary) {
    if (word.toLowerCase().startsWith(wanted) && !/^<.*>$/.test(word)) out.push(word);
    if (out.length === most) break;
  }
  return out;
}

// Each change makes a new list.
export const replaced = (words: readonly string[], at: number, by: string) => words.map((w, i) => (i === at ? by : w));
export const dropped = (words: readonly string[], at: number) => words.filter((_, i) => i !== at);
export const inserted = (words: readonly string[], at: number, word: string) => [...words.slice(0, at), word, ...words.slice(at)];

interface EditorProps {
  words: readonly string[];
  at: number; // from 0
  vocabulary: readonly string[];
  onChange: (words: string[], at: number) => void;
  onDone: () => void;
}

// Made anew for each place and word: what is being typed is never replaced. The word is selected before
// the next key can arrive, so the layout effect.
function Editor({ words, at, vocabulary, onChange, onDone }: EditorProps) {
  const [text, set] = useState(words[at] ?? "");
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const offered = useMemo(() => completions(vocabulary, text), [vocabulary, text]);
  const word = text.trim();
  const usable = word !== "" && !/\s/.test(word);
  const known = usable && (offered.includes(word) || offered.includes(word.toLowerCase()));
  const key = (event: KeyboardEvent) => {
    if (event.key === "Escape") onDone();
    else if (event.key === "Enter" && usable) {
      onChange(replaced(words, at, word), at);
      onDone();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="tools" role="group" aria-label={`Word ${at + 1}`}>
      <label>
        Word {at + 1} <input ref={field} list={id} value={text} size={18} maxLength={200} autocomplete="off" spellcheck={false} onInput={(e) => set(e.currentTarget.value)} onKeyDown={key} />
      </label>
      <datalist id={id}>
        {offered.map((w) => (
          <option key={w} value={w} />
        ))}
      </datalist>
      <button type="button" disabled={!usable || word === words[at]} onClick={() => onChange(replaced(words, at, word), at)}>
        Exchange
      </button>
      <button type="button" disabled={!usable} onClick={() => onChange(inserted(words, at, word), at)}>
        Insert before
      </button>
      <button type="button" disabled={!usable} onClick={() => onChange(inserted(words, at + 1, word), at + 1)}>
        Insert after
      </button>
      <button type="button" disabled={words.length < 2} onClick={() => onChange(dropped(words, at), Math.max(0, Math.min(at, words.length - 2)))}>
        Drop
      </button>
      {usable && !known && <span class="quiet">not in the vocabulary, or rare: the network may not know it</span>}
    </div>
  );
}

interface WordsProps {
  words: readonly string[];
  changed: (t: number) => boolean; // from 0
  vocabulary: readonly string[];
  onChange: (words: string[]) => void;
}

export function WordEditor({ words, changed, vocabulary, onChange }: WordsProps) {
  const [at, choose] = useState(0);
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const i = Math.min(at, words.length - 1);
  const [from, to] = stretch(words.length, i + 1, MOST_WORDS);
  const focus = () => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus());
  const change = (next: string[], next_at: number) => {
    choose(next_at);
    onChange(next);
  };
  const key = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: words.length - 1 }[event.key];
    if (to !== undefined) {
      choose(Math.max(0, Math.min(words.length - 1, to)));
      focus();
    } else if ((event.key === "Delete" || event.key === "Backspace") && words.length > 1) {
      change(dropped(words, i), Math.max(0, Math.min(i, words.length - 2)));
      focus();
    } else if (event.key === "Escape") setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div class="chips" role="group" aria-label="Words to change: left and right choose, Enter edits, Delete drops" ref={box} onKeyDown={key}>
        {from > 0 && <span class="quiet">…</span>}
        {words.slice(from, to).map((w, n) => (
          <button
            key={from + n}
            type="button"
            class={changed(from + n) ? "differs" : ""}
            tabIndex={from + n === i ? 0 : -1}
            aria-pressed={open && from + n === i}
            onClick={() => {
              choose(from + n);
              setOpen(true);
            }}
          >
            <bdi>{short(visible(w), 60)}</bdi>
          </button>
        ))}
        {to < words.length && <span class="quiet">…</span>}
      </div>
      {open && (
        <Editor
          key={`${i} ${words[i]}`}
          words={words}
          at={i}
          vocabulary={vocabulary}
          onChange={change}
          onDone={() => {
            setOpen(false);
            focus();
          }}
        />
      )}
    </>
  );
}

export function TextField({ onText }: { onText: (text: string) => void }) {
  const [text, set] = useState("");
  const send = () => text.trim() !== "" && onText(text.trim());
  return (
    <div class="tools">
      <label class="grow">
        Or another text{" "}
        <input value={text} maxLength={4000} onInput={(e) => set(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && send()} />
      </label>
      <button type="button" disabled={text.trim() === ""} onClick={send}>
        Trace it
      </button>
    </div>
  );
}
