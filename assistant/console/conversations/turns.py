"""The list of turns and one turn's whole story."""

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.conversations.filtering import LONGEST_WORDS, address, chips, fields_of, wanted
from assistant.console.conversations.scoring import NOTE_CHARACTERS, STEP_WORDS, judgement
from assistant.console.conversations.story import customer_names, story
from assistant.console.conversations.wishing import REASON_CHARACTERS as WISH_REASON_CHARACTERS
from assistant.console.conversations.wishing import WORDS_CHARACTERS, wishes
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.tablefile import MOST_ROWS, REASON_CHARACTERS
from assistant.store import signoffs
from assistant.store.console import conversations, naming, ratings
from assistant.store.console.filtering import Band, Said, Seen, TurnFilter
from assistant.turn import Intent

PAGE_LINES = 30


def turn_routes(router: APIRouter, one: Console) -> None:
    """The list with its filters, and one turn."""

    @router.get("/console/turns", response_model=None)
    def turns(
        asked: TurnFilter = Depends(wanted), before: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            lines = conversations.turn_lines(
                tx, one.corp_id, visitor.stores, asked, before=before, limit=PAGE_LINES + 1
            )
            stores = one.stores(tx, visitor)
            guides = naming.guides(tx, one.corp_id, visitor.stores)
            named = naming.of_filter(tx, one.corp_id, visitor.stores, asked)
        shown = lines[:PAGE_LINES]
        older = shown[-1].turn_id if len(lines) > PAGE_LINES else ""
        return page(
            "conversations/list.html",
            visitor=visitor,
            lines=shown,
            stores=stores,
            guides=guides,
            wanted=asked,
            chips=chips(asked, named.names),
            kept_fields=_hidden_fields(asked),
            intents=tuple(Intent),
            said=tuple(Said),
            seen=tuple(Seen),
            bands=tuple(Band),
            before=before,
            longest_words=LONGEST_WORDS,
            reason_characters=REASON_CHARACTERS,
            export_address=address(asked, path="/console/turns/export"),
            most_rows=MOST_ROWS,
            newest=address(asked),
            older=address(asked, older) if older else "",
            hidden_names=visitor.hidden(
                (*(name for line in shown for name in line.customer_names), *named.customer_names)
            ),
        )

    @router.get("/console/turns/{turn_id}", response_model=None)
    def turn(turn_id: str, saved: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            found = conversations.turn_story(tx, one.corp_id, visitor.stores, turn_id, one.clock())
            stores = one.stores(tx, visitor)
            given = ratings.ratings_of(tx, one.corp_id, turn_id)
            kept = ratings.kept(tx, one.corp_id, turn_id)
            signing = signoffs.standing(tx, turn_id, one.clock())
            wished = wishes(tx, one, visitor.stores, turn_id, found.record.need.customer_id)
        names = (*customer_names(found), *(each.name for each in wished.told if each.name))
        return page(
            "conversations/page.html",
            visitor=visitor,
            story=story(found),
            record=found.record,
            guide=found.guide,
            guide_userid=found.guide_userid,
            customer=found.customer,
            outcome=found,
            judgement=judgement(found.record, given, visitor.person.userid),
            rating_steps=STEP_WORDS,
            rating_note_characters=NOTE_CHARACTERS,
            kept=kept,
            signing=signing,
            wishes=wished,
            wish_reason_characters=WISH_REASON_CHARACTERS,
            wish_words_characters=WORDS_CHARACTERS,
            stores=stores,
            saved=saved,
            hidden_names=visitor.hidden(names),
        )


def _hidden_fields(asked: TurnFilter) -> dict[str, str]:
    """Conditions that the form has no field for and must not lose."""
    shown = {"q", "store", "guide", "intent", "verdict", "action", "score", "since", "until", "unsent"}
    return {name: value for name, value in fields_of(asked).items() if name not in shown}
