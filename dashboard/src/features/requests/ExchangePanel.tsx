import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { exchange as one } from "../../api/queries";
import { Failed, Loading } from "../../design/parts";
import { ExchangeView } from "./ExchangeView";

/** One exchange beside whatever list it was opened from; Escape closes it, j and k walk in the order of time. */
export function ExchangePanel({ id }: { id: string }) {
  const asked = useQuery(one(id));
  const navigate = useNavigate();
  const panel = useRef<HTMLElement>(null);
  const found = asked.data;
  useEffect(() => {
    const go = (open: string | undefined) => void navigate({ to: ".", search: (before) => ({ ...before, open }), replace: true });
    const key = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey) return;
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") go(undefined);
      if (event.key === "j" && found?.older) go(found.older);
      if (event.key === "k" && found?.newer) go(found.newer);
    };
    document.addEventListener("keydown", key);
    return () => { document.removeEventListener("keydown", key); };
  }, [navigate, found]);
  return (
    <aside className="panel" aria-label="Request" ref={panel}>
      <header>
        <div>
          <h1 className="cut">{found?.model ?? "Request"}</h1>
          <p className="mono quiet cut" title={id}>{id}</p>
        </div>
        <div className="steps">
          <Step to={found?.newer} title="Next newer (k)">↑</Step>
          <Step to={found?.older} title="Next older (j)">↓</Step>
          <Link to="/requests/$id" params={{ id }} search={{}} aria-label="A page of its own" title="A page of its own"><span aria-hidden="true">⤢</span></Link>
          <Link to="." search={(before) => ({ ...before, open: undefined })} aria-label="Close (Escape)" title="Close (Escape)"><span aria-hidden="true">✕</span></Link>
        </div>
      </header>
      {asked.isPending ? <Loading what="the request" /> : null}
      {asked.isError ? <Failed what="The request" error={asked.error} again={() => void asked.refetch()} /> : null}
      {found ? <ExchangeView key={id} exchange={found} /> : null}
    </aside>
  );
}

function Step({ to, title, children }: { to: string | null | undefined; title: string; children: string }) {
  if (!to) return <span className="quiet" aria-hidden="true">{children}</span>;
  return <Link to="." search={(before) => ({ ...before, open: to })} aria-label={title} title={title}>{children}</Link>;
}
