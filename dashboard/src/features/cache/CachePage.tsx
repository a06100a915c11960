import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { CacheMiss } from "../../api/client";
import { conversations, sessionCache } from "../../api/queries";
import { count, dollars, duration, share, tokens } from "../../design/format";
import { Empty, Failed, Loading, Scrolling, Time } from "../../design/parts";
import { cacheRoute } from "../../router";
import "../overview/overview.css";

/** What each cause means, and what helps. */
const CAUSES: Record<CacheMiss["cause"], readonly [string, string]> = {
  target: ["another model or account", "Each has a cache of its own. Stay with one model within a session."],
  expired: ["left alone too long", "A cache lives five minutes, or an hour where the client asks for it."],
  system: ["the system prompt changed", "A date, a list of files or a tool's state in it empties the cache each time."],
  compacted: ["the conversation was compacted", "Expected: what follows the summary is new."],
  tools_or_settings: ["tools or settings changed, or it was dropped early", "System prompt and messages are the same. A tool that is added or sorted otherwise stands before both."],
  messages: ["earlier messages changed", "The client has rewritten its history."],
  unknown: ["not known", "Without hashes of its messages nothing can be told."],
};

/** The prompt-cache doctor: where a session's cache was missed, why, and what that cost. */
export function CachePage() {
  const { session } = cacheRoute.useSearch();
  return (
    <div className="page">
      <header>
        <h1>Prompt-cache doctor</h1>
        {session ? <><p className="mono quiet cut">{session}</p><Link to="/cache" search={{}}>Other sessions</Link></> : null}
      </header>
      {session ? <OfSession session={session} /> : <Sessions />}
    </div>
  );
}

function Sessions() {
  const { data, isPending, error, refetch } = useInfiniteQuery(conversations("session", ""));
  if (isPending) return <Loading what="sessions" />;
  if (error) return <Failed what="Sessions" error={error} again={() => void refetch()} />;
  const rows = data.pages.flatMap((page) => page.data);
  if (rows.length === 0) return <Empty title="No session yet">Sessions that Claude Code, Codex and others name appear here with their use of the prompt cache. <Link to="/connect" search={{}}>Connect a client</Link></Empty>;
  return (
    <Scrolling label="Sessions">
      <thead><tr><th scope="col">Last request</th><th scope="col">Session</th><th scope="col" className="figure">Requests</th><th scope="col" className="figure">Input</th><th scope="col" className="figure">From the cache</th></tr></thead>
      <tbody>
        {rows.map(({ id, last_ms: last, sums }) => {
          const input = sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens;
          return (
            <tr key={id}>
              <td><Time ms={last} /></td><td className="cut mono"><Link to="/cache" search={{ session: id }}>{id}</Link></td>
              <td className="figure">{count(sums.exchanges)}</td><td className="figure">{tokens(input)}</td><td className="figure">{share(sums.cache_read_tokens, input)}</td>
            </tr>
          );
        })}
      </tbody>
    </Scrolling>
  );
}

function OfSession({ session }: { session: string }) {
  const { data: found, isPending, error, refetch } = useQuery(sessionCache(session));
  if (isPending) return <Loading what="the session" />;
  if (error) return <Failed what="The session" error={error} again={() => void refetch()} />;
  return (
    <>
      <dl className="figures">
        <div><dt>From the cache</dt><dd>{share(found.read_tokens, found.input_tokens)}<small>of {tokens(found.input_tokens)} input tokens</small></dd></div>
        <div><dt>Misses</dt><dd>{count(found.misses.length)}<small>in {count(found.exchanges)} requests</small></dd></div>
        <div><dt>Read again too late</dt><dd>{tokens(found.lost_tokens)}<small>tokens that were in the cache before</small></dd></div>
        <div><dt>Cost of the misses</dt><dd>{dollars(found.lost_dollars)}<small>more than reading them would have</small></dd></div>
      </dl>
      {found.misses.length === 0 ? <Empty title="No miss">What a request repeats of the one before was read from the provider&#39;s cache each time, as far as the provider tells.</Empty> : (
        <Scrolling label="Misses">
            <thead>
              <tr>
                <th scope="col">When</th><th scope="col">Why</th><th scope="col">Agent</th><th scope="col">Model</th><th scope="col" className="figure">Was cached</th>
                <th scope="col" className="figure">Read</th><th scope="col" className="figure">Cost</th><th scope="col"><span className="unseen">Look closer</span></th>
              </tr>
            </thead>
            <tbody>
              {found.misses.map((miss) => {
                const [what, help] = CAUSES[miss.cause];
                return (
                  <tr key={miss.id}>
                    <td><Link to="." search={(before) => ({ ...before, open: miss.id })}><Time ms={miss.began_ms} /></Link></td>
                    <td title={help}>{what}{miss.cause === "expired" ? <span className="quiet"> · {duration(miss.idle_ms)}</span> : null}<br /><span className="quiet">{help}</span></td>
                    <td className="cut">{miss.agent ?? "main"}</td><td className="cut">{miss.model}</td>
                    <td className="figure">{tokens(miss.expected_tokens)}</td><td className="figure">{tokens(miss.read_tokens)}</td>
                    <td className="figure">{miss.lost_dollars === null || miss.lost_dollars === undefined ? "–" : dollars(miss.lost_dollars)}</td>
                    <td><Link to="/compare" search={{ left: miss.before, right: miss.id }}>The block</Link></td>
                  </tr>
                );
              })}
            </tbody>
        </Scrolling>
      )}
    </>
  );
}
