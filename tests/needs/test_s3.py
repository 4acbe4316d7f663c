"""A reset of object storage brings back what an object was, also where its content is the same; against a real Moto."""

import http.client
import socket
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import pytest

from localenv.host.loopback import free_port
from localenv.needs import NotYet
from localenv.needs.s3 import ready, snapshots
from localenv.needs.s3.api import opened
from localenv.stack import Connection
from tests.world.waiting import until

KEY = "ü/1 %&"
ANYBODY = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module")
def storage() -> Iterator[Connection]:
    if any(find_spec(one) is None for one in ("moto", "flask_cors", "boto3")):
        pytest.skip("the packages moto, flask-cors and boto3 are not installed")
    connection = Connection(scheme="http", host="127.0.0.1", port=str(free_port()))
    argv = [sys.executable, "-m", "localenv.engines.native.storage", connection.host, connection.port]
    with Popen(argv, stderr=DEVNULL, stdout=DEVNULL) as server:
        try:
            until(lambda: is_ready(connection), "the storage")
            yield connection
        finally:
            server.kill()


def client_of(storage: Connection) -> Any:
    import boto3

    login = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=storage.url, **login)


def is_ready(connection: Connection) -> bool:
    try:
        ready(connection)
    except NotYet:
        return False
    return True


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # two values of each
    "cors": (
        {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["http://a"]}]}},
        {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}},
    ),
    "policy": ({"Policy": '{"Version": "2012-10-17"}'}, {"Policy": '{"Version": "2008-10-17"}'}),
    "lifecycle_configuration": tuple(
        {
            "LifecycleConfiguration": {
                "Rules": [{"ID": "<&>", "Prefix": "a", "Status": "Enabled", "Expiration": {"Days": n}}]
            }
        }
        for n in (1, 2)
    ),  # type: ignore[dict-item]
    "acl": ({"ACL": "private"}, {"ACL": "public-read"}),
    "website": tuple({"WebsiteConfiguration": {"IndexDocument": {"Suffix": f"{n}.html"}}} for n in (1, 2)),  # type: ignore[dict-item]
    "tagging": tuple({"Tagging": {"TagSet": [{"Key": "a & b", "Value": f"<{n}>"}]}} for n in (1, 2)),  # type: ignore[dict-item]
    "notification_configuration": tuple(
        {
            "NotificationConfiguration": {
                "QueueConfigurations": [
                    {"Id": "q", "QueueArn": f"arn:aws:sqs:us-east-1:1:{n}", "Events": ["s3:ObjectCreated:*"]}
                ]
            },
            "SkipDestinationValidation": True,
        }
        for n in (1, 2)
    ),  # type: ignore[dict-item]
    "encryption": tuple(
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": name}}]
            }
        }
        for name in ("AES256", "aws:kms")
    ),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("before", [0, None])
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_a_bucket_come_back(storage: Connection, tmp_path: Path, name: str, before: int | None) -> None:
    client = client_of(storage)
    bucket = f"of-{name.replace('_', '-')}-{before}".lower()
    client.create_bucket(Bucket=bucket)
    put = getattr(client, f"put_bucket_{name}")
    if before is not None:
        put(Bucket=bucket, **SETTINGS[name][before])
    snapshots.snapshot(storage, tmp_path / "files")
    put(Bucket=bucket, **SETTINGS[name][1])

    found = snapshots.restore(storage, tmp_path / "files")

    setting = name.removesuffix("_configuration")
    assert (found.changed, dict(found.left_alone)) == ((f"{bucket}?{setting}",), {})
    assert snapshots.restore(storage, tmp_path / "files").changed == ()
    client.delete_bucket(Bucket=bucket)


def test_the_access_list_of_an_object_comes_back(storage: Connection, tmp_path: Path) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="listed")
    client.put_object(Bucket="listed", Key=KEY, Body=b"one")
    snapshots.snapshot(storage, tmp_path / "files")
    client.put_object_acl(Bucket="listed", Key=KEY, ACL="public-read")

    assert snapshots.restore(storage, tmp_path / "files").changed == (f"listed/{KEY}?acl",)
    assert len(client.get_object_acl(Bucket="listed", Key=KEY)["Grants"]) == 1
    client.delete_object(Bucket="listed", Key=KEY)
    client.delete_bucket(Bucket="listed")


def test_what_a_bucket_keeps_for_good_is_named(storage: Connection, tmp_path: Path) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="quick")
    snapshots.snapshot(storage, tmp_path / "files")
    client.put_bucket_accelerate_configuration(Bucket="quick", AccelerateConfiguration={"Status": "Enabled"})

    assert [*snapshots.restore(storage, tmp_path / "files").left_alone] == ["quick?accelerate"]
    client.delete_bucket(Bucket="quick")


@pytest.mark.parametrize("bucket", ["plain", "versioned"])
def test_tags_and_metadata_come_back_where_the_content_is_the_same(
    storage: Connection, tmp_path: Path, bucket: str
) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket=bucket)
    if bucket == "versioned":
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, tags in ((KEY, "a=1&b=x%20y"), ("untagged", "")):
        client.put_object(Bucket=bucket, Key=key, Body=b"one", Tagging=tags, Metadata={"m": "1"})
    snapshots.snapshot(storage, tmp_path / "files")

    def tags_of(key: str) -> dict[str, str]:
        return {one["Key"]: one["Value"] for one in client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}

    def restored() -> list[str]:
        return sorted(snapshots.restore(storage, tmp_path / "files").changed)

    client.put_object_tagging(Bucket=bucket, Key="untagged", Tagging={"TagSet": [{"Key": "z", "Value": "a b=1"}]})
    client.delete_object_tagging(Bucket=bucket, Key=KEY)
    assert restored() == [f"{bucket}/untagged", f"{bucket}/{KEY}"]
    assert (tags_of(KEY), tags_of("untagged")) == ({"a": "1", "b": "x y"}, {})

    time.sleep(1.1)  # the time of an object has whole seconds
    source = {"Bucket": bucket, "Key": KEY}
    client.copy_object(**source, CopySource=source, Metadata={"m": "2"}, MetadataDirective="REPLACE")
    assert restored() == [f"{bucket}/{KEY}"]
    assert client.head_object(**source)["Metadata"] == {"m": "1"}
    assert tags_of(KEY) == {"a": "1", "b": "x y"}
    assert restored() == []
    client.close()

    begun = client.create_multipart_upload(Bucket=bucket, Key="parts & more")
    client.upload_part(Bucket=bucket, Key="parts & more", UploadId=begun["UploadId"], PartNumber=1, Body=b"1")
    assert restored() == [f"{bucket}/parts & more"]
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    assert restored() == []


def test_locks_of_objects_keep_nothing_from_being_restored(storage: Connection, tmp_path: Path) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    kept = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2100-01-01T00:00:00Z"}
    client.put_object(Bucket="locked", Key="kept", Body=b"one", ObjectLockLegalHoldStatus="ON", **kept)
    client.put_object(Bucket="locked", Key="free", Body=b"one")
    snapshots.snapshot(storage, tmp_path / "files")
    client.put_object_legal_hold(Bucket="locked", Key="kept", LegalHold={"Status": "OFF"})
    client.put_object_legal_hold(Bucket="locked", Key="free", LegalHold={"Status": "ON"})
    client.put_object(Bucket="locked", Key="new", Body=b"one", **kept | {"ObjectLockMode": "COMPLIANCE"})
    client.create_bucket(Bucket="locked-since", ObjectLockEnabledForBucket=True)
    client.put_object(Bucket="locked-since", Key="new", Body=b"one", ObjectLockLegalHoldStatus="ON")

    found = snapshots.restore(storage, tmp_path / "files")

    assert sorted(found.changed) == ["locked-since", "locked/free", "locked/kept", "locked/new"]
    assert found.left_alone == {}
    with opened(storage) as asked:
        assert asked.locks("locked", "free") == {}
        assert len(asked.locks("locked", "kept")) == 3
        asked.delete("locked", "kept")
        snapshots.restore(storage, tmp_path / "files")
        assert len(asked.locks("locked", "kept")) == 3
    assert snapshots.restore(storage, tmp_path / "files").changed == ()


def test_a_bucket_that_kept_no_versions_keeps_none_again(storage: Connection, tmp_path: Path) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="single")
    client.put_object(Bucket="single", Key=KEY, Body=b"one")
    snapshots.snapshot(storage, tmp_path / "files")
    client.put_bucket_versioning(Bucket="single", VersioningConfiguration={"Status": "Enabled"})

    assert snapshots.restore(storage, tmp_path / "files").changed == (f"single/{KEY}",)
    assert "Status" not in client.get_bucket_versioning(Bucket="single")
    assert client.get_object(Bucket="single", Key=KEY)["Body"].read() == b"one"
    assert snapshots.restore(storage, tmp_path / "files").changed == ()


def test_what_no_server_makes_again_is_named(storage: Connection, tmp_path: Path) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="older")
    client.put_bucket_versioning(Bucket="older", VersioningConfiguration={"Status": "Enabled"})
    first = client.put_object(Bucket="older", Key=KEY, Body=b"one")["VersionId"]
    client.put_object(Bucket="older", Key=KEY, Body=b"two")
    begun = [client.create_multipart_upload(Bucket="older", Key="parts")["UploadId"] for _ in range(3)]
    snapshots.snapshot(storage, tmp_path / "files")
    client.delete_object(Bucket="older", Key=KEY, VersionId=first)
    client.abort_multipart_upload(Bucket="older", Key="parts", UploadId=begun[0])
    client.upload_part(Bucket="older", Key="parts", UploadId=begun[1], PartNumber=1, Body=b"1")
    where = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::older", "Format": "CSV"}}
    listing = {"Id": "i", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}}
    client.put_bucket_inventory_configuration(
        Bucket="older", Id="i", InventoryConfiguration={**listing, "Destination": where}
    )

    found = snapshots.restore(storage, tmp_path / "files")

    lost = [f"older/{KEY}?versionId={first}", *(f"older/parts?uploadId={one}" for one in begun[:2])]
    assert [*found.left_alone] == ["older?inventory", *lost]
    assert found.changed == ()
    with opened(storage) as asked:
        asked.abort("older", "parts", begun[1])
        asked.abort("older", "parts", begun[2])
        for one in asked.versions("older"):
            asked.delete("older", one.key, one.id)
        asked.delete("older")


CUT: dict[str, tuple[bytes, bytes]] = {  # what is sent of a body in chunks, and the status
    "a chunk": (b"10000000\r\nab", b"400"),
    "a size": (b"5", b"400"),
    "before the last chunk": (b"2\r\nab\r\n", b"400"),
    "in the trailers": (b"0\r\nA: b\r\n", b"400"),
    "a chunk that is longer": (b"2\r\nabc\r\n0\r\n\r\n", b"400"),
    "no size": (b"\r\n\r\n", b"400"),
    "a negative size": (b"-1\r\n", b"400"),
    "a size without end": (b"7fffffffffffffff\r\nab", b"413"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_body_in_chunks_ends_where_its_sender_ends(storage: Connection, name: str) -> None:
    body, status = CUT[name]
    with socket.create_connection((storage.host, int(storage.port)), timeout=30) as sender:
        sender.sendall(f"PUT /cut/key HTTP/1.1\r\nHost: {storage.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        sender.sendall(body)
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(12).endswith(status)
    ready(storage)


def test_a_body_in_chunks_arrives_whole(storage: Connection) -> None:
    client = client_of(storage)
    client.create_bucket(Bucket="chunked")
    parts = [b"a" * 70_000, b"\r\n", b"b"]
    connected = http.client.HTTPConnection(storage.host, int(storage.port), timeout=30)
    connected.request("PUT", "/chunked/key", iter(parts), {"Authorization": ANYBODY}, encode_chunked=True)

    assert connected.getresponse().status == 200
    assert client.get_object(Bucket="chunked", Key="key")["Body"].read() == b"".join(parts)
    connected.close()
    client.delete_object(Bucket="chunked", Key="key")
    client.delete_bucket(Bucket="chunked")


UNKNOWN = {  # what Moto fails at
    "a method": ("PATCH", "/unknown", b"", {}),
    "a form": ("POST", "/unknown?legal-hold", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}),
    "a signature": ("GET", "/unknown", b"", {"Authorization": "AWS4-HMAC-SHA256 Credential=a"}),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_moto_does_not_know_is_said_in_the_words_of_the_api(storage: Connection, name: str) -> None:
    connected = http.client.HTTPConnection(storage.host, int(storage.port), timeout=30)
    connected.request("PUT", "/unknown", headers={"Authorization": ANYBODY})
    connected.getresponse().read()
    method, path, body, headers = UNKNOWN[name]
    connected.request(method, path, body, {"Authorization": ANYBODY, **headers})
    answer = connected.getresponse()

    assert answer.status == 501
    assert b"<Code>NotImplemented</Code><Message>Moto cannot answer this request: " in answer.read()
    connected.close()
