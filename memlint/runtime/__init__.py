"""The run-time half: a pytest plugin that sees what mocks really keep.

Nothing here is imported by the linter, and nothing of the linter by what runs with every test.
"""
