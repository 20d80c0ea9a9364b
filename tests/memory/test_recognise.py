"""Objects found again in new pictures: thing by thing, inside the window, above the threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scripted import HashEncoder
from seeing import Blobs, Broken, Colours, portrait, scene, sight

from personavlm.memory.database import Database, person_folder
from personavlm.memory.memory import Memory
from personavlm.memory.pictures import encode_picture, unsaved_picture
from personavlm.memory.sight import Sight
from personavlm.records import Hit, Image, Window
from personavlm.vision.base import Vision

DAY = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/Lisbon"))
EVER = Window()
TWO = scene(("corgi", (10, 10, 90, 90)), ("mug", (120, 20, 190, 90)))


@pytest.fixture
def open_memory(tmp_path: Path) -> Iterator[Callable[..., Memory]]:
    """Opens a person's memory with these eyes."""
    opened: list[Database] = []

    def open_(see: Sight, user_id: str = "maya") -> Memory:
        for database in opened:
            database.close()
        opened.append(Database(person_folder(tmp_path, user_id), user_id, "Europe/Lisbon"))
        return Memory(opened[-1], HashEncoder(), see=see)

    yield open_
    for database in opened:
        database.close()


@pytest.fixture
def sent(tmp_path: Path) -> Callable[[bytes], Image]:
    """A picture that somebody sends."""
    return lambda data: unsaved_picture(tmp_path, encode_picture(data))


def enrol(memory: Memory) -> Memory:
    """Biscuit the corgi, Blue the mug a week later, Miso the cat two weeks later."""
    for week, (name, category) in enumerate(
        (("Biscuit", "corgi"), ("Blue", "mug"), ("Miso", "cat"))
    ):
        picture, at = portrait(category), DAY + timedelta(weeks=week)
        memory.objects.add(picture, None, name, category, f"this is {name}", time=at)
    return memory


def names(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.object.name for hit in hits if hit.object]


def test_the_same_thing_in_another_picture(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight()))
    [hit] = memory.recognise([sent(scene(("corgi", (40, 30, 160, 80))))], EVER)
    assert (hit.id, hit.type, hit.time) == ("object:1", "semantic", DAY)
    assert hit.text == "Biscuit (corgi): this is Biscuit"
    assert hit.why == f"looks like Biscuit in your picture of 2026-03-02 ({hit.score:.3f})"
    assert hit.object is not None and hit.images == (hit.object.crops[0].image,)
    assert hit.images[0].path.exists() and 0.9 <= hit.score <= 1.0001


def test_what_was_never_shown_is_not_found(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight()))
    assert memory.recognise([sent(portrait("green"))], EVER) == ()
    strict = Colours(threshold=1.1)
    memory = open_memory(sight(descriptor=strict))
    assert memory.recognise([sent(portrait("corgi"))], EVER) == ()


def test_thing_by_thing_in_one_batch(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    enrol(open_memory(sight()))
    detector, descriptor = Blobs(), Colours()
    memory = open_memory(sight(detector, descriptor))
    pictures = [sent(TWO), sent(scene(("cat", (50, 20, 150, 90)), ("green", (0, 0, 40, 99))))]
    hits = memory.recognise(pictures, EVER)
    assert sorted(names(hits)) == ["Biscuit", "Blue", "Miso"]
    assert detector.asked == [[["cat", "corgi", "mug"]] * 2], "what is stored is looked for"
    assert descriptor.described == [3, 3], "the views, then the things"
    assert memory.recognise(pictures, EVER) == hits
    assert (len(detector.asked), len(descriptor.described)) == (1, 2), "looked at once"
    whole = open_memory(sight()).recognise([sent(TWO)], EVER)
    assert whole == (), "without a detector, both together are like neither"


def test_where_nothing_is_detected_the_whole_picture_counts(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = open_memory(sight(Blobs()))
    memory.objects.add(portrait("purple"), None, "Plum", "vase", time=DAY)
    assert names(memory.recognise([sent(portrait("purple"))], EVER)) == ["Plum"]
    blind = open_memory(sight(Broken()))
    assert names(blind.recognise([sent(portrait("purple"))], EVER)) == ["Plum"]


def test_only_inside_the_window(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight(Blobs())))
    memory.objects.add(TWO, None, "Biscuit", "corgi", "both", time=DAY + timedelta(weeks=3))
    picture = [sent(scene(("corgi", (40, 30, 160, 80))))]
    later = Window(DAY + timedelta(days=1))
    assert memory.recognise(picture, later) == (), "a view of two things is not like one"
    memory.objects.add(picture[0].path, None, "Biscuit", "corgi", time=DAY + timedelta(weeks=4))
    [hit] = memory.recognise(picture, later)
    assert hit.time == DAY + timedelta(weeks=4), "the view is one of that time"
    [first] = memory.recognise(picture, Window(end=DAY))
    assert (first.id, first.time) == (hit.id, DAY)
    assert memory.recognise(picture, Window(DAY + timedelta(weeks=9))) == ()


def test_the_likest_first_then_runners_up(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = open_memory(sight(descriptor=Colours(threshold=0.5)))
    mixtures = {"Most": 160, "Half": 100, "Third": 75}
    for name, width in mixtures.items():
        drawn = scene(("corgi", (0, 0, width, 100)), ("mug", (width, 0, 200, 100)))
        memory.objects.add(drawn, None, name, "dog", time=DAY)
    picture = [sent(portrait("corgi"))]
    hits = memory.recognise(picture, EVER)
    assert names(hits) == ["Most", "Half"] and hits[0].score > hits[1].score
    assert memory.recognise(picture, EVER, {hits[0].id}) == hits[1:]
    assert memory.recognise(picture, EVER, [hit.id for hit in hits]) == (), (
        "no third in their place"
    )


def test_another_descriptor_looks_again(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight(descriptor=Colours("one"))))
    memory.sync()
    stored = "SELECT DISTINCT encoder, count(*) AS n FROM vectors WHERE owner = 'crop'"
    assert [tuple(row) for row in memory.database.read(stored)] == [("one", 3)]
    two = Colours("two")
    memory = open_memory(sight(descriptor=two))
    assert names(memory.recognise([sent(portrait("mug"))], EVER)) == ["Blue"]
    assert [tuple(row) for row in memory.database.read(stored)] == [("two", 3)]
    assert two.described == [3, 1]
    memory.sync()
    memory.sync()
    assert two.described == [3, 1], "nothing is left to describe"


def test_a_descriptor_that_fails_is_tried_again_with_the_next_picture(
    open_memory: Callable[..., Memory],
    sent: Callable[[bytes], Image],
    caplog: pytest.LogCaptureFixture,
) -> None:
    memory = enrol(open_memory(sight(descriptor=Broken())))
    memory.sync()
    memory.sync()
    assert caplog.text.count("weights are damaged") == 1, "not every few seconds"
    assert memory.recognise([sent(portrait("corgi"))], EVER) == ()
    assert caplog.text.count("weights are damaged") == 2
    memory = open_memory(sight())
    assert names(memory.recognise([sent(portrait("corgi"))], EVER)) == ["Biscuit"]


def test_pictures_that_cannot_be_read_are_passed_over(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight()))
    memory.objects.get("object:2").crops[0].image.path.unlink()
    gone = sent(portrait("mug"))
    gone.path.write_bytes(b"damaged")
    hits = memory.recognise([gone, sent(portrait("corgi"))], EVER)
    assert names(hits) == ["Biscuit"]
    assert memory.recognise([gone], EVER) == ()


def test_nothing_is_chosen_or_loaded_before_there_is_something_to_see(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    chosen: list[bool] = []

    def choose() -> Vision:
        chosen.append(True)
        return Vision(None, Colours(), "")

    memory = open_memory(Sight(choose))
    memory.sync()
    assert memory.recognise([sent(portrait("corgi"))], EVER) == () and not chosen
    enrol(memory)
    assert memory.recognise([], EVER) == () and not chosen
    assert memory.recognise([sent(portrait("corgi"))], EVER) and chosen == [True]


def test_after_a_deletion_and_its_undoing(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight()))
    picture = [sent(portrait("corgi"))]
    found = memory.recognise(picture, EVER)
    memory.delete(["object:1"])
    assert memory.recognise(picture, EVER) == ()
    assert memory.database.read("SELECT * FROM vectors WHERE owner = 'crop' AND owner_id = 1") == []
    memory.undo_delete()
    assert memory.recognise(picture, EVER) == found


def test_nobody_recognises_what_others_have_shown(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    see = sight()
    enrol(open_memory(see))
    other = open_memory(see, "noa")
    assert other.recognise([sent(portrait("corgi"))], EVER) == ()
    other.objects.add(portrait("corgi"), None, "Rex", "dog", time=DAY)
    assert names(other.recognise([sent(portrait("corgi"))], EVER)) == ["Rex"]


def test_a_search_by_words_does_not_tell_the_fact_of_an_object_again(
    open_memory: Callable[..., Memory], sent: Callable[[bytes], Image]
) -> None:
    memory = enrol(open_memory(sight()))
    fact = memory.knowledge.add_fact(DAY, "Biscuit is a corgi", ("Biscuit",), "", None)
    memory.knowledge.add_fact(DAY, "Biscuit likes carrots", ("Biscuit",), "", None)
    with memory.database.write() as connection:
        connection.execute("UPDATE crops SET semantic_id = ? WHERE object_id = 1", (fact,))
    memory.index.touch("semantic", [1, 2])
    how = {"now": DAY, "pictures": [sent(portrait("corgi"))]}
    hits = memory.find("Biscuit", "Who is it?", EVER, **how).hits
    assert [hit.id for hit in hits] == ["object:1", "semantic:2"]
    assert hits[0].tells == ("object:1", "semantic:1")
    later = Window(DAY + timedelta(days=2), DAY + timedelta(days=3))
    wider = memory.find("Biscuit", "Who?", later, **how)
    assert "around it" in wider.note and wider.hits[0].id == "object:1", "there was nothing then"
    memory.knowledge.add_fact(later.start, "Bought a bike", ("bike",), "", None)
    memory.index.touch("semantic", [3])
    assert [hit.id for hit in memory.find("Biscuit", "Who?", later, **how).hits] == ["semantic:3"]
