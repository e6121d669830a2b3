//! PgBouncer in transaction mode with two server sessions.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use cloacina_exporter::config::DatabaseUrl;
use tempfile::TempDir;

use crate::throwaway::{command, free_port, hand_over, url};

pub struct Pooler {
    process: Child,
    pub port: u16,
    _folder: TempDir,
}

impl Pooler {
    pub fn start(server_port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let configuration = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\n\
             unix_socket_dir=\nauth_type=trust\nauth_file={}/users\npool_mode=transaction\ndefault_pool_size=2\n",
            folder.path().display()
        );
        std::fs::write(&configuration, text).unwrap();
        std::fs::write(folder.path().join("users"), "\"postgres\" \"\"\n\"mighty\" \"\"\n").unwrap();
        hand_over(folder.path());
        let mut process =
            command("pgbouncer", folder.path()).arg(&configuration).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        assert!(log.any(|line| line.unwrap().contains("process up")), "pgbouncer did not start");
        std::thread::spawn(move || log.for_each(drop));
        Self { process, port, _folder: folder }
    }

    pub fn url(&self, user: &str, database: &str) -> DatabaseUrl {
        url(&format!("postgres://{user}@127.0.0.1:{}/{database}", self.port))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
