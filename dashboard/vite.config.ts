import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Lays each file's gzip beside it, so that the gateway compresses nothing while it serves. */
function zipped(): Plugin {
  return {
    name: "zipped",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
        const zip = gzipSync(bytes, { level: 9 });
        if (zip.length < bytes.length) {
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: zip });
        }
      }
    },
  };
}

export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), { ...zipped(), enforce: "post" }],
  build: {
    target: "es2022",
    // A file of its own for each: the page's security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  preview: { proxy: { "/api": "http://127.0.0.1:4141" } },
  server: { proxy: { "/api": "http://127.0.0.1:4141" } },
});
