"""The sample shop and the day its coupons and orders were written for: a fact that lives once, and imports nothing."""

from pathlib import Path

SAMPLE_SHOP = Path(__file__).parent.parent / "knowledge" / "samples" / "yunyu"
SAMPLE_DAY = "2026-11-22T10:00:00+08:00"
