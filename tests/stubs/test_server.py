from localenv.stack import Reference, Role, Upstream
from localenv.stubs import server


def upstream(name, **more):
    return Upstream(name=name, server=server.NAME, **more)


def test_one_server_answers_for_every_upstream_behind_a_port_for_each():
    upstreams = [upstream("payments"), upstream("inventory", port=8080)]
    service = server.service({one.name: one for one in upstreams})
    assert service.role is Role.STUBS
    assert service.aliases == ("payments", "inventory")
    assert [(port.name, port.target, port.entry) for port in service.ports] == [
        ("localenv.stubs", 61000, 61001),
        ("payments", 80, 61002),
        ("inventory", 8080, 61003),
    ]


def test_the_password_of_the_admin_api_stands_as_a_reference():
    service = server.service({"a": upstream("a")})
    login = service.command[-1]
    assert str(service.command[-2]) == "--admin-api-basic-auth"
    assert login.references == (Reference(name="localenv.stubs", attribute="password"),)


def test_the_ports_of_the_server_are_none_of_an_upstream():
    service = server.service({"a": upstream("a", port=61001)})
    assert [(port.target, port.entry) for port in service.ports] == [(61000, 61002), (61001, 61003)]
    assert [str(word) for word in service.command][:2] == ["--port", "61000"]
