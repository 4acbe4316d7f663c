"""`localenv init` of a repository with workspaces of Node."""

import json

import pytest
import yaml


def package(**more):
    return json.dumps({"private": True, **more})


def described(done) -> dict:
    return yaml.safe_load(done.text)


APP = package(dependencies={"next": "15", "@shop/db": "*"}, scripts={"build": "next build", "start": "next start"})
MEMBERS = {
    "apps/web/package.json": APP,
    "apps/api/package.json": package(name="api", dependencies={"fastify": "5", "@shop/log": "*"}, main="server.js"),
    "apps/api/server.js": "require('fastify')().listen({port: process.env.PORT || 4000})\n",
    "packages/db/package.json": package(dependencies={"pg": "8"}, scripts={"dev": "tsc --watch", "build": "tsc"}),
    "packages/log/package.json": package(name="@shop/log", main="index.js"),
    "packages/log/index.js": "",
    "packages/db/index.ts": "export const url = process.env.DATABASE_URL\n",
    "packages/db/prisma/schema.prisma": 'datasource db { provider = "postgresql" }\n',
    "packages/db/prisma/migrations/1/migration.sql": "",
}
NPM = {"package.json": package(workspaces=["apps/*", "packages/*"]), "package-lock.json": "{}"}
TURBO = {
    "package.json": package(
        devDependencies={"turbo": "2"},
        scripts={"dev": "turbo dev", "build": "turbo run build"},
        packageManager="pnpm@10.1.0",
    ),
    "pnpm-workspace.yaml": "packages:\n  # programs\n  - apps/*\n  - 'packages/*'\n\ncatalog:\n  next: 15\n",
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
}
BUILDS = {
    "npm": (NPM, ["npm ci", "npm --prefix apps/web run build"]),
    "pnpm and turbo": (TURBO, ["npx --yes pnpm@10.1.0 install --frozen-lockfile", "npm run build"]),
}


@pytest.mark.parametrize(("root", "setup"), BUILDS.values(), ids=BUILDS)
def test_programs_are_built_at_the_root_and_libraries_are_no_services(init, root, setup):
    found = described(init({**root, **MEMBERS}))["services"]

    assert {*found} == {"web", "api"}
    assert found["web"]["build"]["context"] == found["api"]["build"]["context"] == ".."
    assert found["web"]["native"]["setup"] == setup
    assert found["web"]["command"] == "npm --prefix apps/web run start -- -H ${bind} -p ${port}"
    assert found["api"]["command"] == ["sh", "-c", "cd apps/api && exec node server.js"]
    assert found["api"]["port"] == 4000


def test_what_a_library_reads_is_given_to_programs_and_its_migration_runs_in_its_folder(init):
    found = described(init({**TURBO, **MEMBERS}))

    assert found["services"]["web"]["environment"]["DATABASE_URL"] == "${db.url}"
    assert found["needs"]["db"]["migrate"] == {
        "command": "sh -c 'cd packages/db && npx prisma migrate deploy'",
        "service": "api",
    }


def test_a_package_below_a_program_without_anything_to_start_is_no_service(init):
    files = {
        "package.json": package(dependencies={"express": "5"}, scripts={"start": "node server.js"}),
        "server.js": "app.listen(3000)\n",
        "init/package.json": package(main="index.js", dependencies={"semver": "7"}),
        "init/index.js": "",
    }

    assert {*described(init(files))["services"]} == {"web"}
