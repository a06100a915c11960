/** Reads bodies beside the page: up to 64 MiB, parsed once and told piece by piece. */
import { blockText, compare } from "./blocks";
import { at, type Json, members, TEXT_MAX } from "./json";
import { lines } from "./lines";
import type { Answer, Asked, Question, Source } from "./questions";
import { read } from "./turns";

const bodies = new Map<string, Promise<{ body: Json; bytes: number }>>();

function body({ id, side }: Source) {
  const address = `/api/exchanges/${encodeURIComponent(id)}/${side}`;
  const kept = bodies.get(address) ?? load(address);
  bodies.set(address, kept);
  return kept;
}

async function load(address: string) {
  const response = await fetch(address);
  const words = await response.text();
  if (!response.ok) {
    const told = JSON.parse(words) as { error?: { message?: string } };
    throw new Error(told.error?.message ?? `the gateway answered ${response.status}`);
  }
  try {
    return { body: JSON.parse(words) as Json, bytes: words.length };
  } catch {
    // Not all that is kept is JSON.
    return { body: words, bytes: words.length };
  }
}

async function answer(question: Question): Promise<Answer> {
  switch (question.what) {
    case "said": {
      const { body: whole, bytes } = await body(question.source);
      const said = read(whole, question.most);
      const turns = said.turns.slice(question.from, question.from + question.count);
      return { what: "said", said: { ...said, turns }, whole: said.turns.length, bytes };
    }
    case "members":
      return { what: "members", ...members((await body(question.source)).body, question.path, question.from) };
    case "text": {
      const found = at((await body(question.source)).body, question.path);
      const words = typeof found === "string" ? found : JSON.stringify(found ?? null, null, 2);
      return { what: "text", text: words.slice(question.from, question.from + TEXT_MAX), whole: words.length };
    }
    case "compared": {
      const [left, right] = await Promise.all([body(question.left), body(question.right)]);
      return { what: "compared", compared: compare(left.body, right.body) };
    }
    case "block": {
      const [left, right] = await Promise.all([body(question.left), body(question.right)]);
      return { what: "lines", lines: lines(blockText(left.body, question.name), blockText(right.body, question.name)) };
    }
    case "lines":
      return { what: "lines", lines: lines(question.before, question.after) };
  }
}

self.onmessage = ({ data: { number, question } }: MessageEvent<Asked>) => {
  answer(question).then(
    (told) => { self.postMessage({ number, told }); },
    (error: unknown) => { self.postMessage({ number, error: error instanceof Error ? error.message : String(error) }); },
  );
};
