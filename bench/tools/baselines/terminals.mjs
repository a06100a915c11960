// node-pty as its readme has it.
import nodePty from "node-pty";

/** Runs a command; how many bytes came before its end was told. */
export function printInNode(command) {
  return new Promise((resolve) => {
    let bytes = 0;
    const terminal = nodePty.spawn("/bin/sh", ["-c", command], {
      cols: 80,
      rows: 24,
      encoding: null,
    });
    terminal.onData((part) => {
      bytes += part.length;
    });
    terminal.onExit(() => setImmediate(() => resolve(bytes)));
  });
}

export function openInNode(program) {
  const terminal = nodePty.spawn(program, [], { cols: 80, rows: 24 });
  const exited = new Promise((resolve) => terminal.onExit(resolve));
  return {
    onData: (listener) => terminal.onData(listener),
    write: (text) => terminal.write(text),
    kill: () => terminal.kill(),
    end: () => {
      terminal.kill();
      return exited;
    },
  };
}
