//! A TCP proxy that keeps what a client said to PostgreSQL, and a bare client that says it again: the same bytes, so the
//! same statements with the same parameters, without the exporter between them.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A poll is over when nothing was said for this long.
const QUIET: Duration = Duration::from_millis(300);

/// Leads to one server; its threads end with the connections, or with the process.
pub struct Recorder {
    address: SocketAddr,
    streams: Arc<Mutex<Vec<Stream>>>,
}

/// What was said on one connection.
#[derive(Debug)]
struct Stream {
    /// The port that the server sees.
    port: u16,
    said: Vec<u8>,
    at: Instant,
}

impl Recorder {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let streams = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&streams);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                accept(client, server, &all);
            }
        });
        Self { address, streams }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How much was said on each connection.
    pub fn position(&self) -> Vec<usize> {
        self.streams.lock().unwrap().iter().map(|stream| stream.said.len()).collect()
    }

    /// Ports of the connections, as the server sees them.
    pub fn ports(&self) -> Vec<u16> {
        self.streams.lock().unwrap().iter().map(|stream| stream.port).collect()
    }

    /// Waits until something was said since `position`, and nothing more for a while.
    pub async fn next_poll(&self, position: &[usize]) {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let streams = self.streams.lock().unwrap();
            let changed = streams.iter().map(|stream| stream.said.len()).ne(position.iter().copied());
            if changed && streams.iter().all(|stream| stream.at.elapsed() > QUIET) {
                return;
            }
        }
    }
}

fn accept(client: TcpStream, server: SocketAddr, streams: &Arc<Mutex<Vec<Stream>>>) {
    let server = TcpStream::connect(server).unwrap();
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let port = server.local_addr().unwrap().port();
    let index = {
        let mut streams = streams.lock().unwrap();
        streams.push(Stream { port, said: Vec::new(), at: Instant::now() });
        streams.len() - 1
    };
    let (from_client, to_client) = (client.try_clone().unwrap(), client);
    let (from_server, to_server) = (server.try_clone().unwrap(), server);
    let streams = Arc::clone(streams);
    thread::spawn(move || {
        carry(from_client, to_server, |bytes| {
            let mut streams = streams.lock().unwrap();
            streams[index].said.extend_from_slice(bytes);
            streams[index].at = Instant::now();
        });
    });
    thread::spawn(move || carry(from_server, to_client, |_| ()));
}

/// Until one side closes.
fn carry(mut from: TcpStream, mut to: TcpStream, mut told: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        told(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Says again what was recorded, on connections of its own. It must be asked to follow before it can repeat.
pub struct Mirror {
    server: SocketAddr,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    said: usize,
    /// What is sent before the answer is waited for, with what was said in the last `follow`.
    rounds: Vec<Vec<u8>>,
}

impl Mirror {
    pub fn new(server: SocketAddr) -> Self {
        Self { server, connections: Vec::new() }
    }

    /// Ports of the connections, as the server sees them.
    pub fn ports(&self) -> Vec<u16> {
        self.connections.iter().map(|connection| connection.stream.local_addr().unwrap().port()).collect()
    }

    /// Says what `recorder` heard since the last time.
    pub fn follow(&mut self, recorder: &Recorder) {
        let streams = recorder.streams.lock().unwrap();
        for (index, recorded) in streams.iter().enumerate() {
            if index == self.connections.len() {
                let stream = TcpStream::connect(self.server).unwrap();
                stream.set_nodelay(true).unwrap();
                self.connections.push(Connection { stream, said: 0, rounds: Vec::new() });
            }
            let connection = &mut self.connections[index];
            connection.rounds = rounds(&recorded.said, connection.said);
            connection.said = recorded.said.len();
        }
        drop(streams);
        self.say();
    }

    /// Says once more what was said in the last `follow`, if that `is_repeatable`.
    pub fn say(&mut self) {
        for connection in &mut self.connections {
            for round in &connection.rounds {
                connection.stream.write_all(round).unwrap();
                await_ready(&mut connection.stream);
            }
        }
    }

    /// Whether the last `follow` was of whole transactions, in which nothing was prepared. A busy machine may have held the
    /// exporter up in the midst of a poll.
    pub fn is_repeatable(&self) -> bool {
        let says = |round: &&Vec<u8>, word: &[u8]| round[0] == b'Q' && round[5..].starts_with(word);
        let is_whole = |rounds: &[Vec<u8>]| {
            let count = |word: &[u8]| rounds.iter().filter(|round| says(round, word)).count();
            count(b"BEGIN") == count(b"ROLLBACK")
                && rounds.last().is_some_and(|round| says(&round, b"ROLLBACK"))
        };
        let mut spoken =
            self.connections.iter().map(|connection| &connection.rounds).filter(|rounds| !rounds.is_empty());
        spoken.all(|rounds| is_whole(rounds) && rounds.iter().all(|round| round[0] != b'P'))
    }
}

/// Messages from `from` on, split after those that the server answers with `ReadyForQuery`. Only the first message of a
/// connection has no letter.
fn rounds(said: &[u8], from: usize) -> Vec<Vec<u8>> {
    let (mut rounds, mut round, mut rest) = (Vec::new(), Vec::new(), &said[from..]);
    let mut is_startup = from == 0;
    while !rest.is_empty() {
        let letter = usize::from(!is_startup);
        let length = u32::from_be_bytes(rest[letter..letter + 4].try_into().expect("four bytes"));
        let (message, after) = rest.split_at(letter + length as usize);
        // A connection that was closed has nothing more to repeat.
        if !is_startup && message[0] == b'X' {
            break;
        }
        round.extend_from_slice(message);
        if is_startup || matches!(message[0], b'S' | b'Q') {
            rounds.push(std::mem::take(&mut round));
        }
        (rest, is_startup) = (after, false);
    }
    rounds
}

/// Reads whole messages up to `ReadyForQuery`.
fn await_ready(stream: &mut TcpStream) {
    let (mut buffer, mut bytes, mut skip) = (vec![0; 64 * 1024], Vec::new(), 0);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the server hung up");
        bytes.extend_from_slice(&buffer[..read]);
        while bytes.len() >= skip + 5 {
            let letter = bytes[skip];
            assert_ne!(letter, b'E', "{}", String::from_utf8_lossy(&bytes[skip..]));
            let length = u32::from_be_bytes(bytes[skip + 1..skip + 5].try_into().expect("four bytes"));
            skip += 1 + length as usize;
            if letter == b'Z' && bytes.len() >= skip {
                return;
            }
        }
    }
}
