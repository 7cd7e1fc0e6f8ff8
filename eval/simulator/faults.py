"""What the simulator can do wrong on request: refuse, stall, break off, or deliver a message badly.

A fault is *armed* (by a test or by a click on the page) and then *taken* by the calls it applies to,
so "the next two message/send fail with 45009" is one order with ``times=2``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

ANY_PATH = "any"


class FaultName(StrEnum):
    """The closed list of faults. The first group spoils our API answers, the second our callbacks."""

    ERRCODE = "errcode"
    HTTP_STATUS = "http_status"
    SLOW = "slow"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    REPEAT = "repeat"
    CONCURRENT = "concurrent"
    OUT_OF_ORDER = "out_of_order"
    LOST = "lost"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_RECEIVE_ID = "wrong_receive_id"
    BAD_PAD = "bad_pad"
    STALE_TIMESTAMP = "stale_timestamp"
    OVERSIZE = "oversize"
    NOT_XML = "not_xml"


API_FAULTS = (FaultName.ERRCODE, FaultName.HTTP_STATUS, FaultName.SLOW, FaultName.RESET, FaultName.LOST_ANSWER)
CALLBACK_FAULTS = tuple(name for name in FaultName if name not in API_FAULTS)

_API_VALUES: dict[FaultName, TypeAdapter[Any]] = {
    FaultName.ERRCODE: TypeAdapter(int),
    FaultName.HTTP_STATUS: TypeAdapter(Literal[400, 403, 404, 429, 500, 502, 503, 504]),
    FaultName.SLOW: TypeAdapter(float),
    FaultName.RESET: TypeAdapter(Literal[True]),
    FaultName.LOST_ANSWER: TypeAdapter(Literal[True]),
}


class CallbackFaults(BaseModel):
    """How one message is delivered. The defaults deliver it once and well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repeat: int = Field(default=1, ge=1, le=50)
    """Deliver this many times, one after the other, with the same MsgId."""
    concurrent: int = Field(default=1, ge=1, le=50)
    """Deliver this many times at once."""
    out_of_order: bool = False
    """Hold the message until the same guide's next one has been delivered."""
    lost: bool = False
    """Never deliver: WeCom does not guarantee delivery."""
    wrong_signature: bool = False
    wrong_receive_id: bool = False
    bad_pad: Literal["uneven", "zero", "over"] | None = None
    """``uneven``: the pad bytes differ; ``zero``: the last byte is 0; ``over``: it is 33."""
    stale_timestamp: int = Field(default=0, ge=0)
    """Seconds the signed timestamp lies in the past."""
    oversize: int = Field(default=0, ge=0, le=8 * 1024 * 1024)
    """Least number of bytes of the posted body."""
    not_xml: Literal["outer", "inner"] | None = None
    """``outer``: the posted body is no XML; ``inner``: well signed, but no XML inside."""


class FaultOrder(BaseModel):
    """How strong, how often and for which endpoint. ``times=None`` lasts until cleared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: int | float | bool | str = True
    times: int | None = Field(default=1, ge=1)
    path: str = "message/send"
    """The endpoint under /cgi-bin/, or ``any``. Of no meaning for callback faults."""


class ArmedFault(BaseModel):
    """An order in force; ``left`` counts down to its end."""

    model_config = ConfigDict(frozen=True)

    name: FaultName
    value: Any
    path: str
    left: int | None

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        adapter = _API_VALUES.get(self.name)
        if adapter is None:
            CallbackFaults.model_validate({self.name.value: self.value})
        else:
            adapter.validate_python(self.value)
        return self

    def concerns(self, name: FaultName, path: str) -> bool:
        """Whether a call of ``path`` takes this fault."""
        return self.name is name and (name in CALLBACK_FAULTS or self.path in (path, ANY_PATH))


class FaultBoard:
    """The switchboard: armed faults in the order they were armed."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []

    def arm(self, name: FaultName, order: FaultOrder) -> None:
        """Put an order in force behind those already there. Raises pydantic's ValidationError for a bad value."""
        self._armed.append(ArmedFault(name=name, value=order.value, path=order.path, left=order.times))

    def take(self, name: FaultName, path: str = "") -> Any | None:
        """The value of the first armed fault that concerns this call, counted down; None when there is none."""
        for position, fault in enumerate(self._armed):
            if fault.concerns(name, path):
                self._count_down(position, fault)
                return fault.value
        return None

    def take_callback_faults(self) -> dict[str, Any]:
        """Every armed callback fault, each counted down once: the way the next message is delivered."""
        taken = {name.value: self.take(name) for name in CALLBACK_FAULTS}
        return {name: value for name, value in taken.items() if value is not None}

    def armed(self) -> tuple[ArmedFault, ...]:
        """What is in force now."""
        return tuple(self._armed)

    def clear(self, name: FaultName | None = None) -> None:
        """Lift one kind of fault, or all."""
        self._armed = [] if name is None else [fault for fault in self._armed if fault.name is not name]

    def _count_down(self, position: int, fault: ArmedFault) -> None:
        if fault.left is None:
            return
        if fault.left == 1:
            del self._armed[position]
        else:
            self._armed[position] = fault.model_copy(update={"left": fault.left - 1})


@dataclass(frozen=True)
class FaultSwitch:
    """One button on the page: what it says and what it arms."""

    group: str
    label: str
    name: FaultName
    order: FaultOrder


def _api(label: str, name: FaultName, value: int | float | bool, times: int | None, path: str) -> FaultSwitch:
    return FaultSwitch("接口", label, name, FaultOrder(value=value, times=times, path=path))


def _callback(label: str, name: FaultName, value: int | bool | str) -> FaultSwitch:
    return FaultSwitch("回调", label, name, FaultOrder(value=value))


SWITCHES = (
    _api("频率超限 45009 ×2", FaultName.ERRCODE, 45009, 2, "message/send"),
    _api("系统繁忙 -1 ×2", FaultName.ERRCODE, -1, 2, "message/send"),
    _api("令牌过期 42001", FaultName.ERRCODE, 42001, 1, "message/send"),
    _api("令牌无效 40014", FaultName.ERRCODE, 40014, 1, "message/send"),
    _api("IP 不可信 60020（一直）", FaultName.ERRCODE, 60020, None, ANY_PATH),
    _api("网关错误 502", FaultName.HTTP_STATUS, 502, 1, "message/send"),
    _api("慢 8 秒", FaultName.SLOW, 8, 1, "message/send"),
    _api("连接断开", FaultName.RESET, True, 1, "message/send"),
    _api("收下了，但答复丢失", FaultName.LOST_ANSWER, True, 1, "message/send"),
    _callback("同一条送 3 次", FaultName.REPEAT, 3),
    _callback("同时送 5 份", FaultName.CONCURRENT, 5),
    _callback("晚于下一条才到", FaultName.OUT_OF_ORDER, True),
    _callback("丢失不送", FaultName.LOST, True),
    _callback("签名错误", FaultName.WRONG_SIGNATURE, True),
    _callback("企业号不符", FaultName.WRONG_RECEIVE_ID, True),
    _callback("补位错误", FaultName.BAD_PAD, "uneven"),
    _callback("时间戳过旧", FaultName.STALE_TIMESTAMP, 3600),
    _callback("超大报文", FaultName.OVERSIZE, 400_000),
    _callback("不是 XML", FaultName.NOT_XML, "outer"),
)
"""The buttons of the page, in their order."""
