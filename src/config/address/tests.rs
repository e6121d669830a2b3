//! Facts about addresses: what each form means, and that no form lets a password be seen.

use std::str::FromStr;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::super::DatabaseUrl;
use super::*;

fn parameters(text: &str) -> Parameters {
    match parse(text) {
        Ok(Address::Postgres(parameters)) => parameters,
        other => panic!("{text}: {other:?}"),
    }
}

fn values(text: &str, names: &[&str]) -> Vec<String> {
    let parameters = parameters(text);
    names.iter().map(|name| parameters.value(name).unwrap_or("-").to_owned()).collect()
}

fn problem(text: &str) -> &'static str {
    match parse(text) {
        Err(AddressError(problem)) => problem,
        Ok(address) => panic!("{text} was read as {address:?}"),
    }
}

const LOGIN: [&str; 5] = ["host", "port", "user", "password", "dbname"];

#[test]
fn url_and_keyword_forms_of_an_address_mean_the_same() {
    let expected = ["db.example", "5433", "monitor", "p@ss/w?rd ä", "app"];
    for text in [
        "postgres://monitor:p%40ss%2Fw%3Frd%20%C3%A4@db.example:5433/app",
        "POSTGRESQL://db.example/?port=5433&user=monitor&password=p%40ss%2Fw%3Frd%20ä&dbname=app",
        "host=db.example port=5433 user=monitor password='p@ss/w?rd ä' dbname=app",
        "  dbname = app\nhost= db.example port =5433 user='monitor' password=p@ss/w?rd\\ ä  ",
    ] {
        assert_eq!(values(text, &LOGIN), expected, "{text}");
    }
}

#[test]
fn quotes_and_backslashes_in_keyword_values_are_unescaped() {
    assert_eq!(values(r"user='it\'s' password=a\\b\'c dbname=''", &LOGIN), ["-", "-", "it's", r"a\b'c", "-"]);
}

#[test]
fn parts_left_out_stay_with_the_driver_and_later_values_replace_earlier_ones() {
    assert_eq!(values("postgres://", &LOGIN), ["-"; 5]);
    assert_eq!(values("postgres:///app", &LOGIN), ["-", "-", "-", "-", "app"]);
    assert_eq!(values("postgres://u@h/app?dbname=other", &LOGIN), ["h", "-", "u", "-", "other"]);
}

#[test]
fn sockets_and_ipv6_addresses_are_hosts() {
    for text in
        ["postgres://%2Frun%2Fpostgresql/app", "postgres:///app?host=/run/postgresql", "host=/run/postgresql"]
    {
        assert_eq!(values(text, &["host"]), ["/run/postgresql"], "{text}");
    }
    for text in ["postgres://[::1]:5433/app", "host=::1 port=5433", "hostaddr=::1 port=5433"] {
        assert_eq!(values(text, &["host", "port"]), ["::1", "5433"], "{text}");
    }
}

#[test]
fn the_driver_reads_what_was_written() {
    let url = DatabaseUrl::from_str(
        "host=db.example port=5433 user='mon itor' dbname=app sslmode=verify-full connect_timeout=3 \
         application_name='a&b=c' options='-c geqo=off'",
    )
    .unwrap();
    let DatabaseUrl::Postgres(url) = url else { panic!("{url}") };
    let options = PgConnectOptions::from_str(url.expose_secret()).unwrap();
    assert_eq!((options.get_host(), options.get_port()), ("db.example", 5433));
    assert_eq!((options.get_username(), options.get_database()), ("mon itor", Some("app")));
    assert_eq!(options.get_application_name(), Some("a&b=c"));
    assert_eq!(options.get_options(), Some("-c geqo=off"));
    assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull));

    let DatabaseUrl::Postgres(socket) = "postgres:///app?host=/run/postgresql".parse().unwrap() else {
        panic!()
    };
    let options = PgConnectOptions::from_str(socket.expose_secret()).unwrap();
    assert_eq!(options.get_socket().unwrap().to_str(), Some("/run/postgresql"));

    let DatabaseUrl::Postgres(bare) = "postgres:///app".parse().unwrap() else { panic!() };
    let options = PgConnectOptions::from_str(bare.expose_secret()).unwrap();
    assert_ne!(options.get_host(), "", "the driver's own default");
}

#[test]
fn trusting_the_systems_certificates_means_full_verification() {
    assert_eq!(values("sslrootcert=system", &["sslrootcert", "sslmode"]), ["-", "verify-full"]);
}

#[test]
fn sqlite_paths_are_taken_literally() {
    for (text, path) in [
        ("/var/lib/cloacina.db", "/var/lib/cloacina.db"),
        ("cloacina.db", "cloacina.db"),
        ("sqlite:cloacina.db", "cloacina.db"),
        ("sqlite:///var/lib/a%20b.db", "/var/lib/a%20b.db"),
        ("/home/u/cloacina.db?mode=rwc&_journal_mode=WAL", "/home/u/cloacina.db?mode=rwc&_journal_mode=WAL"),
        ("sqlite:a=b@c.db", "a=b@c.db"),
    ] {
        assert!(matches!(parse(text), Ok(Address::Sqlite(found)) if found == path), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_the_mend() {
    for (text, part) in [
        ("", "empty"),
        ("sqlite:", "empty"),
        ("sqlite::memory:", "in memory"),
        ("mysql://u:p@h/d", "unknown kind"),
        ("postgres:/u:p@h/d", "unknown kind"),
        ("postgres//u:p@h/d", "mistyped"),
        ("localhost password=p", "mistyped"),
        ("pass word=p", "mistyped"),
        ("?assword=p", "mistyped"),
        ("postgres://u:p/q@h/d", "%2F"),
        ("postgres://u:p?q@h/d", "%3F"),
        ("postgres://u:pass", "port"),
        ("postgres://h:0/d", "port"),
        ("postgres://h:65536/d", "port"),
        ("postgres://::1/d", "port"),
        ("postgres://[::1/d", "`]`"),
        ("postgres://h1,h2/d", "host must be one"),
        ("postgres://h/a/b", "database's name"),
        ("postgres://h/dpassword=x", "database's name"),
        ("postgres://h/d?password", "lacks its `=`"),
        ("postgres://h/d?sslpassword=x", "not known here"),
        ("postgres://h/d?sslmode=on", "sslmode"),
        ("postgres://u:%ff@h/d", "not UTF-8"),
        ("postgres://u:%00@h/d", "NUL"),
        ("host=h password=a b", "lacks its `=`"),
        ("host=h password='a b", "closing quote is missing"),
        ("host=h password='a''b'", "follows a closing quote"),
        ("host=hpassword=x", "host must be one"),
        ("user=upassword=x", "user's name"),
        ("host=h hostaddr=::1", "not both"),
    ] {
        assert!(problem(text).contains(part), "{text}: {}", problem(text));
    }
}

#[test]
fn display_shows_host_port_and_database_only() {
    for (text, shown) in [
        ("postgres://u:p@h:5433/d?options=x", "postgres://h:5433/d"),
        ("user=u password=p", "postgres://(default host)/(default database)"),
        ("sqlite:/a.db", "sqlite:/a.db"),
    ] {
        let url: DatabaseUrl = text.parse().unwrap();
        assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()), "{text}");
    }
}

#[test]
fn a_password_from_a_file_replaces_the_one_in_the_address() {
    let url: DatabaseUrl = "postgres://u:old@h/d".parse().unwrap();
    let DatabaseUrl::Postgres(url) = url.with_password("n@w".to_owned()).unwrap() else { panic!() };
    assert_eq!(values(url.expose_secret(), &LOGIN), ["h", "-", "u", "n@w", "d"]);
    let file: DatabaseUrl = "/a.db".parse().unwrap();
    assert!(file.with_password("p".to_owned()).is_err());
}

/// Occurs in every part of a generated password, and nowhere else.
const MARK: &str = "Zq7";

/// Passwords whose every piece holds the mark, however a parser cuts them.
fn password() -> impl Strategy<Value = String> {
    prop::collection::vec("[ -~ä\t]{0,3}", 1..4)
        .prop_map(|pieces| pieces.iter().fold(MARK.to_owned(), |password, piece| password + piece + MARK))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// An address in one of the correct forms.
fn address() -> impl Strategy<Value = (String, String)> {
    let parts =
        (password(), "[a-z]{1,5}", "[a-z]{1,5}(\\.[a-z]{1,5})?", 1..=65535_u16, "[a-z]{1,5}", 0..6_u8);
    parts.prop_map(|(password, user, host, port, database, form)| {
        let text = match form {
            0 => format!("postgres://{user}:{}@{host}:{port}/{database}", encoded(&password)),
            1 => format!("postgresql://{host}:{port}/{database}?user={user}&password={}", encoded(&password)),
            2 => {
                format!("postgres:///{database}?password={}&sslmode=require&host={host}", encoded(&password))
            }
            3 => format!("host={host} port={port} password={} dbname={database}", quoted(&password)),
            4 => format!("password = {} user={user} dbname='{database}'", quoted(&password)),
            _ => {
                let escaped: String = password.chars().flat_map(|character| ['\\', character]).collect();
                format!("dbname={database} password={escaped} host={host}")
            }
        };
        (text, password)
    })
}

/// Everything that may be shown of an address.
fn shown(text: &str) -> String {
    match text.parse::<DatabaseUrl>() {
        Ok(url) => format!("{url} {url:?} {}", url.short_name()),
        Err(error) => format!("{error} {error:?}"),
    }
}

proptest! {
    #[test]
    fn a_correct_address_keeps_its_password_and_never_shows_it((text, password) in address()) {
        let Ok(DatabaseUrl::Postgres(url)) = text.parse::<DatabaseUrl>() else { panic!("{}", shown(&text)) };
        prop_assert_eq!(values(url.expose_secret(), &["password"]), [password]);
        prop_assert!(!shown(&text).contains(MARK), "{}", shown(&text));
    }

    #[test]
    fn an_address_with_a_character_missing_changed_or_added_never_shows_its_password(
        (text, _) in address(),
        position in any::<prop::sample::Index>(),
        kind in 0..3_u8,
        other in prop::sample::select(" @:/?&='\"\\#%ax0".chars().collect::<Vec<_>>()),
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let position = position.index(characters.len());
        match kind {
            0 => { characters.remove(position); }
            1 => characters[position] = other,
            _ => characters.insert(position, other),
        }
        let broken: String = characters.into_iter().collect();
        prop_assert!(!shown(&broken).contains(MARK), "{}: {}", broken, shown(&broken));
    }

    #[test]
    fn a_password_that_was_not_encoded_is_never_shown(
        password in password(),
        form in 0..3_u8,
    ) {
        let text = match form {
            0 => format!("postgres://user:{password}@host/database"),
            1 => format!("postgres://host/database?password={password}&user=user"),
            _ => format!("host=host password={password} dbname=database"),
        };
        prop_assert!(!shown(&text).contains(MARK), "{}: {}", text, shown(&text));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(postgres://|host=|sqlite:)?[ -~ä]{0,40}") {
        shown(&text);
    }
}
