"""Pack a network as the second reader loads it."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.flow.guard.law.second_reader import SCALE, THRESHOLDS
from assistant.flow.guard.network import Network
from eval.guarding.second_reading.bags import Bag


def packed(
    network: Network, kinds: Sequence[str], names: Sequence[str], heavy: Bag, thresholds: dict[str, float]
) -> bytes:
    """Return the network as ``second_reader`` loads it, without features that add nothing."""
    adds: NDArray[np.int64] = np.flatnonzero(network.units.any(axis=1))
    written = io.BytesIO()
    np.savez_compressed(
        written,
        features=np.frombuffer("\n".join(names[row] for row in adds).encode("utf-8"), dtype=np.uint8),
        kinds=np.array(kinds),
        **network.packaged(adds),
        heavy=np.flatnonzero(np.isin(adds, heavy)).astype(np.int32),
        thresholds=np.rint(np.array([thresholds[name] for name in THRESHOLDS]) * SCALE).astype(np.int16),
    )
    return written.getvalue()
