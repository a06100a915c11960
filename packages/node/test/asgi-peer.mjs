// uvicorn, which the same cases are asked of: what both answer proves the cases right.
import { spawn, spawnSync } from "node:child_process";
import { folder, python } from "./asgi-place.mjs";

const installed = python !== undefined && spawnSync(python, ["-c", "import uvicorn"]).status === 0;
export const skip = installed ? false : "there is no uvicorn; `cargo xtask test` installs it";

/** Runs uvicorn with an application of the tests while `work` is done with its port. */
export async function withUvicorn(work, target = "apps:app", more = []) {
  const flags = ["--app-dir", folder, "--port", "0", "--timeout-graceful-shutdown", "1", ...more];
  const child = spawn(python, ["-m", "uvicorn", target, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      let text = "";
      child.stderr.on("data", (part) => {
        text += part;
        const found = /running on http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
        if (found) resolve(Number(found[1]));
      });
      child.once("exit", (code) => reject(new Error(`uvicorn ended with ${code}: ${text}`)));
    });
    await work(port);
  } finally {
    child.kill();
    await ended;
  }
}
