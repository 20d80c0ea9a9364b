"""Writing a set of people: the same bytes for a seed, begun anew where it stopped."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from personavlm.errors import BadInput
from personavlm.prompts.pack_file import load_pack
from personavlm.synthesis.command import synthesize
from personavlm.synthesis.formats import Format
from personavlm.synthesis.life import Life
from personavlm.synthesis.produce import produce
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split
from personavlm.training.config import RECIPES

WRITER = Simulator(11, Split.TRAIN)
ALL = list(Format)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Interrupted(Exception):
    pass


class Breaking:
    """The simulator, until it is stopped at the third person."""

    source, settings = WRITER.source, WRITER.settings
    stop, spent = WRITER.stop, WRITER.spent

    def write(self, number: int) -> Life:
        if number == 2:
            raise Interrupted
        return WRITER.write(number)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        produce(WRITER, 2, tmp_path / name, ALL)
    found = digests(tmp_path / "one")
    assert found == digests(tmp_path / "other")
    assert {"card.json", "report.md", "sft/sft.json", "rl/rl.jsonl"} <= found.keys()
    produce(Simulator(12, Split.TRAIN), 1, tmp_path / "third", [Format.SFT])
    assert digests(tmp_path / "third")["sft/sft.json"] != found["sft/sft.json"]


def test_training_rows_may_have_another_wording(tmp_path):
    pack = load_pack(RECIPES / "nano.prompts.json")
    produce(WRITER, 1, tmp_path, [Format.SFT, Format.RL], pack=pack)
    rows = json.loads((tmp_path / "sft" / "sft.json").read_text("utf-8"))
    begun = {row["conversations"][0]["value"].partition("\n")[0] for row in rows}
    assert {"Note what lasts in the message.", "Update the profile."} <= begun
    [first, *_] = (tmp_path / "rl" / "rl.jsonl").read_text("utf-8").splitlines()
    assert json.loads(first)["messages"][0]["content"].startswith("Reply to your person.")


def test_what_was_interrupted_goes_on_and_ends_the_same(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    produce(WRITER, 3, whole, ALL)
    with pytest.raises(Interrupted):
        produce(Breaking(), 3, broken, ALL)
    assert not (broken / "sft").exists()  # nothing half done has the name of what is done
    kept = broken / "lives" / "00001.json"
    before = kept.stat().st_mtime_ns
    produce(WRITER, 3, broken, ALL)
    assert kept.stat().st_mtime_ns == before  # taken, not written anew
    assert digests(broken) == digests(whole)


def test_a_set_can_grow(tmp_path):
    produce(WRITER, 1, tmp_path / "grown", [Format.RL])
    produce(WRITER, 2, tmp_path / "grown", ALL)
    produce(WRITER, 2, tmp_path / "at once", ALL)
    assert digests(tmp_path / "grown") == digests(tmp_path / "at once")


def test_two_kinds_of_people_never_share_a_folder(tmp_path):
    produce(WRITER, 1, tmp_path, [Format.RL])
    with pytest.raises(BadInput, match=r"begun with .*seed 11.* and this would be .*seed 12"):
        produce(Simulator(12, Split.TRAIN), 1, tmp_path, [Format.RL])


def test_nobody_cannot_be_written(tmp_path):
    with pytest.raises(BadInput, match="ask for one at least"):
        produce(WRITER, 0, tmp_path, ALL)


def test_a_damaged_life_is_named(tmp_path):
    produce(WRITER, 1, tmp_path, [Format.RL])
    (tmp_path / "lives" / "00000.json").write_text("{")
    with pytest.raises(BadInput, match=r"00000\.json is no life"):
        produce(WRITER, 1, tmp_path, [Format.RL])


class Careless:
    """A writer whose second person has a turn without words."""

    source, settings = "careless", {"source": "careless"}
    stop, spent = WRITER.stop, WRITER.spent

    def write(self, number: int) -> Life:
        life = WRITER.write(number)
        if number == 1:
            [first, *turns], *sessions = life.sessions
            blank = replace(first, text="")
            life = replace(life, sessions=((blank, *turns), *sessions))
        return life


def test_rejections_are_listed_with_their_reasons(tmp_path):
    figures = produce(Careless(), 2, tmp_path, [Format.PERSONA_MME])
    [line] = (tmp_path / "rejections.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "life": 1,
        "what": "life",
        "where": "",
        "rule": "texts are plain",
        "reason": "turn 0 says nothing",
    }
    assert figures["measures"]["people"] == 1
    assert "| life | 2 | 1 |" in (tmp_path / "report.md").read_text()
    questions = json.loads((tmp_path / "Persona-MME" / "Persona-MME.json").read_text())
    assert {row["data_path"].split("/")[-2] for row in questions} == {"0"}


def command(*args: str):
    app = Typer()
    app.command()(synthesize)
    return CliRunner().invoke(app, args)


def test_the_command_writes_the_formats_that_it_is_asked_for(tmp_path):
    done = command(
        "--simulator", "--people", "2", "--seed", "1", "--split", "test",
        "--format", "persona-mme", "--out", str(tmp_path),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "2 people" in done.output
    assert (tmp_path / "Persona-MME" / "Persona-MME.json").exists()
    assert not (tmp_path / "sft").exists()
    assert json.loads((tmp_path / "manifest.json").read_text())["split"] == "test"


def test_the_command_says_what_is_wrong(tmp_path):
    refused = command("--people", "1", "--out", str(tmp_path))
    assert refused.exit_code == 1 and "add --simulator" in refused.output
    (tmp_path / "file").write_text("")
    refused = command("--simulator", "--people", "1", "--out", str(tmp_path / "file"))
    assert refused.exit_code == 1 and "cannot be used" in refused.output
