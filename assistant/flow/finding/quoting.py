"""Which sentences of the retrieved passages answer the question, word for word."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from assistant.flow.finding.sureness import TOLD_FROM, WEIGHTS, Signs
from assistant.flow.words.places import regions_named
from assistant.turn import Hit
from knowledge.answering import answering, holds_what_is_asked
from knowledge.passage import DocumentKind, Passage, ScopeLevel
from knowledge.reconciling import matters, same_matter
from knowledge.words.wording import Question, general_wording

LONGEST_QUOTE = 120
HEADING_WEIGHT = 0.4
TOPIC_WEIGHT = 2.0
REGION_WEIGHT = 6.0
UNSAID_TOPIC_WEIGHT = 0.5
BESIDES_WEIGHT = 0.3
ASKED_WEIGHT = 8.0
ANOTHER_QUESTION = 0.5
"""How much of the weight of a question asked before is lost where the paper answers another question."""
SUBJECT_WEIGHT = 3.0
"""A paper that is about the very thing named (刻字, 以旧换新) answers before one that only shares words with the question."""
GOES_ON_WEIGHT = 5.0
"""A question that goes on with the one before is put to the paper that answered that one."""
RETRIEVED_WEIGHT = 6.0
"""Where search found a passage, against how its own words fit."""
OWN_SHARE = 0.4
"""What a statement shares with the words of our topics, against how well the words asked are answered by it."""
WANTED_WEIGHT = 0.8
"""How much it counts that a statement holds the kind of thing that was asked for."""
ANSWERS_TOO = 0.5
"""A narrower rule counts where it answers at least so well as the wider one on the same matter."""

_FOR_OURSELVES = re.compile(
    r"话术|员工|考核|话务|客诉单|提成|业绩|内部(?:资料|文件|规定|流程|价|使用|参考|培训)|"
    r"(?:导购|店长|店员)[^，。；：]{0,6}(?:应当?|须|必须|不得|不准|严禁|每[天周月班])"
)
"""A statement with one of these is for the shop's own people and is not read out to a customer; 拍照发给导购 is for her."""

_FOR_STAFF = re.compile("不能说|禁用|服务规范|员工|导购|话术|内部|考核|培训")
"""A title or heading with one of these stands over rules for the shop's own people."""

_FILLER = re.compile(
    r"客户|顾客|请问|想问|问一下|问问|问|一下|这款|那款|这个|那个|这支|这瓶|能不能|可不可以|可以|有没有|是不是|怎么|什么|"
    r"多久|多少|几天|如果|的话|还能|能|吗|呢|嘛|吧|啊|呀|哦|了|的|我们|咱们|我|您|你|她|他|说|想|要|会|在|是|就|都|也|还"
)
_MARKER = re.compile(
    r"^\s*(?:[-*•·●>]+|#+|第[一二三四五六七八九十百\d]+条|[（(]?[一二三四五六七八九十\d]{1,3}[)）.、．]|[①-⑳])\s*"
)
_STATEMENT = re.compile(r"[^。！？\n]+[。！？]?")
_CONDITION = re.compile(r"^(?:但|不过|除|其中|以上|若|如有|如果|此时|同时|需|须|请|超过|不含|例外)")
_REFERENCE = re.compile(r"《[^》]*》")
_POINTER = re.compile(r"以本?(?:说明|规定|办法|政策|补充说明)为准|另有说明|请看《")
_HAN = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+|\d+")

TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"退", ("退货", "退换", "退款", "无理由")),
    (r"退钱|退款|到账", ("退款", "全额退款")),
    (
        r"前天|昨天|大前天|上周|上个月|刚买|\d+\s*天|[一二三四五六七八九十]天|(?:几|多少)天|(?:退|换).*多久|多久.*(?:退|换)",
        ("天内", "次日起"),
    ),
    (r"换", ("换货", "退换", "更换")),
    (r"拆|开封|打开过|用过|试过|启封", ("拆封", "开封", "封口", "封膜", "使用过", "已使用", "完好")),
    (r"运费|邮费|快递|包邮|邮寄|寄", ("运费", "包邮", "配送", "快递", "发货")),
    (r"(?:几天|多久|什么时候|啥时候)(?:能|可以|就|才)?到|发货", ("发货", "送达", "送到", "到货", "工作日", "配送")),
    (r"备货|备好|取货|自提.*多久", ("备好", "取货")),
    (r"积分", ("积分",)),
    (r"发票", ("发票",)),
    (r"会员|升级|等级|金卡|银卡", ("会员", "等级", "升级")),
    (r"生日", ("生日",)),
    (r"过敏|不适|不舒服|泛?红|痒|刺痛|爆痘|肿", ("不良反应", "过敏", "不适", "停用", "停止使用")),
    (r"正品|假货|真假", ("正品", "验真", "防伪", "溯源")),
    (r"赠品|小样", ("赠品", "小样")),
    (r"券|优惠|满减", ("优惠券", "用券", "优惠", "叠加")),
    (r"保价|降价|买贵|差价", ("保价", "差价", "降价")),
    (r"破|漏|碎|坏|少发|漏发|发错|质量", ("破损", "质量", "漏液", "少发", "错发")),
    (r"保质期|过期|放多久|能用多久", ("保质期", "有效期", "开封后")),
)


_ARTICLE = re.compile(r"第[一二三四五六七八九十百零\d]+条$")
# rules say 七日 where people say 七天
_DAYS = re.compile(r"(?<=[一二两三四五六七八九十\d])天")


@dataclass(frozen=True)
class Quote:
    """Statements of one passage, in the order in which they stand there."""

    statements: tuple[str, ...]
    lead: str
    """The one of them that answers best."""
    hit: Hit
    score: float
    best: float = 0.0
    """How much of the question its best statement itself answers."""
    named: bool = False
    """Whether the question names what the paper is about."""
    goes_on: bool = False
    """Whether the question goes on with what the paper answered before."""
    shares: bool = True
    """Whether it shares a word with the question at all, in its statements or in what stands above them."""
    signs: Signs | None = None
    """What tells how likely it answers; of the quote that leads."""

    @property
    def odds(self) -> float:
        """How likely it answers, 0 to 1."""
        return WEIGHTS.of(self.signs) if self.signs is not None else 0.0

    @property
    def is_sure(self) -> bool:
        """Whether it may be told as the answer; else the guide alone is shown what came nearest."""
        return self.goes_on or self.odds >= TOLD_FROM

    @property
    def briefly(self) -> tuple[str, ...]:
        """The statement that answers, with the exception that belongs to it, for who wants few words."""
        at = self.statements.index(self.lead)
        return (
            self.statements[at : at + 2]
            if _CONDITION.match("".join(self.statements[at + 1 : at + 2]))
            else (self.lead,)
        )

    @property
    def source(self) -> str:
        """The document by name and version, for who wants it exact (safety K7)."""
        return f"{self.name}（第{self.hit.passage.version}版）"

    @property
    def name(self) -> str:
        """The document by name, as it is told in a chat; the version stands in the evidence below the draft."""
        passage = self.hit.passage
        return f"《{passage.title}》{passage.place if _ARTICLE.match(passage.place) else ''}"


def quotable(passage: Passage) -> bool:
    """Say whether a passage can be quoted; scripts reach a draft through their blanks, product rows as records."""
    is_row = passage.kind is DocumentKind.PRODUCT and bool(passage.skus)
    if passage.kind is not DocumentKind.TRAINING and any(_FOR_STAFF.search(one) for one in passage.heading):
        return False
    return passage.kind is not DocumentKind.SCRIPT and not is_row and bool(passage.text.strip())


def best_quote(
    question: str,
    hits: tuple[Hit, ...],
    kinds: Collection[DocumentKind],
    topics: tuple[str, ...] = (),
    *,
    at_most: int = 2,
    overlap_needed: bool = False,
    going_on: Collection[str] = (),
    topics_lead: bool = False,
) -> Quote | None:
    """Return the statements of one passage that share most with the question, or None where nothing fits.

    With ``overlap_needed`` a passage that shares no word with the question is not used, however near its meaning.
    With ``topics_lead`` the topics are what is looked for, and the question only says about what.
    ``going_on`` are the documents that answered the question before, where this one goes on with it. On one matter the
    rule of this store or region is quoted, not the brand's, where it answers at all.
    """
    # a topic's name that nobody said (门店 for 停车收费吗) is a weak sign
    named = {topic: TOPIC_WEIGHT if topic in question else UNSAID_TOPIC_WEIGHT for topic in topics}
    terms = {**named, **_terms(question), **_terms(_DAYS.sub("日", question))}
    of_kind = [hit for hit in hits if hit.passage.kind in kinds and quotable(hit.passage)]
    leading = max((hit.score for hit in of_kind), default=0.0) or 1.0
    asked = _Asked(
        question, terms, at_most, general_wording().question(question), leading, 1.0 if topics_lead else OWN_SHARE
    )
    quotes = [
        quote
        for hit in of_kind
        for quote in [_quote(asked, hit, hit.passage.document_id in going_on)]
        if quote is not None and (quote.shares or not overlap_needed)
    ]
    ranked = sorted(quotes, key=lambda quote: -quote.score)
    if not ranked:
        return None
    best = ranked[0]
    signs = Signs(
        fits=best.best,
        leads=best.score - (ranked[1].score if ranked[1:] else 0.0),
        place=1 / (1 + sum(hit.score > best.hit.score for hit in of_kind)),
        wanted=holds_what_is_asked(question, " ".join(best.statements)),
        covered=_covered(question, best, topics if topics_lead else ()),
        named=best.named,
    )
    return replace(_narrowest(best, quotes), signs=signs)


# 服务群发个通知 说下: what is to be written, not what it is about
_TASK = re.compile(
    r"(?:福利|种草|服务|内部|会员)?群里?|[发写出拟][个条份]?一?[个条份下]?群?(?:通知|公告|说明|须知)|说[一]?下"
)


def _covered(question: str, quote: Quote, leading: tuple[str, ...]) -> float:
    """The share of what is asked that stands in the statements or in what stands above them, 0 to 1.

    Where topics lead, they are what is asked: 几天能到 after 满多少包邮 is about 配送, which it does not say.
    """
    passage, wording = quote.hit.passage, general_wording()
    told = wording.fold(" ".join((passage.title, *passage.heading, *quote.statements)))
    if any(topic in told for topic in leading):
        return 1.0
    asked = wording.question(_TASK.sub(" ", question))
    whole = sum(unit.weight for unit in asked.units)
    held = sum(unit.weight for unit in asked.units if any(word in told for word in (unit.word, *unit.kindred)))
    return held / whole if whole else 0.0


_NARROWNESS = {ScopeLevel.STORE: 0, ScopeLevel.REGION: 1, ScopeLevel.BRAND: 2}


def _narrowest(best: Quote, quotes: list[Quote]) -> Quote:
    """Return the narrowest rule that answers the same matter: a store's own is not worded as headquarters' is."""
    reach = _NARROWNESS[best.hit.passage.scope.level]
    own = [
        one
        for one in quotes
        if _NARROWNESS[one.hit.passage.scope.level] < reach
        and one.best > 0
        and _answers_too(one, best)
        and same_matter(one.hit.passage, best.hit.passage)
    ]
    return min(own, key=lambda one: (_NARROWNESS[one.hit.passage.scope.level], -one.score), default=best)


def _answers_too(one: Quote, best: Quote) -> bool:
    """Say whether a narrower rule answers about as well, or less so in words but with figures of the same unit."""
    share = ANSWERS_TOO / 2 if _units(one.statements) & _units(best.statements) else ANSWERS_TOO
    return one.best >= best.best * share


_UNIT = re.compile(r"\d\s*(元|天|小时|分钟|个?工作日|个?月|年|%|折|倍|次|件|公里)")


def _units(statements: tuple[str, ...]) -> frozenset[str]:
    return frozenset(unit for statement in statements for unit in _UNIT.findall(statement))


def _names_its_matter(question: str, hit: Hit) -> bool:
    """Say whether a question names what a paper, or the passage's heading, is about: 对戒刻字几天能拿 names 刻字."""
    passage = hit.passage
    named = (*matters(passage), *passage.heading[-1:])
    return any(2 <= len(word) <= _LONGEST_MATTER and _is_named(word, question) for word in named)


_LONGEST_MATTER = 6
_SPOKEN_LOOSELY = 4
_APART = 6


def _is_named(word: str, question: str) -> bool:
    """Say whether a word stands in a question, or, of a longer one, all characters but one in their order (旧镯子换新)."""
    if word in question:
        return True
    if len(word) < _SPOKEN_LOOSELY:
        return False
    return any(
        re.search(f".{{0,{_APART}}}?".join(map(re.escape, word[:skip] + word[skip + 1 :])), question)
        for skip in range(len(word))
    )


def statements(text: str) -> tuple[str, ...]:
    """Cut a passage into statements without list marks and table bars; what is meant for staff is left out."""
    found = []
    for line in _rows_with_head(text.splitlines()):
        if set(line.strip()) <= set("|-: "):
            continue
        clean = _MARKER.sub("", line.strip().strip("|")).replace(" | ", "，").replace("**", "")
        found += [_MARKER.sub("", piece.strip()) for piece in _STATEMENT.findall(clean)]
    return tuple(piece for piece in found if len(piece) > 3 and not _FOR_OURSELVES.search(piece))


_ENDED = ("。", "；", "！", "？", "：", ";", ".", ":", "|")


def _rows_with_head(lines: list[str]) -> list[str]:
    """Give every row of a table that lost its lines in a PDF the name of its last column: 使用期：面霜 12 个月.

    Such a table is plain words above rows that all hold a figure and end like no sentence.
    """
    rows = [line for line in lines[1:] if line.strip()]
    is_table = len(rows) >= 2 and all(re.search(r"\d", row) and not row.strip().endswith(_ENDED) for row in rows)
    head_says_nothing = bool(lines) and not re.search(r"\d", lines[0]) and not lines[0].strip().endswith(_ENDED)
    if not (is_table and head_says_nothing):
        return lines
    column = lines[0].split()[-1]
    return [f"{column}：{row.strip()}" for row in rows]


@dataclass(frozen=True)
class _Asked:
    """A question, what to look for, and how many statements answer it at most."""

    question: str
    terms: dict[str, float]
    at_most: int
    words: Question
    leading: float
    """The score of the passage that search found best."""
    own_share: float


def _quote(question: _Asked, hit: Hit, goes_on: bool) -> Quote | None:
    terms, named = question.terms, _names_its_matter(question.question, hit)
    every = statements(hit.passage.text)
    said = _answers(every)
    if not said:
        return None
    asked = _same_question(terms, " ".join(piece for piece in every if piece.startswith(_ASKED)))
    if any(piece.startswith(_ASKED) for piece in every) and not asked:
        # the answer to 用了发红怎么办 shares 小票 with 小票丢了还能退吗, and answers something else
        asked = -ANOTHER_QUESTION
    heading = _score(terms, " ".join((hit.passage.title, *hit.passage.heading))) * HEADING_WEIGHT
    scores = [_statement_score(terms, statement) for statement in said]
    # a statement that shares words and gives the figure asked for answers before one that only shares words
    scores = [
        score + WANTED_WEIGHT * holds_what_is_asked(question.question, statement) if score > 0 or named else score
        for score, statement in zip(scores, said, strict=True)
    ]
    context = " ".join((hit.passage.title, *hit.passage.heading))
    answers = answering(question.words, [_REFERENCE.sub("", one) for one in said], general_wording(), context)
    scores = [
        (score if score < 0 else score * question.own_share) + told / (2 if _POINTER.search(statement) else 1)
        for score, told, statement in zip(scores, answers, said, strict=True)
    ]
    best = max(range(len(said)), key=lambda index: (scores[index], -index))
    chosen = {best}
    follows = best + 1
    if follows < len(said) and _CONDITION.match(said[follows]):
        # an exception belongs to its rule: leaving it out would hide a condition (禁止价格欺诈规定 Art. 19)
        chosen.add(follows)
    others = sorted((index for index in range(len(said)) if scores[index] > 0), key=lambda index: -scores[index])
    for index in others:
        if len(chosen) >= question.at_most:
            break
        if scores[index] * 2 >= scores[best]:
            chosen.add(index)
    kept = [said[index] for index in sorted(chosen)]
    besides = sum(scores[index] for index in chosen if index != best)
    # two half-fitting statements must not outweigh the one that answers
    fits = scores[best] + besides * BESIDES_WEIGHT + heading + asked * ASKED_WEIGHT
    meant = (SUBJECT_WEIGHT if named else 0.0) + (GOES_ON_WEIGHT if goes_on else 0.0)
    told = " ".join((hit.passage.title, *hit.passage.heading, *said))
    shares = named or asked > 0 or any(weight > 0 and term in told for term, weight in terms.items())
    found = RETRIEVED_WEIGHT * hit.score / question.leading
    words = tuple(_shortened(kept, said[best]))
    return Quote(words, said[best], hit, fits + meant + found, scores[best], named, goes_on, shares)


_ASKED = ("问：", "问:")
_ANSWERED = ("答：", "答:")


def _answers(said: tuple[str, ...]) -> tuple[str, ...]:
    """Leave the questions of a list of questions and answers out; 能。 goes on with the sentence behind it."""
    kept: list[str] = []
    for piece in said:
        if piece.startswith(_ASKED):
            continue
        clean = piece[2:].strip() if piece.startswith(_ANSWERED) else piece
        if kept and len(kept[-1]) <= 4:
            kept[-1] += clean
        elif clean:
            kept.append(clean)
    return tuple(kept)


def _statement_score(terms: dict[str, float], statement: str) -> float:
    """Score a statement; 按《…办法》办理 and 以本说明为准 only say where to read on."""
    score = _score(terms, _REFERENCE.sub("", statement))
    return score / 2 if _POINTER.search(statement) else score


def _same_question(terms: dict[str, float], asked: str) -> float:
    """Return how much of the question's own words, 0..1, an answered question in the material repeats."""
    own = [term for term, weight in terms.items() if weight == 1.0]
    return sum(term in asked for term in own) / len(own) if asked and own else 0.0


def _shortened(kept: list[str], best: str) -> list[str]:
    if sum(len(statement) for statement in kept) <= LONGEST_QUOTE:
        return kept
    at = kept.index(best)
    with_condition = kept[at : at + 2] if at + 1 < len(kept) and _CONDITION.match(kept[at + 1]) else [best]
    return with_condition


UNTOUCHED = ("未拆封", "未开封", "未使用")
TOUCHED = ("已拆封", "已开封", "已使用", "使用过", "拆封后", "开封后")
OF_HARM = ("医院", "就诊")
_HARM = re.compile(r"过敏|不适|不舒服|难受|红|痒|痛|疼|肿|疹|痘|烂|伤|医|诊|反应|孕|病")
_NOT_OPENED = re.compile(r"[没未](?:有)?(?:拆|开封|打开|用过|启封|动过)")
_OPENED = re.compile(r"拆|开封|打开过|用过|试过|启封")


def _terms(question: str) -> dict[str, float]:
    """Return what to look for: two-character pieces of the question, and the words its topic goes by in policies."""
    terms: dict[str, float] = {}
    if _NOT_OPENED.search(question):
        # 未拆封 holds 拆封, so the wrong side has to count against a statement
        terms.update({**dict.fromkeys(UNTOUCHED, 3.0), **dict.fromkeys(TOUCHED, -4.0)})
    elif _OPENED.search(question):
        terms.update({**dict.fromkeys(UNTOUCHED, -4.0), **dict.fromkeys(TOUCHED, 1.0)})
    if not _HARM.search(question):
        # who says nothing of harm is not told what holds for the harmed
        terms.update(dict.fromkeys(OF_HARM, -3.0))
    # 寄到成都: the row for 西南 is the answer
    terms.update(dict.fromkeys(regions_named(question), REGION_WEIGHT))
    for run in _HAN.findall(_FILLER.sub(" ", question)):
        if run.isascii():
            terms[run] = 1.0
        for start in range(len(run) - 1):
            terms[run[start : start + 2]] = 1.0
    for asked, words in TOPICS:
        if re.search(asked, question):
            terms.update(dict.fromkeys(words, TOPIC_WEIGHT))
    return terms


def _score(terms: dict[str, float], text: str) -> float:
    return sum(weight for term, weight in terms.items() if term in text)
