"""A run's folder: torn lines, other runs, damage, two processes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval.made import record

from eval.case import Benchmark
from eval.journal import CASES, MANIFEST, Manifest, opened, put_in_order, read
from personavlm.errors import BadInput

RUN = Manifest(
    Benchmark.PERSONAMEM, "32k", "m", (), {"seed": 0}, None, 3, 3, {"q.csv": "5ha"}, "c0de", "abc"
)
RECORDS = [record(case=str(n), reply='(a)\nñ\u2028 "quoted"') for n in range(3)]


def fill(folder: Path, count: int = 3) -> bytes:
    with opened(folder, RUN) as journal:
        for one in RECORDS[:count]:
            journal.append(one)
    return (folder / CASES).read_bytes()


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    fill(tmp_path)
    run = read(tmp_path)
    assert run.manifest == RUN
    assert run.records == tuple(RECORDS)
    assert run.complete
    assert len((tmp_path / CASES).read_bytes().splitlines()) == 3


def test_a_record_is_on_disk_once_append_returns(tmp_path: Path) -> None:
    with opened(tmp_path, RUN) as journal:
        for count, one in enumerate(RECORDS, 1):
            journal.append(one)
            assert (tmp_path / CASES).read_bytes().count(b"\n") == count


def test_cut_at_any_byte_the_rest_is_written_as_it_was(tmp_path: Path) -> None:
    whole = fill(tmp_path / "whole")
    last = whole[:-1].rfind(b"\n")
    for length in (0, 1, *range(last - 1, len(whole) + 1)):
        folder = tmp_path / str(length)
        fill(folder)
        (folder / CASES).write_bytes(whole[:length])
        kept = whole[:length].count(b"\n")
        assert len(read(folder).records) == kept, "a reader leaves a torn line out"
        with opened(folder, RUN) as journal:
            assert journal.done == {str(n) for n in range(kept)}
            for one in RECORDS[kept:]:
                journal.append(one)
        assert (folder / CASES).read_bytes() == whole


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"limit": 2}, "limit was null, is 2"),
        ({"settings": {"seed": 1}}, 'settings was {"seed": 0}, is {"seed": 1}'),
        ({"data": {"q.csv": "0ther"}}, "data was"),
        ({"code": "new"}, 'code was "c0de", is "new"'),
        ({"method": "n", "cases": 4}, 'method was "m", is "n"; cases was 3, is 4'),
    ],
)
def test_another_run_is_refused_and_nothing_is_touched(
    tmp_path: Path, changed: dict[str, object], told: str
) -> None:
    before = fill(tmp_path, 2)
    other = replace(RUN, **changed)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="holds another run") as error, opened(tmp_path, other):
        pass
    assert told in str(error.value)
    assert (tmp_path / CASES).read_bytes() == before


def test_a_new_commit_of_the_same_code_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    with opened(tmp_path, replace(RUN, commit="def")) as journal:
        assert len(journal.done) == 2
    assert json.loads((tmp_path / MANIFEST).read_text())["commit"] == "abc"


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    taken = pytest.raises(BadInput, match="Another process")
    with opened(tmp_path, RUN), taken, opened(tmp_path, RUN):
        pass


def test_damage_is_told_not_repaired(tmp_path: Path) -> None:
    whole = fill(tmp_path)
    (tmp_path / CASES).write_bytes(whole.replace(b'"case":"1"', b'"case":1.5', 1))
    with pytest.raises(BadInput, match="line 2, is damaged"):
        read(tmp_path)
    (tmp_path / CASES).write_bytes(whole + whole)
    with pytest.raises(BadInput, match="has a case twice"):
        read(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(BadInput, match="is not the manifest"):
        read(tmp_path)
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(BadInput, match="is no run"):
        read(tmp_path)
    lost = pytest.raises(BadInput, match=r"has cases\.jsonl and no manifest\.json")
    with lost, opened(tmp_path, RUN):
        pass


def test_a_complete_run_is_put_in_the_order_of_its_cases(tmp_path: Path) -> None:
    with opened(tmp_path, RUN) as journal:
        for place in (2, 0, 1):
            journal.append(RECORDS[place])
    before = (tmp_path / CASES).read_bytes()
    put_in_order(tmp_path, ["0", "1", "2"])
    assert read(tmp_path).records == tuple(RECORDS)
    after = (tmp_path / CASES).read_bytes()
    assert sorted(after.split(b"\n")) == sorted(before.split(b"\n"))
    put_in_order(tmp_path, ["0", "1", "2"])
    assert (tmp_path / CASES).read_bytes() == after
