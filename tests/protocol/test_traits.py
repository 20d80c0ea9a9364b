"""Big Five outputs: exact round trips and generous reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import parse_traits, write_traits

quick = settings(max_examples=60, deadline=None)


@given(st.lists(st.integers(1, 5), min_size=5, max_size=5))
@quick
def test_traits_round_trip(scores: list[int]) -> None:
    parsed = parse_traits(write_traits(scores))
    assert parsed.value == tuple(scores)
    assert parsed.problem is None


@pytest.mark.parametrize(
    "output",
    [
        '"openness": 4\n"conscientiousness": 2\n"extraversion": 3\n"agreeableness": 5\n'
        '"neuroticism": 1',
        '"neuroticism": 1\n"agreeableness": 5\n"extraversion": 3\n"conscientiousness": 2\n'
        '"openness": 4',
        '{"openness": 4, "conscientiousness": 2, "extraversion": 3, "agreeableness": 5, '
        '"neuroticism": 1}',
        '{"openness": {"score": 4, "why": "curious"}, "conscientiousness": {"score": 2},\n'
        '"extraversion": {\n"score": 3}, "agreeableness": {"score": 5}, '
        '"neuroticism": {"score": 1}}',
        "Openness: 4/5\nConscientiousness: 2/5\nExtraversion: 3/5\nAgreeableness: 5/5\n"
        "Neuroticism: 1/5",
        "**Openness (1-5):** 4\n**Conscientiousness (1-5):** 2\n**Extraversion (1-5):** 3\n"
        "**Agreeableness (1-5):** 5\n**Neuroticism (1-5):** 1",
        "Openness - 4, conscientiousness - 2, extraversion - 3, agreeableness - 5, neuroticism - 1",
        "The openness is high at 4 and conscientiousness low at 2, extraversion is 3 (neutral), "
        "agreeableness is clearly 5 while neuroticism is 1.",
        "4, 2, 3, 5, 1",
        "[4, 2, 3, 5, 1]",
        '"openness": 3.6\n"conscientiousness": 2.0\n"extraversion": 2.5\n"agreeableness": 4.9\n'
        '"neuroticism": 1.2',
        "<think>openness: 2</think>```\nopenness = 4\nconscientiousness = 2\nextraversion = 3\n"
        "agreeableness = 5\nneuroticism = 1\n```\nThat is all.",
        'First openness: 3, but on reflection:\n"openness": 4\n"conscientiousness": 2\n'
        '"extraversion": 3\n"agreeableness": 5\n"neuroticism": 1 // calm',
    ],
)
def test_traits_as_models_write_them(output: str) -> None:
    assert parse_traits(output).value == (4, 2, 3, 5, 1)


def test_traits_out_of_range_or_missing() -> None:
    parsed = parse_traits('"openness": 7\n"extraversion": 0\n"agreeableness": 4\n"neuroticism": -2')
    assert parsed.value == (None, None, None, 4, None)
    assert parsed.problem is not None
    assert "openness, conscientiousness, extraversion, neuroticism" in parsed.problem
    parsed = parse_traits("I cannot tell.")
    assert parsed.value == (None,) * 5
    assert parsed.problem is not None
