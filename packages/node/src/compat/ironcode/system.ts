/** The machine, and archives. */

import { resolve } from "node:path";
import type * as Types from "../../../types/tools.js";
import { now } from "./now.js";

/** `cpu_usage` is of this process, in percent of one core, since the last look. */
export interface SystemStats {
  cpu_usage: number;
  memory_used_mb: number;
  memory_total_mb: number;
  memory_percent: number;
}

const MEGABYTE = 1024 * 1024;

/** This process in figures; it does not sleep for them. */
export function getSystemStatsFFI(): SystemStats {
  const { process: own, machine } = now<Types.StatsOutput>("stats", {});
  return {
    cpu_usage: own.cpuPercent ?? own.cpuPercentSinceStart,
    memory_used_mb: own.memoryBytes / MEGABYTE,
    memory_total_mb: machine.memoryTotalBytes / MEGABYTE,
    memory_percent: (own.memoryBytes / machine.memoryTotalBytes) * 100,
  };
}

/** Unpacks an archive into a folder: all of it or nothing, and nothing outside the folder. */
export function extractZipFFI(zipPath: string, destDir: string): void {
  now("extract", { path: resolve(zipPath), to: resolve(destDir) });
}
