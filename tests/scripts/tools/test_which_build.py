from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def test_it_names_the_build(run, python):
    """The first line is what the probe of this test-suite finds, too."""
    kind = "free-threaded" if python.free_threaded else "standard"
    assert run.lines[0] == f"Python {python.version} {kind} build"


def test_the_gil_is_off_on_a_free_threaded_build_without_any_option(run, python):
    """And the option gil=1 switches it on."""
    if python.free_threaded:
        assert run.lines[2:] == ["GIL off", "with -X gil=1: GIL on: True"]
    else:
        assert run.lines[2:] == ["GIL on"]


def test_free_threading_is_not_experimental_since_3_14(run, python):
    """Only the free-threaded build of 3.13 says so."""
    experimental = python.free_threaded and python.release == (3, 13)
    assert run.lines[1] == f"sys.version says experimental: {experimental}"


def test_the_second_recording_is_of_a_free_threaded_3_14():
    recording = Recording.read(SCRIPTS / "tools" / "which_build.3.14t.out")
    assert recording.build == "CPython-free-threaded"
    assert recording.python.startswith("3.14.")
    assert "experimental: False" in recording.text
