//! A TCP proxy before a server, for the faults a network has: exchanged, cut, refused and silent connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::process;

/// Ends with all its connections when dropped.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    acceptor: Mutex<Option<AbortHandle>>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    to: SocketAddr,
    silent: bool,
    /// Falls silent once so many bytes have come from the server.
    left: Option<u64>,
    /// Connections made at an earlier epoch are cut.
    epoch: u64,
}

impl Proxy {
    /// Leads to `to`.
    pub async fn start(to: SocketAddr) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let state = watch::Sender::new(State { to, silent: false, left: None, epoch: 0 });
        let proxy = Self { address, state: Arc::new(state), acceptor: Mutex::new(None) };
        proxy.accept().await;
        proxy
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to `to`; those that are open stay where they are.
    pub fn point_to(&self, to: SocketAddr) {
        self.state.send_modify(|state| state.to = to);
    }

    /// Cuts all open connections.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.epoch += 1);
    }

    /// Holds back every byte, in both directions, while `silent`; nothing is lost.
    pub fn set_silent(&self, silent: bool) {
        self.state.send_modify(|state| state.silent = silent);
    }

    /// As `set_silent`, once so many more `bytes` have come from the server.
    pub fn fall_silent_after(&self, bytes: u64) {
        self.state.send_modify(|state| state.left = Some(bytes));
    }

    /// Waits until it is silent.
    pub async fn silence(&self) {
        let silent = async { self.state.subscribe().wait_for(|state| state.silent).await.is_ok() };
        assert!(tokio::time::timeout(process::PATIENCE, silent).await.is_ok(), "the proxy is not silent");
    }

    /// Refuses new connections and cuts the open ones, until `accept`.
    pub fn refuse(&self) {
        if let Some(acceptor) = self.acceptor.lock().unwrap().take() {
            acceptor.abort();
        }
        self.cut();
    }

    /// Takes connections again after `refuse`.
    pub async fn accept(&self) {
        let address = self.address;
        let mut listener = TcpListener::bind(address).await;
        process::eventually("the proxy's port", async || {
            if listener.is_err() {
                listener = TcpListener::bind(address).await;
            }
            listener.is_ok()
        })
        .await;
        let acceptor = tokio::spawn(serve(listener.unwrap(), self.state.clone())).abort_handle();
        *self.acceptor.lock().unwrap() = Some(acceptor);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.refuse();
    }
}

async fn serve(listener: TcpListener, shared: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = shared.clone();
        connections.spawn(async move {
            let mut state = shared.subscribe();
            let born = *state.borrow_and_update();
            let Ok(server) = TcpStream::connect(born.to).await else { return };
            let (client, server) = (Arc::new(client), Arc::new(server));
            tokio::select! {
                () = copy(&client, &server, state.clone(), |_| ()) => {}
                () = copy(&server, &client, state.clone(), |read| count(&shared, read)) => {}
                _ = state.wait_for(|state| state.epoch != born.epoch) => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

fn count(shared: &watch::Sender<State>, read: usize) {
    shared.send_if_modified(|state| {
        let Some(left) = &mut state.left else { return false };
        *left = left.saturating_sub(read as u64);
        let falls_silent = *left == 0;
        if falls_silent {
            (state.silent, state.left) = (true, None);
        }
        falls_silent
    });
}

/// Carries bytes until one side closes; `each` is told how many.
async fn copy(from: &TcpStream, to: &TcpStream, mut state: watch::Receiver<State>, each: impl Fn(usize)) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        if from.readable().await.is_err() || state.wait_for(|state| !state.silent).await.is_err() {
            return;
        }
        let mut rest = match from.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => &buffer[..read],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        each(rest.len());
        while !rest.is_empty() {
            match to.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if to.writable().await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }
}
