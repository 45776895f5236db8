"""How much one visitor, or one address, may ask of the server."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MOST_KEYS = 20_000  # about 4 MB; beyond, the one that was quiet longest is forgotten


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Limit:
    """`burst` at once and `per_second` in the long run, for each key (a token bucket)."""

    def __init__(self, burst: int, per_second: float, most_keys: int = MOST_KEYS) -> None:
        self._burst, self._per_second, self._most_keys = burst, per_second, most_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> bool:
        """Whether the key may go on; `now` in seconds of a clock that never goes back."""
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        earned = (now - bucket.filled_at) * self._per_second
        bucket.tokens, bucket.filled_at = min(self._burst, bucket.tokens + earned), now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def forget(self, key: str) -> None:
        """Drop what is known of a key that does not come back."""
        self._buckets.pop(key, None)

    def __len__(self) -> int:
        return len(self._buckets)
