/** Marks, in the contents of the page, where the reader is. */
import { all } from "./dom";
import { hidePopovers } from "./popovers";

/** Mark the section at the top of the window, now and when the page is scrolled. */
export function followSections(): void {
  const contents = document.getElementById("page-contents");
  if (!contents) return;
  // The third level is not shown: its headings belong to the section above.
  const entries = all<HTMLAnchorElement>('a[href^="#"]:not(ul ul ul a)', contents);
  if (entries.length === 0) return;
  const headings = entries.map((entry) => document.getElementById(decodeURIComponent(entry.hash.slice(1))));

  const markSection = (): void => {
    let current = -1;
    headings.forEach((heading, number) => {
      if (heading && heading.getBoundingClientRect().top < innerHeight / 4) current = number;
    });
    entries.forEach((entry, number) => {
      if (number === current) entry.setAttribute("aria-current", "true");
      else entry.removeAttribute("aria-current");
    });
  };

  let waiting = false;
  const later = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      markSection();
    });
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("load", later);
  for (const entry of entries) {
    entry.addEventListener("click", () => hidePopovers());
  }
}
