"""Objects in pictures: where they are, and which of those seen before they are."""
