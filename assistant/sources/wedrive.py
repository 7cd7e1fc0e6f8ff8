"""A folder of WeCom's 微盘 (pages 97887 file_list, 97881 file_download).

A corp without a paid 微盘 may call these some thousand times a month, so pages are as large as allowed and only what
changed is downloaded. The app must be among 微盘's 可调用应用.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from assistant.errors import DaogouError, PlaceTrouble, SendRefused
from assistant.sources.source import Listed, NotFetched

TOKEN_ERRORS = (40001, 40014, 42001)
BUSY = (-1, 6000, 45009, 45033)
PAGE = 1000
DEEPEST = 20
_WAITS = (1.0, 5.0)
_CHUNK = 64 * 1024
_FOLDER, _FILE = 1, 2
_DELETED = 2


class _Refused(DaogouError):
    """微盘 said no; ``errcode`` is WeCom's."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"errcode {errcode}")
        self.errcode = errcode


@dataclass(frozen=True)
class WeDrive:
    """The files of one folder of a space, with everything below it.

    ``client`` carries base URL and time limits. ``token`` gives the app's access token; given one that was just
    refused it gives a new one. ``folder_id`` empty means the whole space.
    """

    client: httpx2.Client
    token: Callable[[str], str]
    space_id: str
    folder_id: str
    sleep: Callable[[float], object]

    @property
    def name(self) -> str:
        """Space and folder."""
        return f"wedrive:{self.space_id}/{self.folder_id}"

    @property
    def is_whole(self) -> bool:
        """All pages of all folders are listed, or none counts."""
        return True

    def list(self) -> Iterator[Listed]:
        """Every file; documents that live in 微盘 only cannot be downloaded and are held back."""
        yield from self._folder(self.folder_id or self.space_id, "", set())

    def _folder(self, folder_id: str, prefix: str, seen: set[str]) -> Iterator[Listed]:
        if folder_id in seen or len(prefix.split("/")) > DEEPEST:
            raise PlaceTrouble("微盘的文件夹嵌套太深", f"请整理到 {DEEPEST} 层以内")
        seen.add(folder_id)
        start, starts = 0, {0}
        while True:
            page = self._page(folder_id, start)
            for item in page.get("file_list", {}).get("item", ()):
                if item.get("file_status") == _DELETED:
                    continue
                # a folder's name is one name, whatever stands in it
                path = f"{prefix}{str(item['file_name']).replace('/', '／')}"
                if item.get("file_type") == _FOLDER:
                    yield from self._folder(str(item["fileid"]), f"{path}/", seen)
                elif item.get("file_type") == _FILE:
                    yield self._file(path, item)
            if not page.get("has_more"):
                return
            start = int(page.get("next_start", 0))
            if start in starts:
                raise PlaceTrouble("微盘的文件清单不完整", "请稍后再试")
            starts.add(start)

    def _file(self, path: str, item: dict[str, Any]) -> Listed:
        content = item.get("sha") or item.get("md5") or item.get("mtime", "")
        size = item.get("file_size")
        return Listed(path, str(item["fileid"]), f"{item['fileid']}-{content}", int(size) if size is not None else None)

    def _page(self, folder_id: str, start: int) -> dict[str, Any]:
        asked = {"spaceid": self.space_id, "fatherid": folder_id, "sort_type": 1, "start": start, "limit": PAGE}
        try:
            return self._call("file_list", asked)
        except _Refused as refused:
            raise _trouble(refused) from refused

    def fetch(self, one: Listed) -> Iterator[bytes]:
        """The content of one file: first its address, good for two hours, then the file with the cookie beside it."""
        try:
            where = self._call("file_download", {"fileid": one.key})
        except _Refused as refused:
            if refused.errcode in BUSY:
                raise _trouble(refused) from refused
            raise NotFetched(f"微盘不给下载（errcode {refused.errcode}）", "请核对应用对这个文件的权限") from refused
        url, cookie = httpx2.URL(str(where["download_url"])), f"{where['cookie_name']}={where['cookie_value']}"
        if url.scheme not in {"https", self.client.base_url.scheme}:
            raise NotFetched("微盘给的下载地址不是 https", "请稍后再试")
        try:
            with self.client.stream("GET", url, headers={"Cookie": cookie}) as response:
                if response.status_code != 200:
                    raise NotFetched(f"下载失败（HTTP {response.status_code}）", "不用处理，下次会再取")
                yield from response.iter_bytes(_CHUNK)
        except httpx2.TransportError as error:
            # the error's own text holds the address, and the address opens the file
            raise NotFetched(f"传输中断（{type(error).__name__}）", "请检查网络，下次会再取") from None

    def _call(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call 微盘: a stale token is renewed once, a busy answer waited out twice; raises _Refused."""
        token, is_renewed = self._token(""), False
        waits = iter(_WAITS)
        while True:
            answer = self._post(name, token, body)
            errcode = int(answer.get("errcode", -1))
            if errcode == 0:
                return answer
            if errcode in TOKEN_ERRORS and not is_renewed:
                token, is_renewed = self._token(token), True
                continue
            wait = next(waits, None)
            if errcode not in BUSY or wait is None:
                raise _Refused(errcode)
            self.sleep(wait)

    def _token(self, stale: str) -> str:
        try:
            return self.token(stale)
        except SendRefused as refused:
            raise _Refused(refused.errcode) from refused

    def _post(self, name: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self.client.post(f"/cgi-bin/wedrive/{name}", params={"access_token": token}, json=body)
            answer = response.json()
        except httpx2.TransportError:
            return {"errcode": -1}
        except ValueError:
            # a gateway's error page
            return {"errcode": -1}
        return answer if isinstance(answer, dict) else {"errcode": -1}


def _trouble(refused: _Refused) -> PlaceTrouble:
    code = refused.errcode
    if code == 45009:
        return PlaceTrouble("微盘接口调用太频繁（errcode 45009）", "请过一会儿再试；免费版微盘每月有调用次数上限")
    if code in BUSY:
        return PlaceTrouble(f"企业微信现在忙，或连不上（errcode {code}）", "请检查网络，稍后再试")
    remedy = "请核对空间 ID，并在管理后台「协作 - 微盘 - API」里把本应用加进可调用应用"
    return PlaceTrouble(f"企业微信不让读这个微盘（errcode {code}）", remedy)
