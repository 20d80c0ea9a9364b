"""Semantic and episodic outputs: exact round trips and generous reading."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import (
    ImageObject,
    Parsed,
    SemanticDecision,
    TopicDraft,
    image_objects,
    parse_semantic,
    parse_topics,
    parse_traits,
    plain,
    quote_field,
    write_semantic,
    write_topics,
    write_traits,
)
from personavlm.protocol.wire import clean, split_keywords, write_keywords

quick = settings(max_examples=120, deadline=None)

pieces = st.sampled_from(
    [
        *("tea", "Biscuit", " ", "\n", ", ", ": ", '"', "'", "“", "\\", "//", " // note", "{", "}"),
        *("[", "]", "null", "true", "10:30", "https://a.b/c", "(Image Object: dog)", "</answer>"),
        *("<think>", "```", "- ", "**", '"keywords": x', "\u2028", "decision: false", "#", "\\n"),
    ]
)
values = st.lists(pieces, max_size=8).map("".join) | st.text(max_size=40)
keywords = st.lists(values, max_size=4).map(lambda words: split_keywords(", ".join(words)))


def normal(text: str) -> str:
    """What survives: a value is one line, and its markers come back plain."""
    return plain(quote_field(text))


def same_keywords(words: tuple[str, ...]) -> tuple[str, ...]:
    """What the wire keeps of keywords: their text as one comma-separated value."""
    return split_keywords(plain(", ".join(words)))


# --- Semantic memory ------------------------------------------------------------------------


@given(values, st.booleans(), values, keywords)
@quick
def test_semantic_round_trips(
    reason: str, keep: bool, content: str, words: tuple[str, ...]
) -> None:
    decision = SemanticDecision(reason, keep, content, words)
    parsed = parse_semantic(write_semantic(decision))
    written = normal(content)
    assert parsed.value == SemanticDecision(
        normal(reason),
        keep and bool(written),
        written,
        same_keywords(words),
        image_objects(written),
    )
    assert (parsed.problem is None) == (not keep or bool(written))


KEPT = SemanticDecision("new pet", True, "Maya adopted a corgi: Biscuit", ("corgi", "Biscuit"))


@pytest.mark.parametrize(
    "output",
    [
        '"reason": new pet\n"decision": True\n"content": Maya adopted a corgi: Biscuit\n'
        '"keywords": corgi, Biscuit',
        '"reason": "new pet",\n"decision": true,\n"content": "Maya adopted a corgi: Biscuit",\n'
        '"keywords": "corgi, Biscuit",',
        "reason: new pet\ndecision: yes\ncontent: Maya adopted a corgi: Biscuit\n"
        "keywords: corgi,Biscuit",
        '{"reason": "new pet", "decision": true, "content": "Maya adopted a corgi: Biscuit", '
        '"keywords": ["corgi", "Biscuit"]}',
        '[{"reason": "new pet", "decision": "true", "content": "Maya adopted a corgi: Biscuit", '
        '"keywords": "corgi, Biscuit"}]',
        "{'reason': 'new pet', 'decision': True, 'content': 'Maya adopted a corgi: Biscuit', "
        "'keywords': 'corgi, Biscuit'}",
        'Here is my analysis.\n\n```json\n{\n"reason": "new pet",\n"decision": true, // or false\n'
        '"content": "Maya adopted a corgi: Biscuit",\n"keywords": "corgi, Biscuit"\n}\n```\nDone!',
        '"keywords": corgi, Biscuit\n"content": Maya adopted a corgi: Biscuit\n"decision": TRUE '
        '// keep\n"reason": new pet',
        "- **reason**: new pet\n- **decision:** true\n- **content:** Maya adopted\n"
        "  a corgi: Biscuit\n- **keywords:**\n  - corgi\n  - Biscuit\n\nLet me know!",
        '"reason": "new pet", "decision": true, "content": "Maya adopted a corgi: Biscuit", '
        '"keywords": "corgi, Biscuit"',
    ],
)
def test_semantic_as_models_write_it(output: str) -> None:
    parsed = parse_semantic(output)
    assert parsed.value == KEPT
    assert parsed.problem is None


def test_semantic_that_keeps_nothing() -> None:
    parsed = parse_semantic('"reason": small talk\n"decision": False\n"content": \n"keywords": ')
    assert parsed.value == SemanticDecision("small talk", False, "")
    assert parsed.problem is None


@pytest.mark.parametrize(
    "output",
    [
        "",
        "I would keep it.",
        '"decision": true\n"content": ""',
        '"decision": maybe\n"content": Maya likes tea',
        '"content": Maya likes tea',
    ],
)
def test_semantic_that_cannot_be_read_says_why(output: str) -> None:
    parsed = parse_semantic(output)
    assert not parsed.value.keep
    assert parsed.problem


def test_two_memories_at_once_are_joined() -> None:
    one = write_semantic(SemanticDecision("r", True, "likes tea", ("tea",)))
    two = write_semantic(SemanticDecision("s", True, "plays chess", ("chess",)))
    parsed = parse_semantic(f"{one}\n\n{two}")
    assert parsed.value == SemanticDecision("r", True, "likes tea; plays chess", ("tea", "chess"))
    assert parsed.problem


def test_image_objects() -> None:
    assert image_objects("Biscuit, her corgi (Image Object: dog)") == (
        ImageObject("Biscuit, her corgi", "dog"),
    )
    text = "[Biscuit] (Image Object: [dog]) and his bed (image object:pet bed), (Image Object: cup)"
    assert image_objects(text) == (
        ImageObject("Biscuit", "dog"),
        ImageObject("his bed", "pet bed"),
        ImageObject("cup", "cup"),
    )
    assert image_objects("tea (Image Object: ) and (Image") == ()


# --- Episodic memory ------------------------------------------------------------------------

ROUNDS = 9
topics = st.lists(
    st.builds(
        TopicDraft,
        values.map(normal).filter(bool),
        keywords.map(same_keywords),
        st.sets(st.integers(0, ROUNDS - 1), min_size=1).map(lambda s: tuple(sorted(s))),
    ),
    min_size=1,
    max_size=4,
)


@given(topics)
@quick
def test_topics_round_trip(drafts: list[TopicDraft]) -> None:
    parsed = parse_topics(write_topics(drafts), ROUNDS)
    assert parsed.value == tuple(drafts)
    assert parsed.problem is None


@pytest.mark.parametrize(
    ("written", "indices"),
    [
        ("0", (0,)),
        ("0, 2", (0, 2)),
        ("[0, 2]", (0, 2)),
        ("2,0,2", (0, 2)),
        ("0-3", (0, 1, 2, 3)),
        ("3-0", (0, 1, 2, 3)),
        ("0–2, 5", (0, 1, 2, 5)),
        ("0 to 2 and 7", (0, 1, 2, 7)),
        ("Round 2", (2,)),
        ("Round 1 of dialogues, Round 2 of dialogues", (1, 2)),
        ("rounds 1 - round 3", (1, 2, 3)),
        ('["0", "1"]', (0, 1)),
        ("1.0, 2.0", (1, 2)),
        ("all", tuple(range(ROUNDS))),
        ("1 // the corgi", (1,)),
    ],
)
def test_indices_as_models_write_them(written: str, indices: tuple[int, ...]) -> None:
    output = f'"topic_summary": s\n"keywords": k\n"source_dialog_indices": {written}'
    parsed = parse_topics(output, ROUNDS)
    assert parsed.value == (TopicDraft("s", ("k",), indices),)
    assert parsed.problem is None


@pytest.mark.parametrize("written", ["0, 9", "0, 99999999999999999999", "0, -4", "[0, 12-15]"])
def test_rounds_that_do_not_exist_are_dropped_and_told(written: str) -> None:
    output = f'"topic_summary": s\n"keywords": k\n"source_dialog_indices": {written}'
    parsed = parse_topics(output, ROUNDS)
    assert [topic.indices for topic in parsed.value] == [(0,)]
    assert parsed.problem


TWO = (TopicDraft("Tea: green, at 10:30", ("tea",), (0, 1)), TopicDraft("Chess", ("chess",), (2,)))


@pytest.mark.parametrize(
    "output",
    [
        'Topic 1:\n"topic_summary": Tea: green, at 10:30\n"keywords": tea\n'
        '"source_dialog_indices": 0-1\n\nTopic 2:\n"topic_summary": Chess\n"keywords": chess\n'
        '"source_dialog_indices": 2\n\nThese are the topics.',
        '[{"topic_summary": "Tea: green, at 10:30", "keywords": ["tea"], '
        '"source_dialog_indices": [0, 1]}, {"topic_summary": "Chess", "keywords": "chess", '
        '"source_dialog_indices": [2]}]',
        '{"topics": [{"topic_summary": "Tea: green, at 10:30", "keywords": "tea", '
        '"source_dialog_indices": "0, 1"}, {"summary": "Chess", "keywords": "chess", '
        '"indices": 2}]}',
        '{"topic_summary": "Tea: green, at 10:30", "keywords": "tea", '
        '"source_dialog_indices": [0, 1]}\n{"topic_summary": "Chess", "keywords": "chess", '
        '"source_dialog_indices": [2]}',
        '"keywords": tea\n"topic_summary": Tea: green,\nat 10:30\n"source_dialog_indices": 0, 1\n'
        '"keywords": chess\n"topic_summary": Chess\n"source_dialog_indices": Round 2',
    ],
)
def test_topics_as_models_write_them(output: str) -> None:
    parsed = parse_topics(output, ROUNDS)
    assert parsed.value == TWO
    assert parsed.problem is None


def test_incomplete_topics_are_dropped_alone() -> None:
    output = (
        '"topic_summary": Tea\n"keywords": tea\n"source_dialog_indices": none\n'
        '"topic_summary": \n"keywords": x\n"source_dialog_indices": 1\n'
        '"topic_summary": Chess\n"keywords": chess\n"source_dialog_indices": 2'
    )
    parsed = parse_topics(output, ROUNDS)
    assert parsed.value == (TopicDraft("Chess", ("chess",), (2,)),)
    assert parsed.problem is not None
    assert "topic 1" in parsed.problem
    assert "topic 2" in parsed.problem


PARSERS: list[Callable[[str], object]] = [
    parse_traits,
    parse_semantic,
    lambda text: parse_topics(text, 5),
    lambda text: parse_topics(text, 0),
]
VALID = [
    write_traits((1, 2, 3, 4, 5)),
    write_semantic(KEPT),
    write_topics(TWO),
    '{"reason": "a", "decision": true, "content": ["x", {"y": null}], "keywords": ""}',
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid output with pieces cut out, doubled or put in."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        a, b = sorted(draw(st.integers(0, len(text))) for _ in range(2))
        middle = draw(st.sampled_from(["", text[a:b] * 2]) | pieces)
        text = text[:a] + middle + text[b:]
    return text


@given(st.text() | mutated() | values)
@quick
def test_nothing_makes_them_raise(text: str) -> None:
    for parser in PARSERS:
        assert isinstance(parser(text), Parsed)


@given(mutated())
@quick
def test_a_damaged_decision_never_vanishes_silently(text: str) -> None:
    parsed = parse_semantic(text)
    told_no = not parsed.value.keep and parsed.problem is None
    assert not told_no or "no" in text.casefold() or "false" in text.casefold()


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "{" * 50_000, '{"a":' * 20_000, "9" * 10_000, '"\\ud800"', "<think>" * 20_000],
)
def test_monsters_are_read_in_no_time(text: str) -> None:
    for parser in PARSERS:
        for monster in (text, f'"topic_summary": s\n"source_dialog_indices": {text}'):
            assert isinstance(parser(monster), Parsed)


@given(keywords)
@quick
def test_keywords_come_back(words: tuple[str, ...]) -> None:
    assert split_keywords(clean(write_keywords(words))) == same_keywords(words)
