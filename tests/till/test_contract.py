"""Whatever the API's own description allows, and what it does not, is answered as described: never a 500."""

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from assistant.sold import KeyScope
from assistant.store.till import keys
from tests.till.conftest import CORP, NOW, House

pytestmark = pytest.mark.faults

QUICK = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


def each(house: House, mode: GenerationMode, look: Callable[[schemathesis.Case], None]) -> int:
    """Put cases of every operation before ``look``; returns how many operations there were."""
    seen = 0
    for found in schemathesis.openapi.from_asgi("/till/v1/openapi.json", house.app).get_all_operations():

        @QUICK
        @given(found.ok().as_strategy(generation_mode=mode))
        def one(case: schemathesis.Case) -> None:
            look(case)

        one()
        seen += 1
    return seen


def test_a_key_with_every_scope_never_meets_a_server_error(house: House) -> None:
    with house.database.begin() as tx:
        token = keys.make(tx, CORP, "全部", list(KeyScope), NOW)
    statuses: set[int] = set()

    def look(case: schemathesis.Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    assert each(house, GenerationMode.POSITIVE, look) == 12
    assert each(house, GenerationMode.NEGATIVE, look) == 12
    assert {200, 401, 422} <= statuses


def test_a_key_without_the_scope_and_nobody_never_come_in(house: House) -> None:
    with house.database.begin() as tx:
        token = keys.make(tx, CORP, "没有权限", [], NOW)

    def look(case: schemathesis.Case) -> None:
        refused = 401 if case.path.endswith("/webhook") else 403
        assert case.call(headers={"Authorization": f"Bearer {token}"}).status_code == refused
        assert case.call(headers={"Authorization": "Bearer nobody.nothing"}).status_code == 401

    assert each(house, GenerationMode.POSITIVE, look) == 12
