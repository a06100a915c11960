// Fourteen commands as agents give them: which commands they hold, what each may be allowed by, what paths they
// touch.
import assert from "node:assert/strict";
import { compare, inOwnProcess, quantiles, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, earlier, within } from "../report.mjs";
import { COMMANDS, load } from "../baselines/shell-answer.mjs";

const PEER = "web-tree-sitter";

export const title = "shell parse";

export async function measure(row) {
  const { parse, answer } = await load();
  const options = { cwd: process.cwd() };
  for (const command of COMMANDS)
    agree(ironbridge.parseShell(command, options), answer(command), command);

  let mine = 0;
  let other = 0;
  const next = (index) => COMMANDS[index % COMMANDS.length];
  const figures = await compare({
    ironbridge: () => ironbridge.parseShell(next(mine++), options),
    [PEER]: () => answer(next(other++)),
    [`${PEER}, parse alone`]: () => parse(next(other++)),
  });
  row.add("the whole answer, a command", figures, {
    today: PEER,
    reach: [atLeast(4, PEER), atLeast(2, `${PEER}, parse alone`), earlier(1)],
    rust: "shell_parse::whole_answer",
    note: "there is no crossing for parsing alone: `shell_parse::floor_tree_sitter` is the parser in Rust",
  });

  const loaded = { ironbridge: "ironbridge", [PEER]: "peer", "an empty module": "nothing" };
  const times = { ironbridge: [], [PEER]: [], "an empty module": [] };
  for (let round = 0; round < (quick ? 1 : 11); round++)
    for (const [name, what] of Object.entries(loaded))
      times[name].push(inOwnProcess("baselines/shell-first.mjs", [what]));
  const first = Object.entries(times).map(([name, all]) => [
    name,
    {
      ...quantiles(all.map((one) => one.wall_us)),
      cpu_us: all.reduce((sum, one) => sum + one.cpu_us, 0) / all.length,
      rounds: all.length,
    },
  ]);
  row.add("the first answer, loading included", Object.fromEntries(first), {
    today: PEER,
    reach: [atLeast(15, PEER)],
  });
}

/** The same commands by name, where both can know them; ours also looks into `find -exec` and the like. */
function agree(ours, theirs, command) {
  const names = ours.commands
    .filter((one) => one.within == null && one.name)
    .map((one) => one.name);
  assert.deepEqual(new Set(theirs.names), new Set(names), command);
}
