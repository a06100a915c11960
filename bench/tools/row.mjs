// One row in a process of its own, started by `run.mjs`: what others left in memory or on threads is not there.
import { Row } from "./report.mjs";

// Whoever started it is gone: nobody would read what comes out.
process.on("disconnect", () => process.exit(1));

const { title, measure } = await import(`./rows/${process.argv[2]}.mjs`);
const row = new Row();
await measure(row);
process.send({ title, cases: row.cases }, () => process.exit(0));
