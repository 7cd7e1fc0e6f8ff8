"""Why the console shows no page, each with its HTTP status and the words a person reads."""

from assistant.errors import DaogouError


class Refusal(DaogouError):
    """The console says no; ``title`` and ``text`` are Chinese and give nothing away."""

    status = 403
    title = "没有权限"
    text = "您的账号不能看这一页。"


class SignedOut(Refusal):
    """Nobody is logged in, or the session has ended."""

    status = 401
    title = "请先登录"
    text = "登录已经结束，或者还没有登录。请向总部索取登录链接，链接 10 分钟内有效，只能用一次。"


class LinkRefused(Refusal):
    """A login link is forged, too old or used."""

    title = "这个登录链接用不了"
    text = "链接可能过期了，或者已经用过。请重新要一个。"


class NoConsole(Refusal):
    """The person has no active role with a console: a guide, a closed account, somebody unknown."""

    title = "这个账号不能进控制台"
    text = "控制台给店长、区域经理和总部使用。如果您应该能进，请让总部在员工表里核对您的岗位和在职状态。"


class NotForAdmin(Refusal):
    """An admin keeps settings and accounts and reads no conversations (safety section 1)."""

    title = "管理员看不到对话内容"
    text = "管理员账号只管设置和账号。要看对话，请用店长或区域经理的账号。"


class NotForAuditor(Refusal):
    """An auditor reads and decides nothing (safety section 1)."""

    title = "审计账号只能看"
    text = "审批要由店长或区域经理来做。"


class NotForManagers(Refusal):
    """People, settings and personal data belong to the admin (safety section 1)."""

    title = "这里由管理员维护"
    text = "账号、设置和个人信息由管理员账号处理。有需要，请找您公司的管理员。"


class FormRefused(Refusal):
    """A form did not come from a page of this session."""

    title = "这次提交没有生效"
    text = "页面可能放太久了，或者您重新登录过。请回到上一页刷新后再试。"


class OwnSuggestion(Refusal):
    """Nobody decides on a text of her own (safety D7)."""

    title = "自己的改写要由别人来审"
    text = "这条是您自己改的，请其他店长或区域经理处理。"


class ReasonMissing(Refusal):
    """A refused suggestion needs a reason, so that the guide can learn from it."""

    status = 422
    title = "请写明退回的原因"
    text = "写一句原因，导购才知道下次怎么改。"


class NotForOneStore(Refusal):
    """What holds for the whole corp is changed by headquarters alone."""

    title = "这里由总部维护"
    text = "这里的内容全公司共用。想改，请告诉总部的同事。"


class WordsMissing(Refusal):
    """A group of synonyms needs two words."""

    status = 422
    title = "至少要写两个词"
    text = "把同一个意思的几种叫法写在一起，用顿号隔开，比如：保价、补差价。"


class AlreadyDecided(Refusal):
    """Another manager was first; her decision stands."""

    status = 409
    title = "这条已经有人处理过了"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
