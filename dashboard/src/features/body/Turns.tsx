import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { bytes, count } from "../../design/format";
import { Code, Failed, Loading } from "../../design/parts";
import { EditDiff } from "./EditDiff";
import type { Source } from "./questions";
import { said, TURNS_MAX, wholeTurn } from "./reader";
import type { Cut, Part, Turn } from "./turns";
import "./body.css";

const Markdown = lazy(() => import("./Markdown"));

/** Lines of a tool's result that are shown before it is opened. */
const FOLDED_LINES = 20;

/** What was said: a request as the model saw it, or a reply. The newest turns first come into view, earlier ones on demand. */
export function Turns({ source }: { source: Source }) {
  const [from, setFrom] = useState<number>();
  const first = useQuery(said(source, 0));
  const start = from ?? Math.max((first.data?.whole ?? 0) - TURNS_MAX, 0);
  const shown = useQuery({ ...said(source, start), enabled: first.isSuccess });
  if (first.isPending) return <Loading what={`the ${source.side}`} />;
  if (first.isError) return <Failed what={`The ${source.side}`} error={first.error} again={() => void first.refetch()} />;
  const { said: head, whole, bytes: size } = first.data;
  const turns = shown.data?.said.turns ?? [];
  return (
    <div className="said">
      <p className="quiet">{count(whole)} {whole === 1 ? "turn" : "turns"} · {bytes(size)}</p>
      {head.tools.length > 0 ? (
        <details>
          <summary>{count(head.tools.length)} tools offered</summary>
          <ul className="offered">{head.tools.map(({ name, about }, index) => <li key={index}><b>{name}</b> <span className="quiet">{about}</span></li>)}</ul>
        </details>
      ) : null}
      {head.system.map((turn, index) => <details key={index}><summary>System prompt</summary><OneTurn turn={turn} index={-1} source={source} /></details>)}
      {start > 0 ? <button type="button" onClick={() => { setFrom(Math.max(start - TURNS_MAX, 0)); }}>Show {Math.min(TURNS_MAX, start)} earlier turns</button> : null}
      <ol className="turns" start={start + 1}>
        {turns.map((turn, index) => <li key={start + index}><OneTurn turn={turn} index={start + index} source={source} /></li>)}
      </ol>
      {start + TURNS_MAX < whole ? <button type="button" onClick={() => { setFrom(start + TURNS_MAX); }}>Show later turns</button> : null}
    </div>
  );
}

function OneTurn({ turn, index, source }: { turn: Turn; index: number; source: Source }) {
  const [whole, setWhole] = useState<Turn>();
  const { role, parts } = whole ?? turn;
  const more = () => void wholeTurn(source, index).then((found) => { if (found) setWhole(found); });
  return (
    <article className={`turn ${role}`} aria-label={`${role}, turn ${index + 1}`}>
      {index >= 0 ? <h3>{role} <span className="quiet">{index + 1}</span></h3> : null}
      {parts.map((part, number) => <OnePart key={number} part={part} more={whole ? undefined : more} />)}
    </article>
  );
}

function OnePart({ part, more }: { part: Part; more: (() => void) | undefined }) {
  switch (part.kind) {
    case "text":
      return <><Suspense fallback={<pre>{part.said.text}</pre>}><Markdown text={part.said.text} /></Suspense><Rest said={part.said} more={more} /></>;
    case "thinking":
      return <div className="thought"><p>thinking</p><Code>{part.said.text}</Code><Rest said={part.said} more={more} /></div>;
    case "call":
      return (
        <details className="call" open={part.edits.length > 0}>
          <summary><span aria-hidden="true">⚒ </span><b>{part.name}</b> <span className="quiet cut">{oneLine(part.input.text)}</span></summary>
          {part.edits.length > 0 ? part.edits.map((edit, index) => <EditDiff key={index} edit={edit} />) : <Code>{part.input.text}</Code>}
          <Rest said={part.input} more={more} />
        </details>
      );
    case "result":
      return <Result part={part} more={more} />;
    case "image":
      return <img className="shown" src={part.source} alt="As it was sent" />;
    case "other":
      return <details><summary className="quiet">{part.name}</summary><Code>{part.said.text}</Code><Rest said={part.said} more={more} /></details>;
  }
}

function Result({ part, more }: { part: Extract<Part, { kind: "result" }>; more: (() => void) | undefined }) {
  const lines = part.said.text.split("\n");
  const long = lines.length > FOLDED_LINES;
  return (
    <details className={part.failed ? "result failed" : "result"} open={!long}>
      <summary><span aria-hidden="true">↳ </span>{part.failed ? <b className="bad">failed</b> : "result"} <span className="quiet">{long ? `${count(lines.length)} lines` : ""} {part.id}</span></summary>
      <Code>{part.said.text}</Code>
      {part.images.map((source, index) => <img key={index} className="shown" src={source} alt="A tool's result" />)}
      <Rest said={part.said} more={more} />
    </details>
  );
}

function Rest({ said: { text, whole }, more }: { said: Cut; more: (() => void) | undefined }) {
  if (text.length >= whole) return null;
  const left = count(whole - text.length);
  return more ? <button type="button" onClick={more}>Show {left} more characters</button> : <p className="quiet">{left} more characters stand under Raw.</p>;
}

function oneLine(text: string): string {
  return text.slice(0, 200).replaceAll(/\s+/g, " ");
}
