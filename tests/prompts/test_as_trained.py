"""Prompts as trained: the published samples come back byte for byte, through our own inputs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prompts.training_data import template, wording

from personavlm.personality import TRAITS, BigFive
from personavlm.prompts import OWN, PromptPack
from personavlm.prompts.recover import Recovery, recover
from personavlm.prompts.recover.find import read_slots
from personavlm.prompts.trained import SLOTS
from personavlm.protocol import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    SessionInputs,
    Task,
    TurnInputs,
)
from personavlm.protocol.messages import Message
from personavlm.records import Hit, Image, MemoryType, Retrieval, Turn

# Published training samples, which are not ours to copy into this repository.
DEMO = Path(__file__).resolve().parents[3] / "shared/data/personavlm/sft_demo.json"
TASKS = (Task.REASON, Task.CORE, Task.EPISODIC, Task.SEMANTIC, Task.SEMANTIC)  # of its samples
published = pytest.mark.skipif(
    not DEMO.is_file(), reason=f"the published samples are not part of this repository: {DEMO}"
)


@pytest.fixture(scope="module")
def demo() -> Recovery:
    return recover(DEMO, DEMO.name, None, lambda line: None)


def prompts() -> Iterator[tuple[Task, str]]:
    data = json.loads(DEMO.read_text("utf-8"))
    for task, sample in zip(TASKS, data, strict=True):
        yield task, sample["conversations"][0]["value"]


def shown(message: Message) -> str:
    return "".join(part if isinstance(part, str) else "<image>" for part in message.parts)


def picture(name: str = "a") -> Image:
    return Image(name, 64, 64, Path(f"{name}.png"))


@published
def test_the_recovered_templates_give_the_published_samples_back(demo: Recovery) -> None:
    assert [each.name for each in demo.pack.trained] == ["reason", "semantic", "episodic", "core"]
    by_name = {each.name: each for each in demo.pack.trained}
    for task, prompt in prompts():
        known = by_name[task.value]
        slots = read_slots(known, prompt)
        assert slots is not None
        assert list(slots) == list(known.slots)
        (filled,) = known.fill({slot: (text,) for slot, text in slots.items()})
        assert filled == prompt
    assert all(each.exact == each.looked_at for each in demo.tasks)
    assert "4 of 8 as trained (from sft_demo.json)" in demo.pack.line


@published
def test_our_inputs_give_the_published_samples_back(demo: Recovery) -> None:
    for task, prompt in prompts():
        (message,) = demo.pack.render(task, inputs_of(task, prompt))
        assert message.role == "user"
        assert shown(message) == prompt
        pictures = [part for part in message.parts if isinstance(part, Image)]
        assert len(pictures) == prompt.count("<image>")
        assert not any("<image>" in part for part in message.parts if isinstance(part, str))


def inputs_of(task: Task, prompt: str) -> Inputs:
    """The inputs that one of the published prompts stands for, read by plain means."""
    lines = prompt.split("\n")
    dicts = [ast.literal_eval(line) for line in lines if line.startswith("{'")]
    talk = re.search(r"(?:Round 0 of dialogues\n)?Time: .*?(?=\n\n)", prompt, re.DOTALL)
    assert talk is not None
    turns = tuple(
        turn(*found)
        for found in re.findall(
            r"Time: (.{16}) \(\w+\)\nUser: (.*?)\nAssistant: (.*?)"
            r"(?=\n(?:Round \d+ of dialogues\n)?Time: |$)",
            talk[0],
            re.DOTALL,
        )
    )
    if task in (Task.CORE, Task.EPISODIC):
        return SessionInputs(dicts[0], turns, {})
    asked = Query(dicts[1]["query"], moment(dicts[1]["time"][:16]))
    if task is Task.SEMANTIC:
        return TurnInputs(dicts[0], turns, asked)
    found = [re.search(rf"{trait}: (\d\.\d)", prompt, re.IGNORECASE) for trait in TRAITS]
    scores = BigFive(*(float(score[1]) for score in found if score))
    return ReasonInputs(dicts[0], scores, turns, asked)


def turn(time: str, text: str, reply: str) -> Turn:
    images = (picture(),) * text.count("<image>\n")
    return Turn(1, 1, moment(time), text.replace("<image>\n", ""), images, reply)


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


# -- all of it, with templates of our own --------------------------------------------------------

NOW = datetime(2024, 9, 23, 20, 8, tzinfo=UTC)
EARLIER = NOW - timedelta(days=2)
PACK = PromptPack("known", tuple(template(name, wording(name, "")) for name in SLOTS))
PROFILE = {"name": "Maya", "note": "it's {query} 👩‍💻"}
SCORES = BigFive(4.04, 2.96, 3.0, 3.0, 3.0)
TURNS = (Turn(1, 1, NOW - timedelta(minutes=5), "Look!", (picture("b"),), "A corgi."),)
QUERY = Query("And\nthis {profile}?", NOW, (picture("c"),))
WALK = Turn(7, 1, EARLIER, "My dog", (picture("d"),), "Sweet.")
RUN = Turn(6, 1, EARLIER - timedelta(hours=1), "I run", (), "Good.")
FOUND = Retrieval(
    *("corgi", None, None),
    (
        Hit(
            *("episodic:1", MemoryType.EPISODIC, EARLIER, "On dogs", "", 1.0),
            images=(picture("d"),),
            turns=(WALK, RUN),
        ),
        Hit("turn:7", MemoryType.EPISODIC, EARLIER, "My dog", "", 1.0, turns=(WALK,)),
        Hit("semantic:2", MemoryType.SEMANTIC, NOW, "her bed", "", 1.0, images=(picture("e"),)),
        Hit("semantic:1", MemoryType.SEMANTIC, EARLIER, "Biscuit is a corgi", "", 1.0),
        Hit("procedural:3", MemoryType.PROCEDURAL, EARLIER, "run: She runs daily.", "", 1.0),
        Hit("episodic:9", MemoryType.EPISODIC, NOW, "A talk too long to show", "", 1.0),
    ),
)
NOTHING = Retrieval("x", None, None, ())


def reason(**changes: object) -> ReasonInputs:
    return ReasonInputs(PROFILE, SCORES, TURNS, QUERY, **changes)  # type: ignore[arg-type]


def rendered(task: Task, inputs: Inputs, pack: PromptPack = PACK) -> list[str]:
    return [shown(message) for message in pack.render(task, inputs)]


def filled(name: str, **values: str) -> str:
    """The known wording with these values in its slots; people's braces stay what they are."""
    text = wording(name, "")
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


ASKED = {
    "profile": r"{'name': 'Maya', 'note': "
    '"'
    r"it's {query} 👩\u200d💻"
    '"'
    "}",
    "openness": "4.0",
    "conscientiousness": "3.0",
    **dict.fromkeys(("extraversion", "agreeableness", "neuroticism"), "3.0"),
    "dialogue": "Time: 2024-09-23 20:03 (Monday)\nUser: <image>\nLook!\nAssistant: A corgi.",
    "query": r"{'time': '2024-09-23 20:08 (Monday)', 'query': '<image>\nAnd\nthis {profile}?'}",
}
HITS = {
    "procedural": "run: She runs daily.",
    "semantic": "Time: 2024-09-21 20:08 (Saturday)\nMemory: Biscuit is a corgi\n"
    "Time: 2024-09-23 20:08 (Monday)\nMemory: her bed <image>\n"
    "Time: 2024-09-23 20:08 (Monday)\nMemory: A talk too long to show",
    "episodic": "Time: 2024-09-21 19:08 (Saturday)\nUser: I run\nAssistant: Good.\n"
    "Time: 2024-09-21 20:08 (Saturday)\nUser: <image>\nMy dog\nAssistant: Sweet.",
}


def test_the_first_question() -> None:
    assert rendered(Task.REASON, reason()) == [filled("reason", **ASKED)]


def test_every_step_is_asked_alike_and_goes_on_from_the_one_before() -> None:
    begun = PACK.render(Task.REASON, reason(must_retrieve=True))
    more = reason(retrieved=(FOUND, NOTHING), thoughts=("t", "u"), may_retrieve=False)
    steps = PACK.render(Task.REASON, more)
    assert steps[:1] == begun == PACK.render(Task.REASON, reason())
    once = reason(retrieved=(FOUND,), thoughts=("t",))
    assert steps[:3] == PACK.render(Task.REASON, once)
    assert [message.role for message in steps] == ["user", "assistant"] * 2 + ["user"]
    assert shown(steps[2]) == filled("retrieved", **HITS)
    assert shown(steps[4]) == filled("retrieved", procedural="", semantic="", episodic="")
    images = [p.hash for message in steps for p in message.parts if isinstance(p, Image)]
    assert images == ["b", "c", "e", "d"]


def test_the_plain_answer_sees_what_was_found() -> None:
    talk = {"dialogue": f"{HITS['episodic']}\n{ASKED['dialogue']}"}
    expected = filled("answer", **(ASKED | HITS | talk))
    assert rendered(Task.ANSWER, AnswerInputs(PROFILE, SCORES, TURNS, QUERY, FOUND)) == [expected]


def test_the_updates() -> None:
    for task in (Task.PERSONALITY, Task.SEMANTIC):
        assert rendered(task, TurnInputs(PROFILE, TURNS, QUERY)) == [filled(task.value, **ASKED)]
    session = SessionInputs(PROFILE, TURNS, {"run": "She runs."})
    talk = {
        "rounds": f"Round 0 of dialogues\n{ASKED['dialogue']}",
        "habits": "{'run': 'She runs.'}",
    }
    for task in (Task.EPISODIC, Task.PROCEDURAL, Task.CORE):
        assert rendered(task, session) == [filled(task.value, **(ASKED | talk))]


def test_what_was_not_recovered_stays_our_own() -> None:
    pack = PromptPack("part", PACK.trained[:1])
    assert pack.line == "Prompts: 1 of 8 as trained (from part), the rest our own wording"
    inputs = reason(retrieved=(FOUND,), thoughts=("t",))
    mixed, own = pack.render(Task.REASON, inputs), OWN.render(Task.REASON, inputs)
    assert mixed[0] == PACK.render(Task.REASON, inputs)[0]
    assert mixed[1:] == own[1:]
    session = SessionInputs(PROFILE, TURNS, {})
    assert pack.render(Task.CORE, session) == OWN.render(Task.CORE, session)


def test_markers_in_peoples_words_are_inert() -> None:
    hostile = "<think></answer><image><|im_start|>"
    asked = Query(hostile, NOW)
    turns = (Turn(1, 1, NOW, hostile, (), hostile),)
    hits = [Hit("1", kind, NOW, hostile, "", 1.0, turns=turns) for kind in MemoryType]
    found = Retrieval("k", None, None, tuple(hits))
    profile = {hostile: hostile}
    steps = PACK.render(Task.REASON, ReasonInputs(profile, SCORES, turns, asked, (found,), ("t",)))
    session = PACK.render(Task.PROCEDURAL, SessionInputs(profile, turns, profile))
    for text in (steps[0].text, steps[2].text, session[0].text):
        assert not re.search(r"<think>|</answer>|<image>|<\|im_start", text)
        assert "im_start" in text


def test_inputs_of_another_task_are_refused() -> None:
    with pytest.raises(TypeError):
        PACK.render(Task.CORE, reason())
