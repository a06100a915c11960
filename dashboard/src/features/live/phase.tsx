import type { Agent } from "../../api/client";
import { Age } from "../../design/parts";

/** Each phase has a sign beside its colour. */
const PHASES = {
  waiting: { sign: "◌", word: "waiting", colour: "warn" },
  thinking: { sign: "◆", word: "thinking", colour: "think" },
  streaming: { sign: "▮", word: "streaming", colour: "busy" },
  tool: { sign: "⚒", word: "tool", colour: "text" },
  idle: { sign: "○", word: "idle", colour: "quiet" },
  failed: { sign: "!", word: "failed", colour: "bad" },
} as const satisfies Record<Agent["phase"], { sign: string; word: string; colour: string }>;

export function Phase({ agent }: { agent: Agent }) {
  const { sign, word, colour } = PHASES[agent.phase];
  const tools = agent.phase === "tool" ? `: ${agent.tools.join(", ")}` : "";
  return (
    <span className={`phase ${colour}`} data-sign={sign} title={agent.phase === "failed" ? (agent.error ?? "") : undefined}>
      <span className="cut">{word}{tools}</span>
      {agent.phase === "failed" && agent.error ? <span className="cut quiet">{agent.error.slice(0, 60)}</span> : <span className="quiet"><Age since={agent.since_ms} /></span>}
    </span>
  );
}
