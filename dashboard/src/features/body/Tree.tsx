import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "../../design/format";
import { Code, Failed, Loading } from "../../design/parts";
import { type Member, MEMBERS_MAX, type Path, TEXT_MAX } from "./json";
import type { Source } from "./questions";
import { members, textAt } from "./reader";

/** A body as it is, a level at a time: of what is closed nothing is in the page. */
export function Tree({ source }: { source: Source }) {
  return (
    <div className="tree">
      <p><a href={`/api/exchanges/${encodeURIComponent(source.id)}/${source.side}`} download={`${source.id}-${source.side}.json`}>Save the {source.side}</a></p>
      <Level source={source} path={[]} name={`The ${source.side}`} />
    </div>
  );
}

function Level({ source, path, name }: { source: Source; path: Path; name: string }) {
  const [pages, setPages] = useState(1);
  return (
    <ul aria-label={name}>
      {Array.from({ length: pages }, (_, page) => (
        <PageOfMembers key={page} source={source} path={path} from={page * MEMBERS_MAX} more={page === pages - 1 ? () => { setPages(pages + 1); } : undefined} />
      ))}
    </ul>
  );
}

function PageOfMembers({ source, path, from, more }: { source: Source; path: Path; from: number; more: (() => void) | undefined }) {
  const { data, isPending, error } = useQuery(members(source, path, from));
  if (isPending) return <li><Loading what="the next level" /></li>;
  if (error) return <li><Failed what="The body" error={error} /></li>;
  return (
    <>
      {data.members.map((member) => <OneMember key={member.key} source={source} path={[...path, member.key]} member={member} />)}
      {path.length === 0 && data.whole === 0 ? <li><Text source={source} path={path} /></li> : null}
      {more && data.whole > from + MEMBERS_MAX ? <li><button type="button" onClick={more}>{count(data.whole - from - MEMBERS_MAX)} more</button></li> : null}
    </>
  );
}

function OneMember({ source, path, member: { key, kind, size, preview } }: { source: Source; path: Path; member: Member }) {
  const [open, setOpen] = useState(false);
  const opens = kind === "object" || kind === "list" ? size > 0 : kind === "text" && size > preview.length;
  const shown = kind === "text" ? JSON.stringify(preview) + (size > preview.length ? ` … ${count(size)} characters` : "") : kind === "plain" ? preview : kind === "list" ? `[${count(size)}]` : `{${count(size)}} ${preview}`;
  return (
    <li>
      {opens ? (
        <button type="button" className="plain" aria-expanded={open} onClick={() => { setOpen(!open); }}>
          <span aria-hidden="true">{open ? "▾" : "▸"} </span>{key} <span className="quiet">{open ? "" : shown}</span>
        </button>
      ) : <span className="leaf">{key} <span className={kind === "text" ? "" : "busy"}>{shown}</span></span>}
      {open ? (kind === "text" ? <Text source={source} path={path} /> : <Level source={source} path={path} name={String(key)} />) : null}
    </li>
  );
}

function Text({ source, path }: { source: Source; path: Path }) {
  const [from, setFrom] = useState(0);
  const { data } = useQuery(textAt(source, path, from));
  if (!data) return <Loading what="the text" />;
  return (
    <>
      <Code>{data.text}</Code>
      {data.whole > TEXT_MAX ? (
        <p>
          <button type="button" disabled={from === 0} onClick={() => { setFrom(Math.max(0, from - TEXT_MAX)); }}>Back</button>{" "}
          <button type="button" disabled={from + TEXT_MAX >= data.whole} onClick={() => { setFrom(from + TEXT_MAX); }}>On</button>{" "}
          <span className="quiet">from character {count(from)} of {count(data.whole)}</span>
        </p>
      ) : null}
    </>
  );
}
