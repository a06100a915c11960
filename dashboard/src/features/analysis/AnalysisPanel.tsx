import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { Conversation } from "../../api/client";
import { dollars } from "../../design/format";
import { Code } from "../../design/parts";
import { analyse, type Analysis } from "./analyse";

/** Work under way is done one after the other, whichever conversation it is for. */
let queue: Promise<unknown> = Promise.resolve();

/** Has a model of one's choice read the conversation, on demand. What it says stays in this page. */
export function AnalysisPanel({ found }: { found: Conversation }) {
  const last = found.nodes.at(-1)?.exchange;
  const [state, setState] = useState<{ doing?: string; wrong?: string; done?: Analysis }>({});
  const stop = useRef<AbortController>(undefined);
  if (!last) return null;
  const start = (form: FormData) => {
    const [model, key] = [String(form.get("model") ?? "").trim(), String(form.get("key") ?? "").trim()];
    const controller = new AbortController();
    stop.current = controller;
    setState({ doing: "waiting for the one before" });
    queue = queue
      .then(() => { controller.signal.throwIfAborted(); return analyse(last.id, model || last.model, key, controller.signal, (doing) => { setState({ doing }); }); })
      .then((done) => { setState({ done }); }, (error: unknown) => { setState({ wrong: controller.signal.aborted ? "cancelled" : error instanceof Error ? error.message : String(error) }); });
  };
  const { doing, wrong, done } = state;
  return (
    <details className="block">
      <summary>Analyse this conversation</summary>
      <p className="quiet">A model reads the first 5 and the last 20 turns, without secrets, through this gateway: limits and budgets count it, and it costs what a request costs. The result stays in this page.</p>
      <form className="fields" action={start}>
        <label>Model<input name="model" placeholder={last.model} disabled={doing !== undefined} /></label>
        <label>Client key, where one is needed<input name="key" type="password" autoComplete="off" disabled={doing !== undefined} /></label>
        {doing === undefined ? <button className="main" type="submit">Analyse</button> : <button type="button" onClick={() => { stop.current?.abort(); }}>Cancel</button>}
      </form>
      <p role="status">{doing ? `${doing}…` : ""}</p>
      {wrong ? <p className="bad" role="alert">{wrong}</p> : null}
      {done ? <Done analysis={done} /> : null}
    </details>
  );
}

function Done({ analysis: { findings, text, exchange } }: { analysis: Analysis }) {
  const list = (name: string, items: string[]) => (items.length > 0 ? <><dt>{name}</dt><dd><ul>{items.map((item, index) => <li key={index}>{item}</li>)}</ul></dd></> : null);
  return (
    <section className="block" aria-label="Analysis">
      {findings ? (
        <dl className="facts">
          <dt>Summary</dt><dd>{findings.summary}</dd>
          <dt>Outcome</dt><dd>{findings.outcome || "–"}</dd>
          {list("Topics", findings.topics)}
          {list("To do", findings.action_items)}
          {list("To ask better", findings.prompting_tips)}
        </dl>
      ) : <><p className="quiet">The model did not answer in the form that was asked for:</p><Code>{text}</Code></>}
      {exchange ? <p>Cost <b>{exchange.cost ? dollars(exchange.cost.dollars) : "unknown"}</b> <Link to="." search={(before) => ({ ...before, open: exchange.id })}>the request</Link></p> : null}
    </section>
  );
}
