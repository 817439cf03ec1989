"""What further hosts gain: the model's formulas, the file of a link, advise --nodes and its charts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.cli import main
from analysis.files import link as links
from analysis.statistics.model.hosts import Bound, Farm, Link

GBIT = Link(latency_ns=10_000, overhead_ns=10_000, wire_ns_per_byte=8.0, cpu_ns_per_byte=0.25)


def farm(task_ns: float = 1e6, payload: float = 0.0, link: Link = GBIT, tasks: int = 1000) -> Farm:
    return Farm(tasks, task_ns, payload, payload, link)


def link_file(folder: Path, **changes: Any) -> Path:
    one = {
        "from": 0,
        "to": 1,
        "latency_s": 1e-5,
        "overhead_s": 1e-5,
        "wire_s_per_byte": 8e-9,
        "cpu_s_per_byte": 2.5e-10,
        "interface": "eth0",
        **changes,
    }
    found = {
        "hosts": [{"host": "a"}, {"host": "b"}],
        "links": [one],
        "given": {"link": "1 Gb/s", "hosts": [{"name": "a", "slots": 2}, {"name": "b", "slots": 2}]},
    }
    path = folder / "link.json"
    path.write_text(json.dumps({"breakeven_link": found}))
    return path


def test_without_payload_one_far_worker_nearly_doubles_the_rate() -> None:
    assert 1000 * 1e6 / farm().time_ns(1).value == pytest.approx(1.96, abs=0.02)


def test_a_link_bounds_the_rate_at_its_bytes() -> None:
    rate, bound = farm(payload=1e6).rate(64)
    assert bound is Bound.LINK and rate == pytest.approx(1 / 8e6)


def test_a_caller_bounds_the_rate_of_tiny_tasks() -> None:
    free = Link(latency_ns=1000, overhead_ns=10_000, wire_ns_per_byte=0.0, cpu_ns_per_byte=0.0)
    rate, bound = farm(task_ns=50_000, link=free).rate(64)
    assert bound is Bound.CALLER and rate == pytest.approx(1 / 20_000)


def test_a_further_host_pays_while_a_task_is_longer_than_sending_it() -> None:
    assert farm(task_ns=21_000).further_host_pays and not farm(task_ns=19_000).further_host_pays


def test_beyond_the_wall_no_worker_adds_anything() -> None:
    one = farm(payload=65_536)
    wall = one.wall
    assert one.rate(int(wall) + 2)[0] == one.rate(int(wall) + 50)[0] > one.rate(max(1, int(wall) - 1))[0]


def test_the_range_grows_beyond_four_times_what_was_measured() -> None:
    def width(far: int) -> float:
        time = farm().time_ns(far)
        assert time.low is not None
        return time.value / time.low

    assert width(1) == width(4) == pytest.approx(1.15)
    assert width(8) == pytest.approx(1.225) and width(64) == pytest.approx(1.45)


def test_a_links_file_gives_the_median_link_and_the_slots(tmp_path: Path) -> None:
    found = links.load(link_file(tmp_path))
    assert (found.latency_s, found.slots, found.title) == (1e-5, (2, 2), "1 Gb/s")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "is not what"),
        ('{"breakeven_link": {"hosts": [], "links": []}}', "no link was measured"),
        ('{"breakeven_link": {"hosts": [{"host": "a"}], "links": [{"latency_s": -1}]}}', "is no time"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(links.BadLink) as refused:
        links.load(path)
    assert says in str(refused.value) and "\n" not in str(refused.value)


def advise(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["advise", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_answer_names_the_wall_and_what_bounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "--task",
        "2ms",
        "--in",
        "64KiB",
        "--back",
        "64KiB",
        "--nodes",
        "2..1000",
        "--link",
        str(link_file(tmp_path)),
    )
    code, out, _ = advise(capsys, *words)
    assert code == 0 and "The wall stands at" in out and "the link gives no more there" in out
    assert "Link (1 Gb/s): latency 10.0 us" in out


def test_tasks_that_are_shorter_than_sending_them_get_no_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--task", "10us", "--nodes", "2..8", "--link", str(link_file(tmp_path)))
    assert "No further host pays: a task takes 10.0 us" in advise(capsys, *words)[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--nodes", "2..8"), "--nodes needs the link"),
        (("--link", "x.json"), "--link and --chart go with --nodes"),
        (("--nodes", "8..2", "--link", "x"), "the smaller first"),
        (("--nodes", "many", "--link", "x"), "is no number of nodes"),
        (("--nodes", "2", "--link", "x", "--skew", "2"), "equal tasks only"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = advise(capsys, "--task", "1ms", *words)
    assert code == 2 and says in err and len(err.strip().splitlines()) == 1


def test_the_chart_marks_the_wall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nodes.svg"
    words = (
        "--task",
        "2ms",
        "--in",
        "64KiB",
        "--nodes",
        "2..64",
        "--link",
        str(link_file(tmp_path)),
        "--chart",
        str(file),
    )
    assert advise(capsys, *words)[0] == 0
    assert file.read_text().startswith("<?xml") and "</svg>" in file.read_text()


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "--task",
        "2ms",
        "--in",
        "64KiB",
        "--nodes",
        "2..8",
        "--link",
        str(link_file(tmp_path)),
        "--json",
    )
    found = json.loads(advise(capsys, *words)[1])
    assert [step["nodes"] for step in found["steps"]] == [2, 4, 8] and found["slots"] == 2
    assert found["steps"][0]["workers"] == 4
