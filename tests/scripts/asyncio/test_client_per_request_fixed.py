def test_one_client_keeps_its_connection(run):
    """Twenty requests, one connection."""
    assert run.lines[-1] == "connections: 1"
