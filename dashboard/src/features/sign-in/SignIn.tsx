import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";

/** Asks for the token; the gateway gives a cookie for it, and the page keeps neither. */
export function SignIn({ reason }: { reason: string }) {
  const cache = useQueryClient();
  const [wrong, setWrong] = useState<string>();
  const signIn = async (form: FormData) => {
    try {
      const token = String(form.get("token") ?? "");
      await answer(api.POST("/api/sign-in", { body: { token } }).then(({ error, response }) => ({ error, response, ...(response.ok ? { data: true } : {}) })));
      await cache.resetQueries();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <main className="page">
      <form className="state" action={signIn}>
        <h1>Sign in</h1>
        <p className="quiet">{reason}</p>
        <div className="fields">
          <label>
            Token
            <input name="token" type="password" autoComplete="current-password" required />
          </label>
          <button className="main" type="submit">Sign in</button>
        </div>
        {wrong ? <p className="bad" role="alert">{wrong}</p> : null}
      </form>
    </main>
  );
}
