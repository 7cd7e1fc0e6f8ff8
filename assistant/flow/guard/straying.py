"""What no draft may turn into, whoever worded it: words to somebody else, another store's business, a way out of the
shop, the instructions a model was given, and a carelessness no record gives.

Code decides whom a draft is for, which store it speaks of and which coupon is right; a model that obeys an order hidden
in the data is noticed here. What stands in this turn's records may be said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.brief import Brief
from assistant.flow.finding.evidence import SENSITIVE_WORDS
from assistant.flow.finding.fitting import listed_fact
from assistant.flow.guard.records.quoting import reads_out
from assistant.flow.understanding.refining import meant_customer
from assistant.shop import Customer
from assistant.turn import EvidenceKind, Finding, Reason
from knowledge.folding import looks
from knowledge.people import people as people_of
from knowledge.people import strangers as names_by_shape
from knowledge.people import ways_to_write
from knowledge.personal import PersonalKind, find_in_folded
from knowledge.suspicion import quoted_outright
from prompts.load import packaged

WINDOW = 12
"""So many characters in a row of the instructions are no accident."""

_SHORTEST_TOLD = 6
# 内 部 五 折 券 is read as 内部五折券
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[\s·•/|*^_-]+(?=[\u4e00-\u9fff])")
_CUT = re.compile(r"[。.;!?:\n]+")

_EVERYBODY = re.compile(
    r"(?:转发?|发送?|群发|推送|抄送|寄)(?:给|到|至)?[^。，,]{0,6}(?:所有|全部|全体|每位|每个|各位)[^。，,]{0,4}(?:会员|客户|顾客|好友|人)|群发|全体会员"
    r"|(?:向|给|对|往)[^。，,]{0,3}(?:所有|全部|全体|每位|每个|各位)[^。，,]{0,4}(?:会员|客户|顾客|好友|人)[^。，,]{0,6}(?:发|送|推|投|派|寄|传)"
    r"|(?:所有|全部|全体)的?(?:客户|顾客|客人|好友)"
    r"|(?:客户|会员|顾客|客人|购买者|咨询者)的?(?:真?姓名|名单|名册|手机|电话|联系方式)(?!可以|会员|号?(?:或|即可|均可|都行|[，,]?任[意一]))(?<![凭报带或者票、]会员手机)(?![^。，,]{0,4}(?:也|都|我|这边)*(?:没法|不能|没办法|给不了|不方便|无法|不可以))"
)
_STORE = re.compile(r"[\u4e00-\u9fff]{2,8}店(?![员长庆铺里内外家主面])")
_ANY_STORE = re.compile(
    r"(?:本|原|我们|我们家|咱们|咱|你们|贵|到|进|来|去|回|在|的|有|限|边|等?[一二三四五六七八九十几多\d]+家?门?|"
    r"(?:限|[在的]|^)?(?:华东|华南|华北|华中|西南|西北|东北|江浙沪|岭南)(?:的|区域|地区)?|门|网|商|酒|书|药|饭|新|旧|老|小|总|分|线下|线上|实体|旗舰|专卖|直营|连锁|"
    r"附近的?|别的|其他|其它|各家?|哪家?|这家?|那家?|一家|两家|几家|每家|所有|全部|任何|任意|同城|周边|就近的?|离您近的|官方|会员|美妆|体验|便利|"
    # kinds of shop that are nobody's name: the shop's own paper sends a coat to 专业干洗店
    r"干洗|洗衣|修鞋|维修|改衣|裁缝|眼镜|水果|烟酒|蛋糕|咖啡|奶茶|快餐|理发|美发|美容|宠物|花|玩具|家电|五金|家具|建材)(?:门)?店$"
)
_WAY_OUT = re.compile(
    r"[a-z0-9][a-z0-9\-]{2,}\s?(?:\.|。|点|dot)\s?(?:com|cn|net|org|top|xyz|vip|shop|store|site|club|cc|io|me|info|example|apk)(?![a-z])"
    r"|扫(?:一扫|描|下|这个|下面)?[^。，,]{0,4}(?:二维码|码)|加(?:我|一下|个)?的?(?:微信|v信|vx|qq|好友)|下载[^。，,]{0,6}(?:app|安装)|短链"
)
_TO_A_MODEL = re.compile(
    r"提示词|系统提示|占位符|(?<![a-z])(?:json|evidence|prompt|system|llm|gpt)(?![a-z])|大模型|语言模型"
    r"|我(?:收到|接到|得到|看到)的(?:说明|指令|要求|设定|规则|任务|资料)|我被(?:要求|告知|设定)|(?:给|对)我的(?:指令|设定|要求)|依据编号"
    r"|(?:各|请|让|由|本|该|凡|供|须|个|的|,|^)助手(?!我)|助手(?:请|须|需|应|可|不|必|务必|直接|自动|即|一律|均|按|把|将|在|会|始终|作答|回复|答复|报价)"
    r"|(?:作答|答复|回复|回覆|报价|撰写|转写|改写|渲染|生成)(?:时|者|中|里|要求|模板|指令|末尾|开头|结尾|最后)|(?:必须|一定要|务必|须|必|照)(?:写|讲|答|附上)(?!明)|写(?:进|入|在)(?:回复|答复)|对客(?:人|户)?(?:说|写|文案|必说)|解码"
)
_FANCIED = re.compile(
    r"(?:内部|员工|内购|亲友|店长|特批|特权|老板|经理|总部|隐藏|隐形|秘密|私下|后台|测试)[^，。,;；！!？?]{0,6}?(?:券|价|折扣|优惠|折)"
)
_PAID_OUT = re.compile(
    r"(?:转|返|补|折|换)(?:成|给)?(?:您|你|她)?(?:的)?(?:现金|现钱)|返现|微信转账|[\u4e00-\u9fff]{2}专享(?:价|券|折扣)?"
)
_OF_A_STORE = re.compile("券|优惠|折|满减|会员|客户|顾客|客人|名单|女士|先生|买了|在用|业绩|销量")
"""What is told of another store beside its shelf and its address takes a record that tells it of that store."""
_FANCIED_PRICE = re.compile(
    r"按[^。，,]{0,3}?[\d一二两三四五六七八九十百]+(?:\.\d+)?(?:元|块)钱?(?:算|给|卖|收|报|走|结)"
    r"|[\d一二两三四五六七八九十百]+(?:\.\d+)?\s?(?:蚊|文钱|yuan|юан|위안|rmb|cny)"
)
_GIVEN = re.compile(
    r"[\d.一二三四五六七八九]+折|对折|半价|免单|立减\d+|满\d+减\d+"
    r"|[\u4e00-\u9fff\d]{1,4}(?:券(?!后)|红包|礼金)|(?:所有|全部|全体)的?会员"
)
_DENIES = re.compile("没有|没法|不能|不是|并无|查不到|没查到|不存在")
_CARELESS = re.compile(
    r"(?:没有|没|无|不用|不需要|无需|无须|不用管|不必管|忽略)(?:任何|什么|看|管|理会)?(?:的)?(?:禁忌|副作用|注意事项|使用条件|使用门槛|门槛|限制条件)"
    r"|随便用|人人(?:都)?(?:可|能)(?:用|领)|放心大胆|谁都能用|不限次数"
)
_PRIVATE = frozenset(
    (PersonalKind.ADDRESS, PersonalKind.ACCOUNT, PersonalKind.PLATE, PersonalKind.EMAIL, PersonalKind.CARD)
)
_OF_HEALTH = re.compile("过敏|孕|哺乳|病|炎|疹|术后|用药|吃药")


@dataclass(frozen=True)
class _Sentence:
    """One sentence under judgement, as it looks, with what this turn's records say, as that looks."""

    text: str
    brief: Brief
    records: str
    """Everything the records say, the passages too."""
    own_records: str
    """What the shop's tables say."""
    passages: tuple[str, ...]
    whole: str
    """The draft it stands in."""

    def is_quoted(self, words: str) -> bool:
        """Say whether a document has these words, the sentence reads it out, and the draft names it."""
        return any(
            words in looks(one.text) and one.title in self.whole and reads_out(self.text, one.text)
            for one in self.brief.evidence
            if one.kind is EvidenceKind.PASSAGE and one.title
        )

    def stands_in_records(self, words: str) -> bool:
        """Say whether a table has these words, or a passage that this sentence reads out."""
        return words in self.own_records or any(
            words in passage and reads_out(self.text, passage) for passage in self.passages
        )


def strays(text: str, brief: Brief, whole: str = "") -> tuple[Finding, ...]:
    """Return everything by which one sentence of a draft leaves its customer, its store, the shop or its records.

    ``whole`` is the draft it stands in, in which the document may be named that a sentence reads out.
    """
    passages = tuple(one.text for one in brief.evidence if one.kind is EvidenceKind.PASSAGE)
    own = tuple(one.text for one in brief.evidence if one.kind is not EvidenceKind.PASSAGE)
    sentence = _Sentence(
        _SPREAD.sub("", looks(text)),
        brief,
        _records((*own, *passages)),
        _records(own),
        tuple(map(looks, passages)),
        whole or text,
    )
    looks_at = (
        _somebody_else,
        _another_store,
        _way_out,
        _to_a_model,
        _fancied,
        _priced_anew,
        _by_a_document,
        _careless,
        _private,
        _her_health,
    )
    return tuple(finding for look in looks_at for finding in look(sentence))


@lru_cache(maxsize=64)
def _records(texts: tuple[str, ...]) -> str:
    return looks("\n".join(texts))


# ---- the recipient -----------------------------------------------------------------------------


def _somebody_else(sentence: _Sentence) -> Iterator[Finding]:
    brief = sentence.brief
    customer = meant_customer(brief.need, brief.customer, brief.desk)
    hers = _ways_of(customer, brief.desk.guide.name)
    cards = brief.desk.customers
    known = people_of(tuple(("", name) for card in cards for name in (card.name, card.address_as) if name))
    # where she has no list of customers nobody can say who is somebody else
    by_shape = names_by_shape(sentence.text) if cards else ()
    named = {sentence.text[one.start : one.end] for one in (*known.find(sentence.text), *by_shape)}
    # who is named in the question may be written to only where nobody was found to be meant
    told = sentence.own_records if customer is not None else f"{sentence.own_records}\n{looks(brief.need.question)}"
    # 祝吴女士生日快乐: the wish is no part of her name
    ours = [name for name in named if name in hers or any(len(one) > 1 and name.endswith(one) for one in hers)]
    others = [name for name in sorted(named - set(ours)) if name not in told and not sentence.is_quoted(name)]
    others += [match.group() for match in _EVERYBODY.finditer(sentence.text)]
    for words in others:
        yield Finding(
            reason=Reason.WRONG_RECIPIENT,
            rule="只写给这一位客户",
            span=words,
            remedy="去掉别的客户和群发的话，这段只发给正在聊的这一位",
        )


def _ways_of(customer: Customer | None, guide: str) -> frozenset[str]:
    names = [guide] if customer is None else [guide, customer.name, customer.address_as]
    return frozenset(text for name in names for text, _ in ways_to_write(name))


# ---- store, links, instructions ----------------------------------------------------------------


def _another_store(sentence: _Sentence) -> Iterator[Finding]:
    own = looks(sentence.brief.desk.store.name)
    for match in _STORE.finditer(sentence.text):
        words = _ending_of(match.group(), own, sentence) or _beyond_the_shelf(match.group(), own, sentence)
        if words:
            yield Finding(
                reason=Reason.OTHER_STORE,
                rule="只说查到的门店",
                span=words,
                remedy="只能提这次查到的门店，要问别的店先让我查库存或门店信息",
            )


def _ending_of(name: str, own: str, sentence: _Sentence) -> str:
    """Return the name of a store nobody looked up; the words before a known one (欢迎来静雅广场店) belong to it."""
    if _ANY_STORE.search(name):
        return ""
    endings = [name[start:] for start in range(len(name) - 2)]
    ours = _our_stores(sentence.brief)
    # a document may name a store of ours, and none that nobody has heard of
    # 苏州店 for 苏州平雁里店: the city of a store that was looked up
    city = re.compile(rf"(?:{'|'.join(re.escape(end[:-1]) for end in endings if len(end) > 2)})[^；，。\n]{{1,8}}店")
    if city.search(sentence.own_records):
        return ""
    known = (
        end in own or end in sentence.own_records or (end in ours and sentence.stands_in_records(end))
        for end in endings
    )
    return "" if any(known) else name


def _our_stores(brief: Brief) -> str:
    return looks("\n".join(store.name for store in brief.desk.shop.stores.values()))


def _beyond_the_shelf(name: str, own: str, sentence: _Sentence) -> str:
    """Return a store that was looked up for its stock or address, where coupons or people of it are told of."""
    if _ANY_STORE.search(name) or not (told := _OF_A_STORE.findall(sentence.text)):
        return ""
    theirs = [
        looks(store.name).removeprefix(looks(sentence.brief.desk.shop.brand))
        for store in sentence.brief.desk.shop.stores.values()
    ]
    other = next((one for one in theirs if one in name and one not in own), "")
    if not other or _DENIES.search(sentence.text):
        return ""
    if (
        of_it := re.search(rf"{re.escape(other)}(?:的|里的?|那边的?)(?:{_OF_A_STORE.pattern})", sentence.text)
    ) is not None:
        told.append(of_it.group())
    records = [looks(one.text) for one in sentence.brief.evidence if other in looks(one.text)]
    return "" if any(all(words in one for words in told) for one in records) else other


def _way_out(sentence: _Sentence) -> Iterator[Finding]:
    for match in _WAY_OUT.finditer(sentence.text):
        if match.group() not in sentence.own_records:
            yield Finding(
                reason=Reason.WAY_OUT,
                rule="链接和账号要有记录",
                span=match.group(),
                remedy="去掉这个地址、账号或二维码，店里登记过的才能发",
            )


def _to_a_model(sentence: _Sentence) -> Iterator[Finding]:
    match = _TO_A_MODEL.search(sentence.text)
    words = match.group() if match else _instructed(sentence) or quoted_outright(sentence.text)
    if words:
        yield Finding(
            reason=Reason.LEAK,
            rule="内部说明不外发",
            span=words,
            remedy="去掉这一句，它是写给助手的话，不是说给客户听的",
        )


def _instructed(sentence: _Sentence) -> str:
    """Return words that stand in the instructions just like that, and in none of the records."""
    bare = _letters(sentence.text)
    if bare in _told() and bare not in _letters(sentence.records):
        return sentence.text
    windows = (bare[start : start + WINDOW] for start in range(len(bare) - WINDOW + 1))
    return next((one for one in windows if one in _instructions() and one not in _letters(sentence.records)), "")


@lru_cache(maxsize=1)
def _advice() -> str:
    """What a model is told; what it is told to say word for word is no secret."""
    told = looks(packaged().templates["draft"].system)
    advice = "\n".join(line for line in told.splitlines() if "就医" not in line)
    return re.sub(r"“[^”]*”|\{\{[^}]*\}\}", "\n", advice)


@lru_cache(maxsize=1)
def _told() -> frozenset[str]:
    """Every sentence and clause of the instructions that is long enough to be known again."""
    return frozenset(bare for one in _CUT.split(_advice()) if len(bare := _letters(one)) >= _SHORTEST_TOLD)


@lru_cache(maxsize=1)
def _instructions() -> frozenset[str]:
    """Every run of so many characters in what a model is told."""
    bare = _letters(_advice())
    return frozenset(bare[start : start + WINDOW] for start in range(len(bare) - WINDOW + 1))


@lru_cache(maxsize=256)
def _letters(text: str) -> str:
    return re.sub(r"[^\w\n]|_", "", text)


# ---- what no record gives ----------------------------------------------------------------------


def _fancied(sentence: _Sentence) -> Iterator[Finding]:
    for match in (*_FANCIED.finditer(sentence.text), *_PAID_OUT.finditer(sentence.text)):
        if match.group() not in sentence.own_records and not _DENIES.search(sentence.text):
            yield Finding(
                reason=Reason.UNKNOWN_COUPON,
                rule="只给算出来的优惠",
                span=match.group(),
                remedy="只能提这次算出来能用的券，没有内部价、员工价这类说法",
            )


def _by_a_document(sentence: _Sentence) -> Iterator[Finding]:
    """What only a document gives is told with the document's name (safety K7), so that the guide can look it up."""
    for match in _GIVEN.finditer(sentence.text):
        words = match.group()
        if words in sentence.own_records:
            continue
        titles = [
            one.title
            for one in sentence.brief.evidence
            if one.kind is EvidenceKind.PASSAGE and words in _SPREAD.sub("", looks(one.text))
        ]
        if titles and not any(title in sentence.whole for title in titles if title):
            yield Finding(
                reason=Reason.UNKNOWN_COUPON,
                rule="有据可查（优惠出处）",
                span=words,
                remedy=f"优惠以系统算出的为准；要引用资料，请写明出自《{titles[0]}》",
            )


def _priced_anew(sentence: _Sentence) -> Iterator[Finding]:
    for match in _FANCIED_PRICE.finditer(sentence.text):
        if not sentence.stands_in_records(match.group()):
            yield Finding(
                reason=Reason.UNSUPPORTED_FIGURE,
                rule="有据可查（金额）",
                span=match.group(),
                remedy="价格照商品表写，不能另定一个",
            )


def _careless(sentence: _Sentence) -> Iterator[Finding]:
    for match in _CARELESS.finditer(sentence.text):
        free_of_threshold = "门槛" in match.group() and "无门槛" in sentence.own_records
        if not free_of_threshold and not sentence.stands_in_records(match.group()):
            yield Finding(
                reason=Reason.UNSUPPORTED_PROMISE,
                rule="禁忌和条件不能说没有",
                span=match.group(),
                remedy="注意事项和用券条件要照记录说全，不能说成没有",
            )


def _private(sentence: _Sentence) -> Iterator[Finding]:
    for one in find_in_folded(sentence.text):
        words = sentence.text[one.start : one.end]
        if one.kind in _PRIVATE and not sentence.stands_in_records(words) and not _is_ours(words, sentence):
            yield _of_a_person(words, one.kind.label)


_STREET = re.compile(r"[\u4e00-\u9fff]{2,4}?[路街道里巷]\d+号")


def _is_ours(words: str, sentence: _Sentence) -> bool:
    """Say whether an address is the store's own or that of a store looked up, whatever stands around its street and number."""
    places = f"{_own_places(sentence)}\n{sentence.own_records}"
    return words in places or any(
        street[start:] in places for street in _STREET.findall(words) for start in range(len(street) - 4)
    )


def _own_places(sentence: _Sentence) -> str:
    store = sentence.brief.desk.store
    return looks(f"{store.name} {store.address} {store.phone}")


def _her_health(sentence: _Sentence) -> Iterator[Finding]:
    """A draft tells what a product holds, never that it is she who is allergic or ill, unless she has just said so."""
    customer = meant_customer(sentence.brief.need, sentence.brief.customer, sentence.brief.desk)
    if customer is None or not _OF_HEALTH.search(sentence.text):
        return
    asked = looks(sentence.brief.need.question)
    for fact in customer.facts:
        if any(word in f"{fact.name}{fact.value}" for word in SENSITIVE_WORDS):
            for value in listed_fact(fact.value):
                said = looks(value)
                about_her = re.search(
                    rf"您[^。，,]{{0,12}}{re.escape(said)}|{re.escape(said)}[^。，,]{{0,3}}过敏", sentence.text
                )
                if about_her and said not in asked:
                    yield _of_a_person(about_her.group(), fact.name)


def _of_a_person(words: str, label: str) -> Finding:
    return Finding(
        reason=Reason.PRIVACY,
        rule=f"个人信息保护法第十条、第二十八条（{label}）",
        span=words,
        remedy="去掉这段个人信息，发给客户的话里不需要它",
    )
