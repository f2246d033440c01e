/** What scrolls sideways must be reachable with the keyboard. */
import { all, whenIdle } from "./dom";

function addTabStops(): void {
  const boxes = all("article pre, .pst-scrollable-table-container");
  // All sizes are read before anything changes, so that the page is laid out once.
  const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
  boxes.forEach((box, number) => {
    if (scrolls[number]) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
}

/** Measure again: code that was folded away has not been measured. */
export const updateTabStops = (): void => whenIdle(addTabStops);

/** Give each box that scrolls a tab stop, now and when the window changes. */
export function keepTabStops(): void {
  // Measuring has to wait for the layout, so it comes when there is nothing else to do.
  whenIdle(addTabStops, { timeout: 2000 });
  addEventListener("resize", updateTabStops);
}
