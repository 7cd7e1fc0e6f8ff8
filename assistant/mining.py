"""Suggestions from edits: when several guides change the same thing for the same reason, a manager sees a new script.

An edit is looked through once: its cause is named and its words become a template again. From ``FEWEST_EDITS`` edits by
``FEWEST_GUIDES`` guides on a suggestion is made, once; later edits of the same kind count for it. Runs in the service's
sweep; nothing of it is served before a manager publishes it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz

from assistant.clock import Clock
from assistant.errors import NotFound
from assistant.flow.desk import Shop
from assistant.flow.words.wording import conditions, listed, money, sentences
from assistant.material.scripts import blanks_of
from assistant.scoring.blanking import Known, Template, template
from assistant.scoring.edits import Edit, judge
from assistant.shop import BLANK, VARIABLE_OF, Citation, Product, Script, ScriptVariable
from assistant.store import audit, mined, revisions, scripts
from assistant.store.audit import AuditAction
from assistant.store.database import Database, Transaction
from assistant.store.mined import Cluster, FreshEdit, MinedEdit
from assistant.store.revisions import Revision, RevisionNoun, RevisionOrigin, RevisionStatus
from assistant.turn import Draft, Offer
from knowledge.people import people

FEWEST_EDITS = 3
FEWEST_GUIDES = 2
AFTER_REFUSAL = 2
"""A change that was refused once needs so many times as many edits to be suggested again."""
AT_ONCE = 100
"""Edits looked through in one go: 0.2 s of reading, and a moment of writing."""

_NOBODY = ("您", "你")
_MONEY = (ScriptVariable.PRICE, ScriptVariable.FINAL_PRICE, ScriptVariable.SAVING)
SERVICE = audit.SERVICE


@dataclass(frozen=True)
class Mining:
    """One corp's edits. ``shop`` gives its material as published at a moment; raises NotFound where there is none."""

    database: Database
    corp_id: str
    clock: Clock
    shop: Callable[[datetime], Shop]

    def run(self) -> int:
        """Look through every edit that waits and return how many suggestions were made of them."""
        made = 0
        while True:
            looked, new = self._part()
            made += new
            if looked < AT_ONCE:
                return made

    def remind(self) -> int:
        """Tell owners whose scripts end soon; returns how many were told now."""
        with self.database.begin() as tx:
            return scripts.remind_owners(tx, self.corp_id, self.clock())

    def _part(self) -> tuple[int, int]:
        moment = self.clock()
        with self.database.read() as tx:
            waiting = mined.fresh(tx, self.corp_id, AT_ONCE)
        if not waiting:
            return 0, 0
        try:
            shop = self.shop(moment)
        except NotFound:
            return 0, 0
        scripts = {one.script_id: one for one in shop.scripts}
        edits = tuple(look_through(one, scripts.get(one.script_id), shop) for one in waiting)
        with self.database.begin() as tx:
            mined.only_one_at_a_time(tx, self.corp_id)
            kept = mined.keep(tx, self.corp_id, edits)
            new = self._suggest(tx, {one.cluster for one in kept}, scripts, moment)
        return len(waiting), new

    def _suggest(self, tx: Transaction, clusters: set[str], scripts: Mapping[str, Script], moment: datetime) -> int:
        earlier = mined.suggestions_of(tx, self.corp_id, clusters)
        made = 0
        for cluster in mined.observed(tx, self.corp_id, clusters=clusters):
            known = self._suggestion(tx, earlier.get(cluster.cluster, ""))
            if known is not None and known.status is RevisionStatus.PROPOSED:
                mined.attach(tx, self.corp_id, cluster.cluster, known.revision_id)
                mined.count_again(tx, self.corp_id, known)
                continue
            refused = known is not None and known.status is RevisionStatus.REFUSED
            enough = FEWEST_EDITS * (AFTER_REFUSAL if refused else 1)
            if cluster.edits >= enough and cluster.guides >= FEWEST_GUIDES:
                made += self._propose(tx, cluster, scripts.get(cluster.script_id), moment)
        return made

    def _suggestion(self, tx: Transaction, revision_id: str) -> Revision | None:
        return revisions.one(tx, self.corp_id, RevisionNoun.SCRIPT, revision_id) if revision_id else None

    def _propose(self, tx: Transaction, cluster: Cluster, served: Script | None, moment: datetime) -> bool:
        """Suggest the text that is most like all the others; False where somebody has to write it."""
        texts = mined.templates_of(tx, self.corp_id, cluster.cluster)
        if not texts or (cluster.script_id and served is None):
            return False
        script = _suggested(cluster, served, _middle(texts))
        made = revisions.propose(
            tx,
            self.corp_id,
            RevisionNoun.SCRIPT,
            script.script_id,
            script.model_dump(mode="json"),
            origin=RevisionOrigin.EDITS,
            by=SERVICE,
            moment=moment,
            about={"cause": cluster.cause.value, "changed": cluster.changed},
        )
        mined.attach(tx, self.corp_id, cluster.cluster, made.revision_id)
        mined.count_again(tx, self.corp_id, made)
        audit.append(
            tx,
            self.corp_id,
            moment,
            SERVICE,
            AuditAction.PROPOSE,
            f"script:{script.script_id}",
            version=str(made.version),
            origin=RevisionOrigin.EDITS.label,
        )
        return True


def _suggested(cluster: Cluster, served: Script | None, text: str) -> Script:
    variables = blanks_of(text).variables
    if served is not None:
        return served.model_copy(update={"text": text, "variables": variables})
    script_id = scripts.new_script_id()
    return Script(
        script_id=script_id,
        title=f"{cluster.stage.label}·{cluster.cause.label}",
        stage=cluster.stage,
        scene=cluster.scene,
        manner=cluster.manner,
        text=text,
        variables=variables,
        version=0,
        cited=Citation(document_id="", title="", version=0, place=""),
    )


def _middle(texts: tuple[str, ...]) -> str:
    """The text that is most like all of them; the first of those that are equally so."""
    return max(texts, key=lambda one: (sum(fuzz.ratio(one, other) for other in texts), -texts.index(one)))


# ---- one edit ------------------------------------------------------------------------------------


def look_through(edit: FreshEdit, script: Script | None, shop: Shop) -> MinedEdit:
    """Name the cause of an edit and turn its words into a template. ``script`` is what carried the draft, as served now."""
    draft = _draft_of(edit)
    carried = _carried(script, draft)
    names = tuple(one.name for one in shop.coupons)
    judged = judge(
        Edit(
            draft=edit.draft_text,
            sent=edit.proposed_text,
            coupons=tuple(name for name in names if name in edit.draft_text or name in edit.proposed_text),
            goods=_goods_named(edit, shop),
            own=script.text if script is not None else "",
            carried=tuple(carried),
        )
    )
    made = _template(edit, draft, script, carried, shop)
    need = edit.record.need
    return MinedEdit(
        turn_id=edit.turn_id,
        script_id=edit.script_id,
        stage=script.stage if script is not None else need.stage,
        scene=script.scene if script is not None else need.scene,
        manner=draft.manner,
        judged=judged,
        guide_folded=edit.guide_folded,
        store_id=edit.record.store_id,
        template="" if made.left else made.text,
        obstacle=made.left,
        edited_at=edit.record.action.at if edit.record.action is not None else edit.record.finished_at,
    )


def _draft_of(edit: FreshEdit) -> Draft:
    """The draft whose words were changed: the guide's choice among those she was shown."""
    drafts = [one.draft for one in edit.record.verdicts]
    return next((one for one in drafts if one.text == edit.draft_text), drafts[0])


def _goods_named(edit: FreshEdit, shop: Shop) -> tuple[str, ...]:
    return tuple(
        one.name for one in shop.products.values() if one.name in edit.draft_text or one.name in edit.proposed_text
    )


def _template(
    edit: FreshEdit,
    draft: Draft,
    script: Script | None,
    carried: Mapping[str, Mapping[ScriptVariable, str]],
    shop: Shop,
) -> Template:
    if edit.script_id and script is None:
        return Template("", "这条话术已经不用了")
    known = [*_known_by_records(edit, draft, shop), *_known_by_place(carried)]
    named = people(tuple(("", name) for name in (*edit.customer_names, edit.guide_name)))
    own = script.text if script is not None else ""
    made = template(_without_facts(edit, draft, carried), known, own=own, people=named)
    if script is not None and not made.left and _addressed_nobody(carried):
        made = made._replace(text=_with_its_address(made.text, script))
    if not made.left and script is not None and made.text == script.text.strip():
        return Template("", "改的不是话术里的话")
    return made


def _addressed_nobody(carried: Mapping[str, Mapping[ScriptVariable, str]]) -> bool:
    """Where no customer was known the script lost its address before the guide touched it."""
    held = [values[ScriptVariable.CUSTOMER] for values in carried.values() if ScriptVariable.CUSTOMER in values]
    return bool(held) and not any(held)


_AFTER_ADDRESS = "，,、～~：:！! "
_ADDRESS = re.compile(rf"^【{ScriptVariable.CUSTOMER.label}】[{re.escape(_AFTER_ADDRESS)}]*")


def _with_its_address(text: str, script: Script) -> str:
    address = _ADDRESS.match(script.text)
    return text if address is None or _ADDRESS.search(text) else f"{address.group()}{text}"


def _without_facts(edit: FreshEdit, draft: Draft, carried: Mapping[str, object]) -> str:
    """What was sent without the facts that stood beside the script and stayed as they were: they come by themselves."""
    text = edit.proposed_text
    for sentence in draft.sentences if carried else ():
        if sentence.text not in carried and sentence.text.strip() in text:
            text = text.replace(sentence.text.strip(), "", 1)
    return text


# ---- what stood in the blanks ------------------------------------------------------------------


def _carried(script: Script | None, draft: Draft) -> dict[str, dict[ScriptVariable, str]]:
    """The sentences of a draft that the script carried, as they stood, each with what its blanks held."""
    if script is None:
        return {}
    shapes = [_shape(piece) for piece in sentences(script.text)]
    found: dict[str, dict[ScriptVariable, str]] = {}
    for sentence in draft.sentences:
        for shape, variables in shapes:
            match = shape.fullmatch(sentence.plain.strip())
            if match is not None:
                held = zip(variables, match.groups(default=""), strict=True)
                found[sentence.text] = {variable: words for variable, words in held if variable is not None}
                break
    return found


def _shape(piece: str) -> tuple[re.Pattern[str], tuple[ScriptVariable | None, ...]]:
    """A sentence of a script as a pattern, and which blank each of its groups is.

    Where nobody was addressed, the address and its comma are missing. Of two blanks side by side nobody can say where
    one ends: None stands for both, and only the records tell what was in them.
    """
    words = BLANK.split(piece)
    texts, labels = words[::2], words[1::2]
    pattern = _literal(texts[0])
    groups: list[ScriptVariable | None] = []
    for place, label in enumerate(labels):
        variable, behind = VARIABLE_OF.get(label), texts[place + 1]
        if variable is ScriptVariable.CUSTOMER and behind.startswith(tuple(_AFTER_ADDRESS)):
            rest = behind.lstrip(_AFTER_ADDRESS)
            pattern += f"(?:(.+?)[{re.escape(_AFTER_ADDRESS)}]+)?{_literal(rest)}"
            groups.append(variable)
            continue
        beside = not behind and place + 1 < len(labels)
        follows = place > 0 and not texts[place]
        pattern += f"(.+?){_literal(behind)}"
        groups.append(None if beside or follows else variable)
    return re.compile(f"{pattern}[。！？～]*", re.DOTALL), tuple(groups)


def _literal(words: str) -> str:
    return re.escape(words.rstrip("。！？～") or words)


def _known_by_place(carried: Mapping[str, Mapping[ScriptVariable, str]]) -> Iterator[Known]:
    for values in carried.values():
        for variable, words in values.items():
            plain = words.strip("「」")
            if len(plain) > 1 and plain not in _NOBODY:
                yield from (Known(variable, one) for one in _ways(variable, plain))


def _known_by_records(edit: FreshEdit, draft: Draft, shop: Shop) -> Iterator[Known]:
    """What the records of this turn could have filled in, also where no script carried the draft."""
    record = edit.record
    named = [(ScriptVariable.CUSTOMER, name) for name in edit.customer_names]
    named += [(ScriptVariable.GUIDE, edit.guide_name), (ScriptVariable.TIER, record.profile.get("tier", ""))]
    store = shop.stores.get(record.store_id)
    named += [(ScriptVariable.STORE, store.name if store is not None else "")]
    skus = dict.fromkeys((*draft.skus, *record.need.skus))
    products = [shop.products[sku] for sku in skus if sku in shop.products][:1]
    for product in products:
        named += _of_product(product)
    if record.offer is not None and record.offer.applied:
        named += _of_offer(record.offer)
    for variable, words in named:
        if len(words) > 1:
            yield from (Known(variable, one) for one in _ways(variable, words))


def _of_product(product: Product) -> list[tuple[ScriptVariable, str]]:
    return [
        (ScriptVariable.PRODUCT, product.name),
        (ScriptVariable.PRICE, money(product.price_fen)),
        (ScriptVariable.SPEC, product.spec),
        (ScriptVariable.POINT, listed(product.selling_points, 1)),
        (ScriptVariable.SUITABLE, listed(product.suitable_for, 3)),
        (ScriptVariable.USAGE, product.usage.rstrip("。")),
        (ScriptVariable.CAUTION, listed(product.cautions, 2)),
    ]


def _of_offer(offer: Offer) -> list[tuple[ScriptVariable, str]]:
    saved = bool(offer.saving_fen)
    return [
        *((ScriptVariable.COUPON, one.name) for one in offer.applied[:1]),
        (ScriptVariable.COUPON_TERMS, conditions(offer)),
        (ScriptVariable.FINAL_PRICE, money(offer.pay_fen) if saved else ""),
        (ScriptVariable.SAVING, money(offer.saving_fen) if saved else ""),
    ]


def _ways(variable: ScriptVariable, words: str) -> tuple[str, ...]:
    """How people write what stood there: ¥298 is 298元 to a guide."""
    if variable not in _MONEY:
        return (words,)
    bare = words.strip("¥￥元块 ")
    return tuple(f"{before}{bare}{behind}" for before, behind in (("¥", ""), ("￥", ""), ("", "元"), ("", "块")))
