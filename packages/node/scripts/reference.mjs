// Writes docs/reference/npm.md: what the package exports, from the declarations that TypeScript makes of it, and the codes of
// its errors, from Rust. `--check` only says whether the page is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HEAD = `<!-- Made by \`npm run types\` in packages/node. -->

# The npm package

What \`import … from "ironbridge"\` gives; [the guide](../guide/npm.md) shows how it is used. Types named \`Types.…\` are those of [the tools](tools.md), exported as \`Tools\`. Lines are counted from 1 and ranges of lines include both ends; ranges in strings are UTF-16 units, in files bytes.`;
const ERRORS = `An \`IronbridgeError\` has a \`code\`, and what the table calls its facts as properties. Three are the package's own: \`ERR_NO_NATIVE_FILE\`, when there is no native file for this platform; \`ERR_NO_CURRENT_FOLDER\`, when the current folder is gone and no \`cwd\` is given; and \`ERR_TOO_MANY_KEYS\`, when a \`RateLimiter\` has 100,000 keys that are not full.`;
const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(home, "../../docs/reference/npm.md");
const { native } = createRequire(import.meta.url)(join(home, "dist", "native.js"));
const text = reference();
if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/reference/npm.md is not what the package exports; `npm run types` writes it anew");
  process.exit(1);
}

function reference() {
  const index = readFileSync(join(home, "src/index.ts"), "utf8");
  const modules = [...index.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from "\.\/([\w-]+)\.js"/gm)];
  const parts = modules.map(([, names, name]) => {
    const chosen = names === "*" ? undefined : new Set(names.match(/\w+/g));
    return section(readFileSync(join(home, `dist/${name}.d.ts`), "utf8"), chosen);
  });
  return `${[HEAD, ...parts.filter(Boolean), codes()].join("\n\n")}\n`;
}

/** A module: its first comment as the heading, then what it exports; of that only `chosen`, where it is given. */
function section(source, chosen) {
  const title = source.match(/^\/\*\* (.*?)[:.]/)?.[1] ?? "";
  const exported =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:declare )?(?:abstract )?(function|class|interface|type) (\w+)([\s\S]*?)(?:\n\}(?=\n|$)|;(?=\n(?:\/\*\*|export|import|declare|$)))/gm;
  const found = [...source.matchAll(exported)].filter(([, , , name]) => chosen?.has(name) ?? true);
  const rows = found.map(([whole, comment, , name]) => {
    const declaration = whole.slice(whole.search(/^export /m)).replace(/^export (declare )?/, "");
    const said = comment === undefined ? "" : `${prose(comment)}\n\n`;
    return `### \`${name}\`\n\n${said}\`\`\`ts\n${declaration}\n\`\`\``;
  });
  return rows.length === 0 ? "" : [`## ${title}`, ...rows].join("\n\n");
}

function prose(comment) {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim());
  return lines
    .join("\n")
    .trim()
    .replaceAll(/\{@link (\w+)(?:\.(\w+))?\}/g, (_, name, member) => `\`${member ? `${name}.${member}` : name}\``);
}

function codes() {
  const { tools, errors } = JSON.parse(native.describeTools());
  const rows = new Map(errors.map(({ code, meaning }) => [code, { meaning, tools: [] }]));
  for (const tool of tools) {
    for (const { code, meaning } of tool.errors) {
      const row = rows.get(code) ?? { meaning, tools: [] };
      row.tools.push(tool.name);
      rows.set(code, row);
    }
  }
  const cell = (value) => value.replaceAll("|", "\\|");
  const lines = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, row]) => {
    const from = row.tools.length > 6 ? `${row.tools.length} tools` : row.tools.join(", ");
    return `| \`ERR_${code.toUpperCase()}\` | ${cell(row.meaning)} | ${from || "the package"} |`;
  });
  return ["## Errors", ERRORS, ["| Code | Meaning | From |", "|---|---|---|", ...lines].join("\n")].join("\n\n");
}
