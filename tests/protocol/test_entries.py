"""Core and procedural entries: exact round trips, generous reading, merges that never wipe."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import (
    Parsed,
    merge_entries,
    parse_entries,
    plain,
    quote_field,
    write_entries,
)

quick = settings(max_examples=120, deadline=None)

pieces = st.sampled_from(
    [
        *("name", "tea", "human", "human aspect", " ", "\n", ": ", ":", '"', "'", "“", "\\", "//"),
        *(" // x", "{", "}", "[", "]", ",", "null", "10:30", "https://a.b/c", "</answer>", "```"),
        *("<think>", "- ", "1. ", "**", "no changes", "\u2028", "#", "：", '"a": b'),
    ]
)
texts = st.lists(pieces, max_size=7).map("".join) | st.text(max_size=30)
mappings = st.dictionaries(texts, texts, max_size=6)


def normal(text: str) -> str:
    return plain(quote_field(text))


@given(st.dictionaries(texts.map(normal).filter(bool), texts.map(normal), min_size=1, max_size=5))
@quick
def test_entries_round_trip(entries: dict[str, str]) -> None:
    parsed = parse_entries(write_entries(entries))
    assert parsed.value == entries
    assert parsed.problem is None


@pytest.mark.parametrize(
    "output",
    [
        '"name": Maya\n"likes": tea, 10:30 walks\n"site": https://maya.example/a//b',
        '"name": "Maya",\n"likes": "tea, 10:30 walks",\n"site": "https://maya.example/a//b",',
        "name: Maya\nlikes: tea, 10:30 walks\nsite: https://maya.example/a//b",
        "'name': 'Maya'\n'likes': 'tea, 10:30 walks'\n'site': 'https://maya.example/a//b'",
        '{"name": "Maya", "likes": ["tea", "10:30 walks"], "site": "https://maya.example/a//b"}',
        "{'name': 'Maya', 'likes': 'tea, 10:30 walks', 'site': 'https://maya.example/a//b'}",
        '```json\n{\n"name": "Maya", // HUMAN Aspect\n"likes": "tea, 10:30 walks",\n'
        '"site": "https://maya.example/a//b",\n}\n```',
        '- "name": Maya // HUMAN Aspect\n- "likes": tea, 10:30 walks // PERSONA Aspect\n'
        '- "site": https://maya.example/a//b',
        "Here is the updated profile:\n\n**name**: Maya\n**likes:** tea, 10:30 walks\n"
        "**site**: https://maya.example/a//b\n\nNote: nothing else changed.",
        '{"human": {"name": "Maya", "likes": "tea, 10:30 walks"}, '
        '"persona": {"site": "https://maya.example/a//b"}}',
        '"human": {"name": "Maya", "likes": "tea, 10:30 walks"},\n'
        '"persona": {"site": "https://maya.example/a//b"}',
        'HUMAN Aspect:\n"name": Maya\n"likes":\n- tea\n- 10:30 walks\nPERSONA Aspect:\n'
        '"site": https://maya.example/a//b',
        '<think>short</think>[{"name": "Maya"}, {"likes": "tea, 10:30 walks"}, '
        '{"site": "https://maya.example/a//b"}]',
        '"name"： Maya\n“likes”: “tea, 10:30 walks”\n`site`: `https://maya.example/a//b`',
    ],
)
def test_entries_as_models_write_them(output: str) -> None:
    parsed = parse_entries(output)
    assert parsed.value == {
        "name": "Maya",
        "likes": "tea, 10:30 walks",
        "site": "https://maya.example/a//b",
    }
    assert parsed.problem is None


def test_nested_json_of_one_level_is_flattened() -> None:
    parsed = parse_entries('{"music": {"likes": "jazz", "plays": "cello"}, "age": 30}')
    assert parsed.value == {"music likes": "jazz", "music plays": "cello", "age": "30"}
    indented = '"music":\n  "likes": jazz\n  "plays": cello\n"age": 30'
    assert parse_entries(indented).value == parsed.value


@pytest.mark.parametrize("empty", ["", '""', " null", "''", ' "" // gone'])
def test_an_empty_value_asks_for_removal(empty: str) -> None:
    assert parse_entries(f'"gym": {empty}\n"tea": green').value == {"gym": "", "tea": "green"}


def test_loose_prose_removes_nothing() -> None:
    parsed = parse_entries("Changes:\n\nI looked at the list, it is fine: all good.")
    assert parsed.value == {}
    assert parsed.problem


@pytest.mark.parametrize("output", ["Nothing to say", "???", "https://a.b/c"])
def test_what_cannot_be_read_changes_nothing_and_is_told(output: str) -> None:
    parsed = parse_entries(output)
    assert parsed.value == {}
    assert parsed.problem


@pytest.mark.parametrize("output", ["{}", "None", "No changes.", "no updates needed"])
def test_no_change_is_no_problem(output: str) -> None:
    parsed = parse_entries(output)
    assert (parsed.value, parsed.problem) == ({}, None)


def test_a_limit_counts_values_only() -> None:
    parsed = parse_entries('"a": 1\n"b": ""\n"c": 3\n"d": 4', limit=2)
    assert parsed.value == {"a": "1", "b": "", "c": "3"}
    assert parsed.problem
    assert parse_entries('"a": 1\n"b": 2', limit=2).problem is None


def test_merge_sets_removes_and_keeps() -> None:
    current = {"name": "Maya", "gym": "Mondays", "tea": "green"}
    merged = merge_entries(current, {"gym": "", "Tea": "oolong", "job": "nurse"})
    assert merged == {"name": "Maya", "tea": "oolong", "job": "nurse"}
    assert current["tea"] == "green"


def test_the_name_can_be_corrected_but_not_removed() -> None:
    assert merge_entries({"name": "Maya"}, {"name": ""}) == {"name": "Maya"}
    assert merge_entries({"name": "Maya"}, {"Name": "Maja"}) == {"name": "Maja"}


def test_above_the_limit_the_least_recently_set_go_first() -> None:
    current = {"name": "Maya", "a": "1", "b": "2", "c": "3"}
    merged = merge_entries(current, {"a": "9", "d": "4"}, limit=4)
    assert merged == {"name": "Maya", "c": "3", "a": "9", "d": "4"}
    assert list(merged) == ["name", "c", "a", "d"]


@given(mappings, st.text() | texts)
@quick
def test_no_output_wipes_what_is_kept(current: dict[str, str], output: str) -> None:
    parsed = parse_entries(output)
    merged = merge_entries(current, parsed.value)
    asked = {" ".join(key.replace("_", " ").casefold().split()) for key in parsed.value}
    for key, value in current.items():
        if " ".join(key.replace("_", " ").casefold().split()) not in asked:
            assert merged[key] == value
    for removed in (key for key, value in parsed.value.items() if not value):
        assert removed


@given(mappings, mappings, st.integers(0, 6))
@quick
def test_merge_keeps_the_name_and_the_limit(
    current: dict[str, str], update: dict[str, str], limit: int
) -> None:
    current = {"name": "Maya", **current}
    merged = merge_entries(current, update, limit)
    names = [key for key in merged if key.replace("_", " ").casefold().strip() == "name"]
    assert names
    assert len(merged) <= max(limit, len(names))


@pytest.mark.parametrize(
    "text", ["[" * 50_000, '{"a":' * 20_000, '"a": ' * 20_000, '"' * 50_000, "- \n" * 20_000]
)
def test_monsters_are_read_in_no_time(text: str) -> None:
    for monster in (text, f'"likes":\n{text}'):
        assert isinstance(parse_entries(monster).value, dict)


@pytest.mark.parametrize("output", ["", "  \n", "```\n```"])
def test_silence_means_that_nothing_changes(output: str) -> None:
    assert parse_entries(output) == Parsed({})
