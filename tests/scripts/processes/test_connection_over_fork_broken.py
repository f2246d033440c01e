import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_the_parent_reads_the_answer_of_the_child(run):
    assert run.text == "answer to the child\n"
