"""Why the console shows no page, each with its HTTP status and the words a person reads."""

from collections.abc import Mapping, Sequence

from assistant.errors import DaogouError
from assistant.turn import Finding


class Refusal(DaogouError):
    """The console says no; ``title`` and ``text`` are Chinese and give nothing away."""

    status = 403
    title = "没有权限"
    text = "您的账号不能看这一页。"
    headers: Mapping[str, str] = {}
    login_again = False
    """True where the way on leads through the login page."""


class SignedOut(Refusal):
    """Nobody is logged in, or the session has ended."""

    status = 401
    title = "请先登录"
    text = "登录已经结束，或者还没有登录。30 分钟不操作会自动退出，重新登录就好。"
    login_again = True


class LinkRefused(Refusal):
    """A login link is forged, too old or used."""

    title = "这个登录链接用不了"
    text = "链接可能过期了，或者已经用过。请重新要一个。"
    login_again = True


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


class LinksClosed(Refusal):
    """WeCom login works, so links are closed in production."""

    title = "登录链接已经停用"
    text = "现在用企业微信登录。企业微信登不了时，请负责部署的同事打开紧急登录链接。"
    login_again = True


class StateRefused(Refusal):
    """A WeCom login did not begin in this browser, is too old, or was used."""

    title = "这次登录没有接上"
    text = "登录要在 10 分钟内、在同一个浏览器里完成，返回或刷新后也要重新开始。请再登录一次。"
    login_again = True


class CodeRefused(Refusal):
    """WeCom does not take the code (40029): used, or older than five minutes."""

    title = "扫码已经过期"
    text = "企业微信的登录码只能用一次，5 分钟内有效。请再登录一次。"
    login_again = True


class WeComSilent(Refusal):
    """WeCom did not say who it is: no answer, or an error of its own."""

    status = 502
    title = "企业微信暂时没有回应"
    text = "不是您的账号有问题。请过一会儿再登录；一直不行，请管理员检查企业微信的连接。"
    login_again = True


class TooOften(Refusal):
    """Too many in one minute (safety D8)."""

    status = 429
    title = "操作太快了，歇一会儿"

    def __init__(self, deed: str, seconds: int) -> None:
        super().__init__(f"{deed} {seconds}")
        self.text = f"一分钟里{deed}的次数到上限了。请等 {seconds} 秒再试，已经做完的不受影响。"
        self.headers = {"Retry-After": str(seconds)}


class OwnRole(Refusal):
    """Nobody changes her own role."""

    title = "自己的权限要由别人来改"
    text = "请另一位管理员来改您的角色、门店或在职状态。"


class LastAdmin(Refusal):
    """Somebody must stay who can administer."""

    status = 409
    title = "至少要留一位管理员"
    text = "她是最后一位在职的管理员。先把另一位同事设为管理员，再来改她的。"


class BadChoice(Refusal):
    """A form holds a value that does not fit; the text says which and what would."""

    status = 422
    title = "有一项没有填对"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class SavedByAnother(Refusal):
    """Somebody saved meanwhile; her version stands."""

    status = 409
    title = "这一页刚被别人改过"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ReasonNeeded(Refusal):
    """What is revealed, exported or deleted needs a reason in the log (safety A9, F8)."""

    status = 422
    title = "请写明原因"
    text = "写一句为什么要做，会记进操作记录，比如：客户来电要求更正手机号。"


class WordsStand(Refusal):
    """A wish that a customer put into words is lifted by her own agreeing anew (个人信息保护法 Art. 15)."""

    status = 409
    title = "客户自己的话不能直接撤"
    text = (
        "这一轮里是客户的原话。是另一位客户说的，请写明是哪位，登记会改到她名下；"
        "确实是她本人说的，要等她重新同意（会员表里的同意时间晚于这次登记），推广才会恢复。"
    )


class WhoseWordsMissing(Refusal):
    """A wish moves to exactly one other customer."""

    status = 422
    title = "还不知道是哪位客户说的"

    def __init__(self, found: int, *, is_the_same: bool) -> None:
        super().__init__(str(found))
        if is_the_same:
            self.text = "您写的就是现在登记着的这位。请写另一位客户的会员号或完整姓名；就是她说的，就不用撤回。"
        elif found:
            self.text = f"有 {found} 位客户叫这个名字，请改写会员号，登记才不会又落到别人名下。"
        else:
            self.text = "没有找到这位客户。请核对会员号，或写完整的姓名。"


# ---- material ----------------------------------------------------------------------------------


class NotHerScope(Refusal):
    """Material is uploaded, reviewed and withdrawn by whoever answers for everybody it reaches."""

    title = "这份资料的范围不归您管"
    text = "店长只管自己门店的资料，区域经理管整个区域的，全品牌的由总部来定。请把范围改小，或请总部的同事处理。"


class OwnDocument(Refusal):
    """Nobody passes her own upload, nor rules a conflict that it brings (safety LLM04, D7)."""

    title = "自己上传的资料要由别人来审"
    text = "这份资料是您提交的，请另一位负责这个范围的同事来审。审过发布以后，下一次提问就会用上。"


class DatesOdd(Refusal):
    """A validity that is no two days in order."""

    status = 422
    title = "有效期不对"
    text = "请按 2026-12-31 这样写日期，结束那天不能早于开始那天；没有期限就留空。"


class FileRefused(Refusal):
    """An upload cannot be taken; the words say what would make it pass."""

    status = 422
    title = "这个文件没有收下"

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.text = f"{reason}。{remedy}。"


class NothingToSubmit(Refusal):
    """Nothing could be read out of a file that could be quoted."""

    status = 422
    title = "这份文件里没有能用的正文"
    text = "请按预览里写的办法改好文件，再上传一次。"


class ConflictsOpen(Refusal):
    """A text that contradicts what is published waits until somebody ruled."""

    status = 409
    title = "还有说法对不上，先裁定再发布"

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.text = f"这份资料有 {number} 处和正在用的内容对不上。请到「冲突」里逐处裁定哪个对，裁定完就能发布。"


class LawObjects(Refusal):
    """Words that may not be said to a customer are published only by somebody who answers for them."""

    status = 422
    title = "有法律不许对客户说的话，还没有确认"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(str(len(findings)))
        told = "；".join(f"「{one.span}」{one.rule}" for one in findings[:3])
        more = f"等 {len(findings)} 处" if len(findings) > 3 else ""
        self.text = (
            f"{told}{more}。要改的，请退回给上传的同事；确实要留着（比如培训里举的反例），"
            "请回到这份资料，勾选“我看过上面的提醒”，写一句原因再发布。"
        )


class LawUnread(Refusal):
    """No text is published that nobody read by the law."""

    status = 503
    title = "现在不能发布"
    text = "发布前的合规检查没有接上。请负责部署的同事看一下，这份资料先留在待审里。"


class WhyMissing(Refusal):
    """A decision that others have to understand needs its reason."""

    status = 422
    title = "请写一句原因"
    text = "同事看到结果时要知道为什么。一句话就好，写完再提交一次。"


class RecordsElsewhere(Refusal):
    """Rows of a product table change with their file."""

    title = "商品表里的内容不在这里改"
    text = "这是商品表读出来的，随商品文件走。要改要撤，请改好商品表再读入一次。"


class NothingChosen(Refusal):
    """Nothing was ticked."""

    status = 422
    title = "还没有勾选"
    text = "请勾选要发更正的对话，再点「发更正」。"


class OwnSignOff(Refusal):
    """Nobody signs her own drafts."""

    title = "自己的草稿要由别人来签"
    text = "这条是您自己问的，请其他店长、区域经理或总部来签发。"


class NothingSigned(Refusal):
    """Signing without a ticked draft says nothing."""

    status = 422
    title = "还没有勾选草稿"
    text = "请勾上可以发的那几条再点「签发」；都不能发，就写明原因点「不签发」。"


class TooLateToSign(Refusal):
    """The time to sign is over; the guide was told so."""

    status = 409
    title = "已经过了签发时间"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class CheckMissing(Refusal):
    """Nothing is published that the guard did not look at."""

    status = 503
    title = "现在不能发布"
    text = "发布前的合规检查没有接上。请负责部署的同事看一下，话术先留在待审里。"


class ScriptBlocked(Refusal):
    """The guard would not let these words out (claim lock, compliance)."""

    status = 422
    title = "这条话术还不能发布"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("blocked")
        told = "；".join(f"「{one.span}」{one.rule}，{one.remedy}" for one in findings)
        self.text = f"{told}。改好以后再通过。"


class NotHerScript(Refusal):
    """A script is decided on by whoever answers for everybody it reaches."""

    title = "这条话术的范围不归您管"
    text = "店长管自己门店的话术，区域经理管整个区域的，全品牌的由总部来定。您可以照着它给自己门店另提一条。"


class TooMuchRewritten(Refusal):
    """Whoever writes a text anew is its author, and nobody passes her own (safety D7)."""

    status = 422
    title = "改动太大，要由别人来审"
    text = "改动超过一半，等于您自己新写了一条。请先点「保存，等别人审」，再请另一位同事通过。"


class DismissalReason(Refusal):
    """A topic that needs no answer says why, for whoever meets the question next."""

    status = 422
    title = "请写明为什么不用答"
    text = "写一句原因，比如：这是个人私事，店里不回答。以后再有人问，同事就知道怎么回事。"


class CheckUnavailable(Refusal):
    """A text cannot be read by the law now, so it is not saved."""

    status = 503
    title = "现在检查不了文字"
    text = "合规检查暂时用不了，这段话还没有存。请过一会儿再试；一直不行，请告诉管理员。"


class SameTopic(Refusal):
    """A topic is merged into another one."""

    status = 422
    title = "要并到另一个话题"
    text = "这就是它自己。请在下面选另一个问同一件事的话题。"


class OwnCoupon(Refusal):
    """Nobody publishes her own rule (safety D7)."""

    title = "自己提的规则要由别人来发布"
    text = "这条规则是您提的，请总部的另一位同事看过再发布。"


class StopReasonMissing(Refusal):
    """Whoever stops or sends something back says why."""

    status = 422
    title = "请写一句原因"
    text = "写明原因，同事和导购才知道发生了什么。"


class CouponOutOfReach(Refusal):
    """A rule is proposed for the stores one answers for."""

    title = "这张券的范围不归您管"
    text = "您可以给自己负责的门店提优惠：请在“适用门店”里只写您的门店，再交给总部发布。"


class CouponUnfit(Refusal):
    """A rule no longer fits the shop: a product is gone, its time is over."""

    status = 422
    title = "这条规则现在发布不了"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RuleChanged(Refusal):
    """Somebody saved the same rule meanwhile."""

    status = 409
    title = "这条规则刚刚被改过"
    text = "您打开以后，它已经被改过或处理掉了，您这次的内容没有存。请回到这张券的页面看看，再照着改。"


class TrialRefused(Refusal):
    """A trial of scripts cannot be begun, or not be put into use; the words say what would make it possible."""

    status = 422
    title = "这次试用还不能这样做"

    def __init__(self, text: str, title: str = "", status: int = 422) -> None:
        super().__init__(text)
        self.text = text
        self.title = title or self.title
        self.status = status


class StillInForce(Refusal):
    """What guides are still given is not corrected."""

    status = 409
    title = "这份资料还在用"
    text = "先撤下它、改有效期，或发布新版，再发更正：不然导购一问，拿到的还是旧内容。"


class TaskChanged(Refusal):
    """Somebody changed, published, stopped or threw away the same task meanwhile."""

    status = 409
    title = "这个任务刚刚被改过"
    text = "您打开以后，别人已经改过或处理过它，您这次的操作没有生效。请回到任务页看看现在的样子，再接着做。"


class TaskNotYours(Refusal):
    """A task is changed, published and stopped by whoever answers for all of its stores."""

    title = "这个任务由发起的人处理"
    text = "它还包含您不负责的门店。想改或想停，请找发起的同事或总部。"


class NobodyToContact(Refusal):
    """A task without a single customer would tell guides of nothing."""

    status = 422
    title = "现在没有能联系的客户"
    text = "符合条件的客户都不能联系，或者一位也没有。请看任务页上每个原因有几位，放宽条件或换几天再发布。"


class TaskTooLate(Refusal):
    """A draft whose last day is over."""

    status = 422
    title = "任务的日子已经过了"
    text = "结束的日子在今天之前，发布了导购也看不到。请先改日子，再发布。"
