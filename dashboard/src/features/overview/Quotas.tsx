import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Quota } from "../../api/client";
import { exchanges, quotas } from "../../api/queries";
import { count } from "../../design/format";
import { Meter, Scrolling, Time } from "../../design/parts";

/** Calls beneath the meter. */
const CALLS_MAX = 12;

/** What is left of Copilot's quotas, and for each call who brought it about and by what that was decided. */
export function Quotas() {
  const { data } = useQuery(quotas);
  return <>{data?.data.map((quota) => <OneQuota key={quota.provider} quota={quota} />)}</>;
}

function OneQuota({ quota }: { quota: Quota }) {
  const { provider, plan, reset_date: reset, snapshots, error } = quota;
  const calls = useInfiniteQuery(exchanges({ provider }));
  const rows = calls.data?.pages[0]?.data.filter((one) => one.initiator).slice(0, CALLS_MAX) ?? [];
  const byUser = rows.filter((one) => one.initiator?.by === "user").length;
  return (
    <section className="block" aria-label={`Quota of ${provider}`}>
      <header><h2>Quota of {provider}</h2><span className="quiet">{plan ?? ""}{reset ? ` · starts anew on ${reset}` : ""}</span></header>
      {error ? <p className="bad">{error}</p> : null}
      <Scrolling label={`What is left of ${provider}`}>
        <thead><tr><th scope="col">Quota</th><th scope="col">Used</th><th scope="col" className="figure">Left</th><th scope="col" className="figure">Of</th><th scope="col" className="figure">Beyond it</th></tr></thead>
        <tbody>
          {snapshots.map(({ name, entitlement, remaining, unlimited, overage }) => (
            <tr key={name}>
              <td>{name.replaceAll("_", " ")}</td>
              <td>{unlimited ? <span className="quiet">unlimited</span> : <Meter part={entitlement - remaining} whole={entitlement} label={`${count(entitlement - remaining)} of ${count(entitlement)} used`} />}</td>
              <td className="figure">{unlimited ? "–" : count(remaining)}</td><td className="figure">{unlimited ? "–" : count(entitlement)}</td><td className="figure">{count(overage)}</td>
            </tr>
          ))}
        </tbody>
      </Scrolling>
      {rows.length > 0 ? (
        <>
          <p>Of the last {count(rows.length)} calls {count(byUser)} counted as a person&#39;s.</p>
          <Scrolling label="Calls and what they counted as">
            <thead><tr><th scope="col">When</th><th scope="col">Model</th><th scope="col">Counted as</th><th scope="col">Why</th></tr></thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td><Link to="." search={(before) => ({ ...before, open: one.id })}><Time ms={one.began_ms} /></Link></td><td className="cut">{one.target_model ?? one.model}</td>
                  <td className={one.initiator?.by === "user" ? "warn" : "quiet"}>{one.initiator?.by}</td><td>{one.initiator?.reason}</td>
                </tr>
              ))}
            </tbody>
          </Scrolling>
        </>
      ) : null}
    </section>
  );
}
