"""How often one key may call, over a sliding minute. Counted in this process: each replica counts for itself."""

import math
import time
from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter


@dataclass(frozen=True)
class Pace:
    """So many calls a minute for each key."""

    per_minute: int
    _limiter: SlidingWindowCounterRateLimiter = field(
        default_factory=lambda: SlidingWindowCounterRateLimiter(MemoryStorage())
    )

    def seconds_to_wait(self, key_id: str) -> int:
        """Count one call; 0 lets it through, else so many seconds until the next may come."""
        limit = RateLimitItemPerMinute(self.per_minute)
        if self._limiter.hit(limit, key_id):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(limit, key_id).reset_time - time.time()))
