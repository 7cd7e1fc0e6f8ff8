"""The rules a corp sets for itself at the console: how often a customer may be written to, what a manager signs, how long
things are kept. The defaults are the stricter of law and platform (safety N2, I10).
"""

from datetime import time

from pydantic import Field

from knowledge.noun import Noun


class ContactRules(Noun):
    """How often one customer may be written to by all guides together, and when; clock times are Shanghai's.

    Quiet hours run from ``quiet_from`` to ``quiet_to`` over midnight.
    """

    per_day: int = Field(default=1, ge=0, le=10)
    per_month: int = Field(default=4, ge=0, le=31)
    quiet_from: time = time(21, 0)
    quiet_to: time = time(9, 0)


class SignOffRules(Noun):
    """Which drafts a manager signs before a guide may send them.

    ``discount_pays_at_most``: what the customer pays of the shop price, percent; at or below it is deep. ``grant_fen``: what
    one turn's coupons take off, 分; from there on it is large. ``answer_minutes``: after that nobody signs any more and
    the guide is told so. A rule that is off (0 or False) holds nothing.
    """

    discount_pays_at_most: int = Field(default=50, ge=0, le=100)
    grant_fen: int = Field(default=50_000, ge=0)
    refund_promise: bool = True
    complaint: bool = True
    health_claim: bool = True
    answer_minutes: int = Field(default=120, ge=5, le=2880)


class RetentionRules(Noun):
    """How long things are kept, days (safety I10).

    A notice is kept no shorter than the longest time before which the same is told again; a login no shorter than the
    law keeps logs (网络安全法 Art. 21), unless the corp says so.
    """

    conversation_days: int = Field(default=365, ge=30, le=3650)
    unsent_draft_days: int = Field(default=30, ge=1, le=365)
    notice_days: int = Field(default=90, ge=30, le=3650)
    login_days: int = Field(default=180, ge=30, le=3650)
    unused_upload_days: int = Field(default=7, ge=1, le=365)


class Rulebook(Noun):
    """All of a corp's own rules. ``ranking``: managers may see guides ranked against each other."""

    contacts: ContactRules = ContactRules()
    signoff: SignOffRules = SignOffRules()
    retention: RetentionRules = RetentionRules()
    ranking: bool = False
