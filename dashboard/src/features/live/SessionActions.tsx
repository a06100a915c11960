import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api, type Session } from "../../api/client";

const PATHS = {
  pause: "/api/sessions/{id}/pause",
  resume: "/api/sessions/{id}/resume",
  stop: "/api/sessions/{id}/stop",
} as const;

/** What the operator does to a session. Stopping breaks off what runs, so it asks first. */
export function SessionActions({ session }: { session: Session }) {
  const sure = useRef<HTMLDialogElement>(null);
  const order = useMutation({
    mutationFn: (what: keyof typeof PATHS) =>
      answer(api.POST(PATHS[what], { params: { path: { id: session.id } }, headers: { "content-type": "application/json" } })),
  });
  if (!session.named) return <span className="quiet" title="Its client names no session, so it cannot be held">–</span>;
  return (
    <div className="actions">
      {order.error ? <span className="bad" role="alert">{order.error.message}</span> : null}
      {session.held ? <span className="warn">{session.held}</span> : null}
      {session.held ? (
        <button type="button" onClick={() => { order.mutate("resume"); }}>Resume</button>
      ) : (
        <button type="button" onClick={() => { order.mutate("pause"); }} title="Further requests wait, at most five minutes">Pause</button>
      )}
      {session.held === "stopped" ? null : (
        <button type="button" onClick={() => { sure.current?.showModal(); }}>Stop…</button>
      )}
      <dialog ref={sure} aria-labelledby={`stop-${session.id}`}>
        <h2 id={`stop-${session.id}`}>Stop session {session.id.slice(0, 60)}?</h2>
        <p>Its requests are broken off, and further ones refused with 403 until it is resumed.</p>
        <form method="dialog">
          <button type="submit">Keep it running</button>
          <button type="submit" className="main" onClick={() => { order.mutate("stop"); }}>Stop session</button>
        </form>
      </dialog>
    </div>
  );
}
