"""The least a service can be: FastAPI taking a callback and answering 200, and a WeCom that says yes to every call."""

from fastapi import FastAPI, Request, Response

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/wecom/callback")
async def receive(request: Request) -> Response:
    """Read the body and acknowledge."""
    await request.body()
    return Response(status_code=200)


@app.get("/health")
def health() -> dict[str, str]:
    """Say that it runs."""
    return {"status": "ok"}


@app.api_route("/cgi-bin/{path:path}", methods=["GET", "POST"])
async def wecom(path: str) -> dict[str, object]:
    """Answer as WeCom does when all is well."""
    return {"errcode": 0, "errmsg": "ok", "access_token": "token", "expires_in": 7200, "msgid": path}
