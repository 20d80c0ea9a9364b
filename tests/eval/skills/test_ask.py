"""Made-up people put to a model that knows everything, and to one that knows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval.skills.ask import Closest, Outcome, outcome
from eval.skills.measures import figures
from eval.skills.people import FIRST_TURNS, Person, people
from personavlm.engines.base import Chunk, Engine, Request
from personavlm.errors import BadInput
from personavlm.memory.encode import MiniLM, TextEncoder
from personavlm.memory.hits import Limits
from personavlm.protocol import Answer, Inputs, ReasonInputs, RetrieveRequest, Task, write_step
from personavlm.protocol.choosing import with_options
from personavlm.records import Hit, MemoryType, Reply, Retrieval, Usage, Window
from personavlm.synthesis.formats import Format
from personavlm.synthesis.produce import produce
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split
from personavlm.synthesis.trajectories import key_of
from personavlm.training.rollout.people import People


class Knowing(Engine):
    """Stands in for a model that makes no mistakes: it looks the truth up."""

    name = "knowing"

    def __init__(self, person: Person) -> None:
        self._questions = person.questions
        self._said = {one.inputs.query.text: one for one in person.said}
        updates = (*person.notes, *person.traits)
        self._texts = [(one.task, one.inputs, one.text) for one in updates]

    def generate(self, request: Request) -> Iterator[Chunk]:
        inputs = request.inputs
        if request.task is Task.REASON and isinstance(inputs, ReasonInputs):
            yield Chunk(self._step(inputs), Usage())
        else:
            found = (text for told in self._texts for text in _text_of(request, *told))
            yield Chunk(next(found), Usage())

    def _step(self, inputs: ReasonInputs) -> str:
        if inputs.dialogue:  # the same may be asked again when nothing stands there any more
            return self._said[inputs.query.text].text
        asked = next(one for one in self._questions if inputs.query.text.startswith(one.text))
        if inputs.retrieved or (asked.key is not None and asked.key in inputs.profile):
            return write_step("I have it.", Answer(key_of(asked)))
        words = ", ".join((*asked.keywords, asked.topic))
        return write_step("I look it up.", RetrieveRequest(words, Window(asked.since, asked.until)))


def _text_of(request: Request, task: Task, inputs: Inputs, text: str) -> Iterator[str]:
    if task is request.task and inputs == request.inputs:
        yield text


class Rambling(Engine):
    """Stands in for a model that was never trained: the same words, whatever it is asked."""

    name = "rambling"

    def generate(self, request: Request) -> Iterator[Chunk]:
        yield Chunk("As an assistant I would love to help you with all of that!", Usage())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("people")
    produce(Simulator(3, Split.TEST), 1, place, [Format.RL])
    return place


@pytest.fixture(scope="module")
def person(folder: Path) -> Person:
    [found] = people(folder, 1)
    return found


@pytest.fixture
def known(folder: Path, encoder: TextEncoder) -> People:
    return People(folder / "rl", folder / "memories", encoder)


def told(found: Outcome) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in figures([found])}


def test_who_makes_no_mistakes_gets_all_that_can_be_had(person: Person, known: People) -> None:
    found = outcome(person, Knowing(person), known, Limits())
    shares = told(found)
    for name in (
        "replies in form, all tasks", "search or not, decided rightly",
        "right answers, from memory", "right answers, from the conversation before",
        "notes kept that are right (precision)", "notes to keep that are kept (recall)",
    ):  # fmt: skip
        assert shares[name] == 100.0, name
    assert shares["evidence found by the searches"]
    assert all(shares[f"{trait}, off by"] == 0.0 for trait in ("openness", "neuroticism"))
    assert len(found.scored) == FIRST_TURNS


def test_who_knows_nothing_gets_nothing(person: Person, known: People) -> None:
    found = outcome(person, Rambling(), known, Limits())
    shares = told(found)
    assert shares["replies in form, all tasks"] == 0.0
    assert shares["right answers, from memory"] == 0.0
    assert shares["notes to keep that are kept (recall)"] == 0.0
    assert shares["openness, off by"] is None  # there was nothing to read
    assert all(not one.searched for one in found.asked)


def test_people_to_train_on_are_refused(tmp_path: Path) -> None:
    produce(Simulator(3, Split.TRAIN), 1, tmp_path, [Format.SFT])
    with pytest.raises(BadInput, match="--split test"):
        list(people(tmp_path, 1))


def test_too_few_people_are_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="has 1 people"):
        list(people(folder, 2))


def test_the_option_closest_to_what_was_found_is_taken() -> None:
    question = with_options("What is my dog called?", {"a": "Rex", "b": "Biscuit", "c": "Mo"})
    hit = Hit(
        "semantic:1",
        MemoryType.SEMANTIC,
        datetime(2026, 3, 1, tzinfo=UTC),
        "The dog is called Biscuit.",
        "",
        1.0,
    )
    trace = (Retrieval("dog", None, None, (hit,)),)
    assert Closest(MiniLM())(question, Reply("I found it.", trace)) == "b"
