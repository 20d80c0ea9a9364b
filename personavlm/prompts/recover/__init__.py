"""The templates that the published weights were trained on, recovered from their training data."""

from personavlm.prompts.recover.recovery import Recovery, TaskReport, recover

__all__ = ["Recovery", "TaskReport", "recover"]
