//! The YAML file, flags and the environment, as far as they are texts.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs;

use cloacina_exporter::catalogue;
use cloacina_exporter::config::{self, Purpose, Setting, Settings};
use tempfile::TempDir;

thread_local! {
    static DIRECTORY: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary directory can be made"));
}

/// The file, and behind a zero byte lines `NAME=VALUE` of the environment: either a configuration, which can be printed,
/// or a message that says something.
pub(super) fn configuration(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if names_a_device(&text) {
        return;
    }
    let (file, environment) = text.split_once('\0').unwrap_or((&text, ""));
    let variables: HashMap<&str, &str> =
        environment.lines().filter_map(|line| line.split_once('=')).collect();
    DIRECTORY.with_borrow(|directory| {
        let path = directory.path().join("exporter.yml");
        fs::write(&path, file).expect("a file can be written");
        let variable = |name: &str| match name {
            "HOME" => Some(directory.path().to_string_lossy().into_owned()),
            _ => variables.get(name).map(|value| (*value).to_owned()),
        };
        let setting = |name: &str| Some(Setting::new(variable(name)?, name));
        let settings = Settings {
            config_file: Some(Setting::new(path.to_string_lossy().into_owned(), "--config.file")),
            databases: setting("CLOACINA_EXPORTER_DATABASE").into_iter().collect(),
            listen_address: setting("CLOACINA_EXPORTER_WEB_LISTEN_ADDRESS"),
            poll_interval: setting("CLOACINA_EXPORTER_POLL_INTERVAL"),
            backfill: setting("CLOACINA_EXPORTER_BACKFILL"),
            ..Settings::default()
        };
        let families: BTreeSet<&str> =
            catalogue::descriptions().iter().map(|description| description.name).collect();
        match config::load(settings, Purpose::Check, &variable, &families) {
            Ok(loaded) => assert!(!loaded.config.to_string().is_empty()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    });
}

/// Whoever configures a device to be read gets what it gives, for ever.
pub(super) fn names_a_device(text: &str) -> bool {
    ["/dev", "/proc", "/sys"].iter().any(|place| text.contains(place))
}
