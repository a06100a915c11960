// The watchers, each as a function that begins to watch a folder and gives how to stop it.
import parcel from "@parcel/watcher";
import chokidar from "chokidar";
import { join } from "node:path";
import { ironbridge } from "../ours.mjs";

export const WATCHERS = {
  ironbridge: async (folder, onPath) => {
    const watcher = await ironbridge.watch(folder, (changes) => {
      for (const { path } of changes) onPath(join(folder, path));
    });
    return () => watcher.close();
  },
  "@parcel/watcher": async (folder, onPath) => {
    const subscription = await parcel.subscribe(folder, (error, events) => {
      if (error) throw error;
      for (const { path } of events) onPath(path);
    });
    return () => subscription.unsubscribe();
  },
  chokidar: async (folder, onPath) => {
    const watcher = chokidar.watch(folder, { ignoreInitial: true });
    watcher.on("add", onPath).on("change", onPath).on("unlink", onPath);
    await new Promise((resolve) => watcher.once("ready", resolve));
    return () => watcher.close();
  },
};
