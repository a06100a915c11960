import { useQuery } from "@tanstack/react-query";
import { viewer, windows } from "../../api/queries";
import { count, dollars, tokens } from "../../design/format";

const NAMES: Record<string, string> = { "5h": "last 5 hours", "7d": "last 7 days" };

/** What each account used of the windows by which providers limit. */
export function Windows() {
  const { data: who } = useQuery(viewer);
  const { data } = useQuery({ ...windows, enabled: who?.has_ledger === true });
  // What was refused before anybody was asked used nothing of a window.
  const used = data?.data.filter(({ account, provider }) => account ?? provider) ?? [];
  if (used.length === 0) return null;
  return (
    <section className="block">
      <header><h2>Usage windows</h2></header>
      <table>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Window</th>
            <th scope="col" className="figure">Requests</th>
            <th scope="col" className="figure">Output tokens</th>
            <th scope="col" className="figure wide">Input tokens</th>
            <th scope="col" className="figure">Cost</th>
          </tr>
        </thead>
        <tbody>
          {used.map(({ window, account, provider, sums }) => (
            <tr key={`${window} ${account ?? ""} ${provider ?? ""}`}>
              <td className="cut">{account ?? provider}</td>
              <td>{NAMES[window] ?? window}</td>
              <td className="figure">{count(sums.exchanges)}</td>
              <td className="figure">{tokens(sums.output_tokens)}</td>
              <td className="figure wide">{tokens(sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens)}</td>
              <td className="figure">{dollars(sums.dollars)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
