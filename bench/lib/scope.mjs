import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What a subject started and must end: undone in reverse order, also when the subject fails or is interrupted.
 * What is started while the scope is closing is ended as well.
 */
export class Scope {
  #undos = [];
  #closing = false;

  defer(undo) {
    this.#undos.push(undo);
    if (this.#closing) void this.close();
  }

  async close() {
    this.#closing = true;
    while (this.#undos.length > 0) await this.#undoLast();
  }

  /** One thing that can't be ended must not keep the others alive. */
  async #undoLast() {
    const undo = this.#undos.pop();
    try {
      await undo();
    } catch (error) {
      console.error(`bench: while cleaning up: ${error.message}`);
    }
  }
}

export function temporaryDirectory(scope) {
  const directory = mkdtempSync(join(tmpdir(), "sharq-bench-"));
  scope.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
