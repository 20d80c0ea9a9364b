"""How many tokens a server with OpenAI's chat protocol says that an answer took."""

from __future__ import annotations

from pydantic import BaseModel


class PromptDetails(BaseModel):
    cached_tokens: int | None = None


class Used(BaseModel):
    """Tokens so far. The details are None where a server does not report its prompt cache, as
    SGLang without --enable-cache-report."""

    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: PromptDetails | None = None
