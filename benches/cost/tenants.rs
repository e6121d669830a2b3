//! The built binary on a database of a thousand tenants in which nothing happens: the polls of two minutes, by the clock,
//! since idle tenants are read whole only now and then. `CLOACINA_EXPORTER_COST_TENANTS` sets another number.

use std::time::Duration;

use super::binary::{configuration, launch, until_ready};
use super::measure::{cpu_of, memory, milliseconds, threads_cpu};
use super::server::{OURS, Server};
use super::support::postgres::execute;
use super::support::schema::{self, Generation};
use super::table::{Goal, Table, Values, number};

/// Of them at the full size of history.
const TENANTS: u32 = 1000;
const INTERVAL: Duration = Duration::from_secs(5);
const POLLS: u32 = 26;

pub async fn all(server: &mut Server, table: &mut Table) {
    let given = std::env::var("CLOACINA_EXPORTER_COST_TENANTS").ok();
    let given = given.map(|given| given.parse().expect("CLOACINA_EXPORTER_COST_TENANTS is a number"));
    let tenants = given.unwrap_or_else(|| (server.full.executions / 500).clamp(20, TENANTS));
    let database = format!("tenants_{tenants}");
    fill(server, &database, tenants).await;
    let directory = tempfile::tempdir().unwrap();
    let file = configuration(&directory, &server.url(&database), "tenant_*", "poll: {interval: 5s}\n");
    let mut exporter = launch(&file, &[]);
    until_ready(&mut exporter).await;
    let (mut cpu, mut own, mut sizes) = (Values::default(), Values::default(), Values::default());
    let mut last = None;
    for _ in 0..POLLS {
        tokio::time::sleep(INTERVAL).await;
        let pids = server.backends(OURS).await;
        let now = (cpu_of(&pids), threads_cpu(exporter.pid()), pids.clone());
        if let Some((cpu_before, own_before, pids_before)) = last.replace(now.clone()) {
            own.push(milliseconds(now.1.saturating_sub(own_before)));
            // Connections are replaced now and then; what the last poll of one cost is then not known.
            if pids_before == now.2 {
                cpu.push(milliseconds(now.0.saturating_sub(cpu_before)));
            }
        }
        sizes.push(pids.iter().map(|&pid| memory(pid.cast_unsigned(), "RssAnon")).sum());
    }
    let of = format!("{tenants} idle tenants");
    let note = format!("{POLLS} polls, one every {} s", INTERVAL.as_secs());
    table.row(format!("poll of {of}, database CPU (ms)"), &cpu, &note);
    let mean = cpu.mean() * INTERVAL.as_secs_f64().recip() * 15.0;
    table.row(
        format!("{of}: mean of all, polls that read them whole included (ms)"),
        number(cpu.mean()),
        format!("at an interval of 5 s; {} ms in 15 s", number(mean)),
    );
    table.row(format!("poll of {of}, exporter CPU (ms)"), own, "read, fold and snapshot");
    table.row(format!("{of}: memory of the backends (MB)"), &sizes, "private");
    table.row(
        format!("{of}: resident memory of the exporter (MB)"),
        number(memory(exporter.pid(), "VmRSS")),
        "",
    );
    if tenants <= TENANTS {
        table.goal(format!("{of}: database CPU per poll (ms)"), cpu.median(), Goal::AtMost(15.0));
        table.goal(format!("{of}: memory of the backends (MB)"), sizes.most(), Goal::AtMost(150.0));
    }
}

async fn fill(server: &mut Server, database: &str, tenants: u32) {
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{database}'");
    if server.cluster.value::<i64>("postgres", &query).await > 0 {
        return;
    }
    eprintln!("making {tenants} tenants");
    server.cluster.create_database(database).await;
    let mut connection = server.cluster.connect(database).await;
    for number in 0..tenants {
        schema::create(&mut connection, &format!("tenant_{number}"), Generation::V0_11).await;
    }
    execute(&mut connection, "ANALYZE").await;
}
