// One check of a token bucket by key. JavaScript's own won, so ours is plain JavaScript too (docs/design/node.md), in whole
// numbers and with its arguments checked.
import assert from "node:assert/strict";
import { Buckets } from "../baselines/buckets.mjs";
import { compare } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { perSecond } from "../report.mjs";

const OPTIONS = { capacity: 1_000_000_000, refillPerSecond: 1 };
const KEYS = Array.from({ length: 1000 }, (_, index) => `client-${index}`);

export const title = "rate limit";

export async function measure(row) {
  agree();
  const ours = new ironbridge.RateLimiter(OPTIONS);
  const theirs = new Buckets(OPTIONS);
  let mine = 0;
  let other = 0;
  for (const [name, keys] of Object.entries({ "one key": KEYS.slice(0, 1), "1,000 keys": KEYS })) {
    const figures = await compare({
      ironbridge: () => ours.check(keys[mine++ % keys.length]),
      "JavaScript bucket": () => theirs.check(keys[other++ % keys.length]),
    });
    row.add(name, figures, {
      today: "JavaScript bucket",
      reach: [perSecond(1_000_000)],
      rust: "ironbridge-limit, rate_limits",
      note: "plain JavaScript: it won over a crossing",
    });
  }
}

function agree() {
  const slow = { capacity: 3, refillPerSecond: 0.001 };
  const [one, other] = [new ironbridge.RateLimiter(slow), new Buckets(slow)];
  for (let round = 0; round < 5; round++) {
    const [ours, theirs] = [one.check("key"), other.check("key")];
    assert.deepEqual(
      [ours.allowed, ours.remaining],
      [theirs.allowed, Math.floor(theirs.remaining)],
    );
  }
}
