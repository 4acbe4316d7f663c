"""Scenarios of the contract that run on one engine alone, or usually on one, by name and with the reason."""

from collections.abc import Mapping

# the other engine does not support them
EXEMPT: Mapping[str, Mapping[str, str]] = {
    "compose": {
        "test_after_the_death_of_the_guard_what_ended_with_it_is_seeded_anew": "guard: containers go on without it",
        "test_a_breakpoint_of_the_sample_is_hit_through_another_service": "packages: none are prepared here",
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
        "test_a_build_reads_secrets_and_more_contexts_and_is_done_again_when_these_change": "builds",
    },
}

_DESCRIPTION = "what a command does with a description"
_PLAN = "what is due again, by the records of what was done"
_PROBES = "answers to probes, which are sent from this machine"
_STUBS = "stubs, which go to the same server in the same way"
_CONSOLE = "what a command prints, and its exit code"
_CHECKS = "smoke checks, which are sent from this machine"
_DATA = "what a file of data holds, which is read on this machine"
_LIMIT = "a limit of time"
_OWNER = "who ends an environment, which is recorded on this machine"
_RESET = "which needs are reset; what resetting does is shown on both"
_BESIDE = "what both engines show in "

# no engine takes part in what they are about: in the usual suite they run on the one that starts in the shortest time
EITHER: Mapping[str, str] = {
    "test_every_command_for_what_runs_goes_on_with_one_line_of_warning": _DESCRIPTION,
    "test_it_shows_what_was_applied_with_the_variables_of_then": _DESCRIPTION,
    "test_up_names_the_mistake_and_changes_nothing": _DESCRIPTION,
    "test_what_is_kept_of_it_holds_nothing_secret": _DESCRIPTION,
    "test_one_that_never_ran_is_not_looked_at": _DESCRIPTION,
    "test_every_command_takes_the_environment_in_both_forms": _DESCRIPTION,
    "test_a_description_that_extends_another_changes_what_it_says_and_removes_what_is_null": _DESCRIPTION,
    "test_services_of_a_profile_start_only_when_it_is_asked_for": _DESCRIPTION,
    "test_check_tells_every_mistake_with_its_place_and_starts_nothing": _DESCRIPTION,
    "test_a_wrong_setting_is_named": _DESCRIPTION,
    "test_what_of_it_is_not_served_is_told_and_if_nothing_is_the_start_fails_and_leaves_nothing": _DESCRIPTION,
    "test_what_differs_is_done_in_the_order_that_is_printed": _PLAN,
    "test_what_failed_fails_again_until_it_is_mended": _PLAN,
    "test_a_seed_command_that_is_due_again_begins_on_fresh_data_and_other_code_is_no_input_of_it": _PLAN,
    "test_a_job_that_failed_runs_again_also_where_its_inputs_are_again_what_they_were": _PLAN,
    "test_one_that_answers_500_fails_with_that_answer": _PROBES,
    "test_a_redirect_is_no_success": _PROBES,
    "test_a_path_that_is_not_there_is_told_once": _PROBES,
    "test_smoke_checks_do_not_wait_until_a_service_without_a_port_has_stayed_up": _CHECKS,
    "test_a_service_that_does_not_stay_up_is_the_culprit_whatever_the_checks_say": _CHECKS,
    "test_checks_send_forms_keep_cookies_and_use_earlier_answers": _CHECKS,
    "test_what_was_called_by_hand_is_not_counted_by_the_checks_of_a_second_up": _CHECKS,
    "test_what_checks_that_fail_write_is_gone_afterwards": _CHECKS,  # and after those that succeed on both
    "test_a_dump_in_utf_16_is_read_as_it_was_meant": _DATA,
    "test_services_that_are_slow_one_after_another_share_the_time_limit": _LIMIT,
    "test_a_job_takes_the_time_that_it_takes": _LIMIT,
    "test_an_override_of_limited_time_ends_with_no_command_running": _STUBS,
    "test_failures_are_listed_and_end": _STUBS,
    "test_stubs_laid_by_hand_go_and_scenarios_and_the_journal_begin_anew": _STUBS,
    "test_failures_of_some_requests": _STUBS,
    "test_a_failure_goes_by_the_stubs_there_are": _STUBS,
    "test_clear_removes_exactly_what_is_named": _STUBS,
    "test_slow_answers_do_not_keep_others_waiting": _STUBS,
    "test_a_scenario_takes_the_place_of_the_one_before": _STUBS,
    "test_a_mistake_is_refused_with_nothing_changed": _STUBS,
    "test_a_request_is_explained_without_being_answered_or_counted": _STUBS,
    "test_the_last_unmatched_request_is_explained_with_a_stub_to_save": _STUBS,
    "test_an_unmatched_request_is_counted_shown_with_the_nearest_stub_and_matches_once_pasted": _STUBS,
    "test_a_tampered_stub_fails_the_verifier": _STUBS,
    "test_it_answers_as_often_as_it_is_told_to": _STUBS,
    "test_it_answers_what_has_the_parameter_header_and_body": _STUBS,
    "test_priorities_are_kept_and_of_equal_ones_the_newest_goes_first": _STUBS,
    "test_mappings_of_wiremock_are_laid_from_a_file": _STUBS,
    "test_a_stub_that_is_saved_leaves_what_was_laid_on_top": _STUBS,
    "test_a_mistake_is_told_with_what_to_write": _STUBS,
    "test_an_upstream_without_stubs_says_so_and_one_that_is_ignored_is_only_counted": _STUBS,
    "test_a_failed_start_that_is_kept_prints_the_command_that_goes_on_from_there": _CONSOLE,
    "test_a_failure_of_localenv_itself_is_told_apart_from_one_of_cmd": _CONSOLE,
    "test_a_cmd_that_is_not_there_ends_as_in_a_shell": _CONSOLE,
    "test_a_reader_that_goes_away_neither_ends_a_start_nor_fails_it": _CONSOLE,
    "test_a_row_on_the_terminal_shows_the_last_answer_and_a_log_without_one_does_not": _CONSOLE,
    "test_removal_is_told_once_and_the_ready_event_holds_urls": _CONSOLE,
    "test_one_that_fails_stops_no_other_that_is_detached": _CONSOLE,
    "test_in_the_foreground_they_end_together": _CONSOLE,
    "test_an_interrupt_while_they_start_removes_all": _CONSOLE,
    "test_notes_are_printed_when_all_is_ready_and_on_request": _CONSOLE,
    "test_a_detached_start_ends_with_the_next_commands_and_labels_the_slowest_path": _CONSOLE,
    "test_status_is_shown_again_whenever_it_changes": _CONSOLE,
    "test_several_environments_are_started_and_removed_by_one_command": _CONSOLE,
    "test_nothing_is_announced_of_what_down_ends": _CONSOLE,
    "test_one_that_exits_with_0_at_once_is_a_failure_too": _CONSOLE,
    "test_a_changed_seed_starts_its_need_anew": _PLAN,  # and a changed setting on both
    "test_needs_that_are_named_are_all_that_changes": _RESET,
    "test_where_a_need_has_no_snapshot_the_others_are_restored_and_it_exits_with_1": _RESET,
    "test_an_upstream_answers_on_the_port_that_the_program_has_in_its_code": f"{_BESIDE}test_upstreams",
    "test_cmd_runs_with_the_variables_of_the_environment_and_its_exit_code_is_that_of_up": _CONSOLE,
    "test_a_program_that_does_not_exist_takes_no_place": _CONSOLE,
    "test_down_works_with_a_description_that_cannot_be_used_any_more": _DESCRIPTION,
    "test_is_itself_named_and_not_whoever_asks_it_where_its_stubs_cannot_be_used": _DESCRIPTION,
    "test_a_service_that_was_started_again_in_vain_is_waited_for_again": _PLAN,
    "test_one_that_never_answers_fails_after_the_timeout_with_what_was_asked": _PROBES,
    "test_one_that_speaks_another_protocol_is_told_to_say_so": _PROBES,
    "test_a_smoke_check_that_fails_shows_the_exception_the_log_since_then_and_what_stubs_missed": _CHECKS,
    "test_a_statement_that_fails_is_shown_with_its_line_and_everything_is_removed": _DATA,
    "test_ctrl_c_in_the_first_leaves_it_up_and_says_who_keeps_it": _OWNER,
    "test_it_is_removed_by_down_afterwards_and_the_first_says_so": _OWNER,
    "test_two_who_start_one_environment_at_once_both_find_it_ready": _OWNER,  # and in tests/safety on both
    "test_the_foreground_shows_summary_and_logs_reloads_saved_stubs_and_removes_everything_on_ctrl_c": _STUBS,
    "test_overrides_of_a_program_end_with_it": _STUBS,
    "test_overrides_of_a_program_of_a_command_end_with_that_command": _STUBS,
    "test_it_survives_a_stub_server_that_starts_anew_and_a_second_up": _STUBS,  # and one that is stopped on both
    "test_each_kind_of_failure_as_its_clients_see_it": _STUBS,
    "test_flags_are_evaluated_set_and_counted": _STUBS,
    "test_flags_can_fail_and_follow_the_description": _STUBS,
    "test_of_mappings_that_answered_nothing_those_of_the_repository_are_named": _STUBS,
    "test_openai_answers_its_own_client": _STUBS,
    "test_openai_embeds_texts_and_lists_models": _STUBS,
    "test_openai_refuses_as_the_real_one_does": _STUBS,
    "test_sentry_takes_events_and_they_are_counted": _STUBS,
    "test_telemetry_is_taken_and_counted": _STUBS,
    "test_the_metadata_server_of_aws_gives_credentials": _STUBS,
    "test_the_metadata_servers_of_google_and_azure_give_tokens": _STUBS,
    "test_the_verifier_passes_on_the_stubs_of_every_version_and_leaves_them_as_they_were": _STUBS,
    "test_stubs_answer_what_fits_the_rules_and_nothing_else": _STUBS,
    "test_a_stub_goes_before_those_of_the_repository_until_it_is_taken_away": _STUBS,
    "test_a_program_of_any_language_lays_stubs_and_asks_what_was_called": _STUBS,
    "test_the_stub_server_is_asked_with_the_login_in_its_url": _STUBS,
    "test_a_test_session_that_is_a_guest_leaves_what_a_command_has_laid": _STUBS,
    "test_the_log_of_an_upstream_has_a_line_for_each_request_and_no_other_log_has_tables": _STUBS,
    "test_requests_are_shown_with_bodies_and_what_became_of_them": _STUBS,
    "test_what_no_stub_of_an_ignored_upstream_matches_is_answered_well_and_counted": _STUBS,
    "test_status_says_so_after_a_detached_start_and_up_starts_it_again": f"{_BESIDE}test_second_up",
    "test_two_checkouts_whose_folders_have_one_name_are_two_environments": f"{_BESIDE}tests/safety/test_together",
    "test_down_leaves_nothing_and_status_says_stopped": f"{_BESIDE}every world, which is clean when its test ends",
    "test_after_the_death_of_the_guard_what_is_kept_is_still_there": f"{_BESIDE}test_steps, and without `keep` here",
    "test_a_real_server_answers_at_the_same_address": _STUBS,  # and one that is started on both
    "test_a_service_under_work_is_verified_as_a_provider": _STUBS,
    "test_states_of_the_provider_are_jobs_or_seeds_and_each_begins_with_the_seeded_data": _STUBS,
    "test_a_migration_that_makes_an_extension_which_is_not_there_hints_at_extensions": _CONSOLE,
    "test_a_step_whose_psql_went_on_without_a_file_has_failed": _DATA,
    "test_the_service_comes_back_when_the_command_is_killed": _OWNER,
    "test_a_breakpoint_is_hit_by_a_request_that_comes_through_another_service": f"{_BESIDE}how a program is reached",
    "test_what_checks_write_is_gone_afterwards_and_what_was_there_before_a_second_up_is_there": _CHECKS,
    "test_an_interrupt_while_it_starts_removes_what_was_started": _OWNER,  # and in tests/safety on both
    "test_a_new_environment_starts_in_the_order_that_is_printed": _PLAN,
    "test_one_without_a_port_that_exits_is_a_failure_too": _CONSOLE,
    "test_one_that_answers_its_health_check_once_and_ends_is_a_failure_too": _CONSOLE,
}
