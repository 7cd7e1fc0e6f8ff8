"""会话内容存档: decrypted messages of WeCom's archive, as a list or a line each.

What a customer wrote in one go becomes what the guide pastes; what the guide answered stands above the case. Everything
personal is a placeholder before it is a case. A talk whose customer did not agree to be kept is left out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from assistant.clock import SHOP_TIME
from assistant.flow.drafting.masking import Mask
from eval.cases.reading import BadCase
from eval.foreign.making import Item, Making

APART = timedelta(minutes=30)
"""A pause of a talk after which the next message begins another case."""
MOST_TURNS = 8
_OUTSIDE = ("wo", "wm")
_ROBOT = "wb"
_UNREADABLE = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "file": "文件",
    "emotion": "表情",
    "location": "位置",
    "weapp": "小程序",
    "link": "链接",
    "card": "名片",
    "chatrecord": "聊天记录",
    "voiptext": "音视频通话",
    "sphfeed": "视频号",
    "note": "笔记",
    "collect": "填表",
    "redpacket": "红包",
    "external_redpacket": "红包",
    "mixed": "图文",
    "meeting": "会议",
    "docmsg": "文档",
}


@dataclass(frozen=True)
class _Said:
    """One message of a talk."""

    where: str
    msgid: str
    speaker: str
    moment: datetime
    text: str
    unreadable: str = ""

    @property
    def from_customer(self) -> bool:
        return self.speaker.startswith(_OUTSIDE)


def read(path: Path, making: Making, names: Sequence[str] = ()) -> None:
    """Take in every talk; ``names`` are persons to look for beyond what is personal by its shape. Raises BadCase."""
    talks: dict[tuple[str, ...], list[_Said]] = {}
    refused: set[tuple[str, ...]] = set()
    recalled: set[str] = set()
    seen: set[str] = set()
    for where, one in _messages(path, making):
        if not isinstance(one, dict):
            making.problem(where, "", "不是一条消息", "请放解密后的消息，一条一个 {…}")
            continue
        if one.get("action") == "switch":
            continue
        key = _talk_of(one)
        if key is None:
            making.problem(where, "from/tolist", "看不出是谁和谁的对话", "要有 from 和 tolist（群里要有 roomid）")
            continue
        kind, msgid = str(one.get("msgtype", "")), str(one.get("msgid", ""))
        if kind == "revoke" or one.get("action") == "recall":
            recalled.add(str(_dict(one.get("revoke")).get("pre_msgid", "")) or msgid)
            continue
        if kind in ("agree", "disagree"):
            (refused.add if kind == "disagree" else refused.discard)(key)
            continue
        if msgid and msgid in seen:
            continue
        seen.add(msgid)
        said = _said(where, one, kind, making)
        if said is not None:
            talks.setdefault(key, []).append(said)
    for key in sorted(refused & talks.keys()):
        making.problem(talks[key][0].where, "msgtype", "客户不同意存档，这段对话没有用", "不用改")
    mask = Mask.of_names(names)
    for key, talk in talks.items():
        if key not in refused:
            for item in _items([one for one in talk if one.msgid not in recalled], mask):
                making.add(item)


def _messages(path: Path, making: Making) -> Iterator[tuple[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise BadCase(
                f"{path.name}：第{error.lineno}行不是 JSON（{error.msg}）；请放解密后的消息，一个列表，或者一行一条"
            ) from error
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                try:
                    yield f"第{number}条", json.loads(line)
                except json.JSONDecodeError as broken:
                    making.problem(
                        f"第{number}行", "", f"不是 JSON（第 {broken.colno} 个字附近）", "请一行写一条完整的消息"
                    )
        return
    if isinstance(content, dict):
        content = next((content[name] for name in ("chatdata", "messages", "data") if name in content), [content])
    if not isinstance(content, list):
        raise BadCase(f"{path.name}：没有消息的列表")
    if any(isinstance(one, dict) and "encrypt_chat_msg" in one for one in content):
        raise BadCase(f"{path.name}：这是还没解密的存档（encrypt_chat_msg）；请先用会话存档 SDK 解密")
    for number, one in enumerate(content, start=1):
        yield f"第{number}条", one


def _talk_of(one: Mapping[str, Any]) -> tuple[str, ...] | None:
    if one.get("roomid"):
        return ("room", str(one["roomid"]))
    speaker, heard = one.get("from"), one.get("tolist")
    if not isinstance(speaker, str) or not isinstance(heard, list) or not heard:
        return None
    return tuple(sorted((speaker, *(str(one) for one in heard))))


def _said(where: str, one: Mapping[str, Any], kind: str, making: Making) -> _Said | None:
    try:
        # milliseconds, in UTC
        moment = datetime.fromtimestamp(int(one.get("msgtime", "")) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        making.problem(where, "msgtime", "不是毫秒时间", "请写成 1763776800000 这样的数")
        return None
    speaker = one.get("from")
    if not isinstance(speaker, str) or not speaker:
        making.problem(where, "from", "没有写是谁发的", "请保留解密后的 from")
        return None
    if speaker.startswith(_ROBOT):
        return None
    text, unreadable = "", _UNREADABLE.get(kind, kind)
    if kind in ("text", "markdown"):
        content = _dict(one.get(kind, one.get("info"))).get("content")
        if not isinstance(content, str) or not content.strip():
            making.problem(where, f"{kind}.content", "没有文字", "请保留解密后的 text.content")
            return None
        text, unreadable = content, ""
    elif not kind:
        making.problem(where, "msgtype", "没有写消息类型", "请保留解密后的 msgtype")
        return None
    return _Said(where, str(one.get("msgid", "")), speaker, moment, text, unreadable)


def _items(talk: list[_Said], mask: Mask) -> Iterator[Item]:
    """The cases of one talk: cut where it paused, and where it grew long."""
    talk = sorted(talk, key=lambda one: one.moment)
    pieces: list[list[_Said]] = []
    for one in talk:
        if not pieces or one.moment - pieces[-1][-1].moment > APART:
            pieces.append([])
        pieces[-1].append(one)
    for piece in pieces:
        bursts = [list(ones) for _, ones in groupby(piece, key=lambda one: one.from_customer)]
        asked = [
            number for number, ones in enumerate(bursts) if ones[0].from_customer and any(one.text for one in ones)
        ]
        for start in range(0, len(asked), MOST_TURNS):
            chosen = asked[start : start + MOST_TURNS]
            until = asked[start + MOST_TURNS] if start + MOST_TURNS < len(asked) else len(bursts)
            yield _item(bursts[chosen[0] : until], mask)


def _item(bursts: list[list[_Said]], mask: Mask) -> Item:
    first = bursts[0][0]
    item = Item(
        first.where, title="", clock=first.moment.astimezone(SHOP_TIME).replace(second=0, microsecond=0).isoformat()
    )
    for ones in bursts:
        for one in ones:
            if one.unreadable:
                whose = "客户" if one.from_customer else "导购"
                item.note(f"{whose}发的{one.unreadable}", "没法回放")
        texts = [one.text for one in ones if one.text]
        if not texts:
            continue
        if ones[0].from_customer:
            # several lines in a row are one paste
            item.turns.append(((f"客户：{mask.hide(chr(10).join(texts))}",), {}))
        else:
            item.note(f"第{len(item.turns)}轮她当时回", mask.hide("／".join(texts)))
    return item


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
