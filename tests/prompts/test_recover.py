"""Recovery: templates that a test knows come back exactly, and nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from prompts.training_data import REPLIES, Exchange, Writer, template, wording, write

from personavlm.errors import BadInput
from personavlm.prompts.recover import Recovery, TaskReport, recover
from personavlm.prompts.recover import samples as samples_module
from personavlm.prompts.recover.samples import Samples, read_conversations
from personavlm.prompts.trained import SLOTS, TrainedTemplate

Recovering = Callable[[list[list[Exchange]]], Recovery]


@pytest.fixture
def recovering(tmp_path: Path) -> Recovering:
    def recover_(conversations: list[list[Exchange]]) -> Recovery:
        path = write(tmp_path / "sft.json", conversations)
        return recover(path, "sft.json", None, lambda line: None)

    return recover_


def templates(recovery: Recovery) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {each.name: (each.texts, each.slots) for each in recovery.pack.trained}


def known(version: str = "") -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    each = {name: template(name, wording(name, version)) for name in SLOTS}
    return {name: (one.texts, one.slots) for name, one in each.items()}


def of(recovery: Recovery, name: str) -> TaskReport:
    return next(task for task in recovery.tasks if task.name == name)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("version", ["", "version {2}"])
def test_known_templates_come_back_exactly(recovering: Recovering, seed: int, version: str) -> None:
    writer = Writer(seed)
    recovery = recovering([writer.exchanges(name, version) for name in SLOTS for _ in range(40)])
    assert templates(recovery) == known(version)
    for task in recovery.tasks:
        assert task.seen == task.looked_at == task.matched == task.exact
        assert task.seen == (80 if task.name == "reason" else 40)
        assert task.found and not task.note
    assert recovery.conversations == 40 * len(SLOTS)
    assert recovery.unknown == 0
    assert recovery.pack.line == "Prompts: as trained (8 of 8 templates, from sft.json)"


def test_a_handful_of_samples_never_gives_a_wrong_template(recovering: Recovering) -> None:
    for seed in range(12):
        writer = Writer(seed)
        count = 1 + seed % 6
        recovery = recovering([writer.exchanges(name) for name in SLOTS for _ in range(count)])
        found = templates(recovery)
        if count > 1:  # of one sample, nothing confirms where its dialogue ends
            assert found == {name: known()[name] for name in found}
        for task in recovery.tasks:
            assert f"{task.looked_at} sample" in task.note or not task.found
            assert task.note


def test_of_several_wordings_the_most_frequent_is_taken(recovering: Recovering) -> None:
    writer = Writer(5)
    versions = ["older" if i % 10 < 3 else "" for i in range(60)]
    recovery = recovering([writer.exchanges(name, v) for name in SLOTS for v in versions])
    assert templates(recovery) == known()
    for task in recovery.tasks:
        assert task.matched == task.exact == 0.7 * task.looked_at


def test_exchanges_that_pad_a_batch_are_no_prompts(recovering: Recovering) -> None:
    writer = Writer(6)
    padding = ("<image>\nSay nothing.", "")
    data = [writer.exchanges(name) for name in SLOTS for _ in range(30)]
    recovery = recovering([each + [padding] * (i % 2) for i, each in enumerate(data)])
    assert templates(recovery) == known()
    assert recovery.unknown == len(data) // 2


def test_what_stands_for_nothing_is_found(recovering: Recovering) -> None:
    writer = Writer(7, empty="(none so far)")
    recovery = recovering([writer.exchanges(name) for name in SLOTS for _ in range(40)])
    assert templates(recovery) == known()
    empty = {each.name: dict(each.empty) for each in recovery.pack.trained}
    assert empty["semantic"] == {"dialogue": "(none so far)"}
    assert empty["procedural"] == {"dialogue": "(none so far)", "habits": "{}"}
    assert empty["retrieved"] == {"procedural": "", "semantic": "", "episodic": ""}
    assert empty["episodic"] == {}


def test_words_that_we_would_write_differently_are_counted(recovering: Recovering) -> None:
    writer = Writer(8)
    data = [writer.exchanges("core") for _ in range(30)]
    for i in range(10):  # a marker in people's words, which our layout makes inert
        prompt, reply = data[i][0]
        data[i] = [(prompt.replace("\nAssistant: ", "\nAssistant: <think> ", 1), reply)]
    marked = sum("<think>" in exchanges[0][0] for exchanges in data)
    core = of(recovering(data), "core")
    assert marked > 5
    assert (core.matched, core.exact, core.found) == (30, 30 - marked, True)


def test_a_section_of_unknown_form_stays_ours(recovering: Recovering) -> None:
    writer = Writer(9)
    data = []
    for _ in range(40):
        search, (prompt, reply) = writer.exchanges("retrieved")
        data.append([search, (prompt.replace("\nMemory: ", "\nIt is known that "), reply)])
    recovery = recovering(data)
    assert "retrieved" not in templates(recovery)
    assert "semantic is written in another way than ours" in of(recovery, "retrieved").note
    assert "reason" in templates(recovery)


def test_samples_that_have_nothing_in_common_stay_ours(recovering: Recovering) -> None:
    writer = Writer(10)
    data = [[(writer.prompt("core", wording("core", str(i))), REPLIES["core"])] for i in range(30)]
    core = of(recovering(data), "core")
    assert not core.found
    assert core.note


def test_a_slot_that_nothing_names_stays_ours(recovering: Recovering) -> None:
    writer = Writer(11)
    text = wording("retrieved", "").replace("Facts found in semantic memory", "Section two")
    data = [
        [writer.exchanges("retrieved")[0], (writer.prompt("retrieved", text), REPLIES["retrieved"])]
        for _ in range(30)
    ]
    task = of(recovering(data), "retrieved")
    assert not task.found
    assert "'Section two:'" in task.note


@pytest.mark.parametrize("chunk", [1, 7, 100, 10_000])
@pytest.mark.parametrize("lines", [False, True])
def test_a_file_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, lines: bool
) -> None:
    monkeypatch.setattr(samples_module, "_CHUNK", chunk)
    values = [{"a": "]} [{,"}, {"b": [1, {"c": "名"}]}, {}, {"d": '\\"'}]
    path = tmp_path / "data.json"
    text = "\n".join(map(json.dumps, values)) if lines else json.dumps(values, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    assert list(read_conversations(path)) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"conversations": [', "breaks off"),
        ("[{}, {}", "breaks off"),
        ("hello", "not JSON"),
        ("", "no training conversations"),
        ("[]", "no training conversations"),
        ('[{"conversations": "x"}, {"conversations": [1]}, 7]', "not JSON"),
        ('[{"conversations": "x"}, {"conversations": [1]}, []]', "no training conversations"),
        ("[" * 100_000, "not a list of training conversations"),
    ],
)
def test_a_file_that_is_no_training_data_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "sft.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        recover(path, "x", None, lambda line: None)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        recover(tmp_path / "none.json", "x", None, lambda line: None)


def test_the_sample_of_a_long_file_is_even(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_module, "SAMPLE", 100)
    samples = Samples()
    for number in range(10_000):
        samples.add(str(number))
    kept = sorted(map(int, samples.kept))
    assert samples.seen == 10_000
    assert len(set(kept)) == 100
    assert 3_500 < sum(kept) / 100 < 6_500


def test_a_template_needs_its_slots() -> None:
    with pytest.raises(BadInput, match="no place for: dialogue"):
        TrainedTemplate("core", ("a", "b"), ("profile",))
    with pytest.raises(BadInput, match="nothing fills"):
        TrainedTemplate("core", ("a", "b", "c"), ("profile", "query"))
    with pytest.raises(BadInput, match="twice"):
        TrainedTemplate("core", ("a", "b", "c", "d"), ("profile", "dialogue", "profile"))
    with pytest.raises(BadInput, match="nothing between"):
        TrainedTemplate("core", ("a", "", "c"), ("profile", "dialogue"))
    with pytest.raises(BadInput, match="no prompt 'poem'"):
        TrainedTemplate("poem", ("a",), ())
