type Theme = "dark" | "light";

const KEPT = "ironbridge-theme";

/** The theme that was chosen, else the system's. */
export function theme(): Theme {
  const kept = localStorage.getItem(KEPT);
  if (kept === "dark" || kept === "light") return kept;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function applyTheme(chosen?: Theme) {
  if (chosen) localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset["theme"] = theme();
}
