// Tokens of o200k_base: a large chat message, and 1 MB of text.
import assert from "node:assert/strict";
import { countTokens as theirs, clearMergeCache } from "gpt-tokenizer/encoding/o200k_base";
import { get_encoding } from "tiktoken";
import { lines, random } from "../fixtures.mjs";
import { compare, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast } from "../report.mjs";

const SIZES = quick
  ? { "a message of 1 KB": 1000 }
  : { "a message of 32 KB": 32_000, "1 MB of text": 1_000_000 };
const FRESH = "gpt-tokenizer, text seen first";

export const title = "tokens";

export async function measure(row) {
  const wasm = get_encoding("o200k_base");
  const ours = (text) => ironbridge.countTokens(text, { encoding: "o200k_base" });
  for (const [name, bytes] of Object.entries(SIZES)) {
    const same = text(bytes, 1);
    const count = ours(same);
    assert.equal(theirs(same), count);
    assert.equal(wasm.encode_ordinary(same).length, count);
    const figures = await compare(
      {
        ironbridge: () => ours(same),
        "gpt-tokenizer": () => theirs(same),
        tiktoken: () => wasm.encode_ordinary(same).length,
      },
      { seconds: 3 },
    );
    row.add(name, figures, {
      today: "gpt-tokenizer",
      reach: [atLeast(2, "gpt-tokenizer"), atLeast(5, "tiktoken")],
      rust: "ironbridge-tokens, encodings",
    });

    // Its cache of merges is what the second sight of a text lives on.
    let fresh;
    let round = 2;
    const unseen = {
      before: () => {
        fresh = text(bytes, round++);
        clearMergeCache();
      },
    };
    const first = await compare(
      {
        ironbridge: { ...unseen, run: () => ours(fresh) },
        "gpt-tokenizer": { ...unseen, run: () => theirs(fresh) },
      },
      { seconds: 3 },
    );
    row.add(`${name}, seen for the first time`, first, {
      today: "gpt-tokenizer",
      reach: [atLeast(6, "gpt-tokenizer")],
    });
  }
  wasm.free();
}

/** Prose, code and other writings, words that no other seed has among them. */
function text(bytes, seed) {
  const next = random(seed);
  const letters = "etaoinshrdlucmfwypvbgk";
  const word = () =>
    Array.from({ length: 2 + next(8) }, () => letters[next(letters.length)]).join("");
  const prose = () =>
    `${Array.from({ length: 12 }, () => (next(3) ? common(next) : word())).join(" ")}.\n`;
  const other = () => `日本語の文章${next(1000)}、русский текст ${word()} — 中文 🙂\n`;
  let all = "";
  while (all.length < bytes)
    all += next(4) ? prose() : next(6) ? `${lines(1, next)[0]}\n` : other();
  return (
    all.slice(0, bytes).toWellFormed?.() ?? all.slice(0, bytes).replace(/[\ud800-\udbff]$/, "")
  );
}

const COMMON =
  "the of and to in is that it for was on are as with his they at be this from have or by one had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know".split(
    " ",
  );
const common = (next) => COMMON[next(COMMON.length)];
