"""Output is never trusted, pages run only the site's own scripts, and little is stored."""

import base64
import hashlib
import re

import pytest

from tools.browser import SITE, cell, finish, run, wait_for_state

from .conftest import PAGE, PAGES, REPORTS, STORED_PYTHON, wait_until_stored

# --- output ----------------------------------------------------------------------------------

HACK = "window.hacked = 1"
IMG = f'<img src=x onerror="{HACK}">'
HTML = (
    f"{IMG}<script>{HACK}</script><iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>"
    f"<a href='javascript:{HACK}'>x</a><form action='javascript:{HACK}'><button>x</button></form>"
    f"<details ontoggle='{HACK}' open><summary>x</summary></details>"
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={HACK}&gt;'>"
    "<style>body{display:none}</style><div style='position:fixed;inset:0'>x</div>"
)
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{HACK}"><script>{HACK}</script>'
    f'<a href="javascript:{HACK}"><text y="20">x</text></a>'
    f'<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">{IMG}</body></foreignObject>'
    f"<animate attributeName='href' values='javascript:{HACK}' begin='0s'/></svg>"
)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def shown(data, metadata=None):
    """Code of a cell that puts out exactly this bundle."""
    return f"from IPython.display import display\ndisplay({data!r}, metadata={metadata!r}, raw=True)"


PAYLOADS = {
    "html": shown({"text/html": HTML}),
    "html-in-lines": shown({"text/html": [IMG, f"<script>{HACK}", "</script>"]}),
    "svg": shown({"image/svg+xml": SVG}),
    "markdown": shown({"text/markdown": HTML}),
    "latex": shown({"text/latex": f"$x$ {HTML}"}),
    "plain": shown({"text/plain": HTML}),
    "javascript": shown({"application/javascript": HACK}),
    "json": shown({"application/json": {IMG: IMG}}),
    "unknown": shown({"application/x-html": HTML, "text/x-html": HTML}),
    "widget": shown({"application/vnd.jupyter.widget-view+json": {"model_id": IMG}}),
    "png": shown({"image/png": f'{PNG}" onerror="{HACK}'}),
    "png-as-svg": shown({"image/png": base64.b64encode(SVG.encode()).decode()}),
    "alternative-text": shown({"image/png": PNG, "text/plain": f'"{IMG}'}),
    "metadata": shown(
        {"image/png": PNG}, {"image/png": {"width": f'1" onload="{HACK}', "height": IMG, "unconfined": True}}
    ),
    "isolated": shown({"text/html": HTML}, {"text/html": {"isolated": True}, "isolated": True}),
    "update": (
        "from IPython.display import display\n"
        f"handle = display('x', display_id=True)\nhandle.update({{'text/html': {HTML!r}}}, raw=True)"
    ),
    "stream": f"import sys\nprint({HTML!r})\nprint({HTML!r}, file=sys.stderr)",
    "colors": f"print('\\x1b[31m' + {HTML!r})",
    "link": f"print('\\x1b[1m\\x1b]8;;javascript:{HACK}\\x07click\\x1b]8;;\\x07')",
    "error": f"raise ValueError({HTML!r})",
    "error-name": f"raise type({IMG!r}, (Exception,), {{}})",
    "colored-error": f"raise ValueError('\\x1b[31m' + {HTML!r})",
    # Code in a cell can speak to the page directly, without the kernel.
    "template": shown({"text/html": f"<template>{IMG}<template>{IMG}</template></template>{IMG}"}),
    "hidden-methods": shown(
        {
            "text/html": f"<form onclick='{HACK}'><input name=attributes><input name=getAttributeNames>"
            f"<input name=removeAttribute><b onclick='{HACK}'>x</b></form>"
            f"<img name=body><img name=createElement>{IMG}"
        }
    ),
    "player": shown({"text/html": f"<div class='ovt-player'>{IMG}</div>"}),
    "forged": (
        "import js\nfrom pyodide.ffi import to_js\n"
        "forged = {'event': 'output', 'items': [{'type': 'display', 'run': RUN, 'update': False,\n"
        f"    'displayId': None, 'metadata': {{}}, 'data': {{'text/html': {HTML!r}}}}}]}}\n"
        "js.postMessage(to_js(forged, dict_converter=js.Object.fromEntries))"
    ),
}

ACTIVE = (
    "script, iframe, object, embed, form, button, input, link, meta, base, foreignObject, animate, "
    "[href^='javascript' i], [action]"
)


# Remembers every handler that was ever on an element of the page's document; an `init_script`.
HANDLERS = """
    window.handlers = [];
    const note = (element, name) => {
        if (/^on/i.test(name)) window.handlers.push(`${element.localName} ${name}`);
    };
    new MutationObserver((changes) => {
        for (const { target, attributeName, addedNodes } of changes) {
            if (attributeName) note(target, attributeName);
            for (const node of addedNodes) {
                if (node.nodeType !== Node.ELEMENT_NODE) continue;
                for (const element of [node, ...node.querySelectorAll("*")]) {
                    for (const { name } of element.attributes) note(element, name);
                }
            }
        }
    }).observe(document, { attributes: true, childList: true, subtree: true });
"""

HARM = """(output, active) => ({
    elements: [...output.querySelectorAll(active)].map(element => element.outerHTML),
    handlers: [...output.querySelectorAll("*")].flatMap(element => element.getAttributeNames())
        .filter(name => /^on/i.test(name)),
    covered: output.contains(document.elementFromPoint(5, innerHeight / 2)),
    hidden: !document.querySelector("h1").checkVisibility(),
    ran: window.hacked ?? null,
    reached: window.handlers,
    // The sanitizer alone must do it: the page's policy, a second wall, has nothing to refuse.
    refused: window.violations,
})"""
HARMLESS = {
    "elements": [],
    "handlers": [],
    "covered": False,
    "hidden": False,
    "ran": None,
    "reached": [],
    "refused": [],
}


def test_output_cannot_run_scripts(open_page):
    """Whatever a cell puts out, in whatever type: nothing of it acts, and the page stays readable.

    No script runs, no handler reaches the page's document, not even for a moment, and the browser has
    nothing to refuse and nothing to report.
    """
    page = open_page(PAGE, init_script=REPORTS + HANDLERS)
    # The observer sees even what is gone again at once. (The browser knows no such event, and says nothing.)
    page.evaluate(
        "() => { const p = document.body.appendChild(document.createElement('p'));"
        " p.setAttribute('onprobe', ''); p.remove(); }"
    )
    assert page.evaluate("window.handlers") == ["p onprobe", "p onprobe"]
    page.evaluate("() => { window.handlers = []; }")
    harm = {}
    for number, (name, payload) in enumerate(PAYLOADS.items(), start=1):
        target = run(page, 1, payload.replace("RUN", str(number)))
        finish(page, 1)
        output = target.locator('[data-output="live"] .cell_output')
        output.locator(".output").first.wait_for(state="attached")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found = output.evaluate(HARM, ACTIVE)
        if found != HARMLESS:
            harm[name] = {what: found[what] for what in found if found[what] != HARMLESS[what]}
    assert harm == {}


# --- the page's policy -----------------------------------------------------------------------


def policy_of(html):
    """The directives of a page's policy."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert found, "no policy"
    directives = (directive.split() for directive in found[1].split("; "))
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize("name", PAGES)
def test_page_has_a_strict_policy_before_its_first_script(name):
    """Scripts come from the site or are named by their hash; nothing else may run."""
    html = (SITE / name).read_text(encoding="utf8")
    policy = policy_of(html)
    assert html.index("Content-Security-Policy") < html.index("<script")
    assert policy["default-src"] == ["'self'"]
    inline = [
        script
        for attributes, script in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
        if "src=" not in attributes and "json" not in attributes
    ]
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    allowed = ["'self'", "'wasm-unsafe-eval'", *(f"'sha256-{digest}'" for digest in digests)]
    assert sorted(policy["script-src"]) == sorted(allowed)
    assert not re.search(r"<[a-z][^>]*\son\w+=", html)
    named = [source for sources in policy.values() for source in sources]
    everything = {source for source in named if not source.startswith("'sha")}
    assert everything == {"'self'", "'none'", "'wasm-unsafe-eval'", "'unsafe-inline'", "data:"}
    assert [name for name in policy if "'unsafe-inline'" in policy[name]] == ["style-src"]
    assert [name for name in policy if "data:" in policy[name]] == ["img-src"]


RICH = (
    "from IPython.display import HTML, SVG, display\n"
    "from overlap_trace import trace\n"
    "import asyncio\n"
    "with trace() as t:\n"
    "    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.02))\n"
    "display(t)\n"
    "display(HTML('<style>b { color: red }</style><b style=\"color: blue\">html</b>'))\n"
    f"display({{'image/png': {PNG!r}}}, raw=True)\n"
    "print('\\x1b[31mred\\x1b[0m')\n"
)


def test_policy_refuses_nothing_that_a_run_needs(open_page):
    """Editing, running, stopping, rich output and an error report no violation."""
    page = open_page(PAGE, init_script=REPORTS)
    run(page, 1, RICH)
    assert finish(page, 1) == "done"
    cell(page, 1).locator('[data-output="live"] img').wait_for()
    run(page, 1, "while True: pass")
    wait_for_state(page, 1, "running")
    cell(page, 1).get_by_role("button", name="Stop").click()
    wait_for_state(page, 1, "stopped")
    run(page, 1, "1 / 0")
    assert finish(page, 1) == "error"
    assert page.evaluate("window.violations") == []


ADD_SCRIPT = "document.head.append(Object.assign(document.createElement('script'), {%s}))"
ADD_MARKUP = "document.body.insertAdjacentHTML('beforeend', `%s`)"
INJECTIONS = {
    "inline": ADD_SCRIPT % f"textContent: '{HACK}'",
    "data": ADD_SCRIPT % f"src: 'data:text/javascript,{HACK}'",
    "another-site": ADD_SCRIPT % "src: 'https://example.org/x.js'",
    "handler": ADD_MARKUP % IMG,
    "frame": ADD_MARKUP % "<iframe srcdoc='x'></iframe><iframe src='https://example.org/'></iframe>",
    "link": ADD_MARKUP % f"<a id=bad href='javascript:{HACK}'>x</a>" + "; bad.click()",
    "form": ADD_MARKUP % "<form id=bad action='https://example.org/'></form>" + "; bad.submit()",
    "request": "fetch('https://example.org/').catch(() => {})",
    "base": "document.head.insertAdjacentHTML('beforeend', '<base href=\"https://example.org/\">')",
}


@pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
def test_policy_refuses_what_is_injected(open_page, injection):
    """If markup ever got past the sanitizer, the browser would still refuse to run it."""
    page = open_page(PAGE, init_script=REPORTS)
    page.watched.expect("Content Security Policy|to another origin|404|uncaught")
    page.evaluate(f"() => {{ {injection} }}")
    page.wait_for_function("() => window.violations.length > 0")
    assert page.evaluate("window.hacked") is None


# --- what is stored --------------------------------------------------------------------------


STORED = """async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map(database => database.name),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookies: document.cookie,
})"""


def test_a_visit_stores_edits_preferences_and_python_only(open_page, site):
    """After running, editing and choosing a theme: these two, Python's files, and that they are here."""
    page = open_page(PAGE)
    run(page, 1, "print('mine')")
    finish(page, 1)
    wait_until_stored(page)
    page.get_by_role("button", name="Dark theme").click()
    stored = page.evaluate(STORED)
    assert sorted(stored["local"]) == sorted(
        ["overlap:theme", "overlap:python", "overlap:/overlap/notebooks/async.html#1"]
    )
    assert stored["caches"] == ["/overlap/python"]
    kept = [url.removeprefix(site) for url in page.evaluate(STORED_PYTHON)]
    assert [url for url in kept if not re.match(r"lite/static/pyodide-|_static/overlap/kernel-", url)] == []
    assert "mine" in page.evaluate("localStorage.getItem('overlap:/overlap/notebooks/async.html#1')")
    assert (stored["session"], stored["databases"], stored["workers"], stored["cookies"]) == ([], [], 0, "")
    assert page.context.cookies() == []
