"""Objects in the memory panel without a browser: the tab, the dialogs, and what they do."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from personavlm.agent import Agent
from personavlm.records import Image, Object
from personavlm.ui import as_json, memory_panel, object_panel
from personavlm.ui.memory_panel import OBJECTS, View
from personavlm.ui.memory_rows import cut_page
from personavlm.ui.object_cards import MOST_CHOICES, choices_html, object_card, objects_html
from personavlm.ui.session import Session
from personavlm.vision.base import Box

NASTY = '<img src=x onerror=alert(1)> "x" `${value}` {{value}}'


@pytest.fixture
def shown(session: Session) -> Image:
    """A picture that was sent: a green square on white."""
    sheet = Pillow.new("RGB", (120, 80), "white")
    ImageDraw.Draw(sheet).rectangle((20, 10, 59, 69), "green")
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    turn = session.agent.observe("Look at <this>.", "I see.", [buffer.getvalue()])
    return session.agent.memory.turn(turn).images[0]


@pytest.fixture
def biscuit(session: Session, shown: Image) -> Object:
    return session.agent.memory.objects.add(shown, Box(20, 10, 60, 70), "Biscuit", "dog", "Hers.")


def event(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def saved(session: Session, picture: str, **changes: object) -> tuple[Any, int]:
    values: dict[str, object] = {"box": None, "name": "Biscuit", "category": "", "note": ""}
    return object_panel._name(session, 4, event(picture=picture, **(values | changes)))


def tab(session: Session, form: object = None) -> str:
    *_, drawn = memory_panel._draw(session, View(OBJECTS, form=form))
    return str(drawn)


# -- the tab -----------------------------------------------------------------------------------


def test_the_tab_shows_the_crop_with_its_name_kind_date_and_note(
    session: Session, biscuit: Object
) -> None:
    html = tab(session)
    for said in ("Biscuit", "dog", "Mon 2 Mar 2026", "Hers.", "1 view", "data:image/jpeg"):
        assert said in html
    assert f'value="object:{biscuit.id}"' in html


def test_the_tab_is_searched_by_words_and_days(session: Session, biscuit: Object) -> None:
    assert "1 found" in tab(session, {"text": "DOG"})
    assert "No object matches" in tab(session, {"text": "cat"})
    assert "No object matches" in tab(session, {"to": "2026-03-01"})


def test_an_empty_tab_says_what_to_do(session: Session) -> None:
    assert "Name something in it" in tab(session)


def test_nothing_in_a_card_is_interpreted(session: Session, shown: Image, biscuit: Object) -> None:
    hostile = session.agent.memory.objects.add(shown, None, NASTY, NASTY, NASTY)
    views = memory_panel._show_source(session, event(id=f"object:{hostile.id}"))
    for html in (object_card(hostile), choices_html(biscuit, [hostile]), views):
        assert "<img src=x" not in html and "&lt;img src=x" in html
        assert 'x> "x"' not in html


def test_objects_come_in_pages(biscuit: Object) -> None:
    html = objects_html(cut_page([biscuit] * 51, 0), filtered=False)
    assert html.count('class="pv-card pv-object"') == 50 and "1–50 of 51" in html


def test_the_tab_tells_what_recognises_objects_once_that_is_known(session: Session) -> None:
    told = object_panel.tell_sight(session)
    assert "Told apart by &lt;colour&gt;" in told and "<code>personavlm download</code>" in told
    session.model.phase = "Loading…"  # type: ignore[attr-defined]
    assert object_panel.NOT_YET in object_panel.tell_sight(session)


def test_its_views_show_the_part_the_whole_and_the_message(
    session: Session, biscuit: Object
) -> None:
    html = memory_panel._show_source(session, event(id=f"object:{biscuit.id}"))
    assert html.count("data:image/jpeg") == 2
    assert "left:16.67%;top:12.50%;width:33.33%;height:75.00%" in html
    assert "Look at &lt;this&gt;." in html and "Mon 2 Mar 2026" in html


def test_a_whole_picture_is_shown_once(session: Session, shown: Image) -> None:
    whole = session.agent.memory.objects.add(shown, None, "Sheet")
    html = memory_panel._show_source(session, event(id=f"object:{whole.id}"))
    assert html.count("data:image/jpeg") == 1 and "<i " not in html


# -- naming ------------------------------------------------------------------------------------


def test_the_dialog_gets_the_picture_and_the_names_that_are_known(
    session: Session, shown: Image, biscuit: Object
) -> None:
    opened = object_panel._open_naming(session, event(picture=shown.hash))
    assert (opened["picture"], opened["width"], opened["height"]) == (shown.hash, 120, 80)
    assert opened["address"].startswith("data:image/jpeg")
    assert opened["known"] == [["Biscuit", "dog"]]


def test_a_box_is_named_and_the_dialog_closes(session: Session, shown: Image) -> None:
    named = saved(session, shown.hash, box=[20, 10, 60, 70], category="dog", note="Hers.")
    assert named == (None, 5)
    [known] = session.agent.memory.objects.all()
    assert (known.name, known.category, known.crops[0].note) == ("Biscuit", "dog", "Hers.")
    assert known.crops[0].box == Box(20, 10, 60, 70)
    with Pillow.open(known.crops[0].image.path) as crop:
        assert crop.size == (40, 60)


def test_without_a_box_all_of_the_picture_is_meant(session: Session, shown: Image) -> None:
    assert saved(session, shown.hash, name="Sheet") == (None, 5)
    assert session.agent.memory.objects.all()[0].crops[0].box == Box(0, 0, 120, 80)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"box": [20, 10, 21, 70]},
        {"box": [500, 500, 600, 600]},
        {"box": [0, 0, float("inf"), 10]},
        {"box": [0, 0, None, 10]},
        {"box": [0, 0, 10]},
        {"box": "everything"},
    ],
)
def test_what_cannot_be_used_is_told_in_the_dialog(
    session: Session, shown: Image, wrong: dict[str, object]
) -> None:
    told, changed = saved(session, shown.hash, **wrong)
    assert told.keys() == {"problem"} and told["problem"] and changed == 4
    assert not session.agent.memory.objects.all()


@pytest.mark.parametrize("hash", ["", "../../browser", "a" * 64, None])
def test_only_pictures_of_this_memory_can_be_named(session: Session, hash: Any) -> None:
    with pytest.warns(UserWarning, match="no longer there"):
        assert object_panel._open_naming(session, event(picture=hash)) == gr.skip()
    told, changed = saved(session, hash)
    assert "no longer there" in told["problem"] and changed == 4


def test_pictures_of_other_people_cannot_be_named(
    session: Session, open_agent: Callable[..., Agent]
) -> None:
    other = open_agent("ben")
    picture = Pillow.new("RGB", (40, 40), "red")
    turn = other.observe("Mine.", "Yes.", [picture])
    theirs = other.memory.turn(turn).images[0]
    assert theirs.path.exists()
    assert "no longer there" in saved(session, theirs.hash)[0]["problem"]


# -- changing ----------------------------------------------------------------------------------


def test_an_object_is_renamed(session: Session, biscuit: Object) -> None:
    change = event(id=f"object:{biscuit.id}", name="Toast", category="corgi")
    assert object_panel._rename(session, 4, change) == 5
    assert "Toast" in tab(session) and "Biscuit" not in tab(session)


def test_a_rename_that_fails_changes_nothing(session: Session, biscuit: Object) -> None:
    with pytest.warns(UserWarning, match="needs a name"):
        nameless = event(id=f"object:{biscuit.id}", name=" ", category="")
        assert object_panel._rename(session, 4, nameless) == 4
    with pytest.warns(UserWarning, match="no longer there"):
        nobody = event(id="semantic:1", name="Toast", category="")
        assert object_panel._rename(session, 4, nobody) == 4
    assert "Biscuit" in tab(session)


def test_a_merge_can_be_undone(session: Session, shown: Image, biscuit: Object) -> None:
    objects = session.agent.memory.objects
    other = objects.add(shown, None, "A dog")
    opened = object_panel._open_merge(session, event(id=f"object:{biscuit.id}"))
    assert opened["name"] == "Biscuit" and f'value="object:{other.id}"' in opened["choices"]
    assert f'value="object:{biscuit.id}"' not in opened["choices"]

    pair = event(kept=opened["id"], other=f"object:{other.id}")
    assert object_panel._merge(session, 4, pair) == (None, 5)
    assert "2 views" in tab(session) and "A dog" not in tab(session)
    assert memory_panel._undo(session, 5) == 6
    assert [len(each.crops) for each in objects.all()] == [1, 1]


def test_a_merge_that_fails_is_told_in_the_dialog(session: Session, biscuit: Object) -> None:
    with pytest.warns(UserWarning, match="no other object"):
        assert object_panel._open_merge(session, event(id=f"object:{biscuit.id}")) == gr.skip()
    for other in (f"object:{biscuit.id}", "object:99", "core:1", "object:x"):
        told, changed = object_panel._merge(
            session, 4, event(kept=f"object:{biscuit.id}", other=other)
        )
        assert told["problem"] and changed == 4


def test_what_is_called_the_same_can_be_merged_however_many_there_are(
    session: Session, shown: Image, biscuit: Object
) -> None:
    objects = session.agent.memory.objects
    twin = objects.add(shown, None, "biscuit", "puppy")
    others = [Object(100 + n, f"Mug {n}", "mug", biscuit.crops) for n in range(MOST_CHOICES)]
    html = choices_html(biscuit, [*others, twin])
    assert html.index("biscuit") < html.index("Mug 0")
    assert f"Mug {MOST_CHOICES - 1}<" not in html and "1 more" in html


def test_deleting_an_object_leaves_the_message_and_can_be_undone(
    session: Session, biscuit: Object
) -> None:
    memory = session.agent.memory
    assert memory_panel._remove(session, 4, event(ids=[f"object:{biscuit.id}"])) == 5
    assert memory.counts()["objects"] == 0 and memory.counts()["turns"] == 1
    memory_panel._undo(session, 5)
    assert [each.name for each in memory.objects.all()] == ["Biscuit"]


def test_one_view_of_several_is_deleted(session: Session, shown: Image, biscuit: Object) -> None:
    html = memory_panel._show_source(session, event(id=f"object:{biscuit.id}"))
    assert "Delete this view" not in html, "the only one goes with its object"
    both = session.agent.memory.objects.add(shown, None, "Biscuit", "dog")
    html = memory_panel._show_source(session, event(id=f"object:{biscuit.id}"))
    assert html.count("Delete this view") == 4, "each twice: to read, and its label"
    gone = both.crops[1].id
    assert f'data-ids="crop:{gone}"' in html
    assert memory_panel._remove_view(session, 4, event(id=f"crop:{gone}")) == (None, 5)
    assert session.agent.memory.objects.all() == [biscuit]
    assert memory_panel._undo(session, 5) == 6
    assert [len(each.crops) for each in session.agent.memory.objects.all()] == [2]
    with pytest.warns(UserWarning, match="not the id of a memory"):
        assert memory_panel._remove_view(session, 6, event(id="view:x")) == (gr.skip(), 6)


# -- the API -----------------------------------------------------------------------------------


def test_objects_as_json(session: Session, biscuit: Object) -> None:
    [told] = as_json.memory(session.agent.memory)["objects"]
    assert (told["id"], told["name"], told["category"]) == (
        f"object:{biscuit.id}",
        "Biscuit",
        "dog",
    )
    [view] = told["views"]
    assert view["box"] == [20, 10, 60, 70] and view["note"] == "Hers."
    assert view["image"].keys() == view["source"].keys() == {"hash", "width", "height"}
