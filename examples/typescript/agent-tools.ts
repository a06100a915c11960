// What an agent does with files, in a folder of its own that nothing leaves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editFile, glob, grep, IronbridgeError, readFile, writeFile } from "ironbridge";

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "agent-tools-"));
  const place = { cwd: root, root: ".", state: join(root, ".state") };
  try {
    await writeFile("src/main.rs", "fn main() {\n    serve(4141);\n}\n", place);
    await editFile("src/main.rs", "serve(4141)", "serve(8080)", place);
    const { files } = await glob("**/*.rs", place);
    console.log(files.map((file) => file.path));
    const { totals } = await grep("serve", place);
    console.log(totals.matches);
    await readFile("../outside.txt", place);
  } catch (error) {
    if (!(error instanceof IronbridgeError)) throw error;
    console.log(error.code);
  } finally {
    await rm(root, { recursive: true });
  }
}

void main();
