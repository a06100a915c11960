import { type ReactNode, useEffect, useState } from "react";
import { age, exactly, moment } from "./format";

/** A moment, exact on hover. */
export function Time({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactly(ms)}>
      {moment(ms)}
    </time>
  );
}

/** How long ago a moment was, counting up. */
export function Age({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => { setNow(Date.now()); }, 1000);
    return () => { clearInterval(timer); };
  }, []);
  return <span title={exactly(since)}>{age(now - since)}</span>;
}

/** A share of a whole as a bar with its figure; warns from 70 %, alarms from 90 %. */
export function Meter({ part, whole, label }: { part: number; whole: number; label: string }) {
  const filled = whole > 0 ? Math.min(1, part / whole) : 0;
  const percent = Math.round(filled * 100);
  const level = filled >= 0.9 ? "bad" : filled >= 0.7 ? "warn" : "";
  return (
    <span className={`meter ${level}`} title={label}>
      <span aria-hidden="true">
        <span style={{ transform: `scaleX(${filled})` }} />
      </span>
      <span>{percent}{"\u202f"}%</span>
    </span>
  );
}

/** What stands where there is nothing: what will appear, and how to make it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children ? <div className="quiet">{children}</div> : null}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <p className="state quiet" role="status">Loading {what}…</p>;
}

/** What failed, what still works, what to do. */
export function Failed({ what, error, again }: { what: string; error: unknown; again?: () => void }) {
  return (
    <div className="state error" role="alert">
      <h2>{what} could not be loaded</h2>
      <p className="quiet">{error instanceof Error ? error.message : String(error)}</p>
      {again ? <button type="button" onClick={again}>Try again</button> : null}
    </div>
  );
}

/** A table that may be wider than its place, and scrolls by itself. */
export function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  return (
    // A region that scrolls must be reachable by the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll" tabIndex={0} role="region" aria-label={label}><table>{children}</table></div>
  );
}

/** A text that may scroll by itself. */
export function Code({ className = "", label, children }: { className?: string; label?: string; children: ReactNode }) {
  // A region that scrolls must be reachable by the keyboard.
  // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre className={`code ${className}`} tabIndex={0} {...(label ? { "aria-label": label } : {})}>{children}</pre>;
}

/** A text with a button that copies it. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => { setCopied(false); }, 1500);
  };
  return (
    <div className="copyable">
      <Code label={label}>{text}</Code>
      <button type="button" onClick={() => void copy()}>{copied ? "Copied" : "Copy"}</button>
    </div>
  );
}
