"""Days as a reply says them. English everywhere, whatever the machine's language."""

from __future__ import annotations

from datetime import datetime

from personavlm.memory import spans


def day(moment: datetime, now: datetime) -> str:
    """ "Monday 2 March", with the year where it is not this one."""
    text = (
        f"{spans.WEEKDAYS[moment.weekday()].capitalize()} {moment.day} "
        f"{spans.MONTHS[moment.month - 1].capitalize()}"
    )
    return text if moment.year == now.year else f"{text} {moment.year}"


def on_day(moment: datetime, now: datetime) -> str:
    """How a sentence starts: "On Monday 2 March", "Yesterday (...)" or "Earlier today"."""
    days = (now.date() - moment.astimezone(now.tzinfo).date()).days
    if days == 0:
        return "Earlier today"
    named = day(moment.astimezone(now.tzinfo), now)
    return f"Yesterday ({named})" if days == 1 else f"On {named}"
