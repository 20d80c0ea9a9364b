"""The files: read back by what reads the published ones."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from eval import run
from eval.benchmarks import persona_mme
from eval.benchmarks.persona_mme_history import history
from eval.methods.remembering import WHOLE
from eval.scoring.groups import WITHOUT
from personavlm.prompts.recover.samples import prompts_of, read_conversations
from personavlm.protocol import StepParser
from personavlm.synthesis.formats import Format
from personavlm.synthesis.life import load
from personavlm.synthesis.produce import produce
from personavlm.synthesis.report import FIG_7
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split

PEOPLE = 8
RULES = ("first", "longest", "shortest")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("people")
    produce(Simulator(5, Split.TRAIN), PEOPLE, out, list(Format))
    return out


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_sft_rows_are_conversations_as_published(folder):
    listed = list(read_conversations(folder / "sft" / "sft.json"))
    tasks = Counter()
    for row in listed:
        assert row.keys() <= {"conversations", "image"}
        said = row["conversations"]
        assert [each["from"] for each in said] == ["human", "gpt"] * (len(said) // 2)
        marks = sum(each["value"].count("<image>") for each in said)
        assert marks == len(row.get("image", []))
        tasks.update(name for name, _ in prompts_of(row))
    assert tasks.keys() == {
        *("reason", "retrieved", "personality", "semantic", "episodic", "procedural", "core")
    }
    assert len(listed) > 500


def test_pictures_of_rows_are_there_and_no_others(folder):
    named = set()
    for row in read_conversations(folder / "sft" / "sft.json"):
        for path in row.get("image", []):
            named.add((folder / "sft" / path).resolve())
    assert len(named) > 30
    assert named == {path.resolve() for path in (folder / "sft" / "imgs").rglob("*.png")}
    for path in named:
        with Image.open(path) as picture:
            assert picture.size == (320, 240)


def test_shares_of_the_rows_are_near_the_published_ones(folder):
    counts = json.loads((folder / "report.json").read_text())["formats"]
    for name, published in FIG_7.items():
        for kind, count in published.items():
            ours = counts[name][kind] / sum(counts[name].values())
            assert abs(ours - count / sum(published.values())) < 0.06


def test_rl_rows_have_an_answer_that_can_be_checked(folder):
    listed = rows(folder / "rl" / "rl.jsonl")
    users = json.loads((folder / "rl" / "USER_PATH_DICT.json").read_text("utf-8"))
    assert {row["kind"] for row in listed} == {"choice", "binary", "open"}
    for row in listed:
        [message] = row["messages"]
        assert message["role"] == "user" and row["query"].splitlines()[0] in message["content"]
        assert users[message["content"]] == row["user"]
        if row["kind"] != "open":
            assert row["solution"] in ("(a)", "(b)", "(c)", "(d)")
            assert f"{row['solution']}. " in row["query"]
        assert row["evidence"]
    binary = [row["solution"] for row in listed if row["kind"] == "binary"]
    assert Counter(binary) == {"(a)": len(binary) // 2, "(b)": len(binary) // 2}


def test_the_user_of_a_row_holds_its_evidence(folder):
    for row in rows(folder / "rl" / "rl.jsonl")[:50]:
        data = json.loads((folder / "rl" / row["user"] / "user_data.json").read_text("utf-8"))
        said = [turn for session in data["sessions"] for turn in session["interactions"]]
        assert data["source"] == "simulator"
        assert data["current_interactions"] == len(said)
        assert max(row["evidence"]) < len(said)
        for session in data["sessions"]:
            scores, notes = session["big_five_personality"], session["semantic_memory"]
            assert len(scores) == len(notes) == len(session["interactions"])


def test_the_benchmark_reader_takes_the_benchmark_layout(folder):
    home = folder / "Persona-MME"
    cases = persona_mme.read(folder, "32k")
    lives = [
        load(path.read_text("utf-8"), path.name) for path in sorted((folder / "lives").iterdir())
    ]
    asked = sum(len(life.questions) for life in lives)
    judged = sum(q.replies is not None for life in lives for q in life.questions)
    assert len(cases) == asked + 2 * judged
    told = [history(home / "samples" / "50" / str(n) / "user_data.json") for n in range(4)]
    assert [sum(map(len, each.sessions)) for each in told] == [len(x.turns) for x in lives[::2]]
    shown = [turn.images for each in told for session in each.sessions for turn in session]
    assert sum(map(bool, shown)) == sum(
        turn.picture is not None for life in lives[::2] for turn in life.turns
    )


def scores(out: Path, group: str) -> dict[str, tuple[float, int]]:
    listed = json.loads((out / "summary.json").read_text("utf-8"))["rows"]
    return {row["method"]: (row["score"], row["n"]) for row in listed if row["group"] == group}


def test_the_evaluation_runs_on_it(folder, tmp_path):
    rules = [option for name in RULES for option in ("--method", name)]
    argv = ["--benchmark", "persona-mme", "--data", str(folder), "--out", str(tmp_path), *rules]
    assert run.main(argv) == 0
    measured = json.loads((folder / "report.json").read_text())["measures"]
    for rule in RULES:
        share, count = measured["right without memory"][rule], measured["questions"]
        score, n = scores(tmp_path, WITHOUT)[rule]
        assert n == count
        assert score == pytest.approx(100 * share, abs=0.01)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_memory_that_works_does_better_than_any_rule(tmp_path):
    produce(Simulator(5, Split.TEST), 2, tmp_path / "people", [Format.PERSONA_MME])
    methods = [option for name in (*RULES, WHOLE) for option in ("--method", name)]
    argv = [
        *("--benchmark", "persona-mme", "--data", str(tmp_path / "people")),
        *("--engine", "preview", "--out", str(tmp_path / "runs"), *methods),
    ]
    assert run.main(argv) == 0
    found = scores(tmp_path / "runs", WITHOUT)
    best = max(found[rule][0] for rule in RULES)
    assert found[f"{WHOLE} (preview)"][0] >= best + 10


def test_all_of_it_says_that_it_was_made_up(folder):
    assert json.loads((folder / "card.json").read_text())["source"] == "simulator"
    assert "no model wrote them" in (folder / "report.md").read_text()
    questions = json.loads((folder / "Persona-MME" / "Persona-MME.json").read_text("utf-8"))
    assert {row["source"] for row in questions} == {"simulator"}


def test_a_conversation_ends_with_a_step_or_the_lines_of_its_task(folder):
    steps = 0
    for row in read_conversations(folder / "sft" / "sft.json"):
        last = row["conversations"][-1]["value"]
        if last.startswith("<think>"):
            parser = StepParser(None)
            parser.feed(last)
            assert parser.finish()[1].problem is None
            steps += 1
        else:
            assert re.match(r'"(openness|reason|topic_summary|name|[\w \'-]+)": ', last)
    assert steps > 200
