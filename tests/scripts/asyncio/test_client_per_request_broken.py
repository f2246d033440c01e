def test_each_client_opens_a_connection(run):
    """Twenty requests, twenty connections."""
    assert run.lines[-1] == "connections: 20"
