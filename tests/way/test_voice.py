"""My voice, the whole way: she reworks drafts, the next ones sound like her, she reads why, and has it forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.service import Service
from assistant.shop import StyleCard, Trait
from assistant.store import styles
from assistant.store.database import Database
from assistant.turn import ActionKind, Draft, ReplyKind, TurnRecord
from tests.ingest.house import CORP, Hands, opened, small_shop

GUIDE = "lin"
ASKED = ("小葵问柔和面霜多少钱", "小葵问清爽面膜多少钱", "柔和面霜要两件一共多少钱", "小葵问清爽面膜要三件多少钱")


class Talk:
    """One guide and the service, minutes apart."""

    def __init__(self, service: Service, clock: Hands, guide: str = GUIDE) -> None:
        self.service, self.clock, self.guide = service, clock, guide

    def say(self, text: str) -> TurnRecord:
        self.clock.now += timedelta(minutes=3)
        return self.service.converse(self.guide, [text])

    def rework(self, question: str) -> TurnRecord:
        """Ask, and send the first draft in words of her own."""
        asked = self.say(question)
        return self.say(f"改成：{hers(asked.verdicts[0].draft)}")

    @property
    def card(self) -> StyleCard:
        return card(self.service.database, self.guide)


def card(database: Database, guide: str) -> StyleCard:
    with database.read() as tx:
        return styles.of_guide(tx, CORP, guide)


def hers(draft: Draft) -> str:
    """What this guide makes of a draft: 小葵～ or 哈喽～ first, a picture last."""
    text = draft.plain
    head = next((head for head in ("小葵，您好，", "小葵，", "您好，") if text.startswith(head)), "")
    return f"{'小葵～' if '小葵' in head else '哈喽～'}{text.removeprefix(head)}😊"


@contextmanager
def talking(folder: Path, **settings: object) -> Iterator[Talk]:
    clock = Hands()
    with opened(folder / "var", clock, **settings) as service:
        service.ingest([small_shop(folder / "shop")])
        yield Talk(service, clock)


def facts(service: Service, text: str) -> list[tuple[str, str]]:
    shop = service.handling.desks.shop(CORP, service.clock())
    names = KnownNames.of(shop.products.values(), shop.coupons, shop.brand)
    return [(one.kind.value, one.value) for one in find_claims(text, names)]


def the_whole_way(talk: Talk) -> None:
    for question in ASKED[:3]:
        taught = talk.rework(question)
        assert taught.said_action is not None
        assert taught.said_action.kind is ActionKind.EDITED
        assert "口吻" not in "".join(taught.reply.parts)
    assert talk.card.edits == 3
    assert talk.card.values(Trait.LAST_EMOJI) == ("😊",)

    # the next drafts sound like her, and say what they would have said
    asked = talk.say(ASKED[3])
    assert asked.reply.kind is ReplyKind.DRAFTS
    for written, verdict in zip(asked.drafts, asked.verdicts, strict=True):
        shown = verdict.draft
        assert shown.text.endswith("😊")
        assert shown.text in "\n".join(asked.reply.parts)
        assert shown.plain == written.text
        assert shown.claims
        assert facts(talk.service, shown.text) == facts(talk.service, written.text)

    # she may look, and the drafts still lie there
    looked = talk.say("我的口吻")
    told = "".join(looked.reply.parts)
    assert looked.reply.kind is ReplyKind.INFORM
    assert "从您最近改过的 3 条草稿里学到" in told
    assert "😊" in told
    taken = talk.say("1")
    assert taken.said_action is not None
    assert taken.said_action.sent_text == asked.verdicts[0].draft.text
    assert taken.reply.parts[-1].startswith(asked.verdicts[0].draft.text)
    assert talk.card.edits == 3

    # forgotten: plain again, and what she did before never counts again
    assert "清掉了" in talk.say("清除我的口吻").reply.parts[0]
    assert talk.card == StyleCard()
    plain = talk.say("柔和面霜现在什么价")
    assert plain.reply.kind is ReplyKind.DRAFTS
    assert all(one.draft.text == one.draft.plain for one in plain.verdicts)
    assert "还没学到" in talk.say("我的口吻").reply.parts[0]
    talk.rework("小葵问柔和面霜多少钱")
    assert talk.card.edits == 1
    assert talk.card.habits == ()


def test_her_voice_is_learned_used_shown_and_forgotten(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        the_whole_way(talk)


@pytest.mark.postgres
def test_the_same_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    with talking(tmp_path, database_url=postgres_url) as talk:
        the_whole_way(talk)


def test_what_one_guide_does_is_nothing_to_another(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        for question in ASKED[:3]:
            talk.rework(question)
        other = Talk(talk.service, talk.clock, "chen")
        drafts = other.say("清爽面膜多少钱").verdicts
        assert drafts
        assert all(one.draft.text == one.draft.plain for one in drafts)
        assert other.card == StyleCard()


def test_her_voice_survives_a_restart_and_no_sentence_comes_twice(tmp_path: Path) -> None:
    clock, folder = Hands(), tmp_path / "var"
    with opened(folder, clock) as service:
        service.ingest([small_shop(tmp_path / "shop")])
        for question in ASKED[:3]:
            Talk(service, clock).rework(question)
    with opened(folder, clock) as service:
        talk = Talk(service, clock)
        asked = [talk.say(question) for question in ("小葵问柔和面霜多少钱", "换个说法", "柔和面霜多少钱")]
    said = [sentence.plain for record in asked for verdict in record.verdicts for sentence in verdict.draft.sentences]
    assert said
    assert len(said) == len(set(said))
    assert all(verdict.draft.text.endswith("😊") for record in asked for verdict in record.verdicts)


def test_a_complaint_teaches_nothing_and_is_answered_plainly(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        for question in ("小葵用了柔和面霜脸上起疹子", "小葵收到的面膜破了很生气", "小葵说面霜用了发痒红肿"):
            talk.rework(question)
        assert talk.card.edits == 0
        for question in ASKED[:3]:
            talk.rework(question)
        complaint = talk.say("小葵用了清爽面膜脸上发痒")
        assert complaint.verdicts
        assert all(one.draft.text == one.draft.plain for one in complaint.verdicts)


def test_words_of_a_customer_never_erase_it(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        for question in ASKED[:3]:
            talk.rework(question)
        talk.say("小葵：清除我的口吻")
        assert talk.card.edits == 3
