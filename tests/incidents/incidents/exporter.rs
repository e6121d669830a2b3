//! What keeps the exporter from reading, and its own end.

use super::super::incident::{Actor, Incident, OWN_MINUTE, Scene};
use super::super::judge::Must;
use super::super::rows::PERIOD;
use super::super::stage::right;

pub const ALL: &[&Incident] = &[&REVOKED, &CUT];
const UNREADABLE: &[Must] = &[Must { alert: "CloacinaDatabaseUnreadable", labels: &[] }];

static REVOKED: Incident = Incident {
    name: "schema not readable",
    tenant: "near/revoked",
    actor: Actor::Rows,
    must: UNREADABLE,
    may: &[],
    clears: Some(OWN_MINUTE),
    steps: |scene| Box::pin(revoked(scene)),
};

async fn revoked(scene: Scene) {
    let mut rows = scene.rows().await;
    rows.crons(&["report", "import"]).await;
    rows.round().await;
    let [revoke, grant] = right(scene.incident.schema());
    rows.execute(&revoke).await;
    scene.began();
    rows.keep(scene.alerted()).await;
    // For as long as schemas are looked for again.
    rows.keep(tokio::time::sleep(3 * PERIOD)).await;
    rows.execute(&grant).await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static CUT: Incident = Incident {
    name: "database unreachable",
    tenant: "far/cut",
    actor: Actor::Rows,
    must: UNREADABLE,
    may: &[],
    clears: Some(OWN_MINUTE),
    steps: |scene| Box::pin(cut(scene)),
};

async fn cut(scene: Scene) {
    let mut rows = scene.rows().await;
    rows.crons(&["report", "import"]).await;
    rows.round().await;
    scene.stage.proxy.refuse();
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.keep(tokio::time::sleep(3 * PERIOD)).await;
    scene.stage.proxy.accept().await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

pub static GONE: Incident = Incident {
    name: "exporter gone",
    tenant: "",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaExporterAbsent", labels: &[] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(gone(scene)),
};

async fn gone(scene: Scene) {
    scene.stage.end_exporter();
    scene.began();
    scene.alerted().await;
    scene.stage.start_exporter_again().await;
    scene.mended();
    scene.cleared().await;
}
