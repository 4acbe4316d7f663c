"""Files that a job writes for its service, such as those of `collectstatic`, are available on every engine."""

import httpx

DESCRIPTION = """
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
      other: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
    jobs:
      assets:
        command: python collect.py
        service: api
        inputs: [collect.py]
      styles: {command: python styles.py, service: api}
"""
STYLES = """
    import pathlib
    pathlib.Path("style.css").write_text(pathlib.Path("source.css").read_text())
    """
COLLECT = """
    import pathlib
    for name in ("static/css/a.css", "static/b.js", "app.py.version"):
        file = pathlib.Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("NUMBER")
    """
FILES = ("static/css/a.css", "static/b.js", "app.py.version")


def test_files_that_a_job_writes_are_there_for_its_service_also_after_a_change(world):
    one = world({"app/collect.py": COLLECT.replace("NUMBER", "1"), "app/styles.py": STYLES, "app/source.css": "red"})
    one.describe(DESCRIPTION)
    one.up()

    for name in ("api", "other"):
        found = [httpx.get(one.url(name) + "/file", params={"path": path}).json() for path in FILES]
        assert found == ["1"] * 3
    assert one.run("up", "--dry-run").out == "nothing to do\n"  # what jobs have made is no code

    one.write({"app/more.py": ""})  # replaces only the service
    done = one.up().err
    assert "assets: done" not in done
    assert "styles: done" in done  # it makes files of the code, and does not say of which
    assert [one.get("/file", path=path) for path in FILES] == ["1"] * 3

    one.write({"app/collect.py": COLLECT.replace("NUMBER", "2"), "app/source.css": "blue"})
    assert "assets: done" in one.up().err
    assert [one.get("/file", path=path) for path in FILES] == ["2"] * 3
    for name in ("api", "other"):
        assert httpx.get(one.url(name) + "/file", params={"path": "style.css"}).json() == "blue"
