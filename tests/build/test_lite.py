"""JupyterLite is built as far as something has changed."""

from types import SimpleNamespace

import pytest

from book.extension import lite


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site whose JupyterLite builds only remember what they were asked for, as ``site.builds``."""
    for folder in ("lite-dir", "contents", "html/lite"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lite-dir" / "settings.json").write_text("{}")
    (tmp_path / "contents" / "page.ipynb").write_text("page")
    builds = []
    monkeypatch.setattr(lite, "BUILT_LITE", tmp_path / "built.json")
    monkeypatch.setattr(
        lite,
        "jupyterlite_build",
        lambda app, error: builds.append(app.config.jupyterlite_build_command_options),
    )

    def build():
        config = SimpleNamespace(
            jupyterlite_dir="lite-dir",
            jupyterlite_content_dir="contents",
            jupyterlite_build_command_options={},
        )
        lite.build_jupyterlite(SimpleNamespace(srcdir=tmp_path, outdir=tmp_path / "html", config=config))

    return SimpleNamespace(folder=tmp_path, builds=builds, build=build)


def test_nothing_is_built_when_nothing_has_changed(site):
    site.build()
    site.build()
    assert site.builds == [{}]


def test_a_changed_page_builds_the_contents_alone(site):
    """All other steps of JupyterLite's build are left out, and only then."""
    site.build()
    (site.folder / "contents" / "page.ipynb").write_text("changed")
    site.build()
    [whole, part] = site.builds
    assert whole == {}
    left_out = part["LiteBuildConfig.disable_addons"]
    assert "contents" not in left_out
    assert {"static", "lite", "jupyterlite-pyodide-kernel-lock"} <= set(left_out)


@pytest.mark.parametrize("change", ["settings", "a new file", "another version", "no site", "failed"])
def test_everything_is_built_again_when_anything_else_has_changed(site, change, monkeypatch):
    site.build()
    if change == "settings":
        (site.folder / "lite-dir" / "settings.json").write_text('{"changed": 1}')
    elif change == "a new file":
        (site.folder / "lite-dir" / "new.json").write_text("{}")
    elif change == "another version":
        monkeypatch.setattr(lite, "version", lambda name: "999")
    elif change == "no site":
        (site.folder / "html" / "lite").rmdir()
    else:
        lite.BUILT_LITE.unlink()  # as when the build did not end
    site.build()
    assert site.builds == [{}, {}]
