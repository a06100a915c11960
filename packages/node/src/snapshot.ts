/** Snapshots of what calls change: see what has changed since one, and go back. */

import type * as Types from "../types/tools.js";
import { tool } from "./engine.js";
import { type CallOptions, split } from "./options.js";

/** Where snapshots are: `cwd` (or `root`) names the project, `state` the folder they are kept in. */
export interface SnapshotOptions extends CallOptions {
  /** `take`: files to copy at once, because a command will change them. Else: only these files, or what is in these
   * folders. */
  paths?: string[];
}

/** What {@link Snapshot.list} tells of each. */
export type SnapshotRow = Types.Listed;

/**
 * A moment to go back to.
 *
 * From the first {@link Snapshot.take} on, whatever a function of this package changes in the project is copied just before,
 * once for each snapshot; so a snapshot costs what is changed after it, not what there is. What commands change is not
 * seen: name those files in `paths`. The call option `snapshots: false` leaves a change out.
 */
export class Snapshot {
  /** Never given twice in a project. */
  readonly id: number;
  readonly #place: CallOptions;

  private constructor(id: number, place: CallOptions) {
    const { signal: _signal, timeoutMs: _timeoutMs, ...rest } = place;
    this.id = id;
    this.#place = rest;
  }

  /** Takes one. `label`: at most 200 characters. */
  static async take(options: SnapshotOptions & { label?: string } = {}): Promise<Snapshot> {
    const [call, { label, paths }] = split(options);
    const { id } = await act(call, { action: "take", label, paths });
    return new Snapshot(id as number, call);
  }

  /** One that was taken earlier, by its id. Whether it is there is seen when it is used. */
  static of(id: number, options: CallOptions = {}): Snapshot {
    const [call] = split(options);
    return new Snapshot(id, call);
  }

  /** All of the project, the newest first. */
  static async list(options: CallOptions = {}): Promise<SnapshotRow[]> {
    const [call] = split(options);
    return (await act(call, { action: "list" })).snapshots ?? [];
  }

  /** Forgets all that were taken longer ago than this; gives how many. */
  static async forgetOld(olderThanSeconds: number, options: CallOptions = {}): Promise<number> {
    const [call] = split(options);
    return (await act(call, { action: "forget", olderThanSeconds })).forgotten ?? 0;
  }

  /** The files that were touched between this one and the next. */
  async paths(options: Pick<CallOptions, "signal" | "timeoutMs"> = {}): Promise<string[]> {
    const { snapshots } = await act({ ...this.#place, ...options }, { action: "list", id: this.id });
    return snapshots?.find((row) => row.id === this.id)?.paths ?? [];
  }

  /** What is not as it was. */
  async diff(
    options: Pick<SnapshotOptions, "paths" | "signal" | "timeoutMs"> = {},
  ): Promise<Types.ChangedFile[]> {
    const [call, { paths }] = split(options);
    const input = { action: "diff", id: this.id, paths } as const;
    return (await act({ ...this.#place, ...call }, input)).changed ?? [];
  }

  /**
   * Puts everything touched since back as it was. What is there now is kept in a snapshot of its own first: `undo` is that
   * one, missing where nothing was to be done.
   */
  async restore(
    options: Pick<SnapshotOptions, "paths" | "signal" | "timeoutMs"> = {},
  ): Promise<{ files: Types.RestoredFile[]; undo?: Snapshot }> {
    const [call, { paths }] = split(options);
    const input = { action: "restore", id: this.id, paths } as const;
    const { restored = [], id } = await act({ ...this.#place, ...call }, input);
    const files = restored ?? [];
    return id == null ? { files } : { files, undo: new Snapshot(id, this.#place) };
  }

  /** Forgets it. What earlier ones need of it is theirs from then on. */
  async forget(options: Pick<CallOptions, "signal" | "timeoutMs"> = {}): Promise<void> {
    await act({ ...this.#place, ...options }, { action: "forget", id: this.id });
  }
}

function act(
  call: CallOptions,
  input: { [field in keyof Types.SnapshotInput]?: Types.SnapshotInput[field] | undefined },
): Promise<Types.SnapshotOutput> {
  return tool("snapshot", call, input);
}
