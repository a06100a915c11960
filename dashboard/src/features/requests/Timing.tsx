import type { WholeExchange } from "../../api/client";
import { duration } from "../../design/format";

/** Where the time went: waiting for limits, each attempt, the reply. */
export function Timing({ exchange }: { exchange: WholeExchange }) {
  const { duration_ms: whole, waited_ms: waited, first_content_ms: first, attempts } = exchange;
  const spans: { name: string; from: number; to: number; colour: string }[] = [];
  if (waited > 0) spans.push({ name: `waiting for ${exchange.limited_by ?? "a limit"}`, from: 0, to: waited, colour: "--warn" });
  let at = waited;
  for (const [index, attempt] of attempts.entries()) {
    const failed = index < attempts.length - 1 || attempt.error !== null;
    const to = Math.min(failed ? at + attempt.duration_ms : (first ?? whole), whole);
    spans.push({ name: failed ? `${attempt.provider}: ${attempt.status ?? "no answer"}` : "until the first content", from: at, to, colour: failed ? "--bad" : "--quiet" });
    at = to;
  }
  if (first !== null && first !== undefined) spans.push({ name: "content", from: first, to: whole, colour: "--busy" });
  if (whole === 0 || spans.length === 0) return <p className="quiet">It took {duration(whole)}.</p>;
  const share = (ms: number) => `${(100 * ms) / whole}%`;
  return (
    <ol className="timing" aria-label={`Where ${duration(whole)} went`}>
      {spans.map(({ name, from, to, colour }, index) => (
        <li key={index}>
          <span className="cut">{name}</span>
          <span aria-hidden="true" className="track"><span style={{ marginLeft: share(from), width: share(Math.max(to - from, whole / 200)), background: `var(${colour})` }} /></span>
          <span className="figure">{duration(to - from)}</span>
        </li>
      ))}
    </ol>
  );
}
