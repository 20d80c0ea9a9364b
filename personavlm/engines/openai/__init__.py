"""Models behind OpenAI's chat protocol: OpenAI's own, and those of every server that speaks it."""
