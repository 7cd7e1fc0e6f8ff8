"""Our own errors, one small tree. The expected ones carry the Chinese words a person should read.

DaogouError
├── SettingsError        a setting is missing or wrong; names it and the remedy
├── ModelUnavailable     the chat model gave nothing usable inside the deadline
├── SendRefused          WeCom said no, with its errcode
├── CallbackRefused      a callback was not WeCom's, or not for us
├── NotKept              a message could be stored neither in the database nor beside it
├── PlaceTrouble         a place material comes from cannot be read now; nothing was changed
├── UploadRefused        an upload cannot be taken; nothing was kept
├── GrantRefused         a step of a granted coupon's life is against a rule (in store/coupons/life.py)
├── TillRefused          a till told something that cannot be kept; nothing was changed
├── IndexUnusable        the index folder belongs to another process or another corp
└── NotFound             missing, or not yours: the two look the same
"""


class DaogouError(Exception):
    """Any error of ours; ``str(error)`` may be shown to an operator."""


class SettingsError(DaogouError):
    """A setting is missing or wrong."""


class ModelUnavailable(DaogouError):
    """The chat model gave nothing usable inside the deadline; ``reason`` is a short code for the record.

    ``calls`` requests were sent in vain, and cost so many tokens as far as the endpoint said.
    """

    def __init__(
        self, reason: str, detail: str = "", *, calls: int = 0, input_tokens: int = 0, output_tokens: int = 0
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.calls = calls
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens


class SendRefused(DaogouError):
    """WeCom refused a call. ``retry`` says whether the same call may pass later."""

    def __init__(self, errcode: int, detail: str, *, retry: bool) -> None:
        super().__init__(f"errcode {errcode}: {detail}")
        self.errcode = errcode
        self.retry = retry


class CallbackRefused(DaogouError):
    """A callback was refused; nothing about why goes back to the caller."""


class IndexUnusable(DaogouError):
    """The index folder belongs to another process or another corp; the Chinese text says what to do."""


class NotKept(DaogouError):
    """A message could be stored neither in the database nor in the spool, so it must not be acknowledged."""


class PlaceTrouble(DaogouError):
    """A place that material comes from cannot be read now; what came from it before stays. Both texts are Chinese."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} → {remedy}")
        self.reason = reason
        self.remedy = remedy


class UploadRefused(DaogouError):
    """An upload cannot be taken. Both texts are Chinese: what is wrong, and what would make it pass."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} → {remedy}")
        self.reason = reason
        self.remedy = remedy


class TillRefused(DaogouError):
    """A till told something that cannot be kept. ``code`` is for its programmer, the message Chinese for a person."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class NotFound(DaogouError):
    """Missing, or not yours: the two look the same on purpose."""
