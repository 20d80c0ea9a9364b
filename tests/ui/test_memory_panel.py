"""The memory panel without a browser: rows, pages, dates, cards, and what its actions do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import gradio as gr
import pytest

from personavlm.errors import BadInput
from personavlm.records import Entry, Fact, MemoryType, Topic, Turn
from personavlm.ui import memory_archive, memory_panel
from personavlm.ui.memory_cards import card, exchange_html, list_html
from personavlm.ui.memory_panel import KINDS, View
from personavlm.ui.memory_rows import (
    PAGE_SIZE,
    Row,
    cut_page,
    entry_rows,
    fact_row,
    parse_filter,
    topic_row,
    when,
)
from personavlm.ui.session import Session

LISBON = ZoneInfo("Europe/Lisbon")
MAY = datetime(2026, 5, 3, 9, 12, tzinfo=LISBON)
NASTY = '<img src=x onerror=alert(1)> **bold** {{value}} ${value} "quoted"'


def fact(id: int, content: str = "Has a corgi.", keywords: tuple[str, ...] = ("corgi",)) -> Fact:
    return Fact(id, MAY, content, keywords, "It lasts.", turn=7)


def entry(id: int, value: str, day: int, until: int | None = None, key: str = "home") -> Entry:
    superseded = MAY + timedelta(days=until) if until else None
    return Entry(id, MemoryType.CORE, key, value, MAY + timedelta(days=day), superseded)


# -- the search form ---------------------------------------------------------------------------


def test_days_are_whole_days_of_the_persons_zone() -> None:
    window = parse_filter({"from": "2026-05-03", "to": "2026-05-04"}, LISBON).window
    assert window.start == datetime(2026, 5, 3, 0, 0, tzinfo=LISBON)
    assert window.end is not None
    assert window.end.astimezone(UTC) > datetime(2026, 5, 4, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize("fields", [None, "", {}, {"text": "  ", "from": "", "to": None}])
def test_an_empty_form_filters_nothing(fields: object) -> None:
    assert not parse_filter(fields, LISBON).active


@pytest.mark.parametrize("side", ["from", "to"])
@pytest.mark.parametrize("date", ["tomorrow", "2026-02-30", "03/05/2026"])
def test_what_is_not_a_date_is_named(side: str, date: str) -> None:
    with pytest.raises(BadInput, match="is not a date"):
        parse_filter({side: date}, LISBON)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput, match="ends before it begins"):
        parse_filter({"from": "2026-05-04", "to": "2026-05-03"}, LISBON)


def test_one_day_is_a_span() -> None:
    window = parse_filter({"from": "2026-05-03", "to": "2026-05-03"}, LISBON).window
    assert window.start is not None and window.end is not None and window.start < window.end


# -- rows and pages ----------------------------------------------------------------------------


def test_a_fact_and_a_topic_know_their_turns() -> None:
    assert fact_row(fact(3)).turns == (7,)
    topic = Topic(4, 1, MAY, MAY + timedelta(minutes=88), "About a corgi.", ("corgi",), (7, 8))
    row = topic_row(topic)
    assert (row.id, row.turns, when(row)) == ("episodic:4", (7, 8), "Sun 3 May 2026, 09:12–10:40")


def test_superseded_values_fold_into_their_key() -> None:
    rows = entry_rows([entry(1, "Lisbon", 0, 1), entry(2, "Porto", 1, 2), entry(3, "Faro", 2)])
    assert [row.text for row in rows] == ["Faro"]
    assert [old.text for old in rows[0].earlier] == ["Porto", "Lisbon"]
    assert rows[0].ids == ("core:3", "core:2", "core:1")


def test_a_key_whose_current_value_does_not_match_still_shows_the_old_one() -> None:
    rows = entry_rows([entry(1, "Lisbon", 0, 1)])
    assert rows[0].superseded is not None
    assert "No longer current since Mon 4 May 2026, 09:12" in card(rows[0])


def test_newest_keys_come_first() -> None:
    rows = entry_rows([entry(1, "Maya", 0, key="name"), entry(2, "Faro", 3)])
    assert [row.key for row in rows] == ["home", "name"]


@pytest.mark.parametrize(
    ("asked", "given", "first", "last"), [(0, 0, 1, 50), (2, 2, 101, 120), (99, 2, 101, 120)]
)
def test_pages(asked: int, given: int, first: int, last: int) -> None:
    page = cut_page([fact_row(fact(n)) for n in range(120)], asked)
    assert (page.number, page.pages, page.first, page.last) == (given, 3, first, last)


def test_an_empty_list_has_one_page() -> None:
    page = cut_page([], 4)
    assert (page.number, page.pages, page.total, page.rows) == (0, 1, 0, ())


# -- cards -------------------------------------------------------------------------------------


def test_nothing_in_a_card_is_interpreted() -> None:
    html = card(Row("core:1", MAY, NASTY, key=NASTY, keywords=(NASTY,)))
    assert "<img" not in html and "&lt;img" in html
    assert 'onerror=alert(1)> **bold** {{value}} ${value} "quoted"' not in html


def test_an_exchange_is_inert_and_says_when_there_was_no_reply() -> None:
    html = exchange_html(Turn(1, 1, MAY, NASTY, reply=None))
    assert "<img" not in html and "no reply was finished" in html


@pytest.mark.parametrize("kind", MemoryType)
def test_each_kind_explains_itself_when_empty(kind: MemoryType) -> None:
    html = list_html(kind, cut_page([], 0), False, {})
    assert "Nothing yet" in html and "pv-note" in html
    assert "matches your search" in list_html(kind, cut_page([], 0), True, {})


def test_the_pager_appears_with_a_second_page() -> None:
    rows = [fact_row(fact(n)) for n in range(PAGE_SIZE + 1)]
    html = list_html(MemoryType.SEMANTIC, cut_page(rows, 0), False, {})
    assert html.count('class="pv-card"') == PAGE_SIZE
    assert "1–50 of 51" in html and 'data-page="1"' in html
    assert "pv-pager" not in list_html(MemoryType.SEMANTIC, cut_page(rows[1:], 0), False, {})


# -- actions -----------------------------------------------------------------------------------


def event(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def drawn(session: Session, view: View) -> SimpleNamespace:
    undo, *rest = memory_panel._draw(session, view)
    names = [tab.label for tab in rest[: len(KINDS)]]
    return SimpleNamespace(undo=undo.visible, names=names, lists=rest[len(KINDS) :])


def test_only_the_open_tab_is_drawn_and_all_are_counted(remembered: Session) -> None:
    seen = drawn(remembered, View(MemoryType.SEMANTIC))
    assert seen.names == ["Core 2", "Semantic 1", "Episodic 0", "Procedural 0", "Objects 0"]
    assert [html == gr.skip() for html in seen.lists] == [True, False, True, True, True]
    assert "Has a corgi." in seen.lists[1] and "data:image/" in seen.lists[1]


def test_after_a_change_closed_tabs_are_emptied(remembered: Session) -> None:
    lists = memory_panel._draw_afresh(remembered, View(MemoryType.SEMANTIC))
    assert [bool(html) for html in lists[-len(KINDS) :]] == [False, True, False, False, False]


def test_a_search_lasts_and_starts_on_the_first_page(remembered: Session) -> None:
    view = View(MemoryType.SEMANTIC, 3)
    *_, semantic, _, _, _ = memory_panel._search(remembered, view, {"text": "cat"})
    assert "matches your search" in semantic
    assert "matches your search" in drawn(remembered, view).lists[1]
    assert view.page == 0


def test_a_bad_date_is_told_in_the_list(remembered: Session) -> None:
    seen = drawn(remembered, View(form={"from": "soon"}))
    assert "is not a date" in seen.lists[0] and seen.names[0] == "Core 2"


def test_a_page_that_vanished_gives_the_last_one(remembered: Session) -> None:
    assert "Has a corgi." in drawn(remembered, View(MemoryType.SEMANTIC, 9)).lists[1]


def test_a_draw_that_was_overtaken_shows_nothing(remembered: Session) -> None:
    class Overtaken(View):
        def start(self) -> int:
            early = super().start()
            super().start()
            return early

    assert set(map(str, memory_panel._draw(remembered, Overtaken()))) == {str(gr.skip())}


def test_the_source_of_a_fact_is_its_exchange_with_picture_and_date(remembered: Session) -> None:
    html = memory_panel._show_source(remembered, event(id="semantic:1"))
    assert "This is Biscuit." in html and "What a dog!" in html and "It lasts." in html
    assert "Mon 2 Mar 2026" in html and "data:image/" in html


def test_an_edit_is_saved_and_closes_the_editor(remembered: Session) -> None:
    opened = memory_panel._open_editor(remembered, event(id="semantic:1"))
    assert opened == {"id": "semantic:1", "key": "", "text": "Has a corgi.", "keywords": "corgi"}
    what = event(id="semantic:1", text="Has two corgis.", keywords="corgis, dogs")
    assert memory_panel._save(remembered, opened, 4, what) == (None, 5)
    saved = remembered.agent.memory.semantic()[0]
    assert (saved.content, saved.keywords) == ("Has two corgis.", ("corgis", "dogs"))


def test_core_has_no_keywords_to_edit(session: Session) -> None:
    opened = memory_panel._open_editor(session, event(id="core:1"))
    assert opened["keywords"] is None and opened["key"] == "name"
    memory_panel._save(session, opened, 0, event(id="core:1", text="May", keywords=None))
    assert session.agent.memory.profile()["name"] == "May"


def test_an_edit_that_fails_keeps_the_editor_open_and_says_why(remembered: Session) -> None:
    opened = memory_panel._open_editor(remembered, event(id="semantic:1"))
    kept, changed = memory_panel._save(
        remembered, opened, 4, event(id="semantic:1", text="  ", keywords="")
    )
    assert changed == 4
    assert isinstance(kept, dict) and "cannot be empty" in kept["problem"]
    assert remembered.agent.memory.semantic()[0].content == "Has a corgi."


def test_deleting_several_and_undoing_it(remembered: Session) -> None:
    assert memory_panel._remove(remembered, 0, event(ids=["semantic:1", "core:1"])) == 1
    assert drawn(remembered, View()).names[:2] == ["Core 1", "Semantic 0"]
    assert drawn(remembered, View()).undo
    assert memory_panel._undo(remembered, 1) == 2
    assert drawn(remembered, View()).names[:2] == ["Core 2", "Semantic 1"]
    assert not drawn(remembered, View()).undo


def test_a_memory_that_is_gone_is_told(session: Session) -> None:
    with pytest.warns(UserWarning, match="no longer there"):
        assert memory_panel._show_source(session, event(id="semantic:99")) == gr.skip()
    with pytest.warns(UserWarning, match="not the id"):
        assert memory_panel._remove(session, 3, event(ids=["nonsense"])) == 3


# -- export, import, forget --------------------------------------------------------------------


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Session], Path]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return lambda session: Path(memory_archive._export(session, None)[0])


def test_exporting_forgetting_and_importing(
    remembered: Session, export: Callable[[Session], Path], tmp_path: Path
) -> None:
    offered = export(remembered)
    kept = offered.rename(tmp_path / "kept.zip")
    offered.write_bytes(kept.read_bytes())
    assert memory_archive._forget(remembered, " Forget me ", str(offered), 0)[-1] == 1
    assert not offered.exists(), "the copy that was offered for download goes too"
    assert remembered.agent.memory.counts()["semantic"] == 0
    assert memory_archive._import(remembered, str(kept), False, 1)[-1] == 2
    assert remembered.agent.memory.semantic()[0].content == "Has a corgi."
    assert not kept.exists(), "what was uploaded is not left lying about"


def test_a_new_export_replaces_the_last_one(
    remembered: Session, export: Callable[[Session], Path]
) -> None:
    first = export(remembered)
    memory_archive._export(remembered, str(first))
    assert not first.exists()


@pytest.mark.parametrize("words", ["", "forget", "yes"])
def test_forgetting_needs_the_words(remembered: Session, words: str) -> None:
    with pytest.warns(UserWarning, match="Nothing was removed"):
        assert memory_archive._forget(remembered, words, None, 5)[-1] == 5
    assert remembered.agent.memory.counts()["semantic"] == 1


def test_an_archive_that_cannot_be_read_changes_nothing(
    remembered: Session, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK nonsense")
    with pytest.warns(UserWarning):
        assert memory_archive._import(remembered, str(broken), True, 5)[1:] == (True, 5)
    assert broken.exists() and remembered.agent.memory.counts()["semantic"] == 1


def test_nothing_is_replaced_while_a_reply_is_written(remembered: Session, tmp_path: Path) -> None:
    remembered.busy = True
    with pytest.warns(UserWarning, match="A reply is being written"):
        assert memory_archive._forget(remembered, "forget me", None, 5)[-1] == 5
    assert remembered.agent.memory.counts()["semantic"] == 1
