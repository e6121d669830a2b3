//! What hostile clients do, one visit at a time: connect, misbehave until cut off or done.

use std::future::Future;
use std::io::Result;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::forms;

type Visit = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

pub struct Attack {
    pub name: &'static str,
    /// To the target, with a number that no other visit has.
    pub visit: fn(SocketAddr, u64) -> Visit,
}

macro_rules! attacks {
    ($($name:literal: $visit:ident,)*) => {
        pub const ALL: &[Attack] = &[$(Attack { name: $name, visit: |to, number| Box::pin($visit(to, number)) },)*];
    };
}

attacks! {
    "connections that say nothing": silence,
    "headers a byte at a time": slow_headers,
    "body a byte at a time": slow_body,
    "a request line of 1 MB": long_request_line,
    "headers of 1 MB": long_header,
    "10 000 headers": many_headers,
    "a body without end": endless_body,
    "chunks without end": endless_chunks,
    "5000 requests in one write": pipelining,
    "5000 requests, and nothing read": pipelining_unread,
    "a page read a byte at a time": slow_reader,
    "malformed requests and random bytes": malformed,
    "Accept and Accept-Encoding of 15 kB": preferences,
    "HEAD and OPTIONS without pause": flood,
    "hanging up in the middle of a page": hang_up,
    "reset in the middle of a page": reset,
}

const TAKES: Duration = Duration::from_millis(100);

/// Until the server ends the connection.
async fn drain(stream: &mut TcpStream) -> Result<()> {
    let mut buffer = vec![0; 64 << 10];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Writes and reads at once, so that neither side waits for the other.
async fn exchange(to: SocketAddr, request: &[u8]) -> Result<()> {
    let stream = TcpStream::connect(to).await?;
    let (mut from, mut into) = stream.into_split();
    let reading = async {
        let mut buffer = vec![0; 64 << 10];
        while from.read(&mut buffer).await? > 0 {}
        Ok(())
    };
    let writing = into.write_all(request);
    tokio::try_join!(reading, writing).map(drop)
}

async fn silence(to: SocketAddr, _: u64) -> Result<()> {
    drain(&mut TcpStream::connect(to).await?).await
}

async fn slow_headers(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: ").await?;
    loop {
        sleep(TAKES).await;
        stream.write_all(b"x").await?;
    }
}

async fn slow_body(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await?;
    loop {
        sleep(TAKES).await;
        stream.write_all(b"x").await?;
    }
}

async fn long_request_line(to: SocketAddr, _: u64) -> Result<()> {
    exchange(to, format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(1 << 20)).as_bytes()).await
}

async fn long_header(to: SocketAddr, _: u64) -> Result<()> {
    exchange(to, format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)).as_bytes()).await
}

async fn many_headers(to: SocketAddr, _: u64) -> Result<()> {
    exchange(to, format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(10_000)).as_bytes()).await
}

async fn endless_body(to: SocketAddr, number: u64) -> Result<()> {
    let method = if number.is_multiple_of(2) { "POST" } else { "GET" };
    let head = format!("{method} /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n");
    endless(to, head.as_bytes(), &[b'x'; 64 << 10]).await
}

async fn endless_chunks(to: SocketAddr, number: u64) -> Result<()> {
    let head = b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk: &[u8] = match number % 4 {
        0 => b"1\r\nx\r\n",
        1 => b"FFFFFFFFFFFFFFFFFFFF\r\nx",
        2 => b"1;extension=long-long-long-long-long-long-long",
        _ => b"0\r\nX-Trailer: x\r\nX-Trailer: x\r\n",
    };
    endless(to, head, &chunk.repeat(1000)).await
}

/// `piece` again and again, whatever is answered.
async fn endless(to: SocketAddr, head: &[u8], piece: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head).await?;
    loop {
        stream.write_all(piece).await?;
    }
}

async fn pipelining(to: SocketAddr, _: u64) -> Result<()> {
    exchange(to, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5000).as_bytes()).await
}

async fn pipelining_unread(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5000).as_bytes()).await?;
    std::future::pending().await
}

async fn slow_reader(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    while stream.read(&mut [0]).await? > 0 {
        sleep(TAKES).await;
    }
    Ok(())
}

async fn malformed(to: SocketAddr, number: u64) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut request = match random.usize(..=forms::ALL.len()) {
        chosen if chosen < forms::ALL.len() => forms::ALL[chosen].request.as_bytes().to_vec(),
        _ => Vec::new(),
    };
    let mut noise = vec![0; random.usize(..2000)];
    random.fill(&mut noise);
    let at = random.usize(..=request.len());
    request.splice(at..at, noise);
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(&request).await?;
    stream.shutdown().await?;
    drain(&mut stream).await
}

async fn preferences(to: SocketAddr, number: u64) -> Result<()> {
    let range = [
        "text/plain;q=0.5,",
        "*/*;q=1e9,",
        ";;;,,,",
        "a/b;c=\"\\\";q=0.1,",
        "application/openmetrics-text;q=-1,",
    ];
    let range = range[number as usize % range.len()];
    let ranges = range.repeat(7400 / range.len());
    let headers = format!("Accept: {ranges}\r\nAccept-Encoding: {ranges}");
    exchange(to, format!("GET /metrics HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n").as_bytes()).await
}

async fn flood(to: SocketAddr, number: u64) -> Result<()> {
    let method = ["HEAD", "OPTIONS"][number as usize % 2];
    let request = format!("{method} /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut stream = TcpStream::connect(to).await?;
    let mut answer = [0; 4096];
    loop {
        stream.write_all(request.as_bytes()).await?;
        if stream.read(&mut answer).await? == 0 {
            return Ok(());
        }
    }
}

async fn hang_up(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    stream.read_exact(&mut [0; 1000]).await.map(drop)
}

async fn reset(to: SocketAddr, _: u64) -> Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_zero_linger()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\n").await?;
    stream.read_exact(&mut [0; 1000]).await.map(drop)
}
