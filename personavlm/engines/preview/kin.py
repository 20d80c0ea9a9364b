"""Who is meant by "my sister": the names that the person has given to people and animals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from personavlm.engines.preview import words
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.kinds import RELATIONS
from personavlm.memory.times import plain

_ANIMALS = "dog|puppy|cat|kitten|tomcat|rabbit|hamster|horse|parrot|tortoise|goldfish"
_BEFORE = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur)\s+(?:\w+\s+)?(?P<kin>{RELATIONS}|{_ANIMALS})(?:'s name)?,?"
    r"(?: is| is called| called| named|'s)?,?\s+(?P<name>[A-Z]\w+)"
)
_AFTER = re.compile(
    rf"\b(?P<name>[A-Z]\w+)(?:,| is|'s| was| \(|,? who is| -)\s*(?:my|"
    rf"our)\s+(?:\w+\s+)?(?P<kin>{RELATIONS}|{_ANIMALS})\b"
)


def names_of(said: Iterable[Said], profile: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Stems of the names for each word like "sister" or "partner", by that word's stem."""
    found: dict[str, set[str]] = {}
    for one in said:
        text = plain(one.text)
        for match in (*_BEFORE.finditer(text), *_AFTER.finditer(text)):
            found.setdefault(words.stem(match["kin"]), set()).add(words.stem(match["name"]))
    for key in ("partner", "family", "pets"):
        for match in _PROFILE.finditer(profile.get(key, "")):
            kin = match["kin"] or key.removesuffix("s")
            found.setdefault(words.stem(kin), set()).add(words.stem(match["name"]))
    for whole, parts in words.kin_of().items():
        for part in parts & found.keys():
            found.setdefault(whole, set()).update(found[part])
    for part in words.kin_of().get(words.stem("partner"), frozenset()):
        if "partner" in found:
            found.setdefault(part, set()).update(found["partner"])
    return {kin: frozenset(names) for kin, names in found.items()}


_PROFILE = re.compile(
    rf"(?:(?P<kin>{RELATIONS}|{_ANIMALS}),? )?(?:called |named |is called )?(?P<name>[A-Z]\w+)"
)
