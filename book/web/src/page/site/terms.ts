/**
 * The definitions of terms, beside their links: while the mouse is on either, while the link has
 * the focus, and after a first tap; Escape hides them. Without a script they are the links' titles.
 * Screen readers get each as the link's description, so what is shown is not read again.
 */
import { all } from "./dom";

/** How long (ms) the mouse rests before a definition comes, and before it goes. */
const HOVER_PAUSE = 150;
/** Pixels between a definition and the edge of the window. */
const EDGE = 8;

/** Show the definition of each term of the page beside its links. */
export function defineTerms(): void {
  const links = all<HTMLAnchorElement>("article a.term[title]");
  if (links.length === 0) return;
  const tip = document.createElement("div");
  tip.className = "term-definition";
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  document.body.append(tip);
  let shown: HTMLAnchorElement | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hide = (): void => {
    clearTimeout(timer);
    tip.hidden = true;
    shown = null;
  };
  const show = (link: HTMLAnchorElement): void => {
    clearTimeout(timer);
    tip.textContent = link.getAttribute("aria-description");
    tip.hidden = false;
    shown = link;
    // A link may be broken over two lines: stay below the last one, or above the first.
    const lines = [...link.getClientRects()];
    const [first = link.getBoundingClientRect()] = lines;
    const last = lines.at(-1) ?? first;
    const right = document.body.clientWidth - tip.offsetWidth - EDGE;
    const below = last.bottom + tip.offsetHeight < innerHeight;
    tip.style.left = `${scrollX + Math.max(EDGE, Math.min(last.left, right))}px`;
    tip.style.top = `${scrollY + (below ? last.bottom : first.top - tip.offsetHeight)}px`;
  };
  const later = (act: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(act, HOVER_PAUSE);
  };
  const leave = (): void =>
    later(() => {
      if (shown !== document.activeElement) hide();
    });

  for (const link of links) {
    link.setAttribute("aria-description", link.title);
    link.removeAttribute("title");
    let tappedFirst = false;
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") later(() => show(link));
    });
    link.addEventListener("pointerleave", leave);
    link.addEventListener("focus", () => show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("pointerdown", (event) => {
      tappedFirst = event.pointerType === "touch" && shown !== link;
    });
    link.addEventListener("click", (event) => {
      if (!tappedFirst) return;
      tappedFirst = false;
      event.preventDefault();
      show(link);
    });
  }
  // The mouse may go onto the definition, to read or to copy it.
  tip.addEventListener("pointerenter", () => clearTimeout(timer));
  tip.addEventListener("pointerleave", leave);
  addEventListener("pointerdown", ({ target }) => {
    if (shown && target !== tip && !(target instanceof Element && target.closest("a.term"))) hide();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) hide();
  });
  addEventListener("resize", hide);
}
