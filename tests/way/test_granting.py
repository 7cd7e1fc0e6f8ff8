"""A guide's click binds the coupons of the draft she takes to its customer; what cannot be granted is not sent."""

from sqlalchemy import select, update

from assistant.store import material, tables
from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant
from assistant.turn import ReplyKind
from tests.way.house import CORP, QUESTION, House


def granted(house: House) -> tuple[Grant, ...]:
    with house.service.database.read() as tx:
        asked = house.records()[0].need.customer_id
        return grants.of_customer(tx, CORP, asked, house.service.clock())


def give_others(house: House, coupon_id: str, **changed: object) -> None:
    """Somebody else gets one, by a template with other limits."""
    moment = house.service.clock()
    coupon = house.service.handling.desks.coupons(CORP, moment)[coupon_id]
    with house.service.database.begin() as tx:
        grants.grant(
            tx,
            CORP,
            key=f"others:{coupon_id}",
            coupon=coupon.model_copy(update={"per_customer_limit": None, "budget_fen": None, **changed}),
            customer_id="someone-else",
            guide="someone",
            store_id="S001",
            turn_id="",
            reason="别的客户",
            value_fen=0,
            moment=moment,
        )


def change_coupon(house: House, coupon_id: str, **fields: object) -> None:
    """Headquarters change a template between the draft and the click."""
    with house.service.database.begin() as tx:
        this = (tables.coupon.c.corp_id == CORP) & (tables.coupon.c.coupon_id == coupon_id)
        body = tx.execute(select(tables.coupon.c.body).where(this)).scalar_one()
        tx.execute(update(tables.coupon).where(this).values(body={**body, **fields}))
        material.bump_material_version(tx, CORP)


def test_taking_a_draft_grants_its_coupons_once(house: House) -> None:
    drafted = house.ask(QUESTION)
    assert drafted.offer is not None
    carried = {one.coupon_id for one in drafted.offer.applied if one.name in drafted.drafts[0].text}
    assert carried
    taken = house.ask("1")
    assert taken.reply.kind is ReplyKind.CONFIRM
    first = granted(house)
    assert {one.coupon_id for one in first} == carried
    assert {(one.turn_id, one.guide) for one in first} == {(drafted.turn_id, drafted.guide.lower())}
    assert all(one.reserved_fen > 0 for one in first)
    # a second click, and another draft of the same turn
    house.ask("1")
    house.ask("2")
    assert {one.grant_id for one in granted(house)} >= {one.grant_id for one in first}
    assert len({one.coupon_id for one in granted(house)}) == len(granted(house))
    with house.service.database.read() as tx:
        assert grants.audit(tx, CORP) == ()


def test_her_own_unused_grant_stays_hers_in_the_next_question(house: House) -> None:
    first = house.ask(QUESTION)
    house.ask("1")
    again = house.ask(QUESTION)
    assert first.offer is not None
    assert again.offer is not None
    assert [one.coupon_id for one in again.offer.applied] == [one.coupon_id for one in first.offer.applied]


def test_what_cannot_be_granted_any_more_is_not_sent_and_grants_nothing(house: House) -> None:
    drafted = house.ask(QUESTION)
    assert drafted.offer is not None
    wanted = next(one for one in drafted.offer.applied if one.name in drafted.drafts[0].text)
    give_others(house, wanted.coupon_id, grant_limit=1)
    change_coupon(house, wanted.coupon_id, grant_limit=1)
    held = house.ask("1")
    assert held.reply.kind is ReplyKind.HELD
    told = "".join(held.reply.parts)
    assert f"先别发，「{wanted.name}」发不了：" in told
    assert "1 张" in told
    assert held.said_action is None
    assert granted(house) == ()
    # the template goes back, for whoever asks next in this house
    change_coupon(house, wanted.coupon_id, grant_limit=None)
