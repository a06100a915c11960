/** What the page asks of the worker that reads bodies. */
import type { Compared } from "./blocks";
import type { Members, Path } from "./json";
import type { Line } from "./lines";
import type { Said } from "./turns";

/** A body: the request or the reply of an exchange. */
export interface Source {
  id: string;
  side: "request" | "reply";
}

export type Question =
  | { what: "said"; source: Source; from: number; count: number; most: number }
  | { what: "members"; source: Source; path: Path; from: number }
  | { what: "text"; source: Source; path: Path; from: number }
  | { what: "compared"; left: Source; right: Source }
  | { what: "block"; left: Source; right: Source; name: string }
  | { what: "lines"; before: string; after: string };

export interface Asked {
  number: number;
  question: Question;
}

export type Answer =
  | { what: "said"; said: Said; whole: number; bytes: number }
  | ({ what: "members" } & Members)
  | { what: "text"; text: string; whole: number }
  | { what: "compared"; compared: Compared }
  | { what: "lines"; lines: Line[] };
