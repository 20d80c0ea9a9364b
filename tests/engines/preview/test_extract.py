"""What is kept of a message, and what the end of a session leaves."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.preview.extract import Reason, decide, kept_statements
from personavlm.engines.preview.habits import habits
from personavlm.engines.preview.profile import profile_updates
from personavlm.engines.preview.topics import topics
from personavlm.memory.encode import CachedEncoder
from personavlm.protocol import Query, SessionInputs, TurnInputs
from personavlm.records import Image, Turn

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=ZoneInfo("Europe/Lisbon"))


def turns(*messages: str, at: datetime = NOW) -> tuple[Turn, ...]:
    return tuple(
        Turn(number, 1, at + timedelta(minutes=number), text, reply="I love walnuts myself.")
        for number, text in enumerate(messages)
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I can't eat walnuts.", Reason.HEALTH),
        ("Actually it's on Thursday now.", Reason.CORRECTION),
        ("Please remember that the spare key is under the mat.", Reason.ASKED),
        ("Can you keep your replies short please?", Reason.WISH),
        ("I love oolong.", Reason.LIKE),
        ("I hate olives.", Reason.DISLIKE),
        ("I go to the choir every Thursday.", Reason.HABIT),
        ("My goal is to run 10k by June.", Reason.GOAL),
        ("I work as a nurse.", Reason.IDENTITY),
        ("My sister Lena lives in Porto.", Reason.RELATION),
        ("Just got back from the market with two melons.", Reason.EVENT),
        ("Biscuit hates the vacuum.", Reason.EVENT),
    ],
)
def test_kept(text: str, reason: Reason) -> None:
    assert [one.reason for one in kept_statements(text)] == [reason]


@pytest.mark.parametrize(
    "text",
    [
        "What's the weather like?",
        "Hi there!",
        "Thanks, that's great.",
        "I'm fine, thanks.",
        "I have a question.",
        "I was wondering about that.",
        "How lovely!",
        "You're funny.",
        "It's raining.",
        "If someone bakes for me, what should they leave out?",
        "ok",
        "",
    ],
)
def test_not_kept(text: str) -> None:
    assert kept_statements(text) == ()


def test_only_the_statement_of_a_mixed_message(cached: CachedEncoder) -> None:
    text = "I can't eat walnuts, so what should I bake? Any ideas?"
    decision = decide(TurnInputs({}, (), Query(text, NOW)), cached)
    assert decision.keep and decision.content == "I can't eat walnuts"
    assert "walnuts" in decision.keywords


def test_a_pronoun_brings_its_sentence_along(cached: CachedEncoder) -> None:
    text = "The new girl at work is great. She plays the cello."
    content = decide(TurnInputs({}, (), Query(text, NOW)), cached).content
    assert content == text


def test_a_picture_names_its_object(cached: CachedEncoder, tmp_path: object) -> None:
    from pathlib import Path

    picture = Image("h", 1, 1, Path("x.png"))
    query = Query("This is my corgi Biscuit!", NOW, (picture,))
    decision = decide(TurnInputs({}, (), query), cached)
    assert [(one.name, one.category) for one in decision.objects] == [("corgi Biscuit", "corgi")]
    assert "(Image Object: corgi)" in decision.content


def test_profile_from_identity_statements() -> None:
    session = turns(
        "I'm Maya, 34, living in Lisbon.",
        "I work as a nurse. My husband Tom cooks.",
        "We adopted a corgi called Biscuit, and I'm allergic to walnuts.",
        "I love oolong but I hate olives.",
        "Please keep your answers short.",
    )
    found = profile_updates(SessionInputs({"name": "Maya"}, session, {}))
    assert found["age"] == "34" and found["city"] == "Lisbon" and found["job"] == "nurse"
    assert found["partner"] == "Tom" and "Biscuit" in found["pets"]
    assert "walnuts" in found["allergies"]
    assert (found["likes"], found["dislikes"]) == ("oolong", "olives")
    assert "short" in found["wishes for replies"]


def test_profile_changes_its_mind() -> None:
    old = {"name": "Maya", "likes": "olives; tea"}
    found = profile_updates(SessionInputs(old, turns("I hate olives."), {}))
    assert found == {"likes": "tea", "dislikes": "olives"}


def test_profile_leaves_the_rest_alone() -> None:
    old = {"name": "Maya", "city": "Lisbon"}
    assert profile_updates(SessionInputs(old, turns("The bus was late."), {})) == {}
    assert profile_updates(SessionInputs(old, turns("Do I live in Porto?"), {})) == {}


def test_habits_and_goals_with_progress(cached: CachedEncoder) -> None:
    first = turns("I go to pottery every Thursday.", "I want to run 10k by June.")
    found = habits(SessionInputs({"name": "Maya"}, first, {}), cached)
    assert sorted(key.split()[-1] for key in found) == ["goal", "habit"]
    later = turns("I ran 7k today, my furthest run so far!", at=NOW + timedelta(days=9))
    update = habits(SessionInputs({"name": "Maya"}, later, found), cached)
    (value,) = update.values()
    assert "run 10k by June" in value and "progress on 11 March 2026" in value and "7k" in value


def test_topics_cover_every_turn_once(cached: CachedEncoder) -> None:
    session = turns(
        "I adopted a corgi, Biscuit!",
        "She sleeps in my shoe.",
        "My sister Lena is getting married in May in Porto.",
        "The wedding is on the beach.",
        "thanks",
    )
    found = topics(SessionInputs({"name": "Maya"}, session, {}), cached)
    assert sorted(index for topic in found for index in topic.indices) == [0, 1, 2, 3, 4]
    assert len(found) >= 2
    assert "walnuts" not in " ".join(topic.summary for topic in found)  # a reply is no fact
