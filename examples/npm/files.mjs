// Files changed as an agent changes them: edits that forgive, all or nothing, and a way back.
import { applyPatch, editFile, IronbridgeError, readFile, Snapshot, writeFile } from "ironbridge";

await writeFile("main.js", "function main() {\n    start();\n}\n");
const snapshot = await Snapshot.take({ label: "before the agent" });

// Remembered without its indentation, and found all the same.
const remembered = "function main() {\nstart();\n}";
const wanted = "function main() {\n    start({ quick: true });\n}";
const { strategy, diff } = await editFile("main.js", remembered, wanted);
console.log(strategy, diff.added, diff.removed);

await applyPatch(`*** Begin Patch
*** Update File: main.js
@@
 function main() {
-    start({ quick: true });
+    await start({ quick: true });
*** Add File: README.md
+# Mine
*** End Patch`);

try {
  await editFile("main.js", "stop();", "");
} catch (error) {
  if (!(error instanceof IronbridgeError)) throw error;
  console.log(error.code);
}

await snapshot.restore();
const file = await readFile("main.js");
if (file.kind === "text") console.log(file.text);
