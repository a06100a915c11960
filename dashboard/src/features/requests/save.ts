import type { Exchange } from "../../api/client";

/** Hands a text to the browser as a file. */
export function save(name: string, type: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

const CSV_COLUMNS = ["id", "began_ms", "duration_ms", "status", "cause", "domain", "model", "provider", "session", "agent", "class", "error"] as const;

export function csv(rows: Exchange[]): string {
  // A cell that begins so would be a formula to a spreadsheet.
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? "" : String(value);
    return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const tokensOf = (row: Exchange) => [row.usage?.input_tokens, row.usage?.cache_read_tokens, row.usage?.cache_write_tokens, row.usage?.output_tokens, row.cost?.dollars];
  const head = [...CSV_COLUMNS, "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "dollars"];
  const lines = rows.map((row) => [...CSV_COLUMNS.map((name) => row[name]), ...tokensOf(row)].map(cell).join(","));
  return [head.join(","), ...lines, ""].join("\r\n");
}
