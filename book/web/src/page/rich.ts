/**
 * Draws output that is more than text. Output is never trusted: HTML and SVG are sanitized,
 * images come from base64 only, everything else is text.
 */
import { AnsiUp } from "ansi_up";
import createDOMPurify, { type Config } from "dompurify";
import { ATTRIBUTES } from "../shared/contract";
import type { MimeBundle } from "../shared/protocol";
import { parseInert } from "./inert";
import { CSS_ESCAPES, CSS_LOADS, scopeStyle } from "./scoped-style";

/** Types that are drawn, best first. Anything else, JavaScript included, falls back to its text. */
const ORDER = [
  "text/html",
  "image/svg+xml",
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "text/markdown",
  "text/latex",
  "application/json",
  "text/plain",
];

/** Elements that could load something, take input, or pose as the page's controls. */
const FORBIDDEN_TAGS = [
  ..."link meta base script iframe frame object embed applet portal".split(" "),
  ..."form input button textarea select option optgroup datalist output fieldset".split(" "),
  ..."audio video source track picture dialog template slot canvas map area".split(" "),
  ..."foreignobject animate animatemotion animatetransform set mpath feimage".split(" "),
];

const CONFIG: Config = {
  USE_PROFILES: { html: true, svg: true, svgFilters: true },
  FORBID_TAGS: FORBIDDEN_TAGS,
  FORBID_ATTR: ["srcset", "poster", "background", "ping", "action", "formaction", "autofocus", "name"],
  ALLOW_DATA_ATTR: false, // the page finds its own elements by them
  ADD_ATTR: [ATTRIBUTES.timeline, ATTRIBUTES.span, ATTRIBUTES.lines, ATTRIBUTES.verdict],
  ADD_TAGS: ["use"], // its href is held to this document, like every other
  FORCE_BODY: true, // a leading <style> belongs to the output too
};

const URL_ATTRIBUTES = new Set(["href", "xlink:href", "src"]);
const IMAGE_DATA = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/;

/** Classes by which the page and the runner know their own elements: an output must not pose as one. */
const OF_THE_PAGE =
  /^(?:(?:cell|run|runner|output|edit|editor|checkpoint|traceback|stream|line|script|download)(?:[-_].*)?|command|choice|explanation|badge|why|stderr|first-run-mb|visually-hidden)$/;

const purify = createDOMPurify(window);

purify.addHook("uponSanitizeAttribute", (node, attribute) => {
  const { attrName: name, attrValue: value } = attribute;
  if (URL_ATTRIBUTES.has(name)) {
    const link = node.nodeName.toLowerCase() === "a";
    const allowed = value.startsWith("#") || (link ? /^https?:\/\//i.test(value) : IMAGE_DATA.test(value));
    if (!allowed) attribute.keepAttr = false;
  } else if (name === "class") {
    attribute.attrValue = value
      .split(/\s+/)
      .filter((word) => !OF_THE_PAGE.test(word))
      .join(" ");
    if (!attribute.attrValue) attribute.keepAttr = false;
  } else if (name === "style") {
    if (CSS_LOADS.test(value) || CSS_ESCAPES.test(value)) attribute.keepAttr = false;
  } else if (/url\s*\(/i.test(value) && CSS_LOADS.test(value)) {
    attribute.keepAttr = false; // fill, filter and other attributes that are CSS
  }
});

purify.addHook("uponSanitizeElement", (node) => {
  if (node.nodeName.toLowerCase() === "style") node.textContent = scopeStyle(node.textContent ?? "");
});

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName.toLowerCase() !== "a") return;
  node.removeAttribute("target");
  if (/^https?:/i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
});

// Not from an element: an input may have the name of a method and hide it from its form.
const { getAttributeNames, removeAttribute } = Element.prototype;

/** Drop what Chromium would report from the sanitizer's own document. It makes nothing safe: the sanitizer does. */
function withoutHandlers(body: HTMLElement): HTMLElement {
  for (const template of body.querySelectorAll("template")) template.remove(); // forbidden, and parsed apart
  for (const element of body.querySelectorAll("*")) {
    for (const name of getAttributeNames.call(element)) {
      if (/^on/i.test(name)) removeAttribute.call(element, name);
    }
  }
  return body;
}

/** Turn markup from a cell into nodes that cannot run or load anything. */
export function sanitize(markup: string): DocumentFragment {
  // The sanitizer takes the first element away, which for text it puts there itself (FORCE_BODY).
  const body = withoutHandlers(parseInert(`<remove></remove>${markup}`));
  return purify.sanitize(body, { ...CONFIG, RETURN_DOM_FRAGMENT: true });
}

/** Attributes whose value is one or more ids. */
const ID_LISTS = ["aria-labelledby", "aria-describedby", "aria-controls", "for", "headers"];

/** Give ids a prefix: a live output repeats the ids of the recorded one next to it. */
export function prefixIds(fragment: ParentNode, prefix: string): void {
  const own = new Set([...fragment.querySelectorAll("[id]")].map((element) => element.id));
  const renamed = (id: string): string => (own.has(id) ? prefix + id : id);
  for (const element of fragment.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "id") element.id = renamed(value);
      else if (ID_LISTS.includes(name)) {
        element.setAttribute(name, value.split(/\s+/).map(renamed).join(" "));
      } else if (URL_ATTRIBUTES.has(name) && value.startsWith("#")) {
        element.setAttribute(name, "#" + renamed(value.slice(1)));
      } else if (value.includes("url(")) {
        const references = value.replace(
          /url\(\s*(["']?)#([^"')\s]+)\1\s*\)/g,
          (_, quote: string, id: string) => `url(${quote}#${renamed(id)}${quote})`,
        );
        element.setAttribute(name, references);
      }
    }
  }
}

/** Return the MIME type of the bundle that is drawn. */
export function choose(data: MimeBundle): string | null {
  return ORDER.find((mime) => data[mime] !== undefined && data[mime] !== null) ?? null;
}

/** Draw a bundle into `place`, replacing what was there. Returns the places for players in it, and their data. */
export function render(
  place: HTMLElement,
  data: MimeBundle,
  metadata: Record<string, unknown>,
  idPrefix: string,
): { players: HTMLElement[]; markup: string } {
  const mime = choose(data);
  if (mime === null) {
    place.className = "output text_plain";
    place.replaceChildren(preformatted(`(no text for ${Object.keys(data).join(", ") || "this output"})`));
    return { players: [], markup: "" };
  }
  const value = data[mime];
  place.className = `output ${mime.replace(/[^a-z]+/g, "_")}`;
  const drawn = draw(mime, value, data, metadata, idPrefix);
  // Of a player a screen reader says the text of each step, not every change of its tables.
  const players =
    drawn instanceof DocumentFragment ? [...drawn.querySelectorAll<HTMLElement>(".ovt-player")] : [];
  if (players.length > 0) place.setAttribute("aria-live", "off");
  else place.removeAttribute("aria-live");
  place.replaceChildren(drawn);
  return { players, markup: asText(value) };
}

function draw(
  mime: string,
  value: unknown,
  data: MimeBundle,
  metadata: Record<string, unknown>,
  idPrefix: string,
): Node {
  if (mime === "text/html" || mime === "image/svg+xml") {
    const fragment = sanitize(asText(value));
    prefixIds(fragment, idPrefix);
    return fragment;
  }
  if (mime.startsWith("image/")) {
    const image = `data:${mime};base64,${asText(value).trim()}`;
    if (!IMAGE_DATA.test(image)) return preformatted("(this image is not valid base64)");
    return picture(image, data, metadata[mime]);
  }
  if (mime === "application/json") return preformatted(JSON.stringify(value, null, 2) ?? "");
  return preformatted(asText(value));
}

function picture(source: string, data: MimeBundle, metadata: unknown): HTMLImageElement {
  const image = new Image();
  image.src = source;
  image.alt = asText(data["text/plain"] ?? "Image");
  const { width, height } = (metadata ?? {}) as { width?: unknown; height?: unknown };
  if (typeof width === "number") image.width = width;
  if (typeof height === "number") image.height = height;
  return image;
}

function preformatted(content: string): HTMLPreElement {
  const pre = document.createElement("pre");
  pre.textContent = content;
  return pre;
}

/** Jupyter allows text as a list of lines. */
function asText(value: unknown): string {
  return Array.isArray(value) ? value.join("") : String(value);
}

/** Matches what a terminal prints around a link (OSC 8), and the beginning of one at the end of a chunk. */
const LINK = /\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)/g;
const LINK_BEGINS = /\x1b(?:\](?:8(?:;[^\x07\x1b]{0,2000}\x1b?)?)?)?$/;

/** Return a function that turns chunks of terminal text into nodes; colors go on from chunk to chunk, links become text. */
export function ansiWriter(): (chunk: string) => DocumentFragment {
  let rest = "";
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.url_allowlist = {};
  return (chunk) => {
    const plain = (rest + chunk).replace(LINK, "");
    rest = LINK_BEGINS.exec(plain)?.[0] ?? "";
    return sanitize(ansi.ansi_to_html(plain.slice(0, plain.length - rest.length)));
  };
}
