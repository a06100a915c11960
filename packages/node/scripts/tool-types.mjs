// Writes types/tools.d.ts: the types of all tools, from the schemas that Rust makes of its own types.
// `--check` only says whether the file is up to date.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const file = join(home, "types", "tools.d.ts");
const { native } = createRequire(import.meta.url)(join(home, "dist", "native.js"));
const text = typesOf(JSON.parse(native.describeTools()).tools);
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error("types/tools.d.ts is not what Rust says; `npm run types` writes it anew");
  process.exit(1);
}

export function typesOf(tools) {
  const named = new Map(); // name → its definition as text, over all tools
  const out = [];
  for (const { name, input, output } of tools) {
    const tool = pascal(name);
    emit(`${tool}Input`, input, tool);
    emit(`${tool}Output`, output, tool);
  }
  return (
    "// Written by `npm run types` from the schemas of crates/tools. Do not edit.\n\n" +
    out.join("\n")
  );

  function emit(title, schema, tool) {
    const definitions = schema.$defs ?? {};
    // One name may mean two things in two tools: then the later one bears the tool's name as well.
    const names = {};
    for (const [key, definition] of Object.entries(definitions)) {
      const same = JSON.stringify(definition);
      const free = (candidate) => !named.has(candidate) || named.get(candidate) === same;
      names[key] = [key, `${tool}${key}`, `${title}${key}`].find(free);
    }
    for (const [key, definition] of Object.entries(definitions)) {
      const name = names[key];
      if (named.has(name)) continue;
      named.set(name, JSON.stringify(definition));
      out.push(declaration(name, definition, names));
    }
    out.push(declaration(title, schema, names));
  }
}

function declaration(name, schema, names) {
  const plain = schema.type === "object" && schema.properties && !schema.oneOf && !schema.anyOf;
  const head = comment(schema.description, "");
  if (plain) return `${head}export interface ${name} ${body(schema, names, "")}\n`;
  return `${head}export type ${name} = ${typeOf(schema, names, "")};\n`;
}

function body(schema, names, indent) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const type = typeOf(field, names, `${indent}  `);
    return `${comment(field.description, `${indent}  `)}${indent}  ${key}${required.has(key) ? "" : "?"}: ${type};\n`;
  });
  return rows.length === 0 ? "Record<string, never>" : `{\n${rows.join("")}${indent}}`;
}

function typeOf(schema, names, indent) {
  if (schema === true || Object.keys(schema).length === 0) return "unknown";
  if (schema.$ref && !schema.properties) return names[schema.$ref.split("/").at(-1)];
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  if (schema.oneOf ?? schema.anyOf) {
    const own = schema.properties ? `${body(schema, names, indent)} & ` : "";
    const variants = union(
      (schema.oneOf ?? schema.anyOf).map((variant) => typeOf(variant, names, indent)),
    );
    return own === "" ? variants : `${own}(${variants})`;
  }
  if (schema.allOf) return schema.allOf.map((part) => typeOf(part, names, indent)).join(" & ");
  const types = [schema.type ?? "unknown"]
    .flat()
    .map((type) => single(type, schema, names, indent));
  return union(types);
}

function single(type, schema, names, indent) {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
    case "unknown":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array": {
      const items = typeOf(schema.items ?? true, names, indent);
      return items.includes("|") || items.includes("&") ? `(${items})[]` : `${items}[]`;
    }
    case "object": {
      const more = schema.additionalProperties;
      const fields = schema.properties && body(schema, names, indent);
      // A tagged variant that holds a named type has both.
      if (schema.$ref) return `${fields} & ${names[schema.$ref.split("/").at(-1)]}`;
      return (
        fields ??
        (more ? `Record<string, ${typeOf(more, names, indent)}>` : "Record<string, unknown>")
      );
    }
    default:
      throw new Error(`no TypeScript for a schema of type ${type}`);
  }
}

function union(types) {
  return [...new Set(types)].join(" | ");
}

function comment(text, indent) {
  if (!text) return "";
  const lines = text
    .replaceAll("*/", "* /")
    .split("\n")
    .map((line) => line.trimEnd());
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} *${line && ` ${line}`}\n`).join("")}${indent} */\n`;
}

function pascal(name) {
  return name.replace(/(^|-)([a-z])/g, (_, _dash, letter) => letter.toUpperCase());
}
