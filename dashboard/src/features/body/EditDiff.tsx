import { useQuery } from "@tanstack/react-query";
import { Code } from "../../design/parts";
import type { Line } from "./lines";
import { editLines } from "./reader";
import type { Edit } from "./turns";

/** An edit as what goes and what comes. */
export function EditDiff({ edit: { path, before, after } }: { edit: Edit }) {
  const { data } = useQuery(editLines(before, after));
  return (
    <figure className="edit">
      <figcaption className="mono">{path}</figcaption>
      <Lines lines={data?.lines ?? []} />
    </figure>
  );
}

/** Lines with a sign each, which says the same as the colour. */
export function Lines({ lines }: { lines: Line[] }) {
  return (
    <Code className="diff">
      {lines.map(({ sign, text }, index) => <span key={index} className={sign === "+" ? "added" : sign === "-" ? "removed" : ""}>{sign} {text}{"\n"}</span>)}
    </Code>
  );
}
