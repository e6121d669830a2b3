//! Child processes that end with the test: programs that are found or named, free ports, signals.

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// PostgreSQL and PgBouncer refuse to run as root; the user `nobody` of every Linux.
const UNPRIVILEGED: u32 = 65534;

/// How long anything awaited here may take; far above what it takes, so that only a hang ends it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A child process, killed when dropped.
pub struct Daemon {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command`, made by `own` or `unprivileged`, with its output added to `log`.
    pub fn spawn(mut command: Command, log: &Path) -> Self {
        let name = format!("{command:?}");
        let output = File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { child, name, log: log.to_owned() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The exit code once it has ended; `None` while it runs. A death by signal is -1.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Sends `signal` and waits for the end.
    pub fn end(&mut self, signal: Signal) -> i32 {
        if self.exit_code().is_none() {
            self.signal(signal);
        }
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Waits until `ready` answers true.
    ///
    /// # Panics
    /// With the end of the log, if the process ends or patience runs out first.
    pub async fn until(&mut self, what: &str, mut ready: impl AsyncFnMut() -> bool) {
        let started = Instant::now();
        while !ready().await {
            let ended = self.exit_code();
            if ended.is_some() || started.elapsed() > PATIENCE {
                let log = self.log();
                let tail = &log[log.floor_char_boundary(log.len().saturating_sub(3000))..];
                panic!("{}: waited for {what}; exit code {ended:?}; its log ends:\n{tail}", self.name);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    Quit,
    Hangup,
    Kill,
    Stop,
    Continue,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::Quit => "QUIT",
            Self::Hangup => "HUP",
            Self::Kill => "KILL",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
        }
    }
}

/// Sends `signal`; a process that is gone is no error.
pub fn send(pid: impl Display, signal: Signal) {
    // The shell's own `kill`: the program of that name is missing on small systems.
    let line = format!("kill -s {} {pid} 2>/dev/null", signal.name());
    Command::new("sh").args(["-c", &line]).status().unwrap();
}

/// Polls until `done` answers true, for what no process of ours announces.
pub async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !done().await {
        assert!(started.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A command for `program` with the rights and the environment of the test. It dies with the thread that spawns it.
pub fn own(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", Signal::Kill.name()]).arg(program);
    command
}

/// A command for `program` without root's rights and with a bare environment. It dies with the thread that spawns it.
pub fn unprivileged(program: &Path, home: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        let user = UNPRIVILEGED.to_string();
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]);
    }
    command.args(["--pdeathsig", Signal::Quit.name()]).arg(program);
    command
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home);
    command
}

/// Gives `path` to the user that `unprivileged` commands run as.
pub fn hand_over(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
    }
}

/// A temporary directory that `unprivileged` commands own; outside the clone, which they might not reach.
pub fn temporary_directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("cloacina-exporter-").tempdir().unwrap();
    hand_over(directory.path());
    directory
}

/// Runs a command to its end.
///
/// # Panics
/// With its output, if it cannot start or fails.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed with {}:\n{text}", output.status);
    text
}

/// The path of `program`, from `PATH` or the system's directories.
///
/// # Panics
/// If it is missing: names the Debian package to install.
pub fn find(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("{program} is missing: apt-get install --no-install-recommends {package}"))
}

/// Runs `script` with `input` on its standard input, by the Python that has `prometheus_client`; `tests/all` names it.
pub fn python(script: &str, input: &[u8]) -> Output {
    let python = std::env::var_os("CLOACINA_EXPORTER_PYTHON").unwrap_or_else(|| "python3".into());
    pipe(Command::new(python).args(["-c", script]), input)
}

/// Runs a command to its end, with `input` on its standard input.
pub fn pipe(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut pipe = child.stdin.take().expect("it is piped");
    std::thread::scope(|scope| {
        // An early exit closes the pipe; the exit code then says why.
        scope.spawn(move || pipe.write_all(input));
        child.wait_with_output().unwrap()
    })
}

/// A TCP port of the loopback interface that nothing listens on.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
