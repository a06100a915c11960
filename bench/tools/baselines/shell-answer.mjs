// What an agent in JavaScript does with a shell command today: tree-sitter's grammar as WebAssembly, and a walk of
// its tree.
import { createRequire } from "node:module";
import { resolve } from "node:path";

export const COMMANDS = [
  "ls -la",
  "git status",
  "cd src && cargo test",
  "npm run build -- --watch",
  "cat package.json | jq .version",
  "grep -rn \"TODO\" src --include='*.rs'",
  "rm -rf target/debug",
  "mkdir -p src/new && touch src/new/mod.rs",
  'git add -A && git commit -m "Fix the thing" && git push',
  "find . -name '*.ts' -not -path './node_modules/*' | head -20",
  "cp src/a.rs src/b.rs",
  "docker compose up -d --build",
  'echo "done" > /tmp/out.txt 2>&1',
  'for f in *.txt; do mv "$f" "${f%.txt}.md"; done',
];

/** Words of a command that say what it does: `git commit`, `docker compose up`. */
const PREFIX_WORDS = { git: 2, npm: 3, cargo: 2, docker: 3 };
const TOUCHING = new Set([
  "cd",
  "rm",
  "cp",
  "mv",
  "mkdir",
  "touch",
  "chmod",
  "chown",
  "cat",
  "ls",
  "find",
  "grep",
]);

export async function load() {
  const require = createRequire(import.meta.url);
  const { Language, Parser } = require("web-tree-sitter");
  await Parser.init();
  const language = await Language.load(require.resolve("tree-sitter-bash/tree-sitter-bash.wasm"));
  const parser = new Parser();
  parser.setLanguage(language);

  function parse(command) {
    parser.parse(command).delete();
  }

  function answer(command) {
    const tree = parser.parse(command);
    const names = [];
    const prefixes = [];
    const touched = [];
    let folder = process.cwd();
    for (const node of tree.rootNode.descendantsOfType(["command", "file_redirect"])) {
      if (node.type === "file_redirect") {
        const target = node.childForFieldName("destination");
        if (target?.type === "word") touched.push(resolve(folder, target.text));
        continue;
      }
      const words = wordsOf(node);
      const [name, ...rest] = words;
      if (name === undefined) continue;
      names.push(name);
      prefixes.push(words.slice(0, PREFIX_WORDS[name] ?? 1).join(" "));
      if (!TOUCHING.has(name)) continue;
      for (const word of rest) if (!word.startsWith("-")) touched.push(resolve(folder, word));
      if (name === "cd" && rest[0]) folder = resolve(folder, rest[0]);
    }
    tree.delete();
    return { names, prefixes, touched };
  }
  return { parse, answer };
}

function wordsOf(node) {
  const words = [];
  for (let index = 0; index < node.childCount; index++) {
    const child = node.child(index);
    if (child.type === "command_name" || child.type === "word" || child.type === "concatenation")
      words.push(child.text);
    else if (child.type === "string" || child.type === "raw_string")
      words.push(child.text.slice(1, -1));
  }
  return words;
}
