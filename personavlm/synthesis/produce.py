"""From a writer to files: lives are written, checked, put into formats, and counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from personavlm.errors import BadInput
from personavlm.synthesis.filters import Rules
from personavlm.synthesis.formats import Format
from personavlm.synthesis.formats.persona_mme import PersonaMme
from personavlm.synthesis.formats.rl import Rl
from personavlm.synthesis.formats.sft import Sft
from personavlm.synthesis.formats.sink import Sink
from personavlm.synthesis.measures import Measures
from personavlm.synthesis.report import markdown, report
from personavlm.synthesis.store import Store, write
from personavlm.synthesis.writer import Writer

_SINKS: Mapping[Format, Callable[[Path], Sink]] = {
    Format.SFT: Sft,
    Format.RL: Rl,
    Format.PERSONA_MME: PersonaMme,
}


def produce(
    writer: Writer,
    people: int,
    out: Path,
    formats: Sequence[Format],
    progress: Callable[[int], None] = lambda number: None,
) -> dict[str, Any]:
    """Write so many people and their files; returns the figures of the report.

    Lives that are there from an earlier run are taken as they are. The same writer, number of
    people and formats give the same bytes.

    Args:
        progress: told the number of people done, after each.

    Raises:
        BadInput: there is nobody to write, or the folder holds something else or cannot be written.
    """
    if people < 1:
        raise BadInput(f"{people} people cannot be written; ask for one at least.")
    store, rules, measures = Store(out, writer), Rules(), Measures()
    try:
        sinks = {name: _SINKS[name](out) for name in dict.fromkeys(formats)}
        for number, life in enumerate(store.fill(people), 1):
            checked = rules.check(life)
            if checked is not None:
                measures.add(checked.life)
                for sink in sinks.values():
                    sink.add(checked)
            progress(number)
        if not measures.lives:
            raise BadInput(f"Not one of {people} lives kept the rules: {rules.rejections[0]}.")
        for sink in sinks.values():
            sink.finish()
        counts = {name.value: sink.counts for name, sink in sinks.items()}
        figures = report(writer.settings, measures, rules, counts)
        _tell(out, figures, rules, writer.source)
    except OSError as error:
        raise BadInput(f"{out} cannot be written to: {error}.") from error
    return figures


def _tell(out: Path, figures: Mapping[str, Any], rules: Rules, source: str) -> None:
    """The card, the report, and every rejection with its reason."""
    card = {
        "source": source,
        "settings": figures["settings"],
        "people": figures["measures"]["people"],
        "formats": figures["formats"],
        "note": "Made-up people; nobody of them exists, and none of it is the published data.",
    }
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in rules.rejections]
    write(out / "card.json", json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write(out / "report.json", json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    write(out / "report.md", markdown(figures))
    write(out / "rejections.jsonl", "".join(f"{line}\n" for line in lines))
