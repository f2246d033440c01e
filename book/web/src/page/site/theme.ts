/** The button that switches between dark and light. Until a reader presses it, the page follows the system. */
import { all } from "./dom";

const KEY = "overlap:theme"; // first.js reads it before the first paint
const BUTTONS = '[data-button="switch-theme"]';
const page = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

const isDark = (): boolean => (page.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function showTheme(): void {
  for (const button of all(BUTTONS)) button.setAttribute("aria-pressed", String(isDark()));
}

function switchTheme(): void {
  const theme = isDark() ? "light" : "dark";
  // What the system wants is no choice: the page goes on following the system.
  const chosen = (theme === "dark") !== system.matches;
  if (chosen) page.dataset.theme = theme;
  else delete page.dataset.theme;
  try {
    if (chosen) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // No storage: the choice lasts as long as the page.
  }
  showTheme();
}

/** Let the buttons switch the theme, and say which it is. */
export function offerThemes(): void {
  for (const button of all(BUTTONS)) button.addEventListener("click", switchTheme);
  system.addEventListener("change", showTheme);
  showTheme();
}
