import { keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import type { Answer, Asked, Question, Source } from "./questions";
import type { Turn } from "./turns";

type Waiting = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, Waiting>();

/** Bodies that one worker holds before it gives way to a fresh one: each may be 64 MiB. */
const HELD_MAX = 4;
const held = new Set<string>();

function place(sources: Source[]): Worker {
  const names = sources.map(({ id, side }) => `${id}/${side}`);
  if (worker && waiting.size === 0 && new Set([...held, ...names]).size > HELD_MAX) {
    worker.terminate();
    worker = undefined;
    held.clear();
  }
  for (const name of names) held.add(name);
  if (worker) return worker;
  worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<{ number: number; told?: Answer; error?: string }>) => {
    const one = waiting.get(data.number);
    waiting.delete(data.number);
    if (data.told) one?.resolve(data.told);
    else one?.reject(new Error(data.error ?? "the body could not be read"));
  };
  worker.onerror = () => {
    for (const one of waiting.values()) one.reject(new Error("the body is too large for this browser"));
    waiting.clear();
    worker = undefined;
    held.clear();
  };
  return worker;
}

function ask<What extends Answer["what"]>(what: What, question: Question): Promise<Extract<Answer, { what: What }>> {
  const sources = "source" in question ? [question.source] : "left" in question ? [question.left, question.right] : [];
  const to = place(sources);
  const number = asked++;
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve: (answer) => { if (answer.what === what) resolve(answer as Extract<Answer, { what: What }>); }, reject });
    to.postMessage({ number, question } satisfies Asked);
  });
}

/** Kept a short while only: the worker has the body itself. */
const SHORT = { staleTime: Infinity, gcTime: 10_000, retry: false } as const;

/** Characters of each text that are given with a page of turns. */
const SHORT_TEXT = 4_000;

/** Turns that are given at once. */
export const TURNS_MAX = 50;

export function said(source: Source, from: number) {
  return queryOptions({
    queryKey: ["body", "said", source, from],
    queryFn: () => ask("said", { what: "said", source, from, count: TURNS_MAX, most: SHORT_TEXT }),
    placeholderData: keepPreviousData,
    ...SHORT,
  });
}

/** One turn, its texts up to a million characters; `index` is -1 for the system prompt. */
export async function wholeTurn(source: Source, index: number) {
  const { said } = await ask("said", { what: "said", source, from: Math.max(index, 0), count: index < 0 ? 0 : 1, most: 1_000_000 });
  return index < 0 ? said.system[0] : said.turns[0];
}

/** The first turns of a request and its last ones, each text short, and how many there are. */
export async function spoken(source: Source, first: number, last: number): Promise<{ turns: Turn[]; whole: number }> {
  const begin = await ask("said", { what: "said", source, from: 0, count: first, most: SHORT_TEXT });
  const from = Math.max(begin.whole - last, first);
  const end = await ask("said", { what: "said", source, from, count: last, most: SHORT_TEXT });
  return { turns: [...begin.said.turns, ...end.said.turns], whole: begin.whole };
}

export function members(source: Source, path: (string | number)[], from: number) {
  return queryOptions({ queryKey: ["body", "members", source, path, from], queryFn: () => ask("members", { what: "members", source, path, from }), ...SHORT });
}

export function textAt(source: Source, path: (string | number)[], from: number) {
  return queryOptions({ queryKey: ["body", "text", source, path, from], queryFn: () => ask("text", { what: "text", source, path, from }), ...SHORT });
}

export function compared(left: string, right: string | undefined) {
  return queryOptions({
    queryKey: ["body", "compared", left, right],
    queryFn: right ? () => ask("compared", { what: "compared", left: { id: left, side: "request" }, right: { id: right, side: "request" } }) : skipToken,
    ...SHORT,
  });
}

export function changedLines(left: string, right: string, name: string) {
  return queryOptions({
    queryKey: ["body", "block", left, right, name],
    queryFn: () => ask("lines", { what: "block", left: { id: left, side: "request" }, right: { id: right, side: "request" }, name }),
    ...SHORT,
  });
}

export function editLines(before: string, after: string) {
  return queryOptions({ queryKey: ["body", "lines", before, after], queryFn: () => ask("lines", { what: "lines", before, after }), ...SHORT });
}
