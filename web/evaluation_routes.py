"""The page of batch evaluation over HTTP: the password in front, forms that change something, files that are sent.

Off unless a password is set. Every form must carry a token of the session, and come from a page of this server.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import get_args
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from rag.prompts import label
from rag.records import Language
from rag.settings import Settings
from web import evaluation_page as pages
from web.clients import Clients
from web.evaluation import Evaluations, File, Run, Which
from web.evaluation_page import HOME, FileFault, Frame
from web.evaluation_run_page import ROWS_A_PAGE, RunView, run_page
from web.evaluation_session import SECONDS, Session, Sessions, TooManyTries
from web.screen import LANGUAGES, language_of
from web.sites import own_origins

COOKIE = "wenju-evaluation"
_Handler = Callable[[Request], Awaitable[Response]]
_RUN = re.compile(rf"{HOME}/runs/[0-9a-f-]+")
_LANGUAGE_COOKIE = "wenju-language"
_SECONDS_TO_SEND = 300.0
_REFUSED_SHOWN = 200
_MOST_PAGES = 10_000
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The report has a style of its own and nothing else. In a sandbox it has no origin: whatever it held could do nothing.
_REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_KINDS = {
    "report.html": "text/html; charset=utf-8",
    "results.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "results.jsonl": "application/x-ndjson; charset=utf-8",
    "refused.csv": "text/csv; charset=utf-8",
}


class _Elsewhere(Exception):
    """The request gets this answer instead."""

    def __init__(self, response: Response) -> None:
        self.response = response


def add_evaluation(app: FastAPI, evaluations: Evaluations, settings: Settings) -> None:
    """Adds the page at `/evaluation` to `app`, whose settings have a password for it."""
    assert settings.evaluation_password
    site = _Pages(evaluations, settings, Sessions(settings.evaluation_password.get_secret_value()))
    routes = (
        ("GET", "", site.home),
        ("POST", "/sign-in", site.sign_in),
        ("POST", "/sign-out", site.sign_out),
        ("GET", "/template.xlsx", site.template),
        ("POST", "/upload", site.upload),
        ("GET", "/runs/{id}", site.show),
        ("GET", "/runs/{id}/progress", site.progress),
        ("POST", "/runs/{id}/start", site.start),
        ("POST", "/runs/{id}/cancel", site.cancel),
        ("GET", "/runs/{id}/delete", site.ask_to_delete),
        ("POST", "/runs/{id}/delete", site.delete),
        ("GET", "/runs/{id}/files/{name}", site.file),
    )
    for method, path, handler in routes:
        app.add_api_route(HOME + path, _answering(handler), methods=[method], include_in_schema=False)
    for path in ("/sign-in", "/sign-out", "/upload", "/runs/{id}/start", "/runs/{id}/cancel"):
        app.add_api_route(HOME + path, site.back, methods=["GET"], include_in_schema=False)


def _answering(handler: _Handler) -> _Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except _Elsewhere as elsewhere:
            return elsewhere.response
        except (ClientDisconnect, TimeoutError):
            return Response(status_code=400)

    return answer


class _Pages:
    """The handlers."""

    def __init__(self, evaluations: Evaluations, settings: Settings, sessions: Sessions) -> None:
        self._evaluations = evaluations
        self._sessions = sessions
        self._clients = Clients(settings.proxies)
        self._own = own_origins(settings.public_url, settings.port)
        self._is_secure = (settings.public_url or "").lower().startswith("https://")
        self._has_chat = settings.chat_page

    async def home(self, request: Request) -> Response:
        """The runs and the form for a file, or the form for the password."""
        session = self._session(request)
        if session is None:
            return self._html(request, pages.sign_in_page(self._frame(request, None)))
        return await self._home_page(request, session)

    async def sign_in(self, request: Request) -> Response:
        form = await self._form(request, None)
        client = self._clients.of(request)
        try:
            cookie = await self._sessions.begin(form.get("password", ""), client, now=time.time())
        except TooManyTries as error:
            words = label("evaluation_too_many_tries", _language(request), minutes=max(1, round(error.seconds / 60)))
            page = pages.sign_in_page(self._frame(request, None), fault=words)
            return self._html(request, page, 429, {"Retry-After": str(error.seconds)})
        if cookie is None:
            words = label("evaluation_wrong_password", _language(request))
            return self._html(request, pages.sign_in_page(self._frame(request, None), fault=words), 403)
        response = self._to(HOME)
        self._set_cookie(request, response, COOKIE, cookie, SECONDS)
        return response

    async def sign_out(self, request: Request) -> Response:
        session = self._needed(request)
        await self._form(request, session)
        self._sessions.end(session, now=time.time())
        response = self._to(HOME)
        self._set_cookie(request, response, COOKIE, "", 0)
        return response

    async def template(self, request: Request) -> Response:
        self._needed(request)
        content = await run_in_threadpool(self._evaluations.template)
        return Response(content, media_type=_KINDS["results.xlsx"], headers=_download("questions.xlsx"))

    async def upload(self, request: Request) -> Response:
        """Keeps the file and shows what is in it, or says why it is none."""
        session = self._needed(request)
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise _Elsewhere(self._notice(request, session, "evaluation_foreign", 415))
        try:
            async with asyncio.timeout(_SECONDS_TO_SEND):
                sent = await request.form(max_files=1, max_fields=4)
        except HTTPException as error:  # no form that can be read: two files, or a name of ten thousand characters
            return await self._home_page(request, session, FileFault(kind="unreadable", line=error.detail))
        try:
            self._check(request, session, sent.get("form"))
            file = sent.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return await self._home_page(request, session, FileFault(kind="none", line=""))
            kept = await run_in_threadpool(self._evaluations.keep, file.filename, file.file)
        finally:
            await sent.close()
        if isinstance(kept, str):
            return self._to(f"{HOME}/runs/{kept}")
        return await self._home_page(request, session, FileFault(kind=kept.kind, line=kept.line))

    async def show(self, request: Request) -> Response:
        """A run: what is in the file, how far it is, what came of it."""
        session = self._needed(request)
        run = await self._run(request, session)
        return await self._run_page(request, session, run)

    async def back(self, request: Request) -> Response:
        """To where the form stood: a browser that shows the answer to a form and is told to go there again asks so."""
        return self._to(_of_run(request.url.path))

    async def progress(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return JSONResponse({}, status_code=403)
        run = await self._run(request, session)
        words = pages.progress_words(run, _language(request))
        told = {"state": run.state, "done": run.done, "questions": run.questions, "words": words}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def start(self, request: Request) -> Response:
        session = self._needed(request)
        form = await self._form(request, session)
        run = await self._run(request, session)
        if await run_in_threadpool(self._evaluations.start, run.id, anew=form.get("anew") == "yes"):
            return self._to(f"{HOME}/runs/{run.id}")
        return await self._run_page(request, session, run, fault="evaluation_busy", status=409)

    async def cancel(self, request: Request) -> Response:
        session = self._needed(request)
        await self._form(request, session)
        run = await self._run(request, session)
        await run_in_threadpool(self._evaluations.cancel, run.id)
        for _ in range(20):  # most often the question under way ends within a second
            found = await run_in_threadpool(self._evaluations.run, run.id)
            if found is None or found.state != "running":
                break
            await asyncio.sleep(0.1)
        return self._to(f"{HOME}/runs/{run.id}")

    async def ask_to_delete(self, request: Request) -> Response:
        session = self._needed(request)
        run = await self._run(request, session)
        return self._html(request, pages.delete_page(self._frame(request, session), run))

    async def delete(self, request: Request) -> Response:
        session = self._needed(request)
        await self._form(request, session)
        run = await self._run(request, session)
        if await run_in_threadpool(self._evaluations.delete, run.id):
            return self._to(HOME)
        return await self._run_page(request, session, run, fault="evaluation_not_deleted", status=409)

    async def file(self, request: Request) -> Response:
        """A file of a run. The report may also be looked at, in a page where nothing can run."""
        session = self._needed(request)
        run = await self._run(request, session)
        name = request.path_params["name"]
        names: tuple[File, ...] = get_args(File)
        known = next((file for file in names if file == name), None)
        found = await run_in_threadpool(self._evaluations.file, run.id, known) if known else None
        if known is None or found is None:
            return self._notice(request, session, "evaluation_no_file", 404)
        headers = _download(f"{run.name}-{known}")
        if known == "report.html":
            headers["Content-Security-Policy"] = _REPORT_POLICY
            if request.query_params.get("look") == "yes":
                headers["Content-Disposition"] = "inline"
        if isinstance(found, Path):
            return FileResponse(found, media_type=_KINDS[known], headers=headers)
        return StreamingResponse(found, media_type=_KINDS[known], headers=headers)

    async def _run_page(
        self, request: Request, session: Session, run: Run, *, fault: str = "", status: int = 200
    ) -> Response:
        query, own = request.query_params, self._evaluations
        which: Which = "right" if query.get("show") == "right" else "all" if query.get("show") == "all" else "wrong"
        number = int(query["page"]) if re.fullmatch("[0-9]{1,9}", query.get("page", "")) else 1
        number = max(1, min(number, _MOST_PAGES))
        wanted = query.get("with", "")

        def view() -> RunView:
            has_results = run.state in ("finished", "stopped") and bool(run.shares)
            others = own.others(run.id) if has_results else ()
            earlier = next((other for other in others if other.id == wanted), None)
            return RunView(
                run=run,
                refused=own.refused(run.id, _REFUSED_SHOWN) if run.refused else (),
                which=which,
                page=number,
                results=own.results(run.id, which, number, ROWS_A_PAGE) if has_results else None,
                others=others,
                earlier=earlier,
                comparison=own.compare(earlier.id, run.id) if earlier else None,
                fault=label(fault, _language(request)) if fault else "",
            )

        shown = await run_in_threadpool(view)
        return self._html(request, run_page(self._frame(request, session), shown), status)

    async def _home_page(self, request: Request, session: Session, fault: FileFault | None = None) -> Response:
        runs = await run_in_threadpool(self._evaluations.runs)
        page = pages.home_page(self._frame(request, session), runs, fault, file_bytes=self._evaluations.file_bytes)
        return self._html(request, page, 422 if fault else 200)

    async def _run(self, request: Request, session: Session) -> Run:
        run = await run_in_threadpool(self._evaluations.run, request.path_params["id"])
        if run is None:
            raise _Elsewhere(self._notice(request, session, "evaluation_no_run", 404))
        return run

    def _session(self, request: Request) -> Session | None:
        return self._sessions.of(request.cookies.get(COOKIE, ""), now=time.time())

    def _needed(self, request: Request) -> Session:
        """Who is signed in. Others are sent to where they can sign in."""
        session = self._session(request)
        if session is None:
            raise _Elsewhere(self._to(HOME))
        return session

    async def _form(self, request: Request, session: Session | None) -> dict[str, str]:
        """The fields of a form that was filled in here."""
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        fields: dict[str, str] = {}
        if kind == "application/x-www-form-urlencoded":
            try:
                async with asyncio.timeout(_SECONDS_TO_SEND):
                    form = await request.form(max_files=0, max_fields=8)
            except HTTPException:
                form = None
            fields = {name: value for name, value in form.items() if isinstance(value, str)} if form else {}
        self._check(request, session, fields.get("form"))
        return fields

    def _check(self, request: Request, session: Session | None, token: object) -> None:
        """Returns where the form is one of ours and stood on a page of ours."""
        ours = isinstance(token, str) and self._sessions.is_ours(token, session, now=time.time())
        if not ours or not self._from_here(request):
            raise _Elsewhere(self._notice(request, session, "evaluation_foreign", 403))

    def _from_here(self, request: Request) -> bool:
        """Whether nothing says that the form stood on a page of somebody else."""
        headers = request.headers
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        if origin is None:
            referrer = urlsplit(headers.get("referer", ""))
            origin = f"{referrer.scheme}://{referrer.netloc}" if referrer.scheme else None
        return origin is None or origin in self._own or urlsplit(origin).netloc == headers.get("host")

    def _frame(self, request: Request, session: Session | None) -> Frame:
        token = self._sessions.form_token(session, now=time.time())
        path = request.url.path
        here = path if request.method == "GET" and session else _of_run(path) if session else HOME
        return Frame(
            language=_language(request),
            form_token=token,
            here=here,
            signed_in=session is not None,
            has_chat=self._has_chat,
        )

    def _notice(self, request: Request, session: Session | None, name: str, status: int) -> Response:
        return self._html(request, pages.notice_page(self._frame(request, session), name), status)

    def _html(
        self, request: Request, page: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        response = HTMLResponse(page, status_code=status, headers={**_PAGE_HEADERS, **(headers or {})})
        chosen = request.query_params.get("lang", "")
        if chosen in LANGUAGES:
            self._set_cookie(request, response, _LANGUAGE_COOKIE, chosen, 365 * 86_400)
        return response

    def _set_cookie(self, request: Request, response: Response, name: str, value: str, seconds: int) -> None:
        secure = self._is_secure or request.url.scheme == "https"
        response.set_cookie(name, value, max_age=seconds, path=HOME, secure=secure, httponly=True, samesite="strict")

    def _to(self, path: str) -> Response:
        return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


_PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Without a referrer browsers would send `Origin: null` with the form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
    "X-Robots-Tag": "noindex",
}


def _language(request: Request) -> Language:
    given = request.query_params.get("lang") or request.cookies.get(_LANGUAGE_COOKIE, "")
    return next((language for language in LANGUAGES if language == given), None) or language_of(
        request.headers.get("accept-language")
    )


def _of_run(path: str) -> str:
    """The page of the run that a form below `path` changes, or the list."""
    run = _RUN.match(path)
    return run[0] if run else HOME


def _download(name: str) -> dict[str, str]:
    """Headers with which a browser stores the file under `name`, which may be in any script."""
    named = quote(name, safe="", errors="replace")
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
