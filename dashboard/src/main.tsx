import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { applyTheme } from "./design/theme";
import { createPages } from "./router";
import "./design/tokens.css";
import "./design/base.css";

applyTheme();

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the gateway refuses it will refuse again.
      retry: (failures, error) => failures < 3 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

const page = document.getElementById("page");
if (page) {
  createRoot(page).render(
    <StrictMode>
      <QueryClientProvider client={cache}>
        <RouterProvider router={createPages()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
