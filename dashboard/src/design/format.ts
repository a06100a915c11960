/** How figures are written: grouped by thin spaces, each with its unit. */

const THIN = "\u202f";

export function count(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** Tokens, shortened beyond ten thousand: `12.4k`, `3.1M`. */
export function tokens(value: number): string {
  if (value < 10_000) return count(value);
  if (value < 999_500) return `${short(value / 1_000)}k`;
  if (value < 999_500_000) return `${short(value / 1_000_000)}M`;
  return `${short(value / 1_000_000_000)}G`;
}

function short(value: number): string {
  return value < 99.95 ? value.toFixed(1) : Math.round(value).toString();
}

export function dollars(value: number): string {
  if (value === 0) return "$0";
  if (value < 0.01) return `$${value.toPrecision(2)}`;
  const [whole = "0", cents = "00"] = value.toFixed(2).split(".");
  return `$${count(Number(whole))}.${cents}`;
}

export function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * part) / whole)}${THIN}%` : "–";
}

export function bytes(value: number): string {
  if (value < 1000) return `${value}${THIN}B`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(1)}${THIN}kB`;
  return `${(value / 1_000_000).toFixed(1)}${THIN}MB`;
}

/** A length of time from milliseconds: `840 ms`, `3.2 s`, `14 m`, `5 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}${THIN}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}${THIN}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}${THIN}m`;
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)}${THIN}h`;
  return `${Math.floor(ms / 86_400_000)}${THIN}d`;
}

/** The same in whole seconds, for what counts up before one's eyes. */
export function age(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))}${THIN}s` : duration(ms);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** A moment in the viewer's zone: the time alone where it is of today. */
export function moment(ms: number, now = Date.now()): string {
  const date = new Date(ms);
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function exactly(ms: number): string {
  return exact.format(new Date(ms));
}
