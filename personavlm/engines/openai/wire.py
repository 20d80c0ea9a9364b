"""What we read of an answer, whole or a piece of a stream: servers differ in all the rest."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, Field

from personavlm.engines.usage import Used
from personavlm.records import Usage


class Words(BaseModel):
    content: str | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        return self.content or self.refusal or ""


class Choice(BaseModel):
    words: Words = Field(validation_alias=AliasChoices("message", "delta"))
    finish_reason: str | None = None


class Said(BaseModel):
    """A whole answer or one chunk. error: what some servers send instead, with status 200."""

    choices: list[Choice] = []
    usage: Used | None = None
    model: str = ""
    system_fingerprint: str | None = None
    error: dict[str, object] | None = None

    def updated(self, chunk: Said) -> Said:
        """This, with what a later chunk says besides its words."""
        return Said(
            usage=chunk.usage or self.usage,
            model=chunk.model or self.model,
            system_fingerprint=chunk.system_fingerprint or self.system_fingerprint,
        )

    def counted(self, seconds: float) -> Usage:
        """The tokens, none where the server does not say."""
        if self.usage is None:
            return Usage(seconds=seconds)
        details = self.usage.prompt_tokens_details
        cached = details.cached_tokens if details is not None else None
        return Usage(self.usage.prompt_tokens, self.usage.completion_tokens, cached or 0, seconds)
