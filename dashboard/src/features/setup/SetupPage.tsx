import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { audit, prices, settings } from "../../api/queries";
import { count, tokens } from "../../design/format";
import { Empty, Failed, Loading, Scrolling, Time } from "../../design/parts";
import { setupRoute } from "../../router";
import { Accounts } from "./Accounts";
import { Keys } from "./Keys";
import "../overview/overview.css";

const PARTS = [
  ["accounts", "Accounts", Accounts],
  ["keys", "Client keys", Keys],
  ["prices", "Prices", Prices],
  ["settings", "Settings", Settings],
  ["audit", "Audit log", Audit],
] as const;

/** What the gateway is set up with: whose accounts it uses, who may use it, what models cost, what was done here. */
export function SetupPage() {
  const { part } = setupRoute.useSearch();
  const [name, title, Part] = PARTS.find(([one]) => one === part) ?? PARTS[0];
  return (
    <div className="page">
      <header>
        <h1>{title}</h1>
        <nav className="presets" aria-label="Parts of the setup">
          {PARTS.map(([one, word]) => <Link key={one} to="/setup" search={{ part: one }} data-chosen={one === name}>{word}</Link>)}
        </nav>
      </header>
      <Part />
    </div>
  );
}

function Prices() {
  const { data, error, isPending } = useQuery(prices);
  if (isPending) return <Loading what="the prices" />;
  if (error) return <Failed what="The prices" error={error} />;
  const price = (value: number | null | undefined) => (value === null || value === undefined ? "–" : value.toString());
  return (
    <>
      <p className="quiet">USD for a million tokens, as looked up on {data.version}. A name stands for all that begin so. Where no price stands nobody bills by the token, or nobody knows.</p>
      <Scrolling label="Prices">
        <thead>
          <tr>
            <th scope="col">Model</th><th scope="col" className="figure">Context</th><th scope="col" className="figure">Output, most</th><th scope="col" className="figure">Input</th><th scope="col" className="figure">Output</th>
            <th scope="col" className="figure">Cache read</th><th scope="col" className="figure">Written, 5 min</th><th scope="col" className="figure">Written, 1 h</th><th scope="col"><span className="unseen">Notes</span></th>
          </tr>
        </thead>
        <tbody>
          {data.models.map((row) => (
            <tr key={row.model}>
              <th scope="row">{row.model}</th><td className="figure">{tokens(row.context_tokens)}</td><td className="figure">{tokens(row.output_tokens_max)}</td><td className="figure">{price(row.input)}</td>
              <td className="figure">{price(row.output)}</td><td className="figure">{price(row.cache_read)}</td><td className="figure">{price(row.cache_write_5m)}</td><td className="figure">{price(row.cache_write_1h)}</td>
              <td className="quiet">{row.estimate ? "estimate" : ""}</td>
            </tr>
          ))}
        </tbody>
      </Scrolling>
    </>
  );
}

function Settings() {
  const { data, error, isPending } = useQuery(settings);
  if (isPending) return <Loading what="the settings" />;
  if (error) return <Failed what="The settings" error={error} />;
  return (
    <>
      <p className="quiet">What is in force. It is changed in the config file, which the gateway takes over while it runs.</p>
      <dl className="facts">{data.data.map(({ name, value }) => <div key={name} className="pair"><dt className="mono">{name}</dt><dd>{value || <span className="quiet">none</span>}</dd></div>)}</dl>
    </>
  );
}

const KNOWN = { this_machine: "this machine", token: "a token", cookie: "signed in" } as const;

function Audit() {
  const { data, error, isPending } = useQuery(audit);
  if (isPending) return <Loading what="the audit log" />;
  if (error) return <Failed what="The audit log" error={error} />;
  if (data.data.length === 0) return <Empty title="Nothing was done yet">What is changed through this page or its API appears here, and who looked at what was said; since the gateway started, at most 1 000. All of it is in the log, under <code>audit</code>.</Empty>;
  return (
    <>
      <p className="quiet">{count(data.data.length)} since the gateway started; all of them are in its log, under <code>audit</code>.</p>
      <Scrolling label="Audit log">
        <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Who</th><th scope="col">From</th><th scope="col" className="figure">Answer</th></tr></thead>
        <tbody>
          {data.data.map((deed, index) => (
            <tr key={index}>
              <td><Time ms={deed.at_ms} /></td><td className="mono cut" title={deed.what}>{deed.what}</td><td>{KNOWN[deed.known_by]}, {deed.role}</td><td>{deed.from ?? "–"}</td>
              <td className={`figure ${deed.status >= 400 ? "bad" : ""}`}>{deed.status}</td>
            </tr>
          ))}
        </tbody>
      </Scrolling>
    </>
  );
}
