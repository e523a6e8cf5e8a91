"""Slow numpy restatements of the papers, for the tests to hold the package against."""
