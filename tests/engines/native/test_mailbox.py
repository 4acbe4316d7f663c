"""The mailbox of the native engine shows messages as they were meant."""

import asyncio
import json
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from types import SimpleNamespace

from localenv.engines.native.mailbox import Api, Mailbox

PDF = b"%PDF\0\xff" * 9


def test_addresses_and_attachments_with_letters_beyond_ascii_are_shown_as_written(tmp_path: Path) -> None:
    mail = EmailMessage(policy=SMTPUTF8)
    mail["From"], mail["To"], mail["Subject"] = "jürgen@köln.example", "Ödön <ö@mail.example>", "für dich"
    mail.set_content("Grüße\n")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    envelope = SimpleNamespace(mail_from="jürgen@köln.example", rcpt_tos=["ö@mail.example"], content=mail.as_bytes())
    mailbox = Mailbox(tmp_path)
    asyncio.run(mailbox.handle_DATA(None, None, envelope))
    api = Api(mailbox)

    shown = json.loads(api.reply("GET", "/api/v1/message/latest", b"")[2])
    assert (shown["From"]["Address"], shown["Subject"]) == ("jürgen@köln.example", "für dich")
    assert (shown["To"], shown["Bcc"]) == ([{"Name": "Ödön", "Address": "ö@mail.example"}], [])
    [attachment] = shown["Attachments"]
    assert (attachment["FileName"], attachment["Size"]) == ("Rechnung März.pdf", len(PDF))
    part = f"/api/v1/message/latest/part/{attachment['PartID']}"
    assert api.reply("GET", part, b"") == (200, "application/pdf", PDF)
    assert api.reply("GET", "/api/v1/message/latest/part/9", b"")[0] == 404


BROKEN = (b"Cc: <", b"To: @x", b"Cc: a@[1", b"From: a: =?utf-8?b?Q29u?= <", b"Content-Type: a; x*0*=x\r\n\r\nx")


def test_mails_with_broken_headers_are_listed_beside_the_others(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    api = Api(mailbox)
    for broken in BROKEN:
        envelope = SimpleNamespace(
            mail_from="a@b.example", rcpt_tos=["c@d.example"], content=b"Subject: x\r\n" + broken
        )
        asyncio.run(mailbox.handle_DATA(None, None, envelope))
    listed = json.loads(api.reply("GET", "/api/v1/messages", b"")[2])["messages"]
    assert [one["Subject"] for one in listed] == ["x"] * len(BROKEN)
    for one in listed:
        for more in ("", "/headers", "/raw"):
            assert api.reply("GET", f"/api/v1/message/{one['ID']}{more}", b"")[0] == 200
