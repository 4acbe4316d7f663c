import pytest

from localenv.planner import own_files


@pytest.mark.parametrize("word", ["/", "/proc/", "../", "./", "/etc/hostname", "../outside/"])
def test_a_folder_above_the_command_or_outside_the_repository_says_nothing(repository, tmp_path, word):
    folder = repository({"api/app.py": "", "api/data/rows.csv": ""})
    (folder.parent / "outside").mkdir(exist_ok=True)
    (folder.parent / "outside" / "file").touch()

    assert own_files.of(["psql", "-c", f"select 1 {word} 2"], folder / "api", folder) == frozenset()


def test_a_folder_in_the_repository_is_all_that_it_holds(repository):
    folder = repository({"api/app.py": "", "api/data/rows.csv": "", "shared/more.csv": ""})

    found = own_files.of(["load", "./data/", "../shared/"], folder / "api", folder)

    assert {file.name for file in found} == {"rows.csv", "more.csv"}


@pytest.mark.parametrize(
    "command", ["python manage.py collectstatic --noinput", "npm run build", "rails assets:precompile"]
)
def test_a_command_that_makes_files_of_the_code_is_known_by_its_words(command):
    assert own_files.makes_files(command.split())


@pytest.mark.parametrize("command", ["python -m shop.seed", "sh builds.sh", "python manage.py createsuperuser"])
def test_another_command_goes_by_its_own_files(command):
    assert not own_files.makes_files(command.split())
