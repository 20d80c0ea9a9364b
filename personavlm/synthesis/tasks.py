"""Persona-MME's thirteen multiple-choice tasks by their abbreviations (paper, Table 5).

The fourteenth, Personality Alignment, is asked about replies to some of their questions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskedTask:
    """A task and its aspect, as the benchmark's file names them."""

    name: str
    aspect: str


TASKS = {
    "VDR": AskedTask("Visual Detail Recall", "Memory Recall"),
    "SIR": AskedTask("Semantic Information Recall", "Memory Recall"),
    "EII": AskedTask("Explicit Intent Inference", "Intent Inference"),
    "IIR": AskedTask("Implicit Intent Recognition", "Intent Inference"),
    "LPR": AskedTask("Latest Preference Recognition", "Preference Recognition"),
    "IEA": AskedTask("Interest Evolution Analysis", "Preference Recognition"),
    "IPR": AskedTask("Implicit Preference Recommendation", "Preference Recognition"),
    "BPR": AskedTask("Behavioral Pattern Recognition", "Behavioral Awareness"),
    "LGT": AskedTask("Long-term Goal Tracking", "Behavioral Awareness"),
    "RR": AskedTask("Relationship Recognition", "Relationship Understanding"),
    "RDC": AskedTask("Relationship Dynamics Comprehension", "Relationship Understanding"),
    "TED": AskedTask("Tiered Explanation Delivery", "Personalized Growth Modeling"),
    "GNS": AskedTask("Generalizing to New Scenarios", "Personalized Growth Modeling"),
}
