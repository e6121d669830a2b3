//! What the exporter costs: the database's CPU per poll at two sizes of history, its own CPU, memory and disk, and how
//! old what it shows is. Prints one table.
//!
//! `cargo bench --features servers --bench cost [-- PART…]` with the parts `polls`, `idle`, `tenants`, `binary`, `once`,
//! `series` and `state`; all without any. Starts a PostgreSQL server of its own and fills it, which takes minutes;
//! `CLOACINA_EXPORTER_COST_EXECUTIONS=20000` tries everything at a small size. Compares nothing with anything else, and
//! never fails for a slow machine.

mod binary;
mod journal;
mod measure;
mod once;
mod polls;
mod series;
mod server;
#[path = "../../tests/support/mod.rs"]
mod support;
mod writer;

use measure::{Table, number};
use server::Server;

const PARTS: [&str; 7] = ["polls", "idle", "tenants", "binary", "once", "series", "state"];

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
    let mut server = Server::start().await;
    if ["polls", "idle", "binary", "once"].iter().any(|part| wants(part)) {
        server.load().await;
        table.row("loading the history (s)", number(server.loading), "not the exporter's work");
    }
    if wants("polls") {
        polls::busy(&server, &mut table).await;
    }
    if wants("idle") {
        polls::idle(&server, &mut table).await;
    }
    if wants("tenants") {
        polls::tenants(&server, &mut table).await;
    }
    if wants("binary") {
        binary::all(&server, &mut table).await;
    }
    if wants("once") {
        once::all(&server, &mut table);
    }
    if wants("series") {
        series::all(&server, &mut table).await;
    }
    if wants("state") {
        journal::all(&mut table);
    }
    table.print();
}
