//! Requests that are malformed, or that two servers in a row could read differently: each gets the refusal that is due, and
//! none is read as more requests than it is.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::target::Target;

pub struct Form {
    pub request: &'static str,
    /// The statuses of all answers.
    answers: &'static [&'static str],
}

const fn form(request: &'static str, answers: &'static [&'static str]) -> Form {
    Form { request, answers }
}

pub const ALL: &[Form] = &[
    form("", &[]),
    form("\r\n\r\n", &[]),
    form("GET\r\n\r\n", &["400"]),
    form("GET /metrics\r\n\r\n", &["400"]),
    form("GET /metrics HTTP/0.9\r\n\r\n", &["400"]),
    form("GET /metrics HTTP/9.9\r\n\r\n", &["400"]),
    form("GET /metrics HTTP/1.1 \r\n\r\n", &["400"]),
    form("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[]),
    form("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}", &["400"]),
    form("CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example\r\n\r\n", &["404"]),
    form("GET http://elsewhere.example/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &["200"]),
    form("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &["404"]),
    form("GET /livez HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nConnection: close\r\n\r\n", &["400"]),
    form("GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", &["400"]),
    form("GET /livez HTTP/1.1\r\nX: a\0b\r\n\r\n", &["400"]),
    form("GET /livez HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", &["400"]),
    form("GET /livez HTTP/1.1\r\nContent-Length: -1\r\n\r\n", &["400"]),
    form("GET /livez HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", &["400"]),
    form("GET /livez HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", &["400"]),
    form("GET /livez HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", &["400"]),
    form(
        "POST /livez HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
         0\r\n\r\nGET /readyz HTTP/1.1\r\n\r\n",
        &["405"],
    ),
    form(
        "POST /livez HTTP/1.1\r\nContent-Length: 40\r\n\r\nGET /readyz HTTP/1.1\r\nHost: smuggled\r\n\r\n\
         GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n",
        &["405", "404"],
    ),
];

#[tokio::test]
async fn malformed_and_ambiguous_requests_get_the_answers_that_are_due() {
    let target = Target::start(1).await;
    let mut wrong = Vec::new();
    for form in ALL {
        let mut stream = TcpStream::connect(target.exporter.address()).await.unwrap();
        stream.write_all(form.request.as_bytes()).await.unwrap();
        if form.answers.is_empty() {
            stream.shutdown().await.unwrap();
        }
        let mut answer = Vec::new();
        // A reset after the answer is an end as good as any.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let statuses: Vec<&str> =
            answer.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
        if statuses != form.answers {
            wrong.push(format!("{:?}: {answer}", form.request));
        }
    }
    assert_eq!(wrong, [""; 0]);
}
