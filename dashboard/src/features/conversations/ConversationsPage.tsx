import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { conversations } from "../../api/queries";
import { count, dollars, duration, share, tokens } from "../../design/format";
import { Empty, Failed, Loading, Time } from "../../design/parts";
import { conversationsRoute } from "../../router";
import { ConversationGraph } from "./ConversationGraph";
import "../overview/overview.css";
import "./conversations.css";

/** Conversations as the ledger links them, or sessions as clients name them; one of them as a graph. */
export function ConversationsPage() {
  const { kind, search = "", conversation } = conversationsRoute.useSearch();
  const what = kind === "session" ? "session" : "conversation";
  const pages = useInfiniteQuery({ ...conversations(what, search), enabled: !conversation });
  const navigate = useNavigate({ from: "/conversations" });
  if (conversation) return <ConversationGraph id={conversation} />;
  const rows = pages.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <div className="page">
      <header>
        <h1>Conversations</h1>
        <nav className="presets" aria-label="What is listed">
          <Link to="/conversations" search={{}} data-chosen={what === "conversation"}>Linked</Link>
          <Link to="/conversations" search={{ kind: "session" }} data-chosen={what === "session"}>Sessions</Link>
        </nav>
      </header>
      <search className="fields">
        <label>
          Id of a {what} or request
          <input key={search} defaultValue={search} placeholder="any" onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            const wanted = event.currentTarget.value.trim();
            void navigate({ search: (before) => ({ ...before, search: wanted || undefined }) });
          }} />
        </label>
      </search>
      {pages.isPending ? <Loading what="conversations" /> : null}
      {pages.isError ? <Failed what="Conversations" error={pages.error} again={() => void pages.refetch()} /> : null}
      {pages.isSuccess && rows.length === 0 ? (
        <Empty title={search ? `No ${what} has this id` : `No ${what} yet`}>
          {search ? "Ids are searched for as a whole." : what === "conversation" ? "Requests that continue each other are linked here into conversations, with their branches and subtasks." : "Clients such as Claude Code and Codex name their sessions; each appears here."}
        </Empty>
      ) : null}
      {rows.length > 0 ? (
        // A region that scrolls must be reachable by the keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="scroll" tabIndex={0} role="region" aria-label="Conversations">
          <table>
            <thead>
              <tr>
                <th scope="col">Last request</th><th scope="col">{what === "session" ? "Session" : "Conversation"}</th><th scope="col">Domain</th>
                <th scope="col" className="figure">Requests</th><th scope="col" className="figure">Input</th><th scope="col" className="figure">Cache</th>
                <th scope="col" className="figure">Output</th><th scope="col" className="figure">Span</th><th scope="col" className="figure">Cost</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ id, domain, first_ms: first, last_ms: last, sums }) => {
                const input = sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens;
                return (
                  <tr key={id}>
                    <td><Time ms={last} /></td>
                    <td className="cut mono" title={id}>
                      {what === "session" ? <Link to="/requests" search={{ session: id }}>{id}</Link> : <Link to="/conversations" search={{ conversation: id }}>{id}</Link>}
                    </td>
                    <td className="cut">{domain}</td>
                    <td className="figure">{count(sums.exchanges)}{sums.failed > 0 ? <span className="bad"> {count(sums.failed)}!</span> : null}</td>
                    <td className="figure">{tokens(input)}</td>
                    <td className="figure">{share(sums.cache_read_tokens, input)}</td>
                    <td className="figure">{tokens(sums.output_tokens)}</td>
                    <td className="figure">{duration(last - first)}</td>
                    <td className="figure">{dollars(sums.dollars)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ) : null}
      {pages.hasNextPage ? <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>Older</button> : null}
    </div>
  );
}
