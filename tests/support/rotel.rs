//! A real OTLP receiver, rotel, over gRPC and HTTP, that prints whatever it receives.

use std::net::SocketAddr;
use std::path::PathBuf;

use tempfile::TempDir;

use super::process::{self, Daemon, Signal};

const WHERE: &str = "import os, rotel; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))";

pub struct Rotel {
    daemon: Daemon,
    grpc: SocketAddr,
    http: SocketAddr,
    _directory: TempDir,
}

impl Rotel {
    /// # Panics
    /// If the Python environment, which `tests/install` makes, has no rotel.
    pub async fn start() -> Self {
        let found = process::python(WHERE, b"");
        let program = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
        assert!(program.is_file(), "no rotel: pip install rotel, or run tests/all");
        let directory = tempfile::tempdir().unwrap();
        let address = || SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let (grpc, http) = (address(), address());
        let mut command = process::own(&program);
        command.arg("start").arg(format!("--pid-file={}/pid", directory.path().display()));
        command.arg(format!("--otlp-grpc-endpoint={grpc}")).arg(format!("--otlp-http-endpoint={http}"));
        command.args([
            "--exporter=blackhole",
            "--debug-log=metrics",
            "--debug-log=traces",
            "--debug-log=logs",
        ]);
        command.arg("--debug-log-verbosity=detailed");
        let daemon = Daemon::spawn(command, &directory.path().join("log"));
        let mut rotel = Self { daemon, grpc, http, _directory: directory };
        let open = async || {
            let ports =
                [tokio::net::TcpStream::connect(grpc).await, tokio::net::TcpStream::connect(http).await];
            ports.iter().all(Result::is_ok)
        };
        rotel.daemon.until("its ports", open).await;
        rotel
    }

    pub fn grpc_endpoint(&self) -> String {
        format!("http://{}", self.grpc)
    }

    pub fn http_endpoint(&self) -> String {
        format!("http://{}", self.http)
    }

    /// All that it printed.
    pub fn received(&self) -> String {
        self.daemon.log()
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        self.daemon.end(Signal::Kill);
    }
}
