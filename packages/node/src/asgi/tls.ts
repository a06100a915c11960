/** The extension `tls` of the scope: what a TLS socket of Node's tells of itself, as the host reads it. */

import type { TLSSocket } from "node:tls";

/** Versions and ciphers by their numbers of TLS's registry. */
const VERSIONS: Record<string, number> = { "TLSv1": 0x301, "TLSv1.1": 0x302, "TLSv1.2": 0x303, "TLSv1.3": 0x304 };
const CIPHERS: Record<string, number> = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
  TLS_AES_128_CCM_SHA256: 0x1304,
  TLS_AES_128_CCM_8_SHA256: 0x1305,
  TLS_RSA_WITH_AES_128_CBC_SHA: 0x2f,
  TLS_RSA_WITH_AES_256_CBC_SHA: 0x35,
  TLS_RSA_WITH_AES_128_CBC_SHA256: 0x3c,
  TLS_RSA_WITH_AES_256_CBC_SHA256: 0x3d,
  TLS_RSA_WITH_AES_128_GCM_SHA256: 0x9c,
  TLS_RSA_WITH_AES_256_GCM_SHA384: 0x9d,
  TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: 0x9e,
  TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: 0x9f,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 0xc009,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 0xc00a,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 0xc013,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 0xc014,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 0xc023,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384: 0xc024,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 0xc027,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384: 0xc028,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xccaa,
};

/** Certificates of a chain; one that is longer, or turns in a circle, is cut off. */
const CHAIN_MAX = 10;

/** Of each socket once: nothing of it changes. */
const known = new WeakMap<object, readonly string[]>();

/** Names and values for the front of a request's headers; none where the socket does not tell what it shows. */
export function tlsHeaders(socket: TLSSocket): readonly string[] {
  let headers = known.get(socket);
  if (headers === undefined) {
    headers = headersOf(socket);
    known.set(socket, headers);
  }
  return headers;
}

function headersOf(socket: TLSSocket): string[] {
  const own = (socket.getCertificate?.() as { raw?: Buffer } | null | undefined)?.raw;
  // The specification wants the server's certificate; what does not have it (Bun) offers no extension.
  if (own === undefined) return [];
  const headers = [":tls-certificate", pem(own)];
  const version = VERSIONS[socket.getProtocol?.() ?? ""];
  if (version !== undefined) headers.push(":tls-version", String(version));
  const cipher = CIPHERS[socket.getCipher?.()?.standardName ?? ""];
  if (cipher !== undefined) headers.push(":tls-cipher", String(cipher));
  let shown = socket.getPeerCertificate?.(true);
  if (shown?.raw === undefined) return headers;
  const name = nameOf(shown.subject as unknown as Record<string, string | string[]>);
  if (LATIN1.test(name)) headers.push(":tls-client-name", name);
  if (!socket.authorized) headers.push(":tls-client-error", String(socket.authorizationError));
  for (let count = 0; shown?.raw !== undefined && count < CHAIN_MAX; count += 1) {
    headers.push(":tls-client-certificate", pem(shown.raw));
    if (shown.issuerCertificate === shown) break;
    shown = shown.issuerCertificate;
  }
  return headers;
}

const LATIN1 = /^[\x01-\xff]*$/;

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** A name as RFC 4514 writes it: the most special part first. */
function nameOf(subject: Record<string, string | string[]>): string {
  const parts = Object.entries(subject).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${escaped(one)}`));
  return parts.reverse().join(",");
}

function escaped(text: string): string {
  return text.replace(/[\\",+;<>]|^[ #]| $/g, "\\$&");
}
