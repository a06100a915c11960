import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { answer, api, type ClientKey } from "../../api/client";
import { keys, viewer } from "../../api/queries";
import { Copyable, Empty, Failed, Loading, Scrolling, Time } from "../../design/parts";

const FIELDS = [
  ["name", "Name", "laptop"], ["models", "Models", "claude-*,gpt-5"], ["rpm", "Requests a minute", "60"], ["tpm", "Tokens a minute", "100000"],
  ["budget", "Budget", "5USD/day"], ["expires", "Ends", "30d"], ["domain", "Host", "any"],
] as const;

/** The keys of the gateway's clients: made, shown once, and revoked. */
export function Keys() {
  const { data, error, isPending } = useQuery(keys);
  const { data: who } = useQuery(viewer);
  if (isPending) return <Loading what="the keys" />;
  if (error) return <Failed what="The keys" error={error} />;
  return (
    <>
      {who?.role === "admin" ? <NewKey first={data.data.length === 0} /> : null}
      {data.data.length === 0 ? <Empty title="No key yet">Everyone on this machine may use the gateway, and nobody else. From the first key on every client needs one.</Empty> : (
        <Scrolling label="Client keys">
          <thead>
            <tr>
              <th scope="col">Name</th><th scope="col">Id</th><th scope="col">State</th><th scope="col">Models</th><th scope="col" className="figure">Requests/min</th><th scope="col" className="figure">Tokens/min</th>
              <th scope="col">Budget</th><th scope="col">Host</th><th scope="col">Made</th><th scope="col">Ends</th><th scope="col"><span className="unseen">Revoke</span></th>
            </tr>
          </thead>
          <tbody>{data.data.map((key) => <OneKey key={key.id} of={key} admin={who?.role === "admin"} />)}</tbody>
        </Scrolling>
      )}
    </>
  );
}

function NewKey({ first }: { first: boolean }) {
  const cache = useQueryClient();
  const [wrong, setWrong] = useState<string>();
  const [made, setMade] = useState<{ name: string; text: string }>();
  const make = async (form: FormData) => {
    setWrong(undefined);
    const value = (name: string) => String(form.get(name) ?? "").trim() || null;
    const number = (name: string) => { const text = value(name); return text === null ? null : Number(text); };
    const body = { name: value("name"), models: value("models"), rpm: number("rpm"), tpm: number("tpm"), budget: value("budget"), expires: value("expires"), domain: value("domain") };
    try {
      const { key, text } = await answer(api.POST("/api/keys", { body }));
      setMade({ name: key.name, text });
      await cache.invalidateQueries({ queryKey: ["keys"] });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section className="block">
      <header><h2>A new key</h2></header>
      {first ? <p className="warn">With the first key every client needs one: those that run now are refused until they have it.</p> : null}
      <form className="fields" action={make}>
        {FIELDS.map(([name, label, example]) => <label key={name}>{label}<input name={name} placeholder={example} {...(name === "rpm" || name === "tpm" ? { type: "number", min: 1 } : {})} /></label>)}
        <button className="main" type="submit">Make key</button>
      </form>
      {wrong ? <p className="bad" role="alert">{wrong}</p> : null}
      {made ? <div role="status"><p>“{made.name}”, shown this once: only its hash is kept.</p><Copyable text={made.text} label="The new key" /></div> : null}
    </section>
  );
}

function OneKey({ of: key, admin }: { of: ClientKey; admin: boolean }) {
  const cache = useQueryClient();
  const sure = useRef<HTMLDialogElement>(null);
  const revoke = useMutation({
    mutationFn: () => answer(api.POST("/api/keys/{id}/revoke", { params: { path: { id: key.id } }, headers: { "content-type": "application/json" } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["keys"] }),
  });
  const active = key.state === "active";
  return (
    <tr>
      <th scope="row" className="cut"><Link to="/requests" search={{ key: key.id }}>{key.name}</Link></th>
      <td className="mono">{key.id}</td>
      <td className={active ? "good" : "quiet"}>{key.state}{revoke.error ? <span className="bad" role="alert"> {revoke.error.message}</span> : null}</td>
      <td className="cut">{key.models.join(", ") || "all"}</td>
      <td className="figure">{key.requests_per_minute ?? "–"}</td>
      <td className="figure">{key.tokens_per_minute ?? "–"}</td>
      <td>{key.budgets.join(", ") || "–"}</td>
      <td>{key.domain ?? "any"}</td>
      <td><Time ms={key.created_ms} /></td>
      <td>{key.expires_ms ? <Time ms={key.expires_ms} /> : "never"}</td>
      <td>
        {active && admin ? <button type="button" onClick={() => { sure.current?.showModal(); }}>Revoke…</button> : null}
        <dialog ref={sure} aria-labelledby={`revoke-${key.id}`}>
          <h2 id={`revoke-${key.id}`}>Revoke the key {key.name.slice(0, 60)}?</h2>
          <p>Whoever uses it is refused from now on. It cannot be taken back.</p>
          <form method="dialog">
            <button type="submit">Keep it</button>
            <button type="submit" className="main" onClick={() => { revoke.mutate(); }}>Revoke key</button>
          </form>
        </dialog>
      </td>
    </tr>
  );
}
