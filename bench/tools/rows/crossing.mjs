// What a call costs that does next to nothing: the part of every other figure that is not the tool's.
import { compare } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";

export const title = "the crossing alone";

export async function measure(row) {
  const figures = {
    "at once (`countTokens` of nothing)": () => ironbridge.countTokens(""),
    "as a promise (`encodeAsync` of nothing)": () => ironbridge.encodeAsync(""),
  };
  for (const [name, run] of Object.entries(figures))
    row.add(name, await compare({ ironbridge: run }));
}
