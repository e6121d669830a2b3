//! The built binary as a user starts it: with flags, on a port of its own, asked over HTTP, killed and started again.

use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;

use super::exposition::Exposition;
use super::http::{self, Response};
use super::process::{self, Daemon, Signal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    OpenMetrics,
    Protobuf,
}

impl Format {
    pub const fn accept(self) -> &'static str {
        match self {
            Self::Text => "text/plain;version=0.0.4",
            Self::OpenMetrics => "application/openmetrics-text;version=1.0.0",
            Self::Protobuf => {
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
            }
        }
    }
}

pub struct Exporter {
    daemon: Daemon,
    /// What starts the program, if anything does: itself and its arguments.
    starter: Vec<String>,
    arguments: Vec<String>,
    address: SocketAddr,
    directory: TempDir,
}

impl Exporter {
    /// Starts `cloacina-exporter serve --web.listen-address … arguments` and waits for its first snapshot.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::start_by(&[], arguments).await
    }

    /// As `start`, by a program that becomes it in the end, such as `env`, with that one's arguments.
    pub async fn start_by(starter: &[String], arguments: &[&str]) -> Self {
        let mut exporter = Self::launch_by(starter, arguments);
        exporter.wait_until_ready().await;
        exporter
    }

    /// As `start`, but does not wait: for one that cannot become ready.
    pub fn launch(arguments: &[&str]) -> Self {
        Self::launch_by(&[], arguments)
    }

    fn launch_by(starter: &[String], arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let daemon = spawn(&directory, address, starter, &arguments);
        Self { daemon, starter: starter.to_vec(), arguments, address, directory }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Waits until `/readyz` answers 200.
    pub async fn wait_until_ready(&mut self) {
        let address = self.address;
        let ready = async || http::get(address, "/readyz").await.is_some_and(|answer| answer.status == 200);
        self.daemon.until("/readyz", ready).await;
    }

    /// `GET /metrics` in `format`.
    pub async fn page(&self, format: Format) -> Response {
        let accept = [("accept", format.accept())];
        http::request("GET", self.address, "/metrics", &accept).await.expect("the exporter answers")
    }

    /// `/metrics` as read from the text format.
    pub async fn metrics(&self) -> Exposition {
        let page = self.page(Format::Text).await;
        Exposition::parse(page.text()).unwrap()
    }

    /// Waits until `/metrics` satisfies `condition`.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&Exposition) -> bool) -> Exposition {
        let mut found = None;
        let address = self.address;
        let look = async || {
            let accept = [("accept", Format::Text.accept())];
            let page = http::request("GET", address, "/metrics", &accept).await;
            found = page.and_then(|page| Exposition::parse(page.text()).ok()).filter(&condition);
            found.is_some()
        };
        self.daemon.until(what, look).await;
        found.expect("the condition was satisfied")
    }

    /// Has it load its configuration again, as `systemctl reload` does; does not wait.
    pub fn hang_up(&self) {
        self.daemon.signal(Signal::Hangup);
    }

    /// Ends it as a power failure of its process does.
    pub fn kill(&mut self) {
        self.daemon.end(Signal::Kill);
    }

    /// Ends it as `systemctl stop` does; gives the exit code.
    pub fn terminate(&mut self) -> i32 {
        self.daemon.end(Signal::Terminate)
    }

    /// The exit code, if it ended.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.daemon.exit_code()
    }

    /// Starts it again after its end, with the same arguments and port.
    pub async fn start_again(&mut self) {
        self.daemon = spawn(&self.directory, self.address, &self.starter, &self.arguments);
        self.wait_until_ready().await;
    }

    /// All that it wrote to standard output and error.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

fn spawn(directory: &TempDir, address: SocketAddr, starter: &[String], arguments: &[String]) -> Daemon {
    let program = env!("CARGO_BIN_EXE_cloacina-exporter");
    let mut command = match starter {
        [] => process::own(Path::new(program)),
        [first, rest @ ..] => {
            let mut command = process::own(Path::new(first));
            command.args(rest).arg(program);
            command
        }
    };
    command.args(["serve", "--web.listen-address", &address.to_string()]).args(arguments);
    // What the machine's environment says must not reach a test.
    command
        .env_clear()
        .env("HOME", directory.path())
        .env("PATH", "/usr/bin:/bin")
        .current_dir(directory.path());
    Daemon::spawn(command, &directory.path().join("log"))
}
