from book.examples.scripts import ROOT, SCRIPTS, Script


def test_a_job_is_done_once_whatever_happens_to_its_worker(run):
    """Sent twice it is done once; what may pass is tried again, what cannot is not; none is lost."""
    assert run.lines == [
        "charged: ['cat', 'owl']",
        "tries: {'cat': 1, 'owl': 3, 'yak': 1}",
        "the worker was killed, charged: ['cat', 'owl']",
        "the next one did it, tries: 2",
        "SIGTERM, exit status: 0",
    ]


def test_the_tests_on_the_page_pass(run, readers_pytest, tmp_path):
    """With the packages of the recipes, and without any server."""
    text = (ROOT / "recipes" / "hand-work-to-a-job-queue.md").read_text(encoding="utf-8")
    [on_page] = [
        block.partition("```")[0]
        for block in text.split("```python\n")[1:]
        if "from job_queue import" in block
    ]
    (tmp_path / "job_queue.py").write_text(Script(SCRIPTS / "processes" / "job_queue.py").served)
    (tmp_path / "test_jobs.py").write_text(on_page)
    assert "1 passed" in readers_pytest()
