"""The Personality Evolving Mechanism: golden values, and what holds for any signal."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.errors import BadInput
from personavlm.personality import TRAITS, BigFive, NeutralRule, decay, describe, evolve

scores = st.floats(1, 5)
profiles = st.builds(BigFive, scores, scores, scores, scores, scores)
inferences = st.lists(st.none() | st.integers(1, 5), min_size=5, max_size=5)
turns = st.integers(0, 400)
rules = st.sampled_from(NeutralRule)
quick = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(("m", "kept"), [(0, 0.5), (25, 0.7), (50, 0.9), (51, 0.9), (10_000, 0.9)])
def test_decay_at_the_papers_points(m: int, kept: float) -> None:
    assert decay(m) == pytest.approx(kept, abs=1e-12)


def test_decay_grows_until_it_settles() -> None:
    values = [decay(m) for m in range(51)]
    assert values == sorted(values)
    with pytest.raises(BadInput):
        decay(-1)


def test_first_turn_moves_half_way() -> None:
    evolved = evolve(BigFive(), (5, 1, 3, 4, 2), m=0)
    assert evolved.values() == pytest.approx((4.0, 2.0, 3.0, 3.5, 2.5))


@pytest.mark.parametrize(
    ("rule", "openness"),
    [(NeutralRule.PER_TRAIT, 4.0), (NeutralRule.PAPER, 3.5)],
)
def test_a_neutral_trait_among_others(rule: NeutralRule, openness: float) -> None:
    evolved = evolve(BigFive(openness=4.0), (3, 5, 3, 3, 3), m=0, rule=rule)
    assert evolved.openness == pytest.approx(openness)
    assert evolved.conscientiousness == pytest.approx(4.0)


@given(profiles, turns, rules, st.lists(st.sampled_from([3, None]), min_size=5, max_size=5))
@quick
def test_all_neutral_changes_nothing_under_both_rules(
    profile: BigFive, m: int, rule: NeutralRule, inferred: list[int | None]
) -> None:
    assert evolve(profile, inferred, m, rule) == profile


@given(profiles, inferences, turns, rules)
@quick
def test_stays_in_range_and_between_old_and_new(
    profile: BigFive, inferred: list[int | None], m: int, rule: NeutralRule
) -> None:
    evolved = evolve(profile, inferred, m, rule)
    for old, new, seen in zip(profile.values(), evolved.values(), inferred, strict=True):
        bounds = (old, old if seen is None else float(seen))
        assert 1 <= new <= 5
        assert min(bounds) - 1e-9 <= new <= max(bounds) + 1e-9


@given(profiles, st.lists(st.sampled_from([1, 2, 4, 5]), min_size=5, max_size=5), rules)
@settings(max_examples=20, deadline=None)
def test_converges_to_a_constant_signal(
    profile: BigFive, signal: list[int], rule: NeutralRule
) -> None:
    for m in range(150):
        profile = evolve(profile, signal, m, rule)
    assert profile.values() == pytest.approx(signal, abs=1e-3)


@given(profiles, inferences, turns, st.sets(st.sampled_from(TRAITS)))
@quick
def test_frozen_and_unreadable_traits_do_not_move(
    profile: BigFive, inferred: list[int | None], m: int, frozen: set[str]
) -> None:
    evolved = evolve(profile, inferred, m, frozen=frozen)
    for trait, seen in zip(TRAITS, inferred, strict=True):
        if trait in frozen or seen is None:
            assert getattr(evolved, trait) == getattr(profile, trait)


def test_order_of_traits() -> None:
    assert tuple(BigFive.__dataclass_fields__) == TRAITS
    for place, trait in enumerate(TRAITS):
        signal = [5 if i == place else None for i in range(5)]
        evolved = evolve(BigFive(), signal, m=0)
        assert evolved == BigFive().with_trait(trait, 4.0)
        assert evolved.values()[place] == 4.0


@pytest.mark.parametrize("bad", [0.99, 5.01, math.nan, math.inf, True, "3", None])
def test_bad_scores_are_refused(bad: object) -> None:
    with pytest.raises(BadInput):
        BigFive(openness=bad)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        BigFive.from_values([3, 3, bad, 3, 3])  # type: ignore[list-item]
    with pytest.raises(BadInput):
        BigFive().with_trait("openness", bad)  # type: ignore[arg-type]


def test_bad_shapes_and_names_are_refused() -> None:
    with pytest.raises(BadInput):
        BigFive.from_values([3, 3, 3, 3])
    with pytest.raises(BadInput):
        BigFive().with_trait("charm", 3)
    with pytest.raises(BadInput):
        evolve(BigFive(), (3, 3, 3, 3), 0)
    with pytest.raises(BadInput):
        evolve(BigFive(), (3, 3, 3, 3, 6), 0)
    with pytest.raises(BadInput):
        evolve(BigFive(), (3, 3, 3, 3, 3), 0, frozen=["charm"])


def test_describe_puts_the_strongest_first_and_leaves_neutral_out() -> None:
    assert describe(BigFive()) == "No clear leaning yet."
    assert describe(BigFive(3.2, 2.8, 3.0, 3.1, 2.9)) == "No clear leaning yet."
    assert describe(BigFive(3.3, 3.0, 1.2, 4.0, 3.0)) == (
        "Comes across as very reserved and reflective; empathetic and cooperative; "
        "slightly curious and imaginative."
    )


@given(profiles)
@quick
def test_describe_is_one_line(profile: BigFive) -> None:
    told = describe(profile)
    assert "\n" not in told
    assert told.endswith(".")
