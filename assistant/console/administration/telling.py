"""Entries of the audit log in words: what was acted on, and the details that were noted."""

from collections.abc import Mapping

from assistant.console.administration.rules import FIELDS

NOUNS = {
    "person": "员工",
    "customer": "客户",
    "receipt": "删除回执",
    "route": "页面",
    "login": "登录",
    "script": "话术",
    "document": "资料",
    "source": "资料文件",
    "coupon": "优惠券",
    "grant": "已发的券",
    "turn": "对话",
    "suggestion": "话术建议",
    "revision": "修改稿",
    "task": "任务",
    "signoff": "签发",
    "experiment": "对比试用",
    "conflict": "冲突",
    "gap": "缺口",
    "question": "问法",
    "synonym": "同义词",
    "case": "评测用例",
}
WHOLE = {"rulebook": "公司设置", "retention": "到期清理", "audit": "操作记录"}
DETAILS = {
    "way": "方式",
    "address": "来自",
    "why": "原因",
    "reason": "原因",
    "before": "原来",
    "after": "改成",
    "source": "以谁为准",
    "field": "哪一项",
    "note": "说明",
    "status": "状态",
    "version": "版本",
    "name": "名称",
    "title": "标题",
    "count": "数量",
    "messages": "消息",
    "turns": "对话",
    "drafts": "草稿",
    "states": "登录状态",
    "notices": "提醒",
    "logins": "登录",
    "law": "法律提醒",
    "outcome": "不对的那边",
    "files": "文件",
    "content": "内容",
}
VALUES = {
    "link": "登录链接",
    "wecom": "企业微信",
    "demo": "演示入口",
    "staff file": "员工表",
    "admin": "管理员",
}
_RULES = {field.name: field.label for field in FIELDS}
_RULING = {
    "guide": "导购",
    "manager": "店长/区域经理",
    "auditor": "审计",
    "admin": "管理员",
    "active": "在职",
    "closed": "停用",
    "*": "全公司",
}


def subject_words(subject: str, names: Mapping[str, str]) -> str:
    """What was acted on, in words."""
    if subject in WHOLE:
        return WHOLE[subject]
    noun, _, which = subject.partition(":")
    if noun == "person":
        return f"员工 {names.get(which, which)}"
    return f"{NOUNS[noun]} {which}" if noun in NOUNS else subject


def detail_words(details: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The details, each with its Chinese name; a rule's own name is found in the settings."""
    return tuple((_name(name), _value(name, value)) for name, value in details.items())


def _name(name: str) -> str:
    return DETAILS.get(name) or _RULES.get(name) or name


def _value(name: str, value: str) -> str:
    if name in ("before", "after") and value:
        return " ".join(_RULING.get(word, word) for word in value.split(" "))
    return VALUES.get(value, value)
