import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { listen } from "../../api/live";
import { ApiError } from "../../api/client";
import { connection, viewer } from "../../api/queries";
import { Failed, Loading } from "../../design/parts";
import { applyTheme, theme } from "../../design/theme";
import { ExchangePanel } from "../requests/ExchangePanel";
import { SignIn } from "../sign-in/SignIn";
import "./frame.css";

const PAGES = [
  ["/", "Live"],
  ["/requests", "Requests"],
  ["/overview", "Overview"],
  ["/conversations", "Conversations"],
  ["/cache", "Cache"],
  ["/setup", "Setup"],
  ["/connect", "Connect"],
] as const;

/** What stands round every page: the way to the others, and whether what is shown is still live. */
export function Frame() {
  const who = useQuery(viewer);
  const cache = useQueryClient();
  const isIn = who.isSuccess;
  const { open } = useSearch({ from: "__root__" });
  useEffect(() => (isIn ? listen(cache) : undefined), [isIn, cache]);
  if (who.error instanceof ApiError && who.error.status === 401) return <SignIn reason={who.error.message} />;
  return (
    <>
      <a className="skip" href="#content">Skip to the page</a>
      <header className="bar">
        <Link className="name" to="/" search={{}} aria-label="Ironbridge, the live board">
          <img src="/dashboard/icon.svg" width="20" height="20" alt="" />
          <span>ironbridge</span>
        </Link>
        <nav aria-label="Pages">
          {PAGES.map(([to, name]) => (
            <Link key={to} to={to} search={{}} activeOptions={{ exact: to === "/", includeSearch: false }}>{name}</Link>
          ))}
        </nav>
        <Connection />
        <Theme />
      </header>
      <div className={open ? "split opened" : "split"}>
        <main id="content" tabIndex={-1}>
          {who.isPending ? <Loading what="the console" /> : null}
          {who.isError ? <Failed what="The console" error={who.error} again={() => void who.refetch()} /> : null}
          {isIn ? <Outlet /> : null}
        </main>
        {isIn && open ? <ExchangePanel id={open} /> : null}
      </div>
    </>
  );
}

const WORDS = { connecting: "connecting", connected: "connected", lost: "not connected, trying again" } as const;

function Connection() {
  const { data = "connecting" } = useQuery(connection);
  return <p className={`connection ${data}`} role="status" title={WORDS[data]}><span>{WORDS[data]}</span></p>;
}

function Theme() {
  const [now, setNow] = useState(theme);
  const other = now === "dark" ? "light" : "dark";
  const change = () => { applyTheme(other); setNow(other); };
  return <button type="button" className="plain" onClick={change} aria-label={`Use the ${other} theme`} title={`Use the ${other} theme`}>◐</button>;
}
