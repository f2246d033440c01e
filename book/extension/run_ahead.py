"""Run the cells of several pages at the same time, before Sphinx reads the pages one by one.

Only where the environment variable OVERLAP_JOBS asks for it, as ``make serve`` does: pages that run
together disturb each other's times, so the site that is published runs page by page. What ran is
put where MyST-NB looks before it runs a page itself. A page that fails is not: it runs again, alone,
and that is what the build reports.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util import logging

from .cell_runs import PLAN_FILE, write_plan
from .page_plan import read_plan

JOBS = "OVERLAP_JOBS"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WaitingPage:
    """A page with cells of which no run is kept."""

    docname: str
    file: Path
    notebook: NotebookNode
    plan_file: Path


def run_pages(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Run the cells of the pages that are read next, as many pages at a time as asked for.

    ``env`` is Sphinx's environment, in which MyST and MyST-NB keep their settings.
    """
    jobs = int(os.environ.get(JOBS) or 1)
    settings: NbParserConfig = env.mystnb_config
    if jobs < 2 or settings.execution_mode != "cache":
        return
    cache = get_cache(settings.execution_cache_path)
    pages = list(waiting_pages(env, docnames, cache))
    with ThreadPoolExecutor(jobs) as pool:
        for page, seconds in zip(pages, pool.map(lambda page: _run(page, settings), pages), strict=True):
            if seconds is not None:
                logger.info("%s: executed in %.1f s", page.docname, seconds)
                bundle = CacheBundleIn(page.notebook, str(page.file), data={"execution_seconds": seconds})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def waiting_pages(env: Any, docnames: list[str], cache: JupyterCacheAbstract) -> Iterator[WaitingPage]:
    """Yield the pages that MyST-NB would have to run, read as it reads them."""
    plans = Path(os.environ[PLAN_FILE]).parent
    for docname in docnames:
        file = Path(env.doc2path(docname))
        text, plan, _ = read_plan(file.read_text(encoding="utf-8-sig"))
        reader = create_nb_reader(str(file), env.myst_config, env.mystnb_config, text)
        if reader is None or not plan.code:
            continue
        notebook = reader.read(text)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            plan_file = plans / f"cell-plan-{docname.replace('/', '-')}.json"
            write_plan(plan, plan_file)
            yield WaitingPage(docname, file, notebook, plan_file)


def _run(page: WaitingPage, settings: NbParserConfig) -> float | None:
    """Run a page in a kernel that has its plan; return the seconds, or None if it failed."""
    client = NotebookClient(
        page.notebook,
        timeout=settings.execution_timeout,
        allow_errors=settings.execution_allow_errors,
        record_timing=False,
        resources={"metadata": {"path": str(page.file.parent)}},
    )
    began = time.perf_counter()
    try:
        asyncio.run(client.async_execute(env={**os.environ, PLAN_FILE: str(page.plan_file)}))
    except (CellControlSignal, RuntimeError) as error:  # a cell failed or took too long, a kernel died
        logger.info("%s: runs again, alone, because of %s", page.docname, type(error).__name__)
        return None
    return time.perf_counter() - began


def setup(app: Sphinx) -> None:
    """Connect to the build, when the pages to read are known."""
    app.connect("env-before-read-docs", run_pages)
