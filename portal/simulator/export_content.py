"""The file of an export, in each of the ways that it might be had.

The vendor's guide has a request for it that is not readable: path, format and name are open. So
each way is a switch, and by default there is none.
"""

from __future__ import annotations

import base64
import io
import zipfile

from .call import Call
from .exchange import Answer, Delivery, Json, Refusal, json_answer

HTML = b"<!doctype html><title>Sign in</title><form><input name=login></form>"
NAMED = (
    "attachment; filename=\"paie.csv\"; filename*=UTF-8''Variables%20de%20paie%20%C3%A9t%C3%A9.csv"
)


def get_content(call: Call, number: str) -> Answer:
    """GET /api/v3/timmiexports/{id}/content."""
    if call.settings.export_content != "raw":
        return Answer(404)
    return _file(call, int(number))


def get_linked_file(call: Call) -> Answer:
    """GET /getFile.ashx?id=..., where the link of an export points."""
    number = call.request.query.get("id", "")
    if call.settings.export_content != "json-link" or not number.isdecimal():
        return Answer(404)
    return _file(call, int(number))


def content_members(call: Call, number: int) -> Json:
    """What the export's own JSON has of its file."""
    mode = call.settings.export_content
    if mode == "json-link":
        # As elsewhere in v3: plain http.
        host = call.request.origin.partition("://")[2]
        return {"file": {"href": f"http://{host}/getFile.ashx?id={number}"}}
    if mode == "json-text":
        return {"content": _bytes(call, number).decode()}
    if mode == "json-base64":
        return {"content": base64.b64encode(_bytes(call, number)).decode()}
    return {}


def _file(call: Call, number: int) -> Answer:
    call.rights.may_export()
    shape = call.settings.export_content_shape
    if shape == "html":
        return Answer(200, HTML, {"Content-Type": "text/html; charset=utf-8"})
    if shape == "error":
        return json_answer({"Status": 500, "Message": "Object reference not set."})
    if shape == "zip":
        return Answer(200, _bytes(call, number), {"Content-Type": "application/zip"})
    headers = {"Content-Type": "text/csv", "Content-Disposition": NAMED}
    delivery: Delivery = "cut" if shape == "truncated" else "normal"
    return Answer(200, _bytes(call, number), headers, delivery=delivery)


def _bytes(call: Call, number: int) -> bytes:
    rows = call.state.rows(
        "select content from exports where id = ? and listed_at <= ?",
        (number, call.now.timestamp() - call.settings.export_content_after_seconds),
    )
    if not rows:
        raise Refusal(404, "There is no such file.")
    content = bytes(rows[0]["content"])
    shape = call.settings.export_content_shape
    if shape == "empty":
        return b""
    if shape != "zip":
        return content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("establishment-2.csv", content)
        archive.writestr("establishment-3.csv", content)
    return packed.getvalue()
