import type { QueryClient } from "@tanstack/react-query";
import type { Exchange, Session } from "./client";
import { board, connection, justEnded } from "./queries";

/** The most exchanges that the page remembers of those that ended while it was open. */
const ENDED_MAX = 500;

/** How long after the gateway refused the stream the page asks again, in milliseconds. */
const RETRY_MS = 2000;

/**
 * Listens to the gateway and patches the query cache with what happens. Events are gathered until the next frame, so
 * that a thousand a second cost the page one change a frame. Gives what ends it.
 *
 * Each event carries a whole row; one that comes twice does no harm, and the browser says itself which it had last.
 */
export function listen(cache: QueryClient): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  let anew: Session[] | undefined;
  const rows = new Map<string, Session>();
  const ended: Exchange[] = [];

  const flush = () => {
    frame = 0;
    if (anew || rows.size > 0) {
      cache.setQueryData(board.queryKey, (before: Session[] | undefined) => {
        const all = new Map((anew ?? before ?? []).map((row) => [row.id, row]));
        for (const row of rows.values()) all.set(row.id, row);
        return [...all.values()];
      });
    }
    if (ended.length > 0) {
      const newest = ended.toReversed();
      cache.setQueryData(justEnded.queryKey, (before: Exchange[] | undefined) => {
        const known = new Set(newest.map((one) => one.id));
        return [...newest, ...(before ?? []).filter((one) => !known.has(one.id))].slice(0, ENDED_MAX);
      });
      for (const one of newest) void cache.invalidateQueries({ queryKey: ["exchange", one.id] });
    }
    anew = undefined;
    rows.clear();
    ended.length = 0;
  };
  const later = () => { frame ||= requestAnimationFrame(flush); };

  const open = () => {
    source = new EventSource("/api/live");
    source.onopen = () => { cache.setQueryData(connection.queryKey, "connected"); };
    source.onerror = () => {
      cache.setQueryData(connection.queryKey, "lost");
      // The browser comes back by itself, unless the gateway has said no.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    };
    source.addEventListener("board", (event) => {
      anew = (JSON.parse(event.data as string) as { sessions: Session[] }).sessions;
      rows.clear();
      later();
    });
    source.addEventListener("session", (event) => {
      const row = JSON.parse(event.data as string) as Session;
      rows.set(row.id, row);
      later();
    });
    source.addEventListener("exchange", (event) => {
      ended.push(JSON.parse(event.data as string) as Exchange);
      if (ended.length > ENDED_MAX) ended.shift();
      later();
    });
  };
  open();
  return () => {
    source?.close();
    clearTimeout(retry);
    cancelAnimationFrame(frame);
  };
}
