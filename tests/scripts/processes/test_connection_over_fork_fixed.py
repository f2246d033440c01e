import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_the_parent_reads_its_own_answer(run):
    assert run.text == "answer to the parent\n"
