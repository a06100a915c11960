// One row in a process of its own, started by `run.mjs`: what others left in memory or on threads is not there.
import { Row } from "./report.mjs";

// Whoever started it is gone: nobody would read what comes out.
process.on("disconnect", () => process.exit(1));

const { title, measure } = await import(`./rows/${process.argv[2]}.mjs`);
const row = new Row();
let failure;
try {
  await measure(row);
} catch (error) {
  // What was measured before stays.
  failure = error.stack;
}
process.send({ title, cases: row.cases, failure }, () => process.exit(0));
