"""How often one person and one address may log in, reveal, export and approve (safety D8).

Counted in this process over a sliding minute: each replica counts for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from fastapi import Request

from assistant.console.refusals import TooOften
from assistant.pace import Pace
from knowledge.noun import Labelled

LOOPBACK = ("127.0.0.0/8", "::1/128")
"""A proxy on this very machine; nobody from outside can send from there."""


class Deed(Labelled):
    """What is counted."""

    LOGIN = "login", "登录"
    APPROVE = "approve", "审批"
    REVEAL = "reveal", "查看完整信息"
    EXPORT = "export", "导出"


class Most(NamedTuple):
    """Calls a minute of one person, and from one address: a whole shop may come from one."""

    by_person: int
    by_address: int


MOST = {
    Deed.LOGIN: Most(10, 40),
    Deed.APPROVE: Most(60, 240),
    Deed.REVEAL: Most(10, 30),
    Deed.EXPORT: Most(5, 15),
}
"""Far above what a busy manager does by hand, far below what a script would."""


@dataclass(frozen=True)
class Pacing:
    """``proxies`` are the networks whose X-Forwarded-For is believed (safety D8, ASVS 15.3.4)."""

    proxies: Sequence[str] = LOOPBACK
    _paces: dict[str, Pace] = field(
        default_factory=lambda: {
            f"{deed.value}/{side}": Pace(getattr(most, side)) for deed, most in MOST.items() for side in Most._fields
        }
    )

    def address(self, request: Request) -> str:
        """Where a request came from: the nearest hop that is no proxy of ours."""
        hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        here = request.client.host if request.client else ""
        while hops and self._is_proxy(here):
            here = hops.pop()
        return here[:64]

    def count(self, deed: Deed, request: Request, userid: str = "") -> None:
        """Count one; raises TooOften, with the seconds to wait."""
        waits = [self._paces[f"{deed.value}/by_address"].seconds_to_wait(self.address(request))]
        if userid:
            waits.append(self._paces[f"{deed.value}/by_person"].seconds_to_wait(userid.lower()))
        if wait := max(waits):
            raise TooOften(deed.label, wait)

    def _is_proxy(self, address: str) -> bool:
        try:
            here = ip_address(address)
        except ValueError:
            return False
        return any(here in ip_network(one) for one in self.proxies)
