/** Applications by the folder and target they were asked for with. */

import { AsgiApp } from "../../asgi/app.js";

/** What is loaded, from where. */
export interface Place {
  /** Absolute. */
  folder: string;
  /** As it was given: the application's `root_path`. */
  root: string;
  target: string;
  /** Of the module, where it lies in the folder itself. */
  file: string | undefined;
}

/** Applications of this thread. Nobody closes them: there is no such call. They end with the program. */
const applications = new Map<string, Promise<AsgiApp>>();

export function loaded({ folder, target, file }: Place): Promise<AsgiApp> {
  const key = JSON.stringify([folder, target]);
  let app = applications.get(key);
  if (app === undefined) {
    app = AsgiApp.load(target, { path: folder, ...(file && { file }) });
    applications.set(key, app);
    // What could not be loaded may be mended.
    app.catch(() => applications.delete(key));
  }
  return app;
}
