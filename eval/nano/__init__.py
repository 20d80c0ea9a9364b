"""The nano model: everything from made-up people to a table, by the project's own commands."""
