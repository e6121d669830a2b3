//! What a PostgreSQL server is started on: a data directory, and certificates for TLS.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::postgres::{SUPERUSER, program};
use super::process;

pub(super) fn initialise(home: &Path, data: &Path) {
    let mut command = process::unprivileged(&program("initdb"), home);
    command.args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
    process::run(command.arg(data));
}

/// Copies the build directory's empty cluster, made by the first test that wants one: `initdb` takes a second.
pub(super) fn copy_template(data: &Path) {
    let version = process::run(Command::new(program("postgres")).arg("--version"));
    let version = version.trim().replace(|character: char| !character.is_ascii_alphanumeric(), "-");
    let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = build.join(version);
    let lock = File::create(build.join("template.lock")).unwrap();
    lock.lock().unwrap();
    if !template.exists() {
        let scratch = process::temporary_directory();
        initialise(scratch.path(), &scratch.path().join("data"));
        let unfinished = template.with_extension("unfinished");
        let _ = std::fs::remove_dir_all(&unfinished);
        copy(&scratch.path().join("data"), &unfinished);
        std::fs::rename(&unfinished, &template).unwrap();
    }
    lock.unlock().unwrap();
    copy(&template, data);
}

/// Makes `ca.crt`, and `server.crt` with `server.key`, in `directory`.
pub(super) fn make_certificates(directory: &Path) {
    let openssl = process::find("openssl", "openssl");
    let make = |arguments: &[&str]| {
        let mut command = process::unprivileged(&openssl, directory);
        process::run(
            command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]).args(arguments),
        );
    };
    make(&["-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt"]);
    make(&[
        "-subj",
        "/CN=localhost",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-keyout",
        "server.key",
        "-out",
        "server.crt",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
}

fn copy(from: &Path, to: &Path) {
    process::run(Command::new("cp").arg("-a").arg(from).arg(to));
}
