// SPDX-License-Identifier: MIT
// address.ts - writes of the page's address. Browsers refuse more than about a hundred within ten seconds, which a
// held key soon makes: then only the last one is written, once nothing has changed for a moment.

const MOST = 50; // writes within SPAN
const SPAN = 10_000; // ms
const PAUSE = 250; // ms

export type How = "push" | "replace"; // a step in the history, or none

export class Address {
  private times: number[] = [];
  private waiting: { text: string; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(
    private readonly write: (how: How, text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  set(text: string, how: How): void {
    if (how === "push") this.flush();
    else this.forget();
    const since = this.now() - SPAN;
    this.times = this.times.filter((t) => t > since);
    if (how === "push" || this.times.length < MOST) this.put(how, text);
    else this.waiting = { text, timer: setTimeout(() => this.flush(), PAUSE) };
  }

  // Writes what waits.
  flush(): void {
    const text = this.waiting?.text;
    this.forget();
    if (text !== undefined) this.put("replace", text);
  }

  // What waits is not written any more.
  forget(): void {
    clearTimeout(this.waiting?.timer);
    this.waiting = null;
  }

  private put(how: How, text: string): void {
    this.times.push(this.now());
    this.write(how, text);
  }
}
