import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Lays each file's gzip beside it, so that the gateway compresses nothing while it serves. */
function zipped(): Plugin {
  return {
    name: "zipped",
    // Only now the files are what the browser gets.
    writeBundle({ dir = "dist" }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        if (!entry.isFile() || file.endsWith(".gz")) continue;
        const bytes = readFileSync(file);
        const zip = gzipSync(bytes, { level: 9 });
        if (zip.length < bytes.length) writeFileSync(`${file}.gz`, zip);
      }
    },
  };
}

export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), zipped()],
  build: {
    target: "es2022",
    // A file of its own for each: the page's security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  preview: { proxy: { "/api": "http://127.0.0.1:4141" } },
  server: { proxy: { "/api": "http://127.0.0.1:4141" } },
});
