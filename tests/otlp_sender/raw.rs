//! A server that breaks the rules: it says given bytes on each connection, or nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone)]
pub enum Act {
    /// Reads and never answers.
    Silence,
    /// Reads a request, says this, and closes.
    Say(Vec<u8>),
    /// Says this without being asked, and leaves the connection open.
    Greet(Vec<u8>),
    /// Reads a request, says this, and leaves the connection open.
    SayAndStay(Vec<u8>),
}

#[derive(Debug)]
pub struct Raw {
    port: u16,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Raw {
    /// One act for each connection, and the last for all that follow.
    pub async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let index = count.fetch_add(1, Ordering::SeqCst);
                let act = acts.get(index).or(acts.last()).unwrap().clone();
                tokio::spawn(perform(stream, act));
            }
        });
        Self { port, connections, task }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn perform(mut stream: TcpStream, act: Act) {
    match act {
        Act::Silence => read_to_end(stream).await,
        Act::Say(bytes) => {
            read_request(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
        }
        Act::Greet(bytes) => {
            let _ = stream.write_all(&bytes).await;
            read_to_end(stream).await;
        }
        Act::SayAndStay(bytes) => {
            read_request(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
            read_to_end(stream).await;
        }
    }
}

pub async fn read_to_end(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// A whole request of HTTP/1.1, or what HTTP/2 begins with.
async fn read_request(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if bytes.len() >= head.len() + 4 + length.unwrap_or(0) {
            break;
        }
    }
}
