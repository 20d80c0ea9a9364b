"""The published code's known weaknesses, each with the output that met it (paper-facts, 8)."""

from datetime import UTC, datetime
from pathlib import Path

from personavlm.prompts import render
from personavlm.protocol import (
    Query,
    RetrieveRequest,
    StepParser,
    Task,
    TopicDraft,
    TurnInputs,
    merge_entries,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
    parse_window,
)
from personavlm.records import Image, Window

NOON = datetime(2024, 9, 23, 12, 0, tzinfo=UTC)


def test_10a_a_topic_without_rounds_is_dropped_not_a_crash() -> None:
    parsed = parse_topics('"topic_summary": Tea\n"keywords": tea\n"source_dialog_indices": ', 3)
    assert parsed.value == ()
    assert parsed.problem


def test_10b_a_start_after_the_end_is_swapped_not_a_crash() -> None:
    window, problem = parse_window("2024-09-24 08:00", "2024-09-23 08:00", UTC)
    assert window.start is not None
    assert window.end is not None
    assert window.start < window.end
    assert problem


def test_11_years_outside_the_twenty_twenties_are_read_in_the_persons_zone() -> None:
    window, problem = parse_window("1999-12-31 23:00", "2031-01-01 00:30", UTC)
    assert window == Window(
        datetime(1999, 12, 31, 23, 0, tzinfo=UTC),
        datetime(2031, 1, 1, 0, 30, 59, 999_999, tzinfo=UTC),
    )
    assert problem is None


def test_18_an_image_marker_in_words_is_not_a_picture() -> None:
    picture = Image("ab", 64, 64, Path("ab.png"))
    query = Query("is <image> a tag, or <img_fill>?", NOON, (picture,))
    parts = render(Task.SEMANTIC, TurnInputs({}, (), query))[0].parts
    assert [part for part in parts if isinstance(part, Image)] == [picture]
    text = "".join(part for part in parts if isinstance(part, str))
    assert "<image>" not in text
    assert "<img_fill>" not in text


def test_20_slots_in_peoples_words_are_not_filled() -> None:
    query = Query("my {profile} and {UserQuery} and {{dialogue}}", NOON)
    inputs = TurnInputs({"name": "{query}"}, (), query)
    text = render(Task.PERSONALITY, inputs)[0].text
    assert "'my {profile} and {UserQuery} and {{dialogue}}'" in text
    assert "{'name': '{query}'}" in text


def test_26_values_keep_their_colons() -> None:
    output = '"wakes up": at 10:30\n"site": https://maya.example/x\n"drinks": tea: green'
    assert parse_entries(output).value == {
        "wakes up": "at 10:30",
        "site": "https://maya.example/x",
        "drinks": "tea: green",
    }


def test_27a_a_profile_is_changed_not_replaced() -> None:
    merged = merge_entries({"name": "Maya", "age": "30"}, parse_entries('"job": nurse').value)
    assert merged == {"name": "Maya", "age": "30", "job": "nurse"}


def test_27b_a_reply_without_colons_wipes_nothing() -> None:
    profile = {"name": "Maya", "age": "30"}
    parsed = parse_entries("The profile is fine as it is")
    assert merge_entries(profile, parsed.value) == profile
    assert parsed.problem


def test_27c_nested_keys_keep_their_values() -> None:
    parsed = parse_entries('{"preferences": {"food": "ramen", "music": "jazz"}}')
    assert parsed.value == {"preferences food": "ramen", "preferences music": "jazz"}


def test_27d_the_name_can_be_corrected() -> None:
    assert merge_entries({"name": "Maia"}, {"name": "Maya"}) == {"name": "Maya"}


def test_28_bad_procedural_output_keeps_all_habits() -> None:
    habits = {"running": "Maya runs every morning."}
    parsed = parse_entries("I am sorry, I cannot help with that")
    assert merge_entries(habits, parsed.value, limit=5) == habits
    assert parsed.problem


def test_29a_traits_in_another_order_and_with_text_after_them() -> None:
    output = (
        '"neuroticism": 2\n"openness": 5\n"agreeableness": 4\n"extraversion": 3\n'
        '"conscientiousness": 1\n\nThese scores follow from the message.'
    )
    assert parse_traits(output).value == (5, 1, 3, 4, 2)


def test_29b_an_unreadable_decision_says_so() -> None:
    parsed = parse_semantic("The user likes tea, worth remembering!")
    assert not parsed.value.keep
    assert parsed.problem is not None
    assert "likes tea" in parsed.problem


def test_30a_ranges_of_rounds() -> None:
    output = '"topic_summary": Tea\n"keywords": tea\n"source_dialog_indices": 0-3'
    assert parse_topics(output, 6).value == (TopicDraft("Tea", ("tea",), (0, 1, 2, 3)),)


def test_30b_rounds_without_a_topic_are_not_given_to_the_first() -> None:
    output = (
        '"topic_summary": Tea\n"keywords": tea\n"source_dialog_indices": 0\n'
        '"topic_summary": Chess\n"keywords": chess\n"source_dialog_indices": 2'
    )
    assert [topic.indices for topic in parse_topics(output, 6).value] == [(0,), (2,)]


def test_30c_a_raw_reply_is_never_stored_as_a_topic() -> None:
    parsed = parse_topics("They talked about tea and then about chess.", 6)
    assert parsed.value == ()
    assert parsed.problem


def test_31_dates_without_minutes_or_with_a_weekday_limit_the_search() -> None:
    parser = StepParser(UTC)
    parser.feed(
        '<think>x</think><retrieve>\n"keywords": tea\n"start_time": "2024-09-23 (Monday)"\n'
        '"end_time": "2024-09-24"\n</retrieve>'
    )
    _, step = parser.finish()
    assert step.problem is None
    assert step.action == RetrieveRequest(
        "tea",
        Window(
            datetime(2024, 9, 23, tzinfo=UTC),
            datetime(2024, 9, 24, 23, 59, 59, 999_999, tzinfo=UTC),
        ),
    )


def test_31b_a_bound_that_cannot_be_read_is_told() -> None:
    parser = StepParser(UTC)
    parser.feed(
        '<retrieve>\n"keywords": tea\n"start_time": last spring\n"end_time": "null"\n</retrieve>'
    )
    _, step = parser.finish()
    assert step.action == RetrieveRequest("tea", Window())
    assert step.problem is not None
    assert "last spring" in step.problem
