"""Scenarios of the contract that only one engine supports, by name and with the reason."""

from collections.abc import Mapping

EXEMPT: Mapping[str, Mapping[str, str]] = {
    "compose": {
        "test_after_the_death_of_the_guard_what_ended_with_it_is_seeded_anew": "guard: containers go on without it",
    },
    "native": {
        "test_one_that_somebody_else_restarts_with_nothing_in_it_is_filled_again": "guard: nobody else starts one",
        "test_one_that_somebody_else_restarts_with_its_data_is_ready": "guard: nobody else starts one",
        "test_one_that_somebody_else_replaces_is_filled_again": "guard: nobody else starts one",
        "test_one_that_crashes_again_and_again_is_not_waited_for": "compose keys: `restart` is Compose's",
        "test_one_that_is_killed_for_memory_is_told_so": "memory limits: `mem_limit` is Compose's",
        "test_a_base_image_that_is_another_is_built_upon": "images",
        "test_an_image_that_cannot_be_built_is_shown_with_the_end_of_the_builders_output": "builds",
        "test_an_image_that_cannot_be_pulled_is_named_with_the_reason": "images",
        "test_an_interrupt_while_an_image_is_built_removes_what_was_started": "builds",
        "test_a_generated_key_is_readable_by_its_service_alone": "files: processes of one user read the same ones",
        "test_after_the_death_of_the_guard_what_goes_on_has_what_it_had": "guard: its processes end with it",
        "test_a_rendered_folder_runs_with_plain_docker_compose_and_takes_an_order": "images",
    },
}
