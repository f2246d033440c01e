"""What a feature remembers of each page, in Sphinx's environment, until the page is read again."""

from __future__ import annotations

from typing import Generic, TypeVar

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

T = TypeVar("T")


class PageData(Generic[T]):
    """A dict by page, kept from one build to the next."""

    def __init__(self, name: str) -> None:
        self.attribute = f"overlap_{name}"

    def of(self, env: BuildEnvironment) -> dict[str, T]:
        """Return the dict; the keys are the pages' names."""
        found: dict[str, T] = env.__dict__.setdefault(self.attribute, {})
        return found

    def forget(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Drop what is known of a page that is about to be read again (``env-purge-doc``)."""
        self.of(env).pop(docname, None)

    def connect(self, app: Sphinx) -> None:
        """Forget pages that are about to be read again."""
        app.connect("env-purge-doc", self.forget)
