"""WeCom's own login pages: inside the app (OAuth2, page 91022) and by scanning on a desktop (page 98152).

Where the real ones know who holds the phone, these ask: a list of people, and a click stands for the scan. ``as`` in the
address answers at once, for tests.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eval.simulator.api import Api
from eval.simulator.corp import Corp, Member

OAUTH, SCAN = "/connect/oauth2/authorize", "/wwlogin/sso/login"
STATE = re.compile(r"[A-Za-z0-9]{1,128}")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'"


class Wrong(NamedTuple):
    """What WeCom's page would say instead of asking."""

    errcode: int
    words: str


def login_pages(corp: Corp, api: Api) -> APIRouter:
    """Both pages; each sends the browser back with a code and the state it came with."""
    router = APIRouter()

    @router.get(OAUTH, response_model=None)
    async def inside(request: Request) -> Response:
        query = dict(request.query_params)
        if query.get("response_type") != "code" or query.get("scope") not in ("snsapi_base", "snsapi_privateinfo"):
            return _refused(Wrong(40035, "response_type 或 scope 不对"))
        return _ask(corp, api, OAUTH, query, "用哪个账号登录？")

    @router.get(SCAN, response_model=None)
    async def scan(request: Request) -> Response:
        query = dict(request.query_params)
        if query.get("login_type") != "CorpApp":
            return _refused(Wrong(40035, "login_type 不对（-31040）"))
        return _ask(corp, api, SCAN, query, "模拟扫码：谁的手机在扫？")

    return router


def _ask(corp: Corp, api: Api, path: str, query: Mapping[str, str], title: str) -> Response:
    wrong = _wrong(corp, query)
    if wrong is not None:
        return _refused(wrong)
    people = (*corp.config.office, *corp.config.members)
    chosen = next((one for one in people if one.userid.lower() == query.get("as", "").lower()), None)
    if chosen is None:
        return _page(title, "".join(_choice(path, query, one) for one in people))
    back = {"code": api.new_code(chosen.userid), "state": query["state"]}
    target = query["redirect_uri"]
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(back)}", status_code=302)


def _wrong(corp: Corp, query: Mapping[str, str]) -> Wrong | None:
    if query.get("appid") != corp.config.corp_id:
        return Wrong(40013, "appid 不是这家企业（-31027）")
    if query.get("agentid") != str(corp.config.agent_id):
        return Wrong(40056, "agentid 不对（-31028）")
    trusted = urlsplit(corp.config.console_url or "").netloc
    if not trusted or urlsplit(query.get("redirect_uri", "")).netloc != trusted:
        return Wrong(50001, "redirect_uri 不在可信域名里（-31020）")
    if STATE.fullmatch(query.get("state", "")) is None:
        return Wrong(40035, "state 只能是字母和数字，最多 128 个")
    return None


def _choice(path: str, query: Mapping[str, str], one: Member) -> str:
    address = f"{path}?{urlencode({**query, 'as': one.userid})}"
    return f'<li><a href="{escape(address)}">{escape(one.name)}</a> <span>{escape(one.store)} · {escape(one.userid)}</span></li>'


def _refused(wrong: Wrong) -> HTMLResponse:
    return _page(f"{wrong.errcode}", f"<li>{escape(wrong.words)}</li>", status=400)


def _page(title: str, items: str, status: int = 200) -> HTMLResponse:
    body = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>模拟企业微信登录</title><h1>{escape(title)}</h1><ul>{items}</ul></html>"
    )
    return HTMLResponse(body, status_code=status, headers={"Content-Security-Policy": POLICY})
