import { useQuery } from "@tanstack/react-query";
import { board } from "../../api/queries";
import { Copyable } from "../../design/parts";
import "./first-run.css";

/** How to connect each client. The board takes this page's place when the first request comes. */
export function FirstRun() {
  const { data } = useQuery(board);
  const here = location.origin;
  const clients = [
    {
      name: "Claude Code",
      about: "Any model; no account is asked for.",
      text: `export ANTHROPIC_BASE_URL=${here}\nexport ANTHROPIC_AUTH_TOKEN=any\nclaude`,
    },
    {
      name: "Codex",
      about: "With the responses API.",
      text: `codex -c 'model_providers.ironbridge={name="Ironbridge",base_url="${here}/v1",wire_api="responses"}' \\\n  -c model_provider=ironbridge`,
    },
    {
      name: "An SDK, or curl",
      about: "OpenAI's and Anthropic's SDKs take the same address as base_url.",
      text: `curl ${here}/v1/chat/completions \\\n  -H 'content-type: application/json' \\\n  -d '{"model":"offline","messages":[{"role":"user","content":"hello"}]}'`,
    },
  ];
  return (
    <div className="page first-run">
      <header>
        <h1>Connect a client</h1>
        <p className="quiet">Paste one of these into a terminal. Where the gateway has client keys, put one in the place of “any”.</p>
      </header>
      <div className="cards">
        {clients.map(({ name, about, text }) => (
          <section key={name} className="block">
            <header><h2>{name}</h2></header>
            <p className="quiet">{about}</p>
            <Copyable text={text} label={`How to connect ${name}`} />
          </section>
        ))}
      </div>
      {data?.length ? null : (
        <p className="waiting" role="status"><span className="pulse" aria-hidden="true">●</span> Waiting for the first request. It will appear here by itself.</p>
      )}
    </div>
  );
}
