"""A script as a form sends it and as a form shows it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fastapi import Form

from assistant.console.knowledge.places import Places, check_order, first_moment, form_day, last_moment
from assistant.console.refusals import BadChoice, NotHerScope, NotHerScript
from assistant.material.scripts import blanks_of
from assistant.material.values import several
from assistant.shop import Citation, Manner, Role, Scene, Script, ScriptVariable, Stage
from assistant.store import access, material, scripts
from assistant.store.database import Transaction
from knowledge.passage import Scope, ScopeLevel

LONGEST_TITLE = 60
LONGEST_TEXT = 600
LONGEST_LIST = 300
LONGEST_NOTE = 500
NEW = Citation(document_id="", title="", version=0, place="")


class ScriptForm(NamedTuple):
    """What was typed; dates are Shanghai days, lists are separated by 、."""

    title: str
    stage: str
    scene: str
    manner: str
    text: str
    keywords: str
    categories: str
    scope: str
    dealers: str
    tiers: str
    first: str
    last: str
    owner: str

    def script(self, tx: Transaction, corp_id: str, places: Places, script_id: str, version: int) -> Script:
        """Make a script of it; raises BadChoice, DatesOdd, and NotHerScript for a scope that is not hers."""
        text, title = self.text.strip().replace("\r\n", "\n"), self.title.strip()
        if not title or not text:
            raise BadChoice("标题和内容都要写。")
        valid_from, valid_to = first_moment(self.first), last_moment(self.last)
        check_order(valid_from, valid_to)
        choices = Choices.of(tx, corp_id)
        if self.owner and self.owner not in choices.owners:
            raise BadChoice("负责人要是在职的店长或区域经理，请重新选一位。")
        return Script(
            script_id=script_id,
            title=title,
            stage=Stage(self.stage),
            scene=Scene(self.scene),
            manner=Manner(self.manner),
            text=text,
            variables=blanks_of(text).variables,
            keywords=several(self.keywords),
            categories=_known(self.categories, choices.categories, "品类"),
            scope=_scope(places, self.scope),
            dealers=_known(self.dealers, choices.dealers, "经销商"),
            tiers=_known(self.tiers, choices.tiers, "会员等级"),
            version=version,
            valid_from=valid_from,
            valid_to=valid_to,
            cited=NEW,
        )


def script_form(
    title: str = Form(max_length=LONGEST_TITLE),
    stage: Stage = Form(),
    scene: Scene = Form(),
    manner: Manner = Form(),
    text: str = Form(max_length=LONGEST_TEXT),
    keywords: str = Form("", max_length=LONGEST_LIST),
    categories: str = Form("", max_length=LONGEST_LIST),
    scope: str = Form(max_length=100),
    dealers: str = Form("", max_length=LONGEST_LIST),
    tiers: str = Form("", max_length=LONGEST_LIST),
    first: str = Form("", max_length=20),
    last: str = Form("", max_length=20),
    owner: str = Form("", max_length=64),
) -> ScriptForm:
    """Read the fields of a script's form."""
    return ScriptForm(
        title, stage, scene, manner, text, keywords, categories, scope, dealers, tiers, first, last, owner
    )


def shown(script: Script, owner: str = "") -> ScriptForm:
    """A script as its form begins."""
    level = script.scope.level
    return ScriptForm(
        title=script.title,
        stage=script.stage,
        scene=script.scene,
        manner=script.manner,
        text=script.text,
        keywords="、".join(script.keywords),
        categories="、".join(script.categories),
        scope="brand" if level is ScopeLevel.BRAND else f"{level.value}:{script.scope.id}",
        dealers="、".join(script.dealers),
        tiers="、".join(script.tiers),
        first=form_day(script.valid_from),
        last=form_day(script.valid_to, is_end=True),
        owner=owner,
    )


def empty(scope: str, **given: str) -> ScriptForm:
    """The form of a script nobody wrote yet, with some fields given."""
    begun: Mapping[str, Any] = {
        **dict.fromkeys(ScriptForm._fields, ""),
        "stage": Stage.RECOMMENDATION,
        "scene": Scene.PRIVATE,
        "manner": Manner.WARM,
        "scope": scope,
        **given,
    }
    return ScriptForm(**begun)


class Choices(NamedTuple):
    """The words a form may name."""

    categories: tuple[str, ...]
    dealers: tuple[str, ...]
    tiers: tuple[str, ...]
    owners: Mapping[str, str]
    """Managers who may look after a script, by userid in lower case."""

    @classmethod
    def of(cls, tx: Transaction, corp_id: str) -> "Choices":
        """Those of a corp."""
        facts = material.corp_facts(tx, corp_id)
        dealers = sorted({one.dealer for one in material.stores(tx, corp_id) if one.dealer})
        managers = [one for one in access.access_managers(tx, corp_id) if one.role is Role.MANAGER]
        return cls(
            scripts.categories(tx, corp_id),
            tuple(dealers),
            facts.tiers if facts is not None else (),
            {one.userid.lower(): one.name for one in managers},
        )


def lists(tx: Transaction, corp_id: str, places: Places) -> dict[str, Any]:
    """Everything a template needs to show the form."""
    return {
        "choices": Choices.of(tx, corp_id),
        "scopes": places.choices(),
        "stages": tuple(Stage),
        "scenes": tuple(Scene),
        "manners": tuple(Manner),
        "blanks": tuple(ScriptVariable),
        "longest_title": LONGEST_TITLE,
        "longest_text": LONGEST_TEXT,
        "longest_list": LONGEST_LIST,
        "longest_note": LONGEST_NOTE,
    }


def where_used(script: Script, named: Callable[[Scope], str]) -> tuple[tuple[str, str], ...]:
    """Where a script is used, as pairs of what and which; what does not restrict is left out."""
    told = (
        ("阶段", script.stage.label),
        ("场景", script.scene.label),
        ("风格", script.manner.label),
        ("范围", named(script.scope)),
        ("经销商", "、".join(script.dealers)),
        ("会员等级", "、".join(script.tiers)),
        ("品类", "、".join(script.categories)),
        ("关键词", "、".join(script.keywords)),
        ("生效", form_day(script.valid_from)),
        ("用到", form_day(script.valid_to, is_end=True)),
    )
    return tuple((what, which) for what, which in told if which)


def _scope(places: Places, value: str) -> Scope:
    try:
        return places.chosen(value)
    except NotHerScope as error:
        raise NotHerScript(value) from error


def _known(words: str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    found = several(words)
    odd = [one for one in found if one not in known]
    if odd:
        there = f"现在有：{'、'.join(known)}" if known else f"资料里还没有{what}"
        raise BadChoice(f"没有“{odd[0]}”这个{what}。{there}。")
    return found
