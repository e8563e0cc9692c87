// SPDX-License-Identifier: MIT
// boundary.tsx - a view that fails shows so, and the others go on.
import { Component } from "preact";
import type { ComponentChildren } from "preact";
import { message } from "../data/use";
import { Failed } from "./parts";

interface Props {
  children: ComponentChildren;
}

export class Boundary extends Component<Props, { failed: string | null }> {
  override state = { failed: null };

  static override getDerivedStateFromError(error: unknown) {
    return { failed: message(error) };
  }

  override render() {
    if (this.state.failed === null) return this.props.children;
    return (
      <>
        <Failed message={this.state.failed} />
        <p>
          <button type="button" onClick={() => this.setState({ failed: null })}>
            Try again
          </button>
        </p>
      </>
    );
  }
}
