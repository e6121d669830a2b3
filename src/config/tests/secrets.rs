//! Whatever is written for a database, right or wrong, and wherever: nothing that is shown of the configuration, or of why it
//! cannot be used, holds a part of a secret. What the forms of an address mean is tested beside them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

/// In every part of a generated secret, and nowhere else.
const MARK: &str = "Zq7";

/// However a parser cuts it, each piece holds the mark.
fn secret() -> impl Strategy<Value = String> {
    let breaks =
        prop::sample::select(vec![",", ", ", ": ", " #", "{", "}", "]", "&", "@", "/", " ", "'", "\""]);
    let piece = prop_oneof![breaks.prop_map(str::to_owned), "[ -~ä\t]{0,3}"];
    prop::collection::vec(piece, 1..4)
        .prop_map(|pieces| pieces.iter().fold(MARK.to_owned(), |secret, piece| secret + piece + MARK))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// An address with the secret in each place that may hold one; not encoded where users forget it.
fn address() -> impl Strategy<Value = String> {
    let parameter =
        prop::sample::select(vec!["password", "sslpassword", "options", "application_name", "passwrd"]);
    (secret(), parameter, 0..7_u8).prop_map(|(secret, parameter, form)| match form {
        0 => format!("postgres://monitor:{}@db.example:5432/app", encoded(&secret)),
        1 => format!("postgres://monitor:{secret}@db.example/app"),
        2 => format!(
            "postgresql://db.example/app?user=monitor&{parameter}={}&sslmode=require",
            encoded(&secret)
        ),
        3 => format!("postgres:///app?{parameter}={secret}&host=/run/postgresql"),
        4 => format!("host=db.example {parameter}={} dbname=app", quoted(&secret)),
        5 => format!("host=db.example user=monitor {parameter}={secret}"),
        _ => format!("mysql://monitor:{secret}@db.example/app"),
    })
}

#[derive(Debug, Clone)]
struct Given {
    flag: Option<String>,
    variable: Option<String>,
    yaml: String,
    /// The file `secret`.
    file: String,
}

/// All ways in which an address, or a password by itself, reaches the configuration.
fn given() -> impl Strategy<Value = Given> {
    let settings =
        prop::sample::select(vec!["", "poll: {overlap: 0s}\n", "shard: {index: 3, count: 2}\n", "pol: {}\n"]);
    (address(), secret(), 0..12_u8, settings).prop_map(|(address, secret, way, settings)| {
        let single = address.replace('\'', "''");
        let double = address.replace('\\', "\\\\").replace('"', "\\\"");
        let (mut flag, mut variable, mut file) = (None, None, address.clone());
        let databases = match way {
            0 => {
                flag = Some(address);
                String::new()
            }
            1 => {
                variable = Some(address);
                String::new()
            }
            2 => format!("[{{url: {address}}}]"),
            3 => format!("[{{name: orders, url: '{single}', include: ['a*']}}]"),
            4 => format!("[{{url: \"{double}\"}}, {{url: '{single}'}}]"),
            5 => format!("\n  - url: {address}\n    name: orders"),
            6 => format!("\n  - url: >-\n      {address}\n    password_file: secret"),
            7 => format!("\n  - {address}"),
            8 => format!("\n  {address}: {{}}"),
            9 => "[{name: orders, url_file: secret}]".to_owned(),
            10 => "[{url: 'postgres://db.example/app', url_file: secret}]".to_owned(),
            _ => {
                file = secret;
                "[{url: 'postgres://monitor@db.example/app', password_file: secret}]".to_owned()
            }
        };
        let yaml = if databases.is_empty() {
            settings.to_owned()
        } else {
            format!("databases: {databases}\n{settings}")
        };
        Given { flag, variable, yaml, file }
    })
}

/// All that is ever shown of it.
fn shown(given: &Given) -> String {
    let mut case = Case::with_file(&given.yaml);
    case.write("secret", &given.file);
    case.settings.databases.extend(given.flag.clone().map(|flag| Setting::new(flag, "--database")));
    case.variables.extend(given.variable.clone().map(|variable| ("DATABASE_URL", variable)));
    let settings = format!("{:?}", case.settings);
    let outcome = match case.load(Purpose::Check) {
        Ok(loaded) => format!("{loaded:?} {} {}", loaded.config, loaded.warnings.concat()),
        Err(error) => format!("{error} {error:?}"),
    };
    settings + &outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_way_to_name_a_database_shows_a_part_of_its_secrets(given in given()) {
        prop_assert!(!shown(&given).contains(MARK), "{}", shown(&given));
    }

    #[test]
    fn a_file_with_a_character_missing_changed_or_added_shows_no_secret(
        mut given in given(),
        position in any::<prop::sample::Index>(),
        kind in 0..3_u8,
        other in prop::sample::select(" \n\t,:'\"{}[]#&*!|>%@`?-=ä".chars().collect::<Vec<_>>()),
    ) {
        let mut characters: Vec<char> = given.yaml.chars().collect();
        if !characters.is_empty() {
            let position = position.index(characters.len());
            match kind {
                0 => { characters.remove(position); }
                1 => characters[position] = other,
                _ => characters.insert(position, other),
            }
        }
        given.yaml = characters.into_iter().collect();
        prop_assert!(!shown(&given).contains(MARK), "{}", shown(&given));
    }
}
