from localenv.stack import Reference, Role, Upstream
from localenv.stubs import server


def test_one_server_answers_for_every_upstream_of_a_port():
    upstreams = [Upstream(name=name, server="localenv.stubs") for name in ("payments", "inventory")]
    service = server.service("localenv.stubs", upstreams)
    assert service.role is Role.STUBS
    assert service.aliases == ("payments", "inventory")
    assert [(port.name, port.target) for port in service.ports] == [
        ("localenv.stubs", 80),
        ("payments", 80),
        ("inventory", 80),
    ]


def test_the_password_of_the_admin_api_stands_as_a_reference():
    service = server.service("localenv.stubs", [Upstream(name="a", server="localenv.stubs")])
    login = service.command[-1]
    assert str(service.command[-2]) == "--admin-api-basic-auth"
    assert login.references == (Reference(name="localenv.stubs", attribute="password"),)


def test_a_fixed_port_has_a_server_of_its_own():
    assert [server.name(80), server.name(8080)] == ["localenv.stubs", "localenv.stubs-8080"]
    service = server.service("localenv.stubs-8080", [Upstream(name="a", server="localenv.stubs-8080", port=8080)])
    words = [str(word) for word in service.command]
    assert words[:2] == ["--port", "8080"]
    assert {port.target for port in service.ports} == {8080}
