"""What an exploration says: in words, as data, as text and as HTML."""

import asyncio
import html.parser
import json
import re
from collections import Counter

from overlap_trace.explorer import explore

from tests.unit.virtual.programs import both_counted, lose


def test_the_shortest_bad_schedule_is_shown_step_by_step():
    """Its replay leads to the bad result, with the shared value after each step."""
    result = explore(lose, check=both_counted, shared="counter", bad="lose an update")
    steps = [step for step in result.shortest.steps if step["kind"] == "step"]
    assert len(steps) == result.outcomes[-1].steps == 8
    # Both read 0, both write 1.
    assert [step["shared"]["counter"] for step in steps][-1] == "1"
    names = [result.shortest.data["tasks"][step["task"]] for step in steps]
    assert Counter(names) == {"lose": 2, "increment #1": 3, "increment #2": 3}
    bars = [span for span in result.timeline().spans if span.state == "running"]
    assert sorted(span.start for span in bars) == list(range(8))
    assert all("counter = " in span.note for span in bars)
    assert not result.timeline().holds


def test_any_schedule_can_be_replayed():
    result = explore(lose, check=both_counted, shared="counter")
    good = result.outcomes[0]
    assert not good.bad
    replay = result.replay(good.schedule)
    assert replay.data["ending"]["text"] == "lose returned 2"
    assert replay.steps[-1]["shared"] == {"counter": "2"}


def test_no_bad_schedule_has_fewer_steps_than_the_one_shown():
    """Ties are broken by the number of switches between tasks."""
    result = explore(lose, check=both_counted)
    shown = result.outcomes[-1]
    assert shown.switches == 4  # main, one (reads), two (reads, writes, ends), one, main
    assert all(outcome.steps >= shown.steps for outcome in result.outcomes if outcome.bad)


class Checker(html.parser.HTMLParser):
    """Finds unbalanced tags, scripts, the cells of tables, the items of lists, and data."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.items, self.data, self.tags = [], [], [], [], Counter()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        assert tag != "script" or dict(attrs) == {"type": "application/json"}  # data, which no browser runs
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "th":
            assert dict(attrs)["scope"] in ("col", "row")
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)
        elif self.open and self.open[-1] == "li":
            self.items.append(data)
        elif self.open and self.open[-1] == "small":
            self.items[-1] += " " + data
        elif self.open and self.open[-1] == "script":
            self.data.append(json.loads(data))


def test_html_is_complete_and_has_no_scripts():
    """A text summary, a table with a caption and headers, the picture, the list; values are escaped."""

    async def main():
        text = "<script>alert(1)</script>"
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
        raise ValueError(text)

    result = explore(main, shared="text")
    checker = Checker(result._repr_html_())
    assert checker.tags["table"] == checker.tags["caption"] == 1
    assert checker.tags["svg"] == 1
    steps = result.shortest.steps
    assert len(checker.items) == len(steps)
    for item, step in zip(checker.items, steps, strict=True):
        assert item.startswith(step["text"])
    assert "Shared: text = '<script>alert(1)</script>'." in checker.items[-1]
    assert checker.data == [result.shortest.data]


def test_text_and_json_say_the_same():
    result = explore(lose, check=both_counted, shared="counter", bad="lose an update")
    data = json.loads(json.dumps(result.to_dict()))
    assert data["bad"] == 12
    assert " ".join(data["sentences"]) == " ".join(result.sentences())
    assert all(sentence in str(result) for sentence in data["sentences"])
    assert re.search(r"12  bad  lose returned 1, which fails the check", str(result))
    assert [o["count"] for o in data["outcomes"]] == [8, 12]


def test_no_mention_of_delays_when_there_were_none():
    assert "elays" not in str(explore(lose))


def test_different_results_without_a_check_are_pointed_out():
    result = explore(lose)
    assert result.bad == 0
    assert "lose returned 2 different results." in result.sentences()
