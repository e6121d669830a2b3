//! The web configuration file: TLS, headers, users with the hashes of their passwords.

use std::cell::RefCell;
use std::fs;

use cloacina_exporter::config::Web;
use cloacina_exporter::serve::Guard;
use tempfile::TempDir;

use super::configuration::names_a_device;

thread_local! {
    static DIRECTORY: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary directory can be made"));
}

/// The file: rules that are in force, or a message that gives nothing away. What a file with secrets in it may hold, a hash
/// of bcrypt or a text where a password was meant, has a dollar here; no message has one, wherever it stood, but in the
/// name of a file.
pub(super) fn web_configuration(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if names_a_device(&text) {
        return;
    }
    DIRECTORY.with_borrow(|directory| {
        let path = directory.path().join("web.yml");
        fs::write(&path, text.as_bytes()).expect("a file can be written");
        let web = Web { config_file: Some(path), ..Web::default() };
        match Guard::open(&web) {
            Ok(guard) => assert!(!guard.to_string().is_empty()),
            Err(error) => {
                let message = error.to_string();
                assert!(!message.is_empty());
                assert!(!message.contains('$') || message.contains("cannot read "), "{message}");
                assert!(!message.contains("PRIVATE KEY"), "{message}");
            }
        }
    });
}
