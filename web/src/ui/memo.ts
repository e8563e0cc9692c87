// SPDX-License-Identifier: MIT
// memo.ts - a part that is drawn anew only for other properties. That of preact/compat is not taken: with it a field's
// onChange is called at every letter that is typed.
import { Component } from "preact";
import type { ComponentChild } from "preact";

function shallow<P extends object>(a: P, b: P): boolean {
  const keys = Object.keys(a) as (keyof P)[];
  return keys.length === Object.keys(b).length && keys.every((k) => Object.is(a[k], b[k]));
}

export function memo<P extends object>(part: (p: P) => ComponentChild, same: (a: P, b: P) => boolean = shallow) {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }

    override render(): ComponentChild {
      return part(this.props);
    }
  };
}
