import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...ts.configs.strict, a11y.flatConfigs.strict, hooks.configs.flat.recommended],
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  {
    files: ["test/**/*.mjs", "bench/**/*.mjs"],
    languageOptions: { globals: { process: "readonly", URL: "readonly", fetch: "readonly", console: "readonly", document: "readonly", window: "readonly", setTimeout: "readonly", Buffer: "readonly", navigator: "readonly", structuredClone: "readonly", EventSource: "readonly", requestAnimationFrame: "readonly", location: "readonly", AbortController: "readonly", TextDecoder: "readonly", performance: "readonly" } },
  },
);
