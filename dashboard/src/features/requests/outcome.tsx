import type { Exchange } from "../../api/client";

const WORDS: Record<string, string> = {
  completed: "completed", running: "running", refused: "refused", upstream_error: "provider error", upstream_abort: "provider broke off",
  timeout: "time-out", client_abort: "client left", shutdown: "shut down", stopped: "stopped", fault: "fault of the gateway",
};

/** How an exchange ended, in words; in colour where it is not well. */
export function Outcome({ exchange }: { exchange: Exchange }) {
  const { cause, status, limited_by: limit } = exchange;
  const colour = cause === "completed" ? "quiet" : cause === "running" ? "busy" : cause === "client_abort" || cause === "stopped" ? "warn" : "bad";
  const words = limit && cause === "refused" ? `limited by ${limit}` : (WORDS[cause] ?? cause);
  return <span className={`${colour} cut`} title={exchange.error ?? undefined}>{status > 0 ? `${status} ` : ""}{words}</span>;
}
