"""Where personas come from: a file, or a dataset on the Hub at one commit."""

import json
from pathlib import Path

import pytest
from eval.dataset_hub import DatasetHub
from synthesis.played import personas as write_personas

from personavlm.errors import BadInput
from personavlm.synthesis.split import Split
from personavlm.synthesis.writing.personas import FILE, HUB, personas


def read(source: object, split: Split = Split.TRAIN, seed: int = 0) -> tuple[str, tuple[str, ...]]:
    found = personas(str(source), split, seed, print)
    return found.source, found.texts


def test_splits_share_nobody_and_seeds_only_order_them(tmp_path: Path) -> None:
    path = write_personas(tmp_path / "who.jsonl", 300)
    source, train = read(path)
    _, test = read(path, Split.TEST)
    assert not set(train) & set(test) and len(train) + len(test) == 300
    assert 180 < len(train) < 240  # five sevenths
    assert read(path) == (source, train)
    _, other = read(path, seed=1)
    assert other != train and set(other) == set(train)
    assert source.startswith("who.jsonl (sha256 ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"persona": ""}', "line 1: 'persona' has to be a text"),
        ('{"text": "x"}', "line 1: 'persona' has to be a text"),
        ("[1]", "line 1: 'persona' has to be a text"),
        ("{", "cannot be read"),
        ("", "has no persona for the train split"),
    ],
)
def test_what_is_no_persona_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "who.jsonl"
    path.write_text(f"{text}\n")
    with pytest.raises(BadInput, match=problem):
        read(path)


def test_a_file_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        read(tmp_path / "who.jsonl")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetHub:
    folder = tmp_path / "hub" / HUB
    folder.mkdir(parents=True)
    write_personas(folder / FILE)
    (folder / "math.jsonl").write_text(json.dumps({"input persona": "x"}))
    with DatasetHub(tmp_path / "hub") as found:
        found.patch(monkeypatch, tmp_path / "home")
        yield found


def test_personahub_comes_at_a_commit_that_is_recorded(hub: DatasetHub, tmp_path: Path) -> None:
    source, texts = read(HUB)
    assert source == f"{HUB}@{hub.commit(HUB)}"
    assert set(texts) == set(read(hub.root / HUB / FILE)[1])
    assert set(hub.fetched()) == {FILE}  # and nothing else of it
    hub.down = True
    assert read(source) == (source, texts)  # from the cache
    with pytest.raises(BadInput, match=r"cannot be had: .* answers with an error"):
        read(HUB)


def test_a_file_that_came_damaged_is_not_used(hub: DatasetHub) -> None:
    hub.flipped.add(FILE)
    with pytest.raises(BadInput, match="is not what the Hub announces"):
        read(HUB)
    hub.flipped.clear()
    assert read(HUB)[1]


def test_a_dataset_without_personas_or_none_at_all_is_named(hub: DatasetHub) -> None:
    with pytest.raises(BadInput, match=r"the Hub has no dataset owner/none"):
        read("owner/none")
    (hub.root / HUB / FILE).unlink()
    with pytest.raises(BadInput, match=r"PersonaHub has no persona\.jsonl at main"):
        read(HUB)
