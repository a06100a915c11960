// A history that nobody lived, the same at every run: sessions of agents over ninety days, up to now.

const MODELS = ["claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5", "gpt-5", "gpt-5-mini"];
const PROJECTS = ["house", "boat", "garden"];
const CAUSES = [...Array(30).fill("completed"), "client_abort", "upstream_error", "refused", "timeout"];
const TOOLS = ["Read", "Edit", "Bash", "Grep"];
const DAY_MS = 86_400_000;
const PRICES_VERSION = "generated";

/** Numbers that look drawn by lot (mulberry32). */
function lots(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A hash of sixteen bytes that is the same for the same numbers. */
function hash(session, turn) {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, session);
  view.setUint32(4, turn);
  bytes[15] = 1;
  return [...bytes];
}

/** Entries as lines for `ironbridge ledger import`, oldest first. Those of the last `linked` hang together in conversations. */
export function* history(count, linked = 2000, now = Date.now()) {
  const lot = lots(8);
  const of = (list) => list[Math.floor(lot() * list.length)];
  const step = (90 * DAY_MS) / count;
  for (let number = 0; number < count; number++) {
    const session = Math.floor(number / 40);
    const turn = number % 40;
    const model = MODELS[session % MODELS.length];
    const cause = of(CAUSES);
    const whole = cause === "completed";
    const read = whole ? 2000 * turn : 0;
    const id = `req_g${String(number).padStart(9, "0")}`;
    const began = Math.floor(now - (count - number) * step);
    const exchange = {
      id, began_ms: began, duration_ms: 400 + Math.floor(lot() * 20_000), first_content_ms: whole ? 100 + Math.floor(lot() * 3000) : null,
      status: whole ? 200 : cause === "refused" ? 429 : 502, cause, error: whole ? null : "as it was generated", dialect: "messages", endpoint: "messages", stream: true,
      class: "inference", key_id: `key_${session % 7}`, key_name: `laptop ${session % 7}`, project: PROJECTS[session % 3], account: `team-${session % 2}`,
      domain: "localhost", session: `generated-${session}`, agent: turn % 5 === 4 ? "explore" : null, model, provider: "anthropic", target_model: model,
      target_dialect: "messages", attempts: [{ provider: "anthropic", model, status: whole ? 200 : 502, tries: 1, error: null, duration_ms: 300 }],
      tool_calls: turn % 3 === 0 ? [of(TOOLS)] : [], finish: whole ? "end_turn" : null, input_tokens: whole ? 50 : null, output_tokens: whole ? 200 + Math.floor(lot() * 800) : null,
      cache_read_tokens: read, cache_write_5m_tokens: whole ? 2000 : 0, cost_picodollars: whole ? 9_000_000_000 : null, price_version: PRICES_VERSION,
      limited_by: cause === "refused" ? "key" : null, request_bytes: 30_000, reply_bytes: 2000,
    };
    const digest = number >= count - linked ? {
      id, scope: "localhost", began_ms: began, own: hash(session, turn), parent: turn > 0 ? hash(session, turn - 1) : null, grandparent: turn > 1 ? hash(session, turn - 2) : null,
      system: hash(session, 1000), messages: 2 * turn + 1,
    } : null;
    yield `${JSON.stringify({ exchange, digest })}\n`;
  }
}
