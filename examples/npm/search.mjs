// Looking for files once, and again and again.
import { FileIndex, findFiles, glob, grep, writeFile } from "ironbridge";

await writeFile("src/parser.js", "export const parse = (text) => text.split('');\n");
await writeFile("src/printer.js", "import { parse } from './parser.js';\n");

const { files } = await glob("**/*.js", { order: "path" });
console.log(files.map((file) => file.path).join(", "));

const { totals } = await grep("parse", { include: ["*.js"], signal: AbortSignal.timeout(5000) });
console.log(totals.matches);

const { matches } = await findFiles("prser", { limit: 1 });
console.log(matches.map((match) => match.path).join(", "));

// An index walks once and follows changes: each further question costs microseconds.
const index = await FileIndex.open(".");
await index.ready();
console.log((await index.search("print")).map((match) => match.path).join(", "));
await index.close();
