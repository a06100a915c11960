/** Watchers that are asked. Their events come with the event loop, so a loop that never ends sees none. */

import { join, resolve } from "node:path";
import type { Change } from "../../../types/tools.js";
import { ask, listen, parsed, release, unlisten } from "../../engine.js";
import { globbed } from "./glob.js";

export interface WatcherEvent {
  path: string;
  event_type: "add" | "change" | "unlink";
  /** In milliseconds since 1970. */
  timestamp: number;
}

export interface WatcherInfo {
  id: string;
  path: string;
  ignore_patterns: string[];
  max_queue_size: number;
  event_count: number;
}

interface Watcher {
  call: number;
  path: string;
  ignorePatterns: string[];
  maxQueueSize: number;
  events: WatcherEvent[];
}

const watchers = new Map<string, Watcher>();

/** What changes become; the others say that something was lost, which a reader of this queue cannot be told. */
const KINDS: Partial<Record<Change["kind"], WatcherEvent["event_type"]>> = {
  create: "add",
  update: "change",
  delete: "unlink",
};

/** Watches a folder; the oldest event goes where the queue is full. */
export function watcherCreateFFI(
  id: string,
  path: string,
  ignorePatterns: string[] = [],
  maxQueueSize = 1000,
): void {
  if (watchers.has(id)) throw new Error(`Watcher ${id} already exists`);
  const ignored = ignorePatterns.map(globbed);
  const root = resolve(path);
  const input = { path: root, hidden: true, respectIgnore: false };
  const { call } = ask("watch-start", { input }, { cwd: root });
  const watcher: Watcher = { call, path, ignorePatterns, maxQueueSize, events: [] };
  watchers.set(id, watcher);
  const take = (change: Change) => {
    const event_type = KINDS[change.kind];
    const place = join(root, change.path);
    if (event_type === undefined || ignored.some((matches) => matches(place))) return;
    watcher.events.push({ path: place, event_type, timestamp: Date.now() });
    if (watcher.events.length > maxQueueSize) watcher.events.shift();
  };
  // It does not keep a program alive: nobody waits for an event.
  listen(call, (answer) => parsed<Change[]>(answer).forEach(take), false);
}

/** The events since the last call. */
export function watcherPollEventsFFI(id: string): WatcherEvent[] {
  return found(id).events.splice(0);
}

export function watcherPendingCountFFI(id: string): number {
  return found(id).events.length;
}

export function watcherRemoveFFI(id: string): void {
  const { call } = found(id);
  watchers.delete(id);
  unlisten(call);
  // Its thread ends on its own time.
  void release(call).catch(() => {});
}

export function watcherListFFI(): string[] {
  return [...watchers.keys()];
}

export function watcherGetInfoFFI(id: string): WatcherInfo {
  const { path, ignorePatterns, maxQueueSize, events } = found(id);
  return {
    id,
    path,
    ignore_patterns: ignorePatterns,
    max_queue_size: maxQueueSize,
    event_count: events.length,
  };
}

function found(id: string): Watcher {
  const watcher = watchers.get(id);
  if (watcher === undefined) throw new Error(`Watcher ${id} not found`);
  return watcher;
}
