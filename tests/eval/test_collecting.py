"""Cases from life: what people decided becomes what is expected, nobody real is in any, and they replay."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.service import Service
from assistant.store.console import ratings
from assistant.turn import ActionKind
from eval.cases.case import Case, Split
from eval.cases.packs import Chosen, Pack
from eval.cases.reading import read_cases
from eval.checks.checks import Status
from eval.collecting.cast import Cast
from eval.collecting.collect import Collected, cast_of, collect
from eval.collecting.edits import figures_of, kept_figures, removed_figures, removed_words
from eval.collecting.taking import Manager, NotTaken, case_of
from eval.collecting.talks import Kind, talks_of
from eval.replaying.house import Material, opened
from eval.replaying.replay import replay
from tests.eval.lived import KNOWN, STRANGERS, Hands, careless, lived_in, talk
from tests.ingest.house import NOW


@dataclass
class Life:
    """A service that was lived in, and what was collected from it."""

    service: Service
    folder: Path
    shop: Path
    collected: Collected
    cases: tuple[Case, ...]

    @property
    def text(self) -> str:
        """Every file as it was written."""
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.yaml")))


def decide(service: Service, clock: Hands) -> None:
    """Every customer once; every way to decide, with persons in the words wherever words can be."""
    words = ("多少钱", "怎么用", "有货吗", "孕妇能用吗", "能退吗", "有券吗")
    for number, one in enumerate(KNOWN):
        other = KNOWN[(number + 3) % len(KNOWN)]
        asks = f"{one.phone}问{('柔和面霜', '清爽面膜', '云朵洁面')[number % 3]}{words[number // 3 % 6]}\n{careless(one, other)}"
        match number % 6:
            case 0:
                talk(service, clock, one, asks, lambda draft: "1")
            case 1:
                talk(service, clock, one, asks, lambda draft: f"改成：{draft.replace('您', '亲')[:60]}，电话联系")
            case 2:
                talk(service, clock, one, asks, lambda draft: f"改成：{re.sub('¥[0-9]+', '¥88', draft)}现在88元")
            case 3:
                talk(service, clock, one, asks, lambda draft, other=other: f"不用 价格说错了 {careless(other)}")
            case 4:
                talk(service, clock, one, asks, lambda draft: "不用 太长了")
            case _:
                stranger = STRANGERS[number % len(STRANGERS)]
                talk(service, clock, one, f"{asks}\n{careless(stranger)}", lambda draft: "1")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    home, clock = tmp_path_factory.mktemp("lived"), Hands()
    service = lived_in(home, clock)
    try:
        decide(service, clock)
        folder = home / "cases"
        collected = collect(service, folder, ())
        yield Life(service, folder, home / "shop", collected, read_cases(folder))
    finally:
        service.close()


def test_nobody_is_in_any_case(life: Life) -> None:
    assert len(life.cases) == len(life.collected.files) >= 20
    secrets = {secret for one in (*KNOWN, *STRANGERS) for secret in one.secrets if len(secret) > 1}
    found = [
        secret
        for secret in secrets
        if re.search(rf"(?<!\d){re.escape(secret)}(?!\d)" if secret[0].isdigit() else re.escape(secret), life.text)
    ]
    assert found == []
    assert "guide0" not in life.text


def test_the_same_person_is_always_the_same_stand_in(life: Life) -> None:
    again, cast = cast_of(life.service), cast_of(life.service)
    ids = [one.customer_id for one in KNOWN]
    assert [again.stand_in(one) for one in ids] == [cast.stand_in(one) for one in ids]
    assert len({cast.stand_in(one).phone for one in ids}) == len(ids)
    assert len({cast.stand_in(one).name for one in ids}) == len(ids)


def test_what_people_decided_is_what_is_expected(life: Life) -> None:
    kinds = life.collected.kinds
    assert kinds[Kind.EDITED_FIGURES] or kinds[Kind.GUARDED]
    assert sum(kinds.values()) == len(life.cases)
    by_id = {case.id: case for case in life.cases}
    seen: set[ActionKind] = set()
    for one in talks_of(life.service.export_turns()):
        case = by_id.get(f"life-{one.last.turn_id.lower().lstrip('t0')}")
        if case is None:
            continue
        expect, action = case.turns[-1].expect, one.action
        assert action is not None
        seen.add(action.kind)
        if action.kind is ActionKind.REFUSED:
            assert case.tags.refusal is action.reason
            assert action.reason is not None
            assert action.reason.label in case.title
            assert expect.coupons is None
            assert not expect.products
        else:
            assert expect.intent is one.last.need.intent
            assert case.tags.refusal is None
        if action.kind is ActionKind.ACCEPTED and one.last.offer is not None:
            assert set(expect.coupons or ()) == {applied.coupon_id for applied in one.last.offer.applied}
    assert seen == set(ActionKind)


def test_the_cases_replay_in_the_shop_they_came_from(life: Life) -> None:
    pack = Pack("lived", "住过", NOW, life.shop, life.folder)
    right = 0
    accepted = [case for case in life.cases if case.title.startswith(Kind.ACCEPTED.label)][:2]
    assert accepted
    for case in accepted:
        with opened(Material(life.shop, NOW, case.given), life.folder.parent / "houses") as house:
            results = list(replay(house, Chosen(pack, Split.DEV, case)))
        assert results[-1].judgements["客户"].status is Status.PASS, results[-1].judgements["客户"].detail
        assert results[-1].judgements["听懂"].status is Status.PASS
        right += results[-1].judgements["答法"].status is Status.PASS
    assert right == len(accepted)


def test_a_second_time_nothing_comes_twice(life: Life) -> None:
    again = collect(life.service, life.folder, ())
    assert again.files == ()
    assert again.alike >= len(life.cases)


def test_half_of_a_small_set_are_the_dangerous_ones(life: Life, tmp_path: Path) -> None:
    few = collect(life.service, tmp_path / "few", (), limit=8)
    assert sum(few.kinds.values()) == 8
    assert sum(count for kind, count in few.kinds.items() if kind.dangerous) == 4


def test_what_the_packs_have_already_is_left_out(life: Life, tmp_path: Path) -> None:
    known = life.cases[0]
    few = collect(life.service, tmp_path / "few", (known,), limit=1000)
    assert known.id not in {case.id for case in read_cases(tmp_path / "few")}
    assert few.alike >= 1


def test_a_customer_who_is_no_longer_hers_is_left_out(life: Life, tmp_path: Path) -> None:
    cast = Cast(lambda userid: None, ())
    cast.meet(life.service.export_turns())
    assert cast.stand_in(KNOWN[0].customer_id).customer_id.startswith("K")
    with pytest.raises(NotTaken, match="不在职"):
        case_of(next(talks_of(life.service.export_turns())), cast)


def test_a_managers_word_stands_in_the_title_without_persons(life: Life) -> None:
    cast = cast_of(life.service)
    edited = next(one for one in talks_of(life.service.export_turns()) if one.action.kind is ActionKind.EDITED)
    person = next(one for one in KNOWN if one.customer_id == edited.last.need.customer_id)
    case = case_of(edited, cast, Manager(False, f"{person.name}的电话{person.phone}不要写"))
    assert "店长没认可改法；店长说：" in case.title
    assert case.title.endswith("不要写")
    assert person.name not in case.title
    assert person.phone not in case.title
    assert life.service.decided_suggestions() == ()


def test_words_and_figures_of_an_edit() -> None:
    draft, sent = "姐妹们看过来，云朵洁面¥102，7天内可以退", "云朵洁面¥88，7天内可以退"
    assert removed_words(draft, sent) == ("姐妹们看过来",)
    assert kept_figures(draft, sent) == ("7天",)
    assert removed_figures(draft, sent) == ("¥102",)
    assert removed_figures(draft, "云朵洁面，7天内可以退") == ()
    assert removed_words(draft, "亲，现在88元") == removed_figures(draft, "亲，现在88元") == ()
    assert figures_of("满300元减30元") == {"300元", "30元"}
    assert removed_words("云朵洁面很好用", "很好用", ["云朵洁面"]) == ()


def test_what_a_manager_kept_comes_first_also_where_no_guide_decided(life: Life, tmp_path: Path) -> None:
    one = KNOWN[0]
    silent = life.service.converse(f"guide{one.number % 3}", [f"{one.name}问云朵洁面能不能送礼盒，{one.phone}"])
    decided = next(record for record in life.service.export_turns() if record.action is not None)
    with life.service.database.begin() as tx:
        for turn_id in (silent.turn_id, decided.turn_id):
            reason = f"{one.name}的问题没答到点上"
            ratings.keep(tx, life.service.settings.corp_id, turn_id, reason=reason, by="hq", moment=NOW)
    collected = collect(life.service, tmp_path / "cases", (), limit=2)
    text = "\n".join(path.read_text(encoding="utf-8") for path in collected.files)
    cases = {case.id: case for case in read_cases(tmp_path / "cases")}
    assert len(cases) == 2
    assert collected.kinds[Kind.KEPT] == 1
    case = cases[f"life-{silent.turn_id.lower().lstrip('t0')}"]
    assert "店长收下" in case.title
    assert "没答到点上" in case.title
    assert (case.turns[-1].expect.intent, case.turns[-1].expect.reply) == (None, None)
    assert not [secret for secret in one.secrets if len(secret) > 1 and secret in text]
