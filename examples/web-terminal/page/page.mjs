// xterm.js on one end, the socket on the other. docs/reference/terminal-socket.md has what goes through it.
import { FitAddon } from "/addon-fit.mjs";
import { Terminal } from "/xterm.mjs";

const RETRY_MS = 500;
const token = location.hash.slice(1);
const state = document.getElementById("state");
const terminal = new Terminal({ cursorBlink: true });
const fit = new FitAddon();
const encoder = new TextEncoder();
terminal.loadAddon(fit);
terminal.open(document.getElementById("terminal"));
terminal.focus();

/** How many bytes have come: a new connection goes on from here. */
let offset = 0;
let socket;

function connect() {
  const query = new URLSearchParams({ token, from: offset });
  socket = new WebSocket(`ws://${location.host}/terminal?${query}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return told(JSON.parse(data));
    offset += data.byteLength;
    terminal.write(new Uint8Array(data));
  };
  socket.onclose = ({ code }) => {
    if (code === 1000) return;
    state.textContent = "connecting again …";
    setTimeout(connect, RETRY_MS);
  };
}

function told(message) {
  if (message.type === "attached") {
    state.textContent = "";
    // Output that was printed long ago is gone: what comes begins later.
    offset = message.offset;
    fit.fit();
    tellSize();
  }
  if (message.type === "exit") {
    state.textContent = `ended with ${message.exitCode ?? message.signal}; reload for a new one`;
  }
  if (message.type === "error") state.textContent = message.message;
}

function send(data) {
  if (socket.readyState === WebSocket.OPEN) socket.send(data);
}

function tellSize() {
  send(JSON.stringify({ type: "resize", cols: terminal.cols, rows: terminal.rows }));
}

terminal.onData((text) => send(encoder.encode(text)));
terminal.onBinary((text) => send(Uint8Array.from(text, (unit) => unit.charCodeAt(0))));
terminal.onResize(tellSize);
addEventListener("resize", () => fit.fit());
connect();
