"""Objects through a whole turn: kept with their fact, recognised unasked, shown to the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from disk import SECRET, files_with, picture_files
from scripted import START, HashEncoder, ScriptedEngine
from seeing import Blobs, Broken, Colours, keep, portrait, scene, sight
from vision_checkpoints import clip_checkpoint, grounding_dino_checkpoint

from personavlm.agent import Agent
from personavlm.engines.base import Request
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import Weights
from personavlm.memory.database import Database, person_folder
from personavlm.memory.sight import Sight
from personavlm.model import PersonaVLM
from personavlm.protocol import Task
from personavlm.records import Image, Retrieval, Thought, Window
from personavlm.respond import Options
from personavlm.vision.base import Vision
from personavlm.vision.clip import Clip
from personavlm.vision.covariance import Covariance
from personavlm.vision.grounding_dino import GroundingDino

BISCUIT = "This is my corgi Biscuit (Image Object: corgi)"
PARK = scene(("corgi", (10, 10, 90, 90)), ("green", (100, 0, 200, 100)))
ANSWER = "<think>ok</think><answer>That is Biscuit.</answer>"
SEARCH = (
    '<think>Look.</think><retrieve>\n"keywords": {}\n"start_time": "null"\n"end_time": "null"\n'
    "</retrieve>"
)


@dataclass
class Sees:
    """Opens agents with these eyes."""

    folder: Path
    engine: ScriptedEngine
    opened: list[Agent]

    def __call__(self, see: Sight, user_id: str = "maya") -> Agent:
        database = Database(person_folder(self.folder, user_id), user_id, "Europe/Lisbon")
        agent = Agent(database, self.engine, HashEncoder(), see=see)
        agent.set_clock(START)
        self.opened.append(agent)
        return agent


@pytest.fixture
def opened(tmp_path: Path, engine: ScriptedEngine) -> Iterator[Sees]:
    sees = Sees(tmp_path, engine, [])
    yield sees
    engine.scripts.clear()
    for agent in sees.opened:
        agent.close()


@pytest.fixture
def agent(opened: Sees, engine: ScriptedEngine) -> Agent:
    """Maya, who has told of Biscuit with a photo, two days ago."""
    agent = opened(sight(Blobs()))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    agent.chat("This is my corgi Biscuit", PARK)
    agent.finish()
    engine.scripts.pop(Task.SEMANTIC)
    agent.set_clock(START + timedelta(days=2))
    return agent


def looks(agent: Agent, text: str = "Who is this?", **how: object) -> list[Retrieval]:
    """The searches of a reply to a new photo of Biscuit."""
    photo = scene(("corgi", (100, 20, 180, 80)), ("blue", (0, 0, 60, 100)))
    reply = agent.chat(text, photo, **how)
    return [step for step in reply.trace if isinstance(step, Retrieval)]


def pixels(request: Request) -> list[str]:
    """The pictures of a prompt, in order."""
    parts = (part for message in request.messages for part in message.parts)
    return [part.hash for part in parts if isinstance(part, Image)]


# -- the update stage -----------------------------------------------------------------------------


def test_an_object_is_kept_with_its_fact(agent: Agent, tmp_path: Path) -> None:
    [biscuit] = agent.memory.objects.all()
    [view] = biscuit.crops
    assert (biscuit.name, view.fact, view.turn) == ("corgi Biscuit", 1, 1)
    assert view.image.width < view.source.width and len(picture_files(tmp_path)) == 2
    told = agent.remembered(1)[1]
    assert told.memory_ids == ("semantic:1", "object:1")
    assert "corgi Biscuit can be recognised" in told.text and "(Image" in told.text
    vectors = agent.memory.database.read("SELECT encoder FROM vectors WHERE owner = 'crop'")
    assert [row["encoder"] for row in vectors] == ["colours"], "described in the background"


def test_all_pictures_of_a_message_are_looked_at(opened: Sees, engine: ScriptedEngine) -> None:
    agent = opened(sight(Blobs()))
    engine.say(Task.SEMANTIC, keep(f"{BISCUIT} and Miso (Image Object: cat)"))
    agent.chat("Biscuit and Miso", [scene(("cat", (9, 9, 60, 60))), portrait("mug"), PARK])
    images = agent.turns()[0].images
    found = {o.name: [v.source.hash for v in o.crops] for o in agent.memory.objects.all()}
    assert found == {"corgi Biscuit": [images[2].hash], "Miso": [images[0].hash]}


@pytest.mark.parametrize(
    "see", [sight(Broken()), sight(Blobs(), Broken()), sight(descriptor=Broken())]
)
def test_no_fact_is_lost_for_models_that_fail(
    opened: Sees, engine: ScriptedEngine, see: Sight
) -> None:
    agent = opened(see)
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    agent.chat("This is my corgi Biscuit", PARK)
    assert [fact.content for fact in agent.memory.semantic()] == [BISCUIT]
    assert [len(each.crops) for each in agent.memory.objects.all()] == [1]
    assert not agent.updating()
    agent.chat("Who is this?", PARK, time=START + timedelta(minutes=2))


def test_a_picture_that_is_gone_leaves_the_fact_and_a_reason(
    opened: Sees, engine: ScriptedEngine
) -> None:
    agent = opened(sight(Blobs()))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    list(agent.respond("This is my corgi Biscuit", PARK))
    agent.turns()[0].images[0].path.write_bytes(b"damaged")
    agent.update()
    assert agent.memory.objects.all() == [] and len(agent.memory.semantic()) == 1
    assert "a picture could not be read" in agent.remembered(1)[1].text


def test_exactly_once_with_the_fact(
    opened: Sees, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = opened(sight(Blobs()))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    list(agent.respond("This is my corgi Biscuit", PARK))
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(agent.memory.objects, "_write", lambda *how: 1 // 0)
        agent.update()
    assert agent.memory.semantic() == [] and agent.updating(), "all or nothing"
    agent.update()
    agent.update()
    assert len(agent.memory.semantic()) == 1
    assert [len(each.crops) for each in agent.memory.objects.all()] == [1]


def test_a_message_taken_back_while_its_picture_is_looked_at(
    opened: Sees, engine: ScriptedEngine, tmp_path: Path
) -> None:
    detector = Blobs()
    agent = opened(sight(detector))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    list(agent.respond("This is my corgi Biscuit", PARK))
    looked = detector.detect

    def meanwhile(*how: object) -> object:
        agent.memory.delete(["turn:1"])
        return looked(*how)  # type: ignore[arg-type]

    detector.detect = meanwhile  # type: ignore[method-assign, assignment]
    agent.update()
    assert agent.memory.objects.all() == [] and picture_files(tmp_path) == []


# -- the response stage ---------------------------------------------------------------------------


def test_what_is_recognised_reaches_the_model_unasked(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    [seen] = looks(agent)
    [hit] = seen.hits
    assert not seen.asked and "recognised in the picture" in seen.note and seen.start is None
    assert hit.object is not None and "looks like corgi Biscuit" in hit.why
    asked = engine.asked(Task.REASON)[-1]
    assert [message.role for message in asked.messages] == ["user", "assistant", "user"]
    assert pixels(asked) == [agent.turns()[-1].images[0].hash, hit.images[0].hash]
    told = asked.messages[-1].text
    assert "This is my corgi Biscuit" in told and f"(what the person sent {hit.why})" in told
    assert asked.inputs.may_retrieve


def test_three_searches_are_left_and_the_object_is_not_told_again(
    agent: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, [*(SEARCH.format(word) for word in ("corgi", "b", "c")), ANSWER])
    seen, *searched = looks(agent)
    assert [step.asked for step in searched] == [True] * 3
    ids = [hit.id for step in (seen, *searched) for hit in step.hits]
    assert ids[0] == "object:1" and len(ids) == len(set(ids))
    assert "semantic:1" not in ids, "its fact is told with it"
    thoughts = engine.asked(Task.REASON)[-1].inputs.thoughts
    assert thoughts == ("", "Look.", "Look.", "Look.")


def test_a_forced_search_is_one_by_words(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    seen, forced = looks(agent, options=Options(force_retrieval=True))
    assert not seen.asked and forced.keywords == "Who is this?"


def test_without_reasoning_words_and_picture_are_one_search(
    agent: Agent, engine: ScriptedEngine
) -> None:
    [search] = looks(agent, "My corgi?", options=Options(reasoning=False))
    assert search.asked and search.hits[0].id == "object:1"
    assert search.hits[0].images[0].hash in pixels(engine.asked(Task.ANSWER)[-1])


def test_a_picture_alone_that_the_model_searches_for(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, [SEARCH.format("null"), ANSWER])
    seen, search = looks(agent, "")
    assert not seen.asked and search.asked


def test_nothing_is_looked_up_with_memory_off(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    assert looks(agent, options=Options(recall=False, remember=False)) == []


def test_in_a_conversation_that_is_not_stored(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    before = agent.memory.export()
    [seen] = looks(agent, options=Options(remember=False))
    assert seen.hits[0].id == "object:1" and agent.memory.export() == before


def test_a_stored_trace_tells_it_again_until_it_is_deleted(
    agent: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, ANSWER)
    [seen] = looks(agent)
    turn = agent.turns()[-1].id
    again = agent.reply(turn).trace[0]
    assert isinstance(again, Retrieval) and not again.asked
    assert [(h.id, h.text, h.why, h.images, h.object) for h in again.hits] == [
        (h.id, h.text, h.why, h.images, h.object) for h in seen.hits
    ]
    agent.memory.import_(agent.memory.export())
    agent.memory.delete(["semantic:1"])
    assert agent.reply(turn).trace[0] == Retrieval(
        "", None, None, (), seen.note, round(seen.seconds, 3)
    )


def test_a_deleted_object_is_gone_from_stored_traces_too(
    agent: Agent, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.say(Task.REASON, ANSWER)
    agent.memory.objects.rename("object:1", SECRET)
    [seen] = looks(agent)
    assert SECRET in seen.hits[0].why and files_with(tmp_path, SECRET)
    agent.memory.delete(["object:1"])
    assert files_with(tmp_path, SECRET) == []


def test_nobody_else_is_recognised(opened: Sees, agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    assert looks(opened(sight(Blobs()), "noa")) == []


# -- through the product --------------------------------------------------------------------------


def test_all_people_share_one_pair_of_eyes(tmp_path: Path, engine: ScriptedEngine) -> None:
    made: list[Vision] = []

    def choose() -> Vision:
        made.append(Vision(None, Colours(), "Drawn things."))
        return made[-1]

    engine.say(Task.SEMANTIC, keep(BISCUIT))
    with PersonaVLM(engine, "scripted", HashEncoder(), tmp_path, see=choose) as model:
        for name in ("maya", "noa"):
            model.agent(name).chat("This is my corgi Biscuit", portrait("corgi"))
        assert model.vision is made[0] and len(made) == 1


@pytest.mark.parametrize("commit", [None, "0" * 40])
def test_what_has_to_be_fetched_is_fetched_with_the_weights(
    tmp_path: Path, commit: str | None
) -> None:
    """Not when the first picture comes; and only for who had the weights from the Hub too."""

    class Loaded(ScriptedEngine):
        weights = Weights("acme/tiny", commit, tmp_path, "A", "float32", 0)

    made: list[Vision] = []

    def choose() -> Vision:
        made.append(Vision(None, Covariance(), ""))
        return made[-1]

    told: list[str] = []
    with PersonaVLM(Loaded(), "scripted", HashEncoder(), tmp_path, see=choose) as model:
        model.load(told.append)
        assert len(made) == (commit is not None)
        assert ("Fetching what sees things in pictures…" in told) == (commit is not None)


def test_pictures_wait_for_the_model(tmp_path: Path) -> None:
    """What sees may be the model itself: nothing is chosen for good before it is loaded."""
    loading = threading.Event()

    class Slow(ScriptedEngine):
        def load(self, report: object = None) -> None:
            assert loading.wait(20)

    with PersonaVLM(Slow(), "scripted", HashEncoder(), tmp_path) as model:
        model.start_loading()
        agent = model.agent("maya")
        agent.memory.objects.add(portrait("corgi"), None, "Biscuit")
        with pytest.raises(EngineUnavailable, match="once the model is loaded"):
            _ = model.vision
        assert (
            agent.memory.recognise([agent.memory.objects.all()[0].crops[0].image], Window()) == ()
        )
        loading.set()
        while model.loading() is not None:
            threading.Event().wait(0.005)
        assert model.vision.note


def test_an_engine_that_stops_keeps_the_object_for_later(
    opened: Sees, engine: ScriptedEngine
) -> None:
    """The model's own eyes are gone with it; what they have to see is not."""

    class Eyes(Colours):
        def describe(self, crops: object) -> object:  # type: ignore[override]
            raise EngineUnavailable("The engine was closed.")

    agent = opened(sight(None, Eyes()))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    agent.chat("This is my corgi Biscuit", portrait("corgi"))
    assert len(agent.memory.objects.all()) == 1


def test_who_is_this_with_the_embedded_engine(tmp_path: Path) -> None:
    """A photo is named in a message; another one of it is recognised, another thing is not."""
    shown = scene(("saddlebrown", (30, 20, 170, 90)), ("orange", (60, 40, 100, 80)))
    again = scene(("saddlebrown", (34, 18, 174, 88)), ("orange", (64, 38, 104, 78)))
    other = scene(("teal", (0, 0, 200, 50)), ("purple", (150, 60, 190, 90)))
    with PersonaVLM(
        PreviewEngine(HashEncoder()), "embedded", HashEncoder(), tmp_path,
        see=lambda: Vision(None, Covariance(), ""),
    ) as model:  # fmt: skip
        agent = model.agent("maya", zone="Europe/Lisbon")
        agent.chat("This is my corgi Biscuit.", shown, time=START)
        agent.finish()
        later = START + timedelta(days=3)
        reply = agent.chat("Who is this?", again, time=later)
        assert reply.text.startswith(
            "This looks like your corgi Biscuit. On Monday 2 March you showed me a picture of it "
            "and said: “This is my corgi Biscuit.”"
        )
        assert isinstance(reply.trace[0], Retrieval) and isinstance(reply.trace[1], Thought)
        reply = agent.chat("Who is this?", other, time=later + timedelta(minutes=1))
        assert "nothing that you've shown me" in reply.text and "Biscuit" not in reply.text


def test_with_the_real_detector_and_descriptor(
    opened: Sees, engine: ScriptedEngine, tmp_path: Path
) -> None:
    """Grounding DINO's and CLIP's own classes, with random weights: what they see is noise, but the
    same noise in the same picture."""

    def weights(folder: Path) -> Weights:
        return Weights(str(folder), None, folder, "tiny", "float32", 0)

    detector = GroundingDino("dino", weights(grounding_dino_checkpoint(tmp_path / "dino")))
    agent = opened(sight(detector, Clip("clip", weights(clip_checkpoint(tmp_path / "clip")))))
    engine.say(Task.SEMANTIC, keep(BISCUIT))
    agent.chat("This is my corgi Biscuit", PARK)
    agent.finish()
    [biscuit] = agent.memory.objects.all()
    assert biscuit.crops[0].image != biscuit.crops[0].source, "it found a box"
    vectors = agent.memory.database.read("SELECT encoder, vector FROM vectors WHERE owner = 'crop'")
    assert [(row["encoder"], len(row["vector"])) for row in vectors] == [("clip", 4 * 24)]
    agent.set_clock(START + timedelta(days=2))
    reply = agent.chat("Who is this?", PARK)
    assert [hit.id for hit in reply.hits] == ["object:1"]
