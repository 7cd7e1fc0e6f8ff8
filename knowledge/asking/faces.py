"""Taking the chat's own faces out of a message: [微笑] is typed by a tap and names nothing.

Emoji and repeated marks need no care: what is neither Chinese, Latin nor a digit is no word to the index.
"""

import re

# only listed names, since [面霜] may be a product card
_NAMES = (
    "微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂"
    "|疑问|嘘|晕|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈"
    "|捂脸|奸笑|机智|皱眉|耶|吃瓜|加油|汗|天啊|社会社会|旺柴|好的|打脸|哇|翻白眼|让我看看|叹气|苦涩|裂开|嘴唇|爱心|心碎|拥抱|强|弱|握手"
    "|胜利|抱拳|勾引|拳头|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|菜刀|炸弹|便便|月亮|太阳|庆祝|礼物|红包|发|福|烟花|爆竹|猪头|跳跳|发抖|转圈"
    "|ok|emm|666|捂眼|嘻嘻|图片|表情|动画表情|语音"
)
_FACE = re.compile(rf"[\[【](?:{_NAMES})[\]】]")
# faces written in letters, which would be searched for
_LETTERS = re.compile(r"(?<![a-z0-9])(?:t[_.]+t|q[aw]q|tat|o[_.]+o|orz|otz|x+d)(?![a-z0-9])")


def without_faces(folded: str) -> str:
    """Return a folded text (see ``Wording.fold``) with a blank for every face."""
    return _LETTERS.sub(" ", _FACE.sub(" ", folded)).strip()
