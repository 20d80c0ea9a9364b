"""Postings: those that were loaded, those that came since, and those that were let go."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.memory.lexical import counted, number
from personavlm.memory.lexicon import FEW, Lexicon

WORDS = ["corgi", "bike", "jazz", "walnut"]
Held = dict[int, Counter[str]]

texts = st.lists(st.sampled_from(WORDS), max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("few"), texts),
        st.tuples(st.just("many"), texts),
        st.tuples(st.just("drop"), st.sets(st.integers(1, 3 * FEW), max_size=5)),
    ),
    max_size=8,
)


def postings(lexicon: Lexicon) -> Held:
    """What it holds, row by row."""
    held: Held = {}
    for word in WORDS:
        ids, which, often = lexicon.of([word])
        assert not which.any()
        for id, count in zip(ids.tolist(), often.tolist(), strict=True):
            assert word not in held.setdefault(id, Counter()), "no row comes twice"
            held[id][word] = int(count)
    return held


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps)
def test_it_holds_what_was_added_and_not_let_go(steps: list[tuple[str, list[str]]]) -> None:
    lexicon, held, last = Lexicon(), Held(), 0
    for step, what in steps:
        if step == "drop":
            lexicon.discard(what)  # type: ignore[arg-type]
            held = {id: words for id, words in held.items() if id not in what}
        else:
            ids = [*range(last + 1, last + 2 + (FEW if step == "many" else 0))]
            last = ids[-1]
            lengths = lexicon.add(ids, [counted(" ".join(what))] * len(ids))
            assert lengths.tolist() == [len(what)] * len(ids)
            held |= {id: Counter(what) for id in ids if what}
        assert postings(lexicon) == held


def test_several_terms_are_told_apart() -> None:
    lexicon = Lexicon()
    lexicon.add([1], [counted("corgi corgi bike")])
    lexicon.add([2], [counted("bike")])
    ids, which, often = lexicon.of(["jazz", "corgi", "bike"])
    told = sorted(zip(which.tolist(), ids.tolist(), often.tolist(), strict=True))
    corgi, bike = [(1, 2.0)], [(1, 1.0), (2, 1.0)]
    by_term = [[rest for term, *rest in told if term == number] for number in (0, 1, 2)]
    assert sorted(map(len, by_term)) == [0, 1, 2], "a term that no row has does not count"
    assert sorted(by_term[:2], key=len) == [[list(pair) for pair in term] for term in (corgi, bike)]


def test_what_is_discarded_leaves_no_word_behind() -> None:
    for more in (0, FEW):
        lexicon = Lexicon()
        lexicon.add([1, *range(3, 3 + more)], [counted("corgi corgi bike"), *[b""] * more])
        lexicon.add([2], [counted("bike")])
        lexicon.discard([1, 99])
        left = {*lexicon._sorted.terms.tolist(), *lexicon._recent}
        assert left == {number("bike")}
        assert len(lexicon._sorted.ids) + len(lexicon._recent[number("bike")][0]) == 1
