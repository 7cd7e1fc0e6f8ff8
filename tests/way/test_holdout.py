"""Whom the lots leave alone stands in no list of people to contact, and is answered like everybody else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.app import build
from assistant.desks import Desks
from assistant.service import Service
from tests.way.house import CORP, GUIDE, settings_for


@pytest.fixture
def open_with(folder: Path) -> Callable[..., Service]:
    return lambda **more: build(settings_for(folder, **more), search=lambda wanted: ())


def due(service: Service) -> list[str]:
    """The ids of all whom the list names."""
    desks: Desks = service.handling.desks
    return [one.customer_id for one in desks.lay(CORP, GUIDE, "none", "", service.clock()).due()]


def test_the_list_leaves_out_exactly_those_who_were_drawn(open_with: Callable[..., Service]) -> None:
    everybody, half = open_with(), open_with(holdout_percent=50, holdout_salt="spring")
    listed, left = due(everybody), due(half)
    drawn = half.settings.holdout
    assert left == [one for one in listed if not drawn.holds(CORP, one)]
    assert 0 < len(left) < len(listed)
    alone = next(one for one in listed if one not in left)
    name = next(
        card.name
        for card in half.handling.desks.lay(CORP, GUIDE, "none", "", half.clock()).customers
        if card.customer_id == alone
    )
    answered = half.converse(GUIDE, [f"{name}的档案"])
    assert name in "".join(answered.reply.parts)
    for service in (everybody, half):
        service.close()
