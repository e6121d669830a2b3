//! Faults that other tests make: lines of the table with the test that proves them.

use crate::fault::Elsewhere;

pub const FAULTS: &[Elsewhere] = &[
    Elsewhere {
        name: "state file damaged, at every byte",
        made: "every bit of a small file flipped, and the file cut at every byte",
        expected: "a prefix of what was saved, or set aside; never a panic",
        test: "src/store/tests.rs::a_flipped_bit_at_any_byte_gives_a_prefix_of_the_records_or_is_set_aside",
    },
    Elsewhere {
        name: "commits that come late",
        made: "random transactions held open, prepared, undone and redone by 20 writers",
        expected: "each counts once, when it commits",
        test: "tests/rounds.rs::a_random_round_is_counted_exactly_by_everyone_but_naive_cursors",
    },
    Elsewhere {
        name: "load balancer that shows an older state",
        made: "a proxy leads to a standby whose replay stopped, and back",
        expected: "polls are skipped (`cloacina_exporter_skipped_polls_total`), nothing counts twice",
        test: "tests/holes/servers.rs::row_17_a_load_balancer_that_shows_an_older_state_doubles_nothing",
    },
    Elsewhere {
        name: "standby whose replay stopped",
        made: "pg_wal_replay_pause while the primary goes on",
        expected: "up; counts when replay goes on",
        test: "tests/holes/servers.rs::row_05_a_standby_whose_replay_stopped_is_read_exactly",
    },
    Elsewhere {
        name: "the database's clock set back by an hour",
        made: "the server's clock, with everything that was remembered forgotten by then",
        expected: "up; nothing counts twice",
        test: "tests/holes/clocks.rs::row_08_the_servers_clock_may_be_set_back_by_an_hour",
    },
    Elsewhere {
        name: "a runner's clock behind all bounds",
        made: "short executions of a runner that is 90 minutes behind",
        expected: "counted with the hourly recount (`cloacina_exporter_audit_missed_events_total`)",
        test: "tests/holes/clocks.rs::row_12_what_a_runner_beyond_all_bounds_wrote_is_found_by_the_recount",
    },
    Elsewhere {
        name: "retention while the exporter is down",
        made: "events are deleted before they were ever read",
        expected: "the executions and tasks count by their rows; those events do not",
        test: "tests/holes/rows.rs::row_18_executions_that_ended_while_nobody_polled_count_though_retention_took_their_events",
    },
    Elsewhere {
        name: "transaction ids wrap around",
        made: "a server at the end of its first 2^32 transactions",
        expected: "nothing to be seen",
        test: "tests/holes/window.rs::row_24_transaction_ids_may_wrap_around",
    },
    Elsewhere {
        name: "database unreachable at the start",
        made: "nothing listens on the port",
        expected: "the process runs and serves; the database is down under its own name",
        test: "tests/end_to_end.rs::an_unreachable_database_at_the_start_is_a_failing_poll_and_no_exit",
    },
    Elsewhere {
        name: "login refused",
        made: "a wrong password, an unknown role or database, TLS that fails",
        expected: "down (connect), the log says what to mend",
        test: "tests/bad_input_postgres.rs::a_login_that_is_refused_is_down_with_a_reason_while_the_good_one_is_read",
    },
    Elsewhere {
        name: "rows that cannot be understood",
        made: "unknown states, times out of range, nulls, ids that are none",
        expected: "`cloacina_exporter_bad_rows_total` by table and column; all other rows count",
        test: "tests/bad_input_postgres.rs::bad_rows_are_counted_and_named_while_all_others_count",
    },
    Elsewhere {
        name: "SQLite damaged",
        made: "pages overwritten",
        expected: "down (query), the log names PRAGMA integrity_check",
        test: "tests/bad_input.rs::a_file_that_cannot_be_read_is_down_with_a_reason_while_the_good_one_is_read",
    },
    Elsewhere {
        name: "SQLite restored from an older copy",
        made: "the file is exchanged for a copy of itself, which goes on otherwise",
        expected: "nothing counts twice, what is new counts",
        test: "tests/sqlite_exactness.rs::a_file_restored_from_an_older_copy_doubles_nothing_and_goes_on",
    },
    Elsewhere {
        name: "OTLP destination away",
        made: "refused, silent, cut off in the answer, answering garbage",
        expected: "`cloacina_exporter_otlp_exports_total` by reason; reading and serving go on",
        test: "tests/otlp_sender/faults.rs::a_silent_server_is_left_in_time_and_may_have_taken_the_request",
    },
];
