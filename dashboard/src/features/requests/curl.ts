import type { WholeExchange } from "../../api/client";

const PATHS: Record<string, string> = {
  chat: "/v1/chat/completions", responses: "/v1/responses", messages: "/v1/messages", count_tokens: "/v1/messages/count_tokens", embeddings: "/v1/embeddings",
};

/** A text that a shell takes as one word, whatever is in it. */
function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The request as a command that sends it again through this gateway. The key is named by a variable: neither the page nor
 * the gateway has it, and what was secret in the body was masked before it was kept.
 */
export function curl(exchange: WholeExchange, body: string, gateway = location.origin): string {
  const headers = ["content-type: application/json"];
  if (exchange.session) headers.push(`x-session-id: ${exchange.session}`);
  const lines = [
    `curl ${word(`${gateway}${PATHS[exchange.endpoint] ?? "/v1/messages"}`)}`,
    ...headers.map((header) => `-H ${word(header.replaceAll(/[\r\n]/g, " "))}`),
    ...(exchange.key ? ['-H "authorization: Bearer $IRONBRIDGE_KEY"'] : []),
    `--data-binary ${word(body)}`,
  ];
  return lines.join(" \\\n  ");
}
