//! Answers scrapes and health probes over HTTP/1.1, with or without TLS and logins, from the last snapshot published. Never reads the database, and no
//! client can make it hold more than a bounded amount of connections, memory or time.

mod connection;
mod guard;
mod pages;
mod publisher;
mod reload;
mod slots;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::config;
use crate::reload::Requests;
pub use guard::{Error as GuardError, Guard};
use pages::Site;
pub use publisher::Publisher;
use slots::Slots;

/// After so many connections, those accepted are looked at before more are: none is ended unheard because many come at
/// once.
const ACCEPTED_AT_ONCE: usize = 16;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Port 0 takes any free one.
    pub listen_address: SocketAddr,
    /// Who may connect and ask.
    pub guard: Arc<Guard>,
    /// Begins with a slash. It goes before a page of the server's own with the same path.
    pub telemetry_path: String,
    /// Connections held at once, at least 1. When they run out, none is kept alive after its response, and a further one
    /// takes the place of one that waits for its client; while all are being answered, it waits in the kernel's queue.
    pub max_connections: usize,
    /// How long the poll loop may stay away before `/livez` fails.
    pub watchdog: Duration,
    /// Whether OpenMetrics pages carry `_created` samples.
    pub created_samples: bool,
    /// From the end of a response, or the start of the connection, to the end of the next request's headers. So it also
    /// bounds how long a connection stays idle. A TLS handshake has the same time once more.
    pub header_timeout: Duration,
    /// From there until the client has taken the response.
    pub request_timeout: Duration,
    /// How long a shutdown waits for responses under way.
    pub shutdown_timeout: Duration,
    /// Who is asked to load the configuration again; `None` refuses that over HTTP.
    pub reloads: Option<Requests>,
}

impl Settings {
    /// With the usual bounds in time: 20 s for headers, which keeps the connections of scrapes at up to 15 s alive and
    /// races with no usual interval; 30 s for a response; 5 s for the shutdown.
    pub fn new(
        web: &config::Web,
        guard: Guard,
        listen_address: SocketAddr,
        watchdog: Duration,
        created_samples: bool,
    ) -> Self {
        Self {
            listen_address,
            guard: Arc::new(guard),
            telemetry_path: web.telemetry_path.clone(),
            max_connections: web.max_connections,
            watchdog,
            created_samples,
            header_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(5),
            reloads: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}: {source}; choose another address with --web.listen-address")]
    Listen { address: SocketAddr, source: io::Error },
}

/// A bound socket that accepts no connections yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// With the port that was taken if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// # Errors
/// If the address is taken, not one of this machine, or not permitted.
pub async fn bind(settings: &Settings) -> Result<Listener, Error> {
    let address = settings.listen_address;
    let listen = |source| Error::Listen { address, source };
    let socket = TcpListener::bind(address).await.map_err(listen)?;
    let address = socket.local_addr().map_err(listen)?;
    Ok(Listener { socket, address })
}

/// Serves until `shutdown` completes. Then accepts nothing more, and returns when every response under way is finished
/// or `shutdown_timeout` is over.
pub async fn serve(
    listener: Listener,
    settings: Settings,
    publisher: Publisher,
    shutdown: impl Future<Output = ()>,
) {
    let mut slots = Slots::new(settings.max_connections);
    let site = Arc::new(Site::new(settings, publisher));
    let (closing, closes) = watch::channel(());
    let graceful = GracefulShutdown::new();
    let accepting = async {
        loop {
            for _ in 0..ACCEPTED_AT_ONCE {
                let (stream, peer) = accept(&listener.socket).await;
                let site = Arc::clone(&site);
                let serve = |slot| connection::serve(stream, site, slot, graceful.watcher(), closes.clone());
                slots.take(peer.ip(), serve).await;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = accepting => {}
    }
    drop((listener, closing));
    if tokio::time::timeout(site.settings.shutdown_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some responses were not finished at shutdown and are cut off");
    }
}

/// Waits for a connection. Retries errors, with a growing pause if the machine is out of something.
async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    const LONGEST_PAUSE: Duration = Duration::from_secs(1);
    let mut pause = Duration::from_millis(10);
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, pause_seconds = pause.as_secs_f64(), "cannot accept a connection; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Whether only the connection at hand failed, so that the next may follow at once.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
