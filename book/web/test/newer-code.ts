/** Code that the oldest browsers do not run: for the test of lint-browsers.ts, and never run. */
export function newer(element: HTMLElement): Highlight {
  element.moveBefore(element, null);
  element.setHTMLUnsafe("");
  element.style.positionAnchor = "--x";
  // newer: the same in a comment
  element.moveBefore(element, null);
  element.checkVisibility();
  // newer: this explains nothing
  element.showPopover();
  requestIdleCallback(() => CSS.highlights.clear());
  return new Highlight();
}
