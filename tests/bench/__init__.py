"""Measured figures, each beside a baseline measured in the same run: ``python -m tests.bench``. Never fails on time."""
