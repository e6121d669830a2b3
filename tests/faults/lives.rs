//! The exporter's own end, at any moment: killed, and told to stop.

use std::time::Duration;

use fastrand::Rng;

use crate::fault::{Fault, Seen};
use crate::network::budget;
use crate::scene::{Scene, TENANT};

pub const FAULTS: &[Fault] = &[Fault {
    name: "exporter killed or stopped",
    made: "SIGKILL and SIGTERM in turn, at random moments of polls and right after the start, ten times",
    expected: "no counter is ever lower than one that was shown; SIGTERM ends it with 0; what ended meanwhile counts after \
               the start",
    run: |scene| Box::pin(ended(scene)),
}];

async fn ended(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy = scene.busy().await;
    let mut rng = Rng::new();
    for round in 0..10 {
        tokio::time::sleep(Duration::from_millis(rng.u64(..1200))).await;
        if round % 2 == 0 {
            exporter.kill();
        } else {
            assert_eq!(exporter.terminate(), 0, "{}", exporter.exporter.log());
        }
        exporter.start_again().await;
    }
    let mut seen = Seen::default();
    seen.note("5 kills, 5 stops");
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}
