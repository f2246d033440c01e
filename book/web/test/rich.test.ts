// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import { parseInert } from "../src/page/inert";
import { ansiWriter, choose, prefixIds, render, sanitize } from "../src/page/rich";
import { scopeStyle } from "../src/page/scoped-style";

declare global {
  interface Window {
    pwned?: boolean;
  }
}

/** What an attacker writes into an output; `pwned` is set if any of it runs. */
const ATTACKS = [
  "<script>window.pwned = true</script>",
  '<img src=x onerror="window.pwned = true">',
  '<svg onload="window.pwned = true"><circle r="1"/></svg>',
  "<svg><script>window.pwned = true</script></svg>",
  '<svg><a xlink:href="javascript:window.pwned = true"><text>x</text></a></svg>',
  '<svg><use href="https://evil.example/x.svg#a"/></svg>',
  '<svg><image href="https://evil.example/x.png"/></svg>',
  '<svg><foreignObject><iframe src="https://evil.example"></iframe></foreignObject></svg>',
  '<svg><animate attributeName="href" values="javascript:window.pwned = true"/></svg>',
  '<svg><rect fill="url(https://evil.example/x.svg#a)"/></svg>',
  '<a href="javascript:window.pwned = true">x</a>',
  '<a href="data:text/html,<script>window.pwned = true</script>">x</a>',
  '<a href=" jAvAsCrIpT:window.pwned = true">x</a>',
  '<iframe srcdoc="<script>parent.pwned = true</script>"></iframe>',
  '<object data="https://evil.example"></object><embed src="https://evil.example">',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  "<style>@import url(https://evil.example/x.css); body { display: none }</style>",
  '<div style="background: url(https://evil.example/x.png)">x</div>',
  '<div style="background: \\75rl(https://evil.example/x.png)">x</div>',
  '<div style="position: fixed; inset: 0">x</div>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<form action="https://evil.example"><input name="password"><button>Run</button></form>',
  '<img src="https://evil.example/x.png"><img srcset="https://evil.example/x.png 2x">',
  '<video src="https://evil.example/x.mp4" poster="https://evil.example/x.png"></video>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=true&gt;">',
  '<details open ontoggle="window.pwned = true"><summary>x</summary></details>',
  "<template><script>window.pwned = true</script></template>",
];

/** Every attribute and element that could run, load or submit something. */
function dangers(root: ParentNode): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    const tag = element.localName;
    if (
      /^(script|iframe|object|embed|link|meta|base|form|input|button|video|template|foreignobject|animate)$/i.test(
        tag,
      )
    ) {
      found.push(tag);
    }
    for (const rule of tag === "style" ? (element.textContent ?? "").split("\n").filter(Boolean) : []) {
      if (!rule.startsWith('[data-output="live"] > .cell_output :is(') || /url|import/.test(rule))
        found.push(rule);
    }
    for (const { name, value } of element.attributes) {
      const outside = /evil|javascript:|data:text|\\/i.test(value);
      if (name.startsWith("on") || outside || /position:\s*fixed/.test(value))
        found.push(`${tag} ${name}=${value}`);
    }
  }
  return found;
}

beforeEach(() => {
  delete window.pwned;
  document.body.replaceChildren();
});

const MIMES = ["text/html", "image/svg+xml", "text/markdown", "text/latex", "application/json", "text/plain"];

describe.each(MIMES)("%s", (mime) => {
  test.each(ATTACKS)("cannot run or load anything: %s", async (attack) => {
    const place = document.createElement("div");
    document.body.append(place);
    render(place, { [mime]: attack }, {}, "live-1-");
    for (const element of place.querySelectorAll("img, details")) element.dispatchEvent(new Event("error"));
    await Promise.resolve();
    expect(dangers(place)).toEqual([]);
    expect(window.pwned).toBeUndefined();
  });
});

test("markup that is only read is parsed as it is, outside of the page", () => {
  const markup = '<b onclick="window.pwned = true">x</b><script>window.pwned = true</script>';
  const body = parseInert(markup);
  expect(body.innerHTML).toBe(markup);
  expect(body.ownerDocument).not.toBe(document);
  expect(body.isConnected).toBe(false);
  expect(window.pwned).toBeUndefined();
  expect(window.length).toBe(0);
});

test("an input with the name of a method does not hide its form's handlers", () => {
  const names = ["attributes", "getAttributeNames", "removeAttribute"].map((name) => `<input name=${name}>`);
  const form = `<form onclick="window.pwned = true">${names.join("")}<b>x</b></form>`;
  expect([...sanitize(form).querySelectorAll("*")].map((element) => element.outerHTML)).toEqual(["<b>x</b>"]);
});

test.each(["image/png", "image/jpeg", "image/gif", "image/webp"])("%s takes base64 only", (mime) => {
  const place = document.createElement("div");
  render(place, { [mime]: 'x" onerror="window.pwned = true' }, {}, "");
  expect(place.querySelector("img")).toBeNull();
  expect(place.textContent).toContain("not valid base64");
});

test("an image has its text as alternative and its size", () => {
  const place = document.createElement("div");
  render(
    place,
    { "image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure 1>" },
    { "image/png": { width: 300, height: 200 } },
    "",
  );
  const image = place.querySelector("img");
  expect(image?.getAttribute("src")).toBe("data:image/png;base64,iVBORw0KGgo=");
  expect([image?.alt, image?.width, image?.height]).toEqual(["<Figure 1>", 300, 200]);
});

test("application/javascript is never chosen; its text is", () => {
  expect(choose({ "application/javascript": "pwned = true", "text/plain": "<IPython.Javascript>" })).toBe(
    "text/plain",
  );
  const place = document.createElement("div");
  render(place, { "application/javascript": "window.pwned = true" }, {}, "");
  expect(place.textContent).toBe("(no text for application/javascript)");
  expect(window.pwned).toBeUndefined();
});

test("the richest known type is chosen", () => {
  expect(choose({ "text/plain": "x", "image/svg+xml": "<svg/>", "text/html": "<b>x</b>" })).toBe("text/html");
});

test("ordinary markup comes through: tables, svg with title, links to elsewhere", () => {
  const fragment = sanitize(
    '<figure data-timeline><svg role="img" aria-labelledby="t"><title id="t">T</title><g class="lane">' +
      '<rect width="4" style="fill:var(--c)"/><use href="#t"/></g></svg>' +
      '<table><tr><th scope="row">a</th><td>1</td></tr></table></figure>' +
      '<a href="https://docs.python.org">docs</a>',
  );
  expect(fragment.querySelector("figure[data-timeline] svg > title")?.textContent).toBe("T");
  expect(fragment.querySelector("rect")?.getAttribute("style")).toBe("fill:var(--c)");
  expect(fragment.querySelector("use")?.getAttribute("href")).toBe("#t");
  expect(fragment.querySelector("th")?.getAttribute("scope")).toBe("row");
  const link = fragment.querySelector("a");
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer"]);
});

test("an output's style sheet is confined to live outputs", () => {
  expect(scopeStyle(".a, .b > c { color: red }")).toBe(
    '[data-output="live"] > .cell_output :is(.a, .b > c) {color: red;}',
  );
  expect(scopeStyle("@media print { .a { color: red } }")).toMatch(
    /^@media print \{\[data-output="live"\] > \.cell_output :is\(\.a\)/,
  );
});

test("the element that clips an output is out of reach of the output's own style sheet", () => {
  const page = document.createElement("div");
  page.innerHTML =
    '<div data-output="live"><div class="cell_output"><p class="x"></p></div><div class="run-status"></div></div>';
  const selector =
    scopeStyle(".cell_output, .x, .run-status, [data-output] { contain: none }").split(" {")[0] ?? "";
  expect([...page.querySelectorAll(selector)].map((element) => element.className)).toEqual(["x"]);
});

test("what an output positions is cut off at the output's edge", async () => {
  const fs = "node:fs/promises"; // by a variable: its types are not installed
  const { readFile } = await import(/* @vite-ignore */ fs);
  const css: string = await readFile("src/page/runner.css", "utf8");
  const rule = /\[data-output="live"\] > \.cell_output \{([^}]*)\}/.exec(css)?.[1];
  expect(rule).toMatch(/position: relative/);
  expect(rule).toMatch(/overflow: clip/);
  expect(rule).toMatch(/contain: layout paint/);
});

test.each([
  ".a { background: url(https://evil.example/x.png) }",
  ".a { position: fixed }",
  "@import url(https://evil.example/x.css);",
  "@font-face { font-family: x; src: url(https://evil.example/x.woff) }",
  "@keyframes x { to { opacity: 0 } }",
])("a rule that loads something or leaves its place is dropped: %s", (css) => {
  expect(scopeStyle(css)).toBe("");
});

test("ids get a prefix together with everything that refers to them", () => {
  const fragment = sanitize(
    '<svg aria-labelledby="t d"><title id="t">x</title><desc id="d">y</desc><pattern id="p"/>' +
      '<rect fill="url(#p)" aria-describedby="elsewhere"/><use href="#p"/></svg>',
  );
  prefixIds(fragment, "live-2-");
  const svg = fragment.querySelector("svg");
  expect(svg?.getAttribute("aria-labelledby")).toBe("live-2-t live-2-d");
  expect(svg?.querySelector("rect")?.getAttribute("fill")).toBe("url(#live-2-p)");
  expect(svg?.querySelector("use")?.getAttribute("href")).toBe("#live-2-p");
  expect(svg?.querySelector("rect")?.getAttribute("aria-describedby")).toBe("elsewhere");
});

test("terminal colors become classes, go on across chunks, and cannot inject", () => {
  const write = ansiWriter();
  const pre = document.createElement("pre");
  pre.append(write("\x1b[31mred <img src=x onerror=alert(1)>"), write(" still\x1b[0m plain"));
  expect(pre.textContent).toBe("red <img src=x onerror=alert(1)> still plain");
  expect([...pre.querySelectorAll(".ansi-red-fg")].map((e) => e.textContent).join("")).toBe(
    "red <img src=x onerror=alert(1)> still",
  );
  expect(pre.querySelector("img")).toBeNull();
});

test("a terminal link does not become a link", () => {
  const pre = document.createElement("pre");
  pre.append(ansiWriter()("\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07"));
  expect(pre.querySelector("a[href]")).toBeNull();
});

test.each([
  "\x1b]8;;https://a.example\x07click\x1b]8;;\x07",
  "\x1b]8;id=1;https://a.example\x1b\\click\x1b]8;;\x1b\\",
])("a terminal link keeps its text, also when it comes in pieces: %j", (link) => {
  for (const cut of [0, 1, 3, 9, link.length - 2]) {
    const write = ansiWriter();
    const pre = document.createElement("pre");
    pre.append(write("see " + link.slice(0, cut)), write(link.slice(cut) + " now"));
    expect(pre.textContent).toBe("see click now");
  }
});

test("an output cannot pose as a part of the page", () => {
  const page =
    '<div class="cell ovt-figure" data-cell="1" data-runs="browser" data-state="done" data-output="live">' +
    '<b class="run-button cell-run">Run</b><p class="output-label">Recorded output</p><p class="traceback dataframe">x</p>' +
    '<fieldset data-checkpoint></fieldset><figure data-timeline class="ovt-figure"></figure></div>';
  const fragment = sanitize(page);
  const left = [...fragment.querySelectorAll("*")].flatMap((element) =>
    [...element.attributes].map(({ name, value }) => `${name}=${value}`),
  );
  expect(left.sort()).toEqual(["class=dataframe", "class=ovt-figure", "class=ovt-figure", "data-timeline="]);
});
