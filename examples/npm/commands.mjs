// Commands: read before they run, streamed, ended for sure; and a lock around them.
import { KeyedLock, parseShell, runShell } from "ironbridge";

const { safety, paths } = parseShell("rm -rf build && echo done > log.txt");
console.log(safety, paths.map(({ usage, path }) => `${usage} ${path}`).join(", "));

const done = await runShell("for n in 1 2 3; do echo $n; done", {
  timeoutMs: 10_000,
  onChunk: ({ text }) => process.stdout.write(text),
});
console.log(done.exitCode, done.ended);

// One build at a time, any number of readers.
const lock = new KeyedLock();
const built = await lock.withWrite("build", () => runShell("exit 3"));
console.log(built.exitCode, lock.size);
