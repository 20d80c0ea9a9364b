"""The page and its API, built on the Agent alone."""
