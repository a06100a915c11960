/** Proxies whose word on their clients is taken. The host reads what they say; here is only which they are. */

import { isIP } from "node:net";
import { invalidInput } from "../error.js";

/** As the host has it, or undefined for none: nobody is believed. */
export function trustedProxies(list: readonly string[] | undefined): string | undefined {
  if (list === undefined || list.length === 0) return undefined;
  for (const rule of list) {
    if (!isRule(rule)) {
      const what = "an address, a network as 10.0.0.0/8, unix or *";
      throw invalidInput(`trustedProxies holds ${JSON.stringify(rule)}, which is not ${what}`);
    }
  }
  return list.join(",");
}

function isRule(rule: string): boolean {
  if (rule === "*" || rule === "unix") return true;
  const [address = "", length, ...more] = String(rule).split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}
