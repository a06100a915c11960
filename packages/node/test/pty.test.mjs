// Terminals: what goes in and out, that every byte arrives, and that nothing is left of them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { failure, inFolder, ironbridge } from "./place.mjs";

const { Pty } = ironbridge;
const home = fileURLToPath(new URL("..", import.meta.url));
const onUnix = { skip: process.platform === "win32" };

/** Opens a terminal for `work`, and closes it afterwards. */
async function withPty(command, args, options, work) {
  const pty = await Pty.open(command, args, options);
  try {
    return await work(pty);
  } finally {
    await pty.close();
  }
}

const inShell = (script, options, work) => withPty("sh", ["-c", script], options, work);

/** All a terminal prints, and how it ends. */
async function all(pty) {
  const chunks = [];
  pty.on("data", (bytes, offset) => {
    assert.equal(offset, Buffer.concat(chunks).length);
    chunks.push(Buffer.from(bytes));
  });
  const exit = await pty.exited;
  return { exit, bytes: Buffer.concat(chunks) };
}

/** Waits until what was printed has `text`. */
function printed(pty, text) {
  let heard = "";
  return new Promise((resolve) => {
    const hear = (bytes) => {
      heard += bytes.toString();
      if (!heard.includes(text)) return;
      pty.off("data", hear);
      resolve(heard);
    };
    pty.on("data", hear);
  });
}

test("programs get a terminal, a size, a folder and an environment", onUnix, () =>
  inFolder(async (options) => {
    const script = 'test -t 0 && stty size; pwd; echo "$TERM $A ${B-none} $HOME"';
    const env = { A: "1", B: null, HOME: "/h" };
    process.env.B = "2";
    const own = { ...options, env, cols: 100, rows: 30 };
    const { exit, bytes } = await inShell(script, own, all);
    assert.deepEqual(exit, { exitCode: 0, signal: null });
    const expected = `30 100\r\n${options.cwd}\r\nxterm-256color 1 none /h\r\n`;
    assert.equal(bytes.toString(), expected);
  }),
);

for (const [script, exit] of [
  ["exit 7", { exitCode: 7, signal: null }],
  ["kill -TERM $$", { exitCode: null, signal: "SIGTERM" }],
]) {
  test(`the end is told as it was: ${script}`, onUnix, () =>
    inShell(script, {}, async (pty) => {
      assert.deepEqual(await pty.exited, exit);
      assert.equal(pty.status, "exited");
      assert.deepEqual({ exitCode: pty.exitCode, signal: pty.signal }, exit);
    }),
  );
}

test("what cannot be opened is an error", onUnix, () =>
  inFolder(async (options, folder) => {
    const cases = [
      ["ERR_NO_PROGRAM", ["no-such-program-here"]],
      ["ERR_NO_FOLDER", ["sh", [], { ...options, folder: "none" }]],
      ["ERR_OUTSIDE", ["sh", [], { ...options, root: ".", folder: "/" }]],
      ["ERR_INVALID_ARGUMENT", ["sh", [], { cols: 0 }]],
      ["ERR_INVALID_ARGUMENT", ["sh", ["a\0b"], {}]],
      ["ERR_INVALID_INPUT", ["sh", "no list", {}]],
      ["ERR_CANCELLED", ["sh", [], { signal: AbortSignal.abort() }]],
    ];
    for (const [code, args] of cases) assert.equal((await failure(Pty.open(...args))).code, code);
    assert.equal(folder, options.cwd);
  }),
);

test("what is written is typed, in its order, also more than waits at once", onUnix, () =>
  inShell("stty -echo raw; echo ready; sleep 0.2; wc -c", {}, async (pty) => {
    await printed(pty, "ready");
    const size = 700_000;
    const taken = [1, 2, 3].map(() => pty.write("a".repeat(size)));
    await Promise.all(taken);
    await pty.kill("SIGTERM");
    assert.equal((await pty.exited).signal, "SIGTERM");
  }),
);

test("a program that reads gets every byte that was written", onUnix, () =>
  inShell("stty raw -echo; echo ready; head -c 3000000 | cksum", {}, async (pty) => {
    const sent = Buffer.alloc(3_000_000, "0123456789abcdef\n");
    await printed(pty, "ready");
    const answer = printed(pty, " 3000000");
    for (let at = 0; at < sent.length; at += 500_000) pty.write(sent.subarray(at, at + 500_000));
    const expected = spawnSync("cksum", { input: sent, encoding: "utf8" }).stdout.trim();
    assert.match(await answer, new RegExp(expected));
  }),
);

test("a write that waits can be aborted, and ends when the terminal does", onUnix, () =>
  inShell("stty raw -echo; echo ready; sleep 100", {}, async (pty) => {
    await printed(pty, "ready");
    const controller = new AbortController();
    const aborted = failure(
      pty.write(Buffer.alloc(3_000_000), { signal: controller.signal }),
    );
    const closed = failure(pty.write(Buffer.alloc(3_000_000)));
    setTimeout(() => controller.abort(), 20);
    assert.equal((await aborted).code, "ERR_CANCELLED");
    await pty.close();
    assert.equal((await closed).code, "ERR_CLOSED");
    assert.equal((await failure(pty.write("x"))).code, "ERR_CLOSED");
  }),
);

test("every byte arrives, also the tail of a program that has ended", onUnix, async () => {
  const size = 20_000_000;
  const script = `head -c ${size} /dev/zero | tr '\\0' a; printf tail`;
  const { bytes, exit } = await inShell(script, {}, all);
  assert.equal(exit.exitCode, 0);
  assert.equal(bytes.length, size + 4);
  assert.equal(bytes.subarray(-4).toString(), "tail");
  assert.ok(bytes.subarray(0, size).every((byte) => byte === 97));
});

test("a listener that comes late gets what is kept, then what comes", onUnix, () =>
  inShell("printf one; read line; printf two", {}, async (pty) => {
    while ((await pty.peek()).length < 3) await new Promise(setImmediate);
    const late = all(pty);
    await pty.write("\n");
    assert.equal((await late).bytes.toString(), "one\r\ntwo");
    const [again] = await Promise.all([
      new Promise((resolve) => resolve(pty.peek())),
      pty.exited,
    ]);
    assert.equal(again.toString(), "one\r\ntwo");
  }),
);

test("a listener that waits makes the program wait", onUnix, () =>
  inShell("yes", {}, async (pty) => {
    let go;
    let told = 0;
    const waiting = new Promise((resolve) => {
      go = resolve;
    });
    pty.on("data", (bytes) => {
      told += bytes.length;
      return waiting;
    });
    let before = -1;
    // Until nothing moves any more: at the window and what was kept when the first listener came.
    for (let end = 0; end !== before || end === 0; end = (await pty.bufferInfo()).end) {
      before = end;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const { limit, end } = await pty.bufferInfo();
    assert.ok(end <= limit + 2 * 1024 * 1024, `${end}`);
    const stopped = told;
    const goes = new Promise((resolve) => {
      pty.once("data", resolve);
    });
    go();
    await goes;
    assert.ok(told > stopped);
  }),
);

test("what is kept is read, looked at, drained, cleared and told in figures", onUnix, () =>
  inShell("head -c 100000 /dev/zero; read line; head -c 3000000 /dev/zero", {}, async (pty) => {
    while ((await pty.bufferInfo()).end < 100_000) await new Promise(setImmediate);
    const figures = { bytes: 100_000, limit: 2 ** 21, partBytes: 2 ** 16, parts: 2 };
    assert.deepEqual(await pty.bufferInfo(), { ...figures, start: 0, end: 100_000 });
    assert.equal((await pty.read(10)).length, 10);
    assert.equal((await pty.read()).length, 99_990);
    assert.equal((await pty.read()).length, 0);
    assert.equal((await pty.peek()).length, 100_000);
    assert.equal((await pty.drain()).length, 100_000);
    assert.equal((await pty.peek()).length, 0);
    await pty.write("\n");
    await pty.exited;
    assert.equal((await pty.bufferInfo()).bytes, 2 ** 21);
    await pty.clear();
    assert.equal((await pty.bufferInfo()).parts, 0);
  }),
);

test("characters are not cut", onUnix, async () => {
  const chunks = [];
  await inShell("i=0; while [ $i -lt 5000 ]; do printf '€€€'; i=$((i+1)); done", {}, (pty) => {
    pty.on("data", (bytes) => void chunks.push(bytes.toString()));
    return pty.exited;
  });
  assert.equal(chunks.join(""), "€".repeat(15_000));
});

test("size and title are changed and told", onUnix, () =>
  inShell('trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done', {}, async (pty) => {
    await printed(pty, "ready");
    const told = new Promise((resolve) => pty.once("updated", resolve));
    const seen = printed(pty, "40 120");
    await pty.resize(120, 40);
    await seen;
    assert.deepEqual([(await told).cols, pty.cols, pty.rows], [120, 120, 40]);
    await pty.setTitle("mine");
    assert.equal(pty.title, "mine");
    assert.equal((await failure(pty.resize(0, 1))).code, "ERR_INVALID_ARGUMENT");
    assert.equal((await failure(pty.resize(1.5, 1))).code, "ERR_INVALID_INPUT");
    assert.equal((await failure(pty.kill("SIGNONE"))).code, "ERR_INVALID_ARGUMENT");
  }),
);

test("terminals are listed, found, and their lives told", onUnix, async () => {
  const told = [];
  const tell = (event) => (value) => void told.push([event, value.id ?? value]);
  const listeners = ["created", "updated", "exited", "deleted"].map((name) => [name, tell(name)]);
  for (const [name, listener] of listeners) Pty.on(name, listener);
  const id = await withPty("cat", [], { title: "a cat" }, async (pty) => {
    const [row] = (await Pty.list()).filter((info) => info.id === pty.id);
    assert.equal(row.title, "a cat");
    assert.deepEqual([row.command, row.args, row.status], ["cat", [], "running"]);
    assert.equal(Pty.get(pty.id), pty);
    assert.deepEqual(pty.info, row);
    await pty.setTitle("b");
    await pty.write("\x04");
    await pty.exited;
    assert.equal((await Pty.list()).find((info) => info.id === pty.id).status, "exited");
    return pty.id;
  });
  for (const [name, listener] of listeners) Pty.off(name, listener);
  assert.equal(Pty.get(id), undefined);
  const own = told.filter(([, number]) => number === id).map(([event]) => event);
  assert.deepEqual(own, ["created", "updated", "exited", "deleted"]);
});

test("idle ones are closed on request", onUnix, async () => {
  const pty = await Pty.open("cat");
  assert.deepEqual(await Pty.cleanupIdle(1000), []);
  assert.equal((await failure(Pty.cleanupIdle(-1))).code, "ERR_INVALID_INPUT");
  const gone = new Promise((resolve) => pty.once("deleted", resolve));
  assert.deepEqual(await Pty.cleanupIdle(0), [pty.id]);
  await gone;
  assert.deepEqual(await pty.exited, { exitCode: null, signal: "SIGHUP" });
  assert.equal((await failure(pty.peek())).code, "ERR_CLOSED");
});

test("an abort closes the terminal", onUnix, async () => {
  const controller = new AbortController();
  const pty = await Pty.open("cat", [], { signal: controller.signal });
  const gone = new Promise((resolve) => pty.once("deleted", resolve));
  controller.abort();
  await gone;
  assert.equal(pty.status, "exited");
  await pty.close();
  const aborted = new AbortController();
  const opening = failure(Pty.open("cat", [], { signal: aborted.signal }));
  aborted.abort();
  assert.equal((await opening).code, "ERR_CANCELLED");
});

test("closing ends what the program has started, also one that does not want to", onUnix, async () => {
  const pty = await Pty.open("sh", ["-c", 'trap "" HUP TERM; setsid sleep 999 & echo $!; wait']);
  const pid = Number(await printed(pty, "\r\n"));
  await pty.close();
  assert.ok(gone(pty.pid));
  assert.ok(gone(pid));
});

/** Whether it runs no more; its row in the table may wait for a parent that does not look. */
function gone(pid) {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return status !== 0 || stdout.startsWith("Z");
}

test("not more are open at once than may be", onUnix, async () => {
  const open = await Promise.all(Array.from({ length: 64 }, () => Pty.open("cat")));
  assert.equal((await failure(Pty.open("cat"))).code, "ERR_TOO_MANY_TERMINALS");
  await Promise.all(open.map((pty) => pty.close()));
});

/** Runs `code` as a program of its own, in whatever runs this. */
function program(code) {
  const done = spawnSync(process.execPath, ["-e", code], {
    cwd: home,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

for (const [what, code, out] of [
  [
    "lives while the one in the terminal does",
    `Pty.open("sh", ["-c", "sleep 0.3; echo late"]).then((pty) =>
       pty.on("data", (bytes) => console.log(bytes.toString().trim())))`,
    "late\n",
  ],
  [
    "does not when it need not",
    `Pty.open("sleep", ["100"], { persistent: false }).then((pty) => console.log(pty.status))`,
    "running\n",
  ],
  [
    "may end at once",
    `Pty.open("sleep", ["100"]).then((pty) => { console.log(pty.status); process.exit(0); })`,
    "running\n",
  ],
]) {
  test(`a program ${what}`, onUnix, () => {
    const done = program(`const { Pty } = require("ironbridge"); ${code}`);
    assert.deepEqual(done, { code: 0, out, err: "" });
  });
}

test("nothing leaks over 2,000 rounds", { ...onUnix, timeout: 300_000 }, async () => {
  const round = async () => {
    const pty = await Pty.open("true");
    pty.on("data", () => {});
    await pty.exited;
    await pty.close();
  };
  const collect = collector();
  const figures = () => {
    collect();
    const descriptors = readdirSync("/proc/self/fd").length;
    const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))[1]);
    return { descriptors, memory };
  };
  // Twenty at a time: alone each would mostly wait.
  const rounds = async (count) => {
    for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, round));
  };
  // The heap of the runtime itself grows for some thousands of rounds, then no more; a leak has no end. In KiB: a terminal
  // that were kept each time would be at least 4, so 8,000 over any 2,000 rounds.
  const seen = [];
  const settled = () => seen.length > 4 && seen.at(-1).memory - seen.at(-5).memory <= 4_000;
  while (!settled() && seen.length < 25) {
    await rounds(500);
    seen.push(figures());
  }
  const told = JSON.stringify(seen);
  assert.ok(settled(), told);
  assert.ok(seen.at(-1).descriptors <= seen[0].descriptors + 2, told);
  assert.deepEqual(await Pty.list(), []);
});

/** What collects all garbage at once, in Node and in Bun. */
function collector() {
  if (process.versions.bun) return () => globalThis.Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}
