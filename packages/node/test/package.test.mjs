// The package as others get it: packed, installed in an empty folder, imported in every way there is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "./place.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const script = (name) => join(home, "scripts", name);
const bin = (name) => join(home, "node_modules/.bin", name);
const node = process.versions.bun ? "node" : process.execPath;
const FLAGS = ["--offline", "--no-audit", "--no-fund", "--silent", "--install-links=false"];
const LIMIT_MS = 300_000;
const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0;

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "ironbridge-pack-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** `npm pack` of a package's folder; the file. */
function pack(source, name) {
  const target = join(folder, name);
  mkdirSync(target);
  run("npm", ["pack", "--silent", "--pack-destination", target], source);
  return join(target, readdirSync(target)[0]);
}

/** An empty folder with these packages installed in it. */
function install(name, packages) {
  const app = join(folder, name);
  mkdirSync(app);
  // A folder with a manifest of its own: npm would look for one above otherwise.
  writeFileSync(join(app, "package.json"), "{}");
  run("npm", ["install", ...FLAGS, "--prefix", app, ...packages], app);
  return app;
}

/** All ways to load it, in Node and in Bun. */
function use(app) {
  const names = "countTokens, FileIndex, Pty";
  const call = `console.log(countTokens("Hello, world!"), typeof FileIndex, typeof Pty.open);`;
  writeFileSync(join(app, "a.cjs"), `const { ${names} } = require("ironbridge");\n${call}`);
  writeFileSync(join(app, "b.mjs"), `import { ${names} } from "ironbridge";\n${call}`);
  for (const file of ["a.cjs", "b.mjs"]) {
    for (const runtime of [node, bin("bun")]) {
      assert.equal(run(runtime, [file], app), "4 function function\n", `${runtime} ${file}`);
    }
  }
  python(app);
}

/** The library that runs Python is found beside the native file; without a Python it says so. */
function python(app) {
  const application = `async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"Hello"})
`;
  const call = `import { AsgiApp } from "ironbridge/asgi";
try {
  const app = await AsgiApp.load("hello:app", { lifespan: "off" });
  console.log((await app.request({ path: "/" })).body.toString());
  await app.close();
} catch (error) {
  console.log(error.code);
}`;
  writeFileSync(join(app, "hello.py"), application);
  writeFileSync(join(app, "c.mjs"), call);
  const none = `VIRTUAL_ENV=${join(app, "no-python")}`;
  for (const runtime of [node, bin("bun")]) {
    assert.equal(run("env", [none, runtime, "c.mjs"], app), "ERR_LOAD\n", runtime);
    if (hasPython) assert.equal(run(runtime, ["c.mjs"], app), "Hello\n", runtime);
  }
}

test("what is published works in an empty folder, with the package of this platform", { timeout: LIMIT_MS }, () => {
  const main = join(folder, "main");
  const platform = join(folder, "platform");
  run(node, [script("main-package.mjs"), main], home);
  run(node, [script("platform-package.mjs"), platform], home);
  const { optionalDependencies, private: held } = JSON.parse(readFileSync(join(main, "package.json"), "utf8"));
  assert.equal(Object.keys(optionalDependencies).length, 7);
  assert.equal(held, undefined);
  const tarball = pack(main, "main-tarball");
  const listed = run("tar", ["-tf", tarball], folder).split("\n");
  assert.ok(!listed.some((name) => name.includes("/native/")));
  assert.ok(["README.md", "LICENSE-MIT", "dist/index.d.ts", "types/tools.d.ts"].every((name) => listed.includes(`package/${name}`)));
  // As a folder: its file is 80 MB unoptimised, which the next test packs.
  const app = install("published", [tarball, platform]);
  use(app);
  // What it exports is what its types say, under every way to resolve it.
  run(node, [bin("publint"), "run", tarball, "--strict"], home);
  // Node 20 reads `exports`; what came before it does not.
  run(node, [bin("attw"), tarball, "--no-emoji", "--profile", "node16"], home);
  if (process.platform !== "win32") program(app);
});

/** `npx ironbridge` hands everything on to the program and its end back. */
function program(app) {
  const command = join(app, "node_modules/.bin/ironbridge");
  const env = { ...process.env, IRONBRIDGE_BIN: "" };
  const none = spawnSync(command, [], { env, encoding: "utf8" });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /^error: there is no program ironbridge for [^\n]+\nhint: install @ironbridge\//);
  const stand = join(app, "stand-in");
  writeFileSync(stand, '#!/bin/sh\nread line\necho "$1 $line"\n[ "$1" = term ] && kill -TERM $$\nexit 7\n');
  chmodSync(stand, 0o755);
  for (const [word, status] of [["a b", 7], ["term", 143]]) {
    const done = spawnSync(command, [word], {
      env: { ...env, IRONBRIDGE_BIN: stand },
      input: "typed\n",
      encoding: "utf8",
    });
    assert.deepEqual([done.status, done.stdout, done.stderr], [status, `${word} typed\n`, ""]);
  }
  const wrong = spawnSync(command, [], { env: { ...env, IRONBRIDGE_BIN: "/nowhere" }, encoding: "utf8" });
  assert.match(wrong.stderr, /^error: \/nowhere cannot be run: /);
}

test("a package of the source works in an empty folder, and the README's lines as pasted", { timeout: LIMIT_MS }, () => {
  const app = install("source", [pack(home, "source-tarball")]);
  use(app);
  const [, lines] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(home, "README.md"), "utf8"));
  const count = lines.trim().split("\n").length;
  assert.ok(count <= 12, `${count} lines`);
  for (const [number, runtime] of [node, bin("bun")].entries()) {
    const empty = join(app, `empty-${number}`);
    mkdirSync(empty);
    writeFileSync(join(empty, "try.js"), lines);
    const env = { ...process.env, IRONBRIDGE_HOME: join(empty, "home") };
    const done = spawnSync(runtime, ["try.js"], { cwd: empty, env, encoding: "utf8" });
    assert.deepEqual([done.status, done.stderr], [0, ""]);
    assert.match(done.stdout, /^Hello, world!\n 4\n/);
    assert.match(done.stdout, /\nhi\n/);
  }
});

test("the declared API is the one that was reviewed", () => {
  const done = spawnSync(node, [script("api-types.mjs"), "--check"], { encoding: "utf8" });
  assert.deepEqual([done.status, done.stderr], [0, ""]);
});

test("the examples are right by strict TypeScript, and run", { timeout: LIMIT_MS }, () => {
  const source = fileURLToPath(new URL("../../../examples/typescript/", import.meta.url));
  const built = join(folder, "examples");
  const config = {
    compilerOptions: {
      strict: true,
      target: "ES2022",
      module: "Node16",
      moduleResolution: "Node16",
      lib: ["ES2023", "ESNext.Disposable"],
      types: ["node"],
      typeRoots: [join(home, "node_modules/@types")],
      paths: { ironbridge: [join(home, "dist/index.d.ts")] },
      rootDir: source,
      outDir: built,
    },
    include: [`${source}*.ts`],
  };
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify(config));
  run(node, [join(home, "node_modules/typescript/bin/tsc"), "-p", project], home);
  const app = install("examples-app", [home]);
  for (const file of readdirSync(built).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join(built, file), "utf8");
    writeFileSync(join(app, file.replace(/\.js$/, ".cjs")), text);
    const expected = readFileSync(join(source, file.replace(/\.js$/, ".out")), "utf8");
    assert.equal(run(node, [file.replace(/\.js$/, ".cjs")], app), expected, file);
  }
});

test("every platform's package asks for its own platform", async () => {
  const { PLATFORMS, conditions, platformName } = await import(pathToFileURL(script("platforms.mjs")));
  assert.ok(PLATFORMS.some(({ name }) => name === platformName()));
  assert.deepEqual(conditions("linux-arm64-musl"), { os: ["linux"], cpu: ["arm64"], libc: ["musl"] });
  assert.deepEqual(conditions("win32-x64-msvc"), { os: ["win32"], cpu: ["x64"] });
});
