/** A request as a provider's cache sees it: blocks in the order in which they are read, the first difference ends what is shared. */
import { isObject, type Json, list } from "./json";

export interface Block {
  name: string;
  value: Json;
}

export interface ComparedBlock {
  /** `tools`, `system 1`, `message 12 (user)` … */
  name: string;
  state: "same" | "changed" | "only left" | "only right";
  /** Characters of each as JSON. */
  left: number;
  right: number;
}

export interface Compared {
  blocks: ComparedBlock[];
  /** The first that differs; undefined: none. */
  first?: number;
  /** What differs besides, such as settings that no cache looks at. */
  settings: { name: string; left: string; right: string }[];
}

const ORDERED = new Set(["tools", "system", "instructions", "messages", "input"]);

/** Cache marks move from request to request and are no content. */
function canonical(value: Json): string {
  return JSON.stringify(value, (name, inner: unknown) => (name === "cache_control" ? undefined : inner));
}

export function blocks(body: Json): Block[] {
  if (!isObject(body)) return [];
  const tools = list(body, "tools");
  const system = body["system"] ?? body["instructions"] ?? null;
  const systems = system === null ? [] : Array.isArray(system) ? system : [system];
  const input = body["messages"] ?? body["input"] ?? [];
  const messages = Array.isArray(input) ? input : [input];
  return [
    ...tools.map((value, index) => ({ name: `tool ${index + 1}${isObject(value) && typeof value["name"] === "string" ? ` (${value["name"]})` : ""}`, value })),
    ...systems.map((value, index) => ({ name: `system ${index + 1}`, value })),
    ...messages.map((value, index) => ({ name: `message ${index + 1}${isObject(value) && typeof value["role"] === "string" ? ` (${value["role"]})` : ""}`, value })),
  ];
}

export function compare(left: Json, right: Json): Compared {
  const [ofLeft, ofRight] = [blocks(left), blocks(right)];
  // By kind, so that one tool more does not shift all messages.
  const names = [...new Set([...ofLeft, ...ofRight].map(({ name }) => name.replace(/ \(.*/, "")))];
  names.sort((one, other) => order(one) - order(other));
  const of = (all: Block[]) => new Map(all.map(({ name, value }) => [name.replace(/ \(.*/, ""), { name, text: canonical(value) }]));
  const [leftOf, rightOf] = [of(ofLeft), of(ofRight)];
  const compared = names.map((key): ComparedBlock => {
    const [one, other] = [leftOf.get(key), rightOf.get(key)];
    const state = one === undefined ? "only right" : other === undefined ? "only left" : one.text === other.text ? "same" : "changed";
    return { name: other?.name ?? one?.name ?? key, state, left: one?.text.length ?? 0, right: other?.text.length ?? 0 };
  });
  const first = compared.findIndex(({ state }) => state !== "same");
  return { blocks: compared, ...(first < 0 ? {} : { first }), settings: settings(left, right) };
}

const KINDS = ["tool", "system", "message"];

function order(name: string): number {
  const [kind = "", number = "0"] = name.split(" ");
  return KINDS.indexOf(kind) * 1_000_000 + Number(number);
}

/** The JSON of a block, with line breaks, by the name that `compare` gave. */
export function blockText(body: Json, name: string): string {
  const key = name.replace(/ \(.*/, "");
  const found = blocks(body).find((block) => block.name.replace(/ \(.*/, "") === key);
  return found ? JSON.stringify(found.value, null, 2) : "";
}

function settings(left: Json, right: Json): Compared["settings"] {
  const of = (body: Json) => new Map(isObject(body) ? Object.entries(body).filter(([name]) => !ORDERED.has(name)).map(([name, value]) => [name, JSON.stringify(value)] as const) : []);
  const [ofLeft, ofRight] = [of(left), of(right)];
  return [...new Set([...ofLeft.keys(), ...ofRight.keys()])]
    .filter((name) => ofLeft.get(name) !== ofRight.get(name))
    .map((name) => ({ name, left: ofLeft.get(name) ?? "–", right: ofRight.get(name) ?? "–" }));
}
