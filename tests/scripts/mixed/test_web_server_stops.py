def test_a_request_is_answered_before_the_server_ends(run):
    """Unless it takes longer than the grace; uvicorn ends by the signal, gunicorn with 0."""
    assert run.lines == [
        "uvicorn, slow request: 200 done, exit status 143",
        "uvicorn, hanging, grace 1 s: RemoteDisconnected, exit status 143",
        "gunicorn, slow request: 200 done, exit status 0",
        "gunicorn, hanging, grace 1 s: RemoteDisconnected, exit status 0",
    ]
