import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Account } from "../../api/client";
import { accounts } from "../../api/queries";
import { Failed, Loading, Scrolling, Time } from "../../design/parts";

/** How an account's credential stands, in words and colour. */
const STATES: Record<string, readonly [string, string]> = {
  none: ["needs none", "quiet"], key: ["key of the config", ""], nobody: ["nobody is logged in", "warn"],
  kept: ["logged in", ""], good: ["good", "good"], broken: ["does not serve", "bad"],
};

/** The providers and their credentials. */
export function Accounts() {
  const { data, error, isPending } = useQuery(accounts);
  if (isPending) return <Loading what="the accounts" />;
  if (error) return <Failed what="The accounts" error={error} />;
  return (
    <Scrolling label="Accounts">
      <thead><tr><th scope="col">Provider</th><th scope="col">Kind</th><th scope="col">Credential</th><th scope="col">Whose</th><th scope="col">Token until</th><th scope="col">Asked at</th><th scope="col"><span className="unseen">Check</span></th></tr></thead>
      <tbody>{data.data.map((account) => <OneAccount key={account.name} account={account} />)}</tbody>
    </Scrolling>
  );
}

function OneAccount({ account }: { account: Account }) {
  const cache = useQueryClient();
  const check = useMutation({
    mutationFn: () => answer(api.POST("/api/accounts/{name}/check", { params: { path: { name: account.name } }, headers: { "content-type": "application/json" } })),
    onSuccess: (found) => {
      cache.setQueryData(accounts.queryKey, (before) => before && { ...before, data: before.data.map((one) => (one.name === found.name ? found : one)) });
    },
  });
  const [word, colour] = STATES[account.state] ?? [account.state, ""];
  return (
    <tr>
      <th scope="row">{account.name}</th>
      <td>{account.kind}</td>
      <td>
        <span className={colour}>{word}</span>
        {account.reason ? <><br /><span className="quiet">{account.reason}</span></> : null}
        {account.hint ? <><br /><code>{account.hint}</code></> : null}
        {check.error ? <><br /><span className="bad" role="alert">{check.error.message}</span></> : null}
      </td>
      <td>{account.who ?? "–"}</td>
      <td>{account.until_ms ? <Time ms={account.until_ms} /> : "–"}</td>
      <td className="cut mono">{account.base_url || "–"}</td>
      <td>{account.can_be_checked ? <button type="button" disabled={check.isPending} onClick={() => { check.mutate(); }}>{check.isPending ? "Asking…" : "Check now"}</button> : null}</td>
    </tr>
  );
}
