"""Steps: exact round trips, any chunking, and everything models leave out."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from personavlm.protocol import Answer, RetrieveRequest, Step, StepParser, plain, write_step
from personavlm.protocol.step import Delta
from personavlm.protocol.text import quote_field
from personavlm.records import AnswerDelta, ThoughtDelta, Window

quick = settings(max_examples=150, deadline=None)

pieces = st.sampled_from(
    [
        *("<think>", "</think>", "<answer>", "</answer>", "<retrieve>", "</retrieve>"),
        *("< Think >", "</ANSWER >", "<", "</", "<th", "think>", ">", "<\u2060think>", "<image>"),
        *("<|im_end|>", "<\u2060", "|", " ", "\n", "hello", '"keywords": a, b', '"start_time": '),
        *('"null"', "2024-01-02 10:00", "{", "}", "[", "]", ",", ":", "'", '"', "\\", "//"),
    ]
)
outputs = st.lists(pieces, max_size=20).map("".join) | st.text(max_size=60)
hostile = st.lists(pieces, max_size=8).map("".join) | st.text(max_size=40)
minutes = st.datetimes(timezones=st.just(UTC)).map(lambda t: t.replace(second=0, microsecond=0))


def parse(*chunks: str) -> tuple[list[Delta], Step]:
    parser = StepParser(UTC)
    deltas = [delta for chunk in chunks for delta in parser.feed(chunk)]
    rest, step = parser.finish()
    return deltas + rest, step


def step_of(text: str) -> Step:
    return parse(text)[1]


def request(keywords: str, start: datetime | None = None, end: datetime | None = None) -> Step:
    return Step("x", RetrieveRequest(keywords, Window(start, end)))


@given(hostile, hostile)
@quick
def test_answers_round_trip(thought: str, answer: str) -> None:
    step = step_of(write_step(thought, Answer(answer)))
    assert step.thought == plain(thought.strip())
    assert step.action == Answer(plain(answer.strip()))
    assert (step.problem is None) == bool(answer.strip())


@given(hostile, hostile, st.none() | minutes, st.none() | minutes)
@quick
def test_requests_round_trip(
    thought: str, keywords: str, start: datetime | None, end: datetime | None
) -> None:
    if start and end and start > end:
        start, end = end, start
    last = end.replace(second=59, microsecond=999_999) if end else None
    asked = RetrieveRequest(keywords, Window(start, last))
    step = step_of(write_step(thought, asked))
    assert step.thought == plain(thought.strip())
    if quote_field(keywords).casefold() in ("", "null", "none", "n/a"):
        assert step.problem is not None
        return
    assert step == Step(
        plain(thought.strip()), RetrieveRequest(plain(quote_field(keywords)), Window(start, last))
    )


@given(outputs, st.data())
@example("<think>I use <retrieve> now</think><answer>a</answer>", None)
@quick
def test_any_split_gives_the_same(text: str, data: st.DataObject | None) -> None:
    cuts = [] if data is None else data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    edges = [0, *sorted(cuts), len(text)]
    chunks = [text[a:b] for a, b in pairwise(edges)]
    whole, step = parse(text)
    for deltas, same in (parse(*chunks), parse(*text)):
        assert same == step
        assert _joined(deltas) == _joined(whole)
    thought, answer = _joined(whole)
    assert thought == step.thought
    assert answer == (step.action.text if isinstance(step.action, Answer) else "")


def _joined(deltas: list[Delta]) -> tuple[str, str]:
    thought = "".join(delta.text for delta in deltas if isinstance(delta, ThoughtDelta))
    return thought, "".join(delta.text for delta in deltas if isinstance(delta, AnswerDelta))


def test_text_is_passed_on_as_soon_as_it_is_certain() -> None:
    parser = StepParser(UTC)
    assert parser.feed("<thi") == []
    assert parser.feed("nk> I see ") == [ThoughtDelta("I see")]
    assert parser.feed("it </th") == [ThoughtDelta(" it")]
    assert parser.feed("ink><answer>1 <") == [AnswerDelta("1")]
    assert parser.feed(" 2</ans") == [AnswerDelta(" < 2")]
    assert not parser.done
    assert parser.feed("wer>ignored") == []
    assert parser.done
    assert parser.feed("<answer>more") == []
    assert parser.finish() == ([], Step("I see it", Answer("1 < 2")))


def test_done_after_a_request() -> None:
    parser = StepParser(UTC)
    parser.feed("<think>x</think><retrieve>\n")
    assert not parser.done
    parser.feed('"keywords": a\n</retrieve>')
    assert parser.done


@pytest.mark.parametrize(
    ("output", "thought", "answer"),
    [
        ("<think>t</think><answer>a</answer>", "t", "a"),
        ("<think>\nt\n</think>\n\n<answer>\na\n</answer>\n", "t", "a"),
        ("<THINK>t</Think >< answer >a</ANSWER>", "t", "a"),
        ("<answer>a</answer>", "", "a"),
        ("t</think><answer>a</answer>", "t", "a"),
        ("t<answer>a</answer>", "t", "a"),
        ("<think>t<answer>a</answer>", "t", "a"),
        ("<think>t</think><answer>a", "t", "a"),
        ("<think>t</think>a", "t", "a"),
        ("<think>t</think>a</answer>", "t", "a"),
        ("a</answer>", "", "a"),
        ("just words", "", "just words"),
        ("<think>t</think> well <answer>a</answer>", "t", "a"),
        ("Sure! <think>t</think><answer>a</answer>", "Sure! \nt", "a"),
        ("<think>t</think><think>u</think><answer>a</answer>", "t\nu", "a"),
        ("<think>t</think></think><answer>a</answer>", "t", "a"),
        ("<think>t</think><answer><answer>a</answer></answer>", "t", "a"),
        ("<think>t</think><answer>a</answer><retrieve>k</retrieve>", "t", "a"),
        ("<think>t</think><answer>a<retrieve>k</retrieve>", "t", "a"),
        ("<think>t</think><answer>a</answer> P.S. ignored", "t", "a"),
        ("<think>t</think><answer>if a<b: <b>x</b> <3</answer>", "t", "if a<b: <b>x</b> <3"),
        ("<think>t</think><answer>the <think> tag</answer>", "t", "the <think> tag"),
        ("<think>use <retrieve>? no</think><answer>a</answer>", "use <retrieve>? no", "a"),
    ],
)
def test_answers_as_models_write_them(output: str, thought: str, answer: str) -> None:
    step = step_of(output)
    assert (step.thought, step.action) == (thought, Answer(answer))


@pytest.mark.parametrize(
    "output", ["", "  \n", "<think>only", "<think>t</think>", "<think>t</think><answer> </answer>"]
)
def test_no_answer_is_an_empty_one_with_a_problem(output: str) -> None:
    step = step_of(output)
    assert step.action == Answer("")
    assert step.problem is not None


DAY = datetime(2024, 9, 23, tzinfo=UTC)
DAY_END = datetime(2024, 9, 23, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    "inside",
    [
        '\n"keywords": corgi, name\n"start_time": "2024-09-23"\n"end_time": "2024-09-23"\n',
        '"keywords": "corgi, name"\n"start_time": 2024-09-23\n"end_time": 2024-09-23 23:59',
        "keywords: corgi, name\nstart_time: 2024-09-23 00:00\nend_time: 2024-09-23",
        "'keywords': 'corgi, name',\n'start_time': '2024-09-23',\n'end_time': '2024-09-23',",
        '"start_time": "2024-09-23"\n"end_time": "2024-09-23"\n"keywords": "corgi, name"',
        '{"keywords": "corgi, name", "start_time": "2024-09-23", "end_time": "2024-09-23"}',
        '{"keywords": ["corgi", "name"], "start_time": "2024-09-23", "end_time": "2024-09-23",}',
        "{'keywords': ['corgi', 'name'], 'start_time': '2024-09-23', 'end_time': '2024-09-23'}",
        '```json\n{"keywords": "corgi, name",\n"start_time": "2024-09-23",\n'
        '"end_time": "2024-09-23"}\n```',
        '"keywords": "corgi, name", "start_time": "2024-09-23", "end_time": "2024-09-23"',
        "keywords: corgi, name start_time: 2024-09-23 end_time: 2024-09-23",
        "**keywords**: corgi, name\n- **start_time:** 2024-09-23\n- end_time: 2024-09-23",
        '"Keywords"： corgi, name\n"Start Time": "2024-09-23"\n"End-Time": "2024-09-23"',
        '"keywords": [corgi, name]\n"start_time": "2024-09-23"\n"end_time": "2024-09-23"',
        '"keywords":\n- corgi\n- name\n"start_time": "2024-09-23"\n"end_time": "2024-09-23"',
    ],
)
@pytest.mark.parametrize(
    "frame", ["<think>x</think><retrieve>{}</retrieve>", "<think>x<retrieve>{}"]
)
def test_requests_as_models_write_them(inside: str, frame: str) -> None:
    assert step_of(frame.format(inside)) == request("corgi, name", DAY, DAY_END)


def test_request_without_tags() -> None:
    step = step_of('<think>x</think>"keywords": a\n"start_time": "null"\n"end_time": "null"')
    assert step == request("a")


def test_request_without_times_is_open() -> None:
    assert step_of('<think>x</think><retrieve>"keywords": a</retrieve>') == request("a")
    assert step_of("<think>x</think><retrieve>corgi name</retrieve>") == request("corgi name")


def test_first_of_request_and_answer_wins() -> None:
    step = step_of('<think>x</think><retrieve>"keywords": a</retrieve><answer>b</answer>')
    assert step == request("a")
    step = step_of('<think>x</think><retrieve>"keywords": a<answer>b</answer>')
    assert step == request("a")


@pytest.mark.parametrize("inside", ["", "{", '"keywords":', '"keywords": null', '{"keywords": []}'])
def test_unreadable_keywords_leave_it_to_the_caller(inside: str) -> None:
    step = step_of(f"<think>x</think><retrieve>{inside}</retrieve>")
    assert step.action == RetrieveRequest("", Window())
    assert step.problem is not None
    assert "keywords" in step.problem


@pytest.mark.parametrize(
    "text", ["<" * 50_000, "<think>" * 20_000, "< " * 30_000, "</retrieve><retrieve>{" * 8_000]
)
def test_monsters_are_read_in_no_time(text: str) -> None:
    assert step_of(text) == parse(*(text[i : i + 50] for i in range(0, len(text), 50)))[1]
