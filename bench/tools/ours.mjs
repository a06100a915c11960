// The package, from where `run.mjs` says it was built.
import { createRequire } from "node:module";
import { join } from "node:path";

const home = process.env.IRONBRIDGE_TEST_PACKAGE;
if (!home)
  throw new Error(
    "IRONBRIDGE_TEST_PACKAGE: the folder of the built package (`cargo xtask bench tools` sets it)",
  );

export const packageFolder = home;
export const ironbridge = createRequire(join(home, "package.json"))("ironbridge");
