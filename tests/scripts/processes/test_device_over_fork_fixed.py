def test_a_spawned_child_opens_its_own(run):
    assert run.lines == ["parent: computed", "child: computed"]
