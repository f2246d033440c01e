"""Programs that several tests run."""

import pytest

from tests.unit.virtual.programs import RandomProgram, dine, download, lose


@pytest.fixture(
    params=[lose, dine, download, *range(20)],
    ids=lambda program: getattr(program, "__name__", str(program)),
)
def program(request):
    """Programs by hand, and random ones."""
    return request.param if callable(request.param) else RandomProgram(request.param, 3)
