// A terminal through WebSockets: the replay without a gap, what is typed, sizes, slow sockets and wrong messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { failure, ironbridge } from "./place.mjs";
import { serveBun, served, serveWs } from "./sockets.mjs";

const skip = process.platform === "win32";
const servers = [["ws", serveWs]];
if (process.versions.bun) servers.push(["Bun's own server", serveBun]);
const clients = [["ws", WebSocket]];
if (globalThis.WebSocket) clients.push(["the runtime's own", globalThis.WebSocket]);

for (const [serverName, serve] of servers) {
  for (const [clientName, Socket] of clients) {
    test(`both ways, by ${serverName} to a client of ${clientName}`, { skip }, () =>
      served(serve, 'stty -echo; echo ready; read line; echo "got $line"; stty size; read x; exit 3', async (pty, open) => {
        const client = open(Socket);
        const { type, id, cols, rows, offset } = await client.message("attached");
        assert.deepEqual({ type, id, cols, rows, offset }, { type, id: pty.id, cols: 80, rows: 24, offset: 0 });
        await client.until(() => client.bytes().includes("ready"));
        client.say({ type: "resize", cols: 101, rows: 31 });
        assert.equal((await client.message("updated")).cols, 101);
        client.type("hällo\n");
        await client.until(() => client.bytes().includes("31 101"));
        assert.equal(client.bytes().toString(), "ready\r\ngot hällo\r\n31 101\r\n");
        client.type("\n");
        assert.deepEqual(await client.message("exit"), { type: "exit", exitCode: 3, signal: null });
        assert.equal(await client.closed, 1000);
      }),
    );
  }

  test(`late joiners get the replay in parts of 64 KiB, no gap and no double (${serverName})`, { skip }, () =>
    served(serve, "i=0; while [ $i -lt 60000 ]; do echo $i; i=$((i+1)); done; read line; echo end", async (pty, open) => {
      const expected = Array.from({ length: 60_000 }, (_, line) => `${line}\r\n`).join("");
      // One from the start, the others while it prints.
      const all = [open()];
      for (const share of [0.1, 0.4, 0.8]) {
        await all[0].until(() => all[0].bytes().length > expected.length * share);
        all.push(open());
      }
      for (const client of all) await client.until(() => client.bytes().length >= expected.length);
      all.push(open());
      await all.at(-1).until(() => all.at(-1).messages.some(({ type }) => type === "live"));
      await pty.write("\n");
      for (const client of all) {
        assert.equal(await client.closed, 1000);
        assert.equal(client.bytes().toString(), `${expected}\r\nend\r\n`);
        assert.ok(client.parts.every((part) => part.length <= 65_536));
      }
      assert.ok(all.at(-1).parts[0].length === 65_536);
    }),
  );

  test(`all sockets type into one terminal, and one that reads only does not (${serverName})`, { skip }, () => {
    let count = 0;
    const second = () => ({ readOnly: count++ === 1 });
    return served(serve, "stty -echo; while read line; do echo \"<$line>\"; done", async (_pty, open) => {
      const first = open();
      await first.message("live");
      const reader = open();
      await reader.message("live");
      const other = open();
      await other.message("live");
      reader.type("refused\n");
      reader.say({ type: "resize", cols: 9, rows: 9 });
      first.type("one\n");
      await reader.until(() => reader.bytes().includes("<one>"));
      other.type("two\n");
      for (const client of [first, reader, other]) {
        await client.until(() => client.bytes().includes("<two>"));
        assert.ok(!client.bytes().includes("refused"));
        assert.ok(!client.messages.some(({ cols }) => cols === 9));
      }
    }, second);
  });

  test(`wrong messages are answered, and the terminal goes on (${serverName})`, { skip }, () =>
    served(serve, "stty -echo; read line; echo $line", async (_pty, open) => {
      const wrong = ["", "{", "null", "[]", '{"type":"none"}', '{"type":"resize","cols":0,"rows":1}', '{"type":"resize"}', `"${"x".repeat(5000)}"`];
      const client = open();
      await client.message("live");
      for (const message of wrong) client.socket.send(message);
      await client.until(() => client.messages.filter(({ type }) => type === "error").length === wrong.length);
      const codes = client.messages.filter(({ type }) => type === "error").map(({ code }) => code);
      assert.deepEqual(new Set(codes), new Set(["ERR_INVALID_INPUT", "ERR_INVALID_ARGUMENT"]));
      client.type("fine\n");
      await client.until(() => client.bytes().includes("fine"));
    }),
  );
}

test("a client that comes again goes on where it was", { skip }, () => {
  let from = 0;
  return served(serveWs, "echo one; read line; echo two; read line", async (pty, open) => {
    const first = open();
    await first.until(() => first.bytes().includes("one"));
    from = first.bytes().length;
    first.socket.close();
    await first.closed;
    await pty.write("\n");
    const again = open();
    await again.until(() => again.bytes().includes("two"));
    assert.equal((await again.message("attached")).offset, from);
    assert.ok(!again.bytes().includes("one"));
  }, () => ({ from }));
});

/** A socket that takes what it is given and sends nothing on. */
class Stuck {
  readyState = 1;
  bufferedAmount = 0;
  sent = [];
  closed = undefined;
  send(data) {
    this.sent.push(data);
    this.bufferedAmount += data.length;
  }
  close(code) {
    this.closed = code;
  }
  flush() {
    this.bufferedAmount = 0;
  }
}

test("a socket that takes nothing stops the program, and it goes on with the socket", { skip }, async () => {
  const pty = await ironbridge.Pty.open("sh", ["-c", "head -c 9000000 /dev/zero; echo; exit 5"]);
  const socket = new Stuck();
  const attachment = pty.attach(socket);
  let end = 0;
  for (let before = -1; end !== before || end === 0; end = (await pty.bufferInfo()).end) {
    before = end;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.ok(end < 9_000_000, `${end}`);
  assert.ok(socket.bufferedAmount <= 256 * 1024 + 64 * 1024 + 1000, `${socket.bufferedAmount}`);
  const flushing = setInterval(() => socket.flush(), 1);
  await attachment.closed;
  clearInterval(flushing);
  assert.equal(socket.closed, 1000);
  const bytes = socket.sent.filter((part) => typeof part !== "string");
  assert.equal(bytes.reduce((sum, part) => sum + part.length, 0), 9_000_002);
  assert.match(socket.sent.at(-1), /"exitCode":5/);
  await pty.close();
});

test("a socket that breaks is let go of, and its terminal goes on", { skip }, async () => {
  const pty = await ironbridge.Pty.open("cat");
  const attachments = [];
  for (let count = 0; count < 64; count++) attachments.push(pty.attach(new Stuck()));
  assert.equal((await failure(() => pty.attach(new Stuck()))).code, "ERR_TOO_MANY_SOCKETS");
  attachments[0].detach();
  await attachments[0].closed;
  const broken = Object.assign(new Stuck(), { readyState: 3 });
  await pty.attach(broken).closed;
  assert.equal(pty.status, "running");
  await pty.close();
  await Promise.all(attachments.map((attachment) => attachment.closed));
});
