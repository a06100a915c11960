import type { WholeExchange } from "../../api/client";
import { count, dollars } from "../../design/format";

const NAMES: Record<string, string> = {
  input: "Input, not cached", cache_read: "Input, read from the cache", cache_write_5m: "Input, written to the cache for 5 minutes",
  cache_write_1h: "Input, written to the cache for an hour", output: "Output",
};

/** Tokens by class, and how the cost came about. Every token belongs to one class; reasoning is a part of the output. */
export function Cost({ exchange: { usage, cost, cost_classes: explained } }: { exchange: WholeExchange }) {
  if (!usage) return <p className="quiet">The provider said nothing of tokens.</p>;
  const tokens: Record<string, number> = {
    input: usage.input_tokens, cache_read: usage.cache_read_tokens, cache_write_5m: usage.cache_write_tokens - usage.cache_write_1h_tokens,
    cache_write_1h: usage.cache_write_1h_tokens, output: usage.output_tokens,
  };
  const priced = new Map(explained?.map((one) => [one.class, one]));
  return (
    <>
      <table aria-label="Why this cost">
        <thead><tr><th scope="col">Class</th><th scope="col" className="figure">Tokens</th>{explained ? <><th scope="col" className="figure">$ per million</th><th scope="col" className="figure">Cost</th></> : null}</tr></thead>
        <tbody>
          {Object.entries(tokens).map(([name, number]) => {
            const quiet = number === 0 ? "quiet" : "";
            const price = priced.get(name);
            return (
              <tr key={name}>
                <td className={quiet}>{NAMES[name]}{name === "output" && usage.reasoning_tokens > 0 ? <span className="quiet"> · {count(usage.reasoning_tokens)} of it reasoning</span> : null}</td>
                <td className={`figure ${quiet}`}>{count(number)}</td>
                {price ? <><td className={`figure ${quiet}`}>{price.dollars_per_million}</td><td className={`figure ${quiet}`}>{dollars(price.dollars)}</td></> : null}
              </tr>
            );
          })}
        </tbody>
      </table>
      <p>
        {cost
          ? <>Cost <b>{dollars(cost.dollars)}</b> <span className="quiet">by price table {cost.price_version ?? "unknown"}{explained ? "" : ", which is not the one in force: it cannot be taken apart here"}</span></>
          : <span className="quiet">No price is known for this model, or nobody pays for it by the token.</span>}
      </p>
    </>
  );
}
