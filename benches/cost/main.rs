//! What the exporter costs, beside what people would use instead and beside what cannot be undercut; prints tables.
//!
//! `benches/all [PART…]` with the parts `compare` (exporters of SQL, SQL by hand, floors), `idle`, `tenants`, `binary`
//! (start, backfill, delay, scrapes), `once`, `series` (memory), `encode`, `state` and `sqlite`; all without any. Starts a
//! PostgreSQL server of its own and fills it, which takes minutes: with `CLOACINA_EXPORTER_COST_DATA=DIRECTORY` only the
//! first time. `CLOACINA_EXPORTER_COST_EXECUTIONS=20000` tries everything at a small size, and `CLOACINA_EXPORTER_COST_TENANTS`
//! sets how many tenants there are. Never fails for a slow machine.

mod binary;
mod compare;
mod encode;
mod floors;
mod history;
mod journal;
mod measure;
mod once;
mod peers;
mod polls;
mod queries;
mod recorder;
mod series;
mod server;
#[path = "../shared/series.rs"]
mod shared;
mod sqlite;
#[path = "../../tests/support/mod.rs"]
mod support;
mod table;
mod tenants;
mod writer;

use server::Server;
use table::{Table, number};

const PARTS: [&str; 9] =
    ["compare", "idle", "tenants", "binary", "once", "series", "encode", "state", "sqlite"];
/// Read the history in PostgreSQL.
const OF_HISTORY: [&str; 4] = ["compare", "idle", "binary", "once"];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Cargo adds a flag of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("there is no part {unknown}; the parts are {}", PARTS.join(", "));
        std::process::exit(2);
    }
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
    let mut table = Table::default();
    if wants("encode") {
        // Away from this thread's runtime, since it starts one of its own.
        std::thread::scope(|scope| {
            scope.spawn(|| encode::all(&mut table)).join().expect("it does not panic");
        });
    }
    if wants("state") {
        journal::all(&mut table);
    }
    if wants("sqlite") {
        sqlite::all(&mut table).await;
    }
    if OF_HISTORY.iter().chain(&["tenants", "series"]).any(|part| wants(part)) {
        let mut server = Server::start().await;
        of_server(&mut server, &wants, &mut table).await;
        server.stop();
    }
    table.print();
}

async fn of_server(server: &mut Server, wants: &impl Fn(&str) -> bool, table: &mut Table) {
    if OF_HISTORY.iter().any(|part| wants(part)) {
        server.load().await;
        if let Some(seconds) = server.loading {
            table.row("loading the history (s)", number(seconds), "not the exporter's work");
        }
    }
    if wants("compare") {
        compare::all(server, table).await;
    }
    if wants("idle") {
        polls::idle(server, table).await;
    }
    if wants("tenants") {
        tenants::all(server, table).await;
    }
    if wants("binary") {
        binary::all(server, table).await;
    }
    if wants("once") {
        once::all(server, table);
    }
    if wants("series") {
        series::all(server, table).await;
    }
}
