"""Mail, object storage and logins as needs, used by the libraries that programs use for them."""

import smtplib
import urllib.parse
from email.message import EmailMessage
from importlib.util import find_spec

import httpx
import pytest

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 -m http.server ${port}
        port: 8000
        native: {working_dir: ../site}
        compose: {volumes: ["../site:/site:ro"], working_dir: /site}
        environment:
          SMTP: "${mail.address}"
          MAILBOX: "${mail.mailbox.url}"
          S3: "${files.url}"
          ISSUER: "${login.url}"
    needs:
      mail: {smtp: latest, seed: {command: "python3 send.py ${mail.host} ${mail.port}"}}
      files: {s3: 5.1.0, seed: {command: "curl -sf -X PUT ${files.url}/photos", service: files}}
      login: {oidc: latest, users: {jane: {email: jane@shop.example, groups: [admin]}, max: null}}
"""
SEND = """
import smtplib, sys
with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), timeout=10) as client:
    for day in ("Monday", "Tuesday"):
        client.sendmail("shop@shop.example", ["jane@mail.example"], f"Subject: {day}\\r\\n\\r\\nof the seed".encode())
"""
IMAGES = ("axllent/mailpit:latest", "motoserver/moto:5.1.0", "ghcr.io/geigerzaehler/oidc-provider-mock:latest")


@pytest.fixture(scope="module")
def shop(engine, shared_world):
    if engine == "compose":
        import docker

        client = docker.from_env()
        known = {tag for image in client.images.list() for tag in image.tags}
        client.close()
        if missing := [image for image in IMAGES if image not in known]:
            pytest.skip(f"images that are not on this machine: {', '.join(missing)}")
    else:
        packages = ("aiosmtpd", "moto", "flask_cors", "oidc_provider_mock")
        if missing := [package for package in packages if find_spec(package) is None]:
            pytest.skip(f"packages that are not installed: {', '.join(missing)}")
    world = shared_world({"site/send.py": SEND}, app=False)
    world.describe(DESCRIPTION)
    world.up()
    return world


def test_a_mail_is_kept_and_shown_with_its_content(shop):
    host, _, port = shop.url("mail").removeprefix("smtp://").partition(":")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = "Shop <shop@shop.example>", "Jane <jane@mail.example>", "max@mail.example"
    mail["Subject"] = "Your order: größe 42"
    mail.set_content("Thank you!\n")
    mail.add_alternative("<p>Thank you!</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="invoice.pdf")
    with smtplib.SMTP(host, int(port), timeout=10) as client:
        client.login("any", "login")
        client.send_message(mail, to_addrs=["jane@mail.example", "max@mail.example", "hidden@mail.example"])

    found = shop.run("mail", "--json").document[0]
    assert found["subject"] == "Your order: größe 42"
    assert (found["sender"], found["text"].strip()) == ("shop@shop.example", "Thank you!")
    assert found["to"] == ["jane@mail.example", "max@mail.example", "hidden@mail.example"]
    assert found["attachments"] == ["invoice.pdf"]
    assert "shop@shop.example → jane@mail.example" in shop.run("mail", "mail").out
    assert "Thank you!" in shop.run("mail", found["id"][:20]).out
    url = shop.status()["services"]["mail"]["ports"]["mailbox"]
    assert httpx.get(f"{url}/api/v1/message/latest").json()["HTML"].strip() == "<p>Thank you!</p>"
    assert httpx.get(f"{url}/api/v1/search?query=subject:order to:jane").json()["messages_count"] == 1
    assert httpx.get(f"{url}/api/v1/search?query=to:nobody").json()["messages_count"] == 0
    httpx.delete(f"{url}/api/v1/messages")
    assert shop.run("mail", "--json").document == []
    assert "'files' is not a mail server" in shop.run("mail", "files", code=2).err


def test_objects_are_stored_and_read_with_boto3(shop):
    boto3 = pytest.importorskip("boto3", reason="the package boto3 is not installed")
    login = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=shop.url("files"), **login)
    client.create_bucket(Bucket="orders")
    client.put_object(Bucket="orders", Key="a/b.txt", Body=b"hello")
    client.put_object(Bucket="photos", Key="of-the-seed", Body=b"hello")

    assert client.get_object(Bucket="orders", Key="a/b.txt")["Body"].read() == b"hello"
    assert [one["Key"] for one in client.list_objects_v2(Bucket="orders")["Contents"]] == ["a/b.txt"]
    link = client.generate_presigned_url("get_object", Params={"Bucket": "orders", "Key": "a/b.txt"})
    assert httpx.get(link).content == b"hello"


def test_a_reset_removes_mails_and_objects_that_came_since_and_brings_deleted_mails(shop):
    boto3 = pytest.importorskip("boto3", reason="the package boto3 is not installed")
    login = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=shop.url("files"), **login)
    client.create_bucket(Bucket="new")
    client.put_object(Bucket="new", Key="ü/1 %", Body=b"one")
    host, _, port = shop.url("mail").removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port), timeout=10) as mails:
        mails.sendmail("a@b.example", ["c@d.example"], b"Subject: new\r\n\r\nx")

    url = shop.status()["services"]["mail"]["ports"]["mailbox"]
    gone = httpx.get(f"{url}/api/v1/search?query=subject:Tuesday").json()["messages"]
    httpx.request("DELETE", f"{url}/api/v1/messages", json={"IDs": [one["ID"] for one in gone] or ["none"]})

    output = shop.run("reset", "files", "mail")

    assert "new" in output.out + output.err
    assert [one["Name"] for one in client.list_buckets()["Buckets"]] == ["photos"]
    for _ in range(2):  # the mails that came again are the seeded ones
        mails = shop.run("mail", "--json").document
        assert sorted((one["subject"], one["text"].strip(), *one["to"]) for one in mails) == [
            ("Monday", "of the seed", "jane@mail.example"),
            ("Tuesday", "of the seed", "jane@mail.example"),
        ]
        shop.run("reset", "mail")
    client.close()


@pytest.mark.parametrize(
    "ends",
    [(("fault", "files", "disconnect"),), (("fault", "files", "latency=9ms"), ("clear", "files")),
     (("stop", "files"), ("start", "files")), (("stop", "files"), ("up", "--detach"))],
    ids=["disconnect", "latency", "start", "up"],
)  # fmt: skip
def test_what_storage_holds_in_memory_is_there_again_when_its_server_has_been_stopped(shop, ends):
    boto3 = pytest.importorskip("boto3", reason="the package boto3 is not installed")
    login = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=shop.url("files"), **login)
    client.put_object(Bucket="photos", Key="lamp.png", Body=b"lamp")

    for words in ends:
        shop.run(*words)

    assert client.get_object(Bucket="photos", Key="lamp.png")["Body"].read() == b"lamp"


@pytest.mark.parametrize("service", ["batch", "lambda", "sns", "cloudformation", "ec2"])
def test_object_storage_starts_no_containers_for_whoever_reaches_its_port(shop, engine, service):
    if engine == "compose":
        pytest.skip("Moto is in a container, without Docker")
    login = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, Signature=0"
    }
    answer = httpx.post(f"{shop.url('files')}/v1/createjobqueue", headers=login, json={})
    assert (answer.status_code, "object storage alone" in answer.text) == (501, True)
    for own in ("recorder/replay-recording", "reset", "data.json", "seed?a=1"):
        assert httpx.post(f"{shop.url('files')}/moto-api/{own}").status_code == 501


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "rebound.evil.example:5000"}]
)
def test_web_pages_elsewhere_reach_neither_objects_nor_mails_nor_logins(shop, engine, headers):
    if engine == "compose":
        pytest.skip("Moto, Mailpit and the provider answer as they do")
    mailbox = shop.status()["services"]["mail"]["ports"]["mailbox"]
    login = f"{shop.url('login')}/.well-known/openid-configuration"
    for url in (shop.url("files"), f"{mailbox}/api/v1/messages", login):
        assert (httpx.get(url).status_code, httpx.get(url, headers=headers).status_code) == (200, 403)


def test_a_user_logs_in_with_pkce_and_the_tokens_are_signed(shop):
    pytest.importorskip("authlib", reason="the package authlib is not installed")
    from authlib.common.security import generate_token
    from authlib.integrations.httpx_client import OAuth2Client
    from joserfc import jwt
    from joserfc.jwk import KeySet

    issuer = shop.url("login")
    about = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    assert about["issuer"] == issuer
    verifier, back = generate_token(48), "http://127.0.0.1:1/back"
    client = OAuth2Client(
        "shop", "secret", scope="openid email profile", redirect_uri=back, code_challenge_method="S256"
    )
    page, state = client.create_authorization_url(about["authorization_endpoint"], code_verifier=verifier, nonce="n-1")
    assert "jane" in httpx.get(page).text
    answer = httpx.post(page, data={"sub": "jane"})
    location = answer.headers["Location"]
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["state"] == [state]
    token = client.fetch_token(about["token_endpoint"], authorization_response=location, code_verifier=verifier)

    keys = KeySet.import_key_set(httpx.get(about["jwks_uri"]).json())
    claims = jwt.decode(token["id_token"], keys).claims
    assert (claims["sub"], claims["iss"], claims["nonce"]) == ("jane", issuer, "n-1")
    asked = httpx.get(about["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"}).json()
    assert asked["email"] == "jane@shop.example"
    again = client.refresh_token(about["token_endpoint"], refresh_token=token["refresh_token"])
    client.close()
    assert again["access_token"] != token["access_token"]
