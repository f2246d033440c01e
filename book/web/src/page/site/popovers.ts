/**
 * The navigation and the contents on a narrow screen are popovers, which open and close without a script.
 * Where a browser has no popovers they stand below the text (page.css), and the buttons lead there.
 */
import { all } from "./dom";

const KNOWN = "popover" in HTMLElement.prototype;

/** Close what is open; but not what holds `except`. */
export function hidePopovers(except: Element | null = null): void {
  if (!KNOWN) return;
  for (const popover of all(":popover-open")) {
    if (!popover.contains(except)) popover.hidePopover();
  }
}

/** Let the buttons lead to what they cannot open, and a tap close what is open on iOS, too. */
export function startPopovers(): void {
  // iOS before 18.3 does not close a popover when the reader taps beside it.
  addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && !target.closest("[popovertarget]")) hidePopovers(target);
  });
  if (KNOWN) return;
  for (const button of all("[popovertarget]")) {
    const place = document.getElementById(button.getAttribute("popovertarget") ?? "");
    button.addEventListener("click", () => {
      place?.scrollIntoView();
      place?.querySelector("a")?.focus({ preventScroll: true });
    });
  }
}
