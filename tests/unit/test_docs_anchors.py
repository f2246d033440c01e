"""Anchors and versions are read out of the pages of the Python documentation."""

from tools.docs_anchors import anchors_of

PAGE = """
<link rel="x" /><section id="module-m"><span id="index-0"></span><h1>m</h1>
<div><span class="versionmodified added">Added in version 3.4.</span></div>
<dl class="py class"><dt class="sig" id="m.Class">Class</dt><dd><p>Text in 3.0.
<div><span class="versionmodified changed">Changed in version 3.9: </span>x 3.1</div>
<dl class="py method"><dt id="m.Class.one">one</dt><dt id="m.Class.two">two</dt><dd>
<div><span class="versionmodified added">Added in version 3.11.</span></div>
</dd></dl>
</dd></dl>
<section id="later"><h2>Later</h2></section>
</section>
"""


def test_a_version_belongs_to_the_nearest_name_and_what_added_the_module_to_all():
    """Not versions in running text, and not what changed the class for its methods."""
    assert anchors_of(PAGE) == {
        "module-m": {"3.4"},
        "index-0": {"3.4"},
        "m.Class": {"3.4", "3.9"},
        "m.Class.one": {"3.4", "3.11"},
        "m.Class.two": {"3.4", "3.11"},
        "later": {"3.4"},
    }
