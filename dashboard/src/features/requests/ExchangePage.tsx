import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { exchange as one } from "../../api/queries";
import { Failed, Loading } from "../../design/parts";
import { exchangeRoute } from "../../router";
import { ExchangeView } from "./ExchangeView";
import "./requests.css";

/** One exchange with the whole page to itself; j and k walk in the order of time. */
export function ExchangePage() {
  const { id } = exchangeRoute.useParams();
  const asked = useQuery(one(id));
  const navigate = useNavigate();
  const found = asked.data;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey) return;
      const next = event.key === "j" ? found?.older : event.key === "k" ? found?.newer : undefined;
      if (next) void navigate({ to: "/requests/$id", params: { id: next }, search: {} });
    };
    document.addEventListener("keydown", key);
    return () => { document.removeEventListener("keydown", key); };
  }, [navigate, found]);
  return (
    <div className="page">
      <header>
        <h1 className="cut">{found?.model ?? "Request"}</h1>
        <p className="mono quiet cut">{id}</p>
        {found?.newer ? <Link to="/requests/$id" params={{ id: found.newer }} search={{}} title="Next newer (k)">newer</Link> : null}
        {found?.older ? <Link to="/requests/$id" params={{ id: found.older }} search={{}} title="Next older (j)">older</Link> : null}
      </header>
      {asked.isPending ? <Loading what="the request" /> : null}
      {asked.isError ? <Failed what="The request" error={asked.error} again={() => void asked.refetch()} /> : null}
      {found ? <ExchangeView key={id} exchange={found} /> : null}
    </div>
  );
}
