import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Agent, Session } from "../../api/client";
import { board, justEnded } from "../../api/queries";
import { dollars, share, tokens } from "../../design/format";
import { Age, Loading, Meter } from "../../design/parts";
import { FirstRun } from "../first-run/FirstRun";
import { ExchangeRows } from "../requests/ExchangeRows";
import { Phase } from "./phase";
import { SessionActions } from "./SessionActions";
import { Windows } from "./Windows";
import "./live.css";

/** The most exchanges beneath the board. */
const LAST_MAX = 25;

/** The board: a row for each session, its agents beneath it. */
export function LivePage() {
  const { data: sessions } = useQuery(board);
  const { data: ended = [] } = useQuery(justEnded);
  if (!sessions) return <Loading what="the live board" />;
  if (sessions.length === 0) return <FirstRun />;
  const rows = sessions.toSorted((one, other) => other.last_ms - one.last_ms || one.id.localeCompare(other.id));
  return (
    <div className="page">
      <header>
        <h1>Live</h1>
        <Sums sessions={rows} />
      </header>
      {/* A region that scrolls must be reachable by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="scroll" tabIndex={0} role="region" aria-label="Sessions">
        <table className="board">
          <thead>
            <tr>
              <th scope="col">Session and agents</th>
              <th scope="col">Model</th>
              <th scope="col">Phase</th>
              <th scope="col" className="figure tok" title="Output tokens a second of the last whole reply">tok/s</th>
              <th scope="col">Context</th>
              <th scope="col" className="figure">Cost</th>
              <th scope="col" className="figure" title="The share of input that came from the provider's cache">Cache</th>
              <th scope="col" className="figure">Age</th>
              <th scope="col"><span className="unseen">Actions</span></th>
            </tr>
          </thead>
          <tbody>
            {rows.map((session) => <SessionRows key={session.id} session={session} />)}
          </tbody>
        </table>
      </div>
      <Windows />
      {ended.length > 0 ? (
        <section className="block">
          <header><h2>Just ended</h2><Link to="/requests" search={{}}>All requests</Link></header>
          <ExchangeRows exchanges={ended.slice(0, LAST_MAX)} label="Exchanges that just ended" />
        </section>
      ) : null}
    </div>
  );
}

function SessionRows({ session }: { session: Session }) {
  const [first, ...others] = session.agents;
  return (
    <>
      {first ? (
        <tr>
          <th scope="row" className="cut" title={session.id}>
            <Link to="/requests" search={session.named ? { session: session.id } : {}}>{session.id}</Link>
            <span className="quiet"> {first.id ? `· ${first.id}` : (session.key ?? "")}</span>
          </th>
          <Cells agent={first} session={session.named ? session.id : undefined} />
          <td className="figure"><Age since={session.first_ms} /></td>
          <td><SessionActions session={session} /></td>
        </tr>
      ) : null}
      {others.map((agent) => (
        <tr key={agent.id} className="agent">
          <th scope="row" className="cut" title={agent.id ?? ""}>{agent.id}</th>
          <Cells agent={agent} session={session.named ? session.id : undefined} />
          <td />
          <td />
        </tr>
      ))}
    </>
  );
}

function Cells({ agent, session }: { agent: Agent; session: string | undefined }) {
  const input = agent.input_tokens + agent.cache_read_tokens + agent.cache_write_tokens;
  return (
    <>
      <td className="cut" title={agent.model}>{agent.model}</td>
      <td><Phase agent={agent} /></td>
      <td className="figure tok">{agent.tokens_per_second ? Math.round(agent.tokens_per_second) : "–"}</td>
      <td>
        {agent.context_tokens && agent.context_tokens_max ? (
          <Meter part={agent.context_tokens} whole={agent.context_tokens_max} label={`${tokens(agent.context_tokens)} of ${tokens(agent.context_tokens_max)} tokens`} />
        ) : agent.context_tokens ? `${tokens(agent.context_tokens)} tokens` : "–"}
      </td>
      <td className="figure">{dollars(agent.dollars)}</td>
      <td className="figure">{session ? <Link to="/cache" search={{ session }} title="Where the cache was missed, and what that cost">{share(agent.cache_read_tokens, input)}</Link> : share(agent.cache_read_tokens, input)}</td>
    </>
  );
}

function Sums({ sessions }: { sessions: Session[] }) {
  const agents = sessions.flatMap((session) => session.agents);
  const busy = agents.filter((agent) => ["waiting", "thinking", "streaming"].includes(agent.phase)).length;
  const cost = agents.reduce((sum, agent) => sum + agent.dollars, 0);
  const read = agents.reduce((sum, agent) => sum + agent.cache_read_tokens, 0);
  const input = agents.reduce((sum, agent) => sum + agent.input_tokens + agent.cache_write_tokens, read);
  return (
    <p className="sums">
      <span><b>{sessions.length}</b> {sessions.length === 1 ? "session" : "sessions"}</span>
      <span><b>{busy}</b> at work</span>
      <span><b>{dollars(cost)}</b> since the gateway started</span>
      <span>cache <b>{share(read, input)}</b></span>
    </p>
  );
}
