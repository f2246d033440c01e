from book.examples.scripts import SCRIPTS, Script


def test_a_job_is_done_once_whatever_happens_to_its_worker(run):
    """Sent twice it is done once; what may pass is tried again, what cannot is not; none is lost."""
    assert run.lines == [
        "charged: ['cat', 'owl']",
        "tries: {'cat': 1, 'owl': 3, 'yak': 1}",
        "the worker was killed, charged: ['cat', 'owl']",
        "the next one did it, tries: 2",
        "SIGTERM, exit status: 0",
    ]


def test_the_tests_on_the_page_pass(run, readers_pytest, block_on_page, tmp_path):
    """With the packages of the recipes, and without any server."""
    (tmp_path / "job_queue.py").write_text(Script(SCRIPTS / "processes" / "job_queue.py").served)
    (tmp_path / "test_jobs.py").write_text(
        block_on_page("recipes/hand-work-to-a-job-queue.md", "from job_queue import")
    )
    assert "1 passed" in readers_pytest()
