"""The rooms of the console as the main navigation shows them, each with its pages, and who may open which."""

from typing import NamedTuple

from assistant.shop import Role

_READERS = frozenset({Role.MANAGER, Role.AUDITOR})
_EVERYBODY = frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})


class Tab(NamedTuple):
    """One page of a room; ``name`` is what its template calls itself with ``tab``."""

    name: str
    label: str
    href: str
    roles: frozenset[Role] = _READERS


class Section(NamedTuple):
    """One room; ``name`` is what its templates call themselves with ``here``. The first open tab is its front page."""

    name: str
    label: str
    tabs: tuple[Tab, ...]

    def open_to(self, role: Role) -> tuple[Tab, ...]:
        """The tabs this role may open."""
        return tuple(tab for tab in self.tabs if role in tab.roles)


SECTIONS: tuple[Section, ...] = (
    Section("home", "首页", (Tab("home", "首页", "/console", _EVERYBODY),)),
    Section(
        "scripts",
        "话术",
        (
            Tab("review", "待审", "/console/suggestions"),
            Tab("library", "话术库", "/console/scripts"),
            Tab("signoffs", "签发", "/console/signoffs"),
            Tab("experiments", "对比试用", "/console/experiments"),
        ),
    ),
    Section(
        "knowledge",
        "资料",
        (
            Tab("documents", "资料库", "/console/documents"),
            Tab("gaps", "缺口", "/console/gaps"),
            Tab("conflicts", "冲突", "/console/conflicts"),
            Tab("lookup", "查资料", "/console/lookup"),
            Tab("synonyms", "同义词", "/console/synonyms"),
            Tab("questions", "问法", "/console/questions"),
        ),
    ),
    Section(
        "coupons",
        "优惠",
        (Tab("coupons", "优惠券", "/console/coupons"), Tab("try", "试算", "/console/coupons/try")),
    ),
    Section("tasks", "任务", (Tab("tasks", "任务", "/console/tasks"),)),
    Section("turns", "对话", (Tab("turns", "对话", "/console/turns"),)),
    Section(
        "figures",
        "数据",
        # its pages keep the time and the store that were chosen, so they lead to each other themselves
        (Tab("figures", "数据", "/console/figures"),),
    ),
    Section(
        "administration",
        "管理",
        (
            Tab("people", "人员", "/console/people", _ADMIN),
            Tab("settings", "设置", "/console/settings", _ADMIN),
            Tab("system", "连接与模型", "/console/system", _ADMIN),
            Tab("privacy", "个人信息", "/console/privacy", _ADMIN),
            Tab("audit", "操作记录", "/console/audit", frozenset({Role.ADMIN, Role.AUDITOR})),
        ),
    ),
)
