/**
 * Parses markup that is not trusted, for reading only. The document for it has lost its window, so that it has
 * nothing that could run or load what the markup asks for. From any other document, one of a `DOMParser` or a
 * `template` included, Chromium reports each inline handler to the page as refused, although nothing tries it.
 */

let home: Document | undefined;

function loseWindow(): Document {
  const frame = document.createElement("iframe");
  document.documentElement.append(frame);
  const lost = frame.contentDocument;
  frame.remove();
  return lost ?? new DOMParser().parseFromString("", "text/html");
}

/** Parse markup, as it is, into a `body` that is in no page. */
export function parseInert(markup: string): HTMLElement {
  home ??= loseWindow();
  const body = home.createElement("body");
  body.innerHTML = markup;
  return body;
}
