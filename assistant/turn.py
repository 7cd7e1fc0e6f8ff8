"""The nouns of one turn, in the order they come into being: message, need, evidence, offer, draft, verdict, reply, action.

All are frozen values. The closed lists stand here with their Chinese labels and nowhere else.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from assistant.shop import CouponKind, Manner, Scene, Stage
from knowledge.noun import Labelled, Noun
from knowledge.passage import Passage
from knowledge.reconciling import Disagreement

# ---- what came in ------------------------------------------------------------------------------


class Message(Noun):
    """One message a guide wrote. ``text`` is empty for a kind we cannot read (voice, sticker)."""

    message_id: str
    text: str
    kind: str = "text"
    received_at: datetime


class Intent(Labelled):
    """What the guide needs. Order matters to nobody; labels are shown in console and reports."""

    RECOMMEND = "recommend", "推荐产品"
    SUITABILITY = "suitability", "是否适合"
    PRODUCT_FACT = "product-fact", "产品信息"
    USAGE = "usage", "用法"
    COMPARE = "compare", "产品对比"
    PRICE = "price", "问价格"
    COUPON = "coupon", "问优惠券"
    OBJECTION = "objection", "价格异议"
    STOCK = "stock", "问库存"
    POLICY = "policy", "问政策"
    COMPLAINT = "complaint", "投诉不适"
    GREETING = "greeting", "打招呼"
    CLOSING = "closing", "促成下单"
    BIRTHDAY = "birthday", "生日关怀"
    REACTIVATION = "reactivation", "唤醒老客"
    CARE = "care", "日常关怀"
    GROUP_POST = "group-post", "社群文案"
    PROFILE = "profile", "客户档案"
    CONTACT_TODAY = "contact-today", "今天联系谁"
    TASK = "task", "任务触达"
    SKIP_CONTACT = "skip-contact", "不联系这位"
    MY_POINTS = "my-points", "我的积分"
    MY_STYLE = "my-style", "我的口吻"
    FORGET_STYLE = "forget-style", "清除我的口吻"
    REFINE = "refine", "改写草稿"
    ACCEPT = "accept", "采用草稿"
    EDIT = "edit", "自己改写"
    REFUSE = "refuse", "不采用"
    CHOOSE_CUSTOMER = "choose-customer", "选定客户"
    HELP = "help", "使用帮助"
    UNCLEAR = "unclear", "没听明白"


class Signal(Labelled):
    """What a turn's words touch that takes care: in this turn only, never kept as something known about a person."""

    MINOR = "minor", "未成年"
    CHILD = "child", "不满十四岁的孩子"
    PREGNANCY = "pregnancy", "孕期哺乳期"
    HEALTH = "health", "疾病用药手术"
    RELIGION = "religion", "宗教信仰"
    FINANCE = "finance", "收入债务"
    IDENTITY = "identity", "证件卡号"
    INJECTION = "injection", "写给AI的话"


class Noticed(Noun):
    """A signal with the words it was read from. ``where`` says where they stood, empty for the message itself."""

    signal: Signal
    words: str
    where: str = ""


class CustomerMention(Noun):
    """How the guide named a customer, before anybody is looked up."""

    name: str = ""
    phone_head: str = ""
    phone_tail: str = ""


class Refinement(Labelled):
    """How a shown draft should change."""

    SHORTER = "shorter", "短一点"
    LONGER = "longer", "详细一点"
    WARMER = "warmer", "亲切一点"
    EXPERT = "expert", "专业一点"
    ANOTHER = "another", "换个说法"
    NO_COUPON = "no-coupon", "不提优惠"


class RefusalReason(Labelled):
    """Why a guide did not use any draft."""

    WRONG_FACT = "wrong-fact", "内容不对"
    OFF_POINT = "off-point", "答非所问"
    TONE = "tone", "语气不合适"
    TOO_LONG = "too-long", "太长"
    WRONG_PRODUCT = "wrong-product", "产品不合适"
    WRONG_COUPON = "wrong-coupon", "优惠不合适"
    CUSTOMER_CHANGED = "customer-changed", "客户不需要了"
    OTHER = "other", "其他"


class Slots(Noun):
    """What the words say beside the intent. ``budget_fen`` is an upper bound; ``quantity`` applies to every product."""

    skin_type: str = ""
    concerns: tuple[str, ...] = ()
    category: str = ""
    avoid: tuple[str, ...] = ()
    budget_fen: int | None = None
    quantity: int = 1
    policy_topics: tuple[str, ...] = ()
    occasion: str = ""


class TaskGoal(Noun):
    """A task from headquarters as one customer's text leans on it. ``purpose`` is for the guide's eyes.

    Empty ``script_id``: whatever script fits; empty ``coupon_id``: the best coupon she may lawfully have.
    """

    task_id: str
    title: str
    purpose: str = ""
    script_id: str = ""
    coupon_id: str = ""


class Need(Noun):
    """What is needed. ``question`` is the text to search with; ``also`` are further intents of the same message.

    ``customer_id`` is set once exactly one customer is meant; several candidates stay in ``candidates``
    and are asked about, never guessed. ``skus`` are the products meant, the main one first; ``counts`` are the pieces of
    each where they differ, else ``slots.quantity`` holds for all. ``proactive`` is a text nobody asked for, which counts
    against the caps of contact; ``task`` the one it is written for.
    """

    intent: Intent
    also: tuple[Intent, ...] = ()
    question: str
    mention: CustomerMention | None = None
    customer_id: str = ""
    candidates: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    product_words: str = ""
    slots: Slots = Slots()
    stage: Stage = Stage.DISCOVERY
    scene: Scene = Scene.PRIVATE
    refinement: Refinement | None = None
    choice: int | None = None
    refusal: RefusalReason | None = None
    refusal_note: str = ""
    own_text: str = ""
    from_customer: bool = False
    signals: tuple[Noticed, ...] = ()
    proactive: bool = Field(default=False, exclude_if=lambda held: not held)
    task: TaskGoal | None = Field(default=None, exclude_if=lambda held: held is None)

    @property
    def about(self) -> Intent:
        """What is to be written: the intent itself, or what a refinement names."""
        return self.also[0] if self.intent is Intent.REFINE and self.also else self.intent

    def touches(self, signal: Signal) -> bool:
        """Say whether the words gave this signal."""
        return any(one.signal is signal for one in self.signals)

    def wants(self, intent: Intent) -> bool:
        """Say whether this intent was asked, first or besides."""
        return intent is self.intent or intent in self.also


# ---- what stands behind an answer --------------------------------------------------------------


class Hit(Noun):
    """A retrieved passage. ``score`` is the fused one, 0..1; the parts are kept for the record.

    ``replaced_by`` is the id of a narrower passage with other figures on the same matter; ``disagreements`` are with
    passages of the same reach, and somebody has to rule which is right.
    """

    passage: Passage
    score: float
    dense: float = 0.0
    lexical: float = 0.0
    replaced_by: str = ""
    disagreements: tuple[Disagreement, ...] = ()


class EvidenceKind(Labelled):
    """What kind of record backs a statement."""

    PASSAGE = "passage", "资料"
    PRODUCT = "product", "产品记录"
    STOCK = "stock", "库存记录"
    COUPON = "coupon", "优惠券规则"
    OFFER = "offer", "优惠计算"
    CUSTOMER = "customer", "客户档案"
    STORE = "store", "门店信息"
    SCRIPT = "script", "已审话术"


class Evidence(Noun):
    """One checkable statement and where it comes from.

    ``text`` states the fact in words and figures; the guard reads figures from it exactly as it reads
    them from a draft. ``subject`` is what it speaks about: a sku, a coupon id, a customer id, a document id.
    ``disputed`` says which other document gives another figure, empty for none.
    """

    id: str
    kind: EvidenceKind
    subject: str
    text: str
    title: str = ""
    version: int = 1
    place: str = ""
    disputed: str = ""


class BasketLine(Noun):
    """One product at shop price, ``unit_fen`` each; an attribute is written ``系列:云润``."""

    sku: str
    name: str
    category: str
    unit_fen: int
    quantity: int = 1
    is_new: bool = False
    coupon_excluded: bool = False
    brand: str = ""
    attributes: tuple[str, ...] = ()


class CouponRule(Labelled):
    """The rules a coupon can fail, in the order they are tested; the first failing one is told."""

    NOT_STARTED = "not-started", "还没开始"
    EXPIRED = "expired", "已过期"
    BLACKOUT = "blackout", "这几天不可用"
    TIME = "time", "这个时段不可用"
    STORE = "store", "本店不可用"
    CHANNEL = "channel", "这个渠道不可用"
    AUDIENCE_LIST = "audience-list", "不在名单里"
    AUDIENCE_TIER = "audience-tier", "会员等级不符"
    AUDIENCE_NEW = "audience-new", "仅限新客"
    AUDIENCE_BIRTHDAY = "audience-birthday", "仅限生日月"
    AUDIENCE_TAG = "audience-tag", "仅限指定人群"
    AUDIENCE_LAPSED = "audience-lapsed", "仅限许久没来的客户"
    LIMIT = "limit", "已达每人限用次数"
    DAY_LIMIT = "day-limit", "已达每天限用次数"
    BUDGET = "budget", "活动预算已用完"
    SCOPE = "scope", "所选商品不在适用范围"
    EXCLUSION = "exclusion", "所选商品不参与优惠"
    THRESHOLD = "threshold", "未到使用门槛"
    NO_BENEFIT = "no-benefit", "本单用不上"
    FLOOR = "floor", "会低于最低售价"
    NOT_COMBINABLE = "not-combinable", "不能与已选优惠同享"


class AppliedCoupon(Noun):
    """A chosen coupon and what it took off. ``per_line`` follows the basket's lines and sums to ``saving_fen``."""

    coupon_id: str
    name: str
    kind: CouponKind
    saving_fen: int
    per_line: tuple[int, ...] = ()
    gift: str = ""
    terms: str


class Alternative(Noun):
    """A coupon that was not chosen: its first failing rule and what would make it pass, in Chinese.

    ``shortfall_fen`` is the missing amount where the rule is a threshold.
    """

    coupon_id: str
    name: str
    rule: CouponRule
    distance: str
    shortfall_fen: int | None = None


class NextStep(Noun):
    """One more piece that pays for itself: ``pay_fen`` is the bill with it, ``less_fen`` how much less that is, 分."""

    coupon_id: str
    coupon_name: str
    added: BasketLine
    pay_fen: int
    less_fen: int


class Offer(Noun):
    """The best lawful combination for one basket at one moment, with its proof.

    ``total_fen`` is goods plus shipping before coupons, ``pay_fen`` after. ``why`` is one Chinese sentence.
    ``applied`` stands in the order of booking. ``inputs_version`` is a hash of all that was looked at: the same inputs
    give the same offer, byte for byte.
    An offer without ``applied`` says that no coupon is right here. ``step`` is told to the guide, never in a draft.
    ``is_exact`` is False where there were more combinations than could be looked at; ``why`` then says so.
    """

    lines: tuple[BasketLine, ...]
    shipping_fen: int = 0
    total_fen: int
    pay_fen: int
    saving_fen: int
    applied: tuple[AppliedCoupon, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    why: str
    decided_at: datetime
    rules_version: str
    inputs_version: str = ""
    step: NextStep | None = None
    is_exact: bool = True


# ---- what may be said --------------------------------------------------------------------------


class ClaimKind(Labelled):
    """What a sentence may assert that needs backing."""

    MONEY = "money", "金额"
    PERCENT = "percent", "比例/折扣"
    DATE = "date", "日期"
    DURATION = "duration", "时长"
    QUANTITY = "quantity", "数量规格"
    PRODUCT = "product", "产品名"
    COUPON = "coupon", "优惠名"
    EFFICACY = "efficacy", "功效"
    PROMISE = "promise", "承诺"
    INGREDIENT = "ingredient", "成分"
    SUITABILITY = "suitability", "适用人群"
    STOCK = "stock", "有没有货"
    STORE = "store", "门店名"


class Claim(Noun):
    """One assertion found in a sentence: the words, the normalised value, and the evidence that backs it (or none)."""

    kind: ClaimKind
    text: str
    value: str
    evidence_id: str = ""


class Sentence(Noun):
    """The unit the guard cuts. ``evidence`` are the ids its writer leaned on.

    ``before_voice`` are the words as they stood before the guide's own way of writing was put on them, empty where
    that changed nothing.
    """

    text: str
    evidence: tuple[str, ...] = ()
    before_voice: str = ""

    @property
    def plain(self) -> str:
        """The words without anybody's own way of writing: what is compared, learned from and shown to a model."""
        return self.before_voice or self.text


class DraftSource(Labelled):
    """Who worded a draft."""

    COMPOSER = "composer", "话术组稿"
    MODEL = "model", "大模型"


class Draft(Noun):
    """One suggestion in one manner. What the guard leaves of it is what is shown."""

    manner: Manner
    sentences: tuple[Sentence, ...]
    skus: tuple[str, ...] = ()
    coupon_ids: tuple[str, ...] = ()
    script_ids: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    source: DraftSource = DraftSource.COMPOSER

    @property
    def text(self) -> str:
        """The words as the customer would read them."""
        return "".join(sentence.text for sentence in self.sentences)

    @property
    def plain(self) -> str:
        """The words before the guide's own way of writing was put on them."""
        return "".join(sentence.plain for sentence in self.sentences)


class Reason(Labelled):
    """Why the guard cut a sentence or held a draft."""

    UNSUPPORTED_FIGURE = "unsupported-figure", "数字没有依据"
    WRONG_SUBJECT = "wrong-subject", "数字属于别的产品或券"
    UNKNOWN_PRODUCT = "unknown-product", "产品名没有依据"
    UNKNOWN_COUPON = "unknown-coupon", "优惠券没有依据"
    UNSUPPORTED_EFFICACY = "unsupported-efficacy", "功效没有备案依据"
    UNSUPPORTED_PROMISE = "unsupported-promise", "承诺没有依据"
    UNSUPPORTED_FACT = "unsupported-fact", "说法没有依据"
    MISQUOTED = "misquoted", "和记录的原话不一致"
    STILTED = "stilted", "不像店里同事说的话"
    ABSOLUTE_TERM = "absolute-term", "绝对化用语"
    MEDICAL_TERM = "medical-term", "医疗用语"
    PRICE_LAW = "price-law", "价格表述不合规"
    UNFAIR_TERM = "unfair-term", "不公平条款"
    PRIVACY = "privacy", "含个人信息"
    WRONG_RECIPIENT = "wrong-recipient", "写到了别的客户"
    OTHER_STORE = "other-store", "提到没查过的门店"
    WAY_OUT = "way-out", "链接或账号没有记录"
    LEAK = "leak", "写给助手的内部说明"
    UNFILLED_BLANK = "unfilled-blank", "话术变量没有填上"
    EMPTY = "empty", "删减后没有可发的内容"
    TOO_LONG = "too-long", "太长"


class Finding(Noun):
    """One thing the guard objected to: which rule (article), which words, and what would make it pass."""

    reason: Reason
    rule: str
    span: str
    remedy: str


class SignOffRule(Labelled):
    """For what a manager signs a draft before the guide may send it; ``rulebook.SignOffRules`` says how much is too much."""

    DEEP_DISCOUNT = "deep-discount", "折扣很深"
    LARGE_GRANT = "large-grant", "优惠金额大"
    REFUND_PROMISE = "refund-promise", "答应退款赔付"
    COMPLAINT = "complaint", "投诉里的处理答复"
    HEALTH_CLAIM = "health-claim", "健康功效说法"


class SignOff(Noun):
    """Why a draft waits for a manager: the rule, the words that met it, and what would let it pass without her."""

    rule: SignOffRule
    words: str
    remedy: str


class SignOffStatus(Labelled):
    """Where the sign-off of a turn's waiting drafts stands."""

    WAITING = "waiting", "等签发"
    SIGNED = "signed", "已签发"
    REFUSED = "refused", "没有签发"
    TIMED_OUT = "timed-out", "过时没人签"
    WITHDRAWN = "withdrawn", "导购没再等"


class SignOffAsked(Noun):
    """Whom a turn's waiting drafts were laid before, and until when they may be signed.

    ``signers`` are the userids of the nearest managers: of the guide's store, else her region, else headquarters, never
    herself. Empty where there is none.
    """

    signers: tuple[str, ...] = ()
    until: datetime


class SignOffStanding(Noun):
    """Where a sign-off stands at one moment.

    ``signed`` are the numbers of the drafts that may go out, counted from 1 as the guide was shown them; ``by`` is the
    name of the manager who decided, ``reason`` why she left drafts unsigned, ``advice`` what she would say instead.
    """

    status: SignOffStatus
    until: datetime
    signed: tuple[int, ...] = ()
    by: str = ""
    reason: str = ""
    advice: str = ""


class Outcome(Labelled):
    """What the guard did with a draft."""

    PASS = "pass", "通过"
    TRIMMED = "trimmed", "删减后通过"
    HELD = "held", "拦下"


class Verdict(Noun):
    """The guard's word on one draft; ``draft`` is what is left to show (empty when held).

    ``sign_offs`` say why a manager signs it before it may be sent; empty for most.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    draft: Draft
    sign_offs: tuple[SignOff, ...] = Field(default=(), exclude_if=lambda found: not found)


class ReplyKind(Labelled):
    """What kind of answer the guide gets; eval checks that it was the right kind."""

    DRAFTS = "drafts", "给出草稿"
    ASK = "ask", "追问一句"
    ABSTAIN = "abstain", "资料里没有"
    INFORM = "inform", "告知导购"
    CONFIRM = "confirm", "确认操作"
    HELD = "held", "草稿被拦下"


class Reply(Noun):
    """What goes back to the guide: ``parts`` are sent as separate messages, each within WeCom's 2,048 bytes."""

    kind: ReplyKind
    parts: tuple[str, ...]


# ---- what became of it -------------------------------------------------------------------------


class ActionKind(Labelled):
    """What the guide did with the drafts."""

    ACCEPTED = "accepted", "采用"
    EDITED = "edited", "改后采用"
    REFUSED = "refused", "不采用"


class Action(Noun):
    """The guide's word on a turn. ``similarity`` is 0..1 between the sent text and the nearest draft."""

    kind: ActionKind
    at: datetime
    choice: int | None = None
    sent_text: str = ""
    similarity: float | None = None
    reason: RefusalReason | None = None
    note: str = ""


class Arm(Labelled):
    """The two sides of a trial of scripts."""

    A = "a", "现在的"
    B = "b", "新的"


class TrialShown(Noun):
    """A script that a draft of this turn carried because a trial was running, and the side it is on."""

    experiment_id: str
    arm: Arm
    script_id: str
    version: int


class Provenance(Noun):
    """What produced the drafts: enough to make them again.

    ``model_calls`` requests went to the model, also in vain, and cost the tokens of all of them. ``cost_microfen`` is
    in millionths of a 分 by the prices in the settings: whole and exact, where a turn costs less than one 分. ``cached``
    drafts were worded a moment ago for the same question under the same records, and cost nothing.
    """

    composer_version: str
    guard_version: str
    prompt: str = ""
    prompt_version: str = ""
    model: str = ""
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_microfen: int = 0
    cached: bool = False
    fallback_reason: str = ""
    material_version: int = 0


class Timing(Noun):
    """How long one step of the turn took, in milliseconds."""

    step: str
    milliseconds: float


class TurnRecord(Noun):
    """Everything about one turn, versioned; the JSON Schema beside this file is made from it.

    ``profile`` is the snapshot of what was known and used of the customer, without name and phone.
    """

    record_version: Literal[1] = 1
    turn_id: str
    corp_id: str
    conversation_id: str
    guide: str
    store_id: str
    channel: str
    messages: tuple[Message, ...]
    started_at: datetime
    finished_at: datetime
    need: Need
    signals: tuple[Noticed, ...] = ()
    """Those of the need, and what the customer's names, tags and notes and the retrieved passages held."""
    hits: tuple[Hit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    profile: dict[str, str] = {}
    offer: Offer | None = None
    drafts: tuple[Draft, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    trials: tuple[TrialShown, ...] = Field(default=(), exclude_if=lambda found: not found)
    """The trials of scripts in which the shown drafts stand; a turn in none is not written about."""
    sign_off: SignOffAsked | None = Field(default=None, exclude_if=lambda asked: asked is None)
    """Set where a draft shown waits for a manager; what she decided stands in a table of its own."""
    reply: Reply
    next_question: str = ""
    gap: str = ""
    provenance: Provenance
    timings: tuple[Timing, ...] = ()
    answers_turn_id: str = ""
    """The earlier turn that ``said_action`` is about, when this message was the guide's word on its drafts."""
    said_action: Action | None = None
    action: Action | None = None
    """What became of this turn's own drafts; joined from the actions when the record is read."""
