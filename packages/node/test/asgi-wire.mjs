// A WebSocket client that says any bytes, right or wrong, and tells all that comes back.
import { createHash } from "node:crypto";
import { connect } from "node:net";

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

const OPCODES = { more: 0, text: 1, bytes: 2, close: 8, ping: 9, pong: 10 };

/** One frame as a client sends it. `flags` replaces the first byte's upper half: FIN and the reserved bits. */
export function frame(kind, payload = "", { fin = true, flags, mask = true, opcode } = {}) {
  const body = Buffer.from(payload);
  const first = (flags ?? (fin ? 0x80 : 0)) | (opcode ?? OPCODES[kind]);
  const { length } = body;
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const short = length < 126 ? length : extended.length === 2 ? 126 : 127;
  const head = Buffer.concat([Buffer.from([first, short | (mask ? 0x80 : 0)]), extended]);
  if (!mask) return Buffer.concat([head, body]);
  const key = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, key, body.map((byte, at) => byte ^ key[at % 4])]);
}

/** A frame that closes with a code and a reason; without a code an empty one. */
export function closing(code, reason = "") {
  if (code === undefined) return frame("close");
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return frame("close", payload);
}

/** The frames in bytes of a server, as [kind, payload]; what is left as ["rest", bytes]. */
export function frames(bytes) {
  const found = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = bytes[at + 1] & 0x7f;
    let start = at + 2;
    let length = short;
    if (short === 126) [length, start] = [bytes.readUInt16BE(start), start + 2];
    else if (short === 127) [length, start] = [Number(bytes.readBigUInt64BE(start)), start + 8];
    if (start + length > bytes.length || Number.isNaN(start)) break;
    const payload = bytes.subarray(start, start + length);
    found.push(meaning(bytes[at], payload));
    at = start + length;
  }
  if (at < bytes.length) found.push(["rest", bytes.subarray(at).toString("latin1")]);
  return found;
}

function meaning(first, payload) {
  const kind = Object.keys(OPCODES).find((name) => OPCODES[name] === (first & 0x0f)) ?? first & 0x0f;
  const marks = (first & 0xf0) === 0x80 ? [] : [first & 0xf0];
  const encoding = kind === "text" && marks.length === 0 ? "utf8" : "latin1";
  if (kind !== "close") return [kind, payload.toString(encoding), ...marks];
  if (payload.length === 0) return ["close", ...marks];
  return ["close", payload.readUInt16BE(0), payload.toString("utf8", 2), ...marks];
}

export function opening(path, { headers = [], key = KEY, version = "13", upgrade = "websocket", method = "GET" } = {}) {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: example", "Connection: Upgrade"];
  if (upgrade) lines.push(`Upgrade: ${upgrade}`);
  if (key) lines.push(`Sec-WebSocket-Key: ${key}`);
  if (version) lines.push(`Sec-WebSocket-Version: ${version}`);
  return Buffer.from(`${[...lines, ...headers].join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * Opens a WebSocket, sends the steps (buffers; "end" closes our side, "reset" the connection, a number waits for so many
 * frames) once the head of the reply is there, and gives the head and the frames that came until the server ended.
 */
export function talk(port, path, steps = [], more = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(opening(path, more)));
    let bytes = Buffer.alloc(0);
    let begun = false;
    let look = () => {};
    let closed = steps.some((step) => Buffer.isBuffer(step) && (step[0] & 0x0f) === OPCODES.close);
    /** A close is answered, as any client does. */
    const answer = () => {
      if (closed || !begun || steps.includes("end")) return;
      const [code] = frames(bytes.subarray(bytes.indexOf("\r\n\r\n") + 4)).filter(([kind]) => kind === "close");
      if (code === undefined) return;
      closed = true;
      socket.write(closing(code[1]));
    };
    /** Fulfilled when so many frames have come. */
    const heard = (count) =>
      new Promise((there) => {
        look = () => {
          if (frames(bytes.subarray(bytes.indexOf("\r\n\r\n") + 4)).length >= count) there();
        };
        look();
      });
    const watchdog = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server did not end ${path}: ${bytes.toString("latin1").slice(0, 2000)}`));
    }, 60_000);
    const done = () => {
      clearTimeout(watchdog);
      socket.destroy();
      const end = bytes.indexOf("\r\n\r\n");
      const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
      const headers = lines.map((line) => line.split(/: ?/, 2)).map(([name, value]) => [name.toLowerCase(), value]);
      const rest = bytes.subarray(end + 4);
      const status = Number(first.split(" ")[1]);
      resolve({ status, headers, frames: status === 101 ? frames(rest) : [], body: status === 101 ? "" : rest.toString() });
    };
    const go = async () => {
      for (const step of steps) {
        if (step === "end") socket.end();
        else if (step === "reset") socket.resetAndDestroy?.() ?? socket.destroy();
        else if (typeof step === "number") await heard(step);
        else socket.write(step);
      }
    };
    socket.on("data", (part) => {
      bytes = Buffer.concat([bytes, part]);
      look();
      answer();
      if (begun || !bytes.includes("\r\n\r\n")) return;
      begun = true;
      go().then(answer, reject);
    });
    socket.on("end", done);
    socket.on("close", done);
    socket.on("error", () => {});
  });
}
