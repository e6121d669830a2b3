//! What is made of texts of the command line.

use super::*;

fn request() -> Request {
    Request::default()
}

fn wrong_message(request: &Request) -> String {
    request.question().unwrap_err().to_string()
}

#[test]
fn without_options_it_is_the_table_of_seven_days_of_everything() {
    let Ok(Question::Ledger { since, scope, format, limit }) = request().question() else { panic!() };
    assert_eq!(since, Since::Ago(Span::from_seconds(7 * 86_400)));
    assert_eq!((format, limit), (LedgerFormat::Table, 1000));
    assert!(scope.wants_tenant("any") && scope.wants_schedule("any", "any"));
}

#[test]
fn a_range_begins_a_duration_ago_or_at_an_instant() {
    let now = Timestamp::from_seconds(1_000_000);
    for (text, begins) in [
        ("1h 30m", Ok(1_000_000 - 5400)),
        ("2weeks", Ok(1_000_000 - 14 * 86_400)),
        ("1970-01-01T01:00:00+01:00", Ok(0)),
        ("1970-01-12T13:46:39Z", Ok(999_999)),
        ("1970-01-12T13:46:40Z", Err("--since: lies in the future by the database's clock")),
    ] {
        let Ok(Question::Ledger { since, .. }) =
            (Request { since: Some(text.to_owned()), ..request() }).question()
        else {
            panic!("{text}")
        };
        let begins = begins.map(Timestamp::from_seconds).map_err(str::to_owned);
        assert_eq!(since.before(now).map_err(|wrong| wrong.to_string()), begins, "{text}");
    }
}

#[test]
fn what_is_no_range_is_said_to_be_none() {
    for text in ["", "7", "0s", "-1d", "tomorrow", "2026-11-01", "99999999999999999999y"] {
        let message = wrong_message(&Request { since: Some(text.to_owned()), ..request() });
        let expected = format!(
            "--since: `{text}` is neither a duration, such as 7d or 12h, nor an instant, such as 2026-11-01T00:00:00Z"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn formats_belong_to_their_questions() {
    let id = Some("3f0c9a517a534f9e9d3c0c1df1d5e7aa".to_owned());
    let given = |execution: &Option<String>, format: Option<&str>, json| Request {
        execution: execution.clone(),
        format: format.map(str::to_owned),
        json,
        ..request()
    };
    for (format, json, expected) in [
        (None, true, LedgerFormat::JsonLines),
        (Some("jsonl"), false, LedgerFormat::JsonLines),
        (Some("jsonl"), true, LedgerFormat::JsonLines),
        (Some("csv"), false, LedgerFormat::Csv),
        (Some("table"), false, LedgerFormat::Table),
    ] {
        let question = given(&None, format, json).question();
        assert!(matches!(question, Ok(Question::Ledger { format, .. }) if format == expected), "{format:?}");
    }
    for (format, json, expected) in [
        (None, false, TimelineFormat::Text),
        (Some("text"), false, TimelineFormat::Text),
        (None, true, TimelineFormat::Json),
        (Some("json"), true, TimelineFormat::Json),
    ] {
        let question = given(&id, format, json).question();
        assert!(matches!(question, Ok(Question::Execution { format, .. }) if format == expected));
    }
    for (execution, format, json) in [
        (&None, "text", false),
        (&None, "csv", true),
        (&id, "csv", false),
        (&id, "text", true),
        (&id, "", false),
    ] {
        assert!(wrong_message(&given(execution, Some(format), json)).starts_with("--format: "));
    }
}

#[test]
fn an_id_is_taken_with_and_without_dashes_and_nothing_else_is() {
    for id in ["3f0c9a51-7a53-4f9e-9d3c-0c1df1d5e7aa", "3F0C9A517A534F9E9D3C0C1DF1D5E7AA"] {
        let question = Request { execution: Some(id.to_owned()), ..request() }.question();
        let Ok(Question::Execution { id, .. }) = question else { panic!() };
        assert_eq!(id.to_string(), "3f0c9a51-7a53-4f9e-9d3c-0c1df1d5e7aa");
    }
    for id in ["", "3f0c9a51", "nightly", "3f0c9a517a534f9e9d3c0c1df1d5e7aaa"] {
        assert_eq!(
            wrong_message(&Request { execution: Some(id.to_owned()), ..request() }),
            "EXECUTION_ID: is not an id, which is 32 hexadecimal digits, with or without dashes"
        );
    }
}

#[test]
fn options_of_a_range_are_refused_for_one_execution() {
    let id = Some("3f0c9a517a534f9e9d3c0c1df1d5e7aa".to_owned());
    let text = || Some("1".to_owned());
    for (flag, given) in [
        ("--since", Request { since: text(), ..request() }),
        ("--workflow", Request { workflows: vec!["w".to_owned()], ..request() }),
        ("--schedule", Request { schedules: vec!["s".to_owned()], ..request() }),
        ("--limit", Request { limit: text(), ..request() }),
    ] {
        let message = wrong_message(&Request { execution: id.clone(), ..given });
        assert_eq!(message, format!("{flag}: has no meaning for a single execution; leave it out"));
    }
}

#[test]
fn limits_and_patterns_out_of_bounds_are_refused() {
    for limit in ["", "-1", "1000001", "many"] {
        let message = wrong_message(&Request { limit: Some(limit.to_owned()), ..request() });
        assert_eq!(message, "--limit: write a number from 0 to 1000000");
    }
    for limit in ["0", "1000000"] {
        assert!(Request { limit: Some(limit.to_owned()), ..request() }.question().is_ok());
    }
    let empty = Request { tenants: vec!["a".to_owned(), String::new()], ..request() };
    assert_eq!(wrong_message(&empty), "--tenant: a pattern is empty; write * for any text");
    let long = Request { schedules: vec!["x".repeat(1_000_000)], ..request() };
    assert_eq!(wrong_message(&long), "--schedule: a pattern is too long");
}
